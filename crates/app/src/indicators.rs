//! What a text shares with others of its making, as far as that says anything.

use unhook_detect::Knowledge;
use unhook_detect::knowledge::HostKind;
use unhook_engine::Indicator;
use unhook_model::{Assessment, Hostname, Link, Message, Sender};

use crate::people::People;

/// The indicators of a message: the domains it leads to, unless they lend names to anybody or
/// belong to somebody known, and the number it came from.
///
/// A number may be a person's, so what stands in the journal is its mark.
#[must_use]
pub fn indicators(
    message: &Message,
    assessment: &Assessment,
    knowledge: &Knowledge,
    people: &dyn People,
) -> Vec<Indicator> {
    let domains = assessment.links.iter().filter_map(|link| domain(link, knowledge));
    let mut indicators: Vec<_> = domains.map(Indicator::Domain).collect();
    if let Some(Sender::Phone(number)) = &message.sender {
        indicators.push(Indicator::Sender(people.mark("sender", &number.to_string()).0));
    }
    indicators.sort_unstable();
    indicators.dedup();
    indicators
}

/// The domain that whoever made a link controls.
fn domain(link: &Link, knowledge: &Knowledge) -> Option<Hostname> {
    let host = link.host.as_ref()?;
    if knowledge.owner_of(host).is_some() {
        return None;
    }
    let registrable = Hostname::parse(link.registrable.as_deref()?).ok()?;
    match knowledge.host_kind(&registrable) {
        None => Some(registrable),
        // The host is somebody's, the domain everybody's.
        Some(HostKind::FreeHosting | HostKind::DynamicDns) if *host != registrable => {
            Some(host.clone())
        }
        Some(_) => None,
    }
}
