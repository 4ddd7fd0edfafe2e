//! The console: what a security team keeps open.
//!
//! Pages are written on the server ([`frame`], `templates/`), in the language of whoever looks
//! ([`words`]), and need no script to be read and used; what one script adds is that they stay
//! live and go by the keyboard (`assets/console.js`). Everything comes from this program: a policy
//! lets nothing else be loaded or run. What a lure says is shown [`inert`](inert::inert): escaped,
//! with its links defanged, and never rendered, loaded or linked to.
//!
//! Who comes in, and by what proof, is [`entry`]'s part. Start reading at [`router`], the table of its pages.

pub(crate) mod action_line;
pub(crate) mod actors;
pub(crate) mod anatomy;
pub(crate) mod assets;
pub(crate) mod campaign_card;
pub(crate) mod charts;
pub(crate) mod entry;
pub(crate) mod frame;
pub(crate) mod headers;
pub(crate) mod inert;
pub(crate) mod ladder;
pub(crate) mod line;
pub(crate) mod moments;
pub(crate) mod pages;
pub(crate) mod viewer;
pub(crate) mod visit;
pub(crate) mod words;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::web::Shared;

/// Every page, behind the gate of sign-in, and the ways through that gate.
pub(crate) fn router(shared: &Shared) -> Router<Shared> {
    let gate = from_fn_with_state(shared.clone(), entry::gate);
    // What is said before the gate and by itself is in words, too.
    let in_words = from_fn_with_state(shared.clone(), pages::in_words);
    entry::router(shared).merge(pages::router(shared).layer(gate)).layer(in_words)
}
