//! What CoreDNS's plugin `log` writes.
//!
//! `[INFO] 192.0.2.1:50759 - 29008 "A IN lure.example. udp 41 false 4096" NOERROR qr,rd,ra 68 0.03s`.
//! There is no time in it: whoever collects it puts one before it (`kubectl logs --timestamps`, the
//! system log), and without one a line says nothing.

use super::times::Clock;
use super::{Line, looked_up, nothing};

const NO_TIME: &str =
    "no time: have it written before each line, as `kubectl logs --timestamps` does";

pub(super) fn read(line: &str, clock: Clock<'_>) -> Line {
    let Some((head, said)) = line.split_once("[INFO] ") else { return nothing() };
    let Some((client, rest)) = said.split_once(" - ") else { return nothing() };
    let Some((address, port)) = client.rsplit_once(':') else { return nothing() };
    let Some((_, rest)) = rest.split_once('"') else { return nothing() };
    let mut words = rest.split(' ');
    let (Some(kind), Some("IN"), Some(name)) = (words.next(), words.next(), words.next()) else {
        return nothing();
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return nothing();
    }
    let mut words = head.split_ascii_whitespace();
    let first = words.next().ok_or(NO_TIME)?;
    let at = if first.starts_with(|c: char| c.is_ascii_digit()) {
        clock.rfc3339(first)?
    } else {
        let (day, time) = (words.next().ok_or(NO_TIME)?, words.next().ok_or(NO_TIME)?);
        clock.syslog(first, day, time)?
    };
    looked_up(name, kind, address, at)
}
