//! Playbooks: which actions run by themselves, which ask first, and the limits none may pass.
//!
//! A [`Playbook`] is what an organization wrote; [`Playbook::consider`] says what it makes of one
//! campaign as it is now. It is asked after whatever happened to a campaign, and what was
//! proposed before is not proposed again.
//!
//! Some limits are not written in any playbook and cannot be written out of one:
//!
//! - Without a playbook of its own an organization is asked about everything, and with one for its first
//!   [`CAREFUL_DAYS`], unless that says otherwise in so many words.
//! - A name is blocked without asking only when somebody ruled that the campaign is an attack, or the
//!   detector calls it one and [`LEAST_REPORTERS`] people enrolled reported that very name. A look-alike
//!   score or strangers alone never do, and about a site that people here went to long before it always asks.
//! - Nobody is evicted without asking but for what an identity provider saw, and never many at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use unhook_model::{ActionId, CampaignId, Hostname, PersonId, Timestamp, Verdict};

use super::{Action, Deed, State};
use crate::event::{Ruling, Stage};

/// For how many days everything asks, unless a playbook says otherwise.
pub const CAREFUL_DAYS: u32 = 14;

/// How many people enrolled have to have reported a name before it is blocked without asking.
pub const LEAST_REPORTERS: usize = 2;

/// The most rules in a playbook.
pub const MOST_RULES: usize = 100;

/// The most that one look at a campaign proposes: who has more to decide looks again.
pub const MOST_PROPOSED: usize = 20;

/// The highest limit of an hour.
pub const HIGHEST_LIMIT: usize = 1_000;

/// How long somebody may think before what was asked lapses.
pub const LAPSES_AFTER: Duration = Duration::from_secs(7 * 24 * 3_600);

pub(super) const HOUR: Duration = Duration::from_secs(3_600);

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What an organization wants done by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playbook {
    /// What it is called.
    pub name: String,
    /// For how many days everything asks; `None`: until somebody writes another playbook.
    pub careful_days: Option<u32>,
    /// What no rule passes.
    pub limits: Limits,
    /// What is done when.
    pub rules: Vec<Rule>,
}

/// What no rule passes: what is beyond asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many names are blocked without asking in an hour.
    pub blocks_per_hour: usize,
    /// How many people are evicted without asking in an hour.
    pub evictions_per_hour: usize,
    /// From how many people on that a rule evicts because of one campaign two people have to agree.
    pub second_person_from: usize,
    /// Minutes of the day, in UTC, between which nobody is evicted without asking.
    pub quiet: Option<(u16, u16)>,
    /// Whom no rule ever touches.
    pub break_glass: BTreeSet<PersonId>,
}

/// One rule: what is done when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is called: actions name it for ever.
    pub id: String,
    /// All of this has to be so.
    pub when: When,
    /// What is done.
    pub does: Does,
    /// Whether by itself.
    pub mode: Mode,
}

/// All that has to be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// One of these stages; any, if none.
    pub stages: Vec<Stage>,
    /// A verdict at least as bad.
    pub verdict: Option<Verdict>,
    /// So many people enrolled reported it.
    pub reporters: usize,
    /// Somebody ruled that it is an attack.
    pub ruled: bool,
    /// It uses one of the organization's brands.
    pub brand: bool,
    /// It began as a burst: several people within minutes.
    pub burst: bool,
    /// It got this far with the person that is acted for.
    pub exposure: Option<Rung>,
}

/// How far a campaign got with one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// They got the text.
    Received,
    /// They looked the name up, or opened the page.
    Visited,
    /// They typed what it asked for, or the pattern of it was seen.
    Submitted,
    /// Somebody else signed in as them.
    Session,
    /// That somebody looked at data.
    Data,
}

impl Rung {
    /// Each with its name in outputs, from the lowest.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Received, "received"),
        (Self::Visited, "visited"),
        (Self::Submitted, "submitted"),
        (Self::Session, "session"),
        (Self::Data, "data"),
    ];

    /// Its name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The rung of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(rung, _)| *rung)
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Blocks the names that the campaign leads to.
    Block {
        /// For how long, in milliseconds; until somebody lifts it, if not given.
        lasts: Option<u64>,
    },
    /// Evicts those whom it got to.
    Evict {
        /// Whether their accounts are suspended, too.
        suspend: bool,
    },
}

