//! The zone's name, its head, and how a blocked name is written in it.
//!
//! A name that does not fit below the zone (255 bytes on the wire, RFC 1035 §2.3.4) is left out, as is
//! one that would be read as another kind of trigger (`rpz-ip` and its like, at the place of a
//! top-level domain that does not exist): one such name could make a resolver refuse the whole zone.

use std::str::FromStr;

use domain::base::iana::Class;
use domain::base::name::{Name, ToLabelIter as _};
use domain::base::wire::Composer;
use domain::base::{Record, Serial, Ttl};
use domain::rdata::{Ns, Soa};

/// How long anybody may remember a record, and that there is none: an undo is as quick.
pub const TTL: Ttl = Ttl::from_secs(5);

/// How often a resolver asks that was told of nothing.
const REFRESH: Ttl = Ttl::from_secs(10);

/// How soon it asks again when there was no answer.
const RETRY: Ttl = Ttl::from_secs(5);

/// How long a resolver goes by what it has when there is never an answer: a long holiday.
const EXPIRE: Ttl = Ttl::from_secs(14 * 24 * 60 * 60);

/// The longest name of a zone: what is blocked must fit below it.
const LONGEST_ZONE: usize = 64;

/// The longest name there is on the wire.
const LONGEST_NAME: usize = 255;

/// The name of a Response Policy Zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(Name<Vec<u8>>);

/// A text that is no name of a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a zone; choose a name of up to 64 characters, as rpz.acme.example")]
pub struct ZoneError(String);

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let error = || ZoneError(text.to_owned());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !text.chars().all(plain) {
            return Err(error());
        }
        let name = Name::<Vec<u8>>::from_str(&text.to_ascii_lowercase()).map_err(|_| error())?;
        let length = usize::from(name.compose_len());
        (2..=LONGEST_ZONE).contains(&length).then_some(Self(name)).ok_or_else(error)
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Zone {
    /// Its name.
    pub(super) const fn name(&self) -> &Name<Vec<u8>> {
        &self.0
    }

    /// Its head, with this serial. Whoever serves it is of no matter: transfers are configured.
    pub(super) fn soa(&self, serial: Serial) -> Record<&Name<Vec<u8>>, Soa<Name<Vec<u8>>>> {
        let soa = Soa::new(localhost(), localhost(), serial, REFRESH, RETRY, EXPIRE, TTL);
        Record::new(&self.0, Class::IN, TTL, soa)
    }

    /// The one name server that a zone must have.
    pub(super) fn ns(&self) -> Record<&Name<Vec<u8>>, Ns<Name<Vec<u8>>>> {
        Record::new(&self.0, Class::IN, TTL, Ns::new(localhost()))
    }

    /// Whether a name can be written below it.
    pub(super) fn holds(&self, name: &str) -> bool {
        let top = name.rsplit('.').next().unwrap_or_default();
        // The wildcard's label besides.
        let length = name.len() + 1 + 2 + usize::from(self.0.compose_len());
        length <= LONGEST_NAME && !top.starts_with("rpz-")
    }

    /// Names that can be written below it.
    pub(super) fn held<'a>(
        &'a self,
        names: impl Iterator<Item = &'a str> + 'a,
    ) -> impl Iterator<Item = &'a str> + 'a {
        names.filter(|name| self.holds(name))
    }
}

fn localhost() -> Name<Vec<u8>> {
    Name::from_octets(b"\x09localhost\0".to_vec()).expect("it is a name")
}

/// A name below the zone, or `*.` before it, and `CNAME .`, in a message whose question is the zone: its name
/// is where a question begins, so a pointer leads there.
#[derive(Clone, Copy)]
pub(super) struct Policy<'a> {
    /// The name that is blocked.
    pub name: &'a str,
    /// Whether it is the record for all below it.
    pub below: bool,
}

impl domain::base::record::ComposeRecord for Policy<'_> {
    fn compose_record<Target: Composer + ?Sized>(
        &self,
        target: &mut Target,
    ) -> Result<(), Target::AppendError> {
        /// A pointer to what follows the header.
        const ZONE: [u8; 2] = [0xc0, 12];
        if self.below {
            target.append_slice(b"\x01*")?;
        }
        for label in self.name.split('.') {
            target.append_slice(&[label.len() as u8])?;
            target.append_slice(label.as_bytes())?;
        }
        target.append_slice(&ZONE)?;
        // CNAME, IN, and for data the root, a byte.
        target.append_slice(&[0, 5, 0, 1])?;
        target.append_slice(&TTL.as_secs().to_be_bytes())?;
        target.append_slice(&[0, 1, 0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_a_name_of_its_own() {
        assert_eq!("RPZ.acme.example.".parse::<Zone>().unwrap().to_string(), "rpz.acme.example");
        let long = format!("{}.example", "a".repeat(60));
        for text in ["", ".", "a..example", "a b.example", "\\000.example", &long] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_would_break_the_zone_is_left_out() {
        let zone: Zone = "rpz.acme.example".parse().unwrap();
        let label = "a".repeat(63);
        let fits = format!("{label}.{label}.{label}.{}.test", "a".repeat(37));
        assert_eq!(fits.len() + 1 + 2 + 18, LONGEST_NAME);
        for (name, holds) in [
            ("evil.test", true),
            ("rpz-ip.test", true),
            ("32.7.2.0.192.rpz-ip", false),
            ("evil.rpz-nsdname", false),
            (&fits, true),
            (&format!("a{fits}"), false),
        ] {
            assert_eq!(zone.holds(name), holds, "{name}");
        }
    }
}
