//! Where the console is for those who look at it, and whether passkeys work there.
//!
//! A passkey belongs to a name. So browsers let nobody enrol at an IP address, nor in the clear
//! on any host but this very machine; and a passkey of one name opens no other, which is what keeps
//! a copy of the page on another host from being of any use.

use std::fmt;

use webauthn_rs::prelude::Url;

use crate::WebError;

/// The public address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    url: Url,
}

/// Why nobody can enrol or sign in with a passkey here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The address has numbers for a host.
    NoName,
    /// It is in the clear, and not on this machine.
    NoTls,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => {
                "browsers take passkeys for names only, not for IP addresses: give the console a \
                 name, such as https://unhook.acme.example, in `public_url` of [console]"
            }
            Self::NoTls => {
                "browsers take passkeys over TLS only, but for http://localhost: write `https://` \
                 in `public_url` of [console], with a certificate of its own or behind a proxy that \
                 adds TLS (docs/console.md)"
            }
        })
    }
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, WebError> {
        let wrong = || WebError::PublicUrl { text: text.to_owned() };
        let url = Url::parse(text.trim()).map_err(|_| wrong())?;
        let is_whole = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if is_whole && is_bare { Ok(Self { url }) } else { Err(wrong()) }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Scheme, host and port, as browsers write an origin.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is over TLS, and not just on this machine.
    pub(crate) fn is_public(&self) -> bool {
        self.is_secure() && !self.is_this_machine()
    }

    fn is_this_machine(&self) -> bool {
        self.host() == "localhost" || self.host().ends_with(".localhost")
    }

    pub(crate) fn trouble(&self) -> Option<Trouble> {
        if self.url.domain().is_none() {
            Some(Trouble::NoName)
        } else if !self.is_secure() && !self.is_this_machine() {
            Some(Trouble::NoTls)
        } else {
            None
        }
    }

    /// Whether somebody wrote the number of this machine where its name is meant: for that name
    /// no passkey would be found.
    pub(crate) fn is_meant_by(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        self.host() == "localhost" && matches!(name, "127.0.0.1" | "[::1]" | "0.0.0.0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Trouble>) {
        assert_eq!(Address::parse(text).unwrap().trouble(), expected, "{text}");
    }

    #[test]
    fn passkeys_need_a_name_and_tls() {
        check("http://localhost:8081", None);
        check("http://console.localhost:8081/", None);
        check("https://unhook.acme.example", None);
        check("https://192.0.2.1", Some(Trouble::NoName));
        check("http://127.0.0.1:8081", Some(Trouble::NoName));
        check("https://[::1]:8081", Some(Trouble::NoName));
        check("http://unhook.acme.example", Some(Trouble::NoTls));
        check("http://localhost.evil.example", Some(Trouble::NoTls));
    }

    #[test]
    fn an_address_is_a_host_and_nothing_more() {
        for text in ["", "localhost:8081", "ftp://a.example", "https://a.example/console"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        for text in ["https://a:b@a.example", "https://a.example/?x", "https://a.example/#x"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        let address = Address::parse("https://Unhook.Acme.example:443/").unwrap();
        assert_eq!(address.origin(), "https://unhook.acme.example");
    }

    #[test]
    fn numbers_of_this_machine_mean_its_name() {
        let address = Address::parse("http://localhost:8081").unwrap();
        assert!(address.is_meant_by("127.0.0.1:8081") && address.is_meant_by("[::1]:8081"));
        assert!(!address.is_meant_by("localhost:8081") && !address.is_meant_by("192.0.2.1"));
        let named = Address::parse("https://unhook.acme.example").unwrap();
        assert!(!named.is_meant_by("127.0.0.1:8081"));
    }
}
