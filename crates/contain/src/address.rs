//! Where connectors reach others: encrypted, or on this very machine.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Url};

/// The address of a web server: https, or plain http of this very machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is no address to ask at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not a URL of a web server.
    #[error("it is not an https address")]
    NoAddress,
    /// Plain HTTP to another machine.
    #[error("it is plain http, which is taken only for this very machine (localhost, 127.0.0.1)")]
    Unencrypted,
    /// With a name or a password before the host.
    #[error("it has a name or password before the host, which is not sent")]
    Credentials,
    /// With a query or a fragment, below which nothing can be.
    #[error("it has a query or a fragment; leave off what follows the path")]
    Query,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text.trim()).map_err(|_| AddressError::NoAddress)?;
        let host = url.host_str().ok_or(AddressError::NoAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(AddressError::Unencrypted),
            _ => return Err(AddressError::NoAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        Ok(Self(url))
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }

    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// What lies below it by these segments, each of them one segment whatever stands in it.
    pub(crate) fn below(&self, segments: &[&str]) -> Self {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Self(url)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A client that takes no proxy from the environment, and trusts these authorities (PEM) and no other, or those of
/// the web. `connect` is until there is a connection, look-up and handshake included; `total` all in all; the rest
/// is the caller's to `shape`.
///
/// # Errors
/// Says why the authorities are none, or TLS cannot be set up.
pub(crate) fn client(
    authorities: Option<&[u8]>,
    connect: Duration,
    total: Duration,
    shape: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, String> {
    let mut builder = Client::builder()
        .connect_timeout(connect)
        .timeout(total)
        .no_proxy()
        .user_agent(concat!("unhook/", env!("CARGO_PKG_VERSION")));
    let Some(pem) = authorities else {
        return shape(builder).build().map_err(|error| root(&error));
    };
    let unusable = |why: &str| format!("the authorities are no certificates in PEM: {why}");
    let trusted = Certificate::from_pem_bundle(pem).map_err(|error| unusable(&root(&error)))?;
    // With none it would trust nobody, and say so with every call.
    if trusted.is_empty() {
        return Err(unusable("there is none"));
    }
    builder = builder.tls_built_in_root_certs(false);
    builder = trusted.into_iter().fold(builder, ClientBuilder::add_root_certificate);
    shape(builder).build().map_err(|error| unusable(&root(&error)))
}

/// The innermost cause: the outer ones repeat the address, in which people's ids may be.
pub(crate) fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) {
        return "the request cannot be made".to_owned();
    }
    cause.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_of_this_machine() {
        let check = |text, expected| assert_eq!(Address::parse(text).err(), expected, "{text}");
        check("https://acme.okta.example", None);
        check("http://127.8.0.1/scim/v2", None);
        check("http://[::1]:8000/list", None);
        check("http://acme.okta.example/", Some(AddressError::Unencrypted));
        check("http://127.0.0.1.example/", Some(AddressError::Unencrypted));
        check("https://name:word@acme.example/", Some(AddressError::Credentials));
        check("acme.example", Some(AddressError::NoAddress));
        check("file:///etc/passwd", Some(AddressError::NoAddress));
    }
}
