//! What any views must do, as tests to run over them, and a way to compare two of them.
//!
//! Each case begins by forgetting everything, so one keeper of views serves for all.

use std::collections::BTreeSet;
use std::time::Duration;

use unhook_engine::{Event, Indicator, Received, notification, response};
use unhook_model::{CampaignId, Channel, Hostname, PersonId, ReportId, Timestamp, Verdict};

use super::{Attention, CalledRow, NameRow, NameRuling, ReportFilter, StatementRow, Views};
use crate::journal::Position;
use crate::people::{Language, Mark, Sealed};
use crate::record::{Answered, Judged, Kept, Outgoing, OutgoingState, Recipient, Record, Telling};
use crate::submission::Way;
use crate::telling::{OutgoingId, Severity};

/// Commits, as they are brought in.
type Commits = Vec<(Position, Vec<Record>)>;

/// Runs every case.
///
/// # Panics
/// If the views break the contract, with what they did.
pub fn run(views: &dyn Views) {
    what_is_given_again_changes_nothing(views);
    made_again_they_are_the_same(views);
    a_report_is_as_the_last_record_of_it_says(views);
    reports_are_read_newest_first_in_pages(views);
    reports_are_found_by_key_owner_and_domain(views);
    what_is_to_be_told_waits_until_it_is_settled(views);
    the_delivery_log_is_read_in_pages(views);
    texts_that_may_have_gone_out_are_counted(views);
    those_on_call_were_told_first_at(views);
    matters_are_counted_until_somebody_looks(views);
    statements_are_read_newest_first(views);
    the_last_ruling_of_a_name_counts(views);
    who_said_stop_has_stopped_until_they_say_start(views);
    the_first_acknowledgement_counts(views);
    who_must_be_told_is_read_with_positions(views);
    what_was_done_is_read_in_order(views);
}

/// What views answer to every question that these commits suggest, for comparing.
///
/// # Panics
/// If they do not answer.
#[must_use]
pub fn answers(views: &dyn Views, commits: &[(Position, Vec<Record>)]) -> Vec<String> {
    let named = Named::of(commits.iter().flat_map(|(_, records)| records));
    let mut answers = vec![
        format!("position {:?}", views.position().expect("position")),
        format!("attention {:?}", views.attention().expect("attention")),
        format!("statements {:?}", views.statements(usize::MAX).expect("statements")),
        format!("names {:?}", views.names().expect("names")),
        format!("responses {:?}", views.responses().expect("responses")),
        format!("notifications {:?}", views.notifications().expect("notifications")),
        format!("called {:?}", views.called(at(i64::MIN / 2)).expect("called")),
        format!("deliveries {:?}", views.deliveries(None, usize::MAX).expect("deliveries")),
        format!("waiting {:?}", views.waiting(None, usize::MAX).expect("waiting")),
    ];
    for list in &named.lists {
        answers.push(format!("{list} {:?}", listed(views, list)));
    }
    for verdict in [None, Some(Verdict::Benign), Some(Verdict::Malicious)] {
        let filter = ReportFilter { verdict, before: None, limit: usize::MAX };
        answers.push(format!("{verdict:?} {:?}", views.reports(&filter).expect("reports")));
    }
    for report in &named.reports {
        let filter = ReportFilter { verdict: None, before: Some(*report), limit: 2 };
        answers.push(format!("{report} {:?}", views.report(*report).expect("report")));
        answers.push(format!("before {:?}", views.reports(&filter).expect("reports")));
        answers.push(format!("domains {:?}", views.domains_of(&[*report]).expect("domains")));
    }
    for key in &named.keys {
        answers.push(format!("{key:?} {:?}", views.report_of_key(key).expect("key")));
    }
    for domain in &named.domains {
        let naming = views.reports_naming(domain, 2).expect("reports naming");
        answers.push(format!("{domain} {naming:?}"));
    }
    for person in &named.people {
        answers.push(format!("{person} {:?}", views.reports_of(*person).expect("reports")));
        answers.push(format!("stopped {:?}", views.is_stopped(*person).expect("stopped")));
    }
    for campaign in &named.campaigns {
        answers.push(format!("{campaign} {:?}", views.acknowledged(*campaign).expect("seen")));
    }
    for id in &named.outgoing {
        answers.push(format!("{id} {:?}", views.outgoing(*id).expect("outgoing")));
        answers.push(format!("after {:?}", views.waiting(Some(*id), 2).expect("waiting")));
        answers.push(format!("before {:?}", views.deliveries(Some(*id), 2).expect("log")));
    }
    for time in &named.times {
        answers.push(format!("{time:?} {:?}", views.texts_since(*time).expect("texts")));
        answers.push(format!("called {:?}", views.called(*time).expect("called")));
        answers.push(format!("passed {:?}", views.passed(*time, 3).expect("passed")));
    }
    answers
}

