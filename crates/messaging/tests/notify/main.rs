//! Every way to tell those on call, against a receiver that is as strict as the real one.

mod alerts;
mod chat;
mod pagerduty;
mod receiver;
mod settings;
mod syslog;
mod webhook;
