//! Pages: how many items, from where on, and where the next page begins.
//!
//! A cursor is opaque to whoever passes it on. It names the last item that was seen, so
//! nothing is missed or doubled when items come in meanwhile.

use serde::Serialize;
use unhook_app::OutgoingId;
use unhook_model::{CampaignId, ReportId, Timestamp};

use crate::given::{bad_request, id, number};
use crate::problem::Problem;
use crate::settings::{MOST_ITEMS, USUAL_ITEMS};

/// How many items are wanted.
pub(crate) fn limit(given: Option<&str>) -> Result<usize, Problem> {
    let Some(given) = given else { return Ok(USUAL_ITEMS) };
    number(given)
        .filter(|limit| (1..=MOST_ITEMS).contains(limit))
        .ok_or_else(|| bad_request(&format!("`limit` is a number from 1 to {MOST_ITEMS}")))
}

/// Something that a cursor can name.
pub(crate) trait Cursor: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

impl Cursor for ReportId {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        id(text)
    }
}

impl Cursor for OutgoingId {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        id::<ReportId>(text).map(|id| Self::from_bytes(id.to_bytes()))
    }
}

/// The most digits of a time in a cursor: the year 33658.
const LONGEST_TIME: usize = 15;

/// When a campaign's newest report came in, and which campaign.
impl Cursor for (Timestamp, CampaignId) {
    fn write(&self) -> String {
        format!("{}.{}", self.0.unix_ms(), self.1)
    }

    fn read(text: &str) -> Option<Self> {
        let (at, campaign) = text.split_once('.')?;
        if at.len() > LONGEST_TIME {
            return None;
        }
        Some((Timestamp::from_unix_ms(number(at)?), id(campaign)?))
    }
}

/// The most digits of a number in a cursor.
const LONGEST_NUMBER: usize = 19;

/// The number of a line of the audit trail.
impl Cursor for u64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        number(text).filter(|_| text.len() <= LONGEST_NUMBER)
    }
}

/// Where a page begins.
pub(crate) fn cursor<C: Cursor>(given: Option<&str>) -> Result<Option<C>, Problem> {
    let read = |text| C::read(text).ok_or_else(|| bad_request(NO_CURSOR));
    given.map(read).transpose()
}

const NO_CURSOR: &str =
    "`cursor` is none of ours; take `next` of the page before, or leave it out to begin";

/// One page.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// Of items asked for with one more than the limit, so that the last page is known.
    pub(crate) fn of<I, C: Cursor>(
        mut found: Vec<I>,
        limit: usize,
        name: impl Fn(&I) -> C,
        show: impl Fn(&I) -> T,
    ) -> Self {
        let is_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| is_more).map(|last| name(last).write());
        Self { items: found.iter().map(show).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_bounds() {
        assert_eq!(limit(None).unwrap(), USUAL_ITEMS);
        assert_eq!(limit(Some("200")).unwrap(), 200);
        for text in ["0", "201", "", "-1", "ten", "1e2"] {
            let problem = limit(Some(text)).unwrap_err();
            assert_eq!(problem.detail(), Some("`limit` is a number from 1 to 200"), "{text}");
        }
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let campaign = CampaignId::from_bytes([9; 16]);
        let written = (Timestamp::from_unix_ms(1_658_357_340_000), campaign);
        let read: Option<(Timestamp, CampaignId)> = cursor(Some(&written.write())).unwrap();
        assert_eq!(read, Some(written));
        let outgoing = OutgoingId::from_bytes([8; 16]);
        assert_eq!(cursor(Some(&outgoing.write())).unwrap(), Some(outgoing));
    }

    #[test]
    fn a_cursor_of_nobody_is_refused() {
        for text in ["", "x", "1.x", ".", "1658357340000"] {
            assert!(cursor::<(Timestamp, CampaignId)>(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_page_says_that_it_is() {
        let page = |count: u64| {
            let found: Vec<u64> = (0..count).collect();
            let page = Page::of(found, 2, |item| *item, |item| *item);
            (page.items.len(), page.next)
        };
        assert_eq!(page(0), (0, None));
        assert_eq!(page(2), (2, None));
        assert_eq!(page(3), (2, Some("1".to_owned())));
    }
}
