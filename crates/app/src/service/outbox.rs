//! The outbox: what was decided to be told is told, at least once where receivers drop
//! repetitions, and never twice blindly where they do not.
//!
//! A text goes out only after the journal says that it is about to ([`Record::Attempted`]).
//! So when the process dies in between, the next start finds an attempt without an end and
//! asks a person instead of sending again. What it costs is bounded: a day's texts have a
//! cap, and numbers that nobody enrolled has are texted only where that is allowed.
//!
//! Each receiver has a lane of its own, so that a thousand texts, or a pager that does not
//! answer, hold up nobody else.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use unhook_engine::Stage;
use unhook_model::{CampaignId, PersonId, PhoneNumber, Timestamp};

use super::calling::{self, CLOSED, Call, ESCALATED, OPENED};
use super::connectors::TEST;
use super::tally::one_more;
use super::{Service, ServiceError};
use crate::answer::Answer;
use crate::backoff::{Breaker, next_attempt};
use crate::journal::Position;
use crate::people::{Contact, Pending};
use crate::record::{OutgoingState, Recipient, Record, Telling};
use crate::telling::{Alert, DeliveryError, Notifier, OutgoingId, Receipt, Severity, Texter};
use crate::views::{OutgoingRow, ViewError};

/// How much is looked at in one round.
const AT_A_TIME: usize = 100;

/// How often the outbox looks by itself: for what is due by now.
const ROUND: Duration = Duration::from_secs(1);

/// How long a delivery may take: whatever stands behind it gives up sooner by itself.
const LONGEST_DELIVERY: Duration = Duration::from_secs(60);

/// How often an attempt is made before it is given up: with waits that grow to an hour, about
/// a day.
const MOST_ATTEMPTS: u32 = 30;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long nothing is texted after a day's texts were found to be used up.
const CAP_PAUSE: Duration = Duration::from_secs(60);

/// Something whose outcome nobody knows, for a person to look at.
pub(super) const UNKNOWN_OUTCOME: &str = "outcome-unknown";

/// How an attempt went.
enum Outcome {
    /// Settled, with a line for the delivery log.
    Settled(OutgoingState, String),
    /// To be tried again after this long at least.
    Later(Option<Duration>, String),
    /// Not tried: a day's texts are used up.
    Capped,
}

/// Tells people, until it is told to stop or nothing can be decided any more.
pub(super) async fn run(
    service: Arc<Service>,
    woken: watch::Receiver<()>,
    stop: watch::Receiver<bool>,
) {
    let notifiers = service.ports.notifiers.iter();
    let notifiers = notifiers.map(|notifier| Some(notifier.name().to_owned()));
    let mut tasks = JoinSet::new();
    for notifier in notifiers.chain([None]) {
        let lane = Lane::new(Arc::clone(&service), notifier, stop.clone());
        tasks.spawn(lane.run(woken.clone()));
    }
    tasks.spawn(escalate_in_rounds(service, stop));
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a part of the outbox broke down");
        }
    }
}

