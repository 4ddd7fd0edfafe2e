//! Where reading goes on at providers that are asked for a stretch of time, page by page.
//!
//! Entries arrive late and out of order there, so each new round begins some minutes before the
//! newest entry of the last: what comes again is dropped by its id.

use serde_json::{Value, json};
use unhook_app::IdentityError;
use unhook_app::identity::{Cursor, Page, ReadFrom, SignIn};
use unhook_model::Timestamp;

/// A place within a round, or between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    /// From when on this round reads.
    pub(crate) from: Timestamp,
    /// The newest entry seen in it.
    newest: Timestamp,
    /// What the provider calls the next page; without, the round begins.
    pub(crate) next: Option<String>,
}

impl Round {
    /// The place that a caller names.
    pub(crate) fn at(from: ReadFrom<'_>, provider: &str) -> Result<Self, IdentityError> {
        match from {
            ReadFrom::Moment(from) => Ok(Self { from, newest: from, next: None }),
            ReadFrom::Cursor(cursor) => {
                Self::parse(cursor.as_str()).ok_or_else(|| stranger(provider))
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let moment = |key| value[key].as_i64().map(Timestamp::from_unix_ms);
        let next = match &value["next"] {
            Value::Null => None,
            next => Some(next.as_str()?.to_owned()),
        };
        Some(Self { from: moment("from")?, newest: moment("newest")?, next })
    }

    /// The page that was read here, and where to go on. `overlap_ms` is how late entries arrive.
    pub(crate) fn page(
        self,
        (sign_ins, passed_over): (Vec<SignIn>, usize),
        next: Option<String>,
        overlap_ms: i64,
        provider: &str,
    ) -> Result<Page, IdentityError> {
        let is_end = next.is_none();
        let latest = sign_ins.iter().map(|sign_in| sign_in.at).max();
        let mut newest = latest.map_or(self.newest, |latest| latest.max(self.newest));
        let mut from = self.from;
        if is_end {
            let late = newest.unix_ms().saturating_sub(overlap_ms);
            from = from.max(Timestamp::from_unix_ms(late));
            newest = from;
        }
        let text = json!({
            "from": from.unix_ms(), "newest": newest.unix_ms(), "next": next,
        });
        let next = Cursor::new(text.to_string()).map_err(|_| IdentityError::Refused {
            why: format!("{provider} names its next page by more than is kept; begin at a moment"),
        })?;
        Ok(Page { sign_ins, passed_over, next, is_end })
    }
}

/// A cursor that is none of this provider's.
pub(crate) fn stranger(provider: &str) -> IdentityError {
    IdentityError::Refused {
        why: format!("{provider} has no log at this place; begin at a moment instead"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_begins_a_little_before_the_end_of_the_last() {
        let at = Timestamp::from_unix_ms;
        let round = Round { from: at(1_000), newest: at(9_000), next: Some("p2".to_owned()) };
        let page = round.page((Vec::new(), 0), None, 500, "x").unwrap();
        let next = Round::at(ReadFrom::Cursor(&page.next), "x").unwrap();
        assert_eq!(next, Round { from: at(8_500), newest: at(8_500), next: None });
        // With nothing new, it does not go back.
        let page = next.page((Vec::new(), 0), None, 500, "x").unwrap();
        let again = Round::at(ReadFrom::Cursor(&page.next), "x").unwrap();
        assert_eq!(again.from, at(8_500));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for strange in ["x", "{}", "[]", "7", r#"{"from":1}"#, r#"{"from":1,"newest":2,"next":3}"#]
        {
            assert_eq!(Round::parse(strange), None, "{strange}");
        }
    }
}
