//! Syslog: one line by RFC 5424 for each alert, over UDP (RFC 5426), TCP with octet counting
//! (RFC 6587), TLS (RFC 5425), or the socket of this machine's own log.
//!
//! Syslog has no answers. Over UDP and the local socket, what was sent counts as delivered; over TCP
//! and TLS, what was sent on a connection that the receiver then closed in order, or kept.
//!
//! A line that is there twice carries the same id twice, and whoever counts counts ids; a
//! line that is missing can be found by nobody. So a line may be repeated.

mod line;
mod transport;

use unhook_app::{DeliveryError, Pending, Receipt};

use super::Channel;
use super::told::Told;
pub(super) use line::{Facility, Hostname};
pub use transport::AddressError;
pub(super) use transport::{Address, Transport};

/// A receiver of syslog.
pub(super) struct Syslog {
    pub(super) transport: Transport,
    pub(super) facility: Facility,
    pub(super) hostname: Option<Hostname>,
}

impl Channel for Syslog {
    const MAY_REPEAT: bool = true;

    fn tell<'a>(&'a self, told: &'a Told) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(async move {
            let longest = self.transport.longest();
            let line = line::line(told, self.facility, self.hostname.as_ref(), longest);
            self.transport.send(&line).await?;
            Ok(Receipt(told.id.clone()))
        })
    }
}
