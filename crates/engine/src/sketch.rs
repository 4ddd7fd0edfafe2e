//! A few bytes of a text that nearly identical texts mostly share.
//!
//! A [`TextSketch`] estimates which part of their shingles two texts have in common: runs of
//! five characters of the words as the detector folds them, so that look-alike
//! letters, leet and letters set apart are undone, with links and numbers masked, so that
//! one template filled with other amounts and links stays one. MinHash: Broder, "On the
//! resemblance and containment of documents", 1997; with several minima of each hash function:
//! Li, Owen and Zhang, "One permutation hashing", 2012. Of each minimum four bits are kept: at
//! the same size, more minima of fewer bits tell better how similar similar texts are (Li
//! and König, "b-bit minwise hashing", 2010).
//!
//! It does not know what a text means: a lure written anew in other words, or padded to
//! twice its length, is another text to it. Start at [`TextSketch::of`].

use unhook_detect::text::Text;
use unhook_detect::text::hashing::{hash, mix};
use unhook_detect::text::words::{Word, WordClass};

/// Hash functions that each shingle goes through.
const HASHES: usize = 16;

/// Parts that the values of each hash function are sorted into, with a minimum each.
const BINS: usize = 16;

/// Minima kept, four bits each.
const SLOTS: usize = HASHES * BINS;

/// Bytes that hold them, two in each.
const SLOT_BYTES: usize = SLOTS / 2;

/// The minimum of a part without values.
const EMPTY: u32 = u32::MAX;

/// Characters of a shingle: shorter ones are shared by chance, longer ones are lost to a
/// changed letter.
const SHINGLE: usize = 5;

/// Fewer letters than this, about three words, make no pattern: such texts ("ok, see you",
/// "code 123456") are near only to themselves, digits and links with them.
const FEWEST_LETTERS: usize = 12;

/// What stands for links and numbers, and for several in a row: where a number ends and a
/// link begins depends on what is filled in.
const MASK: char = '#';

/// The layout of [`TextSketch::to_bytes`]; another number when shingles, hashes or their
/// order change.
const VERSION: u8 = 1;

/// What nearly identical texts mostly share.
///
/// Sketches of one version stay comparable for ever. When the detector learns to fold a
/// word differently, only texts with that word are affected, and they by a few shingles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextSketch {
    slots: [u8; SLOT_BYTES],
}

impl TextSketch {
    /// Bytes of a sketch as it is kept: the version, then the minima.
    pub const BYTES: usize = 1 + SLOT_BYTES;

    /// The sketch of a text; `None` when there is nothing in it but space.
    ///
    /// ```
    /// use unhook_detect::text::Text;
    /// use unhook_engine::{Similarity, TextSketch};
    ///
    /// let sketch = |body| TextSketch::of(&Text::read(body)).expect("it has words");
    /// let one = sketch("Your parcel 4711 is held at our depot: pay 1.99 at https://a.example/x");
    /// let other = sketch("Your pаrcel 90214 is h3ld at our depot: pay 2.49 at https://b.example");
    /// assert!(one.similarity(&other) >= Similarity::NEAR);
    /// ```
    #[must_use]
    pub fn of(text: &Text<'_>) -> Option<Self> {
        if letters(text) < FEWEST_LETTERS {
            let literal = literal(text.clean.text());
            return (!literal.is_empty()).then(|| Self::of_shingles([hash(&literal)]));
        }
        Some(Self::of_shingles(shingles(masked(text))))
    }

    fn of_shingles(shingles: impl IntoIterator<Item = u64>) -> Self {
        let factors: [u64; HASHES] = std::array::from_fn(|hash| mix(hash as u64 + 1) | 1);
        let mut least = [[EMPTY; BINS]; HASHES];
        for shingle in shingles {
            for (bins, factor) in least.iter_mut().zip(factors) {
                let value = product(shingle, factor);
                let least = &mut bins[(value >> 60) as usize];
                *least = (*least).min(value as u32);
            }
        }
        Self { slots: packed(&least) }
    }

