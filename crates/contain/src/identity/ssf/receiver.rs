//! Pushing to one receiver that the settings name (RFC 8935): Okta takes security events at
//! `/security/api/v1/security-events`, and knows us by our key alone.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use unhook_app::identity::{
    Ability, AccountState, FoundAccount, IdentityError, IdentityProvider, Performed, ProviderKind,
    Step,
};
use unhook_app::{Pending, Surroundings};

use super::Issuer;
use super::event::{Dialect, Event, Kind, is_subject};
use super::kept::KeptSubject;
use crate::identity::http::{Body, Call, Client, Endpoint};
use crate::identity::{Secret, SettingsError};

/// What pushing to a receiver needs.
#[derive(Clone, Debug)]
pub struct ReceiverSettings {
    /// What the settings call it.
    pub name: String,
    /// Where it takes tokens: `https://acme.okta.com/security/api/v1/security-events`.
    pub endpoint: String,
    /// What it calls itself: `https://acme.okta.com`.
    pub audience: String,
    /// The whole `Authorization` that it wants to see, if any.
    pub authorization: Option<Secret>,
    /// Where it looks for whom an event is about.
    pub dialect: Dialect,
    /// Authorities to trust instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

/// One receiver.
#[derive(Debug)]
pub struct SsfReceiver {
    name: String,
    issuer: Arc<Issuer>,
    client: Client,
    endpoint: Endpoint,
    audience: String,
    authorization: Option<HeaderValue>,
    dialect: Dialect,
}

impl SsfReceiver {
    /// For these settings.
    ///
    /// # Errors
    /// When the address, the `Authorization` or the authorities cannot be used.
    pub fn new(
        settings: ReceiverSettings,
        issuer: Arc<Issuer>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        let authorization = settings.authorization.as_ref().map(|secret| header(secret.expose()));
        Ok(Self {
            name: settings.name,
            issuer,
            client: Client::new(settings.authorities.as_deref(), surroundings)?,
            endpoint: Endpoint::parse(&settings.endpoint)?,
            audience: settings.audience,
            authorization: authorization.transpose()?,
            dialect: settings.dialect,
        })
    }

    async fn tell(&self, step: &Step, subject: &str) -> Result<Performed, IdentityError> {
        let Some(kind) = Kind::of(step) else {
            return Err(IdentityError::not_supported(&self.name, step.ability()));
        };
        if !is_subject(subject) {
            return Err(IdentityError::no_account(&self.name));
        }
        // It goes out at once, and is not kept.
        let kept = KeptSubject::Stream(String::new());
        let event = Event::new(kind, subject, kept, &*self.client.surroundings);
        let token = event.token(&self.issuer, &self.audience, self.dialect);
        push(&self.client, &self.endpoint, self.authorization.clone(), token).await?;
        Ok(Performed::Told)
    }
}

/// An `Authorization` that no log shows.
pub(super) fn header(text: &str) -> Result<HeaderValue, SettingsError> {
    let mut header = HeaderValue::from_str(text).map_err(|_| {
        SettingsError::Setting("the Authorization for a receiver has characters that no header has")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Pushes one token (RFC 8935, section 2.1).
pub(super) async fn push(
    client: &Client,
    endpoint: &Endpoint,
    authorization: Option<HeaderValue>,
    token: String,
) -> Result<(), IdentityError> {
    let body = Body::Text("application/secevent+jwt", token);
    let mut call = Call::change(Method::POST, endpoint.url(), body);
    call.headers.push((ACCEPT, HeaderValue::from_static("application/json")));
    if let Some(authorization) = authorization {
        call.headers.push((AUTHORIZATION, authorization));
    }
    client.send(call).await?.success().map(|_| ())
}

/// Somebody whom a receiver may know: nobody here does.
pub(super) fn somebody(login: &str) -> Option<FoundAccount> {
    let login = login.to_owned();
    is_subject(&login).then(|| FoundAccount {
        id: login.clone(),
        login,
        state: AccountState::Unknown,
    })
}

/// What can be told.
pub(super) const ABILITIES: &[Ability] = &[Ability::EndSessions, Ability::ExpirePassword];

impl IdentityProvider for SsfReceiver {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::SharedSignals
    }

    fn abilities(&self) -> &'static [Ability] {
        ABILITIES
    }

    fn find<'a>(
        &'a self,
        login: &'a str,
    ) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>> {
        Box::pin(async { Ok(somebody(login)) })
    }

    fn perform<'a>(
        &'a self,
        step: &'a Step,
        account: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>> {
        Box::pin(self.tell(step, account))
    }
}
