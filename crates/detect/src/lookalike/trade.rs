//! The trades whose brands are imitated beside words of their own: a parcel service beside
//! customs, a toll road beside fines.

use unhook_model::Sector;

use super::company::Grade;

const WORDS: &str = include_str!("../../data/names/trade-words.txt");

/// A trade, as its lures see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    Parcel,
    Toll,
    State,
    Money,
    Bill,
    Health,
}

/// How much a word says beside a brand of each trade.
pub(super) type Grades = [Option<Grade>; Trade::ALL.len()];

impl Trade {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Parcel, "parcel"),
        (Self::Toll, "toll"),
        (Self::State, "state"),
        (Self::Money, "money"),
        (Self::Bill, "bill"),
        (Self::Health, "health"),
    ];

    /// The trade of a sector; `None` for those whose lures are about signing in.
    pub(super) fn of(sector: Sector) -> Option<Self> {
        Some(match sector {
            Sector::Post | Sector::Parcel => Self::Parcel,
            Sector::Toll => Self::Toll,
            Sector::Tax | Sector::Government => Self::State,
            Sector::Bank | Sector::Payment | Sector::Crypto => Self::Money,
            Sector::Telecom
            | Sector::Energy
            | Sector::Streaming
            | Sector::Shop
            | Sector::Insurance => Self::Bill,
            Sector::Health => Self::Health,
            _ => return None,
        })
    }

    /// Whether its lures come by the thousand, each on a name of its own that a machine
    /// made: the brand and whatever is free.
    pub(super) fn is_mass_made(self) -> bool {
        matches!(self, Self::Parcel | Self::Toll)
    }

    pub(super) fn grade(self, grades: &Grades) -> Option<Grade> {
        grades[self as usize]
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(trade, _)| *trade)
    }
}

/// Every word with its grade beside brands of a trade.
pub(super) fn words() -> impl Iterator<Item = (&'static str, Grade, Trade)> {
    WORDS.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let word = fields.next().filter(|word| !word.starts_with('#'))?;
        Some((word, Grade::from_name(fields.next()?)?, Trade::from_name(fields.next()?)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_plain_word_of_a_known_grade_and_trade() {
        let lines = WORDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.count(), words().count());
        for (word, _, _) in words() {
            assert!(word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
    }

    #[test]
    fn sectors_whose_lures_ask_to_sign_in_have_no_trade() {
        assert_eq!(Trade::of(Sector::Workplace), None);
        assert_eq!(Trade::of(Sector::Post), Some(Trade::Parcel));
        for (number, (trade, _)) in Trade::ALL.iter().enumerate() {
            assert_eq!(*trade as usize, number);
        }
    }
}
