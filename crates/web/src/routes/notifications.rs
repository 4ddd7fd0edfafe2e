//! Whom a campaign makes it necessary to tell: customers by ids that say nothing, rules with their times, and
//! what people say of both.
//!
//! Names are shown for a reason that is recorded first, as those of people are.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use unhook_app::ServiceError;
use unhook_app::service::{CustomerNames, Deadline, MOST_SETTLED, Notifications};
use unhook_engine::notification::{Customer, Said, Status, Told, Whom};
use unhook_model::{CampaignId, PersonId, Timestamp};
use utoipa::ToSchema;

use super::people::RevealRequest;
use super::{AfterQuery, Written};
use crate::console::pages::evidence::download;
use crate::console::pages::people::contact;
use crate::gate::Caller;
use crate::given::{Given, Params, Segment, id};
use crate::notification_files::{self as files, parts};
use crate::problem::{Kind, Problem};
use crate::time;
use crate::web::Shared;

/// Whom a campaign makes it necessary to tell.
#[derive(Serialize, ToSchema)]
#[schema(as = Notifications)]
pub(crate) struct NotificationsBody {
    /// The campaign.
    #[schema(format = "uuid")]
    campaign: String,
    /// From when on times run; null as long as none does.
    #[schema(format = "date-time")]
    aware_at: Option<String>,
    /// Why that moment; null where nobody said so, and it is when data was first seen to be touched.
    aware: Option<AwareBody>,
    /// What each rule asks for, the nearest end first. Whether it applies, no machine says.
    deadlines: Vec<DeadlineBody>,
    /// How many customers are neither informed nor need to be.
    #[schema(minimum = 0)]
    open_count: usize,
    /// The customers; of one campaign at most 20000 are kept.
    customers: Vec<CustomerBody>,
    /// How many customers were left out, of all campaigns since the start.
    #[schema(minimum = 0)]
    left_out: u64,
}

/// Why the organization is taken to have known since then.
#[derive(Serialize, ToSchema)]
#[schema(as = BecameAware)]
pub(crate) struct AwareBody {
    /// Why.
    reason: String,
    /// Who said so.
    #[schema(format = "uuid")]
    by: String,
    /// When they did.
    #[schema(format = "date-time")]
    said_at: String,
}

/// What a rule asks for.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationDeadline)]
pub(crate) struct DeadlineBody {
    /// What the rule is called.
    regime: String,
    /// Who must be told.
    #[schema(schema_with = told_schema)]
    who: &'static str,
    /// How much time there is.
    within: String,
    /// Where that is written.
    source: String,
    /// By when; null where the rule has no number, or no time runs.
    #[schema(format = "date-time")]
    due_at: Option<String>,
    /// How it stands.
    standing: StandingBody,
}

/// A customer.
#[derive(Serialize, ToSchema)]
#[schema(as = NotifiedCustomer)]
pub(crate) struct CustomerBody {
    /// Who, by a name that says nothing.
    #[schema(format = "uuid")]
    customer: String,
    /// By which accounts it was touched, and when first.
    touches: Vec<TouchBody>,
    /// Whether what put them on the list still stands.
    stands: bool,
    /// Who is responsible.
    #[schema(format = "uuid")]
    owner: Option<String>,
    /// How it stands.
    standing: StandingBody,
}

/// What belongs to a customer was touched.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerTouch)]
pub(crate) struct TouchBody {
    /// In which application.
    application: String,
    /// Whose account the session had, by a name that says nothing; the campaign's exposure has the evidence.
    #[schema(format = "uuid")]
    person: String,
    /// When first.
    #[schema(format = "date-time")]
    at: String,
    /// When that became known.
    #[schema(format = "date-time")]
    noted_at: String,
    /// Where it stands in the journal.
    #[schema(pattern = "^[0-9]{1,19}$")]
    position: String,
}

