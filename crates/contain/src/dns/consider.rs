//! What becomes of a request, with no socket near: bytes in, and bytes out or a question that
//! upstream answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::base::iana::{OptRcode, Rtype};
use unhook_app::resolving::{Gate, Gating};

use super::answer::{self, Denial};
use super::request::{Request, Unfit};
use super::status::Dropped;

/// What becomes of a request.
#[derive(Debug)]
pub enum Step {
    /// It gets no answer.
    Drop(Dropped),
    /// It is refused for what it is, and the answer is written.
    Refused,
    /// Its name does not resolve, and the answer is written.
    Denied {
        /// What was asked.
        request: Request,
        /// Whether only for now.
        is_held: bool,
    },
    /// Nobody has to be asked, and the answer is written.
    Answered,
    /// Upstream is asked.
    Ask(Request),
}

/// What the policy says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// This.
    Said(Gating),
    /// Nothing, for it failed: the name resolves.
    Lost,
}

/// Asks the gate. One that fails lets everything pass: rather a lure that resolves than an
/// organization without names.
pub(super) fn ask(gate: &dyn Gate, name: &str) -> Ruling {
    catch_unwind(AssertUnwindSafe(|| gate.gating(name))).map_or(Ruling::Lost, Ruling::Said)
}

/// Works out what becomes of a request. The answer, if there is one, is written to `out`; what the
/// gate said, or that it failed, is told to `heard`.
pub fn consider(
    bytes: &[u8],
    gate: &dyn Gate,
    denial: Denial,
    heard: impl FnOnce(&Ruling),
    out: &mut Vec<u8>,
) -> Step {
    let request = match Request::read(bytes) {
        Ok(request) => request,
        Err(Unfit::Drop(why)) => return Step::Drop(why),
        Err(Unfit::Refuse(rcode)) => {
            answer::refuse(bytes, rcode.into(), out);
            return Step::Refused;
        }
        Err(Unfit::BadVersion) => {
            answer::refuse(bytes, OptRcode::BADVERS, out);
            return Step::Refused;
        }
    };
    let ruling = ask(gate, request.name.text());
    heard(&ruling);
    let (start, is_held) = match ruling {
        Ruling::Said(Gating::Block { start }) => (start, false),
        Ruling::Said(Gating::Hold) => (0, true),
        _ if request.rtype == Rtype::ANY => {
            answer::minimal_any(&request, bytes, out);
            return Step::Answered;
        }
        _ => return Step::Ask(request),
    };
    answer::deny(&request, bytes, start, is_held, denial, out);
    Step::Denied { request, is_held }
}
