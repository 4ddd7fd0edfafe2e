//! What comes from outside: a provider that hands in texts, and an analyst with a token.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use unhook_messaging::Secret;
use unhook_messaging::twilio::{INTAKE_PATH, TwilioWebhook};
use unhook_model::PhoneNumber;

/// The URL that the provider believes the service to have; it signs over it.
pub(super) const PUBLIC_URL: &str = "https://unhook.example";

/// How long an answer may take: a provider waits for fifteen seconds.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The most pages of one list: those of the largest scenario.
const MOST_PAGES: usize = 200;

/// Talks to a service on this machine.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    webhook: TwilioWebhook,
    bearer: String,
    to: PhoneNumber,
}

impl Client {
    /// For a service at an address, with the secret that texts are signed with and a token.
    pub(super) fn new(
        address: SocketAddr,
        secret: Secret,
        bearer: String,
        to: PhoneNumber,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()?;
        let webhook = TwilioWebhook::new(secret, PUBLIC_URL)?;
        Ok(Self { http, base: format!("http://{address}"), webhook, bearer, to })
    }

    /// Hands in a text, as the provider does, and gives back what is answered to the person.
    pub(super) async fn text(
        &self,
        number: usize,
        from: &PhoneNumber,
        body: &str,
    ) -> anyhow::Result<Option<String>> {
        let (id, from, to) = (format!("SM{number:032x}"), from.to_string(), self.to.to_string());
        let form = [
            ("MessageSid", id.as_str()),
            ("From", &from),
            ("To", &to),
            ("Body", body),
            ("NumMedia", "0"),
        ];
        let signature = self.webhook.sign(INTAKE_PATH, &form);
        let request = self.http.post(format!("{}{INTAKE_PATH}", self.base));
        let request = request.header("x-twilio-signature", signature).form(&form);
        let response = request.send().await.context("the service does not answer")?;
        let status = response.status();
        let xml = response.text().await.context("the service does not answer to the end")?;
        if status != StatusCode::OK {
            bail!("the service answered a text with {status}: {xml}");
        }
        Ok(message(&xml))
    }

    /// Every item of a list.
    pub(super) async fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut query = "limit=200".to_owned();
        for _ in 0..MOST_PAGES {
            let mut page = self.call(Method::GET, &format!("{path}?{query}"), None).await?;
            if let Some(Value::Array(some)) = page.get_mut("items").map(Value::take) {
                items.extend(some);
            }
            let Some(next) = page["next"].as_str() else { break };
            query = format!("limit=200&cursor={next}");
        }
        Ok(items)
    }

    /// Rules a campaign.
    pub(super) async fn rule(&self, campaign: &str, ruling: &str) -> anyhow::Result<()> {
        let body = serde_json::json!({ "campaign": campaign, "ruling": ruling });
        self.call(Method::POST, "/api/v1/rulings", Some(body)).await?;
        Ok(())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let mut request = request.bearer_auth(&self.bearer);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.context("the service does not answer")?;
        let status = response.status();
        let text = response.text().await.context("the service does not answer to the end")?;
        if !status.is_success() {
            bail!("the service answered {path} with {status}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{path} answers no JSON"))
    }
}

/// What a response in TwiML tells the person.
fn message(xml: &str) -> Option<String> {
    let (_, rest) = xml.split_once("<Message>")?;
    let (text, _) = rest.split_once("</Message>")?;
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#13;", "\r")];
    let text = plain.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    // The last, or what it makes would be taken for another.
    Some(text.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_meant() {
        let check = |xml: &str, expected: Option<&str>| {
            assert_eq!(message(xml).as_deref(), expected, "{xml}");
        };
        check(
            "<?xml?><Response><Message>it&apos;s &amp;lt; 5</Message></Response>",
            Some("it's &lt; 5"),
        );
        check("<?xml?><Response/>", None);
    }
}
