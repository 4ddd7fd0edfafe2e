//! What whoever sends mails must do, as tests to run over it. What arrived, only those who run it
//! can see.

use unhook_model::ActionId;

use super::{Mail, Mailer, is_address};
use crate::telling::DeliveryError;

/// A mail to somebody, with all that one can have.
#[must_use]
pub fn mail(number: u8, to: &str) -> Mail {
    Mail {
        id: ActionId::from_bytes([number; 16]),
        to: to.to_owned(),
        subject: "Phishing at evil[.]test: déjà vu".to_owned(),
        body: "Hello,\n.\nplease look at evil[.]test – thank you.\n".to_owned(),
        evidence: Some(r#"{"xarf_version":"4.0.0"}"#.to_owned()),
    }
}

/// Runs every case: `takes` is an address whose mails are taken, `refuses` one whose never are.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub async fn run(mailer: &dyn Mailer, takes: &str, refuses: &str) {
    assert!(is_address(mailer.from()), "{} is an address", mailer.from());
    mailer.send(&mail(1, takes)).await.expect("it is taken");
    let plain = Mail { evidence: None, ..mail(2, takes) };
    mailer.send(&plain).await.expect("it is taken without evidence");
    for to in [refuses, "no address", "a@x.example\r\nBcc: b@y.example"] {
        let refused = mailer.send(&mail(3, to)).await.expect_err(to);
        assert!(matches!(refused, DeliveryError::Refused { .. }), "{to:?}: {refused}");
    }
}
