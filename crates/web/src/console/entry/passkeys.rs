//! The ceremonies of passkeys (Web Authentication, level 3): joining, signing in, showing one
//! again, adding a further one.
//!
//! Each has two halves, and what the first leaves behind is good for one second half (`kept`), of the
//! same kind, for the same code or session. That the answer is for this very challenge, origin and
//! host, that its owner was verified, and that no counter went back, `webauthn-rs` checks; that of
//! two who show the same state of a passkey one is let in, the accounts.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unhook_app::Account;
use unhook_app::accounts::{NewPasskey, Passkey, Proof, Purpose, name};
use unhook_model::PersonId;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey as Credential, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid, Webauthn,
    WebauthnError,
};

use super::{Seat, audit, browser, from_here, next, session, within_rate};
use crate::console::viewer::Viewer;
use crate::given::Given;
use crate::peer::Peer;
use crate::problem::{Kind, Problem};
use crate::web::Shared;

/// What the first half of a ceremony leaves behind.
pub(super) enum Ceremony {
    SignIn(DiscoverableAuthentication),
    StepUp(PersonId, PasskeyAuthentication),
    Join(String, PasskeyRegistration),
    Add(PersonId, PasskeyRegistration),
}

/// What a browser is given to begin with.
#[derive(Serialize)]
pub(super) struct Begun {
    ceremony: String,
    options: Value,
}

/// A passkey that was shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    ceremony: String,
    credential: PublicKeyCredential,
    next: Option<String>,
}

/// A passkey that was made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    ceremony: String,
    credential: RegisterPublicKeyCredential,
    label: Option<String>,
}

/// Where to go from here.
#[derive(Serialize)]
struct Onward {
    to: String,
}

fn onward(to: &str) -> Response {
    Json(Onward { to: to.to_owned() }).into_response()
}

pub(super) async fn start_sign_in(
    State(shared): State<Shared>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Json<Begun>, Problem> {
    from_here(&shared, &headers)?;
    within_rate(&shared, &shared.console().beginnings, peer, &headers)?;
    let (options, state) =
        webauthn(&shared)?.start_discoverable_authentication().map_err(|e| broken(&e))?;
    begun(&shared, as_json(&options.public_key)?, Ceremony::SignIn(state))
}

pub(super) async fn finish_sign_in(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Given(shown): Given<Shown>,
) -> Result<Response, Problem> {
    from_here(&shared, &headers)?;
    let Some(Ceremony::SignIn(state)) = take(&shared, &shown.ceremony) else {
        return Err(passed());
    };
    let webauthn = webauthn(&shared)?;
    let identified = webauthn.identify_discoverable_authentication(&shown.credential);
    let Ok((handle, credential_id)) = identified else {
        audit::refused(&shared, None, "unreadable").await;
        return Err(session::refusal());
    };
    let account = PersonId::from_bytes(handle.into_bytes());
    let Some((before, credential)) = find(&shared, account, credential_id).await? else {
        audit::refused(&shared, None, "unknown-passkey").await;
        return Err(session::refusal());
    };
    let result =
        webauthn.finish_discoverable_authentication_v2(&shown.credential, state, &credential);
    believe(&shared, account, before, credential, result).await?;
    let cookie = session::begin(&shared, &headers, account, Proof::Passkey).await?;
    let to = next::or_first(shown.next.as_deref());
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), onward(to)).into_response())
}

