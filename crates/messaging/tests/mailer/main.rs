//! Mails that go out, against a server that does what a test says, against our own listener, and
//! against somebody else's server (aiosmtpd).

mod outside;
mod own;
mod script;

use unhook_app::Secret;
use unhook_messaging::{MailSettings, MailTls, MailerError, SmtpMailer};

/// A server on this machine.
pub(crate) fn settings(port: u16) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: MailTls::DangerNone,
        from: "security@acme.example".to_owned(),
        account: None,
        authorities: None,
    }
}

pub(crate) fn mailer(settings: MailSettings) -> SmtpMailer {
    SmtpMailer::new(settings).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_would_go_out_in_the_clear_is_refused() {
    let elsewhere = MailSettings { host: "mail.acme.example".to_owned(), ..settings(25) };
    assert!(matches!(SmtpMailer::new(elsewhere), Err(MailerError::Unencrypted(_))));
    let account = Some(("unhook".to_owned(), Secret::new("a password")));
    let signed_in = MailSettings { account, ..settings(25) };
    assert!(matches!(SmtpMailer::new(signed_in), Err(MailerError::Password)));
}

#[test]
fn wrong_settings_say_what_to_write() {
    for from in
        ["", "security", "Security <security@acme.example>", "a@x.example\r\nBcc: b@y.example"]
    {
        let wrong = MailSettings { from: from.to_owned(), ..settings(25) };
        assert!(matches!(SmtpMailer::new(wrong), Err(MailerError::From(_))), "{from:?}");
    }
    let authorities =
        Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec());
    let wrong = MailSettings { authorities, tls: MailTls::StartTls, ..settings(25) };
    assert!(matches!(SmtpMailer::new(wrong), Err(MailerError::Authorities(_))));
}
