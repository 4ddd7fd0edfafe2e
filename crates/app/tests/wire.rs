//! What was written is read for ever: `golden` holds a record of each kind as the releases
//! wrote them, one a line.

use std::time::Duration;

use unhook_app::journal::{EncodedEvent, EventKind};
use unhook_app::people::{Language, Mark, Sealed};
use unhook_app::record::{
    Answered, Judged, Kept, Outgoing, OutgoingState, Recipient, Record, Telling,
};
use unhook_app::submission::Way;
use unhook_app::telling::{OutgoingId, Severity};
use unhook_app::views::NameRuling;
use unhook_app::wire::{WireError, decode, encode};
use unhook_detect::text::Text;
use unhook_engine::{
    Cause, Event, Indicator, Reason, Received, Ruling, Similarity, SplitNumber, Stage, TextSketch,
    TieNumber, notification, response,
};
use unhook_model::{
    ActionId, CampaignId, Channel, Hostname, PersonId, ReportId, Timestamp, Verdict,
};

const VERSION_1: &str = include_str!("golden/version-1.jsonl");

/// Each kind of event, with each kind of part.
fn events() -> Vec<Event> {
    let report = |number: u8| ReportId::from_bytes([number; 16]);
    let campaign = |number: u8| CampaignId::from_bytes([number; 16]);
    let (by, at) = (PersonId::from_bytes([9; 16]), Timestamp::from_unix_ms(1_658_357_340_000));
    let domain = Indicator::Domain(Hostname::parse("lure.example").expect("a host"));
    let sender = Indicator::Sender("+12025550123".to_owned());
    let page = Indicator::Page("0f3a".to_owned());
    let tied = |because| Event::Tied { one: report(1), other: report(2), because };
    let opened = |because| Event::Opened { campaign: campaign(1), report: report(1), because };
    let reached = |stage| Event::StageReached { campaign: campaign(1), stage };
    vec![
        Event::Received(Received {
            report: report(1),
            at,
            reporter: Some(by),
            sketch: TextSketch::of(&Text::read("Your parcel is held at our depot, pay the fee")),
            indicators: vec![domain.clone(), sender],
        }),
        Event::Received(Received {
            report: report(2),
            at,
            reporter: None,
            sketch: None,
            indicators: Vec::new(),
        }),
        Event::Observed { report: report(1), indicators: vec![page] },
        Event::Assessed { report: report(1), verdict: Verdict::Malicious },
        opened(Cause::Verdict(Verdict::Suspicious)),
        opened(Cause::Burst),
        tied(Reason::NearText(Similarity::SAME)),
        tied(Reason::Shared(domain)),
        tied(Reason::Ruled(by)),
        tied(Reason::Split(SplitNumber(3))),
        Event::Cut { tie: TieNumber(4), fresh: campaign(2), by },
        Event::Mended { tie: TieNumber(4), by },
        Event::Split { campaign: campaign(1), reports: vec![report(1)], fresh: campaign(2), by },
        Event::Rejoined { split: SplitNumber(3), by },
        Event::Ruled { campaign: campaign(1), ruling: Ruling::Malicious, at, by },
        Event::Ruled { campaign: campaign(1), ruling: Ruling::Benign, at, by },
        Event::Contained { campaign: campaign(1), at },
        Event::Reopened { campaign: campaign(1), at },
        reached(Stage::Emerging),
        reached(Stage::Active),
        reached(Stage::Contained),
        reached(Stage::Closed),
    ]
}

