//! The resolver, held against hostile clients and upstreams, and against what others wrote.

mod answers;
mod clients;
mod hostile;
mod judges;
mod requests;
mod upstream;

use std::sync::{Arc, Mutex};

use domain::base::iana::{ExtendedErrorCode, Rtype};
use domain::base::{Message, ParsedRecord};
use unhook_app::resolving::{Client, Gate, Gating, LookedUp};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_model::Timestamp;

use super::core::{Asker, Begun, Core, Way};
use super::*;

/// A gate that blocks `blocked.test`, holds `held.test`, and panics at `panic.test`.
#[derive(Default)]
pub(super) struct TestGate {
    pub(super) heard: Mutex<Vec<LookedUp>>,
}

impl Gate for TestGate {
    fn gating(&self, name: &str) -> Gating {
        assert!(!name.ends_with("panic.test"), "the policy is lost");
        if name.ends_with("held.test") {
            return Gating::Hold;
        }
        match name.strip_suffix("blocked.test") {
            Some(rest) if rest.is_empty() || rest.ends_with('.') => {
                Gating::Block { start: rest.len() }
            }
            _ => Gating::Pass,
        }
    }

    fn looked_up(&self, lookups: Vec<LookedUp>) {
        self.heard.lock().unwrap().extend(lookups);
    }
}

pub(super) const EDNS: Edns = Edns { datagram: 4_096, wants_dnssec: false };

pub(super) fn ask(name: &str, rtype: Rtype) -> Vec<u8> {
    query(7, name, rtype, Some(EDNS)).unwrap()
}

pub(super) fn message(bytes: &[u8]) -> Message<Vec<u8>> {
    Message::from_octets(bytes.to_vec()).unwrap()
}

/// The code and text of the extended error.
pub(super) fn extended(bytes: &[u8]) -> Option<(ExtendedErrorCode, String)> {
    let message = message(bytes);
    let error = message.opt()?.opt().extended_error()?;
    let text = error.text().map(|text| text.unwrap().to_string());
    Some((error.code(), text.unwrap_or_default()))
}

pub(super) fn step(bytes: &[u8], denial: Denial) -> (Step, Vec<u8>) {
    let mut out = Vec::new();
    let step = consider(bytes, &TestGate::default(), denial, |_| (), &mut out);
    (step, out)
}

pub(super) fn first<'a>(message: &'a Message<Vec<u8>>) -> ParsedRecord<'a, Vec<u8>> {
    message.answer().unwrap().next().unwrap().unwrap()
}

/// Bounds so small that what is silent costs a moment.
pub(super) fn settings(upstreams: &[&upstream::TestUpstream]) -> DnsSettings {
    let upstreams = upstreams.iter().map(|upstream| upstream.as_setting()).collect();
    let mut settings = DnsSettings::new(upstreams);
    settings.bounds.attempt = std::time::Duration::from_millis(150);
    settings.bounds.patience = std::time::Duration::from_millis(2_000);
    settings.bounds.stale_patience = std::time::Duration::from_millis(1_000);
    settings
}

pub(super) fn surroundings() -> Arc<TestSurroundings> {
    Arc::new(TestSurroundings::new(Timestamp::from_unix_ms(1_658_357_340_000), 7))
}

/// A resolver without ways in, and what it is told to.
pub(super) struct Bare {
    pub(super) core: Arc<Core>,
    pub(super) gate: Arc<TestGate>,
}

impl Bare {
    pub(super) fn new(settings: DnsSettings) -> Self {
        let gate = Arc::new(TestGate::default());
        let core = Core::new(settings, Arc::<TestGate>::clone(&gate), surroundings());
        Self { core: Arc::new(core), gate }
    }

    /// The answer to a question, as by datagram.
    pub(super) async fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let asker = Asker { client: Client::Address([192, 0, 2, 9].into()), way: Way::Datagram };
        let mut out = Vec::new();
        match self.core.begin(bytes, &asker, &mut out) {
            Begun::Silent => {}
            Begun::Answered => {}
            Begun::Later(request) => {
                self.core.finish(&request, bytes, &asker, &mut out).await;
            }
        }
        out
    }

    /// The look-ups that were told.
    pub(super) fn heard(&self) -> Vec<LookedUp> {
        self.core.telling.hand_over(&*self.gate);
        std::mem::take(&mut *self.gate.heard.lock().unwrap())
    }
}