/// Calls out again, in rounds, what nobody acknowledged.
async fn escalate_in_rounds(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = service.escalate().await {
            tracing::warn!(%error, "campaigns could not be called out again");
        }
        tokio::select! {
            // Told to, or nobody is there any more to tell it.
            _ = stop.wait_for(|is_over| *is_over) => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// What one receiver is told, one thing after the other.
struct Lane {
    service: Arc<Service>,
    /// The notifier; `None` for texts, and for what has no receiver any more.
    notifier: Option<String>,
    stop: watch::Receiver<bool>,
    /// Whether it answers at the moment.
    breaker: Breaker,
    /// Nothing is told before this.
    paused_until: Option<Timestamp>,
    /// What the views cannot say, or not yet. Only of what waits.
    known: HashMap<OutgoingId, Known>,
}

/// What is known of something to be told beyond what the views say.
#[derive(Clone)]
enum Known {
    /// It failed, and may be tried again from this moment on.
    Due(Timestamp),
    /// Nothing was sent, though the journal may say that it was about to be.
    Unsent,
    /// How it went, which could not be written down; tried again from then on if it waits.
    Told(OutgoingState, String, Timestamp),
    /// It is over, and the views say so from this position on.
    Over(Position),
}

impl Lane {
    fn new(service: Arc<Service>, notifier: Option<String>, stop: watch::Receiver<bool>) -> Self {
        let (breaker, known) = (Breaker::default(), HashMap::new());
        Self { service, notifier, stop, breaker, paused_until: None, known }
    }

    async fn run(mut self, mut woken: watch::Receiver<()>) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "what is to be told cannot be read");
            }
            tokio::select! {
                // Told to, or nobody is there any more to tell it.
                _ = self.stop.wait_for(|is_over| *is_over) => return,
                changed = woken.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// Looks at everything that waits for this receiver.
    async fn round(&mut self) -> Result<(), ViewError> {
        let seen = self.service.position();
        self.known.retain(|_, known| !matches!(known, Known::Over(at) if Some(*at) <= seen));
        let (mut after, mut waiting) = (None, BTreeSet::new());
        loop {
            let rows = self.service.ports.views.waiting(after, AT_A_TIME)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.outgoing.id);
            for row in rows {
                if !self.is_mine(&row) {
                    continue;
                }
                // Whoever let go of it wants it to stop too.
                if self.stop.has_changed().is_err() || *self.stop.borrow() {
                    return Ok(());
                }
                waiting.insert(row.outgoing.id);
                self.tell(row).await;
            }
        }
        let is_open = |id: &_, known: &_| waiting.contains(id) || matches!(known, Known::Over(_));
        self.known.retain(|id, known| is_open(id, known));
        Ok(())
    }

    fn is_mine(&self, row: &OutgoingRow) -> bool {
        match (&row.outgoing.to, &self.notifier) {
            (Recipient::Notifier(name), Some(mine)) => name == mine,
            (Recipient::Notifier(name), None) => self.service.notifier(name).is_none(),
            (Recipient::Person(_), mine) => mine.is_none(),
        }
    }

    async fn tell(&mut self, row: OutgoingRow) {
        let (id, now) = (row.outgoing.id, self.service.now());
        match self.known.get(&id).cloned() {
            Some(Known::Over(_)) => return,
            Some(Known::Told(state, note, due)) => return self.settle(id, state, note, due).await,
            Some(Known::Due(due)) if now < due => return,
            Some(Known::Due(_) | Known::Unsent) => {}
            // Begun by a process that is gone, before it could say how it went.
            None if row.is_attempting => {
                let note = "interrupted; nobody knows whether it was sent".to_owned();
                return self.settle(id, OutgoingState::Unknown, note, now).await;
            }
            None if now < row.outgoing.due_at && row.outgoing.at < row.outgoing.due_at => return,
            None => {}
        }
        if self.paused_until.is_some_and(|end| now < end) || !self.breaker.may_try(now) {
            return;
        }
        // What cannot be written down is not begun.
        let attempt = match self.service.refuse_in_trouble() {
            Ok(()) => self.service.attempt(&row, now).await,
            Err(error) => Err(error),
        };
        match attempt {
            Ok(outcome) => self.went(&row, outcome, now).await,
            // The journal or the directory is away: nothing was sent.
            Err(error) => {
                tracing::warn!(%error, "something to be told waits");
                self.known.insert(id, Known::Unsent);
            }
        }
    }

    async fn went(&mut self, row: &OutgoingRow, outcome: Outcome, now: Timestamp) {
        match &outcome {
            Outcome::Later(..) | Outcome::Settled(OutgoingState::Unknown, _) => {
                self.breaker.failed(now);
            }
            Outcome::Settled(..) => self.breaker.succeeded(),
            Outcome::Capped => {}
        }
        let (id, attempts) = (row.outgoing.id, row.attempts + 1);
        let (state, note, due) = match outcome {
            Outcome::Settled(state, note) => (state, note, now),
            Outcome::Later(_, note) if attempts >= MOST_ATTEMPTS => {
                (OutgoingState::Failed, note, now)
            }
            Outcome::Later(asked, note) => {
                let wait = next_attempt(attempts, asked, self.service.ports.surroundings.random());
                (OutgoingState::Waiting, note, now.plus(wait))
            }
            Outcome::Capped => {
                tracing::warn!("a day's texts are used up; what is to be texted waits");
                self.paused_until = Some(now.plus(CAP_PAUSE));
                return;
            }
        };
        self.settle(id, state, note, due).await;
    }

    /// Writes down how it went; until that is done, it is remembered, and not told again.
    async fn settle(&mut self, id: OutgoingId, state: OutgoingState, note: String, due: Timestamp) {
        let known = match self.service.settle(id, state, note.clone()).await {
            Ok(_) if state == OutgoingState::Waiting => Known::Due(due),
            Ok(position) => Known::Over(position),
            Err(error) => {
                tracing::warn!(%error, "how something was told could not be kept");
                Known::Told(state, note, due)
            }
        };
        self.known.insert(id, known);
    }
}

