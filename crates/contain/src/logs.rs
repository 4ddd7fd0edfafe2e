//! Readers of others' logs: who looked up what, who signed in from where, whose an address was.
//!
//! Pure: bytes in, [`Observed`] out. A log is read line by line, each bounded ([`LONGEST_LINE`]); what
//! cannot be read is counted, the first few are shown with their numbers ([`MOST_PROBLEMS`]), and the
//! rest is read all the same. A line that is of no concern is passed over. Nothing is guessed: a time
//! without a zone needs [`LogSettings::zone`], and a line without a time says nothing.
//!
//! `docs/exposure.md` says how each log is switched on. Of look-ups only those count that lead to a
//! page (A, AAAA, HTTPS): who asks for a name's mail or key is no visitor.

mod bind;
mod coredns;
mod dhcp;
mod json;
mod people;
mod sign_ins;
mod times;
mod unbound;
mod zeek;

use std::net::IpAddr;

use unhook_app::ledger::{By, LogKind, LogReader, Observed, ReadLog, Touch, Via};
use unhook_app::resolving::Client;
use unhook_model::Timestamp;

pub use json::{AccessMapping, TouchMapping};
pub use times::{NotAZone, Zone};

/// The longest line that is read: an entry of a sign-in log with all its policies has some ten
/// thousand bytes.
pub const LONGEST_LINE: usize = 65_536;

/// How many lines that could not be read are shown.
pub const MOST_PROBLEMS: usize = 10;

/// The longest field that is kept of a line, in bytes: an account, a device, an object.
const LONGEST_FIELD: usize = 256;

/// The longest name of the DNS, in bytes as text.
const LONGEST_NAME: usize = 253;

/// What an organization sets of its logs.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// Where the clocks stand of logs that do not say.
    pub zone: Option<Zone>,
    /// Where look-ups and visits are in JSON of its own.
    pub touches: TouchMapping,
    /// Where touches of data are in JSON of its own.
    pub accesses: AccessMapping,
}

/// The readers, with what is set.
#[derive(Clone, Debug, Default)]
pub struct Readers {
    settings: LogSettings,
}

impl Readers {
    /// With what is set.
    #[must_use]
    pub const fn new(settings: LogSettings) -> Self {
        Self { settings }
    }
}

impl LogReader for Readers {
    fn read(&self, kind: LogKind, bytes: &[u8], now: Timestamp) -> Result<ReadLog, String> {
        let clock = times::Clock { zone: self.settings.zone.as_ref(), now };
        let settings = &self.settings;
        Ok(match kind {
            LogKind::Unbound => lines(bytes, |line| unbound::read(line, clock)),
            LogKind::Bind => lines(bytes, |line| bind::read(line, clock)),
            LogKind::Coredns => lines(bytes, |line| coredns::read(line, clock)),
            LogKind::Zeek => {
                let mut zeek = zeek::Zeek::default();
                lines(bytes, |line| zeek.read(line, clock))
            }
            LogKind::Json => lines(bytes, |line| json::touch(line, &settings.touches, clock)),
            LogKind::Audit => lines(bytes, |line| json::access(line, &settings.accesses, clock)),
            LogKind::Okta | LogKind::Entra | LogKind::Google => sign_ins::read(kind, bytes),
            LogKind::Dhcp => {
                let mut dhcp = dhcp::Dhcp::default();
                lines(bytes, |line| dhcp.read(line))
            }
            LogKind::Radius => lines(bytes, |line| people::radius(line, clock)),
            LogKind::Vpn => lines(bytes, |line| people::vpn(line, clock)),
            LogKind::Mdm => lines(bytes, |line| people::mdm(line, clock)),
        })
    }
}

/// What a line comes to: what it says, nothing of concern, or why it cannot be read.
type Line = Result<Vec<Observed>, String>;

/// One thing.
fn one(observed: Observed) -> Line {
    Ok(vec![observed])
}

/// A line of no concern.
const fn nothing() -> Line {
    Ok(Vec::new())
}

fn lines(bytes: &[u8], mut read: impl FnMut(&str) -> Line) -> ReadLog {
    let mut log = ReadLog::default();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        count(&mut log, index + 1, plain(line).and_then(&mut read));
    }
    log
}

/// A line as text, within bounds.
fn plain(line: &[u8]) -> Result<&str, String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("longer than {LONGEST_LINE} bytes"));
    }
    std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())
}

/// Counts what a line came to.
fn count(log: &mut ReadLog, number: usize, line: Line) {
    match line {
        Ok(observed) if observed.is_empty() => log.passed_over += 1,
        Ok(observed) => {
            log.read += 1;
            log.observed.extend(observed);
        }
        Err(why) => {
            log.unread += 1;
            if log.problems.len() < MOST_PROBLEMS {
                log.problems.push((number, why));
            }
        }
    }
}

/// A look-up by an address, if it leads to a page.
fn looked_up(name: &str, kind: &str, address: &str, at: Timestamp) -> Line {
    if !matches!(kind, "A" | "AAAA" | "HTTPS" | "TYPE65") {
        return nothing();
    }
    let by = By::Client(Client::Address(ip(address)?));
    one(Observed::Touched(Touch { name: host(name)?, by, at, via: Via::Resolver }))
}

/// An address, without a zone or the brackets of an address with a port.
fn ip(text: &str) -> Result<IpAddr, String> {
    let bare = text.trim_matches(['[', ']']);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    let parsed: Result<IpAddr, _> = bare.parse();
    parsed.map(|address| address.to_canonical()).map_err(|_| "no address of a client".to_owned())
}

/// A name in lower case, without a dot at its end.
fn host(text: &str) -> Result<Box<str>, String> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.len() > LONGEST_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("no name".to_owned());
    }
    Ok(name.to_ascii_lowercase().into())
}

/// An account, a device or an object: in lower case where `fold` says so.
fn field(text: &str, fold: bool) -> Option<Box<str>> {
    let text = text.trim();
    let is_plain = !text.is_empty() && text.len() <= LONGEST_FIELD;
    let is_plain = is_plain && !text.chars().any(char::is_control);
    is_plain.then(|| if fold { text.to_lowercase().into() } else { text.into() })
}

#[cfg(test)]
mod tests;
