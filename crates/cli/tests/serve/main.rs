//! `unhook serve`, end to end: the built program, reached over real sockets as Twilio, a script,
//! a pager and an administrator reach it.
//!
//! [`house`] starts and ends it, [`http`] and [`twilio`] speak to it, [`receiver`] is somebody
//! on call or Twilio's API, [`reports`] has what is passed on. Everything else is tests.

#![cfg(unix)]

mod console;
mod contract;
mod cut;
mod devices;
mod ending;
mod erasure;
mod folder;
mod golden;
mod house;
mod http;
mod judge;
mod kill;
mod mails;
mod offline;
mod playbook;
mod providers;
mod receiver;
mod reports;
mod sealed;
mod signals;
mod strangers;
mod trouble;
mod twilio;
mod walk;
mod ways;
