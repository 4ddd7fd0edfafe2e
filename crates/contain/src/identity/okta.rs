//! Okta: the management API, the System Log and event hooks.
//!
//! Written from Okta's published description of the management API. What it does of itself and
//! callers should know: ending sessions takes tokens back in the same call, so both steps are one; only
//! an active account can be suspended, not one whose password has expired, so suspend first; and
//! removing a device deactivates it for everybody who uses it.

pub mod hook;
mod log;

use std::sync::Arc;

use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use serde_json::Value;
use unhook_app::identity::{
    Ability, AccountState, Added, Additions, Cursor, FoundAccount, IdentityError, IdentityProvider,
    Page, Performed, ProviderKind, ReadFrom, Step,
};
use unhook_app::{Pending, Surroundings};
use unhook_model::Timestamp;

pub use hook::{EventHook, EventHookError};
pub use log::read_log;

use super::api::{Api, Authority};
use super::http::{Answer, Body, Call, Client, Endpoint};
use super::jwt::Key;
use super::tokens::{Grant, Tokens, bearer};
use super::value::{MOST_ENTRIES, id, is_id, text, time, written};
use super::{Secret, SettingsError};

/// What a service app is granted that does all of it.
pub const SCOPES: &str = "okta.users.read okta.users.manage okta.logs.read okta.devices.manage";

/// Where the System Log is.
const LOG: &str = "/api/v1/logs";

/// Entries of one page, of a thousand that may be asked for: some hundred KiB.
const PAGE: &str = "200";

/// Which entries are read: sessions that began or did not, and second factors.
const EVENTS: &str = "eventType eq \"user.session.start\" or \
    eventType eq \"user.authentication.auth_via_mfa\" or \
    eventType eq \"user.mfa.okta_verify.deny_push\"";

/// How Okta knows us.
#[derive(Clone, Debug)]
pub enum OktaCredential {
    /// An API token of an admin (`SSWS`).
    Token(Secret),
    /// A service app's private key, PKCS #8 in PEM: tokens of an hour, with no more than it was granted.
    ServiceApp {
        /// The app's client id.
        client_id: String,
        /// The key's id, as Okta shows it.
        key_id: String,
        /// The key.
        key: Secret,
        /// What it was granted, with blanks between: [`SCOPES`], or less. Okta gives no token to whoever asks
        /// for more.
        scopes: String,
    },
}

/// What a connector to Okta needs.
#[derive(Clone, Debug)]
pub struct OktaSettings {
    /// What the settings call it.
    pub name: String,
    /// The organization's own address: `https://acme.okta.com`.
    pub url: String,
    /// How Okta knows us.
    pub credential: OktaCredential,
    /// Authorities to trust instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

/// A connector to Okta.
#[derive(Debug)]
pub struct Okta {
    name: String,
    api: Api,
}

impl Okta {
    /// For these settings.
    ///
    /// # Errors
    /// When the address, the key or the authorities cannot be used.
    pub fn new(
        settings: OktaSettings,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        let base = Endpoint::parse(&settings.url)?;
        let client = Client::new(settings.authorities.as_deref(), surroundings)?;
        let authority = match settings.credential {
            OktaCredential::Token(token) => Authority::Fixed(ssws(&token)?),
            OktaCredential::ServiceApp { client_id, key_id, key, scopes } => {
                let key = Key::from_pem(&key)?;
                let grant = Grant::ClientKey { client: client_id, key_id: Some(key_id), key };
                let url = base.at(&["oauth2", "v1", "token"]);
                let endpoint = Endpoint::parse(url.as_str())?;
                Authority::Tokens(Box::new(Tokens::new(endpoint, &scopes, grant)))
            }
        };
        Ok(Self { name: settings.name, api: Api { client, base, authority } })
    }

    fn at(&self, segments: &[&str]) -> Url {
        let all: Vec<&str> = ["api", "v1"].iter().chain(segments).copied().collect();
        self.api.base.at(&all)
    }

    async fn get(&self, segments: &[&str]) -> Result<Answer, IdentityError> {
        self.api.call(Call::get(self.at(segments))).await
    }

    async fn change(&self, method: Method, url: Url) -> Result<Answer, IdentityError> {
        self.api.call(Call::change(method, url, Body::Nothing)).await
    }

    async fn look(&self, login: &str) -> Result<Option<FoundAccount>, IdentityError> {
        if !is_id(login) {
            return Ok(None);
        }
        let answer = self.get(&["users", login]).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let user = answer.success()?.json()?;
        // Okta takes ids and beginnings of logins as well; only what was asked for is meant.
        Ok(account(&user).filter(|account| account.login.eq_ignore_ascii_case(login)))
    }

