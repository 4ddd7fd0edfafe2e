//! Incoming webhooks of Microsoft Teams, made with Workflows: a message that holds one
//! Adaptive Card.
//!
//! The address is the secret. A `TextBlock` reads Markdown, and a link or a mention in it would
//! be live; a `TextRun` reads nothing, so the card is made of those. The Workflow answers 202
//! before anything is posted: what became of it then, only its run history says.
//!
//! Teams knows no id to drop repetitions by: what may have arrived is not sent again unasked.

use serde_json::{Value, json};
use unhook_app::{DeliveryError, Pending, Receipt, Severity};

use super::Channel;
use super::http::{Client, Endpoint, Post};
use super::told::Told;

/// The version of Adaptive Cards in use: what every Teams client shows.
const CARD_VERSION: &str = "1.4";

/// A channel behind a Workflow.
pub(super) struct Teams {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
}

impl Teams {
    async fn post(&self, told: &Told) -> Result<Receipt, DeliveryError> {
        let body = body(told).to_string();
        let post = Post { to: &self.endpoint, headers: Default::default(), body, hidden: &[] };
        self.client.post(post).await?;
        Ok(Receipt::default())
    }
}

impl Channel for Teams {
    const MAY_REPEAT: bool = false;

    fn tell<'a>(&'a self, told: &'a Told) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.post(told))
    }
}

fn body(told: &Told) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card(told),
        }],
    })
}

fn card(told: &Told) -> Value {
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "fallbackText": told.standing(),
        "msteams": {"width": "Full"},
        "body": rows(told),
    })
}

fn rows(told: &Told) -> Vec<Value> {
    let standing = json!({
        "type": "TextRun", "text": format!("{}: ", told.standing()),
        "weight": "Bolder", "size": "Medium", "color": color(told),
    });
    let title =
        json!({"type": "TextRun", "text": told.title, "weight": "Bolder", "size": "Medium"});
    let mut rows = vec![row(vec![standing, title])];
    // A line break within a run is not shown by every client.
    rows.extend(told.text.lines().filter(|line| !line.is_empty()).map(|line| row(vec![run(line)])));
    rows.extend(told.facts.iter().map(|(name, value)| {
        let name = json!({"type": "TextRun", "text": format!("{name}: "), "weight": "Bolder"});
        row(vec![name, run(value)])
    }));
    rows.push(row(vec![json!({
        "type": "TextRun", "text": told.origin(), "isSubtle": true, "size": "Small",
    })]));
    rows
}

fn row(runs: Vec<Value>) -> Value {
    json!({"type": "RichTextBlock", "inlines": runs})
}

fn run(text: &str) -> Value {
    json!({"type": "TextRun", "text": text})
}

fn color(told: &Told) -> &'static str {
    match told.severity {
        _ if told.is_resolved => "Good",
        Severity::Info => "Accent",
        Severity::Warning => "Warning",
        Severity::Critical => "Attention",
    }
}
