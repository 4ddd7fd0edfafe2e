//! A link to a bare address in place of a name.
//!
//! No firm sends its customers to a number. Addresses written in octal, in hexadecimal or
//! as one long number hide even that, and count twice.
//!
//! *Example:* "http://203.0.113.9/login".
//! *False alarms:* engineers among themselves.

use unhook_model::{Disguise, LinkKind, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("ip-address-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(150),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    match scene.links.iter().find(|link| link.link.kind == LinkKind::IpAddress) {
        Some(found) => {
            let odd = found.link.disguises.contains(&Disguise::OddAddress);
            Sight::steps(
                1 + u8::from(odd),
                found.link.span,
                "it leads to a bare address, not to a name",
            )
        }
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn addresses_are_seen() {
        fires(&SIGNAL, "see http://203.0.113.9/a", "http://203.0.113.9/a");
        fires(&SIGNAL, "see http://3405803785/a", "http://3405803785/a");
    }

    #[test]
    fn versions_are_silent() {
        silent(&SIGNAL, "version 10.0.0.1 is out");
    }
}
