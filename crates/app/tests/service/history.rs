//! What may happen to a service, and what it comes to.

use std::collections::BTreeSet;

use proptest::prelude::*;
use unhook_app::journal::Journal;
use unhook_app::service::{RulingRequest, Running};
use unhook_app::views::NameRuling;
use unhook_app::{Service, ServiceError, Taken};
use unhook_engine::{Engine, Ruling};
use unhook_model::{ReportId, Verdict};

use crate::house::{
    ANN, HARMLESS, House, LURE, NEAR_LURE, OTHER_LURE, SUPPLIER, insist, pause, text,
};

/// People enrolled; whoever is beyond them is a stranger.
const PEOPLE: u32 = 4;

/// A lure that the domains of two others tie to each other.
const BOTH: &str = "Acme: update your schedule and wallet at acme-okta.example acme-wallet.example";

/// More than it takes until the service does what it left, in milliseconds.
const A_TICK: u64 = 65_000;

const BODIES: [&str; 6] = [LURE, NEAR_LURE, OTHER_LURE, HARMLESS, SUPPLIER, BOTH];
const NAMES: [&str; 2] = ["acme-okta.example", "acme-wallet.example"];

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Somebody passes a text on.
    Report(u32, usize),
    /// A text is delivered again.
    Repeat(prop::sample::Index),
    /// Somebody rules the campaign of a report, or the report.
    Rule(prop::sample::Index, bool),
    /// Somebody rules a name.
    Name(usize, bool),
    /// The process ends and begins anew.
    Restart,
}

pub(crate) fn any_history() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        8 => (0..PEOPLE + 2, 0..BODIES.len()).prop_map(|(from, body)| Step::Report(from, body)),
        2 => index().prop_map(Step::Repeat),
        2 => (index(), any::<bool>()).prop_map(|(report, is_bad)| Step::Rule(report, is_bad)),
        1 => (0..NAMES.len(), any::<bool>()).prop_map(|(name, is_bad)| Step::Name(name, is_bad)),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..24)
}

/// What a history comes to: reports by their number, since ids differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    /// What was judged and what was told, for each report.
    reports: Vec<(Verdict, Verdict)>,
    /// Which reports are one campaign, and what was ruled of it.
    campaigns: BTreeSet<(BTreeSet<usize>, Option<bool>)>,
}

impl Sum {
    fn of(service: &Service, reports: &[ReportId]) -> Option<Self> {
        let mut sum = Self::default();
        for report in reports {
            let row = service.report(*report).ok()??.row;
            sum.reports.push((row.judged.verdict, row.answered.verdict));
        }
        for summary in service.campaigns(None, None, 1000).ok()? {
            let detail = service.campaign(summary.id).ok()??;
            let number = |id| reports.iter().position(|known| known == id);
            let members: BTreeSet<usize> = detail.reports.iter().filter_map(number).collect();
            // A report that nobody gave would be missing here.
            (members.len() == detail.reports.len()).then_some(())?;
            let is_bad = summary.ruling.map(|ruling| ruling == Ruling::Malicious);
            sum.campaigns.insert((members, is_bad));
        }
        let all = unhook_app::views::ReportFilter { verdict: None, before: None, limit: 1000 };
        (service.reports(&all).ok()?.len() == reports.len()).then_some(sum)
    }
}

/// Lets a history happen, every step until it has, and says what it comes to; with `expected`,
/// waits until it has come to that.
pub(crate) async fn happen<J: Journal + 'static>(
    house: &House<J>,
    history: &[Step],
    expected: Option<&Sum>,
) -> Sum {
    house.enroll_all(0..PEOPLE);
    let mut running = begin(house).await;
    let (mut given, mut reports) = (Vec::new(), Vec::new());
    for (number, step) in history.iter().enumerate() {
        house.surroundings.pass(120_000);
        match step {
            Step::Report(from, body) => {
                let submission = text(*from, &format!("text {number}"), BODIES[*body]);
                let taken = insist(&running.service, submission.clone()).await;
                reports.push(taken.report.expect("it is a report"));
                given.push(submission);
            }
            Step::Repeat(index) if !given.is_empty() => {
                let which = index.index(given.len());
                let again = insist(&running.service, given[which].clone()).await;
                assert_same(&again, reports[which]);
            }
            Step::Rule(index, is_bad) if !reports.is_empty() => {
                let ruling = if *is_bad { Ruling::Malicious } else { Ruling::Benign };
                let which = reports[index.index(reports.len())];
                rule(&running.service, &RulingRequest::Report(which, ruling)).await;
            }
            Step::Name(name, is_bad) => {
                let ruling = if *is_bad { NameRuling::Malicious } else { NameRuling::Benign };
                let request = RulingRequest::Name(NAMES[*name].to_owned(), ruling);
                rule(&running.service, &request).await;
            }
            Step::Restart => {
                // It may hold what could not be kept, and be no snapshot then.
                drop(running.stop().await);
                running = begin(house).await;
            }
            Step::Repeat(_) | Step::Rule(..) => {}
        }
    }
    if expected.is_none() {
        // Corrections that a later report left to be made are made by the service's clock.
        pause(A_TICK).await;
    }
    let mut sum = None;
    for _ in 0..2_000 {
        sum = Sum::of(&running.service, &reports);
        if sum.is_some() && (expected.is_none() || sum.as_ref() == expected) {
            break;
        }
        pause(50).await;
    }
    drop(running.stop().await);
    sum.expect("it comes to something")
}

fn assert_same(again: &Taken, report: ReportId) {
    assert_eq!((again.report, again.is_repeated), (Some(report), true));
}

async fn begin<J: Journal + 'static>(house: &House<J>) -> Running<std::sync::Arc<J>> {
    for _ in 0..1_000 {
        if let Ok(running) = house.try_start(Engine::default()).await {
            return running;
        }
    }
    panic!("it does not begin");
}

async fn rule(service: &Service, request: &RulingRequest) {
    for _ in 0..1_000 {
        match service.rule(request.clone(), ANN).await {
            Ok(_) => return,
            Err(ServiceError::Unavailable(_)) => pause(100).await,
            // Reads have not come as far as whoever rules.
            Err(ServiceError::Refused(_)) => pause(100).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it cannot be ruled");
}
