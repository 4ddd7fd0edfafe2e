//! PagerDuty, by its Events API v2: one incident for each matter, closed when it is over.
//!
//! An alert of a matter that PagerDuty knows joins its incident, so that repetitions and
//! escalations wake nobody twice; one that says the matter is over resolves it. Nothing is ever
//! acknowledged from here: that is how a person tells PagerDuty that they are at it.

use serde_json::{Map, Value, json};
use unhook_app::Secret;
use unhook_app::{DeliveryError, Pending, Receipt, Severity};

use super::Channel;
use super::http::{Client, Endpoint, Post};
use super::told::Told;

/// Where events go unless the settings say otherwise (in Europe: `events.eu.pagerduty.com`).
pub(super) const HOME: &str = "https://events.pagerduty.com";
/// The path there.
pub(super) const PATH: &str = "v2/enqueue";
/// How many letters and digits a routing key has.
pub(super) const KEY_LENGTH: usize = 32;
/// Longest summary, in characters, by PagerDuty. A title is always shorter.
const LONGEST_SUMMARY: usize = 1_024;
const _: () = assert!(super::told::LONGEST_TITLE <= LONGEST_SUMMARY);

/// A service at PagerDuty.
pub(super) struct PagerDuty {
    pub(super) client: Client,
    /// With its path.
    pub(super) endpoint: Endpoint,
    pub(super) routing_key: Secret,
}

impl PagerDuty {
    async fn post(&self, told: &Told) -> Result<Receipt, DeliveryError> {
        let body = event(told, &self.routing_key).to_string();
        let hidden = [&self.routing_key];
        let headers = Default::default();
        self.client.post(Post { to: &self.endpoint, headers, body, hidden: &hidden }).await?;
        Ok(Receipt(told.matter.clone()))
    }
}

impl Channel for PagerDuty {
    /// An event of a matter that is open joins it; one that resolves what is resolved does nothing.
    const MAY_REPEAT: bool = true;

    fn tell<'a>(&'a self, told: &'a Told) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.post(told))
    }
}

fn event(told: &Told, routing_key: &Secret) -> Value {
    json!({
        "routing_key": routing_key.expose(),
        "event_action": if told.is_resolved { "resolve" } else { "trigger" },
        "dedup_key": told.matter,
        "client": "Unhook",
        "payload": {
            "summary": told.title,
            "source": told.organization,
            "severity": severity(told.severity),
            "timestamp": told.at,
            "component": "unhook",
            "class": told.kind,
            "custom_details": details(told),
        },
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

fn details(told: &Told) -> Value {
    let mut details = Map::new();
    details.insert("text".to_owned(), told.text.clone().into());
    for (name, value) in &told.facts {
        details.insert(name.clone(), value.clone().into());
    }
    details.insert("alert".to_owned(), told.id.clone().into());
    if let Some(campaign) = &told.campaign {
        details.insert("campaign".to_owned(), campaign.clone().into());
    }
    Value::Object(details)
}
