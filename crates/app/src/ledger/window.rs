//! How long the ledger remembers, and what goes when there is no more room.
//!
//! Time is that of the logs: the newest line says where the window ends, never the clock, so that whoever reads old logs gets
//! the same. Where something is full its window begins later. What the ledger said of a time that it
//! forgot stands: it is not withdrawn because the reason for it is gone.

use std::time::Duration;

use unhook_engine::response::Exposed;
use unhook_model::Timestamp;

use super::Ledger;
use super::signature::{SESSION_LASTS, SIGN_IN_WITHIN};

/// How long look-ups of campaigns, sign-ins, leases and what sessions touched are remembered, before the newest line:
/// a month, which is how far back providers tell, and some days for logs that come late.
pub const KEPT_FOR: Duration = Duration::from_secs(35 * 24 * 3_600);

/// The most look-ups and visits of campaigns that are remembered: some hundred bytes each.
pub const MOST_TOUCHES: usize = 500_000;

/// The most sign-ins remembered of everybody: some two hundred bytes each, and days of a large organization.
pub const MOST_SIGN_INS: usize = 500_000;

/// The most objects and minutes remembered of what was touched as anybody: some hundred bytes each.
pub const MOST_ACCESSES: usize = 1_000_000;

/// How often what is over is forgotten, by the time of logs.
const SWEPT_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// How long after something that is forgotten what the ledger says may rest on it: a sign-in comes within the hour, and
/// data is touched as long as its session lasts.
const RESTS_ON: Duration = SESSION_LASTS.saturating_add(SIGN_IN_WITHIN);

/// Of which time everything is known.
#[derive(Debug, Default)]
pub(super) struct Window {
    newest: Option<Timestamp>,
    swept: Option<Timestamp>,
    pub(super) touches: Option<Timestamp>,
    pub(super) sign_ins: Option<Timestamp>,
    pub(super) accesses: Option<Timestamp>,
}

impl Window {
    /// Learns that a line tells of a moment.
    pub(super) fn told(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
    }

    /// Moves on, if it is time; says to where.
    fn moved(&mut self) -> Option<Timestamp> {
        let newest = self.newest?;
        if self.swept.is_some_and(|swept| newest < swept.plus(SWEPT_EVERY)) {
            return None;
        }
        self.swept = Some(newest);
        let begin = newest.minus(KEPT_FOR);
        for since in [&mut self.touches, &mut self.sign_ins, &mut self.accesses] {
            *since = (*since).max(Some(begin));
        }
        Some(begin)
    }

    fn since(&self) -> Option<Timestamp> {
        self.touches.max(self.sign_ins).max(self.accesses)
    }
}

/// The moment before which some go, the oldest eighth at least.
pub(super) fn cutoff(mut times: Vec<Timestamp>) -> Timestamp {
    let nth = times.len() / 8;
    let (_, oldest, _) = times.select_nth_unstable(nth);
    oldest.plus(Duration::from_millis(1))
}

impl Ledger {
    /// Whether what was said of somebody, at a moment, may rest on what is forgotten.
    pub(super) fn is_forgotten(&self, who: &Exposed, at: Timestamp) -> bool {
        let known = match who {
            Exposed::Person(person) => self.people.get(person),
            Exposed::Unknown(_) => None,
        };
        let machines = self.places.get(who).into_iter().flatten();
        let machines = machines.filter_map(|client| self.clients.get(client)?.since).max();
        let since = self.window.since().max(self.leases.since()).max(machines);
        let since = since.max(known.and_then(|known| known.since));
        since.is_some_and(|since| at < since.plus(RESTS_ON))
    }

    /// Forgets what is over, and the oldest of what is full.
    pub(super) fn forget(&mut self) {
        let moved = self.window.moved();
        if let Some(before) = moved {
            self.leases.forget(before);
            self.seen.forget(before);
        }
        let mut is_full = false;
        if self.touches > MOST_TOUCHES {
            let machines = self.clients.values().map(|machine| &machine.touches);
            let all = machines.chain(self.people.values().map(|known| &known.touches));
            let before = cutoff(all.flat_map(|all| all.values().map(|(at, _)| *at)).collect());
            (self.window.touches, is_full) = (self.window.touches.max(Some(before)), true);
        }
        if self.sign_ins > MOST_SIGN_INS {
            let all = self.people.values().flat_map(|known| &known.sign_ins);
            let before = cutoff(all.map(|sign_in| sign_in.at).collect());
            (self.window.sign_ins, is_full) = (self.window.sign_ins.max(Some(before)), true);
        }
        if self.accesses > MOST_ACCESSES {
            let all = self.people.values().flat_map(|known| known.access_times());
            let before = cutoff(all.collect());
            (self.window.accesses, is_full) = (self.window.accesses.max(Some(before)), true);
        }
        if moved.is_some() || is_full {
            let had = self.count();
            self.sweep();
            self.left_out += if is_full { (had - self.count()) as u64 } else { 0 };
        }
    }

    const fn count(&self) -> usize {
        self.touches + self.sign_ins + self.accesses
    }

    fn sweep(&mut self) {
        let Window { touches, sign_ins, accesses, .. } = self.window;
        let is_kept = |at: Timestamp| touches.is_none_or(|since| at >= since);
        for machine in self.clients.values_mut() {
            machine.touches.retain(|_, (at, _)| is_kept(*at));
        }
        for (client, machine) in self.clients.extract_if(|_, machine| machine.touches.is_empty()) {
            for who in machine.behind {
                self.places.get_mut(&who).map(|places| places.remove(&client));
            }
        }
        self.places.retain(|_, places| !places.is_empty());
        for known in self.people.values_mut() {
            known.touches.retain(|_, (at, _)| is_kept(*at));
            known.said.retain(|(.., at)| is_kept(*at));
            let is_in = |at: Timestamp| sign_ins.is_none_or(|since| at >= since);
            known.sign_ins.retain(|sign_in| is_in(sign_in.at));
            known.signed_in = known.signed_in.filter(|at| is_in(*at));
            known.audited = known.audited.filter(|at| accesses.is_none_or(|since| *at >= since));
            accesses.inspect(|since| _ = known.forget_accesses(*since));
            touches.inspect(|since| known.opened.forget(*since));
            // A network of a month ago is no stranger yet because sign-ins of everybody are too many.
            self.window.swept.inspect(|newest| known.habits.forget(newest.minus(KEPT_FOR)));
        }
        self.people.retain(|_, known| !known.is_empty());
        let since = self.window.since();
        for standing in self.standing.values_mut() {
            standing.retain(|_, exposure| since.is_none_or(|since| exposure.at >= since));
        }
        self.standing.retain(|_, standing| !standing.is_empty());
        self.recount();
    }

    fn recount(&mut self) {
        let of_clients = self.clients.values().map(|machine| machine.touches.len());
        let of_people = self.people.values().map(|known| known.touches.len());
        self.touches = of_clients.chain(of_people).sum();
        self.sign_ins = self.people.values().map(|known| known.sign_ins.len()).sum();
        self.accesses = self.people.values().map(|known| known.accessed).sum();
    }
}
