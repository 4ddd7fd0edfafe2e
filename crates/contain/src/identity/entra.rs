//! Microsoft Entra: users, authentication methods and sign-in logs of Microsoft Graph, version 1.0.
//!
//! What callers should know: revoking sign-in sessions takes refresh tokens back, so both steps are
//! one, and access tokens that are out there last up to an hour more; sign-in logs need a licence
//! (P1) and arrive some minutes late; where an authentication method has no time, Graph tells none.

mod log;

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};
use unhook_app::identity::{
    Ability, AccountState, Added, Additions, FoundAccount, IdentityError, IdentityProvider, Page,
    Performed, ProviderKind, ReadFrom, Step,
};
use unhook_app::{Pending, Surroundings};
use unhook_model::Timestamp;

pub use log::{Log, read_log};

use super::api::{Api, Authority};
use super::cursor::{Round, stranger};
use super::http::{Answer, Body, Call, Client, Endpoint};
use super::tokens::{Grant, Tokens};
use super::value::{MOST_ENTRIES, id, is_id, text, time, written};
use super::{Secret, SettingsError};

/// Where Graph is.
pub const GRAPH: &str = "https://graph.microsoft.com";

/// Where tokens come from.
pub const LOGIN: &str = "https://login.microsoftonline.com";

/// How late sign-ins arrive, in milliseconds: Microsoft says minutes.
const OVERLAP: i64 = 15 * 60 * 1000;

/// Entries of one page, of a thousand that may be asked for.
const PAGE: &str = "200";

/// The most pages read of one list of methods or devices; a person has one.
const MOST_PAGES: usize = 10;

/// Kinds of authentication methods, and where each is removed. A password is none of them.
const METHODS: [(&str, &str, &str); 9] = [
    ("phoneAuthenticationMethod", "phoneMethods", "phone"),
    (
        "microsoftAuthenticatorAuthenticationMethod",
        "microsoftAuthenticatorMethods",
        "Authenticator",
    ),
    ("fido2AuthenticationMethod", "fido2Methods", "passkey"),
    ("softwareOathAuthenticationMethod", "softwareOathMethods", "one-time codes"),
    ("hardwareOathAuthenticationMethod", "hardwareOathMethods", "one-time code device"),
    ("emailAuthenticationMethod", "emailMethods", "mail"),
    ("temporaryAccessPassAuthenticationMethod", "temporaryAccessPassMethods", "access pass"),
    ("windowsHelloForBusinessAuthenticationMethod", "windowsHelloForBusinessMethods", "Hello"),
    ("platformCredentialAuthenticationMethod", "platformCredentialMethods", "platform key"),
];

/// What a connector to Entra needs.
#[derive(Clone, Debug)]
pub struct EntraSettings {
    /// What the settings call it.
    pub name: String,
    /// The tenant's id or domain.
    pub tenant: String,
    /// The application's (client) id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Secret,
    /// Where Graph is: [`GRAPH`], or that of a national cloud.
    pub graph: String,
    /// Where tokens come from: [`LOGIN`], or that of a national cloud.
    pub login: String,
    /// Authorities to trust instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

/// A connector to Microsoft Entra.
#[derive(Debug)]
pub struct Entra {
    name: String,
    api: Api,
}

impl Entra {
    /// For these settings.
    ///
    /// # Errors
    /// When an address or the authorities cannot be used.
    pub fn new(
        settings: EntraSettings,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        let base = Endpoint::parse(&settings.graph)?;
        let login = Endpoint::parse(&settings.login)?;
        if !is_id(&settings.tenant) {
            return Err(SettingsError::Setting("the tenant must be its id or its domain"));
        }
        let endpoint = login.at(&[&settings.tenant, "oauth2", "v2.0", "token"]);
        let endpoint = Endpoint::parse(endpoint.as_str())?;
        let scope = format!("{}/.default", settings.graph.trim_end_matches('/'));
        let grant =
            Grant::ClientSecret { client: settings.client_id, secret: settings.client_secret };
        let client = Client::new(settings.authorities.as_deref(), surroundings)?;
        let authority = Authority::Tokens(Box::new(Tokens::new(endpoint, &scope, grant)));
        Ok(Self { name: settings.name, api: Api { client, base, authority } })
    }

