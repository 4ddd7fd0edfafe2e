//! Tokens: listed without what they are, made, and made good for nothing.

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Serialize;
use unhook_app::{Access, AccessError, AuditEntry, Grant, Scope};
use unhook_model::{PersonId, Timestamp};
use utoipa::ToSchema;

use super::AfterQuery;
use crate::gate::Caller;
use crate::given::{Given, Params, Segment};
use crate::problem::Problem;
use crate::web::Shared;
use crate::{time, words};

/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 100;

/// A token, without what it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenBody {
    /// Its id, which events and the audit trail name.
    #[schema(format = "uuid")]
    id: String,
    /// What it is for.
    name: String,
    /// What it allows.
    #[schema(schema_with = words::scopes)]
    scopes: Vec<&'static str>,
    /// When it was made.
    #[schema(format = "date-time")]
    made_at: String,
    /// From when on it is good for nothing.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// When it was revoked.
    #[schema(format = "date-time")]
    revoked_at: Option<String>,
}

impl TokenBody {
    fn of(grant: &Grant) -> Self {
        Self {
            id: grant.by.to_string(),
            name: grant.name.clone(),
            scopes: grant.scopes.iter().map(|scope| scope.name()).collect(),
            made_at: time::write(grant.made_at),
            expires_at: grant.expires_at.map(time::write),
            revoked_at: grant.revoked_at.map(time::write),
        }
    }
}

/// Tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    /// Every one that was made.
    items: Vec<TokenBody>,
}

/// Every token that was made, without what it is.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "access", params(AfterQuery),
    operation_id = "list_tokens",
    responses((status = 200, description = "All of them", body = TokenList)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<TokenList>, Problem> {
    let grants = shared.look_up(|service| service.access().grants()).await?;
    Ok(Json(TokenList { items: grants.iter().map(TokenBody::of).collect() }))
}

/// A token to make.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequest {
    /// What it is for. Nothing personal: it stands in lists.
    #[schema(max_length = 100, pattern = r"\S", example = "mail gateway")]
    name: String,
    /// What it allows.
    #[schema(schema_with = words::scopes)]
    scopes: Vec<String>,
    /// From when on it is good for nothing; left out, never.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
}

const DAY: Duration = Duration::from_hours(24);

/// What a token is to be.
struct Wanted {
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
}

impl TokenRequest {
    fn read(&self) -> Result<Wanted, Problem> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Problem::value("/name", "say what it is for, in 1 to 100 characters"));
        }
        let read = |name: &String| {
            let how = || format!("each is one of {}", words::listed(Scope::ALL.map(|(_, n)| n)));
            Scope::from_name(name).ok_or_else(|| Problem::value("/scopes", how()))
        };
        let mut scopes = self.scopes.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() || scopes.len() < self.scopes.len() {
            return Err(Problem::value("/scopes", "name at least one scope, each once"));
        }
        let expires_at = self.expires_at.as_deref().map(|text| {
            let how = "a time such as 2027-01-01T00:00:00Z";
            time::read(text).ok_or_else(|| Problem::value("/expires_at", how))
        });
        Ok(Wanted { name: name.to_owned(), scopes, expires_at: expires_at.transpose()? })
    }
}

/// A token, the only time it is seen.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenMade {
    /// The token itself: it is not shown again.
    token: String,
    #[serde(flatten)]
    grant: TokenBody,
}

/// Make a token.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "access", request_body = TokenRequest,
    operation_id = "make_token",
    responses((status = 201, description = "Made", body = TokenMade)))]
pub(crate) async fn make(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Given(given): Given<TokenRequest>,
) -> Result<(StatusCode, Json<TokenMade>), Problem> {
    let wanted = given.read()?;
    let made = shared
        .look_up(move |service| make_recorded(service.access(), &wanted, caller.by, service.now()))
        .await?;
    let (token, grant) = made;
    Ok((StatusCode::CREATED, Json(TokenMade { token, grant: TokenBody::of(&grant) })))
}

/// Makes a token with these scopes for so many days, or for ever, and returns it.
pub(crate) async fn make_for(
    shared: &Shared,
    by: PersonId,
    name: String,
    scopes: Vec<String>,
    days: Option<u32>,
) -> Result<String, Problem> {
    let mut wanted = TokenRequest { name, scopes, expires_at: None }.read()?;
    wanted.expires_at = days.map(|days| shared.service().now().plus(DAY.saturating_mul(days)));
    let make = move |service: &unhook_app::Service| {
        make_recorded(service.access(), &wanted, by, service.now())
    };
    Ok(shared.look_up(make).await?.0)
}

