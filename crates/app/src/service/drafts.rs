//! Reports to send: mails about a campaign that a person ruled an attack, drafted for a person to
//! read, change and approve, and how those stand that were.
//!
//! A machine's verdict alone drafts nothing: whoever says to a registrar that a customer of theirs
//! attacks people stands behind it. Approving is an action that is agreed to at once; one draft is
//! approved once, unless it was refused. Who a draft went to before is proposed for the next of the
//! same kind about the same name or sender.

use std::collections::{BTreeMap, BTreeSet};

use unhook_engine::response::{
    Action, Asked, Event, Letter, LetterKind, LetterState, Outcome, SENDING,
};
use unhook_engine::{Indicator, Ruling};
use unhook_model::{ActionId, CampaignId, Hostname, PersonId, ReportId, Timestamp};

use super::{Service, ServiceError};
use crate::answer::Answer;
use crate::drafting::{self, Case, Collected, Draft, Gathered, Private};
use crate::journal::Position;
use crate::mailing::is_address;
use crate::record::Record;

/// How many of a campaign's newest reports are told of: more say nothing new.
const MOST_REPORTS: usize = 500;

/// What a campaign's drafts are.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafts {
    /// Whether a person ruled it an attack; without that there are no drafts.
    pub is_confirmed: bool,
    /// Whether there is a way to send any.
    pub can_send: bool,
    /// What may be sent.
    pub drafts: Vec<Drafted>,
}

/// One draft, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafted {
    /// What it says.
    pub draft: Draft,
    /// Where it would go: to whom the last one like it went; to staff, where the settings say.
    pub to: Option<String>,
    /// The latest that was approved of it.
    pub last: Option<(ActionId, LetterState)>,
}

/// What a person approves.
#[derive(Clone, Debug)]
pub struct LetterRequest {
    /// To whom.
    pub kind: LetterKind,
    /// About which name or sender; nothing for staff.
    pub about: String,
    /// Its address; left out, the one that is proposed.
    pub to: Option<String>,
    /// Its subject; left out, as drafted.
    pub subject: Option<String>,
    /// What it says; left out, as drafted.
    pub body: Option<String>,
}

