//! The transmitter: streams, what waits in them, and the deliveries that we make.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use unhook_app::backoff::next_attempt;
use unhook_app::identity::{
    Ability, FoundAccount, IdentityError, IdentityProvider, Performed, ProviderKind, Step,
};
use unhook_app::{Pending, Surroundings};

use super::Issuer;
use super::event::{Dialect, Event, Kind, is_subject};
use super::kept::{Keeper, KeptSubject};
use super::receiver::{ABILITIES, header, push, somebody};
use super::streams::{MOST_RECEIVERS, Status, StreamError, Streams, Target};
use crate::identity::http::{Client, Endpoint};
use crate::identity::secret::is_same;
use crate::identity::{Secret, SettingsError};

/// The shortest token of a receiver, in bytes: nobody guesses it.
const SHORTEST_TOKEN: usize = 20;

/// How long until it is looked again whether something is to be pushed: what is new is pushed at once.
const WORK_OFF: Duration = Duration::from_secs(5);

/// Who may have a stream.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// What the settings call it.
    pub name: String,
    /// The bearer token by which it is known.
    pub token: Secret,
    /// What it calls itself, in every token for it.
    pub audience: String,
    /// Hosts that it may have events pushed to; without any it polls.
    pub push_hosts: Vec<String>,
    /// Where it looks for whom an event is about.
    pub dialect: Dialect,
}

/// What a transmitter needs.
#[derive(Clone, Debug)]
pub struct TransmitterSettings {
    /// What the settings call it.
    pub name: String,
    /// Who may have a stream.
    pub subscribers: Vec<Subscriber>,
    /// Authorities to trust where events are pushed to, instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

impl TransmitterSettings {
    /// Looks whether they make sense, which needs nothing but them.
    ///
    /// # Errors
    /// Says which does not.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.subscribers.len() > MOST_RECEIVERS {
            return Err(SettingsError::Setting("there are more receivers than 32"));
        }
        let is_short = |own: &Subscriber| own.token.expose().len() < SHORTEST_TOKEN;
        if self.subscribers.iter().any(is_short) {
            return Err(SettingsError::Setting("the token of a receiver needs 20 characters"));
        }
        Ok(())
    }
}

/// The transmitter.
pub struct Transmitter {
    name: String,
    pub(super) issuer: Arc<Issuer>,
    client: Client,
    subscribers: Vec<Subscriber>,
    streams: Mutex<Streams>,
    /// Whoever pushes: many are told at once, and each event goes out once.
    pushing: Mutex<()>,
    keeper: Keeper,
}

impl std::fmt::Debug for Transmitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transmitter").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One event that is due to be pushed.
struct Due {
    subscriber: usize,
    target: Target,
    event: Event,
}

impl Transmitter {
    /// For these settings, with the streams that were kept.
    ///
    /// # Errors
    /// When a setting makes no sense, or what was kept cannot be read: it is left as it is, and nothing of it is lost
    /// without somebody's knowing.
    pub fn new(
        settings: TransmitterSettings,
        issuer: Arc<Issuer>,
        keeper: Keeper,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        let streams = keeper.load().map_err(SettingsError::Streams)?;
        Ok(Self {
            name: settings.name,
            issuer,
            client: Client::new(settings.authorities.as_deref(), surroundings)?,
            subscribers: settings.subscribers,
            streams: Mutex::new(streams),
            pushing: Mutex::new(()),
            keeper,
        })
    }

    /// Whose token this is.
    pub(super) fn subscriber(&self, token: &str) -> Option<&Subscriber> {
        // All are looked at, so that the time tells nothing.
        let known = self.subscribers.iter().filter(|own| is_same(token, &own.token));
        known.fold(None, |_, own| Some(own))
    }

    /// Looks at a receiver's stream.
    pub(super) async fn look<T>(&self, act: impl FnOnce(&Streams) -> T) -> T {
        act(&*self.streams.lock().await)
    }

