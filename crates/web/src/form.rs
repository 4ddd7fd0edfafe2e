//! The form for everybody: a text is pasted, and a plain answer comes back.
//!
//! No cookie, no script, nothing from elsewhere. The page never shows what was pasted, so
//! nothing a lure holds is ever rendered, and what came from another site is not taken. Those
//! who use it are strangers: how coarse the answer is, the use cases decide; how often one
//! address may ask, the limiter does.

mod page;
mod translations;

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use axum::{Form, Router};
use tokio::time::Instant;
use unhook_app::{Language, Submission, Way};
use unhook_model::{Message, Sender};

use crate::given::{bytes, media_type};
use crate::peer::{self, Peer};
use crate::problem::{Kind, Problem};
use crate::settings::{LONGEST_BODY, LONGEST_TEXT};
use crate::web::Shared;
use page::Outcome;
use translations::Words;

pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/report", get(show).post(take))
}

async fn show(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    respond(&shared, translations::choose(&headers), StatusCode::OK, &Outcome::Nothing)
}

async fn take(
    State(shared): State<Shared>,
    peer: Option<Extension<Peer>>,
    request: Request,
) -> Response {
    let words = translations::choose(request.headers());
    let peer = peer.map(|Extension(peer)| peer);
    match answer(&shared, words, peer, request).await {
        Ok(answer) => respond(&shared, words, StatusCode::OK, &Outcome::Answer(&answer)),
        Err(problem) => refuse(&shared, words, &problem),
    }
}

async fn answer(
    shared: &Shared,
    words: &Words,
    peer: Option<Peer>,
    request: Request,
) -> Result<String, Problem> {
    if !is_from_here(request.headers()) {
        return Err(Problem::new(Kind::CrossSite));
    }
    media_type(request.headers(), "application/x-www-form-urlencoded")?;
    let trusted = &shared.settings().trusted_proxies;
    if let Some(address) = peer::client(peer, request.headers(), trusted) {
        shared.strangers().take(address, Instant::now()).map_err(Problem::too_many)?;
    }
    let pasted = pasted(request, shared.settings().bounds.body_time).await?;
    let taken = shared.service().take(pasted.read(words)?).await?;
    Ok(taken.answer.unwrap_or_else(|| words.thanks.to_owned()))
}

#[derive(serde::Deserialize)]
struct Pasted {
    #[serde(default)]
    text: String,
    #[serde(default)]
    sender: String,
}

impl Pasted {
    fn read(&self, words: &Words) -> Result<Submission, Problem> {
        let text = self.text.trim();
        if text.is_empty() || text.chars().count() > LONGEST_TEXT {
            return Err(Problem::value("/text", "empty or too long"));
        }
        let message = Message { sender: Sender::parse(&self.sender), ..Message::from_body(text) };
        Ok(Submission {
            key: None,
            way: Way::Form,
            from: None,
            to: None,
            message,
            language: Language::parse(words.language),
            attachments: Vec::new(),
        })
    }
}

/// What was pasted, bounded before it is read.
async fn pasted(request: Request, time: Duration) -> Result<Pasted, Problem> {
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let body = bytes(Request::from_parts(parts, body), LONGEST_BODY, time).await?;
    let whole = Request::from_parts(head, Body::from(body));
    match Form::<Pasted>::from_request(whole, &()).await {
        Ok(Form(pasted)) => Ok(pasted),
        Err(_) => Err(Problem::new(Kind::BadRequest)),
    }
}

/// Whether a browser says that the form was sent from this very site. A browser that says
/// nothing is not believed: all of today's say where a form came from.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let host = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, h)| h);
    host.is_some() && host == text(header::HOST)
}

fn refuse(shared: &Shared, words: &'static Words, problem: &Problem) -> Response {
    let outcome = match problem.kind() {
        Kind::Invalid | Kind::TooLarge => words.unreadable,
        Kind::TooMany => words.too_many,
        Kind::CrossSite | Kind::BadRequest | Kind::MediaType => words.elsewhere,
        _ => words.unavailable,
    };
    let mut response = respond(shared, words, problem.kind().status(), &Outcome::Trouble(outcome));
    if let Some(seconds) = problem.retry_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn respond(
    shared: &Shared,
    words: &'static Words,
    status: StatusCode,
    outcome: &Outcome<'_>,
) -> Response {
    let form = shared.settings().public_form.as_ref();
    let organization = form.map_or("", |form| form.organization.as_str());
    let page = page::write(words, organization, outcome);
    // Without a referrer, browsers would send the form with an origin of `null`.
    crate::page::respond(status, page, words.language, "same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn only_this_very_site_is_here() {
        let check = |lines: &[(&str, &str)], expected| {
            assert_eq!(is_from_here(&headers(lines)), expected, "{lines:?}");
        };
        let host = ("host", "report.acme.example");
        check(&[host], false);
        check(&[host, ("origin", "https://report.acme.example")], true);
        check(&[host, ("origin", "https://evil.example")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host, ("sec-fetch-site", "same-origin"), ("origin", "null")], true);
        check(&[host, ("sec-fetch-site", "same-site")], false);
        let pretended = ("origin", "https://report.acme.example");
        check(&[host, ("sec-fetch-site", "cross-site"), pretended], false);
        check(&[("origin", "https://")], false);
    }

    #[test]
    fn what_was_pasted_is_submitted_by_nobody_in_particular() {
        let words = translations::choose(&headers(&[("accept-language", "de")]));
        let pasted =
            |text: &str, sender: &str| Pasted { text: text.to_owned(), sender: sender.to_owned() };
        let submission = pasted(" hello ", " ").read(words).unwrap();
        assert_eq!((submission.way, submission.from, submission.key), (Way::Form, None, None));
        assert_eq!(submission.message, Message::from_body("hello"));
        assert_eq!(submission.language.map(|l| l.to_string()).as_deref(), Some("de"));
        assert!(pasted(" \n", "ACME").read(words).is_err());
        assert!(pasted(&"a".repeat(LONGEST_TEXT + 1), "").read(words).is_err());
    }
}
