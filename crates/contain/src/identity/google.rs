//! Google Workspace: the Directory API and the login reports of the Admin SDK.
//!
//! A service account acts in the name of an admin to whom the domain delegated it (RFC 7523). What
//! callers should know: Google lists no second factors or devices here, only passwords of applications
//! and tokens; login reports arrive some minutes late.

mod log;

use std::sync::Arc;

use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use unhook_app::identity::{
    Ability, AccountState, Added, Additions, FoundAccount, IdentityError, IdentityProvider, Page,
    Performed, ProviderKind, ReadFrom, Step,
};
use unhook_app::{Pending, Surroundings};
use unhook_model::Timestamp;

pub use log::{Log, read_log};

use super::api::{Api, Authority};
use super::cursor::Round;
use super::http::{Body, Call, Client, Endpoint};
use super::jwt::Key;
use super::tokens::{Grant, Tokens};
use super::value::{MOST_ENTRIES, id, is_id, text, written};
use super::{Secret, SettingsError};

/// Where the Admin SDK is.
pub const ADMIN: &str = "https://admin.googleapis.com";

/// What a service account is delegated that does all of it.
pub const SCOPES: &str = "https://www.googleapis.com/auth/admin.directory.user \
    https://www.googleapis.com/auth/admin.directory.user.security \
    https://www.googleapis.com/auth/admin.reports.audit.readonly";

/// How late entries arrive, in milliseconds.
const OVERLAP: i64 = 30 * 60 * 1000;

/// Entries of one page, of a thousand that may be asked for.
const PAGE: &str = "200";

/// The most tokens taken back of one person in one step; somebody has a few dozen.
const MOST_TOKENS: usize = 500;

/// What a connector to Google Workspace needs.
#[derive(Clone, Debug)]
pub struct GoogleSettings {
    /// What the settings call it.
    pub name: String,
    /// The key file of the service account: JSON, as Google hands it out.
    pub key_file: Secret,
    /// The admin in whose name it acts.
    pub admin: String,
    /// What it was delegated, with blanks between: [`SCOPES`], or less. Google gives no token to whoever asks
    /// for more.
    pub scopes: String,
    /// Where the Admin SDK is: [`ADMIN`].
    pub url: String,
    /// Authorities to trust instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

/// What of a key file is looked at.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key_id: Option<String>,
    private_key: String,
    token_uri: String,
}

/// A connector to Google Workspace.
#[derive(Debug)]
pub struct Google {
    name: String,
    api: Api,
}

impl Google {
    /// For these settings.
    ///
    /// # Errors
    /// When the address, the key file or the authorities cannot be used.
    pub fn new(
        settings: GoogleSettings,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        let base = Endpoint::parse(&settings.url)?;
        let file: KeyFile = serde_json::from_str(settings.key_file.expose()).map_err(|_| {
            SettingsError::Key("it must be the JSON file that Google makes for a service account")
        })?;
        let grant = Grant::Bearer {
            issuer: file.client_email,
            subject: settings.admin,
            key_id: file.private_key_id,
            key: Key::from_pem(&Secret::new(file.private_key))?,
        };
        let endpoint = Endpoint::parse(&file.token_uri)?;
        let client = Client::new(settings.authorities.as_deref(), surroundings)?;
        let authority = Authority::Tokens(Box::new(Tokens::new(endpoint, &settings.scopes, grant)));
        Ok(Self { name: settings.name, api: Api { client, base, authority } })
    }

    fn user(&self, user: &str, below: &[&str]) -> Url {
        let start = ["admin", "directory", "v1", "users", user];
        let all: Vec<&str> = start.iter().chain(below).copied().collect();
        self.api.base.at(&all)
    }

    fn no_account(&self) -> IdentityError {
        IdentityError::no_account(&self.name)
    }

    async fn look(&self, login: &str) -> Result<Option<FoundAccount>, IdentityError> {
        if !is_id(login) {
            return Ok(None);
        }
        let answer = self.api.call(Call::get(self.user(login, &[]))).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let user = answer.success()?.json()?;
        let is_meant = names(&user).any(|name| name.eq_ignore_ascii_case(login));
        Ok(account(&user).filter(|_| is_meant))
    }

    async fn do_step(&self, step: &Step, user: &str) -> Result<Performed, IdentityError> {
        if !is_id(user) {
            return Err(self.no_account());
        }
        match step {
            Step::EndSessions => {
                let url = self.user(user, &["signOut"]);
                self.change(Call::change(Method::POST, url, Body::Nothing)).await
            }
            Step::RevokeTokens => self.revoke_tokens(user).await,
            Step::ExpirePassword => {
                self.patch(user, json!({ "changePasswordAtNextLogin": true })).await
            }
            Step::Suspend => self.patch(user, json!({ "suspended": true })).await,
            Step::Unsuspend => self.patch(user, json!({ "suspended": false })).await,
            Step::RemoveAppPassword(id) => {
                // Which of the two is not there?
                self.items(user, "asps").await?;
                // Google's ids of them are numbers, and nothing has another.
                if id.parse::<i64>().is_ok() {
                    self.remove(self.user(user, &["asps", id])).await?;
                }
                Ok(Performed::Done)
            }
            step => Err(IdentityError::not_supported(&self.name, step.ability())),
        }
    }

    async fn patch(&self, user: &str, body: Value) -> Result<Performed, IdentityError> {
        let url = self.user(user, &[]);
        self.change(Call::change(Method::PATCH, url, Body::Json(body))).await
    }

