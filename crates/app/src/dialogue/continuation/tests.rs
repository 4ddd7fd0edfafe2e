//! Texts in parts, and texts that only look like it.

use super::*;
use proptest::prelude::*;

/// A lure of many words and one sentence, of at least so many characters.
fn long(length: usize) -> String {
    let words =
        "your parcel could not be delivered today because the house number is missing and so ";
    words.chars().cycle().take(length).collect()
}

fn one(earlier: &str, later: &str) -> bool {
    is_continuation(earlier, 0, later, 3_000)
}

#[track_caller]
fn parts(whole: &str, at: usize) {
    let (earlier, later) = whole.split_at(at);
    assert!(one(earlier, later), "{earlier:?} | {later:?}");
    assert_eq!(join(&[earlier, later]), whole);
}

#[track_caller]
fn apart(earlier: &str, later: &str) {
    assert!(!one(earlier, later), "{earlier:?} | {later:?}");
}

#[test]
fn a_text_cut_where_a_segment_is_full_is_one() {
    parts(&format!("{}please pay at once", long(170)), 153);
    parts(&format!("{}please pay at once", long(170)), 160);
    parts(&format!("{}please pay at once", long(320)), 306);
    parts(&format!("{} é ê ł wait here", long(80)), 67);
    let link = format!("{} pay at https://parcel-fee.example/track/8x7Kd2/now", long(120));
    parts(&link, 153);
}

#[test]
fn a_text_cut_at_the_word_before_is_one() {
    let earlier = "Your parcel could not be delivered today because the house number on the label is missing \
                   and our driver could not find anybody at home to take it, so";
    assert!(one(earlier, "please confirm your address within a day"));
    assert_eq!(join(&[earlier, "please confirm"]), format!("{earlier} please confirm"));
}

#[test]
fn marks_say_which_part_it_is() {
    assert!(one("(1/2) Your parcel is held. Pay the fee today.", "(2/2) Here: https://a.example"));
    assert!(one("Your parcel is held 1/3", "Pay the fee 2/3"));
    apart("(1/2) Your parcel is held", "(1/2) Your account is locked");
    apart("(1/2) Your parcel is held", "(2/3) pay the fee");
    apart("(1/2) Your parcel is held", "pay the fee");
    assert_eq!(join(&["(1/2) Your parcel is", "held (2/2)"]), "Your parcel is held");
}

#[test]
fn two_texts_are_two_however_long_and_hasty() {
    let first = format!("{} pay at https://a.example/x", long(140));
    let second = format!("Your account {}", long(140));
    apart(&first, &second);
    apart(&first, "your account is locked, verify it today");
    apart(&format!("{}.", long(152)), "your account is locked, verify it today");
    apart(&long(153), "Royal Mail: your parcel is held");
    apart(&long(150), "Dear customer, your account is locked");
    apart("Hi mum, this is my new number, my phone broke, text me", "can you pay a bill for me");
    apart(&first, "https://b.example/y");
}

#[test]
fn what_comes_late_or_is_no_text_is_apart() {
    let (earlier, later) = (long(153), "and please pay at once");
    assert!(is_continuation(&earlier, 0, later, LONGEST_PAUSE_MS));
    assert!(!is_continuation(&earlier, 0, later, LONGEST_PAUSE_MS + 1));
    assert!(!is_continuation(&earlier, 5, later, 0));
    assert!(!is_continuation(&earlier, i64::MIN, later, i64::MAX));
    apart(&earlier, "stop");
    apart(&earlier, "i typed my password");
    apart(&earlier, "thanks");
}

proptest! {
    #[test]
    fn no_text_is_too_strange(earlier in any::<String>(), later in any::<String>()) {
        let _ = is_continuation(&earlier, 0, &later, 1);
        let joined = join(&[&earlier, &later]);
        prop_assert!(joined.len() <= earlier.len() + later.len() + 1);
    }
}
