//! A host that puts a well-known ending where it means nothing.
//!
//! People read a name from the left and stop at `.com`. `usps.com-track.example` and
//! `login.acme.com.evil.example` belong to whoever owns what stands further right.
//!
//! *Example:* "usps.com-fee.example".
//! *False alarms:* none known in genuine texts.
//! *Source:* toll and post lures since 2023.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("deceptive-host"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(180),
    kinds: &[],
    look,
};

/// Endings that people take for the end of a name.
const ENDINGS: [&str; 6] = ["com", "org", "net", "gov", "gob", "gouv"];

fn look(scene: &Scene<'_>) -> Sight {
    let deceptive = |host: &str| {
        let end = host.len() - crate::text::host::suffix(host).len();
        let labels = host[..end].trim_end_matches('.').split('.');
        labels.skip(1).any(|label| {
            let word = label.split('-').next().unwrap_or(label);
            ENDINGS.contains(&word)
        })
    };
    match scene.foreign_hosts().find(|(_, host)| deceptive(host.as_str())) {
        Some((link, _)) => Sight::seen(
            link.link.span,
            "its name hides whose it is behind an ending that does not end it",
        ),
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn endings_in_the_middle_are_seen() {
        fires(&SIGNAL, "pay at usps.com-fee.top/us", "usps.com-fee.top/us");
        fires(&SIGNAL, "pay at https://ezpass.gov.example.xyz", "https://ezpass.gov.example.xyz");
    }

    #[test]
    fn endings_at_the_end_are_silent() {
        silent(&SIGNAL, "see https://www.example.com and https://dot-com.example.org/x");
    }
}
