//! The delivery log: what people were to be told, and how that went.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use unhook_app::record::{Recipient, Telling};
use unhook_app::views::OutgoingRow;
use utoipa::{IntoParams, ToSchema};

use crate::given::Params;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::time;
use crate::web::Shared;

/// Something to be told, and how that went.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// What: `correction`, `alert` or `notice`.
    what: &'static str,
    /// To whom, by pseudonym, where it is a person.
    #[schema(format = "uuid")]
    person: Option<String>,
    /// By which notifier, where it is those on call.
    notifier: Option<String>,
    /// About which report.
    #[schema(format = "uuid")]
    report: Option<String>,
    /// About which campaign.
    #[schema(format = "uuid")]
    campaign: Option<String>,
    /// What happened, of an alert.
    kind: Option<String>,
    /// How urgent, of an alert.
    severity: Option<&'static str>,
    /// What it says, of a notice.
    text: Option<String>,
    /// When it came up.
    #[schema(format = "date-time")]
    at: String,
    /// It goes out no sooner than this.
    #[schema(format = "date-time")]
    due_at: String,
    /// How it stands: `waiting`, `delivered`, `failed` or `unknown`.
    state: &'static str,
    /// How often it was tried.
    #[schema(minimum = 0)]
    attempts: u32,
    /// When it was last tried.
    #[schema(format = "date-time")]
    last_at: Option<String>,
    /// What came of the last attempt, in a line.
    note: String,
}

impl DeliveryBody {
    fn of(row: &OutgoingRow) -> Self {
        let outgoing = &row.outgoing;
        let (person, notifier) = match &outgoing.to {
            Recipient::Person(person) => (Some(person.to_string()), None),
            Recipient::Notifier(name) => (None, Some(name.clone())),
        };
        let about = About::of(&outgoing.what);
        Self {
            id: outgoing.id.to_string(),
            what: about.what,
            person,
            notifier,
            report: about.report,
            campaign: about.campaign,
            kind: about.kind,
            severity: about.severity,
            text: about.text,
            at: time::write(outgoing.at),
            due_at: time::write(outgoing.due_at),
            state: row.state.name(),
            attempts: row.attempts,
            last_at: row.last_at.map(time::write),
            note: row.note.clone(),
        }
    }
}

/// What is told, in the keys that all kinds of it share.
#[derive(Default)]
struct About {
    what: &'static str,
    report: Option<String>,
    campaign: Option<String>,
    kind: Option<String>,
    severity: Option<&'static str>,
    text: Option<String>,
}

impl About {
    fn of(telling: &Telling) -> Self {
        match telling {
            Telling::Correction { report, .. } => {
                Self { what: "correction", report: Some(report.to_string()), ..Self::default() }
            }
            Telling::Alert { kind, severity, campaign, report } => Self {
                what: "alert",
                report: report.map(|id| id.to_string()),
                campaign: campaign.map(|id| id.to_string()),
                kind: Some(kind.clone()),
                severity: Some(severity.name()),
                text: None,
            },
            Telling::Notice { campaign, text } => Self {
                what: "notice",
                campaign: Some(campaign.to_string()),
                text: Some(text.clone()),
                ..Self::default()
            },
        }
    }
}

/// Which deliveries.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// At most so many.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next` of the page before.
    #[param(format = "uuid")]
    cursor: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

/// One page of deliveries.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveriesPage {
    /// Newest first.
    items: Vec<DeliveryBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// The delivery log, newest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "notices", params(DeliveriesQuery),
    operation_id = "list_deliveries",
    responses((status = 200, description = "One page", body = DeliveriesPage)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<DeliveriesQuery>,
) -> Result<Json<DeliveriesPage>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let before = cursor(query.cursor.as_deref())?;
    let found = shared.look_up(move |service| service.deliveries(before, limit + 1)).await?;
    let Page { items, next } = Page::of(found, limit, |row| row.outgoing.id, DeliveryBody::of);
    Ok(Json(DeliveriesPage { items, next }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    #[test]
    fn deliveries_are_shown() {
        let shown: Vec<DeliveryBody> = fakes::deliveries().iter().map(DeliveryBody::of).collect();
        insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap());
    }
}
