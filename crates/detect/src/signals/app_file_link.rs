//! A link straight to a program.
//!
//! Apps come from a phone's store. A file that installs one comes from whoever cannot get
//! into the store.
//!
//! *Example:* "https://update.example/bank.apk".
//! *False alarms:* developers' previews.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("app-file-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(220),
    kinds: &[ScamKind::Install],
    look,
};

/// Endings of files that install something.
const ENDINGS: [&str; 7] = [".apk", ".xapk", ".ipa", ".mobileconfig", ".exe", ".msi", ".dmg"];

fn look(scene: &Scene<'_>) -> Sight {
    let installs = |link: &&super::LinkStanding| {
        let path = link.tail.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        link.is_foreign() && ENDINGS.iter().any(|ending| path.ends_with(ending))
    };
    match scene.links.iter().find(installs) {
        Some(found) => Sight::seen(found.link.span, "it leads straight to a program to install"),
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn programs_are_seen() {
        fires(
            &SIGNAL,
            "get https://x.example.com/Bank.APK?d=1",
            "https://x.example.com/Bank.APK?d=1",
        );
    }

    #[test]
    fn pages_are_silent() {
        silent(&SIGNAL, "get https://x.example.com/apk.html");
    }
}
