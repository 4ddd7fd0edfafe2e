//! Campaigns: shown, put together and taken apart, seen by somebody on call.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use unhook_app::service::{CampaignDetail, CampaignSummary, Regrouping, TieView};
use unhook_app::views::ruling_name;
use unhook_engine::{Stage, TieNumber};
use unhook_model::{CampaignId, ReportId};
use utoipa::{IntoParams, ToSchema};

use super::{AfterQuery, Written};
use crate::gate::Caller;
use crate::given::{AN_ID, Given, Params, Segment, bad_request, id};
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::web::Shared;
use crate::{time, words};

/// The most reports that one split names.
const MOST_SPLIT: usize = 200;

/// A campaign in short.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignSummary)]
pub(crate) struct SummaryBody {
    /// Its name.
    #[schema(format = "uuid")]
    id: String,
    /// How far it is.
    #[schema(schema_with = words::stage)]
    stage: &'static str,
    /// How many texts it has.
    message_count: usize,
    /// How many people enrolled reported it.
    reporter_count: usize,
    /// When its first report came in.
    #[schema(format = "date-time")]
    first_at: String,
    /// When its last report came in.
    #[schema(format = "date-time")]
    last_at: String,
    /// The worst verdict on its texts.
    #[schema(schema_with = words::verdict)]
    verdict: &'static str,
    /// What a person ruled of it.
    #[schema(schema_with = words::optional_ruling)]
    ruling: Option<&'static str>,
    /// When somebody on call first saw it.
    #[schema(format = "date-time")]
    acknowledged_at: Option<String>,
}

/// A campaign with what it is made of.
#[derive(Serialize, ToSchema)]
#[schema(as = Campaign)]
pub(crate) struct DetailBody {
    #[serde(flatten)]
    summary: SummaryBody,
    /// Every name it ever had: each still leads here.
    names: Vec<String>,
    /// Its reports, oldest first; of many, the first 200.
    reports: Vec<String>,
    /// Registrable domains that its texts share.
    domains: Vec<String>,
    /// Senders of its texts, as far as they can still be read.
    senders: Vec<String>,
    /// Why its reports belong together; of many, the first 200.
    ties: Vec<TieBody>,
}

/// Why two reports belong together.
#[derive(Serialize, ToSchema)]
#[schema(as = Tie)]
pub(crate) struct TieBody {
    /// Its number, by which it can be cut.
    #[schema(minimum = 0)]
    number: u32,
    /// One report.
    #[schema(format = "uuid")]
    one: String,
    /// The other.
    #[schema(format = "uuid")]
    other: String,
    /// Why, in a few words.
    because: String,
    /// Whether it holds.
    stands: bool,
}

impl SummaryBody {
    fn of(campaign: &CampaignSummary) -> Self {
        Self {
            id: campaign.id.to_string(),
            stage: campaign.stage.name(),
            message_count: campaign.message_count,
            reporter_count: campaign.reporter_count,
            first_at: time::write(campaign.first_at),
            last_at: time::write(campaign.last_at),
            verdict: campaign.verdict.name(),
            ruling: campaign.ruling.map(ruling_name),
            acknowledged_at: campaign.acknowledged_at.map(time::write),
        }
    }
}

impl DetailBody {
    pub(crate) fn of(campaign: CampaignDetail) -> Self {
        Self {
            summary: SummaryBody::of(&campaign.summary),
            names: campaign.names.iter().map(ToString::to_string).collect(),
            reports: campaign.reports.iter().map(ToString::to_string).collect(),
            domains: campaign.domains,
            senders: campaign.senders,
            ties: campaign.ties.into_iter().map(TieBody::of).collect(),
        }
    }
}

impl TieBody {
    fn of(tie: TieView) -> Self {
        Self {
            number: tie.number.0,
            one: tie.one.to_string(),
            other: tie.other.to_string(),
            because: tie.because,
            stands: tie.stands,
        }
    }
}

