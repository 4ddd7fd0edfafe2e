//! The streams of receivers and what waits in them. Pure: no socket, no file, no clock, no key.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::{Event, Kind};
use crate::identity::http::Endpoint;

/// The most receivers, each with one stream.
pub const MOST_RECEIVERS: usize = 32;

/// The most events that wait for one receiver: a thousand people, ten times over. Beyond it nothing
/// more is taken for it, and the caller hears so.
pub const MOST_PENDING: usize = 10_000;

/// The most events in the answer to one poll: some sixty KiB.
pub const MOST_POLLED: usize = 100;

/// The longest text of a stream's settings, in bytes.
const LONGEST_TEXT: usize = 2_048;

/// How events are delivered.
const PUSH: &str = "urn:ietf:rfc:8935";
const POLL: &str = "urn:ietf:rfc:8936";

/// Both ways.
pub(super) const METHODS: [&str; 2] = [PUSH, POLL];

/// Whether a stream delivers (SSF 1.0, section 8.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Enabled,
    /// Events wait.
    Paused,
    /// Events are dropped.
    Disabled,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Paused, Self::Disabled].into_iter().find(|own| own.name() == text)
    }
}

/// Where events are pushed to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) authorization: Option<String>,
}

/// One stream.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Stream {
    pub(super) id: String,
    pub(super) status: Status,
    /// Without, the receiver polls.
    pub(super) push: Option<Target>,
    requested: Vec<Kind>,
    description: Option<String>,
    /// What waits, oldest first.
    pub(super) pending: VecDeque<Event>,
}

/// What is wrong with what a receiver asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamError {
    Malformed(&'static str),
    NotFound,
    Exists,
    /// What waits is as much as is kept.
    Full,
}

/// The streams, by receiver.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Streams(BTreeMap<String, Stream>);

impl Streams {
    /// The stream of a receiver.
    pub(super) fn of(&self, receiver: &str) -> Option<&Stream> {
        self.0.get(receiver)
    }

    /// Every stream with its receiver.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Stream)> {
        self.0.iter().map(|(receiver, stream)| (receiver.as_str(), stream))
    }

    /// Every event that waits.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.values().flat_map(|stream| &stream.pending)
    }

    /// Keeps of what waits what is to stay, or says at which it could not be told.
    pub(super) fn try_retain<E>(
        &mut self,
        mut stays: impl FnMut(&mut Event) -> Result<bool, E>,
    ) -> Result<(), E> {
        for stream in self.0.values_mut() {
            for mut event in std::mem::take(&mut stream.pending) {
                if stays(&mut event)? {
                    stream.pending.push_back(event);
                }
            }
        }
        Ok(())
    }

    /// Drops what waits and is not to stay.
    pub(super) fn retain(&mut self, stays: impl Fn(&Event) -> bool) {
        self.0.values_mut().for_each(|stream| stream.pending.retain(&stays));
    }

    /// The stream of a receiver, if it has this id.
    fn named(&mut self, receiver: &str, id: Option<&str>) -> Result<&mut Stream, StreamError> {
        let stream = self.0.get_mut(receiver).ok_or(StreamError::NotFound)?;
        if id == Some(&stream.id) { Ok(stream) } else { Err(StreamError::NotFound) }
    }

    /// Makes one (SSF 1.0, "Creating a Stream").
    pub(super) fn create(
        &mut self,
        receiver: &str,
        id: String,
        asked: &Value,
        hosts: &[String],
    ) -> Result<(), StreamError> {
        if self.0.contains_key(receiver) {
            return Err(StreamError::Exists);
        }
        let mut stream = Stream {
            id,
            status: Status::Enabled,
            push: None,
            requested: Vec::new(),
            description: None,
            pending: VecDeque::new(),
        };
        stream.replace(asked, hosts)?;
        self.0.insert(receiver.to_owned(), stream);
        Ok(())
    }

    /// Changes what is named (`PATCH`), or all (`PUT`) (SSF 1.0, "Updating" and "Replacing a
    /// Stream's Configuration").
    pub(super) fn change(
        &mut self,
        receiver: &str,
        asked: &Value,
        hosts: &[String],
        is_whole: bool,
    ) -> Result<(), StreamError> {
        let stream = self.named(receiver, asked["stream_id"].as_str())?;
        // Nothing is changed by half.
        let mut changed = stream.clone();
        if is_whole {
            changed.replace(asked, hosts)?
        } else {
            changed.update(asked, hosts)?
        }
        *stream = changed;
        Ok(())
    }

    /// Removes one, and what waits in it.
    pub(super) fn delete(&mut self, receiver: &str, id: &str) -> Result<(), StreamError> {
        self.named(receiver, Some(id))?;
        self.0.remove(receiver);
        Ok(())
    }

    /// Changes whether it delivers.
    pub(super) fn set_status(&mut self, receiver: &str, asked: &Value) -> Result<(), StreamError> {
        let stream = self.named(receiver, asked["stream_id"].as_str())?;
        let status = asked["status"].as_str().and_then(Status::parse);
        stream.status = status.ok_or(StreamError::Malformed("status"))?;
        if stream.status == Status::Disabled {
            stream.pending.clear();
        }
        Ok(())
    }

    /// Has an event wait for a receiver, unless the same does already, or nobody asked for it.
    pub(super) fn add(&mut self, receiver: &str, event: Event) -> Result<(), StreamError> {
        let stream = self.0.get_mut(receiver).ok_or(StreamError::NotFound)?;
        let is_asked = event.kind == Kind::Verification || stream.requested.contains(&event.kind);
        let is_same = |own: &Event| {
            (own.kind, &own.subject, &own.state) == (event.kind, &event.subject, &event.state)
        };
        if stream.status == Status::Disabled || !is_asked || stream.pending.iter().any(is_same) {
            return Ok(());
        }
        if stream.pending.len() >= MOST_PENDING {
            return Err(StreamError::Full);
        }
        stream.pending.push_back(event);
        Ok(())
    }

    /// Removes what a receiver has (RFC 8936, section 2.2), or will never take.
    pub(super) fn remove(&mut self, receiver: &str, ids: &[&str]) {
        if let Some(stream) = self.0.get_mut(receiver) {
            stream.pending.retain(|event| !ids.contains(&event.jti.as_str()));
        }
    }
}