    async fn state(&self, user: &str) -> Result<AccountState, IdentityError> {
        let answer = self.get(&["users", user]).await?;
        if answer.status == 404 {
            return Err(self.no_account());
        }
        Ok(state(&answer.success()?.json()?))
    }

    fn no_account(&self) -> IdentityError {
        IdentityError::no_account(&self.name)
    }

    async fn do_step(&self, step: &Step, user: &str) -> Result<Performed, IdentityError> {
        if !is_id(user) {
            return Err(self.no_account());
        }
        match step {
            Step::EndSessions | Step::RevokeTokens => {
                let mut url = self.at(&["users", user, "sessions"]);
                url.set_query(Some("oauthTokens=true"));
                self.plain(Method::DELETE, url).await
            }
            Step::ExpirePassword => {
                let url = self.at(&["users", user, "lifecycle", "expire_password"]);
                self.plain(Method::POST, url).await
            }
            Step::Suspend => {
                self.lifecycle(user, "suspend", |state| state == AccountState::Suspended).await
            }
            Step::Unsuspend => {
                self.lifecycle(user, "unsuspend", |state| state != AccountState::Suspended).await
            }
            Step::RemoveFactor(factor) => self.remove_factor(user, factor).await,
            Step::RemoveDevice(device) => self.remove_device(user, device).await,
            step => Err(IdentityError::not_supported(&self.name, step.ability())),
        }
    }

    /// A change of an account for which it does not matter how the account stands.
    async fn plain(&self, method: Method, url: Url) -> Result<Performed, IdentityError> {
        let answer = self.change(method, url).await?;
        if answer.status == 404 {
            return Err(self.no_account());
        }
        answer.success().map(|_| Performed::Done)
    }

    /// A change that Okta refuses for an account that already stands as it is to.
    async fn lifecycle(
        &self,
        user: &str,
        verb: &str,
        is_so: fn(AccountState) -> bool,
    ) -> Result<Performed, IdentityError> {
        let url = self.at(&["users", user, "lifecycle", verb]);
        let answer = self.change(Method::POST, url).await?;
        match answer.status {
            404 => Err(self.no_account()),
            400 if is_so(self.state(user).await?) => Ok(Performed::Done),
            _ => answer.success().map(|_| Performed::Done),
        }
    }

    async fn remove_factor(&self, user: &str, factor: &str) -> Result<Performed, IdentityError> {
        if is_id(factor) {
            let url = self.at(&["users", user, "factors", factor]);
            let answer = self.change(Method::DELETE, url).await?;
            if answer.status != 404 {
                return answer.success().map(|_| Performed::Done);
            }
        }
        // Which of the two is not there?
        self.state(user).await.map(|_| Performed::Done)
    }

    /// Deactivates a device, which takes it from everybody, if it is one of this person's at all.
    async fn remove_device(&self, user: &str, device: &str) -> Result<Performed, IdentityError> {
        let devices = self.get(&["users", user, "devices"]).await?;
        if devices.status == 404 {
            return Err(self.no_account());
        }
        let devices = devices.success()?.json()?;
        let is_theirs = entries(&devices).any(|entry| entry["device"]["id"] == *device);
        if !is_theirs {
            return Ok(Performed::Done);
        }
        let url = self.at(&["devices", device, "lifecycle", "deactivate"]);
        let answer = self.change(Method::POST, url).await?;
        if answer.status == 404 {
            return Ok(Performed::Done);
        }
        answer.success().map(|_| Performed::Done)
    }

    async fn additions(&self, user: &str, moment: Timestamp) -> Result<Additions, IdentityError> {
        if !is_id(user) {
            return Err(self.no_account());
        }
        let factors = self.get(&["users", user, "factors"]).await?;
        if factors.status == 404 {
            return Err(self.no_account());
        }
        let factors = factors.success()?.json()?;
        let factors = entries(&factors).filter_map(factor).filter(|added| is_late(added, moment));
        let factors = Some(factors.collect());
        let devices = self.devices(user, moment).await?;
        Ok(Additions { factors, devices, app_passwords: None })
    }

    async fn devices(
        &self,
        user: &str,
        moment: Timestamp,
    ) -> Result<Option<Vec<Added>>, IdentityError> {
        /// An organization without the Identity Engine.
        const NO_SUCH_FEATURE: &str = "E0000015";
        let answer = self.get(&["users", user, "devices"]).await?;
        if answer.status == 404 || answer.code().as_deref() == Some(NO_SUCH_FEATURE) {
            return Ok(None);
        }
        let devices = answer.success()?.json()?;
        let devices = entries(&devices).filter_map(device).filter(|added| is_late(added, moment));
        Ok(Some(devices.collect()))
    }

