//! How far a campaign got, and with whom: people by names that say nothing.
//!
//! Who somebody is, `people/{id}/reveal` says, for a reason that is recorded.

use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use unhook_app::Contact;
use unhook_app::service::{Climb, Ladder, Recipients};
use unhook_engine::response::{Exposed, Exposure, Rung};
use unhook_model::{CampaignId, PhoneNumber, Timestamp};
use utoipa::ToSchema;

use super::AfterQuery;
use crate::gate::Caller;
use crate::given::{Given, Params, Segment};
use crate::problem::Problem;
use crate::time;
use crate::web::Shared;

/// How far a campaign got.
#[derive(Serialize, ToSchema)]
#[schema(as = Exposure)]
pub(crate) struct ExposureBody {
    /// The campaign.
    #[schema(format = "uuid")]
    campaign: String,
    /// How many people were seen at all.
    #[schema(minimum = 0)]
    count: usize,
    /// How many were seen at each rung, from the lowest.
    rungs: Vec<RungBody>,
    /// Each of them, the highest first; of many, the first 1000.
    people: Vec<ClimbBody>,
    /// What was seen of addresses and devices that nobody is known to have had then.
    unknown: Vec<SeenBody>,
    /// How many things that logs said were left out since the start, beyond the bounds.
    #[schema(minimum = 0)]
    left_out: u64,
}

/// One rung of the ladder.
#[derive(Serialize, ToSchema)]
#[schema(as = ExposureRung)]
pub(crate) struct RungBody {
    /// Which.
    #[schema(schema_with = rung_schema)]
    rung: &'static str,
    /// How many people were seen there.
    #[schema(minimum = 0)]
    people: usize,
}

/// How far it got with one person.
#[derive(Serialize, ToSchema)]
#[schema(as = ExposedPerson)]
pub(crate) struct ClimbBody {
    /// Who, by a name that says nothing.
    #[schema(format = "uuid")]
    person: String,
    /// What is known of each rung, from the lowest.
    rungs: Vec<SightingBody>,
    /// What was seen, from the lowest rung.
    seen: Vec<SeenBody>,
}

/// What is known of one rung and one person.
#[derive(Serialize, ToSchema)]
#[schema(as = ExposureSighting)]
pub(crate) struct SightingBody {
    /// Which rung.
    #[schema(schema_with = rung_schema)]
    rung: &'static str,
    /// `seen`; `nothing-seen` by what could have seen it; `not-observable` where nothing could, which
    /// does not mean that it did not happen.
    #[schema(schema_with = sighting_schema)]
    sighting: &'static str,
}

/// Something that was seen.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenExposure)]
pub(crate) struct SeenBody {
    /// How far it got.
    #[schema(schema_with = rung_schema)]
    rung: &'static str,
    /// What saw it.
    source: String,
    /// When it happened.
    #[schema(format = "date-time")]
    at: String,
    /// What was seen.
    evidence: String,
    /// How sure it is that it was this one and this campaign, in hundredths.
    #[schema(minimum = 0, maximum = 100)]
    confidence: u8,
    /// What stands for the address or device of somebody unknown; null for a person.
    client: Option<String>,
}

fn rung_schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    let names = Rung::ALL.map(|(_, name)| name);
    crate::openapi::from_json(serde_json::json!({ "type": "string", "enum": names }))
}

fn sighting_schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    let names = ["seen", "nothing-seen", "not-observable"];
    crate::openapi::from_json(serde_json::json!({ "type": "string", "enum": names }))
}

impl ExposureBody {
    fn of(ladder: Ladder) -> Self {
        let rung = |(rung, people): (Rung, usize)| RungBody { rung: rung.name(), people };
        Self {
            campaign: ladder.campaign.to_string(),
            count: ladder.count,
            rungs: ladder.rungs.map(rung).into(),
            people: ladder.people.into_iter().map(ClimbBody::of).collect(),
            unknown: ladder.unknown.into_iter().map(SeenBody::of).collect(),
            left_out: ladder.left_out,
        }
    }
}

impl ClimbBody {
    fn of(climb: Climb) -> Self {
        let rungs = climb
            .rungs
            .iter()
            .map(|(rung, sighting)| SightingBody { rung: rung.name(), sighting: sighting.name() });
        Self {
            person: climb.person.to_string(),
            rungs: rungs.collect(),
            seen: climb.seen.into_iter().map(SeenBody::of).collect(),
        }
    }
}

impl SeenBody {
    fn of(exposure: Exposure) -> Self {
        Self {
            rung: exposure.rung.name(),
            source: exposure.source,
            at: time::write(exposure.at),
            evidence: exposure.evidence,
            confidence: exposure.confidence,
            client: match exposure.who {
                Exposed::Person(_) => None,
                Exposed::Unknown(mark) => Some(mark),
            },
        }
    }
}

/// How far a campaign got with whom, by any name it ever had.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/exposure", tag = "campaigns",
    operation_id = "show_exposure",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "How far it got", body = ExposureBody)))]
pub(crate) async fn show(
    State(shared): State<Shared>,
    Segment(id): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<ExposureBody>, Problem> {
    let ladder = shared.look_up(move |service| service.exposure(id)).await?;
    ladder.map(|found| Json(ExposureBody::of(found))).ok_or_else(|| Problem::not_found("campaign"))
}

/// Who was sent a campaign's text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecipientsGiven)]
pub(crate) struct RecipientsGiven {
    /// When, for all of them.
    #[schema(format = "date-time")]
    at: String,
    /// Their numbers, in international form; those of nobody known are counted and not kept.
    #[schema(example = json!(["+12015550123"]), max_items = 10_000)]
    phones: Vec<String>,
}

/// What became of a list of recipients.
#[derive(Serialize, ToSchema)]
#[schema(as = RecipientsTaken)]
pub(crate) struct RecipientsBody {
    /// How many are somebody known.
    #[schema(minimum = 0)]
    known: usize,
    /// How many are nobody known.
    #[schema(minimum = 0)]
    unknown: usize,
}

/// Say who was sent a campaign's text, as a carrier or a provider does.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/recipients", tag = "campaigns",
    operation_id = "take_recipients", request_body = RecipientsGiven,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "They are in the ledger", body = RecipientsBody)))]
pub(crate) async fn recipients(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(id): Segment<CampaignId>,
    Given(given): Given<RecipientsGiven>,
) -> Result<Json<RecipientsBody>, Problem> {
    let at: Timestamp = time::read(&given.at)
        .ok_or_else(|| Problem::value("/at", "write a moment as 2026-07-20T22:49:00Z"))?;
    let mut list = Vec::with_capacity(given.phones.len());
    for (index, phone) in given.phones.iter().enumerate() {
        let number = PhoneNumber::parse(phone).ok_or_else(|| {
            Problem::value(&format!("/phones/{index}"), "write a number as +12015550123")
        })?;
        list.push((Contact::Phone(number), at));
    }
    let taken = shared.service().recipients(id, &list).await?;
    let Recipients { known, unknown } = taken.ok_or_else(|| Problem::not_found("campaign"))?;
    shared.note(caller.by, "recipients-given", id, None).await;
    Ok(Json(RecipientsBody { known, unknown }))
}
