//! How each way out stands, and a try of it.

use unhook_model::Timestamp;

use super::{Service, ServiceError};
use crate::journal::Position;
use crate::record::{Outgoing, OutgoingState, Recipient, Record, Telling};
use crate::telling::{OutgoingId, Severity};

/// What an alert is called that only tries a way.
pub(super) const TEST: &str = "test";

/// How many lines of the delivery log are looked at to say how a way stands.
const MOST_LOOKED_AT: usize = 200;

/// A way to tell those on call, and how it went last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// Its name.
    pub name: String,
    /// From which severity on it is used.
    pub from_severity: Severity,
    /// How the last thing stands that was to be told by it, and since when; `None` when there
    /// was none lately.
    pub last: Option<(OutgoingState, Timestamp)>,
    /// What came of the last attempt, in a line.
    pub note: String,
}

impl Service {
    /// The ways to tell those on call.
    ///
    /// # Errors
    /// When the delivery log cannot be read.
    pub fn connectors(&self) -> Result<Vec<Connector>, ServiceError> {
        let log = self.ports.views.deliveries(None, MOST_LOOKED_AT)?;
        let connectors = self.ports.notifiers.iter().map(|notifier| {
            let is_its =
                |to: &Recipient| matches!(to, Recipient::Notifier(name) if name == notifier.name());
            let last = log.iter().find(|row| is_its(&row.outgoing.to));
            Connector {
                name: notifier.name().to_owned(),
                from_severity: notifier.least_severity(),
                last: last.map(|row| (row.state, row.last_at.unwrap_or(row.outgoing.at))),
                note: last.map(|row| row.note.clone()).unwrap_or_default(),
            }
        });
        Ok(connectors.collect())
    }

    /// Whether texts can be sent.
    #[must_use]
    pub fn can_text(&self) -> bool {
        self.ports.texter.is_some()
    }

    /// Tells those on call by one way that this is a test.
    ///
    /// # Errors
    /// When there is no such way, or it cannot be kept.
    pub async fn try_connector(&self, name: &str) -> Result<Position, ServiceError> {
        if !self.ports.notifiers.iter().any(|notifier| notifier.name() == name) {
            return Err(ServiceError::Invalid(format!("there is no way called `{name}`")));
        }
        let at = self.now();
        let what = Telling::Alert {
            kind: TEST.to_owned(),
            severity: Severity::Info,
            campaign: None,
            report: None,
        };
        let id = OutgoingId::from_bytes(self.ports.surroundings.fresh_id());
        let to = Recipient::Notifier(name.to_owned());
        let outgoing = Outgoing { id, to, what, at, due_at: at };
        let asked = self.decide(move |draft| draft.record(Record::Requested(outgoing.clone())));
        let ((), position) = asked.await?;
        self.last_position(position)
    }
}
