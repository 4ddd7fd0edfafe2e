//! BIND's query log (`querylog yes`, category `queries`).
//!
//! `20-Jul-2022 22:49:00.123 queries: info: client @0x7f 192.0.2.1#5353 (lure.example): query:
//! lure.example IN A +E(0)K (192.0.2.53)`. The time is as `print-time` has it.

use super::times::Clock;
use super::{Line, looked_up, nothing};

pub(super) fn read(line: &str, clock: Clock<'_>) -> Line {
    let Some((head, said)) = line.split_once("client ") else { return nothing() };
    let Some((client, asked)) = said.split_once(": query: ") else { return nothing() };
    let mut words = client.split(' ').skip_while(|word| word.starts_with("@0x"));
    let address = words.next().and_then(|word| word.split_once('#'));
    let (address, _) = address.ok_or("no address of a client")?;
    let mut words = asked.split(' ');
    let (Some(name), Some("IN"), Some(kind)) = (words.next(), words.next(), words.next()) else {
        return nothing();
    };
    let mut words = head.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let at = if first.contains('T') {
        clock.rfc3339(first)?
    } else if first.starts_with(|c: char| c.is_ascii_digit()) {
        clock.bind(first, second)?
    } else {
        clock.syslog(first, second, words.next().unwrap_or_default())?
    };
    looked_up(name, kind, address, at)
}
