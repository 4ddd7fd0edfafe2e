//! The page itself, and what browsers are told of it.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use unhook_app::warning::Said;

use super::words::{Words, choose};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The longest name of an organization shown, in characters.
const LONGEST_ORGANIZATION: usize = 100;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something was stopped.
    Stopped,
    /// This was heard.
    Heard(Said),
    /// Enough was.
    TooMany,
    /// It could not be.
    Unheard,
}

/// The page, for one organization.
#[derive(Debug)]
pub(super) struct Pages {
    organization: String,
    policy: HeaderValue,
}

impl Pages {
    pub(super) fn new(organization: &str) -> Self {
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let organization = organization.chars().take(LONGEST_ORGANIZATION).collect::<String>();
        Self {
            organization: escaped(&organization),
            policy: policy.try_into().expect("Base64 may stand in a header"),
        }
    }

    pub(super) fn respond(
        &self,
        status: StatusCode,
        outcome: Outcome,
        name: Option<&str>,
        asked: &HeaderMap,
    ) -> Response {
        let words = choose(asked);
        let page = self.write(words, outcome, name);
        let mut response = (status, page).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_LANGUAGE, words.language),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::CACHE_CONTROL, "no-store"),
            (header::VARY, "accept-language"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    pub(super) fn write(&self, words: &Words, outcome: Outcome, name: Option<&str>) -> String {
        let content = match outcome {
            Outcome::Stopped => self.stopped(words, name),
            Outcome::Heard(Said::Typed) => said(words.heard_typed),
            Outcome::Heard(Said::Mistake) => said(words.heard_mistake),
            Outcome::TooMany => said(words.too_many),
            Outcome::Unheard => said(words.unheard),
        };
        // What strangers wrote goes in last, and nothing is put into it.
        PAGE.replace("{language}", words.language)
            .replace("{title}", words.title)
            .replace("{style}", STYLE)
            .replace("{content}", &content)
    }

    fn stopped(&self, words: &Words, name: Option<&str>) -> String {
        let sentence = if name.is_some() { words.named } else { words.unnamed };
        let shown = name.map(|name| format!("<code>{}</code>", escaped(&name.replace('.', "[.]"))));
        let mut content = String::from("<p>");
        for (nth, part) in sentence.split(['{', '}']).enumerate() {
            match (nth % 2, part) {
                (1, "organization") => content += &self.organization,
                (1, "name") => content += shown.as_deref().unwrap_or_default(),
                _ => content += part,
            }
        }
        content += &format!("</p>\n<p>{}</p>", words.safe);
        if name.is_some() {
            content += &form(words);
        }
        content
    }
}

/// Two buttons; without a name there is nothing to say something of.
fn form(words: &Words) -> String {
    let Words { typed_before, typed, mistake_before, mistake, privacy, .. } = words;
    format!(
        "\n<form method=\"post\" action=\"/\">\n<p>{typed_before}</p>\n\
         <button name=\"said\" value=\"typed\">{typed}</button>\n<p>{mistake_before}</p>\n\
         <button class=\"less\" name=\"said\" value=\"mistake\">{mistake}</button>\n</form>\n\
         <small>{privacy}</small>"
    )
}

fn said(what: &str) -> String {
    format!("<p class=\"said\" role=\"status\">{what}</p>")
}

/// A text that stands in a page as itself.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