/// Each kind of record that is not the engine's, with each kind of part.
fn others() -> Vec<Record> {
    let (report, campaign) = (ReportId::from_bytes([1; 16]), CampaignId::from_bytes([2; 16]));
    let (by, at) = (PersonId::from_bytes([9; 16]), Timestamp::from_unix_ms(1_658_357_340_000));
    let outgoing = OutgoingId::from_bytes([3; 16]);
    let key = Some(Mark("00ff".to_owned()));
    let content = || Sealed(vec![0, 1, 254, 255]);
    let judged = || Judged {
        verdict: Verdict::Malicious,
        score: 512,
        kind: Some("workplace".to_owned()),
        signals: vec!["lookalike-domain".to_owned(), "urgency".to_owned()],
        by: "0.1.0 model 1a2b".to_owned(),
    };
    let requested =
        |to, what| Record::Requested(Outgoing { id: outgoing, to, what, at, due_at: at });
    let settled = |state| Record::Settled { outgoing, state, note: "HTTP 202".to_owned(), at };
    let ruled = |ruling| Record::NameRuled { name: "lure.example".to_owned(), ruling, at, by };
    let alert = |severity| Telling::Alert {
        kind: "campaign-opened".to_owned(),
        severity,
        campaign: Some(campaign),
        report: Some(report),
    };
    let kept = |way, channel, took: Option<u64>| {
        Record::Kept(Kept {
            took: took.map(Duration::from_millis),
            report,
            at,
            key: key.clone(),
            way,
            channel,
            owner: by,
            reporter: Some(by),
            language: Language::ENGLISH,
            judged: judged(),
            content: content(),
        })
    };
    let notifier = || Recipient::Notifier("on-call".to_owned());
    vec![
        kept(Way::Text, Channel::Sms, None),
        kept(Way::Api, Channel::Whatsapp, None),
        kept(Way::Form, Channel::Mms, None),
        kept(Way::Mail, Channel::Email, None),
        Record::Added { report, key: key.clone(), content: content(), at },
        Record::Judged { report, judged: judged(), content: Some(content()) },
        Record::Judged { report, judged: Judged { kind: None, ..judged() }, content: None },
        Record::Answered {
            report,
            answered: Answered { verdict: Verdict::Benign, is_ruled: true, at },
        },
        Record::Stated { person: by, report: Some(report), at },
        Record::Noticed { matter: "stranger-statements".to_owned(), report: None, at },
        Record::Reviewed { matter: "stranger-statements".to_owned(), by, at },
        Record::Stopped { person: by, is_stopped: true, at },
        ruled(NameRuling::Malicious),
        ruled(NameRuling::Benign),
        ruled(NameRuling::Allow),
        Record::Acknowledged { campaign, by, at },
        requested(notifier(), alert(Severity::Info)),
        requested(notifier(), alert(Severity::Warning)),
        requested(notifier(), alert(Severity::Critical)),
        requested(
            Recipient::Person(by),
            Telling::Correction { report, verdict: Verdict::Suspicious },
        ),
        requested(
            Recipient::Person(by),
            Telling::Notice { campaign, text: "Do not tap it.".to_owned() },
        ),
        Record::Attempted { outgoing, at },
        settled(OutgoingState::Waiting),
        settled(OutgoingState::Delivered),
        settled(OutgoingState::Failed),
        settled(OutgoingState::Unknown),
        kept(Way::Text, Channel::Sms, Some(7)),
        kept(Way::Chat, Channel::Sms, None),
    ]
}

/// What is done about campaigns: each kind, with each kind of part.
fn responses() -> Vec<response::Event> {
    use response::{Action, Block, Deed, Event, Exposed, Exposure, Lift, Listing, Outcome, Rung};
    let (by, at) = (PersonId::from_bytes([9; 16]), Timestamp::from_unix_ms(1_658_357_340_000));
    let (id, campaign) = (ActionId::from_bytes([6; 16]), Some(CampaignId::from_bytes([1; 16])));
    let host = |name: &str| Hostname::parse(name).expect("a host");
    let block = Action {
        id,
        campaign,
        deed: Deed::Block { name: host("lure.example"), lasts: Some(604_800_000) },
        rule: Some("confirmed".to_owned()),
        by: None,
        reason: "three people reported it".to_owned(),
        approvals: 1,
        would_run: true,
        at,
        lapses_at: at,
    };
    let forever = Deed::Block { name: host("lure.example"), lasts: None };
    let evict = Deed::Evict { person: by, suspend: true };
    let letter = |(kind, _): (response::LetterKind, &str)| response::Letter {
        kind,
        about: "lure.example".to_owned(),
        to: "abuse@registrar.example".to_owned(),
        subject: "Phishing at lure[.]example".to_owned(),
        body: "Hello,\nplease look at it.\n".to_owned(),
        evidence: (kind != response::LetterKind::Staff).then(|| "{}".to_owned()),
    };
    let by_person = Action { rule: None, by: Some(by), campaign: None, ..block.clone() };
    let declined = |by| Event::Declined { action: id, by, reason: "a supplier's".to_owned(), at };
    let ended = |(outcome, name): (Outcome, &str)| Event::Ended {
        action: id,
        step: "sessions".to_owned(),
        outcome,
        note: name.to_owned(),
        at,
    };
    let lifted = |why, by| Event::Lifted { name: host("lure.example"), why, by, at };
    let listing = Listing {
        list: "feed".to_owned(),
        added: vec![host("a.example")],
        removed: vec![host("b.example")],
        count: 1,
        reason: "a feed".to_owned(),
        by: Some(by),
        at,
        expires_at: Some(at),
    };
    let write = |letter| Action { deed: Deed::Write(letter), ..by_person.clone() };
    let letters = response::LetterKind::ALL.map(|kind| Event::Proposed(write(letter(kind))));
    let mut events = vec![
        Event::Proposed(block.clone()),
        Event::Proposed(Action { deed: forever, ..by_person.clone() }),
        Event::Proposed(Action { deed: evict, ..by_person.clone() }),
        Event::Approved { action: id, by, at },
        declined(Some(by)),
        declined(None),
        Event::Begun { action: id, step: "sessions".to_owned(), at },
        Event::SeenTo { action: id, step: "mail-rules".to_owned(), by, at },
        Event::Undone { action: id, by, at },
        Event::Returned { action: id, at, evidence: "somebody signed in".to_owned() },
        Event::Blocked(Block {
            name: host("lure.example"),
            reason: block.reason,
            campaign,
            action: Some(id),
            by: Some(by),
            at,
            expires_at: Some(at),
        }),
        lifted(Lift::Undone, Some(by)),
        lifted(Lift::Expired, None),
        lifted(Lift::Protected, None),
        Event::Listed(listing.clone()),
        Event::Listed(Listing { by: None, expires_at: None, ..listing }),
    ];
    events.extend(Outcome::ALL.map(ended));
    let exposed = |who, rung| {
        Event::Exposed(Exposure {
            campaign: CampaignId::from_bytes([1; 16]),
            who,
            rung,
            source: "resolver".to_owned(),
            at,
            evidence: "the name was looked up".to_owned(),
            confidence: 90,
        })
    };
    events.extend(Rung::ALL.map(|(rung, _)| exposed(Exposed::Person(by), rung)));
    events.push(exposed(Exposed::Unknown("mark".to_owned()), Rung::Visited));
    events.push(Event::Withdrawn {
        campaign: CampaignId::from_bytes([1; 16]),
        who: Exposed::Unknown("mark".to_owned()),
        rung: Rung::Visited,
        source: "resolver".to_owned(),
        at,
    });
    events.extend(letters);
    events
}

