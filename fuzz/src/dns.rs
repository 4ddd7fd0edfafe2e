//! Drives the resolver's two readers: of a request that a client sent, and of an answer that an
//! upstream gave.
//!
//! Holds: what calls itself an answer gets none; an answer has the id and the question that were
//! asked, and is one that can be read; what is denied is what the gate denies; an upstream's answer
//! is read only for the very question that was asked, leads through few names, and never in circles.

use domain::base::Message;
use unhook_app::resolving::{Gate, Gating, LookedUp};
use unhook_contain::dns::{Denial, Kept, LONGEST_CHAIN, MOST_TTL, Request, Sent, Step, consider};

struct BlocksLonger;

impl Gate for BlocksLonger {
    fn gating(&self, name: &str) -> Gating {
        assert_eq!(name, name.to_ascii_lowercase());
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        match name.find('.') {
            Some(dot) => Gating::Block { start: dot + 1 },
            None if name.len() > 4 => Gating::Hold,
            None => Gating::Pass,
        }
    }

    fn looked_up(&self, _: Vec<LookedUp>) {}
}

/// All of it is a request; all of it is also an answer to the question that it holds.
pub fn run(data: &[u8]) {
    request(data);
    answer(data);
}

fn request(data: &[u8]) {
    let mut out = Vec::new();
    let step = consider(data, &BlocksLonger, Denial::default(), |_| (), &mut out);
    match step {
        Step::Drop(_) => assert!(out.is_empty()),
        Step::Ask(request) => {
            assert!(out.is_empty());
            assert!(request.name.wire().len() <= 255);
            assert!(!request.name.text().contains('.'));
        }
        Step::Refused | Step::Answered | Step::Denied { .. } => {
            assert_eq!(data[2] & 0x80, 0, "an answer was answered");
            assert_eq!(out[..2], data[..2], "the id");
            assert!(out[2] & 0x80 != 0 && out.len() <= data.len() + 200);
            let message = Message::from_slice(&out).expect("it has a header");
            for record in message {
                record.expect("it can be read");
            }
        }
    }
}

fn answer(data: &[u8]) {
    let Some(flags) = data.get(2) else { return };
    let mut asked = data.to_vec();
    asked[2] = flags & 0x7f;
    asked[6..].iter_mut().take(4).for_each(|byte| *byte = 0);
    let Ok(request) = Request::read(&asked) else { return };
    let length = request.name.wire().len() + 4;
    let question = data[12..12 + length].to_vec();
    let sent = Sent { id: request.id, question, name: request.name.clone(), rtype: request.rtype };
    let Ok(kept) = Kept::read(&sent, data) else { return };
    assert!(kept.ttl() <= MOST_TTL);
    let mut other = sent.clone();
    other.id = !sent.id;
    Kept::read(&other, data).expect_err("another id");
    let mut other = sent;
    other.question[0] ^= 1;
    Kept::read(&other, data).expect_err("another question");
    let names: Vec<_> = kept.others().collect();
    assert!(names.len() <= LONGEST_CHAIN + 2_000);
}
