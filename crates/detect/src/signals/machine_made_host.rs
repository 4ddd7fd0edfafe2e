//! A host that no person would choose: digits among letters, no vowels, many hyphens.
//!
//! Names that live for a day are made by the hundred, by rule or by chance. One step each:
//! digits mixed into letters, a long run of consonants, three hyphens, great length.
//!
//! *Example:* "https://x7k2q.example", "https://my-parcel-fee-update.example".
//! *False alarms:* short links of a firm's own, names of machines.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::HostKind;
use crate::text::host::suffix;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("machine-made-host"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(45),
    kinds: &[],
    look,
};

/// A label with more hyphens than this is made of spare parts.
const MANY_HYPHENS: usize = 3;

/// A label longer than this is no name to remember, in bytes.
const LONG: usize = 22;

/// More consonants in a row than this cannot be said.
const CONSONANTS: usize = 5;

fn look(scene: &Scene<'_>) -> Sight {
    let hosts = scene.foreign_hosts().filter(|(link, _)| link.kind != Some(HostKind::Shortener));
    match hosts.map(|(link, host)| (oddities(host.as_str()), link)).max_by_key(|(steps, _)| *steps)
    {
        Some((steps, link)) if steps > 0 => {
            Sight::steps(steps, link.link.span, "its name looks made by a machine")
        }
        _ => Sight::Nothing,
    }
}

/// How many oddities the label before the public suffix has.
fn oddities(host: &str) -> u8 {
    let rest = host[..host.len() - suffix(host).len()].trim_end_matches('.');
    let label = rest.rsplit('.').next().unwrap_or(rest).as_bytes();
    let digits = label.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = label.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let mixed = label
        .windows(3)
        .any(|w| w[0].is_ascii_alphabetic() && w[1].is_ascii_digit() && w[2].is_ascii_alphabetic());
    let hyphens = label.iter().filter(|b| **b == b'-').count();
    let consonants = label
        .split(|b| !b.is_ascii_alphabetic() || b"aeiouy".contains(b))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    u8::from(digits > 1 && letters > 0 || mixed)
        + u8::from(consonants >= CONSONANTS && !label.starts_with(b"xn--"))
        + u8::from(hyphens >= MANY_HYPHENS)
        + u8::from(label.len() > LONG)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::{SIGNAL, oddities};

    #[test]
    fn odd_names_are_seen() {
        fires(&SIGNAL, "see https://x7k2q.example/a", "https://x7k2q.example/a");
    }

    #[test]
    fn oddities_are_counted() {
        assert_eq!(oddities("x7k2q.example"), 1);
        assert_eq!(oddities("my-parcel-fee-update-service4u.example"), 3);
        assert_eq!(oddities("example.co.uk"), 0);
    }

    #[test]
    fn plain_names_are_silent() {
        silent(&SIGNAL, "see https://www.green-cafe.example");
        silent(&SIGNAL, "see https://bit.ly/3x9k");
    }
}
