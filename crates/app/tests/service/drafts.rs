//! What is told of a campaign to those who can take it down: approved by a person, sent once.

use std::sync::Arc;
use std::time::Duration;

use unhook_app::journal::fake::FakeJournal;
use unhook_app::mailing::fake::FakeMailer;
use unhook_app::people::Entry;
use unhook_app::record::Record;
use unhook_app::service::{Drafts, LetterRequest, RulingRequest};
use unhook_app::{Contact, DeliveryError, Service, ServiceError, Standing};
use unhook_engine::Ruling;
use unhook_engine::response::{Event, LetterKind, LetterState, SENDING};
use unhook_model::{ActionId, CampaignId, Sender};

use crate::house::{ANN, House, LURE, NOW, pause, phone, rounds, text, until};

const NAME: &str = "acme-okta.example";
const ABUSE: &str = "abuse@registrar.example";

fn house() -> (House<FakeJournal>, Arc<FakeMailer>) {
    let mut house = House::new();
    for (last, name) in [(1, "Ana Lima"), (2, "Bo Chen")] {
        let entry = Entry {
            key: format!("staff {last}"),
            names: vec![name.to_owned()],
            standing: Standing::Staff,
            language: None,
            contacts: vec![phone(last), Contact::Mail(format!("{last}@acme.example"))],
        };
        house.people.import(&[entry], NOW).expect("import");
    }
    let mailer = Arc::new(FakeMailer::new());
    house.mailer = Some(Arc::clone(&mailer));
    house.settings.staff_address = Some("all@acme.example".to_owned());
    (house, mailer)
}

/// Two report the same lure from the same sender, and somebody rules it.
async fn attacked(service: &Service, ruling: Option<Ruling>) -> CampaignId {
    let mut last = None;
    for from in [1, 2] {
        let mut report = text(from, &format!("key {from}"), &format!("Hi Ana Lima. {LURE}"));
        report.message.sender = Sender::parse("+12015550123");
        last = Some(service.take(report).await.expect("it is taken"));
    }
    let taken = last.expect("somebody reported it");
    service.has_seen(taken.position.expect("a position")).await;
    let report = service
        .report(taken.report.expect("a report"))
        .expect("it goes as it should")
        .expect("it goes as it should");
    let campaign = report.campaign.expect("a campaign");
    if let Some(ruling) = ruling {
        service.rule(RulingRequest::Campaign(campaign, ruling), ANN).await.expect("it is ruled");
    }
    campaign
}

fn request(kind: LetterKind, about: &str) -> LetterRequest {
    let to = (kind != LetterKind::Staff).then(|| ABUSE.to_owned());
    LetterRequest { kind, about: about.to_owned(), to, subject: None, body: None }
}

fn registrar() -> LetterRequest {
    request(LetterKind::Registrar, NAME)
}

fn drafts(service: &Service, campaign: CampaignId) -> Drafts {
    service.drafts(campaign).expect("it goes as it should").expect("a campaign")
}

fn state(service: &Service, id: ActionId) -> Option<LetterState> {
    service.action(id).and_then(|asked| asked.letter_state())
}

