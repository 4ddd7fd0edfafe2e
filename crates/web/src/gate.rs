//! The gate before every route of the API: who comes in, with which token, and from which
//! position on they want to read.
//!
//! A bearer token is the only way in: no cookie, no query, so nothing that a browser sends by
//! itself opens anything.

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use unhook_app::journal::Position;
use unhook_app::{Access, Scope};
use unhook_model::{PersonId, Timestamp};

use crate::given::{bad_request, number};
use crate::problem::{Kind, Problem};
use crate::routes::Route;
use crate::web::Shared;

/// The longest token looked up, in bytes; ours are far shorter.
const LONGEST_TOKEN: usize = 256;

/// The most digits of a position: no journal counts further than 2⁶³.
pub(crate) const LONGEST_POSITION: usize = 19;

/// Where reads stood when an answer was made, or a write stands.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("unhook-position");

/// Who acts, as their token says.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The token's id.
    pub(crate) by: PersonId,
    /// The token, to look at it again while an answer lasts.
    pub(crate) bearer: Bearer,
}

/// A bearer token. It is never shown, nor does it reach a log.
#[derive(Clone)]
pub(crate) struct Bearer(String);

#[cfg(test)]
impl From<&str> for Bearer {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(…)")
    }
}

/// A route's handler behind the gate. A method that is not there needs no token to be refused.
pub(crate) fn guarded(shared: &Shared, route: Route) -> MethodRouter<Shared> {
    let state = (shared.clone(), route.scope);
    route.handler.route_layer(middleware::from_fn_with_state(state, gate))
}

async fn gate(
    State((shared, scope)): State<(Shared, Scope)>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match enter(&shared, request.headers(), scope) {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(caller);
    if let Err(problem) = wait_for_position(&shared, request.method(), request.uri()).await {
        return problem.into_response();
    }
    let position = shared.service().position();
    let mut response = next.run(request).await;
    if let Some(position) = position {
        let position = HeaderValue::from(position.to_raw());
        response.headers_mut().entry(POSITION).or_insert(position);
    }
    response
}

/// Looks up who comes with these headers, and whether they may do this.
///
/// Not where other look-ups are made: nearly always the grant is remembered, and finding it takes
/// some microseconds, of which every request would pay many more for changing threads.
pub(crate) fn enter(shared: &Shared, headers: &HeaderMap, scope: Scope) -> Result<Caller, Problem> {
    let bearer = bearer(headers)?;
    let service = shared.service();
    admit(service.access(), bearer, scope, service.now())
}

/// Whether a token allows this at a moment.
pub(crate) fn admit(
    access: &dyn Access,
    bearer: Bearer,
    scope: Scope,
    now: Timestamp,
) -> Result<Caller, Problem> {
    match access.grant(&bearer.0)? {
        Some(grant) if grant.is_live(now) && grant.allows(scope) => {
            Ok(Caller { by: grant.by, bearer })
        }
        Some(grant) if grant.is_live(now) => Err(Problem::lacks(scope)),
        _ => Err(Problem::bad_token()),
    }
}

/// The token of a request (RFC 6750, section 2.1); or, since devices that poll lists know no other way,
/// the password of one by RFC 7617. No browser is ever asked for that, so none sends it by itself.
fn bearer(headers: &HeaderMap) -> Result<Bearer, Problem> {
    const HOW: &str = "send `Authorization: Bearer` and a token; `unhook token` makes one";
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let nobody = || Problem::because(Kind::Unauthorized, HOW);
    let (Some(line), None) = (lines.next(), lines.next()) else { return Err(nobody()) };
    let (scheme, token) = line.to_str().ok().and_then(|l| l.split_once(' ')).ok_or_else(nobody)?;
    let token = match token.trim() {
        basic if scheme.eq_ignore_ascii_case("basic") => password(basic).ok_or_else(nobody)?,
        bearer if scheme.eq_ignore_ascii_case("bearer") => bearer.to_owned(),
        _ => return Err(nobody()),
    };
    if token.is_empty() {
        return Err(nobody());
    }
    if token.len() > LONGEST_TOKEN {
        return Err(Problem::bad_token());
    }
    Ok(Bearer(token))
}

/// The password of credentials by RFC 7617; the user is whatever a device insists on.
fn password(credentials: &str) -> Option<String> {
    let bytes = BASE64.decode(credentials).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

#[derive(serde::Deserialize)]
struct After {
    after: Option<String>,
}

/// A read that names a position sees it, or is told to come again.
async fn wait_for_position(shared: &Shared, method: &Method, uri: &Uri) -> Result<(), Problem> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    // A query that cannot be read is the handler's to complain of.
    let Ok(Query(After { after: Some(after) })) = Query::try_from_uri(uri) else { return Ok(()) };
    let raw = number(&after).filter(|_| after.len() <= LONGEST_POSITION).ok_or_else(|| {
        bad_request("`after` is no position; take one that an answer to a write gave")
    })?;
    if shared.service().has_seen(Position::from_raw(raw)).await {
        return Ok(());
    }
    Err(Problem::because(Kind::NotYet, "reads have not come that far; ask again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_app::access::fake::FakeAccess;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn one_bearer_token_is_read() {
        let read = |lines: &[&str]| bearer(&headers(lines)).map(|bearer| bearer.0);
        assert_eq!(read(&["Bearer abc"]).unwrap(), "abc");
        assert_eq!(read(&["bearer  abc "]).unwrap(), "abc");
        for lines in [
            &[][..],
            &[""],
            &["Bearer"],
            &["Bearer "],
            &["Basic abc"],
            &["abc"],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(lines).unwrap_err().kind(), Kind::Unauthorized, "{lines:?}");
        }
        assert!(read(&[&format!("Bearer {}", "a".repeat(10_000))]).is_err());
        // A firewall that polls: any user, the token as its password.
        assert_eq!(read(&["Basic cGFuOmFiYzpk"]).unwrap(), "abc:d");
        assert!(read(&["Basic cGFu"]).is_err() && read(&["Basic cGFuOg=="]).is_err());
    }

    #[test]
    fn a_token_never_shows_itself() {
        assert_eq!(format!("{:?}", Bearer("secret".to_owned())), "Bearer(…)");
    }

    #[test]
    fn a_token_lets_in_for_its_scopes_and_as_long_as_it_lives() {
        let now = Timestamp::from_unix_ms(1_000);
        let tokens = FakeAccess::new();
        let end = Some(Timestamp::from_unix_ms(2_000));
        let (bearer, grant) = tokens.make("console", &[Scope::Read], now, end).unwrap();
        let admit = |scope, at| {
            let at = Timestamp::from_unix_ms(at);
            admit(&tokens, Bearer(bearer.clone()), scope, at).map_err(|problem| problem.kind())
        };
        assert_eq!(admit(Scope::Read, 1_999).unwrap().by, grant.by);
        assert_eq!(admit(Scope::Rule, 1_999).unwrap_err(), Kind::Forbidden);
        assert_eq!(admit(Scope::Read, 2_000).unwrap_err(), Kind::Unauthorized);
        assert_eq!(admit(Scope::Rule, 2_000).unwrap_err(), Kind::Unauthorized);
        tokens.revoke(grant.by, now).unwrap();
        assert_eq!(admit(Scope::Read, 1_999).unwrap_err(), Kind::Unauthorized);
    }
}
