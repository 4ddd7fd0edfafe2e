//! Reports to send: drafts of mails about a campaign, those that were approved, and how they stand.

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use unhook_app::ServiceError;
use unhook_app::service::{Drafted, Drafts, LetterRequest};
use unhook_engine::response::{Asked, LetterKind, SENDING};
use unhook_model::{ActionId, CampaignId};
use utoipa::ToSchema;

use super::{AfterQuery, Written, position};
use crate::gate::Caller;
use crate::given::{Given, Params, Segment};
use crate::problem::{Kind, Problem};
use crate::time;
use crate::web::Shared;
use crate::words::listed;

/// A mail that could be sent about a campaign.
#[derive(Serialize, ToSchema)]
#[schema(as = MailDraft)]
pub(crate) struct DraftBody {
    /// To whom: `registrar`, `host`, `carrier` or `staff`.
    kind: &'static str,
    /// About which name or sender; empty for staff.
    about: String,
    /// The address that the last one like it went to, or that is set for staff.
    to: Option<String>,
    /// Its subject.
    subject: String,
    /// What it says, plain.
    body: String,
    /// The evidence for machines that is attached: a report of XARF 4, as JSON in a text. Names in it are live.
    evidence: Option<String>,
    /// How the last one that was approved stands: `waiting`, `sent`, `refused` or `unknown`.
    state: Option<&'static str>,
    /// Which that is.
    #[schema(format = "uuid")]
    mail: Option<String>,
}

/// What may be sent about a campaign.
#[derive(Serialize, ToSchema)]
#[schema(as = MailDrafts)]
pub(crate) struct DraftsBody {
    /// Whether a person ruled the campaign an attack; without that there are no drafts.
    is_confirmed: bool,
    /// Whether there is a way to send any.
    can_send: bool,
    /// The drafts.
    items: Vec<DraftBody>,
}

impl DraftsBody {
    fn of(drafts: Drafts) -> Self {
        let Drafts { is_confirmed, can_send, drafts } = drafts;
        Self { is_confirmed, can_send, items: drafts.into_iter().map(DraftBody::of).collect() }
    }
}

impl DraftBody {
    fn of(drafted: Drafted) -> Self {
        let Drafted { draft, to, last } = drafted;
        Self {
            kind: draft.kind.name(),
            about: draft.about,
            to,
            subject: draft.subject,
            body: draft.body,
            evidence: draft.evidence,
            state: last.map(|(_, state)| state.name()),
            mail: last.map(|(id, _)| id.to_string()),
        }
    }
}

/// Draft the mails that have a campaign taken down.
///
/// Only for a campaign that a person ruled an attack. Nothing of whoever got or reported a text is in
/// them.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/drafts", tag = "mails",
    operation_id = "draft_mails",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "The drafts", body = DraftsBody)))]
pub(crate) async fn show(
    State(shared): State<Shared>,
    Segment(campaign): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<DraftsBody>, Problem> {
    let drafts = shared.look_up(move |service| service.drafts(campaign)).await?;
    let drafts = drafts.ok_or_else(|| Problem::not_found("campaign"))?;
    Ok(Json(DraftsBody::of(drafts)))
}

/// A draft as a person approves it.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MailApproval)]
pub(crate) struct ApprovalGiven {
    /// To whom: `registrar`, `host`, `carrier` or `staff`.
    kind: String,
    /// About which name or sender, as the draft says; left out for staff.
    #[serde(default)]
    #[schema(max_length = 254)]
    about: String,
    /// Its one address; left out, the one that the draft proposes.
    #[schema(max_length = 254, example = "abuse@registrar.example")]
    to: Option<String>,
    /// Its subject; left out, as drafted.
    #[schema(max_length = 200)]
    subject: Option<String>,
    /// What it says; left out, as drafted.
    #[schema(max_length = 16384)]
    body: Option<String>,
}

impl ApprovalGiven {
    fn read(self) -> Result<LetterRequest, Problem> {
        let Self { kind, about, to, subject, body } = self;
        let known = || format!("one of {}", listed(LetterKind::ALL.map(|(_, name)| name)));
        let kind = LetterKind::from_name(&kind).ok_or_else(|| Problem::value("/kind", known()))?;
        Ok(LetterRequest { kind, about, to, subject, body })
    }
}

/// A mail on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailApproved {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Its position: a read with `after=` this sees it.
    #[schema(pattern = "^[0-9]{1,19}$")]
    position: String,
}