/// Whether a rule runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It does.
    Auto,
    /// It asks.
    Ask,
    /// It does nothing: written down so that nobody adds it by accident.
    Never,
}

/// A campaign, as far as a playbook looks at it.
#[derive(Clone, Debug)]
pub struct Situation {
    /// Which.
    pub campaign: CampaignId,
    /// All names it ever had.
    pub names: Vec<CampaignId>,
    /// How far it is.
    pub stage: Stage,
    /// The worst that the detector says of its texts.
    pub verdict: Verdict,
    /// What a person ruled.
    pub ruling: Option<Ruling>,
    /// How many people enrolled reported it.
    pub reporters: usize,
    /// Whether it uses one of the organization's brands.
    pub uses_brand: bool,
    /// Whether it began as a burst.
    pub is_burst: bool,
    /// The names that it leads to and that may be blocked.
    pub leads_to: Vec<Destination>,
    /// Whom it got to, and how far; whether an identity provider saw it.
    pub exposed: Vec<(PersonId, Rung, bool)>,
}

/// A name that a campaign leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The name.
    pub name: Hostname,
    /// How many people enrolled reported it.
    pub reporters: usize,
    /// Whether people here went there long before: a site that somebody broke into, or nobody's lure.
    pub is_established: bool,
}

/// When a playbook is asked.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time now.
    pub now: Timestamp,
    /// When the organization began.
    pub begun_at: Timestamp,
}

impl Playbook {
    /// The one that holds when nobody wrote another. It asks about everything, and says what would run: names
    /// of confirmed campaigns would be blocked.
    #[must_use]
    pub fn careful() -> Self {
        let week = Some(7 * 24 * 3_600_000);
        let confirmed = When { ruled: true, ..When::default() };
        let reported = When {
            stages: vec![Stage::Emerging, Stage::Active],
            verdict: Some(Verdict::Malicious),
            reporters: LEAST_REPORTERS,
            ..When::default()
        };
        let taken_over = When { exposure: Some(Rung::Session), ..When::default() };
        let rule = |id: &str, when, does, mode| Rule { id: id.to_owned(), when, does, mode };
        Self {
            name: "careful".to_owned(),
            careful_days: None,
            limits: Limits::default(),
            rules: vec![
                rule("block-ruled", confirmed, Does::Block { lasts: week }, Mode::Auto),
                rule("block-reported", reported, Does::Block { lasts: week }, Mode::Auto),
                rule("evict-taken-over", taken_over, Does::Evict { suspend: false }, Mode::Ask),
            ],
        }
    }

    /// What is to be done about a campaign that was not proposed before. The ids are given by
    /// `fresh`, one for each.
    pub fn consider(
        &self,
        situation: &Situation,
        done: &State,
        moment: Moment,
        mut fresh: impl FnMut() -> ActionId,
    ) -> Vec<Action> {
        if situation.ruling == Some(Ruling::Benign) {
            return Vec::new();
        }
        let is_over = |days| moment.now >= moment.begun_at.plus(DAY.saturating_mul(days));
        let is_careful = !self.careful_days.is_some_and(is_over);
        let mut proposed: Vec<Action> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.mode != Mode::Never) {
            let deeds = rule.deeds(situation, &self.limits);
            let is_wide = matches!(rule.does, Does::Evict { .. })
                && deeds.len() >= self.limits.second_person_from;
            for (deed, is_proven) in deeds {
                let runs = rule.mode == Mode::Auto
                    && is_proven
                    && !is_wide
                    && self.is_within(&deed, &proposed, done, moment.now);
                let is_known = done.was_proposed(&situation.names, &deed, runs && !is_careful)
                    || proposed.iter().any(|action| action.deed.is_about_the_same(&deed));
                if is_known || proposed.len() >= MOST_PROPOSED {
                    continue;
                }
                let approvals = match (runs && !is_careful, is_wide) {
                    (true, _) => 0,
                    (false, true) => 2,
                    (false, false) => 1,
                };
                proposed.push(Action {
                    id: fresh(),
                    campaign: Some(situation.campaign),
                    deed,
                    rule: Some(rule.id.clone()),
                    by: None,
                    reason: situation.in_a_line(),
                    approvals,
                    would_run: runs && is_careful,
                    at: moment.now,
                    lapses_at: moment.now.plus(LAPSES_AFTER),
                });
            }
        }
        proposed
    }

    /// Whether one more of these passes no limit.
    fn is_within(&self, deed: &Deed, proposed: &[Action], done: &State, now: Timestamp) -> bool {
        let since = now.minus(HOUR);
        let is_same = |other: &Deed| std::mem::discriminant(other) == std::mem::discriminant(deed);
        let by_itself = |action: &&Action| {
            is_same(&action.deed) && action.approvals == 0 && action.rule.is_some()
        };
        let before = done.actions().map(|asked| &asked.action).take_while(|a| a.at >= since);
        let count = before.filter(by_itself).count() + proposed.iter().filter(by_itself).count();
        match deed {
            Deed::Block { .. } => count < self.limits.blocks_per_hour,
            Deed::Evict { .. } => {
                count < self.limits.evictions_per_hour && !self.limits.is_quiet(now)
            }
            Deed::Write(_) => false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            blocks_per_hour: 20,
            evictions_per_hour: 5,
            second_person_from: 10,
            quiet: None,
            break_glass: BTreeSet::new(),
        }
    }
}

