//! What those see who look at the whole, at a campaign, or for a text.

use std::collections::BTreeSet;
use std::sync::Arc;

use unhook_app::record::OutgoingState;
use unhook_app::service::{Known, Query, RulingRequest};
use unhook_detect::Knowledge;
use unhook_engine::Ruling;
use unhook_model::{Brand, Organization, Verdict};

use crate::house::{ANN, HARMLESS, House, LURE, NEAR_LURE, NOW, OTHER_LURE, phone, take, until};

fn query(text: &str) -> Query {
    Query::parse(text).expect("something is asked")
}

#[tokio::test(start_paused = true)]
async fn texts_are_found_by_their_words_and_not_once_their_owner_is_erased() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    let service = &running.service;
    let lure = take(service, 1, "a", LURE).await.report.expect("a report");
    let found = service.search(&query("schedule"), 10).expect("found");
    assert_eq!(found.reports.len(), 1, "{found:?}");
    let harmless = take(service, 2, "b", HARMLESS).await.report.expect("a report");
    let of = |text: &str| {
        let found = service.search(&query(text), 10).expect("found");
        let ids = found.reports.iter().map(|report| report.row.report).collect::<Vec<_>>();
        (ids, found.campaigns.len(), found.searched)
    };
    assert_eq!(of("RUNNING late"), (vec![harmless], 0, 2));
    assert_eq!(of("verdict:malicious"), (vec![lure], 1, 2));
    assert_eq!(of("nowhere"), (vec![], 0, 2));
    let owner = service.report(harmless).expect("read").expect("a report").row.owner;
    assert!(house.people.erase(owner, NOW).expect("erased"));
    assert_eq!(of("RUNNING late"), (vec![], 0, 2));
}

#[tokio::test(start_paused = true)]
async fn campaigns_are_found_by_id_domain_and_sender_and_not_only_by_texts_shown() {
    let house = House::new();
    house.enroll_all(1..8);
    let running = house.start().await;
    let service = &running.service;
    let mut report = None;
    for last in 1..4 {
        report = take(service, last, &last.to_string(), LURE).await.report;
    }
    let report = service.report(report.expect("a report")).expect("read").expect("a report");
    let campaign = report.campaign.expect("a campaign");
    let harmless = [
        "can you send me the schedule of the choir for Sunday",
        "Mum wants to know whether our summer schedule still stands",
        "no trains after nine, look at the schedule by the door",
        "the plumber moved his schedule, he comes on Friday morning instead",
    ];
    for (last, body) in (4..8).zip(harmless) {
        take(service, last, &last.to_string(), body).await;
    }
    let of = |text: &str, limit| {
        let found = service.search(&query(text), limit).expect("found");
        let campaigns: Vec<_> = found.campaigns.iter().map(|head| head.summary.id).collect();
        (found.reports.len(), campaigns)
    };
    let id = campaign.to_string();
    assert_eq!(of(&id, 10), (0, vec![campaign]));
    assert_eq!(of(&id.to_uppercase()[id.len() - 8..], 10), (0, vec![campaign]));
    assert_eq!(of(&id[id.len() - 7..], 10), (0, vec![]), "too short to mean an id");
    assert_eq!(of("00000000-0000", 10), (0, vec![]));
    let domain = service.campaign(campaign).expect("read").expect("there").domains.remove(0);
    assert_eq!(of(&format!("hxxps://{}/x", domain.replace('.', "[.]")), 10).1, [campaign]);
    assert_eq!(of(&domain, 1), (1, vec![campaign]));
    // The newest texts are of none: the campaign is found through those behind them.
    assert_eq!(of("schedule", 4), (4, vec![campaign]));
    assert_eq!(of("verdict:malicious schedule", 1), (1, vec![campaign]));
    for last in 1..4 {
        let owner = house.people.owner(&phone(last)).expect("read").expect("somebody");
        assert!(house.people.erase(owner, NOW).expect("erased"));
    }
    assert_eq!(of("schedule", 4), (4, vec![]), "what was erased leads nowhere");
}

#[tokio::test(start_paused = true)]
async fn of_many_texts_the_newest_are_shown() {
    let house = House::new();
    let running = house.start().await;
    for last in 1..5 {
        take(&running.service, 1, &last.to_string(), &format!("{HARMLESS} {last}")).await;
    }
    let found = running.service.search(&query("late"), 2).expect("found");
    assert!(found.has_more && found.reports.len() == 2);
    let newest = found.reports[0].content.as_ref().expect("a text");
    assert!(newest.body.ends_with('4'), "{}", newest.body);
}