/// How it stands with somebody who may have to be told.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationStanding)]
pub(crate) struct StandingBody {
    /// `open`, `informed` or `not-needed`.
    #[schema(schema_with = status_schema)]
    status: &'static str,
    /// When they were told.
    #[schema(format = "date-time")]
    informed_at: Option<String>,
    /// How they were told, or why they need not be.
    note: Option<String>,
    /// Who said so; null when nobody said anything.
    #[schema(format = "uuid")]
    by: Option<String>,
    /// When they said so.
    #[schema(format = "date-time")]
    said_at: Option<String>,
}

fn told_schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    let names = Told::ALL.map(|(_, name)| name);
    crate::openapi::from_json(serde_json::json!({ "type": "string", "enum": names }))
}

fn status_schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    let names = ["open", "informed", "not-needed"];
    crate::openapi::from_json(serde_json::json!({ "type": "string", "enum": names }))
}

impl NotificationsBody {
    pub(crate) fn of(list: &Notifications) -> Self {
        Self {
            campaign: list.campaign.to_string(),
            aware_at: list.aware_at.map(time::write),
            aware: list.aware.as_ref().map(|said| AwareBody {
                reason: said.what.1.clone(),
                by: said.by.to_string(),
                said_at: time::write(said.at),
            }),
            deadlines: list.deadlines.iter().map(DeadlineBody::of).collect(),
            open_count: list.open_count,
            customers: list
                .customers
                .iter()
                .map(|(id, customer)| CustomerBody::of(*id, customer, list.stands(customer)))
                .collect(),
            left_out: list.left_out,
        }
    }
}

impl DeadlineBody {
    fn of(deadline: &Deadline) -> Self {
        let regime = &deadline.regime;
        Self {
            regime: regime.name.clone(),
            who: regime.who.name(),
            within: regime.within.to_string(),
            source: regime.source.clone(),
            due_at: deadline.due_at.map(time::write),
            standing: StandingBody::of(deadline.status.as_ref()),
        }
    }
}

impl CustomerBody {
    fn of(id: PersonId, customer: &Customer, stands: bool) -> Self {
        let touches = customer.touches.iter().map(|((application, person), touched)| TouchBody {
            application: application.clone(),
            person: person.to_string(),
            at: time::write(touched.at),
            noted_at: time::write(touched.noted_at),
            position: touched.position.to_string(),
        });
        let owner = customer.owner.as_ref().and_then(|said| said.what);
        Self {
            customer: id.to_string(),
            touches: touches.collect(),
            stands,
            owner: owner.map(|owner| owner.to_string()),
            standing: StandingBody::of(customer.status.as_ref()),
        }
    }
}

impl StandingBody {
    fn of(said: Option<&Said<Status>>) -> Self {
        let (informed_at, note) = said.map_or((None, ""), |said| parts(&said.what));
        Self {
            status: said.map_or(Status::Open.name(), |said| said.what.name()),
            informed_at: informed_at.map(time::write),
            note: Some(note).filter(|note| !note.is_empty()).map(str::to_owned),
            by: said.map(|said| said.by.to_string()),
            said_at: said.map(|said| time::write(said.at)),
        }
    }
}

fn not_found() -> Problem {
    Problem::not_found("campaign")
}

async fn list(shared: &Shared, campaign: CampaignId) -> Result<Notifications, Problem> {
    let look =
        move |service: &unhook_app::Service| Ok::<_, ServiceError>(service.notifications(campaign));
    shared.look_up(look).await?.ok_or_else(not_found)
}

/// Whom a campaign makes it necessary to tell, by any name it ever had.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/notifications", tag = "notifications",
    operation_id = "show_notifications",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "The list", body = NotificationsBody)))]
