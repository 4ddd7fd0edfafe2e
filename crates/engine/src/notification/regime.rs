//! The rules that say who must be told by when: a table that the organization edits.
//!
//! The one that is built in ([`usual`]) names well-known rules with their sources, so that nobody begins
//! with an empty page. It is no legal advice: which of them bind an organization, and whether they do in a
//! case, it has to find out itself.

use std::fmt;
use std::time::Duration;

use unhook_model::Timestamp;

/// The most rules of a table: a person reads all of them.
pub const MOST_REGIMES: usize = 100;

/// The longest time of a rule, in hours: ten years.
const LONGEST_HOURS: u32 = 87_600;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A rule that says who must be told by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regime {
    /// What it is called; what was said of it stands under this name.
    pub name: String,
    /// Who must be told.
    pub who: Told,
    /// By when, counted from when the organization became aware.
    pub within: Within,
    /// Where that is written, and what else one has to know of it.
    pub source: String,
}

/// Who must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    /// An authority.
    Authority,
    /// Other organizations for which this one works.
    Customers,
    /// Those whose data it is.
    People,
    /// Everybody.
    Public,
}

impl Told {
    /// Each with its name in files and outputs.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Authority, "authority"),
        (Self::Customers, "customers"),
        (Self::People, "people"),
        (Self::Public, "public"),
    ];

    /// Its name in files and outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Those of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(told, _)| *told)
    }
}

/// How much time there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Within {
    /// No number: without undue delay.
    Promptly,
    /// So many hours.
    Hours(u32),
    /// So many days of 24 hours.
    Days(u32),
    /// So many days without Saturdays and Sundays, in UTC. No holiday is known here: where a rule leaves
    /// them out, too, there is more time than this says.
    BusinessDays(u32),
}

impl Within {
    /// Reads `72 hours`, `72h`, `30 days`, `4 business days` or `without undue delay`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text == "without undue delay" {
            return Some(Self::Promptly);
        }
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        let (within, hours) = match unit.trim() {
            "h" | "hour" | "hours" => (Self::Hours(number), 1),
            "d" | "day" | "days" => (Self::Days(number), 24),
            "business day" | "business days" => (Self::BusinessDays(number), 24),
            _ => return None,
        };
        number.checked_mul(hours).filter(|hours| *hours <= LONGEST_HOURS)?;
        Some(within)
    }

    /// When the time is over that began at a moment; `None` where there is no number.
    #[must_use]
    pub fn after(self, begin: Timestamp) -> Option<Timestamp> {
        let hours = |hours: u64| begin.plus(Duration::from_secs(3_600 * hours));
        match self {
            Self::Promptly => None,
            Self::Hours(number) => Some(hours(number.into())),
            Self::Days(number) => Some(hours(24 * u64::from(number))),
            Self::BusinessDays(number) => Some(hours(24 * business_days(begin, number))),
        }
    }
}

/// How many days so many business days are, from a moment on: the same time of day, that many working
/// days later.
fn business_days(begin: Timestamp, number: u32) -> u64 {
    let first = begin.unix_ms().div_euclid(DAY_MS);
    let (mut days, mut left) = (0, number);
    while left > 0 {
        days += 1;
        // The first of January 1970 was a Thursday.
        let is_weekend = matches!((first + days as i64 + 4).rem_euclid(7), 0 | 6);
        left -= u32::from(!is_weekend);
    }
    days
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counted = |number: u32, one: &str| {
            let plural = if number == 1 { "" } else { "s" };
            write!(f, "{number} {one}{plural}")
        };
        match self {
            Self::Promptly => f.write_str("without undue delay"),
            Self::Hours(number) => counted(*number, "hour"),
            Self::Days(number) => counted(*number, "day"),
            Self::BusinessDays(number) => counted(*number, "business day"),
        }
    }
}