impl Service {
    async fn attempt(&self, row: &OutgoingRow, now: Timestamp) -> Result<Outcome, ServiceError> {
        match &row.outgoing.to {
            Recipient::Notifier(name) => {
                let Some(notifier) = self.notifier(name) else {
                    let note = format!("no notifier is called `{name}` any more");
                    return Ok(Outcome::Settled(OutgoingState::Failed, note));
                };
                self.alert(row, notifier, now).await
            }
            Recipient::Person(person) => self.text(row, *person, now).await,
        }
    }

    fn notifier(&self, name: &str) -> Option<&dyn Notifier> {
        self.ports.notifiers.iter().find(|notifier| notifier.name() == name).map(|n| &**n)
    }

    async fn alert(
        &self,
        row: &OutgoingRow,
        notifier: &dyn Notifier,
        now: Timestamp,
    ) -> Result<Outcome, ServiceError> {
        let Some(alert) = self.alert_of(row) else {
            let note = "it is no alert".to_owned();
            return Ok(Outcome::Settled(OutgoingState::Failed, note));
        };
        if !notifier.may_repeat() {
            self.note_attempt(row.outgoing.id, now).await?;
        }
        let result = in_time(notifier.notify(&alert)).await;
        Ok(outcome(result, notifier.may_repeat()))
    }

