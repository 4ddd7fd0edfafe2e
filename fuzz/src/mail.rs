//! Drives the reader of forwarded mail.
//!
//! Holds: any bytes are read or refused with words; a text stays within its bound,
//! pictures within the mail; who wrote is one address in lower case; line ends of either kind
//! give the same text.

use unhook_app::Contact;
use unhook_messaging::{MOST_PICTURES, MailIn, read_mail};

/// The longest text that a mail gives: 64 KiB, each byte of which may become a replacement
/// character, and the addresses of its links.
const LONGEST_TEXT: usize = (64 << 10) * 4;

/// The bytes are the mail.
pub fn run(data: &[u8]) {
    match read_mail(data) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(mail) => check(&mail, data),
    }
}

fn check(mail: &MailIn, data: &[u8]) {
    let MailIn { submission, pictures } = mail;
    let body = &submission.message.body;
    assert!(body.len() <= LONGEST_TEXT, "{} bytes of text", body.len());
    assert!(!body.is_empty() || !pictures.is_empty(), "nothing was passed on");
    assert!(pictures.len() <= MOST_PICTURES);
    for picture in pictures {
        assert!(picture.content_type.starts_with("image/"), "{}", picture.content_type);
        assert!(picture.bytes.len() <= data.len(), "a picture larger than the mail");
    }
    match &submission.from {
        None => {}
        Some(Contact::Mail(address)) => {
            assert!(address.contains('@') && *address == address.to_lowercase(), "{address}");
        }
        Some(other) => panic!("a mail from {other:?}"),
    }
}