    /// How similar two texts are.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> Similarity {
        let pairs = self.slots.iter().zip(&other.slots);
        let equal = pairs.map(|(one, other)| {
            let differs = one ^ other;
            u16::from(differs & 15 == 0) + u16::from(differs >> 4 == 0)
        });
        Similarity { equal: equal.sum() }
    }

    /// The sketch as it is kept.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [VERSION; Self::BYTES];
        bytes[1..].copy_from_slice(&self.slots);
        bytes
    }

    /// Reads a sketch that was kept.
    ///
    /// # Errors
    /// When the bytes are of a version not known here, or too many or too few.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SketchError> {
        match bytes {
            [VERSION, slots @ ..] => match slots.try_into() {
                Ok(slots) => Ok(Self { slots }),
                Err(_) => Err(SketchError::Length { found: bytes.len() }),
            },
            [version, ..] => Err(SketchError::Version { found: *version }),
            [] => Err(SketchError::Length { found: 0 }),
        }
    }

    pub(crate) fn slots(&self) -> &[u8; SLOT_BYTES] {
        &self.slots
    }
}

/// Why bytes are no sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SketchError {
    /// Kept by a release that is newer than this one.
    #[error("a text sketch of version {found}, and only version {VERSION} is known here")]
    Version {
        /// The version it says it has.
        found: u8,
    },
    /// Damaged, or never a sketch.
    #[error("a text sketch of {found} bytes, where {} are expected", TextSketch::BYTES)]
    Length {
        /// How many bytes there are.
        found: usize,
    },
}

/// How similar two texts are, from nothing in common to the same: in how many of their 256
/// minima the sketches agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Similarity {
    equal: u16,
}

impl Similarity {
    /// From here on texts are near: they share 0.775 of their shingles. Chosen where texts
    /// labelled as one campaign are found best (`cargo xtask campaigns`); a first name more
    /// or less is within it for texts of eighty characters and more.
    pub const NEAR: Self = Self { equal: 202 };

    /// From here on one text can stand for the other.
    pub const ALIKE: Self = Self { equal: 244 };

    /// The same sketch.
    pub const SAME: Self = Self { equal: SLOTS as u16 };

    /// In how many minima they agree, of 256: a number to keep.
    #[must_use]
    pub const fn to_raw(self) -> u16 {
        self.equal
    }

    /// The similarity of which this number was kept; more than all is all.
    #[must_use]
    pub const fn from_raw(equal: u16) -> Self {
        Self { equal: if equal > SLOTS as u16 { SLOTS as u16 } else { equal } }
    }

    /// The estimated part of their shingles that two texts share (Jaccard's index), in
    /// `0.0..=1.0`; agreement by chance, one slot in sixteen, is taken off. The standard
    /// error is 0.03 at [`NEAR`](Self::NEAR).
    #[must_use]
    pub fn share(self) -> f64 {
        let chance = 1.0 / 16.0;
        let equal = f64::from(self.equal) / SLOTS as f64;
        ((equal - chance) / (1.0 - chance)).max(0.0)
    }
}

/// Both halves of a product, one over the other.
fn product(shingle: u64, factor: u64) -> u64 {
    let product = u128::from(shingle) * u128::from(factor);
    product as u64 ^ (product >> 64) as u64
}

/// Four bits of each minimum; neighbours are of different hash functions, so that what an
/// empty part borrows does not make them alike.
fn packed(least: &[[u32; BINS]; HASHES]) -> [u8; SLOT_BYTES] {
    let slot = |number: usize| borrowed(&least[number % HASHES], number / HASHES);
    std::array::from_fn(|byte| slot(2 * byte) | slot(2 * byte + 1) << 4)
}

/// Four bits of the minimum of a part, or of the next that has one, told apart by how far
/// away it is (Shrivastava and Li, "Densifying one permutation hashing via rotation", 2014).
fn borrowed(bins: &[u32; BINS], bin: usize) -> u8 {
    let with_distance = |distance| (distance, bins[(bin + distance) % BINS]);
    let found = (0..BINS).map(with_distance).find(|(_, least)| *least != EMPTY);
    found.map_or(0, |(distance, least)| (least as usize + 7 * distance) as u8 & 15)
}

