//! Problems: what is answered when something cannot be done (RFC 9457).
//!
//! [`TABLE`] is the one place where an error gets its status, its code and its public text.
//! Codes are a contract: `urn:unhook:problem:` and the code is a problem's type for ever. What
//! the log says of a fault of ours never stands in an answer.

use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use unhook_app::{AccessError, AccountsError, Scope, ServiceError};
use unhook_engine::Refusal;
use utoipa::ToSchema;

/// What kind of problem: a row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    BadJson,
    Unauthorized,
    Forbidden,
    CrossSite,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    NotYet,
    Refused,
    TooLarge,
    MediaType,
    Invalid,
    TooMany,
    Broken,
    Unavailable,
}

/// Kind, status, code and title, each kind at its own index.
pub(crate) const TABLE: [(Kind, u16, &str, &str); 16] = [
    (Kind::BadRequest, 400, "bad-request", "the request cannot be read"),
    (Kind::BadJson, 400, "bad-json", "the body is no JSON"),
    (Kind::Unauthorized, 401, "unauthorized", "a bearer token is needed"),
    (Kind::Forbidden, 403, "forbidden", "the token does not allow this"),
    (Kind::CrossSite, 403, "cross-site", "the form was sent from another site"),
    (Kind::NotFound, 404, "not-found", "there is no such thing"),
    (Kind::MethodNotAllowed, 405, "method-not-allowed", "this cannot be done here"),
    (Kind::TooSlow, 408, "too-slow", "the body did not arrive in time"),
    (Kind::NotYet, 409, "not-yet", "reads have not come to that position yet"),
    (Kind::Refused, 409, "refused", "it cannot be done, as things are"),
    (Kind::TooLarge, 413, "too-large", "the body is too large"),
    (Kind::MediaType, 415, "media-type", "the body is of another kind than what is read here"),
    (Kind::Invalid, 422, "invalid", "what was given cannot be worked with"),
    (Kind::TooMany, 429, "too-many", "too many requests"),
    (Kind::Broken, 500, "broken", "something is out of order; the log says what"),
    (Kind::Unavailable, 503, "unavailable", "not available for now; the same again may succeed"),
];

/// Seconds after which it is worth trying again where nothing better is known.
const RETRY_SECONDS: u64 = 1;

impl Kind {
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(TABLE[self as usize].1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn code(self) -> &'static str {
        TABLE[self as usize].2
    }

    pub(crate) fn title(self) -> &'static str {
        TABLE[self as usize].3
    }
}

/// One problem, on its way to whoever asked.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Option<String>,
    /// Which value is wrong, as a JSON pointer, and how.
    errors: Vec<ValueError>,
    scope: Option<&'static str>,
    retry_seconds: Option<u64>,
    /// Whether a token was there, and is good for nothing.
    is_bad_token: bool,
}

