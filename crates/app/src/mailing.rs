//! The port by which a mail leaves the house, once.
//!
//! Whether one may is decided elsewhere: a person read and approved it, and the journal says that
//! it is about to go.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use unhook_model::ActionId;

use crate::people::Pending;
use crate::telling::{DeliveryError, Receipt};

/// A mail as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What it is for ever: receivers tell by it that one came twice.
    pub id: ActionId,
    /// Its one address.
    pub to: String,
    /// Its subject, in one line.
    pub subject: String,
    /// What it says, plain.
    pub body: String,
    /// The evidence for machines: JSON, attached.
    pub evidence: Option<String>,
}

/// Sends mails.
pub trait Mailer: Send + Sync {
    /// The address that mails come from and answers go to.
    fn from(&self) -> &str;

    /// Sends a mail, once: it is delivered when the next server took it.
    ///
    /// # Errors
    /// Says whether it may be sent again. What breaks after the mail was handed over and before that
    /// was acknowledged is unknown.
    fn send<'a>(&'a self, mail: &'a Mail) -> Pending<'a, Result<Receipt, DeliveryError>>;
}

/// Whether this can be the address of a mail: one mailbox at one host, nothing around it, so that
/// it can neither name a second addressee nor begin another header (RFC 5321, section 4.1.2, without
/// quoted mailboxes).
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((mailbox, host)) = text.split_once('@') else { return false };
    let is_known = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    text.len() <= LONGEST_ADDRESS
        && (1..=64).contains(&mailbox.len())
        && mailbox.chars().all(is_known)
        && !mailbox.starts_with('.')
        && !mailbox.ends_with('.')
        && !mailbox.contains("..")
        && unhook_model::Hostname::parse(host)
            .is_ok_and(|name| name.as_str() == host.to_lowercase())
}

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3, without its brackets).
pub const LONGEST_ADDRESS: usize = 254;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_mailbox_and_nothing_else() {
        for good in ["abuse@registrar.example", "a+b@x.example", "Abuse@Registrar.example"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "abuse",
            "@registrar.example",
            "abuse@",
            "abuse@localhost@x.example",
            "a@x.example, b@y.example",
            "a@x.example\r\nBcc: b@y.example",
            "Abuse <abuse@registrar.example>",
            "\"a b\"@x.example",
            ".a@x.example",
            "a..b@x.example",
            "a@[192.0.2.1]",
            "a@x.example ",
            &format!("{}@x.example", "a".repeat(65)),
            &format!("a@{}.example", "x".repeat(300)),
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