/// How many letters the words of a text have, links and numbers left out.
fn letters(text: &Text<'_>) -> usize {
    let words = text.words.as_slice().iter().filter(|word| !is_masked(word));
    words.map(|word| text.words.folded(word).chars().count()).sum()
}

fn is_masked(word: &Word) -> bool {
    word.class != WordClass::Letters
}

/// A text without case, spaces and signs; but for its case and spaces as it is when it has
/// nothing else.
fn literal(text: &str) -> String {
    let lower = || text.chars().flat_map(char::to_lowercase);
    let plain: String = lower().filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() { lower().filter(|c| !c.is_whitespace()).collect() } else { plain }
}

/// The folded words with a space before and after each, links and numbers masked, and digits
/// within words, too.
fn masked(text: &Text<'_>) -> String {
    let mut masked = String::with_capacity(text.words.text().len() + 2);
    masked.push(' ');
    for word in text.words.as_slice() {
        if !is_masked(word) {
            mask_digits(text.words.folded(word), &mut masked);
        } else if masked.trim_end().ends_with(MASK) {
            continue;
        } else {
            masked.push(MASK);
        }
        masked.push(' ');
    }
    masked
}

fn mask_digits(word: &str, out: &mut String) {
    for c in word.chars() {
        if !c.is_numeric() {
            out.push(c);
        } else if !out.ends_with(MASK) {
            out.push(MASK);
        }
    }
}

