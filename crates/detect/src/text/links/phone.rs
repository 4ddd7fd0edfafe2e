//! What counts as a telephone number in running text.
//!
//! Amounts, dates, references and account numbers are runs of digits too, so a run is a
//! number only when it is written as one: with `+`, or grouped with separators, or with a
//! trunk or freephone prefix and a length that numbers have. Whether a network would route
//! it is not asked.

use std::ops::Range;

/// The fewest and most digits of a number that can be called from elsewhere (ITU-T E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The longest way of writing a number that is read, in bytes.
const LONGEST: usize = 28;

pub(super) struct Number {
    pub(super) range: Range<usize>,
    pub(super) target: String,
}

/// Whether a number may begin here: at the first digit or plus of a run.
pub(super) fn may_begin(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| bytes[at]);
    !before.is_some_and(|b| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'+' | b'.' | b',' | b'/' | b'=' | b'#' | b'_' | b'*')
    })
}

/// Where the digits that begin at `at` end.
pub(super) fn digits_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count().max(1)
}

/// Reads the number that begins at `at`.
pub(super) fn read(text: &str, at: usize) -> Option<Number> {
    let bytes = text.as_bytes();
    let plus = bytes[at] == b'+';
    let mut digits = String::new();
    let mut separators = 0;
    let mut end = at;
    let mut here = at + usize::from(plus);
    while here < bytes.len() && here - at < LONGEST {
        let byte = bytes[here];
        if byte.is_ascii_digit() {
            digits.push(char::from(byte));
            end = here + 1;
        } else if separates(bytes, here) {
            separators += usize::from(end == here);
        } else {
            break;
        }
        here += 1;
    }
    let letters_follow =
        bytes.get(end).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'%' | b'_'));
    if letters_follow
        || !DIGITS.contains(&digits.len())
        || !(plus || is_written_as_number(&digits, separators))
    {
        return None;
    }
    let start =
        if at > 0 && bytes[at - 1] == b'(' && text[at..end].contains(')') { at - 1 } else { at };
    let target = if plus { format!("+{digits}") } else { digits };
    Some(Number { range: start..end, target })
}

/// A sign that groups digits, with a digit or bracket near after it.
fn separates(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b' ' | b'-' | b'.' | b')' => {
            bytes.get(at + 1).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'(' | b' ' | b'-'))
        }
        b'(' => bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_written_as_number(digits: &str, separators: usize) -> bool {
    let length = digits.len();
    let freephone = ["1800", "1888", "1877", "1866", "1855", "1844", "1833", "0800", "0808", "800"]
        .iter()
        .any(|prefix| digits.starts_with(prefix));
    let trunk = digits.starts_with('0') && !digits.starts_with("00") && (10..=11).contains(&length);
    let grouped = separators >= 2 && (9..=12).contains(&length);
    (freephone && (10..=11).contains(&length))
        || trunk
        || grouped
        || (length == 10
            && separators == 0
            && !digits.starts_with('0')
            && digits.as_bytes()[0] >= b'2')
}