/// All that records name and that can be asked for.
#[derive(Default)]
struct Named {
    reports: BTreeSet<ReportId>,
    keys: BTreeSet<Mark>,
    domains: BTreeSet<String>,
    people: BTreeSet<PersonId>,
    campaigns: BTreeSet<CampaignId>,
    outgoing: BTreeSet<OutgoingId>,
    lists: BTreeSet<String>,
    times: BTreeSet<Timestamp>,
}

impl Named {
    fn of<'r>(records: impl Iterator<Item = &'r Record>) -> Self {
        let mut named = Self::default();
        records.for_each(|record| named.add(record));
        named
    }

    fn add(&mut self, record: &Record) {
        match record {
            Record::Engine(Event::Received(received)) => {
                self.name(received.report, &received.indicators);
            }
            Record::Engine(Event::Observed { report, indicators }) => {
                self.name(*report, indicators);
            }
            Record::Kept(kept) => {
                self.reports.insert(kept.report);
                self.keys.extend(kept.key.clone());
                self.people.insert(kept.owner);
            }
            Record::Added { report, key, .. } => {
                self.reports.insert(*report);
                self.keys.extend(key.clone());
            }
            Record::Judged { report, .. } | Record::Answered { report, .. } => {
                self.reports.insert(*report);
            }
            Record::Stopped { person, .. } => {
                self.people.insert(*person);
            }
            Record::Acknowledged { campaign, .. } => {
                self.campaigns.insert(*campaign);
            }
            Record::Response(response::Event::Listed(listing)) => {
                self.lists.insert(listing.list.clone());
            }
            Record::Requested(outgoing) => {
                self.outgoing.insert(outgoing.id);
                self.times.insert(outgoing.at);
            }
            Record::Attempted { outgoing, at } | Record::Settled { outgoing, at, .. } => {
                self.outgoing.insert(*outgoing);
                self.times.insert(*at);
            }
            _ => {}
        }
    }

    fn name(&mut self, report: ReportId, indicators: &[Indicator]) {
        self.reports.insert(report);
        for indicator in indicators {
            if let Indicator::Domain(domain) = indicator {
                self.domains.insert(domain.as_str().to_owned());
            }
        }
    }
}

fn what_is_given_again_changes_nothing(views: &dyn Views) {
    let all = history();
    begin(views, &all[..2]);
    assert_eq!(views.position().expect("position"), Some(all[1].0));
    let before = answers(views, &all);
    for again in [&all[..0], &all[..1], &all[1..2], &all[..2]] {
        views.project(again).expect("project");
        assert_eq!(answers(views, &all), before);
    }
    // Of what is given, the rest is new.
    views.project(&all).expect("project");
    let after = answers(views, &all);
    // What stands twice in one answer of a journal counts once.
    let twice: Commits = all.iter().chain(&all[1..2]).chain(all.last()).cloned().collect();
    begin(views, &twice);
    assert_eq!(answers(views, &all), after);
}

fn made_again_they_are_the_same(views: &dyn Views) {
    let all = history();
    begin(views, &all);
    let before = answers(views, &all);
    views.clear().expect("clear");
    assert_eq!(views.position().expect("position"), None);
    let nothing = ReportFilter { verdict: None, before: None, limit: 10 };
    assert_eq!(views.reports(&nothing).expect("reports"), []);
    for commit in &all {
        views.project(std::slice::from_ref(commit)).expect("project");
    }
    assert_eq!(answers(views, &all), before);
}

