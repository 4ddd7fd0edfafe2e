//! Where to go after signing in: a path on this very site, or nowhere.

/// The longest path that is gone back to; those of the console are shorter.
const LONGEST: usize = 2_000;

/// What is not gone back to: it would sign out again, or ask again.
const NEVER: [&str; 5] = ["/sign-in", "/sign-out", "/step-up", "/join/", "/enter/"];

/// A path as it is, if a browser can only take it for one on this site.
pub(super) fn local(path: &str) -> Option<&str> {
    // Browsers read `\` as `/` and pass over tabs and line ends, so both could make a host of it.
    let is_plain = path.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    let is_local = path.starts_with('/') && !path.starts_with("//");
    let is_way_in = NEVER.iter().any(|never| path.starts_with(never));
    (is_plain && is_local && !is_way_in && path.len() <= LONGEST).then_some(path)
}

/// The path, or the first page.
pub(super) fn or_first(path: Option<&str>) -> &str {
    path.and_then(local).unwrap_or("/")
}

/// A path as the value of a query.
pub(crate) fn escaped(path: &str) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            byte => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_ours_is_gone_back_to() {
        for path in ["/", "/campaigns/1?tab=people&x=%2F", "/settings/team#bo", "/a//b", "/@evil"] {
            assert_eq!(local(path), Some(path));
        }
    }

    #[test]
    fn nothing_leads_to_another_site() {
        for path in [
            "",
            "campaigns",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/campaigns\r\nset-cookie: a=b",
            "/é",
            "/sign-out",
            "/sign-in?next=/",
            "/enter/abc",
        ] {
            assert_eq!(or_first(Some(path)), "/", "{path}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_path_stands_in_a_query_as_itself() {
        assert_eq!(escaped("/a?b=c&d=e#f"), "/a%3Fb%3Dc%26d%3De%23f");
    }
}
