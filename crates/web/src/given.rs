//! What is given in a request, read strictly: JSON bodies, queries and ids.
//!
//! A key that is not known is refused with the nearest one that is, and everything wrong is
//! told with its place and with what to write instead.

use std::str::FromStr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::{Kind, Problem};
use crate::settings::LONGEST_BODY;
use crate::web::Shared;

/// The most of a key or value of somebody's making that an answer repeats, in characters.
const LONGEST_ECHO: usize = 64;

/// A JSON body.
pub(crate) struct Given<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        media_type(request.headers(), "application/json")?;
        let time = shared.settings().bounds.body_time;
        let body = bytes(request, LONGEST_BODY, time).await?;
        json(&body).map(Self)
    }
}

/// A query.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(query_problem(&rejection)),
        }
    }
}

/// The one variable part of a path.
pub(crate) struct Segment<T>(pub(crate) T);

impl<T: FromSegment, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| bad_request("the path is no UTF-8"))?;
        let text = params.iter().next().map_or("", |(_, value)| value);
        T::from_segment(text).map(Self)
    }
}

/// What can stand in a path.
pub(crate) trait FromSegment: Sized {
    /// # Errors
    /// Says what should stand there.
    fn from_segment(text: &str) -> Result<Self, Problem>;
}

macro_rules! id_segments {
    ($($id:ty),*) => { $(
        impl FromSegment for $id {
            fn from_segment(text: &str) -> Result<Self, Problem> {
                id(text).ok_or_else(|| bad_request(AN_ID))
            }
        }
    )* };
}

id_segments!(
    unhook_model::ActionId,
    unhook_model::ReportId,
    unhook_model::CampaignId,
    unhook_model::PersonId
);

impl FromSegment for unhook_model::Hostname {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        Self::parse(text).map_err(|why| bad_request(&format!("no name stands in the path: {why}")))
    }
}

impl FromSegment for u32 {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        number(text).ok_or_else(|| bad_request("a number of digits is expected in the path"))
    }
}

/// What an id looks like.
pub(crate) const AN_ID: &str =
    "an id is written as 019332b4-8d2e-7c41-9a3f-2b6c1d0e4f5a, as an earlier answer gave it";

/// An id, written as ids are and not otherwise, so that each has one address.
pub(crate) fn id<T: FromStr>(text: &str) -> Option<T> {
    let has_shape = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if has_shape { text.parse().ok() } else { None }
}

/// A number in digits and nothing else.
pub(crate) fn number<T: FromStr>(text: &str) -> Option<T> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

pub(crate) fn bad_request(detail: &str) -> Problem {
    Problem::because(Kind::BadRequest, detail)
}

/// Makes sure that a body is of the kind that is read.
pub(crate) fn media_type(headers: &HeaderMap, expected: &'static str) -> Result<(), Problem> {
    one_media_type(headers, &[expected]).map(|_| ())
}

/// Makes sure that a body is of one of the kinds that are read, and says of which.
pub(crate) fn one_media_type(
    headers: &HeaderMap,
    expected: &[&'static str],
) -> Result<&'static str, Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.and_then(|given| given.split(';').next()).unwrap_or("").trim();
    let found = expected.iter().find(|expected| essence.eq_ignore_ascii_case(expected));
    let all = expected.join("` or `");
    found
        .copied()
        .ok_or_else(|| Problem::because(Kind::MediaType, format!("send `Content-Type: {all}`")))
}

/// All of a body, bounded in length and time.
pub(crate) async fn bytes(
    request: Request,
    longest: usize,
    time: Duration,
) -> Result<Vec<u8>, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|value| number(value.to_str().ok()?));
    if announced.is_some_and(|length| length > longest) {
        return Err(too_large(longest));
    }
    match tokio::time::timeout(time, gather(request.into_body(), longest)).await {
        Ok(gathered) => gathered,
        Err(_) => Err(Problem::new(Kind::TooSlow)),
    }
}

async fn gather(body: Body, longest: usize) -> Result<Vec<u8>, Problem> {
    let mut gathered = Vec::new();
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| bad_request("the body broke off"))?;
        if gathered.len() + part.len() > longest {
            return Err(too_large(longest));
        }
        gathered.extend_from_slice(&part);
    }
    Ok(gathered)
}

fn too_large(longest: usize) -> Problem {
    Problem::because(Kind::TooLarge, format!("at most {longest} bytes are read here"))
}

/// Reads JSON, or says where it goes wrong.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A list of the values would do as well otherwise, and nobody says so anywhere.
    if body.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        let detail = "write one JSON object, such as {\"text\": \"…\"}";
        return Err(Problem::because(Kind::Invalid, detail.to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| json_problem(&error))
}

