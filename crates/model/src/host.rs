//! DNS names.

/// A DNS host name in its ASCII form: lower case, at least two labels, each of 1 to 63
/// letters, digits, hyphens or underscores, at most 253 bytes together (RFC 1035 §2.3.4,
/// RFC 5890 for the `xn--` form). Never an IP address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hostname(String);

/// Why a text is no host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// It has a single label or none.
    #[error("a host name needs at least two labels, like example.com")]
    TooFewLabels,
    /// A label is empty or longer than 63 bytes, or the whole is longer than 253.
    #[error("a label may have 1 to 63 characters and a name 253")]
    Length,
    /// It has a character that no host name has, or an `xn--` label that cannot be decoded.
    #[error("host names have letters, digits, hyphens and dots")]
    Character,
    /// It is an IP address.
    #[error("this is an IP address, not a name")]
    Address,
}

impl Hostname {
    /// Reads a host name in Unicode or ASCII form, with or without a trailing dot.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    ///
    /// ```
    /// use unhook_model::Hostname;
    /// assert_eq!(Hostname::parse("Login.Example.COM.").unwrap().as_str(), "login.example.com");
    /// assert_eq!(Hostname::parse("bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
    /// assert!(Hostname::parse("192.0.2.7").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        // Four bytes of UTF-8 can become one of Punycode; more than this cannot fit.
        if text.len() > 253 * 4 {
            return Err(HostError::Length);
        }
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii(text).map_err(|_| HostError::Character)?
        };
        Self::check(&ascii)?;
        Ok(Self(ascii))
    }

    fn check(ascii: &str) -> Result<(), HostError> {
        if ascii.len() > 253 {
            return Err(HostError::Length);
        }
        let mut labels = 0;
        let mut last_is_numeric = false;
        for label in ascii.split('.') {
            if label.is_empty() || label.len() > 63 {
                return Err(HostError::Length);
            }
            if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(HostError::Character);
            }
            last_is_numeric = is_numeric(label);
            labels += 1;
        }
        if labels < 2 {
            return Err(HostError::TooFewLabels);
        }
        if last_is_numeric {
            return Err(HostError::Address);
        }
        Ok(())
    }

    /// The name, in ASCII and lower case, without a trailing dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, and each that it lies below, down to the last label.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |name| Some(name.split_once('.')?.1))
    }

    /// Whether this is `parent` or a name below it.
    #[must_use]
    pub fn is_within(&self, parent: &str) -> bool {
        self.0.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// Whether a label at the end makes an IPv4 address of the whole (WHATWG URL, "ends in a
/// number"): digits, or hexadecimal as C writes it.
fn is_numeric(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

impl std::fmt::Display for Hostname {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_error() {
        let long = format!("{}.com", "a".repeat(64));
        for (text, error) in [
            ("localhost", HostError::TooFewLabels),
            ("a..com", HostError::Length),
            (long.as_str(), HostError::Length),
            ("a b.com", HostError::Character),
            ("10.0.0.1", HostError::Address),
            ("0x7f.0.0X1", HostError::Address),
            ("example.0x", HostError::Address),
        ] {
            assert_eq!(Hostname::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn within_is_by_label() {
        let host = Hostname::parse("sso.acme.example").unwrap();
        assert!(host.is_within("acme.example"));
        assert!(host.is_within("sso.acme.example"));
        assert!(!host.is_within("cme.example"));
    }
}
