//! A link whose host imitates a brand.
//!
//! Attackers cannot use the real name, so they register one beside it: `acme-sso.example`,
//! `acrne.example`, `acme.com-help.example`. The look-alike engine says which brand, by
//! which trick and how surely; a name fit to act on counts three times one fit to look at.
//!
//! *Example:* "tap cloudflare-okta.com to view the new schedule".
//! *False alarms:* resellers, fan pages and firms of the same name; for brands whose name
//! is an everyday word the engine asks for sign-in words beside it.
//! *Source:* shapes of the names of 2022 to 2026, `docs/benchmarks.md`.

use unhook_model::{LogOdds, LookalikeLevel, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("lookalike-domain"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(80),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let imitations =
        scene.links.iter().filter_map(|l| Some((l.link.span, l.link.imitates.as_ref()?)));
    match imitations.max_by_key(|(_, imitation)| imitation.level) {
        Some((span, imitation)) => {
            let steps = if imitation.level == LookalikeLevel::High { 3 } else { 1 };
            Sight::steps(steps, span, imitation.reason.clone())
        }
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, look, silent};
    use super::{SIGNAL, Sight};

    #[test]
    fn an_imitation_is_seen() {
        fires(&SIGNAL, "see https://cloudflare-okta.com now", "https://cloudflare-okta.com");
    }

    #[test]
    fn the_surer_the_more_steps() {
        let steps = |body| match look(&SIGNAL, body) {
            Sight::Seen { steps, .. } => steps,
            _ => 0,
        };
        assert!(steps("https://cloudflare-okta.com") > steps("https://cloudflare-bakery.com"));
    }

    #[test]
    fn the_brand_itself_is_silent() {
        silent(&SIGNAL, "see https://dash.cloudflare.com and https://sso.acme.example");
    }
}
