//! A link shaped like a short link, on a host that is no known shortener.
//!
//! Whoever wants to hide where a link leads, and not be found by the lists of shorteners,
//! runs one of his own: a few letters, a dot, and a word of chance behind it.
//!
//! *Example:* "fee due: https://qz.example/x7Kd2".
//! *False alarms:* firms with short links of their own that the catalogue does not know.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("short-link-shape"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(40),
    kinds: &[],
    look,
};

/// The longest host of a short link, in bytes.
const SHORT_HOST: usize = 8;

/// How long the word of chance is, in bytes.
const TOKEN: std::ops::RangeInclusive<usize> = 3..=9;

fn look(scene: &Scene<'_>) -> Sight {
    let shaped = scene.foreign_hosts().find(|(link, host)| {
        link.kind.is_none() && host.as_str().len() <= SHORT_HOST && is_chance(&link.tail)
    });
    match shaped {
        Some((link, _)) => Sight::seen(
            link.link.span,
            "it hides where it leads, and nobody knows who shortened it",
        ),
        None => Sight::Nothing,
    }
}

/// Whether a path is one word with digits or capitals among its letters.
fn is_chance(tail: &str) -> bool {
    let token = tail.trim_matches('/').as_bytes();
    let (mut digits, mut capitals, mut small) = (0, 0, 0);
    for byte in token {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'A'..=b'Z' => capitals += 1,
            b'a'..=b'z' => small += 1,
            _ => return false,
        }
    }
    TOKEN.contains(&token.len()) && (digits > 0 || capitals > 0 && small > 0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_shape_is_seen() {
        fires(&SIGNAL, "fee due: https://qzx.test/x7Kd2", "https://qzx.test/x7Kd2");
    }

    #[test]
    fn other_links_are_silent() {
        silent(&SIGNAL, "see https://qzx.test/menu");
        silent(&SIGNAL, "see https://bit.ly/x7Kd2");
        silent(&SIGNAL, "see https://www.green-cafe.example/x7Kd2");
    }
}
