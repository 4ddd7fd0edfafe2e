//! Notices to staff: drafted by the machine, sent only as a person approved them.

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use unhook_app::ServiceError;
use unhook_app::service::NoticeDraft;
use unhook_model::CampaignId;
use utoipa::ToSchema;

use super::{AfterQuery, position};
use crate::gate::Caller;
use crate::given::{Given, Params, Segment};
use crate::problem::{Kind, Problem};
use crate::web::Shared;

/// The longest notice, in characters: ten parts of a text message.
const LONGEST_NOTICE: usize = 1_530;

/// What to tell those reached and their neighbours.
#[derive(Serialize, ToSchema)]
#[schema(as = NoticeDraft)]
pub(crate) struct DraftBody {
    /// As a text.
    text: String,
    /// As a mail.
    mail: MailBody,
    /// How many people it would go to.
    people: usize,
}

/// A mail.
#[derive(Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailBody {
    /// Its subject.
    subject: String,
    /// What it says.
    body: String,
}

impl DraftBody {
    fn of(draft: NoticeDraft) -> Self {
        let (subject, body) = draft.mail;
        Self { text: draft.text, mail: MailBody { subject, body }, people: draft.people }
    }
}

/// Draft a notice about a campaign.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/notice", tag = "notices",
    operation_id = "draft_notice",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "A draft", body = DraftBody)))]
pub(crate) async fn draft(
    State(shared): State<Shared>,
    Segment(campaign): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<DraftBody>, Problem> {
    let draft = shared.look_up(move |service| service.draft_notice(campaign)).await?;
    Ok(Json(DraftBody::of(draft)))
}

/// A notice as a person approved it.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeRequest {
    /// What it says: the draft, or what became of it.
    #[schema(max_length = 1530, pattern = r"\S")]
    text: String,
}

impl NoticeRequest {
    fn read(self) -> Result<String, Problem> {
        let is_good = !self.text.trim().is_empty() && self.text.chars().count() <= LONGEST_NOTICE;
        let how = "give what the notice says, in at most 1530 characters";
        if is_good { Ok(self.text) } else { Err(Problem::value("/text", how)) }
    }
}

/// A notice on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeSent {
    /// To how many people.
    people: usize,
    /// Its position: a read with `after=` this sees it.
    #[schema(pattern = "^[0-9]{1,19}$")]
    position: String,
}

/// Approve a notice, and send it.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/notice", tag = "notices",
    operation_id = "send_notice", request_body = NoticeRequest,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 202, description = "It is on its way", body = NoticeSent)))]
pub(crate) async fn send(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<NoticeRequest>,
) -> Result<(axum::http::StatusCode, Json<NoticeSent>), Problem> {
    let text = given.read()?;
    let sent = shared.service().send_notice(campaign, text, caller.by).await;
    let (at, people) = sent.map_err(|error| match error {
        // The text is well formed; what is wrong is how things are, as without a way to send it.
        ServiceError::Invalid(detail) => Problem::because(Kind::Refused, detail),
        error => error.into(),
    })?;
    let sent = NoticeSent { people, position: position(at) };
    Ok((axum::http::StatusCode::ACCEPTED, Json(sent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_shown() {
        let draft = NoticeDraft {
            text: "A fake text is going round.".to_owned(),
            mail: ("Fake texts".to_owned(), "Do not tap.".to_owned()),
            people: 3,
        };
        assert_eq!(
            serde_json::to_string(&DraftBody::of(draft)).unwrap(),
            r#"{"text":"A fake text is going round.","mail":{"subject":"Fake texts","body":"Do not tap."},"people":3}"#
        );
    }

    #[test]
    fn an_empty_or_endless_notice_is_refused() {
        let read = |text: &str| NoticeRequest { text: text.to_owned() }.read();
        assert!(read(&"ä".repeat(LONGEST_NOTICE)).is_ok());
        assert!(read(" ").is_err());
        assert!(read(&"ä".repeat(LONGEST_NOTICE + 1)).is_err());
    }
}