    async fn text(
        &self,
        row: &OutgoingRow,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Outcome, ServiceError> {
        let refused = |why: &str| Ok(Outcome::Settled(OutgoingState::Failed, why.to_owned()));
        let Some(texter) = &self.ports.texter else {
            return refused("no way to send texts is set up");
        };
        let Some(known) = self.ports.people.person(person)? else {
            return refused("the person was erased");
        };
        let Some(number) = self.number_of(person, now)? else {
            return refused("the person has no telephone number");
        };
        if !self.may_text(known.standing, &number, None) {
            return refused("numbers of strangers are not texted there");
        }
        if self.ports.views.is_stopped(person)? {
            return refused("the person asked not to be texted");
        }
        if self.ports.views.texts_since(now.minus(DAY))? >= self.settings.texts.daily {
            return Ok(Outcome::Capped);
        }
        let language = known.language.unwrap_or(self.settings.language);
        let Some(body) = self.body_of(row, language) else {
            return refused("it is no text");
        };
        self.send(&**texter, row.outgoing.id, &number, &body, now).await
    }

    async fn send(
        &self,
        texter: &dyn Texter,
        id: OutgoingId,
        number: &PhoneNumber,
        body: &str,
        now: Timestamp,
    ) -> Result<Outcome, ServiceError> {
        self.note_attempt(id, now).await?;
        Ok(outcome(in_time(texter.text(id, number, body)).await, false))
    }

    /// Says that an attempt begins, durably, and only then lets it begin.
    async fn note_attempt(&self, outgoing: OutgoingId, at: Timestamp) -> Result<(), ServiceError> {
        let record = Record::Attempted { outgoing, at };
        self.decide(move |draft| draft.record(record.clone())).await.map(|_| ())
    }

    /// Hears from a provider what became of a text, perhaps long after it went out: so one of
    /// which nobody knew becomes known.
    ///
    /// # Errors
    /// When it cannot be kept; whoever says so may say it again.
    pub async fn hear(&self, id: OutgoingId, is_delivered: bool) -> Result<(), ServiceError> {
        let Some(row) = self.ports.views.outgoing(id)? else { return Ok(()) };
        let (state, note) = if is_delivered {
            (OutgoingState::Delivered, "the provider says that it arrived")
        } else {
            (OutgoingState::Failed, "the provider says that it did not arrive")
        };
        // A text that arrived stays arrived, and what is being tried has an end of its own.
        if row.is_attempting || matches!(row.state, OutgoingState::Waiting) || row.state == state {
            return Ok(());
        }
        self.settle(id, state, note.to_owned()).await.map(|_| ())
    }

    async fn settle(
        &self,
        outgoing: OutgoingId,
        state: OutgoingState,
        note: String,
    ) -> Result<Position, ServiceError> {
        let at = self.now();
        let settled = self.decide(move |draft| {
            draft.record(Record::Settled { outgoing, state, note: note.clone(), at });
            if state == OutgoingState::Unknown {
                let matter = UNKNOWN_OUTCOME.to_owned();
                draft.record(Record::Noticed { matter, report: None, at });
            }
        });
        let position = self.last_position(settled.await?.1)?;
        match state {
            OutgoingState::Delivered => one_more(&self.tally.delivered),
            OutgoingState::Failed | OutgoingState::Unknown => one_more(&self.tally.undelivered),
            OutgoingState::Waiting => {}
        }
        // What was texted counts from now on.
        self.has_seen(position).await;
        Ok(position)
    }

    fn number_of(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Option<PhoneNumber>, ServiceError> {
        let identity = self.ports.people.identity(person)?.unwrap_or_default();
        let current = identity
            .contacts
            .into_iter()
            .filter(|(_, from, until)| *from <= now && until.is_none_or(|until| now < until));
        let mut numbers = current.filter_map(|(contact, _, _)| match contact {
            Contact::Phone(number) if number.is_international() => Some(number),
            _ => None,
        });
        Ok(numbers.next_back())
    }

    fn body_of(&self, row: &OutgoingRow, language: crate::people::Language) -> Option<String> {
        match &row.outgoing.what {
            Telling::Correction { verdict, .. } => {
                Some(self.words(&Answer::Correction(*verdict), language))
            }
            Telling::Notice { text, .. } => Some(text.clone()),
            Telling::Alert { .. } => None,
        }
    }

    /// The words of an alert, as things are now.
    fn alert_of(&self, row: &OutgoingRow) -> Option<Alert> {
        let Telling::Alert { kind, severity, campaign, report } = &row.outgoing.what else {
            return None;
        };
        let summary = campaign.and_then(|id| self.campaign(id).ok().flatten());
        let mut facts = Vec::new();
        if let Some(detail) = &summary {
            facts.push(("Texts", detail.summary.message_count.to_string()));
            facts.push(("People who reported", detail.summary.reporter_count.to_string()));
            facts.push(("Stage", detail.summary.stage.name().to_owned()));
            let domains = detail.domains.iter().map(|d| unhook_detect::explain::defang(d));
            let domains: Vec<_> = domains.take(10).collect();
            if !domains.is_empty() {
                facts.push(("Domains", domains.join(", ")));
            }
        }
        let (kind, title, text) = words_of_alert(kind);
        let organization = self.organization();
        let about = campaign.map(|id| id.to_string()).or(report.map(|id| id.to_string()));
        let statement = (kind == calling::SUBMITTED).then_some("statement ");
        Some(Alert {
            id: row.outgoing.id,
            kind,
            severity: *severity,
            matter: format!("{}{}", statement.unwrap_or_default(), about.unwrap_or_default()),
            is_resolved: kind == CLOSED,
            title: format!("{organization}: {title}"),
            text: text.to_owned(),
            facts,
            campaign: *campaign,
            at: row.outgoing.at,
            organization,
        })
    }

    /// Calls campaigns out again that nobody acknowledged in time, each once.
    async fn escalate(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let called = self.ports.views.called(now.minus(DAY))?;
        let escalated = called.iter().filter(|row| row.kind == ESCALATED);
        // What was called out as two may be one by now.
        let mut escalated: BTreeSet<_> = escalated.map(|row| self.name_now(row.campaign)).collect();
        for row in called.iter().filter(|row| row.kind == OPENED) {
            let is_early = now < row.at.plus(self.settings.escalate_after);
            if is_early || !self.is_open(row.campaign, now)? {
                continue;
            }
            if !escalated.insert(self.name_now(row.campaign)) {
                continue;
            }
            let (campaign, caller) = (Some(row.campaign), self.caller());
            let ((), position) = self
                .decide(move |draft| {
                    let severity = Severity::Critical;
                    let call = Call { kind: ESCALATED, severity, campaign, report: None };
                    caller.call(draft, &call, now);
                })
                .await?;
            if let Some(position) = position {
                self.has_seen(position).await;
            }
        }
        Ok(())
    }

    fn name_now(&self, campaign: CampaignId) -> CampaignId {
        self.engine().state().campaign(campaign).map_or(campaign, |known| known.id())
    }

    /// Whether a campaign waits for somebody to see it.
    fn is_open(&self, campaign: CampaignId, now: Timestamp) -> Result<bool, ServiceError> {
        let names: Vec<CampaignId> = {
            let engine = self.engine();
            let Some(known) = engine.state().campaign(campaign) else { return Ok(false) };
            if !matches!(known.stage(now), Stage::Emerging | Stage::Active)
                || known.ruling().is_some()
            {
                return Ok(false);
            }
            known.names().collect()
        };
        Ok(self.acknowledged(&names)?.is_none())
    }
}

/// How a delivery went, or that nobody knows when it takes too long.
async fn in_time(
    delivery: Pending<'_, Result<Receipt, DeliveryError>>,
) -> Result<Receipt, DeliveryError> {
    let result = tokio::time::timeout(LONGEST_DELIVERY, delivery).await;
    result.unwrap_or_else(|_| {
        let why = format!("no answer in {} seconds", LONGEST_DELIVERY.as_secs());
        Err(DeliveryError::Unknown { why })
    })
}

fn outcome(result: Result<Receipt, DeliveryError>, may_repeat: bool) -> Outcome {
    match result {
        Ok(Receipt(receipt)) => Outcome::Settled(OutgoingState::Delivered, receipt),
        Err(DeliveryError::Later { why, after }) => Outcome::Later(after, why),
        Err(DeliveryError::Refused { why }) => Outcome::Settled(OutgoingState::Failed, why),
        Err(DeliveryError::Unknown { why }) if may_repeat => Outcome::Later(None, why),
        Err(DeliveryError::Unknown { why }) => Outcome::Settled(OutgoingState::Unknown, why),
    }
}

/// The kind, a line and a few sentences for what happened.
fn words_of_alert(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        calling::SPREAD => (
            calling::SPREAD,
            "a smishing campaign is spreading",
            "Several people reported it. Look at the campaign and decide what to do.",
        ),
        ESCALATED => (
            ESCALATED,
            "a smishing campaign waits for somebody",
            "It was called out before, and nobody has acknowledged it.",
        ),
        CLOSED => (
            CLOSED,
            "a smishing campaign is over",
            "It was ruled harmless or contained, or nothing came for long.",
        ),
        calling::RETURNED => (
            calling::RETURNED,
            "the actor of a smishing campaign is back",
            "After somebody was evicted, another signed in as them again. Look at the campaign's people \
             and actions, and have them evicted once more.",
        ),
        calling::SUBMITTED => (
            calling::SUBMITTED,
            "somebody says that they gave credentials away",
            "An enrolled person answered that they typed what a lure asked for. \
             See who it is, revoke sessions and reset the password.",
        ),
        TEST => (TEST, "a test", "Somebody tried whether this way works. Nothing is to be done."),
        _ => (
            OPENED,
            "a new smishing campaign",
            "A person reported a text that looks like an attack.",
        ),
    }
}