impl Limits {
    fn is_quiet(&self, now: Timestamp) -> bool {
        let minute = (now.unix_ms().div_euclid(60_000)).rem_euclid(24 * 60) as u16;
        self.quiet.is_some_and(|(from, until)| {
            if from <= until {
                (from..until).contains(&minute)
            } else {
                minute >= from || minute < until
            }
        })
    }
}

impl Rule {
    /// What it makes of a campaign, and whether each is proven well enough to run without asking.
    fn deeds(&self, situation: &Situation, limits: &Limits) -> Vec<(Deed, bool)> {
        if !self.when.holds(situation) {
            return Vec::new();
        }
        match self.does {
            Does::Block { lasts } => {
                let is_ruled = situation.ruling == Some(Ruling::Malicious);
                let is_reported =
                    |by: usize| situation.verdict == Verdict::Malicious && by >= LEAST_REPORTERS;
                let places = situation.leads_to.iter();
                let places = places.filter(|place| is_ruled || place.reporters > 0);
                let deed = |place: &Destination| {
                    let is_proven = is_ruled || is_reported(place.reporters);
                    let deed = Deed::Block { name: place.name.clone(), lasts };
                    (deed, is_proven && !place.is_established)
                };
                places.map(deed).collect()
            }
            Does::Evict { suspend } => {
                let least = self.when.exposure.unwrap_or(Rung::Session);
                let caught = situation.exposed.iter().filter(|(person, rung, _)| {
                    *rung >= least && !limits.break_glass.contains(person)
                });
                let mut people: BTreeMap<PersonId, bool> = BTreeMap::new();
                for (person, _, is_seen) in caught {
                    *people.entry(*person).or_default() |= *is_seen;
                }
                let deed = |(person, is_seen)| (Deed::Evict { person, suspend }, is_seen);
                people.into_iter().map(deed).collect()
            }
        }
    }
}

impl When {
    fn holds(&self, situation: &Situation) -> bool {
        (self.stages.is_empty() || self.stages.contains(&situation.stage))
            && self.verdict.is_none_or(|least| situation.verdict >= least)
            && situation.reporters >= self.reporters
            && (!self.ruled || situation.ruling == Some(Ruling::Malicious))
            && (!self.brand || situation.uses_brand)
            && (!self.burst || situation.is_burst)
            && self
                .exposure
                .is_none_or(|least| situation.exposed.iter().any(|(_, r, _)| *r >= least))
    }
}

