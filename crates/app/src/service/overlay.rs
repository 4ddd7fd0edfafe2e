//! What people ruled of names a moment ago: small, beside the knowledge that was compiled, and
//! in effect at once.

use std::collections::HashMap;

use unhook_detect::Knowledge;
use unhook_model::{Assessment, Fact, Facts, HostFacts, Link, Reputation, Timestamp, Verdict};

use crate::views::{NameRow, NameRuling};

/// Rulings of names.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    names: HashMap<String, (NameRuling, Timestamp)>,
    /// Another with every ruling.
    generation: u64,
}

impl Overlay {
    pub(super) fn of(rows: Vec<NameRow>) -> Self {
        let names = rows.into_iter().map(|row| (row.name, (row.ruling, row.at))).collect();
        Self { names, generation: 0 }
    }

    pub(super) fn rule(&mut self, name: String, ruling: NameRuling, at: Timestamp) {
        self.names.insert(name, (ruling, at));
        self.generation += 1;
    }

    /// By which it is seen that something was ruled meanwhile.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// What was ruled of a link's host, or of a name that it lies within. That the name above
    /// serves an attack says nothing of a host in it that is known to be somebody's own.
    fn ruling(&self, link: &Link, knowledge: &Knowledge) -> Option<(NameRuling, Timestamp)> {
        let host = link.host.as_ref()?;
        let mut rest = host.as_str();
        loop {
            match self.names.get(rest) {
                Some((NameRuling::Malicious, _)) if knowledge.owner_of(host).is_some() => {}
                Some(found) => return Some(*found),
                None => {}
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// Adds what was ruled to what was looked up, and says whether there was anything.
    pub(super) fn add(
        &self,
        assessment: &Assessment,
        facts: &mut Facts,
        knowledge: &Knowledge,
    ) -> bool {
        if self.names.is_empty() {
            return false;
        }
        for link in &assessment.links {
            let (Some(host), Some((ruling, at))) = (&link.host, self.ruling(link, knowledge))
            else {
                continue;
            };
            let value = match ruling {
                NameRuling::Malicious => Reputation::Malicious,
                NameRuling::Benign | NameRuling::Allow => Reputation::Good,
            };
            let reputation = Fact::Present { value, at };
            facts.hosts.push((host.clone(), HostFacts { reputation, ..HostFacts::default() }));
        }
        !facts.hosts.is_empty()
    }

    /// What rulings alone make of a message: one name that serves an attack is enough, and
    /// where every link was ruled harmless, so is the message.
    pub(super) fn verdict(
        &self,
        assessment: &Assessment,
        knowledge: &Knowledge,
    ) -> Option<Verdict> {
        if self.names.is_empty() {
            return None;
        }
        let hosts = || assessment.links.iter().filter(|link| link.host.is_some());
        let ruled = |link| self.ruling(link, knowledge).map(|(ruling, _)| ruling);
        if hosts().any(|link| ruled(link) == Some(NameRuling::Malicious)) {
            return Some(Verdict::Malicious);
        }
        let all_ruled = hosts().next().is_some() && hosts().all(|link| ruled(link).is_some());
        all_ruled.then_some(Verdict::Benign)
    }
}
