//! The HTTP API: what the use cases do, over HTTP, with an OpenAPI description.
//!
//! [`Web`] makes two routers, one for everybody and one for operators; [`serve`] puts a router
//! on a listener, with bounds on all that a stranger can hold open. Nothing is decided here:
//! a handler reads what was given, asks the use cases, and writes what they say.
//!
//! Start reading at the table in `routes`, then `gate`, through which every request of the
//! API comes in, and `problem`, as which everything that goes wrong goes out.

mod console;
mod enrolment;
mod error;
mod exposition;
#[cfg(test)]
mod fakes;
mod form;
mod gate;
mod given;
mod health;
mod limiter;
mod message_filter;
mod notification_files;
mod openapi;
mod page;
mod paging;
mod peer;
mod problem;
pub mod report;
mod routes;
mod server;
mod settings;
#[cfg(test)]
mod tests;
mod time;
mod traffic;
mod web;
mod words;

pub use error::WebError;
pub use openapi::openapi;
pub use peer::Network;
pub use server::{ConnectionBounds, Shutdown, Stopping, Tls, serve};
pub use settings::{
    Bounds, Console, Enrolment, ExportReader, ExtraMetrics, MailReader, MessageFilter, Oidc,
    OrganizationDraft, OrganizationFile, PublicForm, Secret, Trouble, WebSettings,
};
pub use web::Web;
