//! The resolver, held against hostile clients and upstreams, and against what others wrote.

mod answers;
mod requests;

use std::sync::{Arc, Mutex};

use domain::base::iana::{ExtendedErrorCode, Rtype};
use domain::base::{Message, ParsedRecord};
use unhook_app::resolving::{Gate, Gating, LookedUp};

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

#[expect(dead_code, reason = "for what follows")]
pub(super) fn gate() -> Arc<TestGate> {
    Arc::default()
}