    fn at(&self, segments: &[&str]) -> Url {
        let all: Vec<&str> = ["v1.0"].iter().chain(segments).copied().collect();
        self.api.base.at(&all)
    }

    fn no_account(&self) -> IdentityError {
        IdentityError::no_account(&self.name)
    }

    async fn look(&self, login: &str) -> Result<Option<FoundAccount>, IdentityError> {
        if !is_id(login) {
            return Ok(None);
        }
        let mut url = self.at(&["users", login]);
        url.set_query(Some("$select=id,userPrincipalName,accountEnabled"));
        let answer = self.api.call(Call::get(url)).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let user = answer.success()?.json()?;
        Ok(account(&user).filter(|account| account.login.eq_ignore_ascii_case(login)))
    }

    async fn do_step(&self, step: &Step, user: &str) -> Result<Performed, IdentityError> {
        if !is_id(user) {
            return Err(self.no_account());
        }
        match step {
            Step::EndSessions | Step::RevokeTokens => {
                let url = self.at(&["users", user, "revokeSignInSessions"]);
                self.change(Call::change(Method::POST, url, Body::Nothing)).await
            }
            Step::ExpirePassword => {
                let profile = json!({ "forceChangePasswordNextSignIn": true });
                self.patch(user, json!({ "passwordProfile": profile })).await
            }
            Step::Suspend => self.patch(user, json!({ "accountEnabled": false })).await,
            Step::Unsuspend => self.patch(user, json!({ "accountEnabled": true })).await,
            Step::RemoveFactor(factor) => self.remove_factor(user, factor).await,
            Step::RemoveDevice(device) => self.remove_device(user, device).await,
            step => Err(IdentityError::not_supported(&self.name, step.ability())),
        }
    }

    async fn patch(&self, user: &str, body: Value) -> Result<Performed, IdentityError> {
        let url = self.at(&["users", user]);
        self.change(Call::change(Method::PATCH, url, Body::Json(body))).await
    }

    async fn change(&self, call: Call) -> Result<Performed, IdentityError> {
        let answer = self.api.call(call).await?;
        if answer.status == 404 {
            return Err(self.no_account());
        }
        answer.success().map(|_| Performed::Done)
    }

    /// Removes a method by what [`method`] calls it: its collection and its id.
    async fn remove_factor(&self, user: &str, factor: &str) -> Result<Performed, IdentityError> {
        let place = factor.split_once('/').filter(|(collection, id)| {
            METHODS.iter().any(|(_, known, _)| known == collection) && is_id(id)
        });
        if let Some((collection, id)) = place {
            let url = self.at(&["users", user, "authentication", collection, id]);
            let answer = self.api.call(Call::change(Method::DELETE, url, Body::Nothing)).await?;
            if answer.status != 404 {
                return answer.success().map(|_| Performed::Done);
            }
        }
        // Which of the two is not there?
        self.list(self.at(&["users", user, "authentication", "methods"])).await?;
        Ok(Performed::Done)
    }

    /// Removes a device from the tenant, if it is one of this person's at all.
    async fn remove_device(&self, user: &str, device: &str) -> Result<Performed, IdentityError> {
        let devices = self.list(self.at(&["users", user, "registeredDevices"])).await?;
        if !devices.iter().any(|entry| entry["id"] == *device) {
            return Ok(Performed::Done);
        }
        let url = self.at(&["devices", device]);
        let answer = self.api.call(Call::change(Method::DELETE, url, Body::Nothing)).await?;
        if answer.status == 404 {
            return Ok(Performed::Done);
        }
        answer.success().map(|_| Performed::Done)
    }

