//! A host made of the words that lures are made of: verify, track, fee, unlock.
//!
//! A firm's own name stands in its domain; what to do there stands behind it, in the path.
//! Counted once or twice.
//!
//! *Example:* "https://parcel-fee-pay.example".
//! *False alarms:* firms whose business is in the word.
//! *Source:* words of `data/hosts/lure-words.txt`.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::text::host::suffix;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("telling-host"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let counted = scene.foreign_hosts().map(|(link, host)| {
        let name = &host.as_str()[..host.as_str().len() - suffix(host.as_str()).len()];
        (scene.knowledge.lure_words_in(name), link)
    });
    match counted.max_by_key(|(count, _)| *count) {
        Some((count, link)) if count > 0 => Sight::steps(
            count.min(2),
            link.link.span,
            "its name says what it wants you to do, as names of lures do",
        ),
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn words_of_lures_are_seen() {
        fires(&SIGNAL, "see https://parcel-fee.example/a", "https://parcel-fee.example/a");
        fires(&SIGNAL, "see https://verifyaccount.example/a", "https://verifyaccount.example/a");
    }

    #[test]
    fn words_in_the_path_are_silent() {
        silent(&SIGNAL, "see https://www.green-cafe.example/verify/parcel");
    }
}
