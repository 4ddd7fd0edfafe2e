//! Events and the tokens that carry them (RFC 8417; SSF 1.0, section 4; CAEP 1.0, section 3).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unhook_app::identity::Step;
use unhook_app::{OutgoingId, Surroundings};

use super::Issuer;
use super::kept::KeptSubject;

/// What `typ` says of a token (RFC 8417, section 2.3).
const TYPE: &str = "secevent+jwt";

/// Where a receiver looks for whom an event is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// In `sub_id`, as SSF 1.0 has it.
    #[default]
    Standard,
    /// In the event, as Okta has it; `sub_id` is there as well.
    Okta,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Kind {
    SessionRevoked,
    CredentialChange,
    /// A receiver asked whether its stream works.
    Verification,
}

impl Kind {
    /// What receivers may subscribe to.
    pub(super) const SUBSCRIBED: [Self; 2] = [Self::SessionRevoked, Self::CredentialChange];

    pub(super) const fn uri(self) -> &'static str {
        match self {
            Self::SessionRevoked => {
                "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
            }
            Self::CredentialChange => {
                "https://schemas.openid.net/secevent/caep/event-type/credential-change"
            }
            Self::Verification => "https://schemas.openid.net/secevent/ssf/event-type/verification",
        }
    }

    /// What says that a step is due.
    pub(super) const fn of(step: &Step) -> Option<Self> {
        match step {
            Step::EndSessions => Some(Self::SessionRevoked),
            Step::ExpirePassword => Some(Self::CredentialChange),
            _ => None,
        }
    }
}

/// One event for one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Event {
    /// Its id, the same whenever it is delivered.
    pub(super) jti: String,
    pub(super) kind: Kind,
    /// A mail address; of a verification the stream's id. It is kept as `kept` and in no other way.
    #[serde(skip)]
    pub(super) subject: String,
    pub(super) kept: KeptSubject,
    /// When, in seconds.
    pub(super) at: i64,
    /// What a verification repeats.
    pub(super) state: Option<String>,
}

impl Event {
    pub(super) fn new(
        kind: Kind,
        subject: &str,
        kept: KeptSubject,
        surroundings: &dyn Surroundings,
    ) -> Self {
        Self {
            jti: OutgoingId::from_bytes(surroundings.fresh_id()).to_string(),
            kind,
            subject: subject.to_owned(),
            kept,
            at: surroundings.now().unix_ms().div_euclid(1000),
            state: None,
        }
    }

    /// The signed token for this audience. It has no `sub` and no `exp` (SSF 1.0, section 4.1.4).
    pub(super) fn token(&self, issuer: &Issuer, audience: &str, dialect: Dialect) -> String {
        let claims = json!({
            "iss": issuer.url, "aud": audience, "iat": self.at, "jti": self.jti,
            "sub_id": self.subject_id(),
            "events": { (self.kind.uri()): self.body(dialect) },
        });
        issuer.key.sign(TYPE, Some(&issuer.key_id), &claims)
    }

    fn subject_id(&self) -> Value {
        match self.kind {
            Kind::Verification => json!({ "format": "opaque", "id": self.subject }),
            _ => json!({ "format": "email", "email": self.subject }),
        }
    }

    fn body(&self, dialect: Dialect) -> Value {
        let reason = json!({ "en": "a phishing campaign reached this account" });
        let mut body = match self.kind {
            Kind::Verification => match &self.state {
                Some(state) => return json!({ "state": state }),
                None => return json!({}),
            },
            Kind::SessionRevoked => json!({}),
            Kind::CredentialChange => {
                json!({ "credential_type": "password", "change_type": "revoke" })
            }
        };
        body["event_timestamp"] = self.at.into();
        body["initiating_entity"] = "admin".into();
        body["reason_admin"] = reason;
        if dialect == Dialect::Okta {
            body["subject"] = json!({ "user": self.subject_id() });
        }
        body
    }
}

/// Whether somebody can be named by this: a mail address, as far as receivers look.
pub(super) fn is_subject(text: &str) -> bool {
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let parts = text.rsplit_once('@');
    text.len() <= 254
        && is_plain
        && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}
