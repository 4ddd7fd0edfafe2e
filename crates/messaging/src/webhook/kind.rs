//! What a body is, by its content type.

/// The content types of both.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Form,
    Json,
}

impl Kind {
    /// By the content type, which may state UTF-8 and no other charset.
    pub(crate) fn of(content_type: Option<&str>) -> Option<Self> {
        let mut parts = content_type?.split(';').map(str::trim);
        let kind = match parts.next()?.to_ascii_lowercase().as_str() {
            FORM => Self::Form,
            JSON => Self::Json,
            _ => return None,
        };
        let is_utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            let value = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || ["utf-8", "utf8", "us-ascii"]
                    .iter()
                    .any(|known| value.eq_ignore_ascii_case(known))
        });
        is_utf8.then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_forms_or_json_in_utf_8() {
        let check = |content_type, expected| {
            assert_eq!(Kind::of(content_type), expected, "{content_type:?}");
        };
        check(Some("application/x-www-form-urlencoded"), Some(Kind::Form));
        check(Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), Some(Kind::Form));
        check(Some("application/json;charset=\"utf-8\""), Some(Kind::Json));
        check(Some("application/x-www-form-urlencoded; charset=iso-8859-1"), None);
        check(Some("multipart/form-data; boundary=x"), None);
        check(Some(""), None);
        check(None, None);
    }
}
