//! The names that do not resolve for the organization, as those see them that answer for it: the
//! DNS firewall, the response policy zone, the lists that firewalls poll.
//!
//! A [`Blocklist`] is a picture of what the journal says, kept in memory. It begins with what
//! was kept, and the use cases change it the moment a decision is durable. Only what is proven
//! [`Blockable`] gets in. Every change has a number, and the latest are remembered, so that whoever
//! follows asks for what is new and reads the whole only when it is too far behind.
//!
//! A name stands for itself and all below it.

pub mod forms;
mod names;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;
use unhook_engine::Blockable;
use unhook_model::Hostname;

pub use names::{NameSet, NamedSet};

/// How many changes are remembered; whoever is further behind reads the whole.
pub const MOST_CHANGES: usize = 4_096;

/// The most names in changes that are remembered: a few megabytes.
const MOST_CHANGED_NAMES: usize = 65_536;

/// The number of a change, since the start, from zero: the list as it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// What changed, so that whoever knew the list before knows it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub revision: Revision,
    /// Names that are blocked now and were not.
    pub added: Vec<Hostname>,
    /// Names that were blocked and are not.
    pub removed: Vec<Hostname>,
}

/// Why a name does not resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where in the name that was asked for the blocked one begins, in bytes.
    pub start: usize,
    /// The name of the list that it is of; without one it was blocked by itself.
    pub list: Option<Arc<str>>,
}

/// All of it at one moment.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The latest change in it.
    pub revision: Revision,
    singles: Vec<Hostname>,
    lists: Vec<Arc<NamedSet>>,
}

impl Whole {
    /// Every name: those that were blocked by themselves first, the newest of them first. One that is
    /// of several lists comes several times.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let listed = self.lists.iter().flat_map(|list| list.names.iter());
        self.singles.iter().map(Hostname::as_str).chain(listed)
    }

    /// Every name once.
    pub fn distinct(&self) -> impl Iterator<Item = &str> {
        let is_of = |lists: &[Arc<NamedSet>], name: &str| {
            lists.iter().any(|list| list.names.contains(name))
        };
        let singles = self.singles.iter().map(Hostname::as_str);
        let singles = singles.filter(move |name| !is_of(&self.lists, name));
        let listed = self.lists.iter().enumerate().flat_map(move |(index, list)| {
            list.names.iter().filter(move |name| !is_of(&self.lists[..index], name))
        });
        singles.chain(listed)
    }

    /// How many names there are, each as often as it comes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.singles.len() + self.lists.iter().map(|list| list.names.len()).sum::<usize>()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The names that do not resolve.
#[derive(Debug)]
pub struct Blocklist {
    /// Held by whoever changes the list, for as long as that takes; those who look names up wait for
    /// no more than what is done under `entries`.
    changing: Mutex<()>,
    entries: RwLock<Entries>,
    revision: watch::Sender<Revision>,
}

#[derive(Debug, Default)]
struct Entries {
    singles: HashMap<Box<str>, Single>,
    /// How many times a name was blocked by itself.
    blocked: u64,
    lists: BTreeMap<Arc<str>, Arc<NamedSet>>,
    revision: Revision,
    changes: VecDeque<Change>,
    changed_names: usize,
}

/// A name that was blocked by itself.
#[derive(Debug)]
struct Single {
    name: Hostname,
    /// Which in a row, the newest last.
    place: u64,
}

impl Default for Blocklist {
    fn default() -> Self {
        let revision = watch::channel(Revision::default()).0;
        Self { changing: Mutex::default(), entries: RwLock::default(), revision }
    }
}

