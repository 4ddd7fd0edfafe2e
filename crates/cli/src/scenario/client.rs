//! What comes from outside: a provider that hands in texts, laptops that look names up, logs, and an
//! analyst with a token.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use unhook_messaging::Secret;
use unhook_messaging::twilio::{INTAKE_PATH, TwilioWebhook};
use unhook_model::PhoneNumber;

use super::names::{self, LookUp};

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

    /// Whether a name is there for a laptop, by its token.
    pub(super) async fn is_there(
        &self,
        laptop: &str,
        name: &str,
        for_what: LookUp,
    ) -> anyhow::Result<bool> {
        let request = names::request(name, for_what);
        let url = format!("{}/dns-query/{laptop}?dns={request}", self.base);
        let response = self.http.get(url).send().await.context("the resolver does not answer")?;
        let status = response.status();
        if status != StatusCode::OK {
            bail!("the resolver answered a look-up with {status}");
        }
        names::is_there(&response.bytes().await.context("the resolver does not answer to the end")?)
    }

    /// Hands in lines of a log.
    pub(super) async fn log(&self, kind: &str, lines: &[Value]) -> anyhow::Result<()> {
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let request = self.http.post(format!("{}/api/v1/logs/{kind}", self.base));
        let request = request.bearer_auth(&self.bearer).header(CONTENT_TYPE, "text/plain");
        let answer = answered(request.body(lines), "/api/v1/logs").await?;
        if answer["unread"] != 0 {
            bail!("the service could not read the log: {answer}");
        }
        Ok(())
    }

    /// How many people of a campaign were seen at each rung of the ladder.
    pub(super) async fn ladder(&self, campaign: &str) -> anyhow::Result<BTreeMap<String, u64>> {
        let path = format!("/api/v1/campaigns/{campaign}/exposure");
        let ladder = self.call(Method::GET, &path, None).await?;
        let rungs = ladder["rungs"].as_array().into_iter().flatten();
        let rung =
            |rung: &Value| Some((rung["rung"].as_str()?.to_owned(), rung["people"].as_u64()?));
        Ok(rungs.filter_map(rung).collect())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let mut request = request.bearer_auth(&self.bearer);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answered(request, path).await
    }
}

/// What the service says to a call that it must not refuse.
async fn answered(request: RequestBuilder, path: &str) -> anyhow::Result<Value> {
    let response = request.send().await.context("the service does not answer")?;
    let status = response.status();
    let text = response.text().await.context("the service does not answer to the end")?;
    if !status.is_success() {
        bail!("the service answered {path} with {status}: {text}");
    }
    serde_json::from_str(&text).with_context(|| format!("{path} answers no JSON"))
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
