//! Drives the readers of logs.
//!
//! Holds: every line that is not empty is counted once; only the first few problems are shown; what is
//! read has names as resolvers compare them, and fields within bounds; and joined to a campaign in any
//! order, it comes to the same.

use unhook_app::ledger::{
    Accounts, By, Holder, Ledger, LogKind, LogReader as _, Observed, Watched,
};
use unhook_app::resolving::Client;
use unhook_contain::logs::{LogSettings, MOST_PROBLEMS, Readers};
use unhook_model::{CampaignId, Hostname, PersonId, Timestamp};

struct Everybody;

impl Accounts for Everybody {
    fn person(&self, account: &str) -> Option<PersonId> {
        Some(PersonId::from_bytes([account.len() as u8; 16]))
    }

    fn mark(&self, client: &Client) -> String {
        format!("{client:?}")
    }
}

/// The first line is the kind, the rest a log.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (Some(kind), Some(log)) = (parts.next(), parts.next()) else { return };
    let Some(kind) = std::str::from_utf8(kind).ok().and_then(LogKind::from_name) else { return };
    let settings =
        LogSettings { zone: Some("UTC".parse().expect("a zone")), ..LogSettings::default() };
    let now = Timestamp::from_unix_ms(1_658_357_340_000);
    let read = Readers::new(settings).read(kind, log, now).expect("every kind is read");
    assert!(read.problems.len() <= MOST_PROBLEMS.min(read.unread));
    if !matches!(kind, LogKind::Okta | LogKind::Entra | LogKind::Google) {
        let lines = log.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty() && *line != b"\r").count();
        assert_eq!(read.read + read.passed_over + read.unread, lines);
    }
    read.observed.iter().for_each(within_bounds);
    let lure = Hostname::parse("acme-okta.example").expect("a name");
    let watched = Watched::of([(lure, CampaignId::from_bytes([1; 16]))]);
    let joined = |observed: Vec<Observed>| {
        let mut ledger = Ledger::default();
        for some in observed.chunks(7) {
            ledger.take(some.to_vec(), &watched, &Everybody);
        }
        ledger.exposures()
    };
    let backwards = read.observed.iter().rev().cloned().collect();
    assert_eq!(joined(read.observed), joined(backwards));
}

fn within_bounds(observed: &Observed) {
    let is_plain =
        |text: &str| !text.is_empty() && text.len() <= 1_024 && !text.chars().any(char::is_control);
    match observed {
        Observed::Touched(touch) => {
            assert!(touch.name.len() <= 253 && !touch.name.contains(char::is_uppercase));
            if let By::Account(account) = &touch.by {
                assert!(is_plain(account));
            }
        }
        Observed::Accessed(access) => assert!(is_plain(&access.account)),
        Observed::Leased(lease) => match &lease.holder {
            Holder::Account(account) => assert!(is_plain(account)),
            Holder::Device(device) => assert!(is_plain(device)),
        },
        Observed::SignedIn(_) => {}
    }
}