fn a_report_is_as_the_last_record_of_it_says(views: &dyn Views) {
    let first = kept(1, 10, Verdict::Suspicious);
    begin(views, &[(position(1), vec![Record::Kept(first.clone())])]);
    let row = views.report(report(1)).expect("report").expect("a row");
    let told = Answered { verdict: Verdict::Suspicious, is_ruled: false, at: first.at };
    assert_eq!((row.report, row.at, row.way, row.channel), (report(1), at(1), Way::Text, SMS));
    assert_eq!((row.owner, row.reporter, row.language), (person(10), None, Language::ENGLISH));
    assert_eq!((&row.judged, &row.answered, &row.content), (&first.judged, &told, &first.content));
    let again = Record::Kept(Kept { owner: person(11), ..first });
    let answered = Answered { verdict: Verdict::Malicious, is_ruled: true, at: at(5) };
    let judged = judged(Verdict::Malicious);
    let more = vec![
        again,
        Record::Added { report: report(1), key: None, content: sealed(2), at: at(3) },
        Record::Judged { report: report(1), judged: judged.clone(), content: None },
        Record::Answered { report: report(1), answered: answered.clone() },
        Record::Answered { report: report(9), answered: answered.clone() },
    ];
    views.project(&[(position(2), more)]).expect("project");
    let row = views.report(report(1)).expect("report").expect("a row");
    assert_eq!((row.owner, row.content), (person(10), sealed(2)));
    assert_eq!((&row.judged, &row.answered), (&judged, &answered));
    let anew = Record::Judged { report: report(1), judged, content: Some(sealed(3)) };
    views.project(&[(position(3), vec![anew])]).expect("project");
    let row = views.report(report(1)).expect("report").expect("a row");
    assert_eq!(row.content, sealed(3));
    assert_eq!(views.report(report(9)).expect("report"), None);
}

fn reports_are_read_newest_first_in_pages(views: &dyn Views) {
    let verdicts = [Verdict::Benign, Verdict::Malicious];
    // Not in the order of their ids: clocks go backwards.
    let order = [3, 1, 2, 5, 4];
    let records = order.map(|n| Record::Kept(kept(n, 10, verdicts[usize::from(n) % 2])));
    begin(views, &[(position(1), records.to_vec())]);
    let page = |verdict, before, limit| {
        let filter = ReportFilter { verdict, before, limit };
        let rows = views.reports(&filter).expect("reports");
        rows.iter().map(|row| row.report.to_bytes()[15]).collect::<Vec<u8>>()
    };
    assert_eq!(page(None, None, 10), [5, 4, 3, 2, 1]);
    assert_eq!(page(None, None, 2), [5, 4]);
    assert_eq!(page(None, Some(report(4)), 2), [3, 2]);
    assert_eq!(page(Some(Verdict::Malicious), Some(report(5)), 9), [3, 1]);
    assert_eq!(page(Some(Verdict::Suspicious), None, 9), [0_u8; 0]);
    assert_eq!(page(None, None, 0), [0_u8; 0]);
}

fn reports_are_found_by_key_owner_and_domain(views: &dyn Views) {
    let mark = |text: &str| Mark(text.to_owned());
    let with_key = |n, owner, key| {
        Record::Kept(Kept { key: Some(mark(key)), ..kept(n, owner, Verdict::Benign) })
    };
    let received = Record::Engine(Event::Received(Received {
        report: report(2),
        at: at(2),
        reporter: None,
        sketch: None,
        indicators: vec![domain("b.example"), Indicator::Sender("b.example".to_owned())],
    }));
    let indicators = vec![domain("a.example"), domain("b.example")];
    let observed = Record::Engine(Event::Observed { report: report(1), indicators });
    let added = Record::Added {
        report: report(1),
        key: Some(mark("second part")),
        content: sealed(1),
        at: at(2),
    };
    let records =
        vec![with_key(2, 10, "two"), received, with_key(1, 10, "one"), added, observed.clone()];
    begin(views, &[(position(1), records)]);
    views.project(&[(position(2), vec![with_key(3, 11, "one"), observed])]).expect("project");
    let of_key = |key| views.report_of_key(&mark(key)).expect("key");
    assert_eq!(of_key("two"), Some(report(2)));
    assert_eq!((of_key("one"), of_key("second part")), (Some(report(1)), Some(report(1))));
    assert_eq!(of_key("three"), None);
    let of = |owner| {
        let rows = views.reports_of(person(owner)).expect("reports");
        rows.iter().map(|row| row.report).collect::<Vec<_>>()
    };
    assert_eq!((of(10), of(11)), (vec![report(2), report(1)], vec![report(3)]));
    let naming = |name, limit| views.reports_naming(name, limit).expect("naming");
    assert_eq!(naming("b.example", 9), [report(2), report(1)]);
    assert_eq!(naming("b.example", 1), [report(2)]);
    assert_eq!(naming("example", 9), []);
    let domains = views.domains_of(&[report(2), report(1), report(7)]).expect("domains");
    assert_eq!(domains, ["a.example", "b.example"]);
}