impl Situation {
    fn in_a_line(&self) -> String {
        let people = match self.reporters {
            1 => "1 person".to_owned(),
            more => format!("{more} people"),
        };
        let ruled = match self.ruling {
            Some(Ruling::Malicious) => ", and somebody ruled it an attack",
            _ => "",
        };
        format!("a {} campaign, reported by {people}{ruled}", self.verdict.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::{ActionState, Event};

    const NOON: Timestamp = Timestamp::from_unix_ms(1_658_318_400_000);

    fn place(name: &str, reporters: usize) -> Destination {
        Destination { name: Hostname::parse(name).unwrap(), reporters, is_established: false }
    }

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 16])
    }

    fn situation() -> Situation {
        Situation {
            campaign: CampaignId::from_bytes([1; 16]),
            names: vec![CampaignId::from_bytes([1; 16])],
            stage: Stage::Active,
            verdict: Verdict::Malicious,
            ruling: None,
            reporters: 3,
            uses_brand: true,
            is_burst: false,
            leads_to: vec![place("acme-okta.example", 3)],
            exposed: Vec::new(),
        }
    }

    /// A year after it began.
    fn later() -> Moment {
        Moment { now: NOON, begun_at: NOON.minus(DAY * 365) }
    }

    fn consider(playbook: &Playbook, situation: &Situation, moment: Moment) -> Vec<Action> {
        let mut n = 0;
        playbook.consider(situation, &State::default(), moment, || {
            n += 1;
            ActionId::from_bytes([n; 16])
        })
    }

    fn approvals(playbook: &Playbook, situation: &Situation, moment: Moment) -> Vec<u8> {
        consider(playbook, situation, moment).iter().map(|action| action.approvals).collect()
    }

    /// As somebody writes it down who wants it to act.
    fn armed() -> Playbook {
        Playbook { careful_days: Some(CAREFUL_DAYS), ..Playbook::careful() }
    }

    fn evicting(mode: Mode) -> Playbook {
        let mut playbook = armed();
        playbook.rules.retain(|rule| matches!(rule.does, Does::Evict { .. }));
        playbook.rules[0].mode = mode;
        playbook
    }

    fn exposed(rung: Rung, is_seen: bool) -> Situation {
        Situation { exposed: vec![(person(1), rung, is_seen)], ..situation() }
    }

    #[test]
    fn a_name_that_several_reported_is_blocked() {
        let careful = armed();
        assert_eq!(approvals(&careful, &situation(), later()), [0]);
        let one = Situation { reporters: 1, ..situation() };
        assert_eq!(approvals(&careful, &one, later()), [0; 0]);
        // Ruled, nobody need have reported it twice.
        let ruled = Situation { ruling: Some(Ruling::Malicious), ..one };
        assert_eq!(approvals(&careful, &ruled, later()), [0]);
    }

    #[test]
    fn the_first_days_ask_and_say_what_would_have_run() {
        let early = Moment { now: NOON, begun_at: NOON.minus(DAY * 13) };
        let asked = consider(&armed(), &situation(), early);
        assert_eq!((asked[0].approvals, asked[0].would_run), (1, true));
        let bold = Playbook { careful_days: Some(0), ..Playbook::careful() };
        let run = consider(&bold, &situation(), early);
        assert_eq!((run[0].approvals, run[0].would_run), (0, false));
    }

    #[test]
    fn nothing_runs_until_somebody_says_otherwise() {
        let asked = consider(&Playbook::careful(), &situation(), later());
        assert_eq!((asked[0].approvals, asked[0].would_run), (1, true));
    }

    #[test]
    fn no_rule_lets_one_report_or_strangers_block() {
        let mut bold = Playbook { careful_days: Some(0), ..Playbook::careful() };
        for rule in &mut bold.rules {
            rule.when = When::default();
        }
        let by =
            |count| Situation { leads_to: vec![place("acme-okta.example", count)], ..situation() };
        assert_eq!(approvals(&bold, &by(1), later()), [1], "one person: it asks");
        assert_eq!(approvals(&bold, &by(0), later()), [0; 0], "strangers: not even that");
        let suspicious = Situation { verdict: Verdict::Suspicious, ..by(9) };
        assert_eq!(approvals(&bold, &suspicious, later()), [1]);
    }

    #[test]
    fn about_a_site_that_people_went_to_before_it_always_asks() {
        let known = Destination { is_established: true, ..place("supplier.example", 9) };
        let ruled = Situation {
            leads_to: vec![known, place("evil.test", 2)],
            ruling: Some(Ruling::Malicious),
            ..situation()
        };
        assert_eq!(approvals(&armed(), &ruled, later()), [1, 0]);
    }

    #[test]
    fn no_rule_evicts_but_for_what_a_provider_saw() {
        let mut auto = evicting(Mode::Auto);
        assert_eq!(approvals(&auto, &exposed(Rung::Session, true), later()), [0]);
        auto.rules[0].when.exposure = Some(Rung::Visited);
        for rung in [Rung::Visited, Rung::Submitted] {
            assert_eq!(approvals(&auto, &exposed(rung, false), later()), [1], "{rung:?}");
        }
    }

    #[test]
    fn limits_ask_for_what_is_beyond_them() {
        let many = (0..25).map(|n| place(&format!("lure-{n}.example"), 3)).collect();
        let many = Situation { leads_to: many, ..situation() };
        let mut tight = armed();
        tight.limits.blocks_per_hour = 4;
        let approvals = approvals(&tight, &many, later());
        assert_eq!(approvals.len(), MOST_PROPOSED);
        assert_eq!(approvals.iter().filter(|needed| **needed == 0).count(), 4);
    }

    #[test]
    fn break_glass_accounts_are_never_touched() {
        let mut auto = evicting(Mode::Auto);
        auto.limits.break_glass.insert(person(1));
        assert_eq!(consider(&auto, &exposed(Rung::Data, true), later()), []);
    }

    #[test]
    fn at_night_people_are_asked_first_where_they_want_it() {
        let mut auto = evicting(Mode::Auto);
        for (quiet, needed) in [((11 * 60, 13 * 60), 1), ((22 * 60, 6 * 60), 0), ((720, 720), 0)] {
            auto.limits.quiet = Some(quiet);
            assert_eq!(approvals(&auto, &exposed(Rung::Session, true), later()), [needed]);
        }
    }

    #[test]
    fn two_people_agree_to_what_is_wide() {
        let many = (0..10).map(|n| (person(n), Rung::Session, true)).collect();
        let wide = Situation { exposed: many, ..situation() };
        for mode in [Mode::Ask, Mode::Auto] {
            assert_eq!(approvals(&evicting(mode), &wide, later()), [2; 10], "{mode:?}");
        }
        // Many who got a text and did no more make nothing wide.
        let got_it = (1..10).map(|n| (person(n), Rung::Received, false));
        let one = std::iter::once((person(0), Rung::Session, true));
        let narrow = Situation { exposed: got_it.chain(one).collect(), ..situation() };
        assert_eq!(approvals(&evicting(Mode::Ask), &narrow, later()), [1]);
    }

    #[test]
    fn what_was_proposed_is_not_proposed_again() {
        let careful = armed();
        let mut done = State::default();
        let first = consider(&careful, &situation(), later());
        first.into_iter().for_each(|action| done.fold(&Event::Proposed(action)));
        let again = careful.consider(&situation(), &done, later(), || unreachable!());
        assert_eq!(again, []);
    }

    #[test]
    fn what_is_proven_after_it_was_asked_about_runs_and_nobody_is_asked_any_more() {
        let careful = armed();
        let one = Situation { leads_to: vec![place("evil.test", 1)], ..situation() };
        let mut done = State::default();
        let asked = consider(&careful, &one, later());
        assert_eq!(asked.iter().map(|action| action.approvals).collect::<Vec<_>>(), [1]);
        done.fold(&Event::Proposed(asked[0].clone()));
        let two = Situation { leads_to: vec![place("evil.test", 2)], ..situation() };
        let fresh = || ActionId::from_bytes([77; 16]);
        let runs = careful.consider(&two, &done, later(), fresh);
        assert_eq!(runs.iter().map(|action| action.approvals).collect::<Vec<_>>(), [0]);
        let early = Moment { now: NOON, begun_at: NOON };
        let waits = careful.consider(&two, &done, early, || unreachable!());
        assert_eq!(waits, [], "in the first days");
        done.fold(&Event::Proposed(runs[0].clone()));
        assert_eq!(done.asked().count(), 0);
        assert_eq!(done.action(asked[0].id).unwrap().state(), ActionState::Superseded);
        assert_eq!(careful.consider(&two, &done, later(), || unreachable!()), []);
    }

    #[test]
    fn nothing_is_done_about_what_somebody_ruled_harmless() {
        let benign = Situation { ruling: Some(Ruling::Benign), ..situation() };
        assert_eq!(consider(&armed(), &benign, later()), []);
        let mut never = armed();
        never.rules.iter_mut().for_each(|rule| rule.mode = Mode::Never);
        assert_eq!(consider(&never, &situation(), later()), []);
    }
}