    async fn additions(&self, user: &str, moment: Timestamp) -> Result<Additions, IdentityError> {
        if !is_id(user) {
            return Err(self.no_account());
        }
        let is_late = |added: &Added| added.at.is_none_or(|at| at >= moment);
        let methods = self.list(self.at(&["users", user, "authentication", "methods"])).await?;
        let devices = self.list(self.at(&["users", user, "registeredDevices"])).await?;
        Ok(Additions {
            factors: Some(methods.iter().filter_map(method).filter(is_late).collect()),
            devices: Some(devices.iter().filter_map(device).filter(is_late).collect()),
            app_passwords: None,
        })
    }

    /// All of a list that belongs to an account.
    async fn list(&self, url: Url) -> Result<Vec<Value>, IdentityError> {
        let mut next = Some(url.clone());
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(at) = next.take() else { return Ok(all) };
            let answer = self.api.call(Call::get(at)).await?;
            if answer.status == 404 {
                return Err(self.no_account());
            }
            let page = answer.success()?.json()?;
            all.extend(page["value"].as_array().into_iter().flatten().take(MOST_ENTRIES).cloned());
            next = match page["@odata.nextLink"].as_str() {
                None => None,
                Some(text) => Some(self.own(text, url.path())?),
            };
        }
        let why = format!("{} has a list of more than {MOST_PAGES} pages", self.name);
        Err(IdentityError::Refused { why })
    }

    async fn read(&self, from: ReadFrom<'_>) -> Result<Page, IdentityError> {
        let round = Round::at(from, &self.name)?;
        let mut url = self.at(&["auditLogs", "signIns"]);
        if let Some(next) = &round.next {
            url = self.own(next, url.path())?;
        } else {
            let filter = format!("createdDateTime ge {}", written(round.from));
            url.query_pairs_mut().append_pair("$filter", &filter).append_pair("$top", PAGE);
        }
        let path = url.path().to_owned();
        let answer: Answer = self.api.call(Call::get(url)).await?.success()?;
        let (sign_ins, passed_over, next) =
            read_log(&answer.body).ok_or_else(|| IdentityError::Later {
                why: format!("{} answered with no page of its log", self.name),
                after: None,
            })?;
        if let Some(next) = &next {
            self.own(next, &path)?;
        }
        round.page((sign_ins, passed_over), next, OVERLAP, &self.name)
    }

    /// A place that an answer or a cursor names, to which the credential may be sent.
    fn own(&self, text: &str, path: &str) -> Result<Url, IdentityError> {
        self.api.base.own(text, path).ok_or_else(|| stranger(&self.name))
    }
}

fn account(user: &Value) -> Option<FoundAccount> {
    let state = match user["accountEnabled"].as_bool() {
        Some(true) => AccountState::Active,
        Some(false) => AccountState::Suspended,
        None => AccountState::Unknown,
    };
    Some(FoundAccount { id: id(&user["id"])?, login: text(&user["userPrincipalName"])?, state })
}

fn method(method: &Value) -> Option<Added> {
    let kind = method["@odata.type"].as_str()?.strip_prefix("#microsoft.graph.")?;
    let (_, collection, what) = METHODS.into_iter().find(|(known, ..)| *known == kind)?;
    let id = format!("{collection}/{}", id(&method["id"])?);
    let what = match text(&method["displayName"]).or_else(|| text(&method["phoneType"])) {
        Some(name) => format!("{what} ({name})"),
        None => what.to_owned(),
    };
    Some(Added { id, what, at: time(&method["createdDateTime"]) })
}

fn device(device: &Value) -> Option<Added> {
    let what = text(&device["displayName"]).unwrap_or_else(|| "device".to_owned());
    let at = time(&device["registrationDateTime"]).or_else(|| time(&device["createdDateTime"]));
    Some(Added { id: id(&device["id"])?, what, at })
}

impl IdentityProvider for Entra {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Entra
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
