//! Which countries a telephone number may come from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unhook_model::PhoneNumber;

const CODES: &str = include_str!("../../data/phones/calling-codes.txt");

/// The longest calling code in the table, in digits.
const LONGEST: usize = 4;

/// The ISO 3166-1 codes of the countries that share an international number's calling code,
/// between spaces; `None` for national numbers and unassigned codes.
pub(super) fn countries(number: &PhoneNumber) -> Option<&'static str> {
    let digits = number.is_international().then(|| number.digits())?;
    (1..=LONGEST.min(digits.len())).rev().find_map(|length| countries_of_code(&digits[..length]))
}

fn countries_of_code(code: &str) -> Option<&'static str> {
    static TABLE: LazyLock<BTreeMap<&str, &str>> =
        LazyLock::new(|| CODES.lines().filter_map(|line| line.split_once(' ')).collect());
    TABLE.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_code_counts() {
        let of = |number| countries(&PhoneNumber::parse(number).unwrap());
        assert_eq!(of("+12015550123"), Some("US CA"));
        assert_eq!(of("+18765550123"), Some("JM"));
        assert_eq!(of("+447700900123"), Some("GB GG JE IM"));
        assert_eq!(of("2015550123"), None);
        assert_eq!(of("+9995550123"), None);
    }
}
