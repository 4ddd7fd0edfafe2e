//! Who is called, and how often.

use unhook_app::journal::fake::AppendFault;
use unhook_app::journal::{Commit, CommitId};
use unhook_app::record::{Outgoing, Recipient, Record, Telling};
use unhook_app::service::{Regrouping, RulingRequest};
use unhook_app::views::NameRuling;
use unhook_app::{OutgoingId, Severity, wire};
use unhook_engine::{Cause, Event, Received, Ruling};
use unhook_model::{CampaignId, PersonId, ReportId, Timestamp};

use crate::house::{
    ANN, House, LURE, MINUTE, NEAR_LURE, NOW, OTHER_LURE, partition, rounds, take, until,
};

fn only_campaign(service: &unhook_app::Service) -> CampaignId {
    let campaigns = service.campaigns(None, None, 10).expect("it is there");
    assert_eq!(campaigns.len(), 1, "{campaigns:?}");
    campaigns[0].id
}

/// Somebody else's commit.
fn strange_commit() -> Commit {
    let record = Record::Reviewed {
        matter: "nothing".to_owned(),
        by: PersonId::from_bytes([9; 16]),
        at: Timestamp::from_unix_ms(1),
    };
    Commit { id: CommitId::from_bytes([9; 16]), events: vec![wire::encode(&record)] }
}

