//! Earlier texts that a text is nearly identical to.
//!
//! [`NearTexts`] holds sketches and finds the most similar one without comparing all: each
//! is filed under short runs of its bytes, and only those that are filed together are looked at
//! (locality-sensitive hashing by banding: Indyk and Motwani 1998; Leskovec, Rajaraman and
//! Ullman, "Mining of Massive Datasets", section 3.4).
//!
//! Work and memory are bounded whatever comes in. A group of near texts is represented by a few
//! members that differ, so a text sent a hundred thousand times is kept once; of those that are
//! filed together only the `MOST_SHARING` newest are looked at; and only the [`WINDOW`] newest
//! members are kept. A text that comes again counts as new, so what is forgotten is what did not
//! come for long. It does not decide what a campaign is. Start at [`NearTexts::insert`].
//!
//! The file is a table of chains: for each run and each hash of its bytes the number of the
//! newest member, and in each member the number of the one before it. Members leave in the order
//! in which they came, so a number that is too small is the end of a chain, and to forget a
//! member takes no work.

use std::collections::{BTreeMap, VecDeque};

use unhook_detect::text::hashing::mix;
use unhook_model::ReportId;

use crate::sketch::{Similarity, TextSketch};
use crate::snapshot::encoding::{Bytes, Encode};

/// The members kept, of which each is a text unlike the others: the distinct texts of years,
/// in about 70 MB.
pub const WINDOW: usize = 131_072;

/// Bytes of a sketch under which a text is filed together: six minima, 42 times. Sketches
/// that differ in fewer than 42 minima agree in at least one run, so they always meet; at
/// [`Similarity::NEAR`] one pair in a hundred thousand does not. Of strangers, which share a
/// tenth of their shingles, one pair in sixteen hundred meets.
const RUN: usize = 3;

/// How many runs a sketch has. The last stands for the whole sketch, so that the same text is
/// found even where all its runs are crowded.
const RUNS: usize = (TextSketch::BYTES - 1) / RUN + 1;

/// The most texts looked at for each run, newest first. More share one when somebody makes
/// them to, or when a footer of long standing fills a text; what is missed for it in one
/// run is found by another.
const MOST_SHARING: usize = 32;

/// The most members that represent a group.
const MOST_MEMBERS: u32 = 32;

/// The rows that a file begins with.
const FEWEST_ROWS: usize = 64;

/// An earlier text that is near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near<Id> {
    /// Which.
    pub id: Id,
    /// How similar it is: [`Similarity::NEAR`] or more.
    pub similarity: Similarity,
}

/// An index of texts by their wording.
///
/// The same inserts in the same order give the same answers. In another order, other members
/// may represent a group; which texts are grouped stays the same where groups are well apart.
#[derive(Clone, Debug)]
pub struct NearTexts<Id> {
    window: usize,
    /// The newest texts, oldest first.
    members: VecDeque<Member<Id>>,
    /// The number of the oldest; those after it follow.
    first: u32,
    /// How many members each group has.
    groups: BTreeMap<u64, u32>,
    /// How many chains each run has: a power of two, and no fewer than there are members.
    rows: usize,
    /// The newest member of each chain, by run and then by row.
    newest: Vec<u32>,
}

/// A text that is kept.
#[derive(Clone, Copy, Debug)]
struct Member<Id> {
    id: Id,
    sketch: TextSketch,
    group: u64,
    /// The member before it in the chain of each run.
    before: [u32; RUNS],
}

/// A member that a text is near to.
struct Met<'n, Id> {
    number: u32,
    member: &'n Member<Id>,
    similarity: Similarity,
}

impl<Id: Copy + Ord> Default for NearTexts<Id> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Id: Copy + Ord> NearTexts<Id> {
    /// An empty index that keeps [`WINDOW`] members.
    #[must_use]
    pub fn new() -> Self {
        Self::with_window(WINDOW)
    }

    /// An empty index that keeps so many members, and at least one.
    #[must_use]
    pub fn with_window(window: usize) -> Self {
        let (members, groups) = (VecDeque::new(), BTreeMap::new());
        Self { window: window.max(1), members, first: 1, groups, rows: 0, newest: Vec::new() }
    }