pub(crate) async fn show(
    State(shared): State<Shared>,
    Segment(id): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<NotificationsBody>, Problem> {
    Ok(Json(NotificationsBody::of(&list(&shared, id).await?)))
}

/// The customers of the list as a table, without names.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/notifications.csv", tag = "notifications",
    operation_id = "show_notification_table",
    params(("id" = String, Path, format = "uuid", description = "The campaign"), AfterQuery),
    responses((status = 200, description = "The table", body = String, content_type = "text/csv")))]
pub(crate) async fn table(
    State(shared): State<Shared>,
    Segment(id): Segment<CampaignId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Response, Problem> {
    let table = files::customers(&list(&shared, id).await?, &CustomerNames::default());
    Ok(download(table, "text/csv; charset=utf-8", &format!("notifications-{id}.csv")))
}

/// Who the customers of a list are.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerNames)]
pub(crate) struct NamesBody {
    /// Each of them; those who were erased are missing.
    customers: Vec<NameBody>,
}

/// Who a customer is.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerName)]
pub(crate) struct NameBody {
    /// The id on the list.
    #[schema(format = "uuid")]
    customer: String,
    /// In which application.
    application: String,
    /// What the application calls them.
    name: String,
}

/// Say who the customers of a list are.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/notifications/names", tag = "notifications",
    operation_id = "reveal_customers", request_body = RevealRequest,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "Who they are", body = NamesBody)))]
pub(crate) async fn names(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<RevealRequest>,
) -> Result<Json<NamesBody>, Problem> {
    let reason = given.read()?.to_owned();
    let look =
        move |service: &unhook_app::Service| service.customer_names(campaign, &reason, caller.by);
    let names = shared.look_up(look).await?.ok_or_else(not_found)?;
    let customers = names.customers.into_iter().map(|(id, (application, name))| NameBody {
        customer: id.to_string(),
        application,
        name,
    });
    Ok(Json(NamesBody { customers: customers.collect() }))
}

/// Export the list with names as evidence: a ZIP with a manifest of SHA-256 sums.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/notifications/evidence", tag = "notifications",
    operation_id = "export_notifications", request_body = RevealRequest,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "The archive", body = [u8],
        content_type = "application/zip")))]
pub(crate) async fn evidence(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<RevealRequest>,
) -> Result<Response, Problem> {
    export(&shared, campaign, given.read()?.to_owned(), caller.by).await
}

/// The archive, for a reason that is recorded first.
pub(crate) async fn export(
    shared: &Shared,
    campaign: CampaignId,
    reason: String,
    by: PersonId,
) -> Result<Response, Problem> {
    let made = shared
        .look_up(move |service| {
            let Some(names) = service.customer_names(campaign, &reason, by)? else {
                return Ok(None);
            };
            let as_of = service.position().map(|position| position.to_raw());
            let list = service.notifications(campaign);
            Ok::<_, ServiceError>(
                list.map(|list| files::archive(list, &names, service.now(), as_of)),
            )
        })
        .await?;
    let bytes = made.ok_or_else(not_found)?.map_err(|error| {
        tracing::error!(%error, "a notification list could not be packed");
        Problem::new(Kind::Broken)
    })?;
    shared.note(by, "notifications-exported", campaign, None).await;
    Ok(download(bytes, "application/zip", &format!("notifications-{campaign}.zip")))
}

/// Since when the organization knows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BecameAwareGiven)]
pub(crate) struct AwareGiven {
    /// Since when.
    #[schema(format = "date-time")]
    at: String,
    /// Why that moment; it stands in the journal for ever.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Say since when the organization knows: times run from there.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/notifications/aware", tag = "notifications",
    operation_id = "became_aware", request_body = AwareGiven,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "It is kept", body = Written)))]
pub(crate) async fn aware(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<AwareGiven>,
) -> Result<Json<Written>, Problem> {
    let at = moment("/at", &given.at)?;
    let said = shared.service().became_aware(campaign, at, &given.reason, caller.by).await?;
    let position = said.ok_or_else(not_found)?;
    shared.note(caller.by, "became-aware", campaign, Some(given.reason)).await;
    Ok(Written::at(position))
}