/// Makes a token that stands in the trail, or none: its id is only known once it is made.
fn make_recorded(
    access: &dyn Access,
    wanted: &Wanted,
    by: PersonId,
    now: Timestamp,
) -> Result<(String, Grant), AccessError> {
    let (token, grant) = access.make(&wanted.name, &wanted.scopes, now, wanted.expires_at)?;
    if let Err(error) = access.record(&entry("token-made", grant.by, by, now)) {
        access.revoke(grant.by, now)?;
        return Err(error);
    }
    Ok((token, grant))
}

/// Make a token good for nothing, at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "access",
    operation_id = "revoke_token",
    params(("id" = String, Path, format = "uuid", description = "The token's id")),
    responses((status = 204, description = "It is good for nothing any more")))]
pub(crate) async fn revoke(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(token): Segment<PersonId>,
) -> Result<StatusCode, Problem> {
    if revoke_for(&shared, caller.by, token).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("token"))
    }
}

/// Makes a token good for nothing, and says whether there was one.
pub(crate) async fn revoke_for(
    shared: &Shared,
    by: PersonId,
    token: PersonId,
) -> Result<bool, Problem> {
    shared.look_up(move |service| revoke_recorded(service.access(), token, by, service.now())).await
}

/// Revokes a token and says so in the trail; says whether there was one.
fn revoke_recorded(
    access: &dyn Access,
    token: PersonId,
    by: PersonId,
    now: Timestamp,
) -> Result<bool, AccessError> {
    let is_there = |grant: &Grant| grant.by == token && grant.revoked_at.is_none();
    if !access.grants()?.iter().any(is_there) {
        return Ok(false);
    }
    // Revoking comes first: a token that leaked must not live on for want of a line.
    let was_there = access.revoke(token, now)?;
    access.record(&entry("token-revoked", token, by, now))?;
    Ok(was_there)
}

fn entry(action: &str, token: PersonId, by: PersonId, at: Timestamp) -> AuditEntry {
    AuditEntry {
        at,
        by: Some(by),
        action: action.to_owned(),
        subject: token.to_string(),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::Untrailed;
    use unhook_app::access::fake::FakeAccess;

    fn read(body: &str) -> Result<Wanted, Problem> {
        crate::given::json::<TokenRequest>(body.as_bytes())?.read()
    }

    #[test]
    fn a_token_says_what_it_allows() {
        let wanted = read(r#"{"name": " mail ", "scopes": ["read", "intake"]}"#).unwrap();
        assert_eq!(wanted.name, "mail");
        assert_eq!(wanted.scopes, [Scope::Intake, Scope::Read]);
        for (body, expected) in [
            (r#"{"name": " ", "scopes": ["read"]}"#, "`name`: say what it is for"),
            (r#"{"name": "a", "scopes": []}"#, "`scopes`: name at least one scope"),
            (r#"{"name": "a", "scopes": ["read", "read"]}"#, "`scopes`: name at least one"),
            (r#"{"name": "a", "scopes": ["root"]}"#, "`scopes`: each is one of `intake`"),
            (r#"{"name": "a", "scopes": ["read"], "expires_at": "soon"}"#, "`expires_at`: a time"),
        ] {
            let detail = read(body).err().and_then(|p| p.detail().map(str::to_owned));
            assert!(detail.as_ref().is_some_and(|d| d.starts_with(expected)), "{detail:?}");
        }
    }

    #[test]
    fn what_is_done_to_tokens_stands_in_the_trail() {
        let tokens = FakeAccess::new();
        let (now, by) = (Timestamp::from_unix_ms(5), PersonId::from_bytes([7; 16]));
        let wanted = read(r#"{"name": "a", "scopes": ["read"]}"#).unwrap();
        let (_, grant) = make_recorded(&tokens, &wanted, by, now).unwrap();
        assert!(revoke_recorded(&tokens, grant.by, by, now).unwrap());
        assert!(!revoke_recorded(&tokens, grant.by, by, now).unwrap());
        let trail = tokens.trail(None, 10).unwrap();
        let actions: Vec<&str> = trail.iter().map(|(_, entry)| entry.action.as_str()).collect();
        assert_eq!(actions, ["token-revoked", "token-made"]);
    }

    #[test]
    fn a_token_that_cannot_be_recorded_is_none() {
        let tokens = Untrailed::default();
        let wanted = read(r#"{"name": "a", "scopes": ["read"]}"#).unwrap();
        let by = PersonId::from_bytes([7; 16]);
        assert!(make_recorded(&tokens, &wanted, by, Timestamp::from_unix_ms(5)).is_err());
        assert!(tokens.grants().unwrap().iter().all(|grant| grant.revoked_at.is_some()));
    }
}