/// The table that holds until an organization writes its own: what it is called, who has to hear of it, within
/// which time, and where that stands.
const USUAL: [(&str, Told, Within, &str); 10] = [
    (
        "GDPR, authority",
        Told::Authority,
        Within::Hours(72),
        "Regulation (EU) 2016/679, Article 33(1): where feasible; not where a risk to people is unlikely",
    ),
    (
        "GDPR, people",
        Told::People,
        Within::Promptly,
        "Regulation (EU) 2016/679, Article 34(1): where a high risk to people is likely",
    ),
    (
        "GDPR, controllers",
        Told::Customers,
        Within::Promptly,
        "Regulation (EU) 2016/679, Article 33(2): by whoever works on their behalf (a processor)",
    ),
    (
        "NIS2, early warning",
        Told::Authority,
        Within::Hours(24),
        "Directive (EU) 2022/2555, Article 23(4)(a), as national law has it: of a significant incident",
    ),
    (
        "NIS2, notification",
        Told::Authority,
        Within::Hours(72),
        "Directive (EU) 2022/2555, Article 23(4)(b), as national law has it: of a significant incident",
    ),
    (
        "NIS2, final report",
        Told::Authority,
        Within::Days(28),
        "Directive (EU) 2022/2555, Article 23(4)(d): one month after the notification; 28 days are never later",
    ),
    (
        "DORA, initial notification",
        Told::Authority,
        Within::Hours(24),
        "Regulation (EU) 2022/2554, Article 19, with Delegated Regulation (EU) 2025/301, Article 5: \
             and within 4 hours once it is classified as major",
    ),
    (
        "SEC Form 8-K, Item 1.05",
        Told::Public,
        Within::BusinessDays(4),
        "Form 8-K, General Instruction B.1 and Item 1.05: counted from when the incident is determined to be material",
    ),
    (
        "HIPAA, individuals",
        Told::People,
        Within::Days(60),
        "45 CFR 164.404(b): without unreasonable delay, at most 60 calendar days after discovery",
    ),
    (
        "FCC CPNI, agencies",
        Told::Authority,
        Within::BusinessDays(7),
        "47 CFR 64.2011: after a breach of customer proprietary network information is determined",
    ),
];

/// The table that holds until an organization writes its own.
#[must_use]
pub fn usual() -> Vec<Regime> {
    let regime = |(name, who, within, source): (&str, _, _, &str)| Regime {
        name: name.to_owned(),
        who,
        within,
        source: source.to_owned(),
    };
    USUAL.into_iter().map(regime).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment in July 2022, of which the first was a Friday.
    fn july(day: i64, hour: i64) -> Timestamp {
        const FIRST: i64 = 1_656_633_600_000;
        Timestamp::from_unix_ms(FIRST + (day - 1) * DAY_MS + hour * HOUR_MS)
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let check = |text: &str, expected: Option<Within>| {
            assert_eq!(Within::parse(text), expected, "{text}");
        };
        check("72h", Some(Within::Hours(72)));
        check(" 72 Hours ", Some(Within::Hours(72)));
        check("1 day", Some(Within::Days(1)));
        check("4 business days", Some(Within::BusinessDays(4)));
        check("without undue delay", Some(Within::Promptly));
        for wrong in
            ["", "72", "h", "0h", "-1 h", "72 hrs", "1.5 days", "999999999999h", "9999 days"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        for regime in usual() {
            assert_eq!(Within::parse(&regime.within.to_string()), Some(regime.within));
        }
    }

    #[test]
    fn hours_and_days_are_of_one_length() {
        assert_eq!(Within::Hours(72).after(july(1, 3)), Some(july(4, 3)));
        assert_eq!(Within::Days(2).after(july(30, 0)), Some(july(32, 0)));
        assert_eq!(Within::Promptly.after(july(1, 3)), None);
    }

    #[test]
    fn business_days_pass_over_the_end_of_the_week() {
        let check = |number, (day, hour), expected| {
            let due = Within::BusinessDays(number).after(july(day, hour));
            assert_eq!(due, Some(july(expected, hour)), "{number} from {day} July");
        };
        check(1, (1, 9), 4);
        check(4, (1, 9), 7);
        // From a Saturday and a Sunday Monday is the first.
        check(4, (2, 9), 7);
        check(4, (3, 23), 7);
        check(4, (4, 0), 8);
        check(7, (5, 12), 14);
    }

    #[test]
    fn the_usual_table_has_one_row_for_each_name() {
        let table = usual();
        let names: std::collections::BTreeSet<_> =
            table.iter().map(|regime| &regime.name).collect();
        assert_eq!(names.len(), table.len());
        assert!(table.len() <= MOST_REGIMES);
        for (told, name) in Told::ALL {
            assert_eq!((told.name(), Told::from_name(name)), (name, Some(told)));
        }
    }
}