impl Blocklist {
    /// Why a name does not resolve: it, or what it lies below, is blocked. The longest counts.
    /// `name` is in lower case and without a dot at its end.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Hit> {
        let entries = self.read();
        let mut start = 0;
        loop {
            let rest = &name[start..];
            if entries.singles.contains_key(rest) {
                return Some(Hit { start, list: None });
            }
            let listed = entries.lists.values().find(|list| list.names.contains(rest));
            if let Some(list) = listed {
                return Some(Hit { start, list: Some(Arc::clone(&list.name)) });
            }
            start += rest.find('.')? + 1;
        }
    }

    /// Follows: the number of the latest change, whenever there is one.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Revision> {
        self.revision.subscribe()
    }

    /// What changed after a revision, oldest first; `None` when that is no longer known, or never was.
    #[must_use]
    pub fn since(&self, revision: Revision) -> Option<Vec<Change>> {
        let entries = self.read();
        let behind = entries.revision.0.checked_sub(revision.0)?;
        let behind = usize::try_from(behind).ok().filter(|n| *n <= entries.changes.len())?;
        Some(entries.changes.iter().skip(entries.changes.len() - behind).cloned().collect())
    }

    /// All of it, as it is now.
    #[must_use]
    pub fn whole(&self) -> Whole {
        let (revision, mut singles, lists) = {
            let entries = self.read();
            let singles = entries.singles.values().map(|one| (one.place, one.name.clone()));
            (
                entries.revision,
                singles.collect::<Vec<_>>(),
                entries.lists.values().cloned().collect(),
            )
        };
        singles.sort_unstable_by_key(|(place, _)| std::cmp::Reverse(*place));
        Whole { revision, singles: singles.into_iter().map(|(_, name)| name).collect(), lists }
    }

    /// Blocks names and lifts others, as one change.
    pub fn change(&self, block: Vec<Blockable>, lift: &[Hostname]) {
        self.write(|entries| {
            let mut removed = Vec::new();
            for name in lift {
                if entries.singles.remove(name.as_str()).is_some() && !entries.lists(name) {
                    removed.push(name.clone());
                }
            }
            let mut added = Vec::new();
            for name in block.into_iter().map(Blockable::into_name) {
                entries.blocked += 1;
                let single = Single { name: name.clone(), place: entries.blocked };
                let is_new = entries.singles.insert(name.as_str().into(), single).is_none();
                if is_new && !entries.lists(&name) {
                    added.push(name);
                }
            }
            // What was lifted and blocked again did not change.
            let both: Vec<_> =
                added.iter().filter(|name| removed.contains(name)).cloned().collect();
            added.retain(|name| !both.contains(name));
            removed.retain(|name| !both.contains(name));
            (added, removed)
        });
    }

    /// Puts a list in the place of the one with its name; an empty one takes that away. However long
    /// the lists are, look-ups go on meanwhile.
    pub fn put_list(&self, list: NamedSet) {
        let _changing = self.changing();
        let list = Arc::new(list);
        let old = self.read().lists.get(&list.name).map(Arc::clone);
        let told = self.difference(&list, old.as_deref());
        let replaced = {
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            let replaced = if list.names.is_empty() {
                entries.lists.remove(&list.name)
            } else {
                entries.lists.insert(Arc::clone(&list.name), Arc::clone(&list))
            };
            match told {
                Some((added, removed)) => self.tell(&mut entries, added, removed),
                None => self.tell_of_too_much(&mut entries),
            }
            replaced
        };
        // A million names are given back with nobody waiting.
        drop((replaced, old));
    }

    /// The names that a list blocks anew in the place of another, and those that it frees; `None`
    /// when there are more than are remembered.
    fn difference(
        &self,
        list: &NamedSet,
        old: Option<&NamedSet>,
    ) -> Option<(Vec<Hostname>, Vec<Hostname>)> {
        let entries = self.read();
        let is_elsewhere = |name: &str| {
            let mut others = entries.lists.values().filter(|other| other.name != list.name);
            entries.singles.contains_key(name) || others.any(|other| other.names.contains(name))
        };
        let only_in = |of: &NamedSet, than: Option<&NamedSet>| {
            let names = of.names.iter().filter(|n| than.is_none_or(|t| !t.names.contains(n)));
            let names = names.filter(|name| !is_elsewhere(name)).take(MOST_CHANGED_NAMES + 1);
            let names = names.map(|name| Hostname::parse(name).expect("it was a name"));
            names.collect::<Vec<_>>()
        };
        let added = only_in(list, old);
        let removed = old.map(|old| only_in(old, Some(list))).unwrap_or_default();
        (added.len() + removed.len() <= MOST_CHANGED_NAMES).then_some((added, removed))
    }

    fn write(&self, change: impl FnOnce(&mut Entries) -> (Vec<Hostname>, Vec<Hostname>)) {
        let _changing = self.changing();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let (added, removed) = change(&mut entries);
        self.tell(&mut entries, added, removed);
    }

    fn tell(&self, entries: &mut Entries, added: Vec<Hostname>, removed: Vec<Hostname>) {
        if added.is_empty() && removed.is_empty() {
            return;
        }
        entries.revision.0 += 1;
        let revision = entries.revision;
        entries.remember(Change { revision, added, removed });
        self.revision.send_replace(revision);
    }

    /// Whoever follows reads the whole.
    fn tell_of_too_much(&self, entries: &mut Entries) {
        entries.revision.0 += 1;
        entries.changes.clear();
        entries.changed_names = 0;
        self.revision.send_replace(entries.revision);
    }

    fn changing(&self) -> std::sync::MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn lists(&self, name: &Hostname) -> bool {
        self.lists.values().any(|list| list.contains(name))
    }

    fn remember(&mut self, change: Change) {
        self.changed_names += change.size();
        self.changes.push_back(change);
        while self.changes.len() > MOST_CHANGES || self.changed_names > MOST_CHANGED_NAMES {
            let Some(oldest) = self.changes.pop_front() else { break };
            self.changed_names -= oldest.size();
        }
    }
}

