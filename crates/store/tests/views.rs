//! Views on SQLite: they keep the contract, answer as the plain stand-in does, and are made anew
//! where the file cannot be used.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use rusqlite::Connection;
use unhook_app::journal::Position;
use unhook_app::people::{Language, Mark, Sealed};
use unhook_app::record::{
    Answered, Judged, Kept, Outgoing, OutgoingState, Recipient, Record, Telling,
};
use unhook_app::submission::Way;
use unhook_app::telling::{OutgoingId, Severity};
use unhook_app::views::fake::FakeViews;
use unhook_app::views::{NameRuling, ReportFilter, Views, contract};
use unhook_engine::{Event, Indicator, Received, notification, response};
use unhook_model::{
    ActionId, CampaignId, Channel, Hostname, PersonId, ReportId, Timestamp, Verdict,
};
use unhook_store::SqliteViews;

const ALL: ReportFilter = ReportFilter { verdict: None, before: None, limit: usize::MAX };

fn open(folder: &Path) -> SqliteViews {
    SqliteViews::open(folder).expect("views")
}

fn id(number: u8) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[15] = number;
    bytes
}

fn kept(number: u8) -> Kept {
    Kept {
        took: None,
        report: ReportId::from_bytes(id(number)),
        at: at(number),
        key: Some(Mark(format!("key {}", number % 3))),
        way: Way::ALL[usize::from(number) % Way::ALL.len()].0,
        channel: Channel::Sms,
        owner: PersonId::from_bytes(id(number % 3)),
        reporter: number.is_multiple_of(2).then(|| PersonId::from_bytes(id(number % 3))),
        language: Language::ENGLISH,
        judged: judged(number % 3),
        content: Sealed(vec![number; 3]),
    }
}

fn judged(number: u8) -> Judged {
    Judged {
        verdict: verdict(number),
        score: i32::from(number) * 100 - 100,
        kind: (number > 0).then(|| "account".to_owned()),
        signals: (0..number).map(|n| format!("signal-{n}")).collect(),
        by: "a judge".to_owned(),
    }
}

fn verdict(number: u8) -> Verdict {
    [Verdict::Benign, Verdict::Suspicious, Verdict::Malicious][usize::from(number % 3)]
}

fn at(number: u8) -> Timestamp {
    Timestamp::from_unix_ms(i64::from(number))
}

fn commit(number: u64, records: Vec<Record>) -> (Position, Vec<Record>) {
    (Position::from_raw(number), records)
}

#[test]
fn they_keep_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    contract::run(&open(folder.path()));
}

#[test]
fn opened_again_they_are_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let commits = [commit(3, vec![Record::Kept(kept(1))]), commit(5, vec![Record::Kept(kept(2))])];
    let views = open(folder.path());
    views.project(&commits).expect("project");
    let before = contract::answers(&views, &commits);
    drop(views);
    assert_eq!(contract::answers(&open(folder.path()), &commits), before);
}

#[test]
fn a_file_of_another_form_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).project(&[commit(3, vec![Record::Kept(kept(1))])]).expect("project");
    let other = Connection::open(folder.path().join("views.db")).expect("the file");
    other.pragma_update(None, "user_version", 99).expect("another form");
    drop(other);
    assert_is_new_and_works(folder.path());
}

#[test]
fn a_damaged_file_is_made_anew() {
    let damages: [fn(Vec<u8>) -> Vec<u8>; 2] = [
        |_| b"no database at all".repeat(100),
        // Its first words are whole.
        |mut bytes| {
            bytes[100..4096].fill(0xaa);
            bytes
        },
    ];
    for damage in damages {
        let folder = tempfile::tempdir().expect("a folder");
        let reports: Vec<Record> = (0..200).map(|n| Record::Kept(kept(n))).collect();
        open(folder.path()).project(&[commit(3, reports)]).expect("project");
        let file = folder.path().join("views.db");
        let bytes = std::fs::read(&file).expect("the file");
        std::fs::write(&file, damage(bytes)).expect("the file");
        assert_is_new_and_works(folder.path());
    }
}