#[track_caller]
fn invalid<T>(result: Result<T, ServiceError>) -> String {
    match result {
        Err(ServiceError::Invalid(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drafted_or_sent_before_a_person_ruled_it_an_attack() {
    let (house, mailer) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, None).await;
    assert_eq!(drafts(service, campaign).drafts, []);
    let why = invalid(service.approve_letter(campaign, registrar(), ANN).await);
    assert!(why.contains("rule it first"), "{why}");
    rounds().await;
    assert_eq!(mailer.sent(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_approved_goes_out_once_as_it_was_approved() {
    let (house, mailer) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    let all = drafts(service, campaign);
    let kinds: Vec<LetterKind> = all.drafts.iter().map(|drafted| drafted.draft.kind).collect();
    use LetterKind::{Carrier, Host, Registrar, Staff};
    assert_eq!(kinds, [Registrar, Host, Carrier, Staff]);
    rounds().await;
    assert_eq!(mailer.sent(), [], "a draft is nothing that goes out");
    let subject = Some("Phishing, please look".to_owned());
    let approved = service.approve_letter(campaign, LetterRequest { subject, ..registrar() }, ANN);
    let (id, _) = approved.await.expect("it is approved");
    until("it is sent", || state(service, id) == Some(LetterState::Sent)).await;
    let again = invalid(service.approve_letter(campaign, registrar(), ANN).await);
    assert!(again.contains("approved already"), "{again}");
    rounds().await;
    let sent = mailer.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].to.as_str(), sent[0].subject.as_str()), (ABUSE, "Phishing, please look"));
    assert!(sent[0].evidence.as_deref().unwrap().contains(&id.to_string()));
    for somebody in ["Ana", "Lima", "Chen", "5550001", "5550002", "1@acme"] {
        let whole = format!("{:?}", sent[0]);
        assert!(!whole.contains(somebody), "{somebody} in {whole}");
    }
    assert_eq!(service.letters(campaign).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_clicks_at_once_send_one_mail() {
    let (house, mailer) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    let approve = || service.approve_letter(campaign, registrar(), ANN);
    let (one, two, three) = tokio::join!(approve(), approve(), approve());
    let approved = [one, two, three].iter().filter(|result| result.is_ok()).count();
    assert_eq!(approved, 1);
    rounds().await;
    assert_eq!(mailer.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_address_is_remembered_for_the_next_of_its_kind() {
    let (house, _) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    let to = |kind| {
        let all = drafts(service, campaign).drafts;
        all.into_iter().find(|drafted| drafted.draft.kind == kind).unwrap().to
    };
    assert_eq!(to(LetterKind::Carrier), None);
    assert_eq!(to(LetterKind::Staff).as_deref(), Some("all@acme.example"));
    let carrier = request(LetterKind::Carrier, "+12015550123");
    service.approve_letter(campaign, carrier, ANN).await.expect("it is approved");
    assert_eq!(to(LetterKind::Carrier).as_deref(), Some(ABUSE));
    assert_eq!(to(LetterKind::Registrar), None);
}

#[tokio::test(start_paused = true)]
async fn what_names_somebody_or_is_no_draft_is_not_approved() {
    let (house, mailer) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    let with = |body: &str| LetterRequest { body: Some(body.to_owned()), ..registrar() };
    let to = |to: &str| LetterRequest { to: Some(to.to_owned()), ..registrar() };
    let staff = LetterRequest { to: Some(ABUSE.to_owned()), ..request(LetterKind::Staff, "") };
    for (given, expected) in [
        (with("Bo Chen got it"), "the name of somebody"),
        (with(&format!("sent to +1 201 555 {:04}", 1)), "the number of somebody"),
        (with("see http://acme-okta.example"), "acme-okta[.]example"),
        (to("2@acme.example"), "somebody who got"),
        (to("a@x.example\r\nBcc: b@y.example"), "one address"),
        (to(""), "say `to` whom"),
        (request(LetterKind::Host, "okta.com"), "no draft"),
        (staff, "as the configuration says"),
    ] {
        let why = invalid(service.approve_letter(campaign, given, ANN).await);
        assert!(why.contains(expected), "{why}");
    }
    rounds().await;
    assert_eq!(mailer.sent(), []);
}

#[tokio::test(start_paused = true)]
async fn without_a_way_to_send_there_are_drafts_to_copy() {
    let (mut house, _) = house();
    house.mailer = None;
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    let all = drafts(service, campaign);
    assert!(!all.can_send && !all.drafts.is_empty());
    let why = invalid(service.approve_letter(campaign, registrar(), ANN).await);
    assert!(why.contains("[mail]"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_was_greylisted_goes_out_later_and_what_was_refused_may_be_approved_again() {
    let (house, mailer) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    let why = "451".to_owned();
    mailer.fail_next(DeliveryError::Later { why, after: Some(Duration::from_secs(300)) });
    let (id, _) = service.approve_letter(campaign, registrar(), ANN).await.unwrap();
    rounds().await;
    assert_eq!((state(service, id), mailer.sent().len()), (Some(LetterState::Waiting), 0));
    house.surroundings.pass(20 * 60 * 1_000);
    until("it is sent", || state(service, id) == Some(LetterState::Sent)).await;
    mailer.fail_next(DeliveryError::Refused { why: "550".to_owned() });
    let host = || request(LetterKind::Host, NAME);
    let (id, _) = service.approve_letter(campaign, host(), ANN).await.unwrap();
    until("it is refused", || state(service, id) == Some(LetterState::Refused)).await;
    let (id, _) = service.approve_letter(campaign, host(), ANN).await.expect("again");
    until("it is sent", || state(service, id) == Some(LetterState::Sent)).await;
}

#[tokio::test(start_paused = true)]
async fn one_whose_outcome_nobody_knows_is_never_sent_again_by_itself() {
    let (house, mailer) = house();
    let running = house.start().await;
    let service = &running.service;
    let campaign = attacked(service, Some(Ruling::Malicious)).await;
    mailer.fail_next(DeliveryError::Unknown { why: "it broke".to_owned() });
    let (id, _) = service.approve_letter(campaign, registrar(), ANN).await.unwrap();
    until("nobody knows", || state(service, id) == Some(LetterState::Unknown)).await;
    house.surroundings.pass(24 * 60 * 60 * 1_000);
    rounds().await;
    assert_eq!(mailer.sent().len(), 1);
    invalid(service.approve_letter(campaign, registrar(), ANN).await);
    assert!(service.attention().unwrap().iter().any(|one| one.matter == "outcome-unknown"));
    service.settle_letter(id, false).await.unwrap().expect("there is one");
    assert_eq!(state(service, id), Some(LetterState::Refused));
    invalid(service.settle_letter(id, true).await);
    let (id, _) = service.approve_letter(campaign, registrar(), ANN).await.expect("again");
    until("it is sent", || state(service, id) == Some(LetterState::Sent)).await;
    assert_eq!(service.settle_letter(ActionId::from_bytes([1; 16]), true).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_about_to_and_sent_leaves_a_question_and_no_second_mail() {
    let (house, mailer) = house();
    let running = house.start().await;
    let campaign = attacked(&running.service, Some(Ruling::Malicious)).await;
    mailer.hang_next();
    let (id, _) = running.service.approve_letter(campaign, registrar(), ANN).await.unwrap();
    until("it is being sent", || mailer.sent().len() == 1).await;
    // It does not end in time, so how it went is never written down.
    running.stop().await.unwrap();
    let is_begun = |record: &Record| matches!(record, Record::Response(Event::Begun { step, .. }) if step == SENDING);
    assert!(house.records().iter().any(is_begun));
    let running = house.start().await;
    until("nobody knows", || state(&running.service, id) == Some(LetterState::Unknown)).await;
    pause(60_000).await;
    assert_eq!(mailer.sent().len(), 1);
    running.service.settle_letter(id, true).await.unwrap().expect("there is one");
    assert_eq!(state(&running.service, id), Some(LetterState::Sent));
}

#[tokio::test(start_paused = true)]
async fn what_was_approved_before_a_crash_goes_out_after_it() {
    let (mut house, mailer) = house();
    let running = house.start().await;
    let campaign = attacked(&running.service, Some(Ruling::Malicious)).await;
    let why = "the server is away".to_owned();
    mailer.fail_next(DeliveryError::Later { why, after: None });
    let (id, _) = running.service.approve_letter(campaign, registrar(), ANN).await.unwrap();
    pause(500).await;
    running.stop().await.unwrap();
    house.mailer = Some(Arc::clone(&mailer));
    let running = house.start().await;
    until("it is sent", || state(&running.service, id) == Some(LetterState::Sent)).await;
    assert_eq!(mailer.sent().len(), 1);
}