/// What a problem looks like.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// What kind of problem this is, for ever the same: `urn:unhook:problem:` and a code.
    #[serde(rename = "type")]
    #[schema(format = "uri", example = "urn:unhook:problem:not-found")]
    kind: String,
    /// The kind in words.
    title: &'a str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time, and what to do or write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// Which values are wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [ValueError],
    /// The scope that a token needs for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// A value that cannot be worked with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueError {
    /// Where it stands in the body (RFC 6901).
    pub(crate) pointer: String,
    /// What is wrong, and what to write instead.
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind) -> Self {
        let retry_seconds = matches!(kind, Kind::NotYet | Kind::TooMany | Kind::Unavailable);
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            scope: None,
            retry_seconds: retry_seconds.then_some(RETRY_SECONDS),
            is_bad_token: false,
        }
    }

    pub(crate) fn because(kind: Kind, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(kind) }
    }

    /// A value of the body that cannot be worked with.
    pub(crate) fn value(pointer: &str, detail: impl Into<String>) -> Self {
        let error = ValueError { pointer: pointer.to_owned(), detail: detail.into() };
        let detail = format!("`{}`: {}", pointer.trim_start_matches('/'), error.detail);
        Self { errors: vec![error], ..Self::because(Kind::Invalid, detail) }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::because(Kind::NotFound, format!("there is no such {what}"))
    }

    pub(crate) fn lacks(scope: Scope) -> Self {
        Self {
            scope: Some(scope.name()),
            ..Self::because(
                Kind::Forbidden,
                format!("this needs a token with the scope `{}`", scope.name()),
            )
        }
    }

    pub(crate) fn bad_token() -> Self {
        Self {
            is_bad_token: true,
            ..Self::because(
                Kind::Unauthorized,
                "the token is unknown, has expired or was revoked; ask an admin for another",
            )
        }
    }

    pub(crate) fn too_many(seconds: u64) -> Self {
        Self {
            retry_seconds: Some(seconds.max(RETRY_SECONDS)),
            ..Self::because(Kind::TooMany, format!("try again in {seconds} seconds"))
        }
    }

    /// A fault of ours: the log gets its causes, the answer none of them.
    fn ours(kind: Kind, error: &dyn Error) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes = format!("{causes}: {cause}");
            source = cause.source();
        }
        tracing::error!(code = kind.code(), causes, "a request could not be answered");
        Self::new(kind)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    #[cfg(test)]
    pub(crate) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    pub(crate) fn retry_seconds(&self) -> Option<u64> {
        self.retry_seconds
    }

    fn body(&self) -> ProblemBody<'_> {
        ProblemBody {
            kind: format!("urn:unhook:problem:{}", self.kind.code()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail.as_deref(),
            errors: &self.errors,
            scope: self.scope,
        }
    }

    /// How to get in (RFC 6750, section 3).
    fn challenge(&self) -> Option<String> {
        match self.kind {
            Kind::Unauthorized if self.is_bad_token => {
                Some("Bearer realm=\"unhook\", error=\"invalid_token\"".to_owned())
            }
            Kind::Unauthorized => Some("Bearer realm=\"unhook\"".to_owned()),
            Kind::Forbidden => self.scope.map(|scope| {
                format!("Bearer realm=\"unhook\", error=\"insufficient_scope\", scope=\"{scope}\"")
            }),
            _ => None,
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => refusal.into(),
            ServiceError::Invalid(detail) => Self::because(Kind::Invalid, detail),
            ServiceError::TooMany { seconds } => Self::too_many(seconds),
            ServiceError::Unread(_) | ServiceError::Unavailable(_) => {
                Self::ours(Kind::Unavailable, &error)
            }
            // Whatever is added is a fault of ours until the table says otherwise.
            _ => Self::ours(Kind::Broken, &error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NoCampaign { .. } | Refusal::NoReport { .. } => Kind::NotFound,
            _ => Kind::Refused,
        };
        Self::because(kind, refusal.to_string())
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        Self::ours(Kind::Unavailable, &error)
    }
}

impl From<AccountsError> for Problem {
    fn from(error: AccountsError) -> Self {
        Self::ours(Kind::Unavailable, &error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // A struct of texts and numbers always becomes JSON.
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge().and_then(|text| text.try_into().ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(Said { kind: self.kind, detail: self.detail });
        response
    }
}

/// What a problem's answer says, for whoever says it otherwise on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) kind: Kind,
    pub(crate) detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::CampaignId;

    fn cause(text: &str) -> unhook_app::journal::Cause {
        text.to_owned().into()
    }

    #[test]
    fn kinds_stand_at_their_own_index() {
        for (at, (kind, status, code, _)) in TABLE.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
            assert_eq!(kind.status().as_u16(), status);
            let same = TABLE.iter().filter(|row| row.2 == code).count();
            assert_eq!(same, 1, "a code means one thing: {code}");
        }
    }

    #[test]
    fn every_error_of_the_service_has_a_row() {
        let campaign = CampaignId::from_bytes([7; 16]);
        let errors: Vec<ServiceError> = vec![
            Refusal::NoCampaign { campaign }.into(),
            Refusal::OneSided.into(),
            ServiceError::Invalid("the text is empty; paste what you got".to_owned()),
            ServiceError::TooMany { seconds: 40 },
            ServiceError::Unavailable(cause("disk full at /secret")),
            ServiceError::Broken(cause("page 7 is torn")),
        ];
        let bodies: Vec<String> = errors
            .into_iter()
            .map(Problem::from)
            .map(|problem| {
                let retry = problem.retry_seconds.map_or(String::new(), |s| format!(" after {s}"));
                serde_json::to_string(&problem.body()).unwrap() + &retry
            })
            .collect();
        insta::assert_snapshot!(bodies.join("\n"));
    }

    #[test]
    fn who_may_not_come_in_is_told_how_to() {
        let challenge = |problem: Problem| {
            let response = problem.into_response();
            let header = &response.headers()[header::WWW_AUTHENTICATE];
            (response.status().as_u16(), header.to_str().unwrap().to_owned())
        };
        let (status, none) = challenge(Problem::new(Kind::Unauthorized));
        assert_eq!((status, none.as_str()), (401, "Bearer realm=\"unhook\""));
        let (status, bad) = challenge(Problem::bad_token());
        assert_eq!(status, 401);
        assert!(bad.contains("invalid_token"), "{bad}");
        let (status, lacking) = challenge(Problem::lacks(Scope::ReadPeople));
        assert_eq!(status, 403);
        assert!(lacking.contains("scope=\"read-people\""), "{lacking}");
    }
}