pub(super) async fn start_step_up(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Json<Begun>, Problem> {
    within_rate(&shared, &shared.console().beginnings, peer, &headers)?;
    let own: Vec<Credential> =
        own(&shared, seat.account).await?.into_iter().map(|(_, credential)| credential).collect();
    if own.is_empty() {
        let how = "you have no passkey yet; add one under /account";
        return Err(Problem::because(Kind::Refused, how));
    }
    let (options, state) =
        webauthn(&shared)?.start_passkey_authentication(&own).map_err(|e| broken(&e))?;
    begun(&shared, as_json(&options.public_key)?, Ceremony::StepUp(seat.session, state))
}

pub(super) async fn finish_step_up(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Given(shown): Given<Shown>,
) -> Result<Response, Problem> {
    let Some(Ceremony::StepUp(session, state)) = take(&shared, &shown.ceremony) else {
        return Err(passed());
    };
    if session != seat.session {
        return Err(passed());
    }
    let id = shown.credential.get_credential_id();
    let Some((before, credential)) = find(&shared, seat.account, id).await? else {
        audit::refused(&shared, Some(seat.account), "unknown-passkey").await;
        return Err(session::refusal());
    };
    let result = webauthn(&shared)?.finish_passkey_authentication(&shown.credential, &state);
    believe(&shared, seat.account, before, credential, result).await?;
    audit::record(&shared, seat.account, "step-up", seat.session, None).await?;
    shared.look_up(move |service| service.accounts().freshen(session, service.now())).await?;
    Ok(onward(next::or_first(shown.next.as_deref())))
}

pub(super) async fn start_joining(
    State(shared): State<Shared>,
    Path(code): Path<String>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Json<Begun>, Problem> {
    from_here(&shared, &headers)?;
    within_rate(&shared, &shared.console().codes, peer, &headers)?;
    let account = behind(&shared, &code).await?.ok_or_else(no_such_code)?;
    let (options, state) = register(&shared, &account).await?;
    begun(&shared, options, Ceremony::Join(code, state))
}

pub(super) async fn finish_joining(
    State(shared): State<Shared>,
    Path(code): Path<String>,
    headers: HeaderMap,
    Given(made): Given<Made>,
) -> Result<Response, Problem> {
    from_here(&shared, &headers)?;
    let Some(Ceremony::Join(begun_with, state)) = take(&shared, &made.ceremony) else {
        return Err(passed());
    };
    if begun_with != code {
        return Err(passed());
    }
    let (handle, credential) = verified(&shared, &made.credential, &state).await?;
    let label = label(made.label.as_deref(), &headers);
    if let Some(account) = behind(&shared, &code).await? {
        let how = Some("invitation".to_owned());
        audit::record(&shared, account.id, "passkey-added", account.id, how).await?;
    }
    let joined = shared.look_up(move |service| {
        let passkey = NewPasskey { handle: &handle, label: &label, credential: &credential };
        service.accounts().join_passkey(&code, passkey, service.now())
    });
    let Some(account) = joined.await? else {
        audit::refused(&shared, None, "used-invitation").await;
        return Err(no_such_code());
    };
    let cookie = session::begin(&shared, &headers, account.id, Proof::Passkey).await?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), onward("/")).into_response())
}