/// Approve a draft, and send it.
///
/// It goes out once: what was approved and not refused cannot be approved again. What names somebody who
/// got or reported a text, or has a live link of the lure, is not sent.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/drafts", tag = "mails",
    operation_id = "approve_mail", request_body = ApprovalGiven,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 202, description = "It is on its way", body = MailApproved)))]
pub(crate) async fn approve(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<ApprovalGiven>,
) -> Result<(axum::http::StatusCode, Json<MailApproved>), Problem> {
    let request = given.read()?;
    let kind = request.kind.name();
    let approved = shared.service().approve_letter(campaign, request, caller.by).await;
    let (id, at) = approved.map_err(as_things_are)?;
    shared
        .note(caller.by, "mail-approved".to_owned(), campaign.to_string(), Some(kind.to_owned()))
        .await;
    let sent = MailApproved { id: id.to_string(), position: position(at) };
    Ok((axum::http::StatusCode::ACCEPTED, Json(sent)))
}

/// What was given is well formed; what is wrong is how things are, as without a way to send.
fn as_things_are(error: ServiceError) -> Problem {
    match error {
        ServiceError::Invalid(detail) => Problem::because(Kind::Refused, detail),
        error => error.into(),
    }
}

/// A mail that was approved.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovedMail)]
pub(crate) struct MailBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// To whom: `registrar`, `host`, `carrier` or `staff`.
    kind: &'static str,
    /// About which name or sender; empty for staff.
    about: String,
    /// Its address.
    to: String,
    /// Its subject.
    subject: String,
    /// What it says.
    body: String,
    /// The evidence that goes with it.
    evidence: Option<String>,
    /// Who approved it.
    #[schema(format = "uuid")]
    by: Option<String>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// How it stands: `waiting`, `sent`, `refused` or `unknown`.
    state: &'static str,
    /// What came of the last attempt, in a line.
    note: String,
    /// When that was.
    #[schema(format = "date-time")]
    last_at: Option<String>,
}

impl MailBody {
    fn of(asked: &Asked) -> Option<Self> {
        let (letter, state) = (asked.letter()?, asked.letter_state()?);
        let step = asked.steps.get(SENDING);
        Some(Self {
            id: asked.action.id.to_string(),
            kind: letter.kind.name(),
            about: letter.about.clone(),
            to: letter.to.clone(),
            subject: letter.subject.clone(),
            body: letter.body.clone(),
            evidence: letter.evidence.clone(),
            by: asked.action.by.map(|by| by.to_string()),
            at: time::write(asked.action.at),
            state: state.name(),
            note: step.map(|(_, note, _)| note.clone()).unwrap_or_default(),
            last_at: step.map(|(.., at)| time::write(*at)),
        })
    }
}

/// The mails about a campaign.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovedMails)]
pub(crate) struct MailsBody {
    /// The newest first.
    items: Vec<MailBody>,
}

/// The mails about a campaign that were approved, and how they stand.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/mails", tag = "mails",
    operation_id = "list_mails",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "The mails", body = MailsBody)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Segment(campaign): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<MailsBody>, Problem> {
    let letters = shared.service().letters(campaign);
    Ok(Json(MailsBody { items: letters.iter().filter_map(MailBody::of).collect() }))
}

/// Whether it went out.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MailOutcome)]
pub(crate) struct OutcomeGiven {
    /// Whether it arrived, as whoever says so found out.
    was_sent: bool,
}

/// Say of a mail of which nobody knew whether it went out.
///
/// One that did not may be approved again.
#[utoipa::path(post, path = "/api/v1/mails/{id}/settle", tag = "mails",
    operation_id = "settle_mail", request_body = OutcomeGiven,
    params(("id" = String, Path, format = "uuid", description = "The mail")),
    responses((status = 200, description = "Known from now on", body = Written)))]
pub(crate) async fn settle(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(mail): Segment<ActionId>,
    Given(given): Given<OutcomeGiven>,
) -> Result<Json<Written>, Problem> {
    let settled = shared.service().settle_letter(mail, given.was_sent).await;
    let position = settled.map_err(as_things_are)?.ok_or_else(|| Problem::not_found("mail"))?;
    let reason = if given.was_sent { "sent" } else { "not sent" };
    shared
        .note(caller.by, "mail-settled".to_owned(), mail.to_string(), Some(reason.to_owned()))
        .await;
    Ok(Written::at(position))
}