fn what_is_to_be_told_waits_until_it_is_settled(views: &dyn Views) {
    let requests = vec![alert(2, "campaign-opened", 7, 2), text(1, 1), alert(3, "test", 8, 3)];
    begin(views, &[(position(1), requests)]);
    let waiting = |after: Option<u8>, limit| {
        let rows = views.waiting(after.map(outgoing), limit).expect("waiting");
        rows.iter().map(|row| row.outgoing.id.to_bytes()[15]).collect::<Vec<u8>>()
    };
    assert_eq!((waiting(None, 9), waiting(None, 2)), (vec![1, 2, 3], vec![1, 2]));
    assert_eq!((waiting(Some(1), 1), waiting(Some(3), 9)), (vec![2], vec![]));
    let row = |id| views.outgoing(outgoing(id)).expect("outgoing").expect("a row");
    let fresh = row(1);
    assert_eq!((fresh.state, fresh.is_attempting), (OutgoingState::Waiting, false));
    assert_eq!((fresh.attempts, fresh.last_at, fresh.note.as_str()), (0, None, ""));
    assert_eq!(Record::Requested(fresh.outgoing), text(1, 1));
    let attempted = Record::Attempted { outgoing: outgoing(1), at: at(5) };
    views.project(&[(position(2), vec![attempted])]).expect("project");
    let begun = row(1);
    assert_eq!((begun.is_attempting, begun.attempts, begun.last_at), (true, 0, Some(at(5))));
    assert_eq!(waiting(None, 9), [1, 2, 3]);
    views.project(&[(position(3), vec![settled(1, OutgoingState::Waiting, 6)])]).expect("project");
    let again = row(1);
    assert_eq!((again.is_attempting, again.attempts, again.last_at), (false, 1, Some(at(6))));
    assert_eq!((again.note.as_str(), waiting(None, 9)), ("waiting", vec![1, 2, 3]));
    let ends = vec![
        settled(1, OutgoingState::Delivered, 7),
        settled(2, OutgoingState::Unknown, 7),
        settled(3, OutgoingState::Failed, 7),
        settled(4, OutgoingState::Waiting, 7),
        text(1, 9),
    ];
    views.project(&[(position(4), ends)]).expect("project");
    assert_eq!(waiting(None, 9), [0_u8; 0]);
    assert_eq!((row(1).state, row(1).attempts), (OutgoingState::Delivered, 2));
    assert_eq!((row(2).state, row(3).state), (OutgoingState::Unknown, OutgoingState::Failed));
    assert_eq!(views.outgoing(outgoing(4)).expect("outgoing"), None);
}

fn the_delivery_log_is_read_in_pages(views: &dyn Views) {
    let requests = [2, 1, 4, 3].map(|id| text(id, id)).to_vec();
    begin(views, &[(position(1), requests)]);
    let log = |before: Option<u8>, limit| {
        let rows = views.deliveries(before.map(outgoing), limit).expect("deliveries");
        rows.iter().map(|row| row.outgoing.id.to_bytes()[15]).collect::<Vec<u8>>()
    };
    assert_eq!((log(None, 9), log(None, 2)), (vec![4, 3, 2, 1], vec![4, 3]));
    assert_eq!((log(Some(3), 9), log(Some(1), 9)), (vec![2, 1], vec![]));
}

