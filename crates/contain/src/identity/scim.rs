//! Whatever speaks SCIM 2.0 (RFC 7643, RFC 7644): an account by its user name, and whether it is
//! active. Sessions it knows nothing of, so whoever suspends by it does not put anybody out.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};
use unhook_app::identity::{
    Ability, AccountState, FoundAccount, IdentityError, IdentityProvider, Performed, ProviderKind,
    Step,
};
use unhook_app::{Pending, Surroundings};

use super::api::{Api, Authority};
use super::http::{Body, Call, Client, Endpoint};
use super::tokens::bearer;
use super::value::{id, is_id, text};
use super::{Secret, SettingsError};

/// Its media type (RFC 7644, section 3.1).
const MEDIA_TYPE: &str = "application/scim+json";

/// What a connector by SCIM needs.
#[derive(Clone, Debug)]
pub struct ScimSettings {
    /// What the settings call it.
    pub name: String,
    /// Where `Users` lies below: `https://acme.example/scim/v2`.
    pub url: String,
    /// The bearer token.
    pub token: Secret,
    /// Authorities to trust instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

/// A connector by SCIM 2.0.
#[derive(Debug)]
pub struct Scim {
    name: String,
    api: Api,
}

impl Scim {
    /// For these settings.
    ///
    /// # Errors
    /// When the address, the token or the authorities cannot be used.
    pub fn new(
        settings: ScimSettings,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        let base = Endpoint::parse(&settings.url)?;
        let client = Client::new(settings.authorities.as_deref(), surroundings)?;
        let header = bearer("Bearer", settings.token.expose())
            .ok_or(SettingsError::Setting("the token has characters that no token has"))?;
        let api = Api { client, base, authority: Authority::Fixed(header) };
        Ok(Self { name: settings.name, api })
    }

    fn at(&self, segments: &[&str]) -> Url {
        self.api.base.at(segments)
    }

    async fn look(&self, login: &str) -> Result<Option<FoundAccount>, IdentityError> {
        if !is_id(login) {
            return Ok(None);
        }
        let mut url = self.at(&["Users"]);
        // A value in a filter is written as JSON writes a text (RFC 7644, section 3.4.2.2).
        let filter = format!("userName eq {}", Value::from(login));
        url.query_pairs_mut().append_pair("filter", &filter);
        let list = self.api.call(Call::get(url)).await?.success()?.json()?;
        let users = list["Resources"].as_array().map_or(&[][..], Vec::as_slice);
        // A server that takes no filter answers with everybody.
        let mut meant = users
            .iter()
            .filter_map(account)
            .filter(|account| account.login.eq_ignore_ascii_case(login));
        let found = meant.next();
        if meant.next().is_some() {
            let why = format!("{} has several accounts of this name; do it by hand", self.name);
            return Err(IdentityError::Refused { why });
        }
        Ok(found)
    }

    async fn do_step(&self, step: &Step, user: &str) -> Result<Performed, IdentityError> {
        match step {
            Step::Suspend => self.set_active(user, false).await,
            Step::Unsuspend => self.set_active(user, true).await,
            step => Err(IdentityError::not_supported(&self.name, step.ability())),
        }
    }

    async fn set_active(&self, user: &str, is_active: bool) -> Result<Performed, IdentityError> {
        if !is_id(user) {
            return Err(IdentityError::no_account(&self.name));
        }
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "active", "value": is_active }],
        });
        let body = Body::Text(MEDIA_TYPE, body.to_string());
        let call = Call::change(Method::PATCH, self.at(&["Users", user]), body);
        let answer = self.api.call(call).await?;
        if answer.status == 404 {
            return Err(IdentityError::no_account(&self.name));
        }
        let answer = answer.success()?;
        // Some servers answer with the account as it is now, and some of those change nothing.
        let now = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if now["active"].as_bool().is_some_and(|active| active != is_active) {
            let why = format!("{} took the change and did not make it; do it by hand", self.name);
            return Err(IdentityError::Refused { why });
        }
        Ok(Performed::Done)
    }
}

fn account(user: &Value) -> Option<FoundAccount> {
    let state = match user["active"].as_bool() {
        Some(true) => AccountState::Active,
        Some(false) => AccountState::Suspended,
        None => AccountState::Unknown,
    };
    Some(FoundAccount { id: id(&user["id"])?, login: text(&user["userName"])?, state })
}

impl IdentityProvider for Scim {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Scim
    }

    fn abilities(&self) -> &'static [Ability] {
        &[Ability::Suspend, Ability::Unsuspend]
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
}