impl Change {
    fn size(&self) -> usize {
        self.added.len() + self.removed.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use unhook_detect::Knowledge;
    use unhook_engine::Protected;

    use super::*;

    fn host(name: &str) -> Hostname {
        Hostname::parse(name).unwrap()
    }

    static PROTECTED: LazyLock<Protected> =
        LazyLock::new(|| Protected::new(Arc::new(Knowledge::builtin()), Arc::default()));

    pub(super) fn proven(names: &[&str]) -> Vec<Blockable> {
        names.iter().map(|name| PROTECTED.permit(&host(name)).unwrap()).collect()
    }

    pub(super) fn list(name: &str, names: &[&str]) -> NamedSet {
        NamedSet { name: name.into(), names: NameSet::new(proven(names)) }
    }

    #[test]
    fn a_name_stands_for_all_below_it() {
        let blocklist = Blocklist::default();
        blocklist.change(proven(&["evil.test", "www.deep.test"]), &[]);
        for (name, start) in [("evil.test", Some(0)), ("a.b.evil.test", Some(4))] {
            assert_eq!(blocklist.find(name).map(|hit| hit.start), start, "{name}");
        }
        for name in ["test", "devil.test", "deep.test", "evil.test.example", ""] {
            assert_eq!(blocklist.find(name), None, "{name}");
        }
    }

    #[test]
    fn changes_lead_from_one_revision_to_the_next() {
        let blocklist = Blocklist::default();
        let begun = blocklist.whole().revision;
        blocklist.change(proven(&["one.test", "two.test"]), &[]);
        blocklist.change(proven(&["one.test"]), &[host("never.test")]);
        blocklist.change(proven(&["three.test"]), &[host("two.test")]);
        let changes = blocklist.since(begun).unwrap();
        let last = Change {
            revision: Revision(2),
            added: vec![host("three.test")],
            removed: vec![host("two.test")],
        };
        assert_eq!(changes.len(), 2, "what changes nothing is no change");
        assert_eq!(changes.last(), Some(&last));
        assert_eq!(blocklist.since(Revision(2)), Some(Vec::new()));
        assert_eq!(blocklist.since(Revision(3)), None, "never given out here");
    }

    #[test]
    fn what_two_reasons_block_is_free_when_both_are_gone() {
        let blocklist = Blocklist::default();
        blocklist.put_list(list("feed", &["evil.test", "other.test"]));
        blocklist.change(proven(&["evil.test"]), &[]);
        assert_eq!(*blocklist.watch().borrow(), Revision(1), "it was blocked already");
        blocklist.put_list(list("feed", &["other.test"]));
        assert_eq!(blocklist.find("evil.test").unwrap().list, None);
        blocklist.change(Vec::new(), &[host("evil.test")]);
        assert_eq!(blocklist.find("evil.test"), None);
        let last = blocklist.since(Revision(1)).unwrap();
        assert_eq!(last[0].removed, [host("evil.test")]);
        blocklist.put_list(list("feed", &[]));
        assert!(blocklist.whole().is_empty());
    }

    #[test]
    fn a_name_that_is_blocked_for_several_reasons_can_be_had_once() {
        let blocklist = Blocklist::default();
        blocklist.put_list(list("one", &["a.test", "b.test"]));
        blocklist.put_list(list("two", &["b.test", "c.test"]));
        blocklist.change(proven(&["c.test", "d.test"]), &[]);
        let whole = blocklist.whole();
        let mut names: Vec<_> = whole.distinct().collect();
        names.sort_unstable();
        assert_eq!(names, ["a.test", "b.test", "c.test", "d.test"]);
        assert_eq!(whole.len(), 6);
    }

    #[test]
    fn the_newest_single_names_come_first() {
        let blocklist = Blocklist::default();
        blocklist.put_list(list("feed", &["listed.test"]));
        blocklist.change(proven(&["first.test", "second.test"]), &[]);
        blocklist.change(proven(&["third.test"]), &[]);
        blocklist.change(proven(&["first.test"]), &[]);
        let whole = blocklist.whole();
        let names: Vec<_> = whole.names().collect();
        assert_eq!(names, ["first.test", "third.test", "second.test", "listed.test"]);
    }

    #[test]
    fn a_list_with_more_names_than_are_remembered_is_read_as_a_whole() {
        let blocklist = Blocklist::default();
        blocklist.change(proven(&["evil.test"]), &[]);
        let names = (0..=MOST_CHANGED_NAMES).map(|n| format!("name-{n}.test"));
        let names: Vec<_> = names.collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        blocklist.put_list(list("feed", &names));
        assert_eq!(*blocklist.watch().borrow(), Revision(2));
        assert_eq!(blocklist.since(Revision(1)), None);
        assert_eq!(blocklist.since(Revision(2)), Some(Vec::new()));
        assert!(blocklist.find("name-7.test").is_some());
        blocklist.put_list(list("feed", &names[1..]));
        let last = blocklist.since(Revision(2)).unwrap();
        assert_eq!(last[0].removed, [host("name-0.test")], "a small change of a large list");
    }

    #[test]
    fn whoever_is_too_far_behind_reads_the_whole() {
        let blocklist = Blocklist::default();
        for n in 0..=MOST_CHANGES {
            let name = format!("name-{n}.test");
            blocklist.change(proven(&[&name]), &[]);
        }
        assert_eq!(blocklist.since(Revision(0)), None);
        assert_eq!(blocklist.since(Revision(1)).map(|c| c.len()), Some(MOST_CHANGES));
    }
}
