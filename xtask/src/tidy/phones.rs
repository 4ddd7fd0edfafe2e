//! Telephone numbers in a text, and whether they are kept free for examples.

/// Prefixes, in international digits, that numbering authorities keep free for examples and
/// drama, or that no country has. North America's stands in [`is_north_american_example`].
const RESERVED: [&str; 24] = [
    // United Kingdom (Ofcom, "telephone numbers for use in TV and radio drama").
    "447700900",
    "44207946",
    "441134960",
    "441144960",
    "441154960",
    "441164960",
    "441174960",
    "441184960",
    "441214960",
    "441314960",
    "441414960",
    "441514960",
    "441614960",
    "441632960",
    // Australia (ACMA, numbers for use in creative works).
    "61491570",
    "61255501",
    "61370101",
    // France (Arcep, decision on numbers for audiovisual works).
    "3319900",
    "3326191",
    "3335301",
    "3363998",
    // Germany (Bundesnetzagentur, numbers for use in media).
    "493023125",
    "49171392001",
    // No country has this code (ITU-T E.164).
    "999",
];

/// Countries whose national numbers begin with a nought, tried for those without a code.
const WITH_TRUNK_ZERO: [&str; 4] = ["44", "61", "33", "49"];

/// Numbers in a text that may be somebody's.
pub(super) fn live(text: &str) -> Vec<String> {
    candidates(text).into_iter().filter(|candidate| !is_reserved(candidate)).collect()
}

/// Runs of digits that are written as a telephone number is: with a plus, with a leading
/// nought and ten or eleven digits, or grouped as in North America.
fn candidates(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_digit() || " ()-.+".contains(c);
    let runs = text.split(|c: char| !is_part(c));
    runs.flat_map(|run| run.split_inclusive(". ").flat_map(split_before_plus))
        .map(|run| run.trim_matches([' ', '-', '.', '(', ')']))
        .filter(|run| is_number(run))
        .map(str::to_owned)
        .collect()
}

fn split_before_plus(run: &str) -> impl Iterator<Item = &str> {
    let borders: Vec<usize> = run.match_indices('+').map(|(at, _)| at).collect();
    let starts = std::iter::once(0).chain(borders.clone());
    let ends = borders.into_iter().chain(std::iter::once(run.len()));
    starts.zip(ends).map(|(start, end)| &run[start..end])
}

fn is_number(run: &str) -> bool {
    let count = digits(run).len();
    if run.starts_with('+') {
        return (8..=15).contains(&count);
    }
    let groups: Vec<usize> =
        run.split([' ', '-', '.', '(', ')']).map(str::len).filter(|length| *length > 0).collect();
    let north_american = matches!(groups.as_slice(), [3, 3, 4] | [1, 3, 3, 4]);
    let trunk = run.starts_with('0') && (10..=11).contains(&count) && !run.starts_with("000");
    north_american || trunk
}

fn digits(run: &str) -> String {
    run.chars().filter(char::is_ascii_digit).collect()
}

fn is_reserved(candidate: &str) -> bool {
    let digits = digits(candidate);
    let international = if candidate.starts_with('+') {
        vec![digits.clone()]
    } else if let Some(rest) = digits.strip_prefix("00") {
        vec![rest.to_owned()]
    } else if let Some(rest) = digits.strip_prefix('0') {
        WITH_TRUNK_ZERO.iter().map(|code| format!("{code}{rest}")).collect()
    } else {
        vec![format!("1{}", digits.strip_prefix('1').unwrap_or(&digits))]
    };
    international.iter().any(|number| {
        is_north_american_example(number)
            || RESERVED.iter().any(|prefix| number.starts_with(prefix))
    })
}

/// 555-0100 to 555-0199, in any area.
fn is_north_american_example(number: &str) -> bool {
    number.len() == 11 && number.starts_with('1') && &number[4..9] == "55501"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(live(text), expected, "{text}");
    }

    #[test]
    fn numbers_kept_for_examples_pass() {
        check("call +1 (201) 555-0123 or 1-800-555-0199", &[]);
        check("ring 07700 900123, 020 7946 0018 or +442079460018", &[]);
        check("+33 6 39 98 00 00", &[]);
    }

    #[test]
    fn numbers_that_may_be_somebodys_are_found() {
        // Put together here, so that this file holds none.
        let american = ["212", "736", "5000"].join("-");
        check(&format!("call {american}."), &[&american]);
        let british = ["+44", "20", "7219", "3000"].join(" ");
        check(&format!("or {british} now"), &[&british]);
    }

    #[test]
    fn other_numbers_are_no_telephone_numbers() {
        check("on 2022-07-20 at 22:49:00, ref 123456789012, 28777, 1658357340000", &[]);
        check("203.0.113.7 and 1.5 and 10-12 days", &[]);
    }
}
