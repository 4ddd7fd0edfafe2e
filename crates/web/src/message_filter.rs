//! What an iPhone's message filter asks: `POST /intake/ios/{key}`.
//!
//! An app of the organization's has an extension (`ILMessageFilterExtension`) to which iOS shows each
//! text from somebody unknown. When the extension defers, iOS itself sends the text here, and hands
//! it what came back. This is not a report: the text is judged as `POST /api/v1/check` judges
//! one, and nothing is kept of it, so who got it is not known either; Apple sends nothing that says so.
//!
//! iOS sends no token, so a key in the path is what lets a phone in; it is the organization's, not
//! a person's, and stands in no log, which knows paths by their template. Wrong keys find nothing
//! there.
//!
//! Only what is malicious is answered with `junk`. All else gets `none`, never `allow`: that would
//! vouch for a text.
//!
//! Source: Apple, "SMS and Call Spam Reporting", `deferQueryRequestToNetwork(completion:)`.

use std::time::Duration;

use axum::extract::{Extension, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::time::Instant;
use unhook_app::ProbeError;
use unhook_model::{Channel, Message, Sender, Verdict};

use crate::given::{FromSegment, Given, Segment};
use crate::limiter::Rate;
use crate::peer::{self, Peer};
use crate::problem::{Kind, Problem};
use crate::settings::{LONGEST_TEXT, MessageFilter};
use crate::web::Shared;

/// How often phones behind one address may ask: a whole office gets texts at once when an attack
/// begins, and a judgement takes microseconds.
pub(crate) const RATE: Rate = Rate { burst: 120.0, refill: Duration::from_millis(500) };

/// The version of what iOS sends.
const VERSION: u32 = 1;

/// Where Apple looks up which apps may have their texts sent here.
const ASSOCIATION: &str = "/.well-known/apple-app-site-association";

pub(crate) fn router(filter: &MessageFilter) -> Router<Shared> {
    let router = Router::new().route("/intake/ios/{key}", post(ask));
    if filter.apps.is_empty() {
        return router;
    }
    router.route(ASSOCIATION, get(association))
}

/// What iOS sends. Keys that a later iOS adds are its own business.
#[derive(serde::Deserialize)]
struct Asked {
    #[serde(rename = "_version")]
    version: u32,
    query: Query,
}

#[derive(serde::Deserialize)]
struct Query {
    sender: Option<String>,
    message: Text,
}

#[derive(serde::Deserialize)]
struct Text {
    text: String,
}

/// What the extension reads.
#[derive(serde::Serialize)]
struct Advice {
    action: &'static str,
}

/// A key as it came.
struct Key(String);

impl FromSegment for Key {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        Ok(Self(text.to_owned()))
    }
}

async fn ask(
    State(shared): State<Shared>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Segment(Key(key)): Segment<Key>,
    request: Request,
) -> Result<Json<Advice>, Problem> {
    let peer = peer.map(|Extension(peer)| peer);
    // Before the key is looked at, so that nobody tries out many.
    if let Some(address) = peer::client(peer, &headers, &shared.settings().trusted_proxies) {
        shared.filters().take(address, Instant::now()).map_err(Problem::too_many)?;
    }
    let filter = shared.settings().message_filter.as_ref();
    if !filter.is_some_and(|filter| filter.keys.iter().any(|known| is_same(known, &key))) {
        return Err(Problem::because(Kind::NotFound, "there is nothing at this path"));
    }
    let Given(asked) = Given::<Asked>::from_request(request, &shared).await?;
    let message = read(asked)?;
    let verdict = shared.look_up(move |service| service.verdict(&message)).await?;
    Ok(Json(Advice { action: action(verdict) }))
}

/// What the way of phones' filters is called where it is tried.
pub(crate) const NAME: &str = "iOS";