fn moment(place: &str, text: &str) -> Result<Timestamp, Problem> {
    time::read(text).ok_or_else(|| Problem::value(place, "write a moment as 2026-07-20T22:49:00Z"))
}

/// How it stands with customers and rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationStatusGiven)]
pub(crate) struct StatusGiven {
    /// With which customers, at most 200 together with the rules.
    #[serde(default)]
    #[schema(max_items = 200)]
    customers: Vec<String>,
    /// With which rules, by their names.
    #[serde(default)]
    #[schema(max_items = 100)]
    regimes: Vec<String>,
    /// How: `open`, `informed` or `not-needed`.
    #[schema(schema_with = status_schema)]
    status: String,
    /// When they were told, if they were; now, where it is left out.
    #[schema(format = "date-time")]
    at: Option<String>,
    /// How they were told, or why they need not be. It stands in the journal for ever: write a ticket's
    /// number and no name.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// What may be said, from its name and what goes with it.
pub(crate) fn status(
    name: &str,
    at: Option<Timestamp>,
    note: &str,
    now: Timestamp,
) -> Option<Status> {
    match name {
        "open" => Some(Status::Open),
        "informed" => Some(Status::Informed { at: at.unwrap_or(now), how: note.to_owned() }),
        "not-needed" => Some(Status::NotNeeded { why: note.to_owned() }),
        _ => None,
    }
}

fn customers(given: &[String]) -> Result<Vec<PersonId>, Problem> {
    if given.len() > MOST_SETTLED {
        return Err(Problem::value("/customers", format!("name at most {MOST_SETTLED} at once")));
    }
    let read = given.iter().enumerate().map(|(index, text)| {
        let wrong = || Problem::value(&format!("/customers/{index}"), "take an id from the list");
        id(text).ok_or_else(wrong)
    });
    read.collect()
}

/// Say how it stands with customers and rules.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/notifications/status", tag = "notifications",
    operation_id = "settle_notifications", request_body = StatusGiven,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "It is kept", body = Written)))]
pub(crate) async fn settle(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<StatusGiven>,
) -> Result<Json<Written>, Problem> {
    let at = given.at.as_deref().map(|at| moment("/at", at)).transpose()?;
    let status = status(&given.status, at, &given.note, shared.service().now())
        .ok_or_else(|| Problem::value("/status", "one of open, informed, not-needed"))?;
    let whom = customers(&given.customers)?.into_iter().map(Whom::Customer);
    let whom: Vec<Whom> = whom.chain(given.regimes.into_iter().map(Whom::Regime)).collect();
    let name = status.name();
    let position = shared.service().settle_notifications(campaign, whom, status, caller.by).await?;
    let position = position.ok_or_else(not_found)?;
    shared.note(caller.by, format!("notification-{name}"), campaign, None).await;
    Ok(Written::at(position))
}

/// Who is responsible for customers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerOwnerGiven)]
pub(crate) struct OwnerGiven {
    /// For which customers.
    #[schema(min_items = 1, max_items = 200)]
    customers: Vec<String>,
    /// Somebody of the directory, by a mail address or number; null for nobody.
    #[schema(max_length = 254)]
    owner: Option<String>,
}

/// Make somebody responsible for customers.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/notifications/owner", tag = "notifications",
    operation_id = "assign_customers", request_body = OwnerGiven,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "It is kept", body = Written)))]
pub(crate) async fn own(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<OwnerGiven>,
) -> Result<Json<Written>, Problem> {
    let owner = given.owner.as_deref().map(str::trim).map(contact).transpose()?;
    let customers = customers(&given.customers)?;
    let service = shared.service();
    let position = service.assign_customers(campaign, customers, owner.as_ref(), caller.by).await?;
    let position = position.ok_or_else(not_found)?;
    shared.note(caller.by, "customers-assigned", campaign, None).await;
    Ok(Written::at(position))
}