/// Hashes of all runs of [`SHINGLE`] characters.
fn shingles(text: String) -> Vec<u64> {
    /// Enough for any character.
    const BITS: usize = 21;
    let mut window = 0_u128;
    let windows = text.chars().map(|c| {
        window = (window << BITS | u128::from(u32::from(c))) & ((1 << (BITS * SHINGLE)) - 1);
        mix(window as u64 ^ mix((window >> 64) as u64))
    });
    windows.skip(SHINGLE - 1).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    /// A lure with words that the detector knows and words that it does not.
    const LURE: &str = "Hi Anna, your Brightwell parcel 4711 could not be delivered because the \
        address is incomplete. Please update it within 24 hours and pay 1.99 at \
        https://brightwell.example/u8 or it goes back to the sender.";

    fn sketch(body: &str) -> TextSketch {
        TextSketch::of(&Text::read(body)).unwrap()
    }

    #[track_caller]
    fn joins(one: &str, other: &str) {
        let similarity = sketch(one).similarity(&sketch(other));
        assert!(similarity >= Similarity::NEAR, "{:.2} {other}", similarity.share());
    }

    #[track_caller]
    fn stays_apart(one: &str, other: &str) {
        let similarity = sketch(one).similarity(&sketch(other));
        assert!(similarity < Similarity::NEAR, "{:.2} {other}", similarity.share());
    }

    #[test]
    fn a_template_filled_otherwise_joins() {
        joins(LURE, &LURE.replace("brightwell.example/u8", "xn--p-eka.example/a/very/long?path=1"));
        joins(LURE, &LURE.replace("https://brightwell.example/u8", "+1 201 555 0123"));
        joins(LURE, &LURE.replace("https://brightwell.example/u8", "brightwell[.]example"));
        joins(LURE, &LURE.replace("4711", "BW 90210 4411").replace("1.99", "$2"));
        joins(LURE, &LURE.replace("Anna", "Bartholomew"));
        joins(LURE, &LURE.replace("Hi Anna, your", "Your"));
    }

    #[test]
    fn a_disguised_lure_joins() {
        joins(LURE, &LURE.replace('a', "а").replace('o', "о").replace('e', "е"));
        joins(LURE, &LURE.replace("parcel", "p4rcel").replace("address", "addre55"));
        joins(LURE, &LURE.replace("update", "u p d a t e").replace("pay", "p.a.y"));
        joins(LURE, &LURE.replace("parcel", "pacrel").replace("delivered", "deilvered"));
        joins(LURE, &LURE.replace("sender", "sendre").replace("hours", "horus"));
        joins(LURE, &LURE.replace("because", "be\u{200b}cau\u{ad}se").to_uppercase());
    }

    #[test]
    fn a_lure_disguised_and_filled_otherwise_joins() {
        joins(
            LURE,
            "Hi Tom, your Brightwеll pacrel 90210 could not be dеlivered because the addre55 is \
             incomplete. Please u p d a t e it within 12 hours and pay $2.49 at \
             www.bright-well.example or it goes back to the sender",
        );
    }

    #[test]
    fn other_texts_stay_apart() {
        let family = "Hi mum, my phone broke and this is my new number, text me when you can";
        let code = "Your Brightwell code is 482913. Never pass it on; our staff do not ask for it.";
        let held = "Brightwell: your parcel 4711 is held at customs, a fee of 1.99 is due today.";
        stays_apart(LURE, family);
        stays_apart(LURE, code);
        stays_apart(LURE, held);
    }

    #[test]
    fn scripts_without_spaces_have_shingles_too() {
        joins(
            "您的包裹因地址不完整无法派送请在24小时内更新 https://a.example/1",
            "您的包裹因地址不完整无法派送请在12小时内更新 https://b.example/22",
        );
        stays_apart(
            "您的包裹因地址不完整无法派送请在24小时内更新 https://a.example/1",
            "您的银行账户存在异常登录请在24小时内验证身份 https://a.example/1",
        );
    }

    #[test]
    fn a_short_text_joins_only_itself() {
        joins("OK, see you!", "ok see you");
        stays_apart("ok see you", "ok see me");
        stays_apart("Your code: 123456", "Your code: 654321");
        stays_apart("https://a.example/x", "https://b.example/x");
        stays_apart("👍", "👎");
        joins(" 👍", "👍 ");
    }

    #[test]
    fn nothing_has_no_sketch() {
        for body in ["", " \n", "\u{200b}"] {
            assert_eq!(TextSketch::of(&Text::read(body)), None);
        }
    }

    #[test]
    fn version_one_stays_what_it_is() {
        let digest = sketch(LURE).to_bytes().iter().fold(0, |sum, b| mix(sum ^ u64::from(*b)));
        assert_eq!(digest, 8_154_642_645_892_064_688);
    }

    #[test]
    fn what_is_no_sketch_is_refused() {
        let mut bytes = sketch(LURE).to_bytes().to_vec();
        bytes.push(0);
        assert_eq!(TextSketch::from_bytes(&bytes), Err(SketchError::Length { found: 130 }));
        bytes[0] = 2;
        assert_eq!(TextSketch::from_bytes(&bytes), Err(SketchError::Version { found: 2 }));
        assert_eq!(TextSketch::from_bytes(&[]), Err(SketchError::Length { found: 0 }));
    }

    #[test]
    fn the_share_goes_from_nothing_to_all() {
        assert_eq!(Similarity { equal: 0 }.share(), 0.0);
        assert_eq!(Similarity::SAME.share(), 1.0);
        assert!((Similarity::NEAR.share() - 0.775).abs() < 0.001);
    }

    proptest! {
        #[test]
        fn any_text_has_a_sketch_that_can_be_kept(body in any::<String>()) {
            let sketch = TextSketch::of(&Text::read(&body));
            prop_assert_eq!(sketch, TextSketch::of(&Text::read(&body)));
            if let Some(sketch) = sketch {
                prop_assert_eq!(TextSketch::from_bytes(&sketch.to_bytes()), Ok(sketch));
                prop_assert_eq!(sketch.similarity(&sketch), Similarity::SAME);
            }
        }

        /// Within five standard errors of what is counted.
        #[test]
        fn the_estimate_is_near_the_count(
            words in prop::collection::vec("[a-z]{2,9}", 12..40),
            changed in 0_usize..12,
        ) {
            let one = words.join(" ");
            let other = words[changed..].join(" ");
            let [left, right] = [&one, &other].map(|body| {
                let shingles = shingles(masked(&Text::read(body)));
                shingles.into_iter().collect::<BTreeSet<u64>>()
            });
            let shared = left.intersection(&right).count() as f64;
            let exact = shared / left.union(&right).count() as f64;
            prop_assume!(other.len() > 2 * FEWEST_LETTERS);
            let estimate = sketch(&one).similarity(&sketch(&other)).share();
            prop_assert!((estimate - exact).abs() < 5.0 * 0.034, "{estimate} {exact}");
        }
    }
}
