//! Earlier texts that a text is nearly identical to.
//!
//! [`NearTexts`] holds sketches and finds the most similar one without comparing all: each
//! is filed under short runs of its bytes, and only those that share a run are looked at
//! (locality-sensitive hashing by banding: Indyk and Motwani 1998; Leskovec, Rajaraman and
//! Ullman, "Mining of Massive Datasets", section 3.4).
//!
//! Work is bounded whatever comes in. A group of near texts is represented by a few members
//! that differ, so a text sent a hundred thousand times is kept once; and of those that share
//! a run only the `MOST_SHARING` newest are looked at. It does not decide what a campaign
//! is, and forgets nothing. Start at [`NearTexts::insert`].

use std::collections::BTreeSet;

use unhook_detect::text::hashing::mix;

use crate::sketch::{Similarity, TextSketch};

/// Bytes of a sketch under which a text is filed together: six minima, 42 times. Sketches
/// that differ in fewer than 42 minima agree in at least one run, so they always meet; at
/// [`Similarity::NEAR`] one pair in a hundred thousand does not. Of strangers, which share a
/// tenth of their shingles, one pair in sixteen hundred meets.
const RUN: usize = 3;

/// The most texts looked at for each run, newest first. More share one when somebody makes
/// them to, or when a footer of long standing fills a text; what is missed for it in one
/// run is found by another.
const MOST_SHARING: usize = 32;

/// The most members that represent a group.
const MOST_MEMBERS: u32 = 32;

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
#[derive(Clone, Debug, Default)]
pub struct NearTexts<Id> {
    members: Vec<Member<Id>>,
    /// How many members each group has.
    groups: Vec<u32>,
    filed: BTreeSet<Filed>,
}

/// A text that is kept.
#[derive(Clone, Copy, Debug)]
struct Member<Id> {
    id: Id,
    sketch: TextSketch,
    group: u32,
}

/// One entry of the file: a run of a sketch and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Filed {
    run: Run,
    member: u32,
}

/// Which run of a sketch, and its bytes. One more stands for the whole sketch, so that the
/// same text is found even where all its runs are crowded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    band: u8,
    bytes: [u8; RUN],
}

impl<Id: Copy + Ord> NearTexts<Id> {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self { members: Vec::new(), groups: Vec::new(), filed: BTreeSet::new() }
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
        self.nearest_member(sketch).map(|(member, similarity)| Near { id: member.id, similarity })
    }

    /// Adds a text, and says which of the earlier ones it is nearest to, as [`Self::nearest`].
    pub fn insert(&mut self, id: Id, sketch: TextSketch) -> Option<Near<Id>> {
        let nearest = self.nearest_member(&sketch);
        let near = nearest.map(|(member, similarity)| Near { id: member.id, similarity });
        let group = nearest.map(|(member, _)| member.group);
        let is_represented = near.is_some_and(|near| near.similarity >= Similarity::ALIKE)
            || group.is_some_and(|group| self.groups[group as usize] >= MOST_MEMBERS);
        if !is_represented {
            self.keep(id, sketch, group);
        }
        near
    }

    fn keep(&mut self, id: Id, sketch: TextSketch, group: Option<u32>) {
        let Ok(number) = u32::try_from(self.members.len()) else { return };
        let group = group.unwrap_or_else(|| {
            self.groups.push(0);
            self.groups.len() as u32 - 1
        });
        self.groups[group as usize] += 1;
        self.members.push(Member { id, sketch, group });
        self.filed.extend(runs(&sketch).map(|run| Filed { run, member: number }));
    }

    fn nearest_member(&self, sketch: &TextSketch) -> Option<(&Member<Id>, Similarity)> {
        let met = self.sharing(sketch).into_iter().map(|number| &self.members[number as usize]);
        let compared = met.map(|member| (member, member.sketch.similarity(sketch)));
        let near = compared.filter(|(_, similarity)| *similarity >= Similarity::NEAR);
        near.max_by(|(one, similar), (other, more)| similar.cmp(more).then(other.id.cmp(&one.id)))
    }

    /// The members that share a run with a sketch, each once.
    fn sharing(&self, sketch: &TextSketch) -> Vec<u32> {
        let newest = |run| {
            let all = Filed { run, member: 0 }..=Filed { run, member: u32::MAX };
            self.filed.range(all).rev().take(MOST_SHARING).map(|filed| filed.member)
        };
        let mut members: Vec<u32> = runs(sketch).flat_map(newest).collect();
        members.sort_unstable();
        members.dedup();
        members
    }
}

fn runs(sketch: &TextSketch) -> impl Iterator<Item = Run> {
    let (bands, rest) = sketch.slots().as_chunks::<RUN>();
    let whole = bands.iter().flatten().chain(rest).fold(0, |sum, b| mix(sum ^ u64::from(*b)));
    let [whole @ .., _, _, _, _, _] = whole.to_le_bytes();
    let numbered = (0..).zip(bands.iter().copied().chain([whole]));
    numbered.map(|(band, bytes)| Run { band, bytes })
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
        let shared = runs(&one).zip(runs(&other)).filter(|(one, other)| one == other);
        assert_eq!(shared.count(), 1);
    }
}