    async fn change(&self, call: Call) -> Result<Performed, IdentityError> {
        let answer = self.api.call(call).await?;
        if answer.status == 404 {
            return Err(self.no_account());
        }
        answer.success().map(|_| Performed::Done)
    }

    async fn revoke_tokens(&self, user: &str) -> Result<Performed, IdentityError> {
        let tokens = self.items(user, "tokens").await?;
        for token in tokens.iter().take(MOST_TOKENS) {
            if let Some(client) = id(&token["clientId"]) {
                self.remove(self.user(user, &["tokens", &client])).await?;
            }
        }
        if tokens.len() > MOST_TOKENS {
            let why = format!("of more than {MOST_TOKENS} tokens some are left; do it again");
            return Err(IdentityError::Later { why, after: None });
        }
        Ok(Performed::Done)
    }

    /// Removes something that may be gone already.
    async fn remove(&self, url: Url) -> Result<(), IdentityError> {
        let answer = self.api.call(Call::change(Method::DELETE, url, Body::Nothing)).await?;
        if answer.status == 404 {
            return Ok(());
        }
        answer.success().map(|_| ())
    }

    async fn items(&self, user: &str, kind: &str) -> Result<Vec<Value>, IdentityError> {
        let answer = self.api.call(Call::get(self.user(user, &[kind]))).await?;
        if answer.status == 404 {
            return Err(self.no_account());
        }
        let list = answer.success()?.json()?;
        Ok(list["items"].as_array().into_iter().flatten().take(MOST_ENTRIES).cloned().collect())
    }

    async fn additions(&self, user: &str, moment: Timestamp) -> Result<Additions, IdentityError> {
        if !is_id(user) {
            return Err(self.no_account());
        }
        let passwords = self.items(user, "asps").await?;
        let passwords = passwords.iter().filter_map(app_password);
        let late = passwords.filter(|added| added.at.is_none_or(|at| at >= moment)).collect();
        Ok(Additions { app_passwords: Some(late), ..Additions::default() })
    }

    async fn read(&self, from: ReadFrom<'_>) -> Result<Page, IdentityError> {
        let round = Round::at(from, &self.name)?;
        let mut url = self.api.base.at(&[
            "admin",
            "reports",
            "v1",
            "activity",
            "users",
            "all",
            "applications",
            "login",
        ]);
        url.query_pairs_mut()
            .append_pair("startTime", &written(round.from))
            .append_pair("maxResults", PAGE);
        if let Some(next) = &round.next {
            url.query_pairs_mut().append_pair("pageToken", next);
        }
        let answer = self.api.call(Call::get(url)).await?.success()?;
        let (sign_ins, passed_over, next) =
            read_log(&answer.body).ok_or_else(|| IdentityError::Later {
                why: format!("{} answered with no page of its log", self.name),
                after: None,
            })?;
        round.page((sign_ins, passed_over), next, OVERLAP, &self.name)
    }
}

fn account(user: &Value) -> Option<FoundAccount> {
    let is = |key: &str| user[key].as_bool().unwrap_or(false);
    let state = match (is("suspended"), is("archived"), is("changePasswordAtNextLogin")) {
        (true, ..) => AccountState::Suspended,
        (_, true, _) => AccountState::Inactive,
        (.., true) => AccountState::PasswordExpired,
        _ => AccountState::Active,
    };
    Some(FoundAccount { id: id(&user["id"])?, login: text(&user["primaryEmail"])?, state })
}

/// The addresses that are the account's own; what Google found by anything else is not meant.
fn names(user: &Value) -> impl Iterator<Item = &str> {
    let aliases = user["aliases"].as_array().into_iter().flatten().take(MOST_ENTRIES);
    std::iter::once(&user["primaryEmail"]).chain(aliases).filter_map(Value::as_str)
}

fn app_password(entry: &Value) -> Option<Added> {
    let what = text(&entry["name"]).unwrap_or_else(|| "app password".to_owned());
    Some(Added {
        id: entry["codeId"].as_i64()?.to_string(),
        what,
        at: epoch(&entry["creationTime"]),
    })
}

/// A Unix time, in a text as 64-bit numbers of Google's are; in seconds or in milliseconds, which the
/// description leaves open and the size tells.
fn epoch(value: &Value) -> Option<Timestamp> {
    /// In seconds the year 5138, in milliseconds 1973.
    const LARGEST_SECONDS: i64 = 100_000_000_000;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|n| *n > 0)?;
    let is_seconds = number < LARGEST_SECONDS;
    Some(Timestamp::from_unix_ms(if is_seconds { number * 1000 } else { number }))
}

impl IdentityProvider for Google {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Google
    }

    fn abilities(&self) -> &'static [Ability] {
        &[
            Ability::EndSessions,
            Ability::RevokeTokens,
            Ability::ExpirePassword,
            Ability::Suspend,
            Ability::Unsuspend,
            Ability::RemoveAppPassword,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_seconds_and_in_milliseconds() {
        let check = |value: Value, expected: Option<i64>| {
            assert_eq!(epoch(&value), expected.map(Timestamp::from_unix_ms), "{value}");
        };
        check("1658357340".into(), Some(1_658_357_340_000));
        check("1658357340000".into(), Some(1_658_357_340_000));
        check(1_658_357_340_i64.into(), Some(1_658_357_340_000));
        check("0".into(), None);
        check("soon".into(), None);
    }
}