impl Service {
    /// What may be sent about a campaign; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn drafts(&self, campaign: CampaignId) -> Result<Option<Drafts>, ServiceError> {
        let can_send = self.ports.mailer.is_some();
        let Some((ruling, names)) = self.ruled(campaign) else { return Ok(None) };
        let is_confirmed = ruling == Some(Ruling::Malicious);
        if !is_confirmed {
            return Ok(Some(Drafts { is_confirmed, can_send, drafts: Vec::new() }));
        }
        let Some(case) = self.case(campaign)? else { return Ok(None) };
        let drafts = drafting::drafts(&case, self.staff_notice());
        let drafts = drafts.into_iter().map(|draft| self.drafted(draft, &names)).collect();
        Ok(Some(Drafts { is_confirmed, can_send, drafts }))
    }

    /// The mails about a campaign that were approved, the newest first.
    #[must_use]
    pub fn letters(&self, campaign: CampaignId) -> Vec<Asked> {
        let mut letters = self.actions_about(campaign);
        letters.retain(|asked| asked.letter_state().is_some());
        letters
    }

    /// Approves a draft, as a person made it: it is sent, once.
    ///
    /// # Errors
    /// Says why not, and what to change.
    pub async fn approve_letter(
        &self,
        campaign: CampaignId,
        request: LetterRequest,
        by: PersonId,
    ) -> Result<(ActionId, Position), ServiceError> {
        let invalid = |why: String| ServiceError::Invalid(why);
        if self.ports.mailer.is_none() {
            let why = "no way to send mails is set up; see [mail] in the configuration";
            return Err(invalid(why.to_owned()));
        }
        let nothing = || unhook_engine::Refusal::NoCampaign { campaign };
        let (ruling, names) = self.ruled(campaign).ok_or_else(nothing)?;
        if ruling != Some(Ruling::Malicious) {
            let why = "nobody ruled this campaign an attack; rule it first";
            return Err(invalid(why.to_owned()));
        }
        let case = self.case(campaign)?.ok_or_else(nothing)?;
        let drafts = drafting::drafts(&case, self.staff_notice());
        let same = |draft: &Draft| (draft.kind, &draft.about) == (request.kind, &request.about);
        let Some(draft) = drafts.into_iter().find(same) else {
            let (kind, about) = (request.kind.name(), request.about.chars().take(80));
            let about: String = about.collect();
            return Err(invalid(format!("there is no draft for the {kind} of `{about}`")));
        };
        let drafted = self.drafted(draft, &names);
        let letter = self.letter(&case, &drafted, request)?;
        let id = ActionId::from_bytes(self.ports.surroundings.fresh_id());
        let evidence = letter.evidence.as_deref().map(|evidence| numbered(evidence, id));
        let letter = Letter { evidence, ..letter };
        let action = self.action_of(id, names[0], letter.clone(), by);
        self.keep_letter(action, letter, names, by).await
    }

    /// Keeps an approval, unless the same was approved meanwhile.
    async fn keep_letter(
        &self,
        action: Action,
        letter: Letter,
        names: Vec<CampaignId>,
        by: PersonId,
    ) -> Result<(ActionId, Position), ServiceError> {
        let (id, at) = (action.id, action.at);
        let responding = std::sync::Arc::clone(&self.responding);
        let (is_new, position) = self
            .decide(move |draft| {
                let kept = latest(responding.state().actions_about(&names), &letter);
                let is_open = kept.is_some_and(|(_, state)| state != LetterState::Refused);
                let is_in = |record: &Record| match record {
                    Record::Response(Event::Proposed(other)) => {
                        let is_ours = other.campaign.is_some_and(|name| names.contains(&name));
                        is_ours && other.deed.is_about_the_same(&action.deed)
                    }
                    _ => false,
                };
                if is_open || draft.records().iter().any(is_in) {
                    return false;
                }
                draft.record(Record::Response(Event::Proposed(action.clone())));
                draft.record(Record::Response(Event::Approved { action: id, by, at }));
                true
            })
            .await?;
        if !is_new {
            let why = "it was approved already, and goes out once; see how it stands";
            return Err(ServiceError::Invalid(why.to_owned()));
        }
        tracing::info!(action = %id, %by, "a mail was approved");
        Ok((id, self.last_position(position)?))
    }

    /// Says of a mail of which nobody knew whether it went out. One that did not may be approved again.
    /// `None` when there is none of this id.
    ///
    /// # Errors
    /// Says why not: it is known.
    pub async fn settle_letter(
        &self,
        id: ActionId,
        was_sent: bool,
    ) -> Result<Option<Position>, ServiceError> {
        let state = self.action(id).and_then(|asked| asked.letter_state());
        match state {
            None => return Ok(None),
            Some(LetterState::Unknown) => {}
            Some(state) => {
                let why = format!("it is known how this mail stands: {}", state.name());
                return Err(ServiceError::Invalid(why));
            }
        }
        let (outcome, note) = match was_sent {
            true => (Outcome::Done, "a person says that it arrived"),
            false => (Outcome::Failed, "a person says that it did not arrive"),
        };
        let (step, note, at) = (SENDING.to_owned(), note.to_owned(), self.now());
        let event = Event::Ended { action: id, step, outcome, note, at };
        let ((), position) =
            self.decide(move |draft| draft.record(Record::Response(event.clone()))).await?;
        self.last_position(position).map(Some)
    }

    /// What a person ruled of a campaign, and every name it ever had, the present one first.
    fn ruled(&self, campaign: CampaignId) -> Option<(Option<Ruling>, Vec<CampaignId>)> {
        let engine = self.engine();
        let known = engine.state().campaign(campaign)?;
        let others = known.names().filter(|name| *name != known.id());
        Some((known.ruling(), std::iter::once(known.id()).chain(others).collect()))
    }

    fn staff_notice(&self) -> (String, String) {
        let language = self.settings.language;
        (self.prose(&Answer::NoticeSubject, language), self.prose(&Answer::Notice, language))
    }

    fn drafted(&self, draft: Draft, names: &[CampaignId]) -> Drafted {
        let state = self.responding.state();
        let probe = letter_of(&draft, String::new());
        let last = latest(state.actions_about(names), &probe);
        let to = match draft.kind {
            LetterKind::Staff => self.settings.staff_address.clone(),
            _ => state
                .actions()
                .filter(|asked| asked.letter_state() != Some(LetterState::Refused))
                .filter_map(Asked::letter)
                .find(|letter| letter.is_about_the_same(&probe))
                .map(|letter| letter.to.clone()),
        };
        Drafted { draft, to, last }
    }

    /// The mail that a person approves, looked at once more.
    fn letter(
        &self,
        case: &Case,
        drafted: &Drafted,
        request: LetterRequest,
    ) -> Result<Letter, ServiceError> {
        let Drafted { draft, to: proposed, .. } = drafted;
        let given = request.to.map(|to| to.trim().to_owned()).filter(|to| !to.is_empty());
        let is_staff = draft.kind == LetterKind::Staff;
        let to = match (given, proposed) {
            (_, None) if is_staff => {
                Err("staff have no address; set `staff_address` in [mail]".to_owned())
            }
            (Some(given), Some(set)) if is_staff && given != *set => {
                Err(format!("the staff notice goes to `{set}`, as the configuration says"))
            }
            (Some(given), _) => Ok(given),
            (None, Some(proposed)) => Ok(proposed.clone()),
            (None, None) => Err("say `to` whom it goes".to_owned()),
        };
        let to = to.map_err(ServiceError::Invalid)?;
        if !is_address(&to) {
            let why = "`to` is one address, such as abuse@registrar.example";
            return Err(ServiceError::Invalid(why.to_owned()));
        }
        let clean = |text: String| text.replace("\r\n", "\n");
        let subject = request.subject.unwrap_or_else(|| draft.subject.clone()).trim().to_owned();
        let body = request.body.map_or_else(|| draft.body.clone(), clean);
        case.check(draft, &to, &subject, &body).map_err(ServiceError::Invalid)?;
        Ok(Letter { subject, body, ..letter_of(draft, to) })
    }

    fn action_of(
        &self,
        id: ActionId,
        campaign: CampaignId,
        letter: Letter,
        by: PersonId,
    ) -> Action {
        let now = self.now();
        Action {
            id,
            campaign: Some(campaign),
            reason: letter.subject.clone(),
            deed: unhook_engine::response::Deed::Write(letter),
            rule: None,
            by: Some(by),
            approvals: 1,
            would_run: false,
            at: now,
            lapses_at: now,
        }
    }

    /// What is told of a campaign, with all that must not be.
    fn case(&self, campaign: CampaignId) -> Result<Option<Case>, ServiceError> {
        let known: Vec<(ReportId, Timestamp, Vec<Hostname>)> = {
            let engine = self.engine();
            let state = engine.state();
            let Some(campaign) = state.campaign(campaign) else { return Ok(None) };
            let guard = self.responding.guard();
            let newest = campaign.reports().rev().take(MOST_REPORTS);
            let known = newest.filter_map(|report| {
                let names =
                    state.indicators(report).iter().filter_map(|indicator| match indicator {
                        Indicator::Domain(name) => {
                            guard.permit(name).ok().map(|name| name.into_name())
                        }
                        _ => None,
                    });
                Some((report, state.received_at(report)?, names.collect()))
            });
            known.collect()
        };
        let (mut reports, mut private) = (Vec::new(), Private::default());
        let mut owners = BTreeSet::new();
        for (report, at, names) in known.into_iter().rev() {
            let Some(row) = self.ports.views.report(report)? else { continue };
            owners.extend([row.owner].into_iter().chain(row.reporter));
            let content = self.unseal(row.owner, &row.content)?.unwrap_or_default();
            content.recipient.iter().for_each(|number| private.add_number(number));
            let (signals, owner) = (row.judged.signals, row.owner);
            let (sender, body) = (self.foreign(content.sender)?, content.body);
            reports.push(Collected { owner, at, sender, body, signals, names });
        }
        self.know_owners(&owners, &mut private)?;
        let imitations = self.imitations(&reports);
        Ok(Case::new(Gathered {
            organization: self.organization(),
            from: self.ports.mailer.as_ref().map(|mailer| mailer.from().to_owned()),
            campaign,
            reports,
            private,
            imitations,
        }))
    }

    fn know_owners(
        &self,
        owners: &BTreeSet<PersonId>,
        private: &mut Private,
    ) -> Result<(), ServiceError> {
        for owner in owners {
            let identity = self.ports.people.identity(*owner)?.unwrap_or_default();
            identity.names.iter().for_each(|name| private.add_name(name));
            identity.contacts.iter().for_each(|(contact, ..)| private.add_contact(contact));
        }
        Ok(())
    }

    /// A sender that is nobody's of this organization.
    fn foreign(&self, sender: Option<String>) -> Result<Option<String>, ServiceError> {
        use crate::people::Contact;
        use unhook_model::Sender;
        let contact = match sender.as_deref().and_then(Sender::parse) {
            Some(Sender::Phone(number)) => Contact::Phone(number),
            Some(Sender::Email(address)) => Contact::Mail(address),
            _ => return Ok(sender),
        };
        let Some(owner) = self.ports.people.owner(&contact)? else { return Ok(sender) };
        let person = self.ports.people.person(owner)?;
        let is_ours = person.is_some_and(|known| known.standing != crate::Standing::Stranger);
        Ok(sender.filter(|_| !is_ours))
    }

    fn imitations(&self, reports: &[Collected]) -> BTreeMap<Hostname, (String, String)> {
        let known = self.known();
        let names: BTreeSet<&Hostname> = reports.iter().flat_map(|report| &report.names).collect();
        let imitation = |name: &Hostname| {
            let lookalike = known.knowledge.lookalikes().examine(name.as_str())?;
            Some((name.clone(), (lookalike.brand?.to_owned(), lookalike.reason())))
        };
        names.into_iter().filter_map(imitation).collect()
    }
}

/// The latest letter of this matter among actions, the newest first.
fn latest<'a>(
    mut asked: impl Iterator<Item = &'a Asked>,
    letter: &Letter,
) -> Option<(ActionId, LetterState)> {
    asked.find_map(|asked| {
        let is_same = asked.letter().is_some_and(|known| known.is_about_the_same(letter));
        is_same.then(|| Some((asked.action.id, asked.letter_state()?))).flatten()
    })
}

fn letter_of(draft: &Draft, to: String) -> Letter {
    let Draft { kind, about, subject, body, evidence } = draft.clone();
    Letter { kind, about, to, subject, body, evidence }
}

/// The evidence with a number of its own: each report has one.
fn numbered(evidence: &str, id: ActionId) -> String {
    let Ok(mut report) = serde_json::from_str::<serde_json::Value>(evidence) else {
        return evidence.to_owned();
    };
    report["report_id"] = serde_json::Value::String(id.to_string());
    report.to_string()
}
