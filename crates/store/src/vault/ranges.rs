//! Whose a contact was at a moment, of all who ever had it.

use unhook_model::Timestamp;

use super::cache::Held;

/// The end of a range that has none.
pub(crate) const EVER: Timestamp = Timestamp::from_unix_ms(i64::MAX);

/// Before anything began.
const ALWAYS: Timestamp = Timestamp::from_unix_ms(i64::MIN);

/// What the ranges say of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Somebody had it.
    Known(Held),
    /// Nobody had it between these two.
    Nobody {
        /// Since when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
    },
}

/// Who had a contact at a moment. Before the first known range it is the first one's: nobody
/// else is known to have had it, and clocks differ. Of a contact that nobody ever had, a
/// stranger's range begins at the moment.
pub(crate) fn holder(ranges: &[Held], at: Timestamp) -> Holder {
    let Some(first) = ranges.first() else { return Holder::Nobody { from: at, until: EVER } };
    if at < first.until {
        return Holder::Known(Held { from: ALWAYS, ..*first });
    }
    if let Some(held) = ranges.iter().find(|held| held.covers(at)) {
        return Holder::Known(*held);
    }
    let before = ranges.iter().map(|held| held.until).filter(|until| *until <= at).max();
    let after = ranges.iter().map(|held| held.from).filter(|from| at < *from).min();
    Holder::Nobody { from: before.unwrap_or(at), until: after.unwrap_or(EVER) }
}

/// The calendar month, in UTC, that a moment falls in, counted from the year nought.
///
/// The count of days becomes a date as the Gregorian calendar repeats: every 400 years, with
/// the year taken to begin in March, so that the day a leap year adds comes last.
pub(crate) fn month(at: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    const DAYS_TO_1970: i64 = 719_468;
    const CYCLE: i64 = 146_097;
    let days = at.unix_ms().div_euclid(DAY) + DAYS_TO_1970;
    let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    (cycle * 400 + year) * 12 + month_from_march + 2
}

#[cfg(test)]
mod tests {
    use unhook_model::PersonId;

    use super::*;

    fn at(moment: i64) -> Timestamp {
        Timestamp::from_unix_ms(moment)
    }

    fn held(person: u8, from: i64, until: i64) -> Held {
        let person = PersonId::from_bytes([person; 16]);
        Held { person, from: at(from), until: at(until) }
    }

    #[test]
    fn a_contact_belongs_to_whoever_had_it_then() {
        let ranges = [held(1, 10, 20), held(2, 30, 40), held(3, 40, i64::MAX)];
        let check = |moment, expected: Result<u8, (i64, i64)>| {
            let found = match holder(&ranges, at(moment)) {
                Holder::Known(held) => Ok(held.person.to_bytes()[0]),
                Holder::Nobody { from, until } => Err((from.unix_ms(), until.unix_ms())),
            };
            assert_eq!(found, expected, "at {moment}");
        };
        check(5, Ok(1));
        check(10, Ok(1));
        check(19, Ok(1));
        check(20, Err((20, 30)));
        check(29, Err((20, 30)));
        check(30, Ok(2));
        check(40, Ok(3));
        check(1_000_000, Ok(3));
        let alone = [held(1, 10, 20)];
        let expected = Holder::Nobody { from: at(20), until: EVER };
        assert_eq!(holder(&alone, at(25)), expected);
        assert_eq!(holder(&[], at(25)), Holder::Nobody { from: at(25), until: EVER });
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let check = |moment: i64, year: i64, month_of_year: i64| {
            assert_eq!(month(at(moment)), year * 12 + month_of_year - 1, "at {moment}");
        };
        check(0, 1970, 1);
        check(-1, 1969, 12);
        check(951_782_399_999, 2000, 2);
        check(951_782_400_000, 2000, 2); // 29 February
        check(951_868_800_000, 2000, 3);
        check(1_658_357_340_000, 2022, 7);
        check(1_704_067_199_999, 2023, 12);
        check(1_704_067_200_000, 2024, 1);
        check(4_107_542_400_000, 2100, 3); // no 29 February in 2100
    }
}