pub(super) async fn start_adding(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Extension(seat): Extension<Seat>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Json<Begun>, Problem> {
    within_rate(&shared, &shared.console().beginnings, peer, &headers)?;
    let account = seat.account;
    let account = shared.look_up(move |service| service.accounts().account(account)).await?;
    let account = account.ok_or_else(session::refusal)?;
    if !seat.may_add(&viewer, &account, shared.service().now()) {
        let how = match account.passkeys {
            0 => "sign in again, and add your first passkey right away",
            _ => "show a passkey that you have at /step-up first",
        };
        return Err(Problem::because(Kind::Forbidden, how));
    }
    let (options, state) = register(&shared, &account).await?;
    begun(&shared, options, Ceremony::Add(seat.session, state))
}

pub(super) async fn finish_adding(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    headers: HeaderMap,
    Given(made): Given<Made>,
) -> Result<Response, Problem> {
    let Some(Ceremony::Add(session, state)) = take(&shared, &made.ceremony) else {
        return Err(passed());
    };
    if session != seat.session {
        return Err(passed());
    }
    let (handle, credential) = verified(&shared, &made.credential, &state).await?;
    let label = label(made.label.as_deref(), &headers);
    let account = seat.account;
    audit::record(&shared, account, "passkey-added", account, None).await?;
    let added = shared.look_up(move |service| {
        let passkey = NewPasskey { handle: &handle, label: &label, credential: &credential };
        service.accounts().add_passkey(account, passkey, service.now())
    });
    if !added.await? {
        let how = "this passkey is in use already, or you have as many as there may be";
        return Err(Problem::because(Kind::Refused, how));
    }
    Ok(onward("/account"))
}

fn webauthn(shared: &Shared) -> Result<&Webauthn, Problem> {
    let console = shared.console();
    console.webauthn.as_ref().ok_or_else(|| {
        let why = console.trouble().map(|trouble| trouble.to_string()).unwrap_or_default();
        Problem::because(Kind::Refused, why)
    })
}

fn as_json(options: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(options).map_err(|error| {
        tracing::error!(%error, "options of a passkey cannot be written");
        Problem::new(Kind::Broken)
    })
}

fn begun(shared: &Shared, options: Value, ceremony: Ceremony) -> Result<Json<Begun>, Problem> {
    let ceremony = shared.console().ceremonies.put(ceremony, shared.service().now())?;
    Ok(Json(Begun { ceremony, options }))
}

fn take(shared: &Shared, ceremony: &str) -> Option<Ceremony> {
    shared.console().ceremonies.take(ceremony, shared.service().now())
}

/// Begins to make a passkey that its authenticator finds by itself, without a name typed first.
async fn register(
    shared: &Shared,
    account: &Account,
) -> Result<(Value, PasskeyRegistration), Problem> {
    let own = own(shared, account.id).await?;
    let known = own.iter().map(|(_, credential)| credential.cred_id().clone()).collect();
    let id = Uuid::from_bytes(account.id.to_bytes());
    let (options, state) = webauthn(shared)?
        .start_passkey_registration(id, &account.name, &account.name, Some(known))
        .map_err(|error| broken(&error))?;
    let mut options = as_json(&options.public_key)?;
    options["authenticatorSelection"]["residentKey"] = "required".into();
    options["authenticatorSelection"]["requireResidentKey"] = true.into();
    Ok((options, state))
}

/// A new passkey's handle, and itself as it is kept.
async fn verified(
    shared: &Shared,
    made: &RegisterPublicKeyCredential,
    state: &PasskeyRegistration,
) -> Result<(Vec<u8>, Vec<u8>), Problem> {
    match webauthn(shared)?.finish_passkey_registration(made, state) {
        Ok(credential) => Ok((credential.cred_id().to_vec(), written(&credential)?)),
        Err(error) => {
            tracing::info!(%error, "a passkey could not join");
            audit::refused(shared, None, "wrong-passkey").await;
            let why = "this passkey cannot be used here; it must verify you by PIN, finger or face";
            Err(Problem::because(Kind::Refused, why))
        }
    }
}

/// Takes a passkey that was shown for shown, once, with its counter.
async fn believe(
    shared: &Shared,
    account: PersonId,
    before: Passkey,
    mut credential: Credential,
    result: Result<AuthenticationResult, WebauthnError>,
) -> Result<(), Problem> {
    let why = match result {
        Ok(result) if result.user_verified() => {
            credential.update_credential(&result);
            let after = written(&credential)?;
            let shown = shared.look_up(move |service| {
                service.accounts().show_passkey(account, &before, &after, service.now())
            });
            if shown.await? {
                return Ok(());
            }
            "shown-twice"
        }
        Ok(_) => "not-verified",
        Err(WebauthnError::CredentialPossibleCompromise) => "copied-passkey",
        Err(error) => {
            tracing::info!(%error, "a passkey was refused");
            "wrong-passkey"
        }
    };
    audit::refused(shared, Some(account), why).await;
    Err(session::refusal())
}

/// The passkeys of an account. One that cannot be read any more is left out.
async fn own(shared: &Shared, account: PersonId) -> Result<Vec<(Passkey, Credential)>, Problem> {
    let kept = shared.look_up(move |service| service.accounts().passkeys(account)).await?;
    let read = kept.into_iter().filter_map(|passkey| {
        let credential = serde_json::from_slice(&passkey.credential).ok()?;
        Some((passkey, credential))
    });
    Ok(read.collect())
}

async fn find(
    shared: &Shared,
    account: PersonId,
    id: &[u8],
) -> Result<Option<(Passkey, Credential)>, Problem> {
    let own = own(shared, account).await?;
    Ok(own.into_iter().find(|(_, credential)| credential.cred_id().as_slice() == id))
}

fn written(credential: &Credential) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(credential).map_err(|error| {
        tracing::error!(%error, "a passkey cannot be written");
        Problem::new(Kind::Broken)
    })
}

/// Whose a code is.
pub(super) async fn behind(shared: &Shared, code: &str) -> Result<Option<Account>, Problem> {
    let code = code.to_owned();
    shared
        .look_up(move |service| service.accounts().behind(&code, Purpose::Join, service.now()))
        .await
}

fn label(given: Option<&str>, headers: &HeaderMap) -> String {
    given.and_then(name).unwrap_or_else(|| browser::name(headers))
}

pub(super) fn no_such_code() -> Problem {
    let how = "this link was used or has ended; ask whoever sent it for another";
    Problem::because(Kind::NotFound, how)
}

fn passed() -> Problem {
    Problem::because(Kind::NotYet, "this took too long, or was begun elsewhere; begin again")
}

fn broken(error: &WebauthnError) -> Problem {
    tracing::error!(%error, "a ceremony cannot begin");
    Problem::new(Kind::Broken)
}
