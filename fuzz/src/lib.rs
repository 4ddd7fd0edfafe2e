//! What must hold for any input of any parser.
//!
//! Each module is one target: a `run` that takes arbitrary bytes, drives one parser with
//! them and panics when a promise is broken. libFuzzer looks for such inputs
//! (`fuzz_targets/`), and `tests/replay.rs` runs every input that was ever worth keeping
//! (`seeds/`) on a stable compiler. `README.md` says how.
//!
//! An input is cut into fields by line breaks, so that seeds can be written and read by
//! hand.

pub mod assess;
pub mod config;
pub mod dns;
pub mod links;
pub mod lists;
pub mod logs;
pub mod lookalike;
pub mod mail;
pub mod model_file;
pub mod names;
pub mod providers;
pub mod rows;
pub mod rpz;
pub mod screenshot;
pub mod sign_ins;
pub mod smtp;
pub mod snapshot;
pub mod text;
pub mod webhook;
pub mod wire;

// What `config` drives; its page says why it is here.
#[path = "../../crates/cli/src"]
#[expect(dead_code, unused_imports, reason = "of the binary only the parser is driven here")]
mod cli {
    pub(crate) mod config;
}
#[path = "../../crates/cli/src/files.rs"]
mod files;

use unhook_model::Span;

/// One target: drives a parser with these bytes.
pub type Target = fn(&[u8]);

/// Every target by name; its seeds are in the folder of that name.
pub const TARGETS: [(&str, Target); 20] = [
    ("assess", assess::run),
    ("config", config::run),
    ("dns", dns::run),
    ("links", links::run),
    ("lists", lists::run),
    ("logs", logs::run),
    ("lookalike", lookalike::run),
    ("mail", mail::run),
    ("model_file", model_file::run),
    ("names", names::run),
    ("providers", providers::run),
    ("rows", rows::run),
    ("rpz", rpz::run),
    ("screenshot", screenshot::run),
    ("sign_ins", sign_ins::run),
    ("smtp", smtp::run),
    ("snapshot", snapshot::run),
    ("text", text::run),
    ("webhook", webhook::run),
    ("wire", wire::run),
];

/// The part of `text` that a span marks.
///
/// # Panics
/// When the span lies outside the text or cuts a character.
#[track_caller]
fn marked(text: &str, span: Span) -> &str {
    text.get(span.range())
        .unwrap_or_else(|| panic!("{span:?} marks no part of {} bytes: {text:?}", text.len()))
}
