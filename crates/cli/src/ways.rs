//! The ways in beside Twilio, from their sections of `unhook.toml` to what is served.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Context as _;
use axum::Router;
use unhook_app::{Intake, Probe, Surroundings, Texter};
use unhook_messaging::chat::slack::{self, SlackWebhook};
use unhook_messaging::chat::teams::{self, TeamsWebhook};
use unhook_messaging::plivo::{self, PlivoWebhook};
use unhook_messaging::telnyx::{self, TelnyxAccount, TelnyxTexter, TelnyxWebhook};
use unhook_messaging::vonage::{self, VonageWebhook};
use unhook_messaging::webhook::TextStatus;
use unhook_messaging::{Secret, TextFrom};
use unhook_model::PhoneNumber;
use unhook_web::MessageFilter;

use crate::config::Ways;
use crate::failure::{Failure, exit};

/// Where secrets may stand instead of a file.
const TELNYX_KEY: &str = "UNHOOK_TELNYX_API_KEY";
const PLIVO_TOKEN: &str = "UNHOOK_PLIVO_AUTH_TOKEN";
const VONAGE_SECRET: &str = "UNHOOK_VONAGE_SIGNATURE_SECRET";
const SLACK_SECRET: &str = "UNHOOK_SLACK_SIGNING_SECRET";
const TEAMS_TOKEN: &str = "UNHOOK_TEAMS_SECURITY_TOKEN";
const IOS_KEY: &str = "UNHOOK_IOS_KEY";

/// What answers those who hand texts over.
#[derive(Default)]
pub(crate) struct WaysIn {
    telnyx: Option<TelnyxWebhook>,
    plivo: Option<PlivoWebhook>,
    vonage: Option<VonageWebhook>,
    slack: Option<SlackWebhook>,
    teams: Option<TeamsWebhook>,
}

impl WaysIn {
    pub(crate) fn new(
        ways: &Ways,
        beside: &Path,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let around = || Arc::clone(surroundings);
        let mut made = Self::default();
        if let Some(section) = &ways.telnyx {
            made.telnyx = Some(TelnyxWebhook::new(&section.public_key, around())?);
        }
        if let Some(section) = &ways.plivo {
            let file = section.auth_token_file.as_deref();
            let token = secret("[intake.plivo]", "auth_token_file", file, PLIVO_TOKEN, beside)?;
            let url = section.public_url.trim().trim_end_matches('/');
            let url = url.strip_suffix(plivo::INTAKE_PATH).unwrap_or(url);
            made.plivo = Some(PlivoWebhook::new(&token, url)?);
        }
        if let Some(section) = &ways.vonage {
            let (key, file) = ("signature_secret_file", section.file.as_deref());
            let secret = secret("[intake.vonage]", key, file, VONAGE_SECRET, beside)?;
            made.vonage = Some(VonageWebhook::new(&secret, around())?);
        }
        if let Some(section) = &ways.slack {
            let (key, file) = ("signing_secret_file", section.file.as_deref());
            let secret = secret("[intake.slack]", key, file, SLACK_SECRET, beside)?;
            made.slack = Some(SlackWebhook::new(&secret, around())?);
        }
        if let Some(section) = &ways.teams {
            let (key, file) = ("security_token_file", section.file.as_deref());
            let token = secret("[intake.teams]", key, file, TEAMS_TOKEN, beside)?;
            made.teams = Some(TeamsWebhook::new(&token, around())?);
        }
        Ok(made)
    }

    /// How many calls each of them refused.
    pub(crate) fn refused(&self) -> Vec<Arc<AtomicU64>> {
        let each = [
            self.telnyx.as_ref().map(TelnyxWebhook::refused),
            self.plivo.as_ref().map(PlivoWebhook::refused),
            self.vonage.as_ref().map(VonageWebhook::refused),
            self.slack.as_ref().map(SlackWebhook::refused),
            self.teams.as_ref().map(TeamsWebhook::refused),
        ];
        each.into_iter().flatten().collect()
    }