/// Asks as a phone would, with the organization's own key; nothing is kept of it.
pub(crate) async fn rehearse(shared: &Shared) -> Result<String, ProbeError> {
    let filter = shared.settings().message_filter.as_ref();
    let filter = filter.ok_or_else(|| ProbeError("[intake.ios] is not set up".to_owned()))?;
    let key = Segment(Key(filter.keys.first().cloned().unwrap_or_default()));
    let question = serde_json::json!({
        "_version": VERSION, "query": { "sender": "14085550001", "message": { "text": "1" } },
    });
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(question.to_string().into());
    let request = request.map_err(|error| ProbeError(error.to_string()))?;
    let answer = ask(State(shared.clone()), None, HeaderMap::new(), key, request).await;
    let Json(advice) = answer
        .map_err(|_| ProbeError("a phone's question gets no answer; read the log".to_owned()))?;
    let found = format!("a phone's question is answered with `{}`", advice.action);
    if filter.apps.is_empty() {
        return Err(ProbeError(format!(
            "{found}, but no phone will ask: name your app under `apps` in [intake.ios], so that \
             iOS finds it at {ASSOCIATION}"
        )));
    }
    Ok(format!("{found}; apps that may ask: {}", filter.apps.len()))
}

fn read(asked: Asked) -> Result<Message, Problem> {
    if asked.version != VERSION {
        return Err(Problem::value("/_version", "what iOS sends has the version 1"));
    }
    let mut body = asked.query.message.text;
    // The detector reads no more, and a phone has nobody to send a shorter one.
    if let Some((at, _)) = body.char_indices().nth(LONGEST_TEXT) {
        body.truncate(at);
    }
    let sender = asked.query.sender.as_deref().and_then(Sender::parse);
    Ok(Message { channel: Channel::Sms, sender, ..Message::from_body(body) })
}

/// The name that the extension turns into its `ILMessageFilterAction`.
fn action(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Malicious => "junk",
        Verdict::Benign | Verdict::Suspicious => "none",
    }
}

/// Compares in time that says nothing of what is right.
fn is_same(known: &str, given: &str) -> bool {
    known.len() == given.len()
        && known.bytes().zip(given.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

/// Which apps iOS lets ask here.
async fn association(State(shared): State<Shared>) -> Response {
    let apps = shared.settings().message_filter.as_ref().map(|filter| &filter.apps);
    let body = serde_json::json!({ "messagefilter": { "apps": apps } });
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_malicious_is_junk() {
        assert_eq!(action(Verdict::Malicious), "junk");
        assert_eq!(action(Verdict::Suspicious), "none");
        assert_eq!(action(Verdict::Benign), "none");
    }

    #[test]
    fn keys_are_the_same_or_not() {
        assert!(is_same("abc", "abc"));
        assert!(!is_same("abc", "abd") && !is_same("abc", "ab") && !is_same("abc", ""));
    }

    #[test]
    fn keys_and_apps_that_make_no_sense_are_refused() {
        let made = |keys: &str, app: &str| MessageFilter::new(keys, vec![app.to_owned()]).is_ok();
        let (key, app) = ("abcdefghijklmnopqrst", "A1B2C3D4E5.com.acme.filter");
        assert!(made(key, app));
        assert!(made(&format!(" {key}\n{key}_-1\r\n"), app));
        assert!(MessageFilter::new(key, Vec::new()).is_ok());
        for keys in ["", "\n", "short", &key[1..], "abcdefghijklmnopqrs/", "äbcdefghijklmnopqrst"]
        {
            assert!(!made(keys, app), "{keys}");
        }
        assert!(!made(&format!("{key} ").repeat(17), app), "too many");
        for app in ["", "com.acme.filter", "A1B2C3D4E5.", "A1B2C3D4E5", "A1B2C3D4E5.a\"b"] {
            assert!(!made(key, app), "{app}");
        }
        assert!(!format!("{:?}", MessageFilter::new(key, Vec::new())).contains(key));
    }
}
