//! Unbound's query log (`log-queries: yes`), and its log of replies.
//!
//! `[1658357340] unbound[7:0] info: 192.0.2.1 acme-okta.example. A IN`. The time is of seconds, or as
//! `log-time-ascii` or `log-time-iso` has it, or the system log's.

use super::times::{Clock, epoch, number};
use super::{Line, looked_up, nothing};

pub(super) fn read(line: &str, clock: Clock<'_>) -> Line {
    let Some((head, said)) = line.split_once(" info: ") else { return nothing() };
    // As `log-tag-queryreply` marks them.
    let said = said.strip_prefix("query: ").or(said.strip_prefix("reply: ")).unwrap_or(said);
    let mut words = said.split(' ');
    let (Some(client), Some(name), Some(kind), Some("IN")) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return nothing();
    };
    let mut words = head.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let seconds = first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let at = match seconds {
        Some(seconds) => {
            let seconds: u64 = number(seconds).ok_or("no time")?;
            epoch(seconds as f64)?
        }
        None if first.starts_with(|c: char| c.is_ascii_digit()) => clock.rfc3339(first)?,
        None => {
            let (day, time) = (words.next(), words.next());
            clock.syslog(first, day.unwrap_or_default(), time.unwrap_or_default())?
        }
    };
    looked_up(name, kind, client, at)
}