    /// What tries each of them.
    pub(crate) fn probes(&self) -> Vec<Arc<dyn Probe>> {
        let each = [
            self.telnyx.as_ref().map(TelnyxWebhook::probe),
            self.plivo.as_ref().map(PlivoWebhook::probe),
            self.vonage.as_ref().map(VonageWebhook::probe),
            self.slack.as_ref().map(SlackWebhook::probe),
            self.teams.as_ref().map(TeamsWebhook::probe),
        ];
        each.into_iter().flatten().collect()
    }

    /// Their routes. Answers that no response takes go out through the texter.
    pub(crate) fn router(
        self,
        intake: &Arc<dyn Intake>,
        texter: Option<&Arc<dyn Texter>>,
        surroundings: &Arc<dyn Surroundings>,
        on_status: impl Fn(TextStatus) + Send + Sync + 'static,
    ) -> anyhow::Result<Router> {
        let (intake, around) = (|| Arc::clone(intake), || Arc::clone(surroundings));
        let mut router = Router::new();
        if let Some(webhook) = self.telnyx {
            let webhook = webhook.on_status(on_status);
            router = router.merge(telnyx::router(webhook, intake(), texter.cloned(), around()));
        }
        if let Some(webhook) = self.plivo {
            router = router.merge(plivo::router(webhook, intake()));
        }
        if let Some(webhook) = self.vonage {
            router = router.merge(vonage::router(webhook, intake(), texter.cloned(), around()));
        }
        if let Some(webhook) = self.slack {
            router = router.merge(slack::router(webhook, intake())?);
        }
        if let Some(webhook) = self.teams {
            router = router.merge(teams::router(webhook, intake()));
        }
        Ok(router)
    }
}

/// How texts go out, if one of them sends any.
pub(crate) fn texter(ways: &Ways, beside: &Path) -> anyhow::Result<Option<Arc<dyn Texter>>> {
    let Some(section) = ways.telnyx.as_ref().filter(|section| section.sends()) else {
        return Ok(None);
    };
    let from = match (&section.messaging_profile_id, &section.from) {
        (Some(profile), _) => TextFrom::Service(profile.clone()),
        (None, from) => {
            let number = from.as_deref().and_then(PhoneNumber::parse);
            let wrong = "[intake.telnyx] `from` is no number; write it as +12015550123";
            TextFrom::Number(number.ok_or_else(|| Failure::new(exit::DATA, wrong))?)
        }
    };
    let file = section.api_key_file.as_deref();
    let key = secret("[intake.telnyx]", "api_key_file", file, TELNYX_KEY, beside)?;
    let mut texter = TelnyxTexter::new(TelnyxAccount { key, from })?;
    if let Some(url) = &section.api_url {
        texter = texter.api(url);
    }
    Ok(Some(Arc::new(texter)))
}

/// What phones' message filters may ask, if they may.
pub(crate) fn message_filter(ways: &Ways, beside: &Path) -> anyhow::Result<Option<MessageFilter>> {
    let Some(section) = &ways.ios else { return Ok(None) };
    let keys = match &section.keys_file {
        Some(file) => {
            let file = beside.join(file);
            let cannot = || format!("cannot read the keys in {}", file.display());
            std::fs::read_to_string(&file).with_context(cannot)?
        }
        None => from_environment("[intake.ios]", "keys_file", IOS_KEY)?,
    };
    Ok(Some(MessageFilter::new(&keys, section.apps.clone())?))
}

/// A secret from its file, or from the environment.
pub(crate) fn secret(
    section: &str,
    key: &str,
    file: Option<&str>,
    variable: &str,
    beside: &Path,
) -> anyhow::Result<Secret> {
    if let Some(file) = file {
        let file = beside.join(file);
        let what = key.trim_end_matches("_file").replace('_', " ");
        let cannot = || format!("cannot read the {what} in {}", file.display());
        return Secret::from_file(&file).with_context(cannot);
    }
    from_environment(section, key, variable).map(Secret::new)
}

fn from_environment(section: &str, key: &str, variable: &str) -> anyhow::Result<String> {
    match std::env::var(variable) {
        Ok(value) if !value.trim().is_empty() => Ok(value.trim().to_owned()),
        _ => {
            let wrong = format!("{section} needs `{key}`, or the secret in {variable}");
            Err(Failure::new(exit::DATA, wrong).into())
        }
    }
}
