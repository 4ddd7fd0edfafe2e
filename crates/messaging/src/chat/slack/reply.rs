//! The answer, at the address that Slack gave with the call.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use serde_json::json;
use unhook_app::Surroundings;

use super::super::escaped;
use crate::notify::http::{Client, Endpoint, Limits, Post};
use crate::webhook::ProviderError;

/// Sends answers.
#[derive(Clone)]
pub(super) struct Replies(Arc<Client>);

impl Replies {
    pub(super) fn new(surroundings: Arc<dyn Surroundings>) -> Result<Self, ProviderError> {
        let client = Client::new(None, Limits::USUAL, surroundings);
        let client = client.map_err(|error| ProviderError::Client(Box::new(error)))?;
        Ok(Self(Arc::new(client)))
    }

    /// Sends one, once, behind the response.
    pub(super) fn send(&self, to: &str, answer: &str) {
        let Ok(to) = Endpoint::parse(to) else { return };
        let body = json!({
            "response_type": "ephemeral",
            "replace_original": false,
            "text": escaped(answer),
        });
        let client = Arc::clone(&self.0);
        tokio::spawn(async move {
            let (headers, body) = (HeaderMap::new(), body.to_string());
            if let Err(error) = client.post(Post { to: &to, headers, body, hidden: &[] }).await {
                tracing::warn!(%error, "an answer did not reach Slack");
            }
        });
    }
}