/// Who must be told: each kind, with each kind of part.
fn notifications() -> Vec<notification::Event> {
    use notification::{Event, Status, Touch, Whom};
    let (by, at) = (PersonId::from_bytes([9; 16]), Timestamp::from_unix_ms(1_658_357_340_000));
    let (campaign, customer) = (CampaignId::from_bytes([1; 16]), PersonId::from_bytes([7; 16]));
    let settled = |whom, status| Event::Settled { campaign, whom, status, by, at };
    let owned = |owner| Event::Owned { campaign, customer, owner, by, at };
    vec![
        Event::Began { campaign, at },
        Event::Touched(Touch {
            campaign,
            customer,
            application: "console".to_owned(),
            person: by,
            at,
            noted_at: at,
        }),
        Event::Aware { campaign, at, reason: "ticket 42".to_owned(), by, said_at: at },
        owned(Some(by)),
        owned(None),
        settled(Whom::Customer(customer), Status::Open),
        settled(Whom::Customer(customer), Status::Informed { at, how: "by mail".to_owned() }),
        settled(
            Whom::Regime("GDPR, authority".to_owned()),
            Status::NotNeeded { why: "no risk is likely".to_owned() },
        ),
    ]
}

fn records() -> Vec<Record> {
    let engine = events().into_iter().map(Record::Engine);
    let responses = responses().into_iter().map(Record::Response);
    let notifications = notifications().into_iter().map(Record::Notification);
    engine.chain(others()).chain(responses).chain(notifications).collect()
}

/// `kind version payload`, as the golden file has it.
fn line(event: &EncodedEvent) -> String {
    let payload = String::from_utf8_lossy(&event.payload);
    format!("{} {} {payload}\n", event.kind.as_str(), event.version)
}

fn encoded(kind: &str, version: u16, payload: &str) -> EncodedEvent {
    let kind = EventKind::parse(kind).expect("a kind");
    EncodedEvent { kind, version, payload: payload.as_bytes().to_vec() }
}

#[test]
fn version_one_is_written_and_read_as_it_always_was() {
    let written: String = records().iter().map(|record| line(&encode(record))).collect();
    assert_eq!(written, VERSION_1);
    let read = VERSION_1.lines().map(|line| {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().expect("three parts");
        let (kind, version, payload) = (part(), part().parse().expect("a number"), part());
        decode(&encoded(kind, version, payload)).expect("it was written by a release")
    });
    assert_eq!(read.collect::<Vec<_>>(), records());
}

#[test]
fn every_kind_of_record_stands_in_the_golden_file() {
    let kinds: std::collections::BTreeSet<String> =
        records().iter().map(|record| encode(record).kind.as_str().to_owned()).collect();
    assert_eq!(kinds.len(), 44);
}

#[test]
fn what_cannot_be_read_says_why() {
    let newer = decode(&encoded("received", 2, "{}")).expect_err("it is newer");
    assert!(matches!(newer, WireError::Newer { version: 2, .. }), "{newer}");
    for payload in [
        "",
        "{}",
        r#"{"contained":{"campaign":"x","at":1}}"#,
        r#"{"contained":{"campaign":"01010101-0101-0101-0101-010101010101","at":1,"more":2}}"#,
        r#"{"received":{"report":"01010101-0101-0101-0101-010101010101","at":1,"sketch":"0g"}}"#,
        r#"{"received":{"report":"01010101-0101-0101-0101-010101010101","at":1,"sketch":"é1"}}"#,
    ] {
        let damaged = decode(&encoded("contained", 1, payload)).expect_err(payload);
        assert!(matches!(damaged, WireError::Damaged { .. }), "{damaged}");
    }
}