#[tokio::test(start_paused = true)]
async fn the_first_enrolled_reporter_calls_once_and_spreading_calls_once_more() {
    let house = House::new();
    house.enroll_all(1..9);
    let running = house.start().await;
    take(&running.service, 50, "stranger", LURE).await;
    rounds().await;
    assert_eq!(house.pager.kinds(), [""; 0]);
    take(&running.service, 1, "1", LURE).await;
    take(&running.service, 2, "2", NEAR_LURE).await;
    rounds().await;
    assert_eq!(house.pager.kinds(), ["campaign-opened"]);
    assert_eq!(house.pager.alerts()[0].severity, Severity::Warning);
    for from in 3..9 {
        take(&running.service, from, &format!("{from}"), LURE).await;
    }
    rounds().await;
    assert_eq!(house.pager.kinds(), ["campaign-opened", "campaign-active"]);
    let alert = &house.pager.alerts()[1];
    assert_eq!((alert.severity, alert.is_resolved), (Severity::Critical, false));
    assert!(alert.facts.contains(&("Domains", "acme-okta[.]example".to_owned())), "{alert:?}");
    running.stop().await.unwrap();
    // Another process does not begin again.
    let running = house.start().await;
    take(&running.service, 1, "again", LURE).await;
    rounds().await;
    assert_eq!(house.pager.kinds(), ["campaign-opened", "campaign-active"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_overtaken_still_calls() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    house.journal.fail_append(1, AppendFault::Overtaken(strange_commit()));
    take(&running.service, 1, "a", LURE).await;
    until("it is called", || house.pager.count("campaign-opened") == 1).await;
    rounds().await;
    assert_eq!(house.pager.kinds(), ["campaign-opened"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_ruled_is_called_off() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    take(&running.service, 1, "1", LURE).await;
    let campaign = only_campaign(&running.service);
    let request = RulingRequest::Campaign(campaign, Ruling::Benign);
    running.service.rule(request, ANN).await.unwrap();
    until("it is called off", || house.pager.count("campaign-closed") == 1).await;
    let alert = house.pager.alerts().pop().unwrap();
    assert!(alert.is_resolved && alert.matter == campaign.to_string(), "{alert:?}");
    // What was ruled calls nobody.
    take(&running.service, 2, "2", NEAR_LURE).await;
    rounds().await;
    assert_eq!(house.pager.kinds(), ["campaign-opened", "campaign-closed"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_called_out_as_two_is_called_off_as_two() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let one = take(&running.service, 1, "1", LURE).await;
    let other = take(&running.service, 2, "2", OTHER_LURE).await;
    rounds().await;
    assert_eq!(house.pager.kinds(), ["campaign-opened"; 2]);
    let of = |report| running.service.report(report).unwrap().unwrap().campaign.unwrap();
    let (one, other) = (of(one.report.unwrap()), of(other.report.unwrap()));
    assert_ne!(one, other);
    running.service.regroup(Regrouping::Merge(one, other), ANN).await.unwrap();
    take(&running.service, 3, "3", OTHER_LURE).await;
    rounds().await;
    assert_eq!(house.pager.count("campaign-opened"), 2, "known under either name");
    running.service.rule(RulingRequest::Campaign(other, Ruling::Benign), ANN).await.unwrap();
    until("both are called off", || house.pager.count("campaign-closed") == 2).await;
    let closed = house.pager.alerts().into_iter().filter(|alert| alert.is_resolved);
    let mut matters: Vec<String> = closed.map(|alert| alert.matter).collect();
    matters.sort_unstable();
    let mut expected = [one.to_string(), other.to_string()];
    expected.sort_unstable();
    assert_eq!(matters, expected);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_acknowledges_is_called_out_again_once() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let one = take(&running.service, 1, "1", LURE).await;
    let other = take(&running.service, 2, "2", OTHER_LURE).await;
    let of = |report| running.service.report(report).unwrap().unwrap().campaign.unwrap();
    let (one, other) = (of(one.report.unwrap()), of(other.report.unwrap()));
    running.service.acknowledge(one, ANN).await.unwrap();
    house.surroundings.pass(14 * MINUTE);
    rounds().await;
    assert_eq!(house.pager.count("campaign-escalated"), 0);
    house.surroundings.pass(2 * MINUTE);
    until("it is called out again", || house.pager.count("campaign-escalated") == 1).await;
    for _ in 0..5 {
        house.surroundings.pass(20 * MINUTE);
        rounds().await;
    }
    let escalated = house.pager.alerts().into_iter().filter(|a| a.kind == "campaign-escalated");
    let escalated: Vec<_> = escalated.map(|a| (a.campaign, a.severity)).collect();
    assert_eq!(escalated, [(Some(other), Severity::Critical)]);
    let seen = running.service.campaign(one).unwrap().unwrap().summary.acknowledged_at;
    assert!(seen.is_some());
}

#[tokio::test(start_paused = true)]
async fn one_that_was_two_is_called_out_again_once_and_acknowledged_under_any_name() {
    for acknowledges in [false, true] {
        let house = House::new();
        house.enroll_all(1..4);
        let running = house.start().await;
        let one = take(&running.service, 1, "1", LURE).await;
        let other = take(&running.service, 2, "2", OTHER_LURE).await;
        let of = |report| running.service.report(report).unwrap().unwrap().campaign.unwrap();
        let (one, other) = (of(one.report.unwrap()), of(other.report.unwrap()));
        if acknowledges {
            // Under the name that will not be the first.
            running.service.acknowledge(one.max(other), ANN).await.unwrap();
        }
        running.service.regroup(Regrouping::Merge(one, other), ANN).await.unwrap();
        house.surroundings.pass(20 * MINUTE);
        rounds().await;
        let expected = usize::from(!acknowledges);
        assert_eq!(house.pager.count("campaign-escalated"), expected);
        let detail = running.service.campaign(one).unwrap().unwrap();
        assert_eq!(detail.summary.acknowledged_at.is_some(), acknowledges);
        let listed = running.service.campaigns(None, None, 10).unwrap();
        assert_eq!(listed[0].acknowledged_at.is_some(), acknowledges);
    }
}

#[tokio::test(start_paused = true)]
async fn however_many_campaigns_close_at_once_their_commits_fit() {
    const MANY: u128 = 1_500;
    let house = House::new();
    for first in (0..MANY).step_by(300) {
        let events = (first..first + 300).flat_map(called_out).map(|record| wire::encode(&record));
        let id = CommitId::from_bytes((first + 1).to_be_bytes());
        house.append(Commit { id, events: events.collect() }).await;
    }
    house.surroundings.pass(30 * 24 * 60 * MINUTE);
    let running = house.start().await;
    let noted = |kind: &str| {
        let commits = house.journal.contents(&partition());
        let kinds = commits.iter().flat_map(|(_, commit)| &commit.events);
        kinds.filter(|event| event.kind.as_str() == kind).count()
    };
    until("each is noted", || noted("stage-reached") == MANY as usize).await;
    assert_eq!(noted("requested"), 2 * MANY as usize);
    assert_eq!(running.service.health().troubles, [""; 0]);
}

/// A campaign that those on call know of.
fn called_out(number: u128) -> [Record; 3] {
    let (id, at) = (number.to_be_bytes(), NOW);
    let (campaign, report) = (CampaignId::from_bytes(id), ReportId::from_bytes(id));
    let received =
        Received { report, at, reporter: Some(ANN), sketch: None, indicators: Vec::new() };
    let what = Telling::Alert {
        kind: "campaign-opened".to_owned(),
        severity: Severity::Warning,
        campaign: Some(campaign),
        report: Some(report),
    };
    let to = Recipient::Notifier("pager".to_owned());
    let id = OutgoingId::from_bytes(id);
    [
        Record::Engine(Event::Received(received)),
        Record::Engine(Event::Opened { campaign, report, because: Cause::Burst }),
        Record::Requested(Outgoing { id, to, what, at, due_at: at }),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_harmless_text_that_many_got_calls_nobody_until_it_is_judged_worse() {
    let house = House::new();
    house.enroll_all(1..9);
    let running = house.start().await;
    let body = "Canteen news: soup today, see menu.acme-canteen.example for the rest of the week";
    for from in 1..7 {
        take(&running.service, from, &format!("{from}"), body).await;
    }
    rounds().await;
    assert_eq!(house.pager.kinds(), [""; 0]);
    let matters: Vec<_> =
        running.service.attention().unwrap().into_iter().map(|waits| waits.matter).collect();
    assert_eq!(matters, ["harmless-burst"]);
    let name = "acme-canteen.example".to_owned();
    running.service.rule(RulingRequest::Name(name, NameRuling::Malicious), ANN).await.unwrap();
    until("they are called", || !house.pager.kinds().is_empty()).await;
    assert_eq!(house.pager.kinds(), ["campaign-opened"]);
    assert_eq!(house.pager.alerts()[0].severity, Severity::Critical);
}