    /// How many texts it keeps: far fewer than were inserted where they repeat.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.members.len()
    }

    /// The most similar of the texts kept, if any is near; the smallest id among equals.
    ///
    /// The same text is found for certain, one with a similarity of 0.83 or more, too, and
    /// one at the border nearly always: unless each run by which it could be found is shared
    /// by `MOST_SHARING` newer ones.
    #[must_use]
    pub fn nearest(&self, sketch: &TextSketch) -> Option<Near<Id>> {
        self.nearest_member(sketch).map(|met| met.near())
    }

    /// Adds a text, and says which of the earlier ones it is nearest to, as [`Self::nearest`].
    pub fn insert(&mut self, id: Id, sketch: TextSketch) -> Option<Near<Id>> {
        let Some(nearest) = self.nearest_member(&sketch) else {
            let group = self.groups.last_key_value().map_or(0, |(last, _)| last + 1);
            self.keep(id, sketch, group);
            return None;
        };
        let (near, number, member) = (nearest.near(), nearest.number, *nearest.member);
        let is_full = self.groups.get(&member.group).is_some_and(|count| *count >= MOST_MEMBERS);
        if near.similarity < Similarity::ALIKE && !is_full {
            self.keep(id, sketch, member.group);
        } else if self.is_old(number) {
            self.keep(member.id, member.sketch, member.group);
        }
        Some(near)
    }

    /// Whether a member is in the older half of what can be kept, and goes unless it is kept
    /// anew.
    fn is_old(&self, number: u32) -> bool {
        let newer = self.members.len() - 1 - (number - self.first) as usize;
        newer >= self.window.div_ceil(2)
    }

    fn keep(&mut self, id: Id, sketch: TextSketch, group: u64) {
        if self.members.len() >= self.window {
            self.forget_oldest();
        }
        *self.groups.entry(group).or_default() += 1;
        self.members.push_back(Member { id, sketch, group, before: [0; RUNS] });
        let number = u32::try_from(self.members.len() - 1).ok();
        match number.and_then(|count| self.first.checked_add(count)) {
            Some(number) if self.members.len() <= self.rows => self.file(number),
            _ => self.file_all(),
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.members.pop_front() else { return };
        self.first += 1;
        if let Some(count) = self.groups.get_mut(&oldest.group) {
            *count -= 1;
            if *count == 0 {
                self.groups.remove(&oldest.group);
            }
        }
    }

    /// Files all members anew in a table that has room for them, numbered from one; run by
    /// run, since the chains of one fit a cache and those of all do not.
    fn file_all(&mut self) {
        self.rows = self.members.len().next_power_of_two().max(FEWEST_ROWS);
        self.newest = vec![0; RUNS * self.rows];
        self.first = 1;
        for run in 0..RUNS {
            for (number, member) in (1..).zip(&mut self.members) {
                let newest = &mut self.newest[chain_of(&member.sketch, run, self.rows)];
                member.before[run] = std::mem::replace(newest, number);
            }
        }
    }

    fn file(&mut self, number: u32) {
        let Some(member) = self.members.get_mut((number - self.first) as usize) else { return };
        for run in 0..RUNS {
            let newest = &mut self.newest[chain_of(&member.sketch, run, self.rows)];
            member.before[run] = std::mem::replace(newest, number);
        }
    }

    fn member(&self, number: u32) -> Option<&Member<Id>> {
        self.members.get(number.checked_sub(self.first)? as usize)
    }

    fn nearest_member(&self, sketch: &TextSketch) -> Option<Met<'_, Id>> {
        let filed = self.sharing(sketch).into_iter();
        let met = filed.filter_map(|number| {
            let member = self.member(number)?;
            Some(Met { number, member, similarity: member.sketch.similarity(sketch) })
        });
        let near = met.filter(|met| met.similarity >= Similarity::NEAR);
        // A member that was kept anew is there twice, and the newer one counts.
        near.max_by_key(|met| (met.similarity, std::cmp::Reverse(met.member.id), met.number))
    }

    /// The members that are filed with a sketch under any of its runs, each once.
    fn sharing(&self, sketch: &TextSketch) -> Vec<u32> {
        if self.newest.is_empty() {
            return Vec::new();
        }
        // All chains at once, a step of each at a time: the next member of one is not known
        // before this one is in the cache, but meanwhile those of the others come.
        let mut next: [u32; RUNS] =
            std::array::from_fn(|run| self.newest[chain_of(sketch, run, self.rows)]);
        let mut members = Vec::new();
        for _ in 0..MOST_SHARING {
            let before = members.len();
            for (run, number) in next.iter_mut().enumerate() {
                if let Some(member) = self.member(*number) {
                    members.push(*number);
                    *number = member.before[run];
                }
            }
            if members.len() == before {
                break;
            }
        }
        members.sort_unstable();
        members.dedup();
        members
    }
}

