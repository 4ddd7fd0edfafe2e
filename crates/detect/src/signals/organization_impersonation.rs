//! It names your organization, and nothing in it is your organization's.
//!
//! The texts of 2022 named the employer in the text and in the link. A text that speaks as
//! the organization, with a link that is not on its list, counts twice where it also speaks
//! of sign-in, schedule, payroll or the help desk.
//!
//! *Example:* "ALERT! Your Acme schedule has changed, tap acme-sso.example".
//! *False alarms:* news and job portals about the organization; vendors not on its list.
//! *Source:* Cloudflare's and Twilio's reports of August 2022.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("organization-impersonation"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(120),
    kinds: &[ScamKind::Workplace],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if let Some(link) = scene.imitates_organization() {
        return Sight::steps(2, link, "its link imitates your organization's name");
    }
    let own = |mention: &&super::Mention| scene.knowledge.is_own(mention.brand);
    let Some(mention) = scene.mentions.iter().find(own) else { return Sight::Nothing };
    if scene.foreign_link().is_none() || scene.web_links().any(|link| link.owner.is_some()) {
        return Sight::Nothing;
    }
    let workplace = scene.has(Category::Workplace) || scene.has(Category::CredentialRequest);
    Sight::steps(
        1 + u8::from(workplace),
        mention.span,
        "it names your organization, and its link is not your organization's",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_name_with_a_foreign_link_is_seen() {
        fires(&SIGNAL, "Acme: your schedule has changed, see https://a.example.com", "Acme");
    }

    #[test]
    fn a_link_that_imitates_the_name_needs_no_other() {
        fires(&SIGNAL, "New leave policy: acme-okta.example", "acme-okta.example");
    }

    #[test]
    fn genuine_notices_are_silent() {
        silent(&SIGNAL, "Acme: your schedule has changed, see https://acme.myworkday.com");
        silent(&SIGNAL, "Acme: your schedule has changed");
        silent(&SIGNAL, "your schedule has changed, see https://a.example.com");
    }
}
