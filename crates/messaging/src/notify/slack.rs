//! Incoming webhooks as Slack has them, and those who speak like it.
//!
//! The address is the secret. In Slack's `mrkdwn` three characters begin a link, a mention of
//! everybody or an entity, and are escaped; those that make words bold or struck through have no escape
//! and become their look-alikes. Every text is `verbatim`, so that Slack makes no link of what
//! looks like one, and nothing is unfurled.
//!
//! Slack knows no id to drop repetitions by: what may have arrived is not sent again unasked.

use serde_json::{Value, json};
use unhook_app::{DeliveryError, Pending, Receipt};

use super::Channel;
use super::http::{Client, Endpoint, Post};
use super::told::Told;

/// Longest text of a section, in characters once escaped: Slack takes 3,000.
const LONGEST_SECTION: usize = 2_900;
/// What Slack answers to what it took.
const TAKEN: &str = "ok";

/// A channel behind an incoming webhook.
pub(super) struct Slack {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
}

impl Slack {
    async fn post(&self, told: &Told) -> Result<Receipt, DeliveryError> {
        let body = body(told).to_string();
        let post = Post { to: &self.endpoint, headers: Default::default(), body, hidden: &[] };
        let answer = self.client.post(post).await?;
        if answer.body.trim() == TAKEN {
            return Ok(Receipt::default());
        }
        // Whoever answered, it did not speak like Slack: a portal on the way, or another product.
        let why = format!("the answer is not `{TAKEN}`, as Slack answers");
        Err(DeliveryError::Unknown { why })
    }
}

impl Channel for Slack {
    const MAY_REPEAT: bool = false;

    fn tell<'a>(&'a self, told: &'a Told) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.post(told))
    }
}

fn body(told: &Told) -> Value {
    let heading = format!("{}: {}", told.standing(), told.title);
    let mut blocks = vec![section(&format!("*{}*", escaped(&heading)))];
    if !told.text.is_empty() {
        blocks.push(section(&escaped(&told.text)));
    }
    if !told.facts.is_empty() {
        let fields: Vec<Value> = told.facts.iter().map(field).collect();
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    blocks.push(json!({"type": "context", "elements": [mrkdwn(&escaped(&told.origin()))]}));
    json!({
        "text": escaped(&heading),
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

fn field((name, value): &(String, String)) -> Value {
    mrkdwn(&format!("*{}*\n{}", escaped(name), escaped(value)))
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// A text in which nothing is markup, cut where a section is full.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut length = 0;
    for letter in text.chars() {
        let before = written.len();
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '*' => written.push('∗'),
            '~' => written.push('∼'),
            '`' => written.push('ˋ'),
            _ => written.push(letter),
        }
        length += written[before..].chars().count();
        if length > LONGEST_SECTION {
            written.truncate(before);
            written.push('…');
            break;
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_written_by_a_stranger_is_markup() {
        assert_eq!(
            escaped("<!channel> a&b *now* ~no~ `x`"),
            "&lt;!channel&gt; a&amp;b ∗now∗ ∼no∼ ˋxˋ"
        );
    }

    #[test]
    fn an_escape_is_never_cut_in_two() {
        let escaped = escaped(&"&".repeat(2_000));
        assert!(escaped.chars().count() <= LONGEST_SECTION + 1);
        assert!(escaped.ends_with("&amp;…"), "{}", &escaped[escaped.len() - 20..]);
    }
}