fn texts_that_may_have_gone_out_are_counted(views: &dyn Views) {
    let requests = vec![text(1, 1), text(2, 1), text(3, 1), text(4, 1), alert(5, "test", 1, 1)];
    let attempts = [1, 2, 3, 4, 5].map(|n| Record::Attempted { outgoing: outgoing(n), at: at(4) });
    begin(views, &[(position(1), requests), (position(2), attempts.to_vec())]);
    let since = |time| views.texts_since(at(time)).expect("texts");
    assert_eq!((since(0), since(4), since(5)), (4, 4, 0));
    let ends = vec![
        settled(1, OutgoingState::Delivered, 5),
        settled(2, OutgoingState::Unknown, 6),
        settled(3, OutgoingState::Failed, 7),
        settled(5, OutgoingState::Delivered, 8),
    ];
    views.project(&[(position(3), ends)]).expect("project");
    // The fourth is on its way.
    assert_eq!((since(4), since(5), since(6), since(7)), (3, 2, 1, 0));
    views.project(&[(position(4), vec![settled(4, OutgoingState::Waiting, 9)])]).expect("project");
    assert_eq!(since(4), 2);
}

fn those_on_call_were_told_first_at(views: &dyn Views) {
    let calls = vec![
        alert(1, "campaign-opened", 8, 5),
        alert(2, "campaign-opened", 8, 3),
        alert(3, "campaign-active", 8, 6),
        alert(4, "campaign-opened", 7, 4),
        text(5, 4),
    ];
    begin(views, &[(position(1), calls)]);
    let row = |number, kind: &str, time| CalledRow {
        campaign: campaign(number),
        kind: kind.to_owned(),
        at: at(time),
    };
    let (opened, active) = ("campaign-opened", "campaign-active");
    let all = views.called(at(0)).expect("called");
    assert_eq!(all, [row(7, opened, 4), row(8, active, 6), row(8, opened, 3)]);
    let later = views.called(at(5)).expect("called");
    assert_eq!(later, [row(8, active, 6), row(8, opened, 5)]);
}

fn matters_are_counted_until_somebody_looks(views: &dyn Views) {
    let noticed = |matter: &str, about: Option<u8>, time| Record::Noticed {
        matter: matter.to_owned(),
        report: about.map(report),
        at: at(time),
    };
    let records =
        vec![noticed("late", None, 2), noticed("early", Some(1), 1), noticed("early", Some(2), 5)];
    begin(views, &[(position(1), records)]);
    let attention = |matter: &str, since, last, count, about: Option<u8>| Attention {
        matter: matter.to_owned(),
        since: at(since),
        last_at: at(last),
        count,
        report: about.map(report),
    };
    let early = attention("early", 1, 5, 2, Some(1));
    let late = attention("late", 2, 2, 1, None);
    assert_eq!(views.attention().expect("attention"), [early, late.clone()]);
    let reviewed = Record::Reviewed { matter: "early".to_owned(), by: person(1), at: at(6) };
    views.project(&[(position(2), vec![reviewed])]).expect("project");
    assert_eq!(views.attention().expect("attention"), std::slice::from_ref(&late));
    views.project(&[(position(3), vec![noticed("early", Some(3), 7)])]).expect("project");
    let again = attention("early", 7, 7, 1, Some(3));
    assert_eq!(views.attention().expect("attention"), [late, again]);
}

fn statements_are_read_newest_first(views: &dyn Views) {
    let stated = |who, about: Option<u8>, time| Record::Stated {
        person: person(who),
        report: about.map(report),
        at: at(time),
    };
    begin(views, &[(position(1), vec![stated(1, Some(4), 1), stated(2, None, 2)])]);
    views.project(&[(position(2), vec![stated(1, None, 1)])]).expect("project");
    let row = |who, about: Option<u8>, time| StatementRow {
        person: person(who),
        report: about.map(report),
        at: at(time),
    };
    let all = [row(1, None, 1), row(2, None, 2), row(1, Some(4), 1)];
    assert_eq!(views.statements(9).expect("statements"), all);
    assert_eq!(views.statements(2).expect("statements"), all[..2]);
}