fn assert_is_new_and_works(folder: &Path) {
    let views = open(folder);
    assert_eq!(views.position().expect("position"), None);
    assert_eq!(views.reports(&ALL).expect("reports"), []);
    views.project(&[commit(1, vec![Record::Kept(kept(7))])]).expect("project");
    assert_eq!(views.reports(&ALL).expect("reports").len(), 1);
}

#[test]
fn a_commit_is_in_with_all_it_holds_or_not_at_all() {
    // Readers come in while commits of two reports are brought in, and never see half of one.
    let folder = tempfile::tempdir().expect("a folder");
    let (views, is_done) = (open(folder.path()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut seen = 0;
                while !is_done.load(Ordering::Acquire) {
                    let count = views.reports(&ALL).expect("reports").len();
                    assert!(count.is_multiple_of(2) && count >= seen, "{count} after {seen}");
                    seen = count;
                }
            });
        }
        for number in 0..100 {
            let pair = [2 * number, 2 * number + 1].map(|n| Record::Kept(kept(n))).to_vec();
            views.project(&[commit(u64::from(number) + 1, pair)]).expect("project");
        }
        is_done.store(true, Ordering::Release);
    });
    assert_eq!(views.reports(&ALL).expect("reports").len(), 200);
}

/// Records about few things, so that they meet.
fn any_record() -> impl Strategy<Value = Record> {
    let small = || 0_u8..6;
    prop_oneof![
        3 => small().prop_map(|n| Record::Kept(kept(n))),
        1 => (small(), small(), any::<bool>()).prop_map(|(n, key, has_key)| Record::Added {
            report: ReportId::from_bytes(id(n)),
            key: has_key.then(|| Mark(format!("key {key}"))),
            content: Sealed(vec![key; 5]),
            at: at(n),
        }),
        1 => (small(), 0_u8..3, any::<bool>()).prop_map(|(n, how, is_anew)| Record::Judged {
            report: ReportId::from_bytes(id(n)),
            judged: judged(how),
            content: is_anew.then(|| Sealed(vec![how; 7])),
        }),
        1 => (small(), 0_u8..3, any::<bool>(), small()).prop_map(|(n, how, is_ruled, time)| {
            let answered = Answered { verdict: verdict(how), is_ruled, at: at(time) };
            Record::Answered { report: ReportId::from_bytes(id(n)), answered }
        }),
        1 => (small(), small()).prop_map(|(n, domain)| {
            let received = Received {
                report: ReportId::from_bytes(id(n)),
                at: at(n),
                reporter: None,
                sketch: None,
                indicators: vec![host(domain), Indicator::Sender("a mark".to_owned())],
            };
            Record::Engine(Event::Received(received))
        }),
        1 => (small(), small()).prop_map(|(n, domain)| {
            let indicators = vec![host(domain)];
            Record::Engine(Event::Observed { report: ReportId::from_bytes(id(n)), indicators })
        }),
        1 => (small(), any::<bool>(), small()).prop_map(|(who, is_known, time)| Record::Stated {
            person: PersonId::from_bytes(id(who)),
            report: is_known.then(|| ReportId::from_bytes(id(who))),
            at: at(time),
        }),
        1 => (0_u8..2, small()).prop_map(|(n, time)| Record::Noticed {
            matter: format!("matter {n}"),
            report: Some(ReportId::from_bytes(id(time))),
            at: at(time),
        }),
        1 => (0_u8..2).prop_map(|n| Record::Reviewed {
            matter: format!("matter {n}"),
            by: PersonId::from_bytes(id(n)),
            at: at(n),
        }),
        1 => (0_u8..3, any::<bool>()).prop_map(|(who, is_stopped)| Record::Stopped {
            person: PersonId::from_bytes(id(who)),
            is_stopped,
            at: at(who),
        }),
        1 => (0_u8..2, 0_usize..3, small()).prop_map(|(n, how, time)| Record::NameRuled {
            name: format!("{n}.example"),
            ruling: [NameRuling::Malicious, NameRuling::Benign, NameRuling::Allow][how],
            at: at(time),
            by: PersonId::from_bytes(id(time)),
        }),
        1 => (0_u8..3, small()).prop_map(|(n, time)| Record::Acknowledged {
            campaign: CampaignId::from_bytes(id(n)),
            by: PersonId::from_bytes(id(time)),
            at: at(time),
        }),
        2 => (0_u8..2, small(), small(), small()).prop_map(|(list, added, removed, count)| {
            let names = |n: u8| (0..n).map(|n| Hostname::parse(&format!("{n}.example")).expect("a host")).collect();
            Record::Response(response::Event::Listed(response::Listing {
                list: format!("list {list}"),
                added: names(added),
                removed: names(removed),
                count: u64::from(count),
                reason: "generated".to_owned(),
                by: None,
                at: at(count),
                expires_at: None,
            }))
        }),
        1 => (small(), small()).prop_map(|(n, time)| {
            let (campaign, at) = (CampaignId::from_bytes(id(n)), at(time));
            Record::Notification(notification::Event::Began { campaign, at })
        }),
        1 => small().prop_map(|n| Record::Response(response::Event::Approved {
            action: ActionId::from_bytes(id(n)),
            by: PersonId::from_bytes(id(n)),
            at: at(n),
        })),
        3 => (small(), small(), any::<bool>()).prop_map(|(n, time, is_text)| {
            Record::Requested(outgoing(n, time, is_text))
        }),
        2 => (small(), small()).prop_map(|(n, time)| Record::Attempted {
            outgoing: OutgoingId::from_bytes(id(n)),
            at: at(time),
        }),
        2 => (small(), 0_usize..4, small()).prop_map(|(n, how, time)| {
            let states = [
                OutgoingState::Waiting,
                OutgoingState::Delivered,
                OutgoingState::Failed,
                OutgoingState::Unknown,
            ];
            Record::Settled {
                outgoing: OutgoingId::from_bytes(id(n)),
                state: states[how],
                note: format!("note {time}"),
                at: at(time),
            }
        }),
    ]
}

