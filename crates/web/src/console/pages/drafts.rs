//! *Reports to send*: what may be told to those who can take a campaign down, as a person reads,
//! changes and approves it, and how it stands.

use askama::Template;
use axum::response::Response;
use unhook_app::service::{Drafted, Drafts, LetterRequest};
use unhook_detect::explain::defang;
use unhook_engine::response::{Asked, LetterKind, LetterState, SENDING};
use unhook_model::{ActionId, CampaignId};

use crate::console::frame::{self, Frame, Here};
use crate::console::moments::{Moment, moment};
use crate::console::visit::{Filled, Visit};
use crate::console::words::{Text, Words};
use crate::given::{Segment, bad_request};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "drafts.html")]
struct Page {
    f: Frame,
    id: String,
    is_confirmed: bool,
    can_send: bool,
    drafts: Vec<DraftLine>,
    sent: Vec<SentLine>,
}

struct DraftLine {
    kind: &'static str,
    kind_word: String,
    /// As it is, for the form alone.
    about: String,
    shown: String,
    to: String,
    is_staff: bool,
    subject: String,
    body: String,
    evidence: Option<String>,
    /// How the last one stands, where it keeps another from being approved.
    state: Option<(String, &'static str)>,
}

struct SentLine {
    id: String,
    kind_word: String,
    shown: String,
    to: String,
    subject: String,
    body: String,
    note: String,
    state: String,
    colour: &'static str,
    is_unknown: bool,
    at: Moment,
}

/// Where it is.
fn path(campaign: CampaignId) -> String {
    format!("/campaigns/{campaign}/drafts")
}

pub(crate) async fn show(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
) -> Result<Response, Problem> {
    let found = visit.shared.look_up(move |service| service.drafts(campaign)).await?;
    let drafts = found.ok_or_else(|| Problem::not_found("campaign"))?;
    Ok(frame::ok(&page(&visit, campaign, drafts)))
}

fn page(visit: &Visit, campaign: CampaignId, drafts: Drafts) -> Page {
    let (w, service) = (visit.words, visit.shared.service());
    let letters = service.letters(campaign);
    Page {
        f: visit.frame(Here::Campaigns, &w.mails.title),
        id: campaign.to_string(),
        is_confirmed: drafts.is_confirmed,
        can_send: drafts.can_send,
        drafts: drafts.drafts.into_iter().map(|draft| DraftLine::of(w, draft)).collect(),
        sent: letters.iter().filter_map(|asked| SentLine::of(visit, asked)).collect(),
    }
}

impl DraftLine {
    fn of(w: &Words, drafted: Drafted) -> Self {
        let Drafted { draft, to, last } = drafted;
        let open = last.map(|(_, state)| state).filter(|state| *state != LetterState::Refused);
        Self {
            kind: draft.kind.name(),
            kind_word: kind_word(w, draft.kind).to_string(),
            shown: defang(&draft.about),
            about: draft.about,
            to: to.unwrap_or_default(),
            is_staff: draft.kind == LetterKind::Staff,
            subject: draft.subject,
            body: draft.body,
            evidence: draft.evidence,
            state: open.map(|state| (state_word(w, state).to_string(), colour(state))),
        }
    }
}

impl SentLine {
    fn of(visit: &Visit, asked: &Asked) -> Option<Self> {
        let (letter, state) = (asked.letter()?, asked.letter_state()?);
        let (w, now) = (visit.words, visit.shared.service().now());
        let note = asked.steps.get(SENDING).map(|(_, note, _)| note.clone());
        Some(Self {
            id: asked.action.id.to_string(),
            kind_word: kind_word(w, letter.kind).to_string(),
            shown: defang(&letter.about),
            to: letter.to.clone(),
            subject: letter.subject.clone(),
            body: letter.body.clone(),
            note: note.unwrap_or_default(),
            state: state_word(w, state).to_string(),
            colour: colour(state),
            is_unknown: state == LetterState::Unknown,
            at: moment(w, asked.action.at, now),
        })
    }
}

pub(crate) fn kind_word(w: &Words, kind: LetterKind) -> &Text {
    match kind {
        LetterKind::Registrar => &w.mails.registrar,
        LetterKind::Host => &w.mails.host,
        LetterKind::Carrier => &w.mails.carrier,
        LetterKind::Staff => &w.mails.staff,
    }
}

fn state_word(w: &Words, state: LetterState) -> &Text {
    match state {
        LetterState::Waiting => &w.mails.waiting,
        LetterState::Sent => &w.mails.sent,
        LetterState::Refused => &w.mails.refused,
        LetterState::Unknown => &w.mails.unknown,
    }
}

const fn colour(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "plain",
        LetterState::Sent => "good",
        LetterState::Refused => "malicious",
        LetterState::Unknown => "suspicious",
    }
}

/// Approves a draft as it stands in the form: it goes out, once.
pub(crate) async fn approve(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let kind = LetterKind::from_name(form.text("kind"));
    let kind = kind.ok_or_else(|| bad_request("choose a draft"))?;
    let request = LetterRequest {
        kind,
        about: form.text("about").to_owned(),
        to: Some(form.text("to").to_owned()),
        subject: Some(form.text("subject").to_owned()),
        body: Some(form.text("body").to_owned()),
    };
    let approved = visit.shared.service().approve_letter(campaign, request, visit.by()).await;
    let (_, position) = approved?;
    visit.shared.note(visit.by(), "mail-approved", campaign, Some(kind.name().to_owned())).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

/// Somebody says whether a mail went out of which nobody knew.
pub(crate) async fn settle(
    visit: Visit,
    Segment(mail): Segment<ActionId>,
    form: Filled,
) -> Result<Response, Problem> {
    let was_sent = match form.text("was") {
        "sent" => true,
        "not-sent" => false,
        _ => return Err(bad_request("say whether it was sent")),
    };
    let service = visit.shared.service();
    let campaign = service.action(mail).and_then(|asked| asked.action.campaign);
    let position = service.settle_letter(mail, was_sent).await?;
    let position = position.ok_or_else(|| Problem::not_found("mail"))?;
    let reason = if was_sent { "sent" } else { "not sent" };
    visit.shared.note(visit.by(), "mail-settled", mail, Some(reason.to_owned())).await;
    let back = campaign.map_or_else(|| "/campaigns".to_owned(), path);
    Ok(visit.on_to(&back, position).await)
}