fn the_last_ruling_of_a_name_counts(views: &dyn Views) {
    let ruled = |name: &str, ruling, time, by| Record::NameRuled {
        name: name.to_owned(),
        ruling,
        at: at(time),
        by: person(by),
    };
    let records = vec![
        ruled("b.example", NameRuling::Malicious, 1, 1),
        ruled("a.example", NameRuling::Allow, 2, 1),
        // Later in the journal, though its clock says otherwise.
        ruled("b.example", NameRuling::Benign, 0, 2),
    ];
    begin(views, &[(position(1), records)]);
    let row = |name: &str, ruling, time, by| NameRow {
        name: name.to_owned(),
        ruling,
        at: at(time),
        by: person(by),
    };
    let expected =
        [row("a.example", NameRuling::Allow, 2, 1), row("b.example", NameRuling::Benign, 0, 2)];
    assert_eq!(views.names().expect("names"), expected);
}

fn who_said_stop_has_stopped_until_they_say_start(views: &dyn Views) {
    let stopped = |who, is_stopped| Record::Stopped { person: person(who), is_stopped, at: at(1) };
    begin(views, &[(position(1), vec![stopped(1, true), stopped(1, true), stopped(2, false)])]);
    let is_stopped = |who| views.is_stopped(person(who)).expect("stopped");
    assert_eq!((is_stopped(1), is_stopped(2), is_stopped(3)), (true, false, false));
    views.project(&[(position(2), vec![stopped(1, false)])]).expect("project");
    assert!(!is_stopped(1));
}

fn the_first_acknowledgement_counts(views: &dyn Views) {
    let seen = |number, time| Record::Acknowledged {
        campaign: campaign(number),
        by: person(1),
        at: at(time),
    };
    begin(views, &[(position(1), vec![seen(7, 5), seen(7, 9)])]);
    assert_eq!(views.acknowledged(campaign(7)).expect("seen"), Some(at(5)));
    assert_eq!(views.acknowledged(campaign(8)).expect("seen"), None);
}

fn what_was_done_is_read_in_order(views: &dyn Views) {
    let lift = response::Event::Lifted {
        name: host("lure.example"),
        why: response::Lift::Expired,
        by: None,
        at: at(9),
    };
    let first = listing(&["a.example", "b.example"], &[], 2);
    let then = listing(&["c.example"], &["a.example"], 2);
    let all = [first.clone(), lift.clone(), then.clone()].map(Record::Response);
    begin(views, &[(position(1), all.to_vec())]);
    let read = views.responses().expect("responses");
    assert_eq!(read, [first.without_names(), lift, then.without_names()]);
    assert_eq!(listed(views, "feed"), [host("b.example"), host("c.example")]);
    assert_eq!(listed(views, "other"), []);
}

fn who_must_be_told_is_read_with_positions(views: &dyn Views) {
    let began = |n| notification::Event::Began { campaign: campaign(n), at: at(n.into()) };
    let commit = |at, n: &[u8]| {
        let records = n.iter().map(|n| Record::Notification(began(*n)));
        (position(at), records.collect())
    };
    begin(views, &[commit(1, &[1, 2]), commit(3, &[3])]);
    views.project(&[commit(3, &[3])]).expect("what comes again changes nothing");
    let expected = [(position(1), began(1)), (position(1), began(2)), (position(3), began(3))];
    assert_eq!(views.notifications().expect("notifications"), expected);
    views.clear().expect("clear");
    assert_eq!(views.notifications().expect("notifications"), []);
}

fn listing(added: &[&str], removed: &[&str], count: u64) -> response::Event {
    let hosts = |names: &[&str]| names.iter().map(|name| host(name)).collect();
    response::Event::Listed(response::Listing {
        list: "feed".to_owned(),
        added: hosts(added),
        removed: hosts(removed),
        count,
        reason: "a feed".to_owned(),
        by: Some(person(1)),
        at: at(8),
        expires_at: None,
    })
}

fn host(name: &str) -> Hostname {
    Hostname::parse(name).expect("a host")
}

fn listed(views: &dyn Views, list: &str) -> Vec<Hostname> {
    let mut names = Vec::new();
    views.listed(list, &mut |name| names.push(name)).expect("listed");
    names
}