    /// Changes streams; what could not be kept did not happen.
    pub(super) async fn change<T>(
        &self,
        act: impl FnOnce(&mut Streams) -> Result<T, StreamError>,
    ) -> Result<Result<T, StreamError>, io::Error> {
        let mut streams = self.streams.lock().await;
        let mut changed = streams.clone();
        let result = act(&mut changed);
        if result.is_ok() {
            let keeper = self.keeper.clone();
            let saving =
                tokio::task::spawn_blocking(move || keeper.save(&changed).map(|()| changed));
            *streams = saving.await.map_err(io::Error::other)?.map_err(io::Error::other)?;
        }
        Ok(result)
    }

    /// A fresh id, for a stream.
    pub(super) fn fresh_id(&self) -> String {
        unhook_app::OutgoingId::from_bytes(self.client.surroundings.fresh_id()).to_string()
    }

    /// Answers a receiver that asks whether its stream works (SSF 1.0, section 8.1.4).
    pub(super) async fn verify(
        &self,
        subscriber: &Subscriber,
        state: Option<String>,
    ) -> Result<Result<(), StreamError>, io::Error> {
        let id = self.look(|streams| streams.of(&subscriber.name).map(|own| own.id.clone())).await;
        let Some(id) = id else { return Ok(Err(StreamError::NotFound)) };
        let kept = KeptSubject::Stream(id.clone());
        let mut event = Event::new(Kind::Verification, &id, kept, &*self.client.surroundings);
        event.state = state;
        self.change(|streams| streams.add(&subscriber.name, event)).await
    }

    /// The tokens of a poll, and whether there are more.
    pub(super) async fn poll(
        &self,
        subscriber: &Subscriber,
        most: usize,
    ) -> (serde_json::Map<String, Value>, bool) {
        self.forget_erased().await;
        self.look(|streams| {
            let Some(stream) = streams.of(&subscriber.name) else { return Default::default() };
            let (events, has_more) = stream.first(most);
            let sign =
                |event: &Event| event.token(&self.issuer, &subscriber.audience, subscriber.dialect);
            let sets = events.iter().map(|event| (event.jti.clone(), sign(event).into()));
            (sets.collect(), has_more)
        })
        .await
    }

    /// Has an event wait in every stream, and pushes what is to be pushed.
    async fn tell(&self, step: &Step, subject: &str) -> Result<Performed, IdentityError> {
        let Some(kind) = Kind::of(step) else {
            return Err(IdentityError::not_supported(&self.name, step.ability()));
        };
        if !is_subject(subject) {
            return Err(IdentityError::no_account(&self.name));
        }
        let is_listened_to =
            self.look(|streams| streams.all().any(|(_, own)| own.status != Status::Disabled));
        if !is_listened_to.await {
            let why = format!("{}: no receiver has a stream; have one subscribe first", self.name);
            return Err(IdentityError::Refused { why });
        }
        self.enqueue(kind, subject).await?;
        self.flush().await?;
        Ok(Performed::Told)
    }