fn json_problem(error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let place = format!("line {}, column {}", error.line(), error.column());
    let said = said.split(" at line ").next().unwrap_or(&said);
    match error.classify() {
        Category::Data => {
            Problem::because(Kind::Invalid, format!("{place}: {}", what_instead(said)))
        }
        _ => Problem::because(
            Kind::BadJson,
            format!("{place}: {said}; write one JSON object, such as {{\"text\": \"…\"}}"),
        ),
    }
}

fn query_problem(rejection: &QueryRejection) -> Problem {
    let said = rejection.body_text();
    let said = said.rsplit_once("query string: ").map_or(said.as_str(), |(_, rest)| rest);
    bad_request(&format!("in the query: {}", what_instead(said)))
}

/// What a reader said of a value, with the nearest known key where it met an unknown one.
fn what_instead(said: &str) -> String {
    let Some((key, known)) = unknown_key(said) else {
        return said.chars().take(4 * LONGEST_ECHO).collect();
    };
    let shown: String = key.chars().take(LONGEST_ECHO).collect();
    match nearest(key, &known) {
        Some(near) => format!("unknown key `{shown}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown key `{shown}`; none is known here"),
        None => format!("unknown key `{shown}`; known here: {}", known.join(", ")),
    }
}

/// The unknown key that serde complains of, and the keys it knows.
fn unknown_key(said: &str) -> Option<(&str, Vec<&str>)> {
    let said = &said[said.find("unknown field `")? + "unknown field `".len()..];
    if let Some((key, _)) = said.rsplit_once("`, there are no fields") {
        return Some((key, Vec::new()));
    }
    let (key, expected) = said.rsplit_once("`, expected ")?;
    Some((key, expected.split('`').skip(1).step_by(2).collect()))
}

/// The known word that a mistyped one was meant to be: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > LONGEST_ECHO {
        return None;
    }
    let distance = |known: &str| strsim::damerau_levenshtein(&word.to_lowercase(), known);
    let near = known.iter().map(|known| (distance(known), *known)).min()?;
    (near.0 <= (near.1.len() / 3).max(1)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::ReportId;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its keys and their types matter")]
    struct Example {
        text: String,
        sender: Option<String>,
        limit: Option<u32>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    #[track_caller]
    fn check(body: &str, kind: Kind, expected: &str) {
        let problem = json::<Example>(body.as_bytes()).unwrap_err();
        let detail = problem.detail().unwrap_or_default();
        assert_eq!((problem.kind(), detail), (kind, expected), "{body}");
    }

    #[test]
    fn bad_json_is_told_with_its_place() {
        let what = "write one JSON object, such as {\"text\": \"…\"}";
        check(
            "{",
            Kind::BadJson,
            &format!("line 1, column 1: EOF while parsing an object; {what}"),
        );
        check("", Kind::BadJson, &format!("line 1, column 0: EOF while parsing a value; {what}"));
        check(
            "{\n \"text\": \"a\",}",
            Kind::BadJson,
            &format!("line 2, column 14: trailing comma; {what}"),
        );
        check(
            "{\"text\":\"a\"} x",
            Kind::BadJson,
            &format!("line 1, column 14: trailing characters; {what}"),
        );
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place() {
        check("{}", Kind::Invalid, "line 1, column 2: missing field `text`");
        check(
            "{\"text\": 5}",
            Kind::Invalid,
            "line 1, column 10: invalid type: integer `5`, expected a string",
        );
        // The values in their order are no object.
        for list in ["[5]", " [\"a\", null, null]", "["] {
            check(list, Kind::Invalid, "write one JSON object, such as {\"text\": \"…\"}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known() {
        check(
            "{\"txt\": \"a\"}",
            Kind::Invalid,
            "line 1, column 6: unknown key `txt`; did you mean `text`?",
        );
        check(
            "{\"zzzzzz\": \"a\"}",
            Kind::Invalid,
            "line 1, column 9: unknown key `zzzzzz`; known here: text, sender, limit",
        );
        check(
            "{\"a`, expected `b\": 1}",
            Kind::Invalid,
            "line 1, column 18: unknown key `a`, expected `b`; known here: text, sender, limit",
        );
        let long = format!("{{\"{}\": 1}}", "ä".repeat(5_000));
        let problem = json::<Example>(long.as_bytes()).unwrap_err();
        assert!(problem.detail().unwrap().len() < 400);
        let problem = json::<Nothing>(b"{\"a\": 1}").unwrap_err();
        assert_eq!(problem.detail(), Some("line 1, column 4: unknown key `a`; none is known here"));
    }

    #[test]
    fn ids_are_written_in_one_way() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        assert_eq!(id::<ReportId>(text).map(|id| id.to_string()).as_deref(), Some(text));
        for text in
            ["", "00112233445566778899aabbccddeeff", "0-0112233-4455-6677-8899-aabbccddeef", "é"]
        {
            assert_eq!(id::<ReportId>(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(number::<u32>("17"), Some(17));
        for text in ["", "+1", "-1", "1.0", "4294967296", "١"] {
            assert_eq!(number::<u32>(text), None, "{text}");
        }
    }
}
