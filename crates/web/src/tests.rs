//! The API over the real use cases, with stand-ins for the world outside.

mod access;
mod acting;
mod coverage;
mod enrolment;
mod entry;
mod flows;
mod form;
mod message_filter;
mod notifications;
mod pages;
mod serving;
mod world;