    async fn enqueue(&self, kind: Kind, subject: &str) -> Result<(), IdentityError> {
        let later = |why: String| IdentityError::Later { why, after: None };
        let unsealed = |error| later(format!("{}: nobody's key can be read: {error}", self.name));
        let sealed = self.keeper.seal(subject, self.client.surroundings.now()).await;
        let Some(sealed) = sealed.map_err(unsealed)? else {
            return Err(IdentityError::no_account(&self.name));
        };
        let kept = self.change(|streams| {
            for own in &self.subscribers {
                let sealed = sealed.clone();
                let event = Event::new(kind, subject, sealed, &*self.client.surroundings);
                match streams.add(&own.name, event) {
                    Ok(()) | Err(StreamError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        kept.await
            .map_err(|error| later(format!("{}: streams cannot be kept: {error}", self.name)))?
            .map_err(|_| later(format!("{}: a receiver fetches nothing", self.name)))
    }

    /// Pushes what waits to be pushed. What a receiver will never take is dropped; one that takes nothing
    /// now is left alone until the next time.
    ///
    /// # Errors
    /// With the worst of what happened: the next flush, or the same step again, makes good for it.
    pub async fn flush(&self) -> Result<(), IdentityError> {
        let _pushing = self.pushing.lock().await;
        self.forget_erased().await;
        let (mut worst, mut away) = (Ok(()), BTreeSet::new());
        for due in self.due().await {
            if away.contains(&due.subscriber) {
                continue;
            }
            let own = &self.subscribers[due.subscriber];
            let pushed = self.push(own, &due).await;
            if let Err(IdentityError::Later { .. } | IdentityError::Unknown { .. }) = pushed {
                away.insert(due.subscriber);
            }
            if matches!(pushed, Ok(()) | Err(IdentityError::Refused { .. })) {
                let gone = self.change(|streams| {
                    streams.remove(&own.name, &[&due.event.jti]);
                    Ok(())
                });
                if gone.await.is_err() {
                    // It comes again after a restart; receivers drop repetitions by its id.
                    tracing::warn!(receiver = own.name, "what was pushed cannot be struck out");
                }
            }
            // What may be made good for counts more than what never will.
            if pushed.is_err() && matches!(worst, Ok(()) | Err(IdentityError::Refused { .. })) {
                worst = pushed;
            }
        }
        worst
    }

    /// Drops what waits and is about somebody who was erased. What cannot be looked up now is looked up the next time.
    async fn forget_erased(&self) {
        let Ok(erased) = self.look(|streams| self.keeper.erased(streams)).await else { return };
        if erased.is_empty() {
            return;
        }
        let gone = self.change(|streams| {
            streams.retain(|event| !Keeper::is_about(&event.kept, &erased));
            Ok(())
        });
        if gone.await.is_err() {
            tracing::warn!(
                "what is about somebody who was erased still waits, and nobody can read it after a restart"
            );
        }
    }

    /// Pushes what could not be pushed at once, for as long as this is polled.
    pub async fn work_off(&self) {
        let mut failures = 0;
        loop {
            failures = match self.flush().await {
                Ok(()) | Err(IdentityError::Refused { .. }) => 0,
                Err(error) => {
                    tracing::warn!(%error, "a receiver of shared signals takes nothing now");
                    failures + 1
                }
            };
            let random = self.client.surroundings.random();
            tokio::time::sleep(WORK_OFF + next_attempt(failures.max(1), None, random)).await;
        }
    }

    async fn due(&self) -> Vec<Due> {
        self.look(|streams| {
            let enabled = self.subscribers.iter().enumerate().filter_map(|(index, own)| {
                let stream = streams.of(&own.name)?;
                let target = stream.push.clone().filter(|_| stream.status == Status::Enabled)?;
                Some((index, target, stream.pending.clone()))
            });
            enabled
                .flat_map(|(subscriber, target, events)| {
                    events.into_iter().map(move |event| Due {
                        subscriber,
                        target: target.clone(),
                        event,
                    })
                })
                .collect()
        })
        .await
    }

    async fn push(&self, own: &Subscriber, due: &Due) -> Result<(), IdentityError> {
        let refused = |why: &str| IdentityError::Refused { why: format!("{}: {why}", own.name) };
        let endpoint = Endpoint::parse(&due.target.url).map_err(|_| refused("no address"))?;
        // Settings may have changed since the stream was made.
        if !own.push_hosts.iter().any(|host| host == endpoint.host()) {
            return Err(refused("its stream pushes to a host that the settings do not name"));
        }
        let authorization = due.target.authorization.as_deref().map(header).transpose();
        let authorization = authorization.map_err(|_| refused("no Authorization"))?;
        let token = due.event.token(&self.issuer, &own.audience, own.dialect);
        push(&self.client, &endpoint, authorization, token).await
    }
}

impl IdentityProvider for Transmitter {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::SharedSignals
    }

    fn abilities(&self) -> &'static [Ability] {
        ABILITIES
    }

    fn find<'a>(
        &'a self,
        login: &'a str,
    ) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>> {
        Box::pin(async { Ok(somebody(login)) })
    }

    fn perform<'a>(
        &'a self,
        step: &'a Step,
        account: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>> {
        Box::pin(self.tell(step, account))
    }
}
