//! Playing a scenario: its steps one after the other, and what is seen meanwhile.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use unhook_app::Surroundings as _;
use unhook_store::SystemSurroundings;

use super::names::LookUp;
use super::observed::{Observed, SeenBlock, SeenRuling, SeenTakeover, SeenText, SeenVisit};
use super::plan::{Act, PlannedRuling, PlannedSignIn, PlannedText, PlannedVisit, Scenario};
use super::show::Narrator;
use super::speed::Speed;
use super::stand::Stand;
use super::{expect, guest};
use crate::commands::serve;
use crate::failure::Failure;

/// The exit status of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: u8 = 130;

/// How often what goes on is looked at while something is awaited.
const GLANCE: Duration = Duration::from_millis(20);

/// How many times as long as a look took is waited until the next: looking must not slow what
/// is measured.
const REST: u32 = 4;

/// How long to wait for what was expected, when nothing else happens: reads and alerts follow
/// within milliseconds, on a machine that is badly overloaded within a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait for what is on its way.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Plays a scenario against a service of its own, shows what came of it, and throws the service
/// away: at once, or for somebody who looks on when they have seen enough.
pub(crate) async fn play(
    scenario: &Scenario,
    speed: Speed,
    narrator: Narrator,
    has_guest: bool,
    show: impl FnOnce(&Observed) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // From here on Ctrl-C ends nothing by itself, so that the folder is removed in any case.
    let mut interrupted = tokio::spawn(serve::ended()?);
    let stand = Stand::begin(scenario).await?;
    if has_guest && let Some(link) = stand.entry()? {
        guest::invite(&link);
    }
    let mut player = Player { scenario, stand: &stand, narrator, observed: Observed::new() };
    let played = tokio::select! {
        played = player.play(speed) => played,
        ended = &mut interrupted => Err(stopped(&ended)),
    };
    let observed = player.observed;
    let shown = played.and_then(|()| show(&observed));
    if shown.is_ok() && has_guest && stand.entry()?.is_some() {
        guest::stay(|| stand.entry(), &mut interrupted).await?;
    }
    interrupted.abort();
    let ended = stand.end().await;
    shown.and(ended)
}

fn stopped(_: &Result<(), tokio::task::JoinError>) -> anyhow::Error {
    Failure::new(INTERRUPTED, "stopped before the end; what was made for it is removed").into()
}

/// Somebody who plays a scenario.
struct Player<'a> {
    scenario: &'a Scenario,
    stand: &'a Stand,
    narrator: Narrator,
    observed: Observed,
}

