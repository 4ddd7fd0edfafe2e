//! The two cookies there are: the session's, which no other site can make a browser send, and
//! one that binds a way through an OpenID provider to the browser that began it.

use axum::http::{HeaderMap, HeaderValue, header};

/// How long the way through a provider may take, in seconds.
const OIDC_SECONDS: i64 = super::CEREMONY_MS / 1_000;

/// The longest cookies looked at, in bytes; others' on the same host may stand beside ours.
const LONGEST: usize = 8 << 10;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The session.
    Session,
    /// The browser that is on its way through a provider.
    Oidc,
}

impl Cookie {
    /// Browsers take a `__Host-` cookie only over TLS, for this host alone, so that neither a
    /// neighbour's page nor somebody on the wire can plant one.
    fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-unhook",
            (Self::Session, false) => "unhook",
            (Self::Oidc, true) => "__Host-unhook-oidc",
            (Self::Oidc, false) => "unhook-oidc",
        }
    }

    /// Its value in a request, in whichever of its lines: by HTTP/2 there may be one for each cookie
    /// (RFC 9113, section 8.2.3). Of several of a name, none is believed.
    pub(super) fn of(self, headers: &HeaderMap, is_secure: bool) -> Option<&str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut found = lines
            .filter(|line| line.len() <= LONGEST)
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name(is_secure))
            .map(|(_, value)| value);
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// What sets it. A session's ends with the browser, or before that with the session.
    pub(super) fn set(self, value: &str, is_secure: bool) -> HeaderValue {
        let rest = match self {
            Self::Session => "; SameSite=Strict".to_owned(),
            // The provider's page leads back here, which `Strict` would take for an intrusion.
            Self::Oidc => format!("; SameSite=Lax; Max-Age={OIDC_SECONDS}"),
        };
        self.line(value, &rest, is_secure)
    }

    /// What takes it away.
    pub(super) fn clear(self, is_secure: bool) -> HeaderValue {
        self.line("", "; SameSite=Strict; Max-Age=0", is_secure)
    }

    fn line(self, value: &str, rest: &str, is_secure: bool) -> HeaderValue {
        let secure = if is_secure { "; Secure" } else { "" };
        let name = self.name(is_secure);
        let line = format!("{name}={value}; Path=/; HttpOnly{secure}{rest}");
        HeaderValue::try_from(line).expect("a name and a code are plain letters")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_sent_to_this_very_site_alone() {
        assert_eq!(
            Cookie::Session.set("abc", true),
            "__Host-unhook=abc; Path=/; HttpOnly; Secure; SameSite=Strict"
        );
        assert_eq!(
            Cookie::Session.set("abc", false),
            "unhook=abc; Path=/; HttpOnly; SameSite=Strict"
        );
        assert_eq!(
            Cookie::Oidc.set("abc", true),
            "__Host-unhook-oidc=abc; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=300"
        );
        assert!(Cookie::Session.clear(true).to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn one_value_is_read_and_of_two_none() {
        let read = |lines: &[&str], is_secure| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().unwrap());
            }
            Cookie::Session.of(&headers, is_secure).map(str::to_owned)
        };
        assert_eq!(read(&["a=b; unhook=c"], false).as_deref(), Some("c"));
        assert_eq!(read(&["a=b; unhook=c"], true), None);
        assert_eq!(read(&["unhook=c; __Host-unhook=d"], true).as_deref(), Some("d"));
        assert_eq!(read(&["unhook=c; unhook=d"], false), None);
        assert_eq!(read(&["unhook=c", "unhook=d"], false), None);
        assert_eq!(read(&["a=b", "unhook=c", "d=e"], false).as_deref(), Some("c"));
        assert_eq!(read(&["unhook-oidc=c", "xunhook=d"], false), None);
        assert_eq!(read(&[&format!("unhook={}", "a".repeat(LONGEST))], false), None);
    }
}
