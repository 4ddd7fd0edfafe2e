//! A number that near-identical texts share.

use super::hashing::mix;
use super::words::Words;

/// A 64-bit similarity hash (SimHash, Charikar 2002) of the words of a text, links and
/// numbers masked: texts that differ in a few words differ in a few bits, and templates
/// filled with other names, numbers and links mostly share all of them.
#[must_use]
pub fn fingerprint(words: &Words) -> u64 {
    let mut votes = [0_i32; 64];
    let mut before = 0;
    for word in words.as_slice() {
        for feature in [word.hash, mix(before ^ word.hash.rotate_left(17))] {
            for (bit, vote) in votes.iter_mut().enumerate() {
                *vote += if feature >> bit & 1 == 1 { 1 } else { -1 };
            }
        }
        before = word.hash;
    }
    votes.iter().enumerate().fold(0, |bits, (bit, vote)| bits | (u64::from(*vote > 0) << bit))
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn of(text: &str) -> u64 {
        fingerprint(&Text::read(text).words)
    }

    #[test]
    fn one_template_is_near_and_another_text_far() {
        let one =
            of("Parcel 4711 is held, pay 1.99 at https://a.example.com/x before 5pm today please");
        let same =
            of("Parcel 9024 is held, pay 2.49 at https://b.example.net/y before 5pm today please");
        let other = of("Hi mum, my phone broke and this is my new number, text me when you can");
        assert!((one ^ same).count_ones() <= 3);
        assert!((one ^ other).count_ones() > 15);
    }
}