impl Stream {
    fn replace(&mut self, asked: &Value, hosts: &[String]) -> Result<(), StreamError> {
        self.push = None;
        self.requested = Vec::new();
        self.description = None;
        self.update(asked, hosts)
    }

    fn update(&mut self, asked: &Value, hosts: &[String]) -> Result<(), StreamError> {
        if !asked.is_object() {
            return Err(StreamError::Malformed("the body is no object"));
        }
        match &asked["description"] {
            Value::Null => {}
            text => {
                self.description = Some(short(text).ok_or(StreamError::Malformed("description"))?)
            }
        }
        match &asked["events_requested"] {
            Value::Null => {}
            list => {
                let list = list.as_array().ok_or(StreamError::Malformed("events_requested"))?;
                // What we do not know is not delivered, and no mistake.
                let is_asked = |kind: &Kind| list.iter().any(|uri| uri == kind.uri());
                self.requested = Kind::SUBSCRIBED.into_iter().filter(is_asked).collect();
            }
        }
        match &asked["delivery"] {
            Value::Null => Ok(()),
            delivery => self.deliver(delivery, hosts),
        }
    }

    fn deliver(&mut self, delivery: &Value, hosts: &[String]) -> Result<(), StreamError> {
        match delivery["method"].as_str() {
            Some(POLL) => self.push = None,
            Some(PUSH) => self.push = Some(target(delivery, hosts)?),
            _ => return Err(StreamError::Malformed("delivery.method")),
        }
        Ok(())
    }

    /// The next events of a poll, and whether there are more.
    pub(super) fn first(&self, most: usize) -> (Vec<&Event>, bool) {
        if self.status != Status::Enabled {
            return (Vec::new(), false);
        }
        let most = most.min(MOST_POLLED);
        (self.pending.iter().take(most).collect(), self.pending.len() > most)
    }

    /// As a receiver sees it. What it told us as a secret is not said again.
    pub(super) fn show(&self, issuer: &str, audience: &str) -> Value {
        let uris = |kinds: &[Kind]| kinds.iter().map(|kind| kind.uri()).collect::<Vec<_>>();
        let delivery = match &self.push {
            Some(target) => json!({ "method": PUSH, "endpoint_url": target.url }),
            None => json!({ "method": POLL, "endpoint_url": format!("{issuer}/ssf/poll") }),
        };
        let mut shown = json!({
            "stream_id": self.id, "iss": issuer, "aud": audience, "delivery": delivery,
            "events_supported": uris(&Kind::SUBSCRIBED),
            "events_requested": uris(&self.requested),
            "events_delivered": uris(&self.requested),
        });
        if let Some(description) = &self.description {
            shown["description"] = description.clone().into();
        }
        shown
    }
}

/// Where to push to, which must be at a host that the settings name.
fn target(delivery: &Value, hosts: &[String]) -> Result<Target, StreamError> {
    let url = short(&delivery["endpoint_url"]).ok_or(StreamError::Malformed("endpoint_url"))?;
    let endpoint = Endpoint::parse(&url).map_err(|_| StreamError::Malformed("endpoint_url"))?;
    if !hosts.iter().any(|host| host == endpoint.host()) {
        let why = "endpoint_url: its host is none that was agreed on for this receiver";
        return Err(StreamError::Malformed(why));
    }
    let authorization = match &delivery["authorization_header"] {
        Value::Null => None,
        text => {
            let text = short(text).ok_or(StreamError::Malformed("authorization_header"))?;
            super::receiver::header(&text)
                .map_err(|_| StreamError::Malformed("authorization_header"))?;
            Some(text)
        }
    };
    Ok(Target { url, authorization })
}

fn short(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let is_plain = !text.chars().any(char::is_control);
    (!text.is_empty() && text.len() <= LONGEST_TEXT && is_plain).then(|| text.to_owned())
}
