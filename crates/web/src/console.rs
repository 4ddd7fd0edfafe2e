//! The console: what a security team keeps open.
//!
//! Pages are written on the server ([`frame`], `templates/`), in the language of whoever looks
//! ([`words`]), and need no script to be read and used; what one script adds is that they stay
//! live and go by the keyboard (`assets/console.js`). Everything comes from this program: a policy
//! lets nothing else be loaded or run. What a lure says is shown [`inert`](inert::inert): escaped,
//! with its links defanged, and never rendered, loaded or linked to.
//!
//! Start reading at [`router`], the table of its pages.

pub(crate) mod assets;
pub(crate) mod frame;
pub(crate) mod inert;
pub(crate) mod viewer;
pub(crate) mod words;