impl<Id: Copy> Met<'_, Id> {
    fn near(&self) -> Near<Id> {
        Near { id: self.member.id, similarity: self.similarity }
    }
}

/// Where the newest member of a chain is, in a table of so many rows for each run.
fn chain_of(sketch: &TextSketch, run: usize, rows: usize) -> usize {
    run * rows + (mix(bytes_of(sketch, run)) as usize & (rows - 1))
}

/// The bytes of a run, and for the last a hash of all.
fn bytes_of(sketch: &TextSketch, run: usize) -> u64 {
    let (runs, rest) = sketch.slots().as_chunks::<RUN>();
    match runs.get(run) {
        Some([one, two, three]) => u64::from_le_bytes([*one, *two, *three, 0, 0, 0, 0, 0]),
        None => runs.iter().flatten().chain(rest).fold(0, |sum, b| mix(sum ^ u64::from(*b))),
    }
}

impl Encode for NearTexts<ReportId> {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.members.len() as u64).write(bytes);
        for member in &self.members {
            member.id.write(bytes);
            member.group.write(bytes);
            member.sketch.write(bytes);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut index = Self::new();
        let count = u64::read(bytes)?;
        if count > index.window as u64 {
            return None;
        }
        for _ in 0..count {
            let (id, group, sketch) =
                (Encode::read(bytes)?, Encode::read(bytes)?, Encode::read(bytes)?);
            // A group's number comes with room for the next.
            *index.groups.entry(Some(group).filter(|group| *group < u64::MAX)?).or_default() += 1;
            index.members.push_back(Member { id, sketch, group, before: [0; RUNS] });
        }
        index.file_all();
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_detect::text::Text;

    fn sketch(body: &str) -> TextSketch {
        TextSketch::of(&Text::read(body)).unwrap()
    }

    /// A sketch that depends on its number, with the first `shared` bytes the same for all.
    fn made(number: u64, shared: usize) -> TextSketch {
        let mut bytes = [1; TextSketch::BYTES];
        for (at, byte) in bytes.iter_mut().enumerate().skip(1 + shared) {
            *byte = mix(number ^ mix(at as u64)) as u8;
        }
        TextSketch::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn the_nearest_is_found() {
        let mut index = NearTexts::new();
        let held = "Your parcel 4711 is held at our depot, pay 1.99 at https://a.example/x";
        let code = "482913 is your Brightwell code, never pass it on to anybody";
        assert_eq!(index.insert(1, sketch(held)), None);
        assert_eq!(index.insert(2, sketch(code)), None);
        let near = index.insert(3, sketch(&held.replace("4711", "9024"))).unwrap();
        assert_eq!((near.id, near.similarity), (1, Similarity::SAME));
        let near = index.nearest(&sketch(&held.replace("Your", "Hi, your"))).unwrap();
        assert!(near.id == 1 && near.similarity < Similarity::SAME);
        assert_eq!(index.nearest(&sketch("Hi mum, this is my new number")), None);
    }

    #[test]
    fn of_equals_the_smallest_id_answers() {
        let at = |bytes: [usize; 4]| {
            let mut sketch = made(1, 0).to_bytes();
            bytes.iter().for_each(|at| sketch[*at] ^= 0x11);
            TextSketch::from_bytes(&sketch).unwrap()
        };
        for order in [[7, 3], [3, 7]] {
            let mut index = NearTexts::new();
            for id in order {
                index.insert(id, at([id, id + 10, id + 20, id + 40]));
            }
            assert_eq!(index.kept(), 2);
            assert_eq!(index.nearest(&made(1, 0)).map(|near| near.id), Some(3));
        }
    }

    #[test]
    fn a_text_sent_often_is_kept_once() {
        let (mut index, sketch) = (NearTexts::new(), made(1, 0));
        for id in 0..100_000 {
            let near = index.insert(id, sketch);
            assert_eq!(near.map(|near| near.id), (id > 0).then_some(0));
        }
        assert_eq!(index.kept(), 1);
    }

    #[test]
    fn a_group_has_few_members() {
        let mut index = NearTexts::new();
        for id in 0..2_000 {
            assert_eq!(index.insert(id, made(id, 110)).is_some(), id > 0);
        }
        assert_eq!(index.kept(), MOST_MEMBERS as usize);
    }

    #[test]
    fn crowded_runs_cost_no_more() {
        let mut index = NearTexts::new();
        for id in 0..5_000 {
            index.insert(id, made(id, 60));
        }
        assert!(index.kept() > 4_000);
        assert!(index.sharing(&made(9_000, 60)).len() <= 2 * MOST_SHARING);
        assert_eq!(index.nearest(&made(1, 60)).map(|near| near.id), Some(1));
    }

    #[test]
    fn sketches_that_differ_little_always_meet() {
        let one = made(1, 0);
        let mut bytes = one.to_bytes();
        for at in 0..41 {
            bytes[1 + at * RUN] ^= 1;
        }
        let other = TextSketch::from_bytes(&bytes).unwrap();
        let shared = (0..RUNS).filter(|run| bytes_of(&one, *run) == bytes_of(&other, *run));
        assert_eq!(shared.count(), 1);
    }

    #[test]
    fn what_did_not_come_for_long_is_forgotten() {
        let mut index = NearTexts::with_window(8);
        for id in 0..9 {
            assert_eq!(index.insert(id, made(id, 0)), None);
            assert_eq!(index.kept(), 8.min(id as usize + 1));
        }
        assert_eq!(index.nearest(&made(0, 0)), None);
        for id in 1..9 {
            assert_eq!(index.nearest(&made(id, 0)).map(|near| near.id), Some(id));
        }
        assert_eq!(index.groups.len(), 8);
    }

    #[test]
    fn what_comes_again_is_not_forgotten_and_keeps_its_id() {
        let mut index = NearTexts::with_window(8);
        index.insert(0, made(0, 0));
        for id in 1..1_000 {
            index.insert(id, made(id, 0));
            if id % 3 == 0 {
                let near = index.insert(id + 5_000, made(0, 0));
                assert_eq!(near.map(|near| near.id), Some(0), "after {id}");
            }
        }
        let copies = index.members.iter().filter(|member| member.id == 0).count();
        assert!((1..=2).contains(&copies), "{copies} copies");
    }

    #[test]
    fn a_full_group_lives_on_while_its_texts_come() {
        let mut index = NearTexts::with_window(100);
        for id in 0..5_000 {
            index.insert(id, made(id, 110));
            index.insert(id + 10_000, made(id, 0));
            assert!(index.nearest(&made(id + 1, 110)).is_some(), "after {id}");
        }
        assert_eq!(index.kept(), 100);
        assert_eq!(index.groups.values().sum::<u32>(), 100);
    }

    #[test]
    fn numbers_begin_again_before_they_end() {
        let mut index = NearTexts::with_window(4);
        index.insert(0, made(0, 0));
        index.first = u32::MAX - 2;
        index.file(u32::MAX - 2);
        for id in 1..20 {
            index.insert(id, made(id, 0));
            let found = (0..=id).filter(|id| index.nearest(&made(*id, 0)).is_some());
            assert_eq!(found.count() as u64, 4.min(id + 1));
        }
    }
}