impl Player<'_> {
    async fn play(&mut self, speed: Speed) -> anyhow::Result<()> {
        self.narrator.begin(self.scenario)?;
        self.observed.begun = Instant::now();
        let last = self.scenario.steps.last().map_or(0, |step| step.at_ms);
        for (number, step) in self.scenario.steps.iter().enumerate() {
            speed.wait(self.observed.begun, step.at_ms, last).await;
            match &step.act {
                Act::Text(text) => self.text(number, text).await?,
                Act::Visit(visit) => self.visit(number, visit).await?,
                Act::SignIn(sign_in) => self.sign_in(number, *sign_in).await?,
                Act::Rule(ruling) => self.rule(step.at_ms, ruling).await?,
            }
            self.hear()?;
        }
        self.settle().await?;
        self.observed.took = self.observed.begun.elapsed();
        Ok(())
    }

    /// Somebody texts the reporting number, and perhaps once more.
    async fn text(&mut self, step: usize, text: &PlannedText) -> anyhow::Result<()> {
        let at_ms = self.scenario.steps[step].at_ms;
        let seen = self.hand_in(at_ms, text, &text.body).await?;
        let (sent, is_attack) = (seen.sent, seen.is_attack);
        self.narrator.text(self.scenario, step, text, &seen)?;
        self.observed.texts.push(seen);
        if is_attack {
            self.look_for_blocks(at_ms, sent).await?;
        }
        if let Some(then) = &text.then {
            let own = PlannedText { is_forward: false, ..text.clone() };
            let seen = self.hand_in(at_ms, &own, then).await?;
            self.observed.texts.push(seen);
        }
        Ok(())
    }

    async fn hand_in(
        &self,
        at_ms: u64,
        text: &PlannedText,
        body: &str,
    ) -> anyhow::Result<SeenText> {
        let clock = SystemSurroundings::new();
        let before = self.observed.texts.last().map_or(0, |text| text.between_ms.1);
        while clock.now().unix_ms() <= before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let from = &self.scenario.people[text.by].number;
        let (sent, sent_ms) = (Instant::now(), clock.now().unix_ms());
        let answer = self.stand.client.text(self.observed.texts.len(), from, body).await?;
        Ok(SeenText {
            list: text.list.clone(),
            is_forward: text.is_forward,
            is_attack: text.is_forward && self.scenario.attack.contains(&text.list),
            at_ms,
            sent,
            between_ms: (sent_ms, clock.now().unix_ms()),
            took: sent.elapsed(),
            answer,
            report: None,
        })
    }

    /// An analyst rules the campaign that some texts are in, and everyone who was told
    /// otherwise hears of it.
    async fn rule(&mut self, at_ms: u64, planned: &PlannedRuling) -> anyhow::Result<()> {
        self.wait_for_reports().await?;
        let campaign = self.observed.campaign_of(&planned.of);
        let said = Instant::now();
        if let Some(campaign) = &campaign {
            self.stand.client.rule(campaign, &planned.ruling).await?;
        }
        self.narrator.ruling(self.scenario, at_ms, planned, campaign.is_some())?;
        self.observed.rulings.push(SeenRuling { said, campaign });
        self.look_for_blocks(at_ms, said).await
    }

    /// A person's laptop looks a name up.
    async fn visit(&mut self, step: usize, visit: &PlannedVisit) -> anyhow::Result<()> {
        let laptop = self.stand.laptops.of(visit.by).context("there is no such laptop")?;
        let was_there = self.stand.client.is_there(laptop, &visit.name, LookUp::Address).await?;
        let was_before_reports = self.observed.first_report().is_none();
        self.narrator.visit(self.scenario, step, visit, was_there)?;
        self.observed.visits.push(SeenVisit { was_there, was_before_reports });
        Ok(())
    }

    /// Somebody signs in with a person's password, and the provider says so.
    async fn sign_in(&mut self, step: usize, sign_in: PlannedSignIn) -> anyhow::Result<()> {
        let login = self.scenario.people[sign_in.by].login.as_deref();
        let login = login.context("there is no such account")?.to_owned();
        let event = self.stand.provider.sign_in(&login, sign_in.is_foreign);
        self.narrator.sign_in(self.scenario, step, sign_in)?;
        if sign_in.is_foreign {
            let at_ms = self.scenario.steps[step].at_ms;
            self.observed.takeovers.push(SeenTakeover { login, at_ms, took: None });
        }
        self.stand.client.log("okta", &[event]).await
    }

    /// Sees which names no longer resolve after what just happened.
    async fn look_for_blocks(&mut self, at_ms: u64, since: Instant) -> anyhow::Result<()> {
        let (client, probe) = (&self.stand.client, &self.stand.laptops.probe);
        for name in self.scenario.names() {
            let is_known = self.observed.blocked.contains_key(name);
            if !is_known && !client.is_there(probe, name, LookUp::Presence).await? {
                let seen = SeenBlock { at_ms, took: since.elapsed() };
                self.narrator.blocked(name, seen)?;
                self.observed.blocked.insert(name.to_owned(), seen);
            }
        }
        Ok(())
    }

    /// Whose sessions were ended meanwhile.
    fn look_at_accounts(&mut self) -> anyhow::Result<()> {
        let accounts = self.stand.provider.accounts();
        for seen in self.observed.takeovers.iter_mut().filter(|seen| seen.took.is_none()) {
            let account = accounts.get(&seen.login).filter(|account| account.is_safe_again());
            let Some((began, ended)) = account.and_then(|account| account.ended.last()) else {
                continue;
            };
            let took = ended.saturating_duration_since(*began);
            seen.took = Some(took);
            self.narrator.evicted(self.scenario, &seen.login, took)?;
        }
        Ok(())
    }

    /// What those on call were told meanwhile.
    fn hear(&mut self) -> anyhow::Result<()> {
        let known = self.observed.alerts.len();
        let received = self.stand.receivers.received();
        self.observed.alerts.extend_from_slice(&received.alerts[known..]);
        let is_first = self.observed.corrections.is_empty();
        self.observed.corrections.clone_from(&received.texts);
        self.observed.unsigned = received.refused;
        drop(received);
        self.look_at_accounts()?;
        for alert in &self.observed.alerts[known..] {
            self.narrator.alert(&self.observed, alert)?;
        }
        if let Some(text) = self.observed.corrections.first().filter(|_| is_first) {
            self.narrator.correction(self.scenario, text)?;
        }
        Ok(())
    }

    /// Waits until reads show what was answered.
    async fn wait_for_reports(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let looked = Instant::now();
            self.observed.learn(&self.stand.client.list("/api/v1/reports").await?);
            let is_there =
                self.observed.forwards().all(|text| text.answer.is_none() || text.report.is_some());
            if is_there || begun.elapsed() > PATIENCE {
                return Ok(());
            }
            tokio::time::sleep(GLANCE.max(looked.elapsed() * REST)).await;
        }
    }

    /// Waits until everything is told and what was expected has come, or nothing comes any more.
    async fn settle(&mut self) -> anyhow::Result<()> {
        self.wait_for_reports().await?;
        let begun = Instant::now();
        let (mut last_news, mut known) = (Instant::now(), 0);
        loop {
            let looked = Instant::now();
            self.look().await?;
            self.hear()?;
            let heard = self.observed.alerts.len() + self.observed.corrections.len();
            if heard > known {
                (last_news, known) = (Instant::now(), heard);
            }
            let outcome = expect::findings(self.scenario, &self.observed);
            let is_as_expected = outcome.iter().all(|finding| finding.held || finding.is_time());
            let is_quiet = is_as_expected || last_news.elapsed() > PATIENCE;
            if self.observed.waiting == 0 && is_quiet || begun.elapsed() > LONGEST_WAIT {
                return Ok(());
            }
            tokio::time::sleep(GLANCE.max(looked.elapsed() * REST)).await;
        }
    }

    /// Reads what the API says of it all.
    async fn look(&mut self) -> anyhow::Result<()> {
        let client = &self.stand.client;
        let deliveries = client.list("/api/v1/deliveries").await?;
        let waiting = deliveries.iter().filter(|row| row["state"] == "waiting");
        self.observed.waiting = waiting.count();
        let campaigns = client.list("/api/v1/campaigns").await?;
        let sizes = campaigns.iter().map(|row| row["message_count"].as_u64().unwrap_or_default());
        self.observed.campaigns = sizes.collect();
        self.observed.learn(&client.list("/api/v1/reports").await?);
        let lists = self.scenario.attack.iter();
        let campaign = lists.filter_map(|list| self.observed.campaign_of(list)).next();
        if let Some(campaign) = campaign {
            self.observed.ladder = client.ladder(&campaign).await?;
        }
        Ok(())
    }
}
