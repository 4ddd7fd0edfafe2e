//! Notices to staff: drafted by the machine, sent only as a person approved them.

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use unhook_app::ServiceError;
use unhook_app::service::{Audience, LONGEST_NOTICE, NoticeDraft};
use unhook_model::CampaignId;
use utoipa::ToSchema;

use super::{AfterQuery, position};
use crate::gate::Caller;
use crate::given::{Given, Params, Segment};
use crate::problem::{Kind, Problem};
use crate::web::Shared;
use crate::words::{self, AUDIENCES, listed};

/// What to tell those reached and their neighbours.
#[derive(Serialize, ToSchema)]
#[schema(as = NoticeDraft)]
pub(crate) struct DraftBody {
    /// As a text.
    text: String,
    /// As a mail.
    mail: MailBody,
    /// How many people enrolled reported a text of the campaign.
    reporters: usize,
    /// How many people are enrolled.
    everyone: usize,
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
        let (subject, body) = draft.mail.clone();
        let NoticeDraft { text, reporters, everyone, .. } = draft;
        Self { text, mail: MailBody { subject, body }, reporters, everyone }
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
    #[schema(max_length = 918, pattern = r"\S")]
    text: String,
    /// To whom: `reporters`, those enrolled who reported a text of it, or `everyone` enrolled;
    /// left out, the former.
    #[serde(default)]
    #[schema(schema_with = words::audience)]
    to: Option<String>,
}

impl NoticeRequest {
    fn read(self) -> Result<(String, Audience), Problem> {
        let audience = match self.to.as_deref() {
            None => Audience::default(),
            Some(name) => words::audience_named(name).ok_or_else(|| {
                let known = listed(AUDIENCES.map(|(_, name)| name));
                Problem::value("/to", format!("one of {known}"))
            })?,
        };
        let is_good = !self.text.trim().is_empty() && self.text.len() <= LONGEST_NOTICE;
        let how = format!("give what the notice says, in at most {LONGEST_NOTICE} bytes");
        if is_good { Ok((self.text, audience)) } else { Err(Problem::value("/text", how)) }
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
    let (text, audience) = given.read()?;
    let sent = shared.service().send_notice(campaign, text, audience, caller.by).await;
    let (at, people) = sent.map_err(|error| match error {
        // The text is well formed; what is wrong is how things are, as without a way to send it.
        ServiceError::Invalid(detail) => Problem::because(Kind::Refused, detail),
        error => error.into(),
    })?;
    shared.note(caller.by, "notice-sent", campaign, None).await;
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
            reporters: 3,
            everyone: 76,
        };
        assert_eq!(
            serde_json::to_string(&DraftBody::of(draft)).unwrap(),
            r#"{"text":"A fake text is going round.","mail":{"subject":"Fake texts","body":"Do not tap."},"reporters":3,"everyone":76}"#
        );
    }

    #[test]
    fn it_goes_to_those_who_are_named() {
        let read =
            |to: &str| NoticeRequest { text: "Careful".to_owned(), to: Some(to.to_owned()) }.read();
        assert_eq!(read("everyone").unwrap().1, Audience::Everyone);
        assert_eq!(read("reporters").unwrap().1, Audience::Reporters);
        assert!(read("all").is_err());
    }

    #[test]
    fn an_empty_or_endless_notice_is_refused() {
        let read = |text: &str| NoticeRequest { text: text.to_owned(), to: None }.read();
        assert!(read(&"x".repeat(LONGEST_NOTICE)).is_ok());
        assert!(read(" ").is_err());
        assert!(read(&"x".repeat(LONGEST_NOTICE + 1)).is_err());
    }
}