/// Which campaigns.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CampaignsQuery {
    /// Only those at this stage.
    #[param(schema_with = words::stage)]
    stage: Option<String>,
    /// At most so many.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next` of the page before.
    #[param(
        max_length = 60,
        pattern = "^[0-9]{1,15}\\.[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
    )]
    cursor: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

/// One page of campaigns.
#[derive(Serialize, ToSchema)]
pub(crate) struct CampaignsPage {
    /// The one with the newest report first.
    items: Vec<SummaryBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// Campaigns, the one with the newest report first.
#[utoipa::path(get, path = "/api/v1/campaigns", tag = "campaigns", params(CampaignsQuery),
    operation_id = "list_campaigns",
    responses((status = 200, description = "One page", body = CampaignsPage)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<CampaignsQuery>,
) -> Result<Json<CampaignsPage>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let stage = query.stage.as_deref().map(stage).transpose()?;
    let before = cursor(query.cursor.as_deref())?;
    let found = shared.look_up(move |service| service.campaigns(stage, before, limit + 1)).await?;
    let name = |campaign: &CampaignSummary| (campaign.last_at, campaign.id);
    let Page { items, next } = Page::of(found, limit, name, SummaryBody::of);
    Ok(Json(CampaignsPage { items, next }))
}

fn stage(name: &str) -> Result<Stage, Problem> {
    let known = words::STAGES.map(Stage::name);
    words::stage_named(name)
        .ok_or_else(|| bad_request(&format!("`stage` is one of {}", words::listed(known))))
}

/// One campaign, by any name it ever had.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}", tag = "campaigns",
    operation_id = "show_campaign",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "The campaign", body = DetailBody)))]
pub(crate) async fn show(
    State(shared): State<Shared>,
    Segment(id): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<DetailBody>, Problem> {
    let campaign = shared.look_up(move |service| service.campaign(id)).await?;
    campaign.map(|found| Json(DetailBody::of(found))).ok_or_else(|| Problem::not_found("campaign"))
}

/// Somebody on call has seen a campaign, and nobody else need be called.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/acknowledge", tag = "campaigns",
    operation_id = "acknowledge_campaign",
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "Acknowledged", body = Written)))]
pub(crate) async fn acknowledge(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(id): Segment<CampaignId>,
) -> Result<Json<Written>, Problem> {
    let position = shared.service().acknowledge(id, caller.by).await?;
    shared.note(caller.by, "campaign-acknowledged", id, None).await;
    Ok(Written::at(position))
}

/// Another campaign that is the same.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeRequest {
    /// The other campaign.
    #[schema(format = "uuid")]
    with: String,
}

/// Put two campaigns together.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/merge", tag = "campaigns",
    operation_id = "merge_campaigns",
    request_body = MergeRequest,
    params(("id" = String, Path, format = "uuid", description = "One campaign")),
    responses((status = 200, description = "They are one", body = Written)))]
pub(crate) async fn merge(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(one): Segment<CampaignId>,
    Given(given): Given<MergeRequest>,
) -> Result<Json<Written>, Problem> {
    let other = id(&given.with).ok_or_else(|| Problem::value("/with", AN_ID))?;
    regroup(&shared, Regrouping::Merge(one, other), &caller).await
}

/// Reports that do not belong to a campaign.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitRequest {
    /// Some of its reports, and not all.
    #[schema(min_items = 1, max_items = 200, schema_with = split_reports)]
    reports: Vec<String>,
}

fn split_reports() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaFormat, Type};
    let format = SchemaFormat::Custom("uuid".to_owned());
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build();
    ArrayBuilder::new().items(id).min_items(Some(1)).max_items(Some(MOST_SPLIT)).build()
}

