//! A reason to act at once, and a link that nobody known vouches for.
//!
//! Either alone is everyday life; together they are the shape of a lure. One step for each
//! different reason, up to three: a parcel, an account, a toll, a refund, a prize, a
//! threat, a payment, a credential.
//!
//! *Example:* "your account is locked, verify at https://acct.example".
//! *False alarms:* genuine notices of firms whose domain is not in the catalogue.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("pretext-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(60),
    kinds: &[],
    look,
};

/// More reasons than this say no more.
const MOST: u8 = 3;

fn look(scene: &Scene<'_>) -> Sight {
    let Some(link) = scene.foreign_link() else { return Sight::Nothing };
    match scene.pretexts().min(MOST) {
        0 => Sight::Nothing,
        reasons => Sight::steps(
            reasons,
            link.link.span,
            "it gives you a reason to act, and a link that nobody known vouches for",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn a_reason_and_a_link_are_seen() {
        fires(
            &SIGNAL,
            "Your account has been locked, see https://a.example.com",
            "https://a.example.com",
        );
    }

    #[test]
    fn either_alone_is_silent() {
        silent(&SIGNAL, "Your account has been locked");
        silent(&SIGNAL, "Pictures of the garden: https://a.example.com");
    }
}
