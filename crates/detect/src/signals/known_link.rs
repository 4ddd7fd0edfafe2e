//! Every link leads to somebody known, and to whom the text speaks of.
//!
//! What is genuine mostly links to its own. All web links must belong to brands of the
//! catalogue, to the organization or to its allow list, and not lie on pages that anybody
//! can publish there.
//!
//! *Example:* "Your parcel: https://www.royalmail.com/track/…".
//! *False alarms:* open redirects and break-ins at a genuine site.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("known-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-150),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    match scene.web_links().next() {
        Some(first)
            if scene.foreign_link().is_none()
                && (scene.mentions.is_empty() || scene.links_to_named_brand()) =>
        {
            Sight::seen(first.link.span, "its link leads where it says it does")
        }
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn known_names_are_seen() {
        fires(&SIGNAL, "LinkedIn: see https://lnkd.in/abc", "https://lnkd.in/abc");
        fires(&SIGNAL, "Track it at https://www.royalmail.com/t", "https://www.royalmail.com/t");
    }

    #[test]
    fn one_foreign_link_is_enough_to_be_silent() {
        silent(&SIGNAL, "https://www.royalmail.com/t or https://a.example.com/x");
        silent(&SIGNAL, "Track it at the counter");
        silent(&SIGNAL, "Chase: account locked, see https://t.co/abc");
        silent(&SIGNAL, "USPS: see https://www.royalmail.com/t");
        silent(&SIGNAL, "please confirm: https://docs.google.com/forms/d/abc");
        silent(&SIGNAL, "please confirm: https://evil.okta.com/x");
        silent(&SIGNAL, "please confirm: https://www.google.com/url?q=https://evil.example");
        silent(&SIGNAL, "see https://sites.google.com/view/parcel");
    }
}