impl SplitRequest {
    fn read(&self) -> Result<BTreeSet<ReportId>, Problem> {
        if !(1..=MOST_SPLIT).contains(&self.reports.len()) {
            let detail = format!("name from 1 to {MOST_SPLIT} reports");
            return Err(Problem::value("/reports", detail));
        }
        let read = |(at, text): (usize, &String)| {
            id(text).ok_or_else(|| Problem::value(&format!("/reports/{at}"), AN_ID))
        };
        self.reports.iter().enumerate().map(read).collect()
    }
}

/// Take reports out of a campaign.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/split", tag = "campaigns",
    operation_id = "split_campaign",
    request_body = SplitRequest,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "They are apart", body = Written)))]
pub(crate) async fn split(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<SplitRequest>,
) -> Result<Json<Written>, Problem> {
    regroup(&shared, Regrouping::Split(campaign, given.read()?), &caller).await
}

/// Say that a tie does not hold.
#[utoipa::path(post, path = "/api/v1/ties/{number}/cut", tag = "campaigns",
    operation_id = "cut_tie",
    params(("number" = u32, Path, description = "The tie")),
    responses((status = 200, description = "It is cut", body = Written)))]
pub(crate) async fn cut(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(number): Segment<u32>,
) -> Result<Json<Written>, Problem> {
    regroup(&shared, Regrouping::Cut(TieNumber(number)), &caller).await
}

/// Take a cut back.
#[utoipa::path(post, path = "/api/v1/ties/{number}/mend", tag = "campaigns",
    operation_id = "mend_tie",
    params(("number" = u32, Path, description = "The tie")),
    responses((status = 200, description = "It holds again", body = Written)))]
pub(crate) async fn mend(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(number): Segment<u32>,
) -> Result<Json<Written>, Problem> {
    regroup(&shared, Regrouping::Mend(TieNumber(number)), &caller).await
}

/// Take a split back.
#[utoipa::path(post, path = "/api/v1/splits/{number}/rejoin", tag = "campaigns",
    operation_id = "rejoin_split",
    params(("number" = u32, Path, description = "The split")),
    responses((status = 200, description = "They are together again", body = Written)))]
pub(crate) async fn rejoin(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(number): Segment<u32>,
) -> Result<Json<Written>, Problem> {
    regroup(&shared, Regrouping::Rejoin(number), &caller).await
}

async fn regroup(
    shared: &Shared,
    what: Regrouping,
    caller: &Caller,
) -> Result<Json<Written>, Problem> {
    let (action, subject) = noted(&what);
    let position = shared.service().regroup(what, caller.by).await?;
    shared.note(caller.by, action, subject, None).await;
    Ok(Written::at(position))
}

/// What was done to what, for the audit trail.
fn noted(what: &Regrouping) -> (&'static str, String) {
    match what {
        Regrouping::Merge(one, other) => ("campaigns-merged", format!("{one} {other}")),
        Regrouping::Split(campaign, _) => ("campaign-split", campaign.to_string()),
        Regrouping::Cut(tie) => ("tie-cut", tie.0.to_string()),
        Regrouping::Mend(tie) => ("tie-mended", tie.0.to_string()),
        Regrouping::Rejoin(split) => ("split-taken-back", split.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    #[test]
    fn a_campaign_is_shown() {
        let campaign = fakes::campaign();
        let short = serde_json::to_string_pretty(&SummaryBody::of(&campaign.summary)).unwrap();
        let full = serde_json::to_string_pretty(&DetailBody::of(campaign)).unwrap();
        insta::assert_snapshot!(format!("{short}\n{full}"));
    }

    #[test]
    fn a_split_names_reports() {
        let read = |reports: Vec<String>| SplitRequest { reports }.read();
        let one = fakes::report().row.report.to_string();
        assert_eq!(read(vec![one.clone(), one.clone()]).unwrap().len(), 1);
        assert!(read(vec![]).is_err());
        assert!(read(vec![one.clone(); 201]).is_err());
        let problem = read(vec![one, "x".to_owned()]).unwrap_err();
        assert!(problem.detail().unwrap().starts_with("`reports/1`: an id is written as"));
    }
}