fn host(number: u8) -> Indicator {
    Indicator::Domain(Hostname::parse(&format!("lure-{number}.example")).expect("a host"))
}

fn outgoing(number: u8, time: u8, is_text: bool) -> Outgoing {
    let report = ReportId::from_bytes(id(number));
    let alert = Telling::Alert {
        kind: format!("kind {}", time % 2),
        severity: Severity::Warning,
        campaign: number.is_multiple_of(2).then(|| CampaignId::from_bytes(id(number % 3))),
        report: Some(report),
    };
    let (to, what) = if is_text {
        let what = Telling::Correction { report, verdict: verdict(time) };
        (Recipient::Person(PersonId::from_bytes(id(number))), what)
    } else {
        (Recipient::Notifier("pager".to_owned()), alert)
    };
    let id = OutgoingId::from_bytes(id(number));
    Outgoing { id, to, what, at: at(time), due_at: at(time) }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 48,
        ..ProptestConfig::default()
    })]

    #[test]
    fn they_answer_as_the_plain_ones_do(
        history in prop::collection::vec(prop::collection::vec(any_record(), 0..8), 1..16),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let (views, plain) = (open(folder.path()), FakeViews::new());
        let commits: Vec<_> = (1..).zip(history).map(|(n, records)| commit(n * 3, records)).collect();
        plain.project(&commits).expect("project");
        for some in commits.chunks(3) {
            views.project(some).expect("project");
            for index in &again {
                let old = index.get(some).clone();
                views.project(&[old]).expect("project");
            }
        }
        let expected = contract::answers(&plain, &commits);
        prop_assert_eq!(&contract::answers(&views, &commits), &expected);
        drop(views);
        prop_assert_eq!(&contract::answers(&open(folder.path()), &commits), &expected);
    }
}
