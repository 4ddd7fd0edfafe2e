//! The page behind a link asks for a password and looks like yours.
//!
//! A password form on a foreign host that looks like the organization's own is the
//! strongest evidence there is. One step for any password form on a foreign host, two for the
//! looks alone, four for both.
//!
//! *Example:* the copy of the sign-in page behind "acme-sso.example".
//! *False alarms:* a vendor that copied the look with leave; name it as a tenant.

use unhook_model::{LogOdds, PageResemblance, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("page-mimicry"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(110),
    kinds: &[ScamKind::Workplace],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.fact_sight(
        |facts| &facts.page,
        |page| match page {
            PageResemblance::AsksPasswordAsUs => {
                Some((4, "its page asks for a password and looks like your organization's"))
            }
            PageResemblance::LooksLikeUs => Some((2, "its page looks like your organization's")),
            PageResemblance::AsksPassword => Some((1, "its page asks for a password")),
            PageResemblance::Unremarkable => None,
        },
    )
}

#[cfg(test)]
mod tests {
    use unhook_model::{Fact, Facts, HostFacts, Hostname, Timestamp};

    use super::super::testing::look_with;
    use super::{PageResemblance, SIGNAL, Sight};

    fn steps(page: PageResemblance) -> Option<u8> {
        let page = Fact::Present { value: page, at: Timestamp::from_unix_ms(0) };
        let host = HostFacts { page, ..HostFacts::default() };
        let hosts = vec![(Hostname::parse("a.example.com").unwrap(), host)];
        let facts = Facts { hosts, ..Facts::default() };
        match look_with(&SIGNAL, "", "see https://a.example.com", &facts) {
            Sight::Seen { steps, .. } => Some(steps),
            _ => None,
        }
    }

    #[test]
    fn the_closer_the_more() {
        use PageResemblance::{AsksPassword, AsksPasswordAsUs, LooksLikeUs, Unremarkable};
        let seen = [AsksPasswordAsUs, LooksLikeUs, AsksPassword, Unremarkable].map(steps);
        assert_eq!(seen, [Some(4), Some(2), Some(1), None]);
    }

    #[test]
    fn what_was_not_looked_up_is_unavailable() {
        let look = |body| look_with(&SIGNAL, "", body, &Facts::default());
        assert_eq!(look("see https://a.example.com"), Sight::Unavailable);
        assert_eq!(look("see you"), Sight::Nothing);
    }
}
