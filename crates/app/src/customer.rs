//! Customers, as the vault of people knows them.
//!
//! What an audit log calls a customer may be somebody's name or address. So it is kept as what strangers
//! are: in the vault, sealed under a key of their own, found by a keyed hash, and erased alone. Everything
//! else has their id. As a contact it is an account that no identity provider has: `customer:`, the
//! application, `/`, and what the application calls them, in which capitals are percent-encoded, since
//! accounts have none and two customers may differ by nothing else.

use std::fmt::Write as _;

use crate::people::{Contact, Identity};

const PREFIX: &str = "customer:";

/// A customer of an application, as the vault is asked for them.
pub(crate) fn contact(application: &str, object: &str) -> Contact {
    Contact::Account(format!("{PREFIX}{}/{}", encoded(application), encoded(object)))
}

/// The application, and what it calls them.
pub(crate) fn name(identity: &Identity) -> Option<(String, String)> {
    identity.contacts.iter().find_map(|(contact, ..)| match contact {
        Contact::Account(account) => {
            let (application, object) = account.strip_prefix(PREFIX)?.split_once('/')?;
            Some((decoded(application), decoded(object)))
        }
        _ => None,
    })
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '%' || c == '/' || !c.to_lowercase().eq([c]) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(encoded, "%{byte:02x}");
            }
        } else {
            encoded.push(c);
        }
    }
    encoded
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| std::str::from_utf8(after.get(..2)?).ok()).flatten();
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::Timestamp;

    fn read(contact: Contact) -> Option<(String, String)> {
        let contacts = vec![(contact, Timestamp::from_unix_ms(0), None)];
        name(&Identity { names: Vec::new(), contacts })
    }

    #[test]
    fn a_name_comes_back_as_the_log_has_it() {
        for (application, object) in [
            ("console", "customer 1"),
            ("CRM", "001A0000012AbCd"),
            ("a/b", "100 %/ÄÖÜ ΑΣ İ"),
            ("", "%zz%4"),
        ] {
            let contact = contact(application, object);
            let Contact::Account(account) = &contact else { panic!("{contact:?}") };
            assert_eq!(*account, account.to_lowercase(), "accounts have no capitals");
            assert_eq!(read(contact), Some((application.to_owned(), object.to_owned())));
        }
    }

    #[test]
    fn two_that_differ_by_capitals_are_two() {
        assert_ne!(contact("crm", "001AbC"), contact("crm", "001aBc"));
    }

    #[test]
    fn an_account_of_somebody_is_no_customer() {
        assert_eq!(read(Contact::Account("ann@acme.example".to_owned())), None);
        assert_eq!(read(Contact::Mail("customer:a/b".to_owned())), None);
    }
}