#[tokio::test(start_paused = true)]
async fn a_dossier_has_all_of_a_campaign() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let service = &running.service;
    let first = take(service, 1, "a", LURE).await.report.expect("a report");
    take(service, 2, "b", LURE).await;
    take(service, 3, "c", NEAR_LURE).await;
    take(service, 3, "d", "I typed my password").await;
    let campaign = service.report(first).expect("read").expect("it").campaign.expect("one");
    service.acknowledge(campaign, ANN).await.expect("seen");
    let request = RulingRequest::Campaign(campaign, Ruling::Malicious);
    let position = service.rule(request, ANN).await.expect("ruled");
    assert!(service.has_seen(position).await);
    let dossier = service.dossier(campaign).expect("read").expect("a dossier");
    assert_eq!((dossier.times.len(), dossier.texts.len()), (3, 3));
    let wordings: BTreeSet<_> = dossier.texts.iter().map(|text| text.wording).collect();
    assert_eq!(wordings.len(), 2, "two said the same");
    assert_eq!(dossier.head.shape.iter().sum::<u32>(), 3);
    assert_eq!(dossier.people.len(), 3);
    assert!(dossier.people[0].stated_at.is_some(), "who gave something away comes first");
    assert!(dossier.people[1..].iter().all(|one| one.stated_at.is_none() && one.texts == 1));
    let happened: Vec<&str> = dossier.history.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(happened[0], "first-report");
    assert!(happened.contains(&"campaign-opened"), "{happened:?}");
    assert_eq!(service.dossier(unhook_model::CampaignId::from_bytes([9; 16])).expect("none"), None);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_has_seen_is_most_urgent() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let service = &running.service;
    let one = take(service, 1, "a", LURE).await;
    let other = take(service, 2, "b", OTHER_LURE).await;
    assert!(service.has_seen(other.position.expect("durable")).await);
    let campaign = |taken: unhook_app::Taken| {
        let report = service.report(taken.report.expect("a report")).expect("read").expect("it");
        report.campaign.expect("a campaign")
    };
    let (one, other) = (campaign(one), campaign(other));
    let urgent = || {
        let heads = service.urgent_campaigns(10).expect("read");
        heads.iter().map(|head| head.summary.id).collect::<Vec<_>>()
    };
    assert_eq!(urgent().len(), 2);
    let seen = urgent()[0];
    let position = service.acknowledge(seen, ANN).await.expect("seen");
    assert!(service.has_seen(position).await);
    assert_eq!(urgent(), if seen == one { [other, one] } else { [one, other] });
    let overview = service.overview().expect("read");
    assert_eq!(overview.open_campaigns, 2);
    assert_eq!(overview.hours[23].iter().sum::<u32>(), 2);
    assert_eq!(overview.days[13].texts, 2);
    assert!(overview.days[13].median.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_way_is_tried_and_says_how_it_stands() {
    let house = House::new();
    let running = house.start().await;
    let service = &running.service;
    let connectors = service.connectors().expect("read");
    assert!(!connectors.is_empty() && connectors.iter().all(|one| one.last.is_none()));
    let name = connectors[0].name.clone();
    service.try_connector(&name).await.expect("asked");
    until("it is told", || house.pager.count("test") == 1).await;
    let is_delivered = || {
        let last = service.connectors().expect("read")[0].last;
        last.is_some_and(|(state, _)| state == OutgoingState::Delivered)
    };
    until("it is written down", is_delivered).await;
    assert!(service.try_connector("nowhere").await.is_err());
}

/// Somebody says whose brand it is while the service runs.
#[tokio::test(start_paused = true)]
async fn what_is_learned_of_the_organization_counts_at_once() {
    let house = House::new();
    let running = house.start().await;
    let service = &running.service;
    let text = "Zenithar: your schedule has changed. Tap zenithar-sso.example to sign in";
    let before = take(service, 1, "a", text).await.verdict;
    let brand = Brand { name: "Zenithar".to_owned(), ..Brand::default() };
    let organization = Organization {
        name: "Zenithar".to_owned(),
        brands: vec![brand],
        ..Organization::default()
    };
    service.know(Known {
        knowledge: Arc::new(Knowledge::for_organization(&organization)),
        judge: "another".to_owned(),
        organization: "Zenithar".to_owned(),
    });
    assert_eq!(service.organization(), "Zenithar");
    let after = take(service, 1, "b", text).await;
    assert!(after.verdict > before, "{before:?} {after:?}");
    assert_eq!(after.verdict, Some(Verdict::Malicious));
    let report = service.report(after.report.expect("a report")).expect("read").expect("it");
    assert_eq!(report.row.judged.by, "another");
}
