//! Alerts to tell: an ordinary one, and one as hostile as a stranger can make it.

use std::sync::Arc;

use unhook_app::{Alert, Notifier, OutgoingId, Severity, Surroundings};
use unhook_messaging::notify::{NotifySettings, notifier};
use unhook_model::{CampaignId, Timestamp};

/// 2026-03-04T05:06:07.089Z.
pub(crate) const AT: Timestamp = Timestamp::from_unix_ms(1_772_600_767_089);
/// A minute later: when the attempt is made.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_772_600_827_500);

/// A time that stands still.
pub(crate) struct Still;

impl Surroundings for Still {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn random(&self) -> [u8; 16] {
        [7; 16]
    }
}

pub(crate) fn made(settings: NotifySettings) -> Arc<dyn Notifier> {
    notifier(settings, Arc::new(Still)).expect("the settings are right")
}

pub(crate) fn ordinary() -> Alert {
    Alert {
        id: OutgoingId::from_bytes([0x11; 16]),
        kind: "campaign-opened",
        severity: Severity::Critical,
        matter: "campaign/22222222-2222-2222-2222-222222222222".to_owned(),
        is_resolved: false,
        title: "A campaign imitates Acme Parcel & Post".to_owned(),
        text: "12 people reported a text that asks for a fee.\nNobody is known to have paid."
            .to_owned(),
        facts: vec![
            ("reports", "12".to_owned()),
            ("domain", "acme-parcel[.]example".to_owned()),
            ("first seen", "2026-03-04 04:58 UTC".to_owned()),
        ],
        campaign: Some(CampaignId::from_bytes([0x22; 16])),
        at: AT,
        organization: "Acme".to_owned(),
    }
}

pub(crate) fn resolved() -> Alert {
    Alert { kind: "campaign-closed", is_resolved: true, ..ordinary() }
}

/// What begins a link, a mention, an escape, a new line or another direction.
pub(crate) const HOSTILE: &str = "<!channel> [pay](https://x.example) \"}]\\ *b* `c` &amp;\r\n<34>1 - - -\u{0}\u{1b}[2J\u{202e}evil\u{2028}]";

pub(crate) fn hostile() -> Alert {
    Alert {
        matter: format!("matter\n{HOSTILE}"),
        title: format!("{HOSTILE}{}", "&\u{1f3a3}\"".repeat(3_500)),
        text: format!("{HOSTILE}\n{}", "&\u{1f3a3}\\".repeat(20_000)),
        facts: vec![("reports of\n\"it\"]=", "\u{1f3a3}\"]\\&".repeat(2_000)); 40],
        organization: HOSTILE.repeat(50),
        ..ordinary()
    }
}