/// Three commits with something of everything.
fn history() -> Commits {
    let first = Kept { key: Some(Mark("key".to_owned())), ..kept(1, 10, Verdict::Suspicious) };
    let received = Received {
        report: report(1),
        at: at(1),
        reporter: None,
        sketch: None,
        indicators: vec![domain("lure.example")],
    };
    let told = Answered { verdict: Verdict::Malicious, is_ruled: true, at: at(4) };
    let (matter, by) = ("stranger-campaign".to_owned(), person(1));
    let name = "lure.example".to_owned();
    vec![
        (
            position(3),
            vec![
                Record::Engine(Event::Received(received)),
                Record::Kept(first),
                Record::Noticed { matter, report: Some(report(1)), at: at(1) },
                alert(1, "campaign-opened", 7, 1),
                text(2, 1),
            ],
        ),
        (
            position(4),
            vec![
                Record::Stated { person: person(10), report: Some(report(1)), at: at(2) },
                Record::Stopped { person: person(10), is_stopped: true, at: at(2) },
                Record::NameRuled { name, ruling: NameRuling::Malicious, at: at(2), by },
                Record::Attempted { outgoing: outgoing(2), at: at(2) },
            ],
        ),
        (
            position(9),
            vec![
                Record::Judged {
                    report: report(1),
                    judged: judged(Verdict::Benign),
                    content: None,
                },
                Record::Answered { report: report(1), answered: told },
                Record::Acknowledged { campaign: campaign(7), by, at: at(4) },
                settled(2, OutgoingState::Delivered, 5),
            ],
        ),
    ]
}

/// Forgets everything, then brings these in.
fn begin(views: &dyn Views, commits: &[(Position, Vec<Record>)]) {
    views.clear().expect("clear");
    views.project(commits).expect("project");
}

const SMS: Channel = Channel::Sms;

fn kept(number: u8, owner: u8, verdict: Verdict) -> Kept {
    Kept {
        took: Some(Duration::from_millis(u64::from(number))),
        report: report(number),
        at: at(i64::from(number)),
        key: None,
        way: Way::Text,
        channel: SMS,
        owner: person(owner),
        reporter: None,
        language: Language::ENGLISH,
        judged: judged(verdict),
        content: sealed(number),
    }
}

fn judged(verdict: Verdict) -> Judged {
    Judged {
        verdict,
        score: verdict as i32 * 100 - 50,
        kind: (verdict > Verdict::Benign).then(|| "account".to_owned()),
        signals: (0..verdict as u8).map(|n| format!("signal-{n}")).collect(),
        by: "a judge".to_owned(),
    }
}

fn settled(number: u8, state: OutgoingState, time: i64) -> Record {
    let note = state.name().to_owned();
    Record::Settled { outgoing: outgoing(number), state, note, at: at(time) }
}

fn text(number: u8, time: u8) -> Record {
    let time = at(i64::from(time));
    Record::Requested(Outgoing {
        id: outgoing(number),
        to: Recipient::Person(person(10)),
        what: Telling::Correction { report: report(1), verdict: Verdict::Malicious },
        at: time,
        due_at: time,
    })
}

fn alert(number: u8, kind: &str, about: u8, time: i64) -> Record {
    Record::Requested(Outgoing {
        id: outgoing(number),
        to: Recipient::Notifier("pager".to_owned()),
        what: Telling::Alert {
            kind: kind.to_owned(),
            severity: Severity::Warning,
            campaign: Some(campaign(about)),
            report: None,
        },
        at: at(time),
        due_at: at(time),
    })
}

fn domain(name: &str) -> Indicator {
    Indicator::Domain(Hostname::parse(name).expect("a host"))
}

fn sealed(byte: u8) -> Sealed {
    Sealed(vec![byte, 0, 0xff])
}

fn position(raw: u64) -> Position {
    Position::from_raw(raw)
}

const fn bytes(number: u8) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[15] = number;
    bytes
}

fn report(number: u8) -> ReportId {
    ReportId::from_bytes(bytes(number))
}

fn person(number: u8) -> PersonId {
    PersonId::from_bytes(bytes(number))
}

fn campaign(number: u8) -> CampaignId {
    CampaignId::from_bytes(bytes(number))
}

fn outgoing(number: u8) -> OutgoingId {
    OutgoingId::from_bytes(bytes(number))
}

fn at(time: i64) -> Timestamp {
    Timestamp::from_unix_ms(time)
}