    async fn read(&self, from: ReadFrom<'_>) -> Result<Page, IdentityError> {
        let url = match from {
            ReadFrom::Moment(moment) => {
                let mut url = self.at(&["logs"]);
                url.query_pairs_mut()
                    .append_pair("since", &written(moment))
                    .append_pair("sortOrder", "ASCENDING")
                    .append_pair("limit", PAGE)
                    .append_pair("filter", EVENTS);
                url
            }
            ReadFrom::Cursor(cursor) => self.log_at(cursor.as_str())?,
        };
        let answer = self.api.call(Call::get(url.clone())).await?.success()?;
        let (sign_ins, passed_over) =
            read_log(&answer.body).ok_or_else(|| unreadable(&self.name))?;
        // While it is polled, a page always names the next, also where there is nothing yet.
        let next = match log::next_link(&answer.headers) {
            Some(next) => self.log_at(&next)?,
            None => url,
        };
        let next = Cursor::new(next).map_err(|_| unreadable(&self.name))?;
        Ok(Page { is_end: sign_ins.is_empty() && passed_over == 0, sign_ins, passed_over, next })
    }

    /// A place in the log, to which the credential may be sent.
    fn log_at(&self, text: &str) -> Result<Url, IdentityError> {
        let path = self.at(&["logs"]).path().to_owned();
        debug_assert!(path.ends_with(LOG));
        self.api.base.own(text, &path).ok_or_else(|| IdentityError::Refused {
            why: format!("{} has no log at this place; begin at a moment instead", self.name),
        })
    }
}

fn ssws(token: &Secret) -> Result<HeaderValue, SettingsError> {
    bearer("SSWS", token.expose())
        .ok_or(SettingsError::Setting("the API token of Okta has characters that no token has"))
}

fn unreadable(name: &str) -> IdentityError {
    IdentityError::Later { why: format!("{name} answered with no page of its log"), after: None }
}

fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten().take(MOST_ENTRIES)
}

fn is_late(added: &Added, moment: Timestamp) -> bool {
    added.at.is_none_or(|at| at >= moment)
}

fn account(user: &Value) -> Option<FoundAccount> {
    let login = text(&user["profile"]["login"])?;
    Some(FoundAccount { id: id(&user["id"])?, login, state: state(user) })
}

fn state(user: &Value) -> AccountState {
    match user["status"].as_str().unwrap_or_default() {
        "ACTIVE" | "RECOVERY" => AccountState::Active,
        "PASSWORD_EXPIRED" => AccountState::PasswordExpired,
        "SUSPENDED" => AccountState::Suspended,
        "STAGED" | "PROVISIONED" | "LOCKED_OUT" | "DEPROVISIONED" => AccountState::Inactive,
        _ => AccountState::Unknown,
    }
}

fn factor(factor: &Value) -> Option<Added> {
    let kind = text(&factor["factorType"]).unwrap_or_else(|| "factor".to_owned());
    let provider = text(&factor["provider"]).unwrap_or_default();
    let what = format!("{kind} ({provider})");
    Some(Added { id: id(&factor["id"])?, what, at: time(&factor["created"]) })
}

fn device(entry: &Value) -> Option<Added> {
    let device = &entry["device"];
    let what = text(&device["profile"]["displayName"]).unwrap_or_else(|| "device".to_owned());
    // When it became this person's, and not when somebody first had it.
    let at = time(&entry["created"]).or_else(|| time(&device["created"]));
    Some(Added { id: id(&device["id"])?, what, at })
}

impl IdentityProvider for Okta {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Okta
    }

    fn abilities(&self) -> &'static [Ability] {
        &[
            Ability::EndSessions,
            Ability::RevokeTokens,
            Ability::ExpirePassword,
            Ability::Suspend,
            Ability::Unsuspend,
            Ability::RemoveFactor,
            Ability::RemoveDevice,
            Ability::ListAdditions,
            Ability::ReadSignIns,
        ]
    }

    fn find<'a>(
        &'a self,
        login: &'a str,
    ) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>> {
        Box::pin(self.look(login))
    }

    fn perform<'a>(
        &'a self,
        step: &'a Step,
        account: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>> {
        Box::pin(self.do_step(step, account))
    }

    fn since<'a>(
        &'a self,
        account: &'a str,
        moment: Timestamp,
    ) -> Pending<'a, Result<Additions, IdentityError>> {
        Box::pin(self.additions(account, moment))
    }

    fn sign_ins<'a>(&'a self, from: ReadFrom<'a>) -> Pending<'a, Result<Page, IdentityError>> {
        Box::pin(self.read(from))
    }
}
