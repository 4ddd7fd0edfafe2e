//! Whom a campaign makes it necessary to tell: customers with who sees to them and how it stands, rules with
//! the time that is left, and since when it runs.
//!
//! Customers stand here by pseudonyms. Their names are shown, and exported, for a reason that is recorded
//! first; a page with names is an answer to that and has no address of its own.

use std::collections::BTreeMap;
use std::ops::Bound;

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use unhook_app::ServiceError;
use unhook_app::service::{CustomerNames, Deadline, MOST_SETTLED, Notifications};
use unhook_engine::notification::{Customer, Said, Status, Told, Whom};
use unhook_model::{CampaignId, PersonId, Timestamp};

use super::campaign::pseudonym;
use super::evidence::download;
use super::people::contact;
use crate::console::actors;
use crate::console::frame::{self, Frame, Here};
use crate::console::inert::inert;
use crate::console::moments::exact;
use crate::console::visit::{Filled, Visit};
use crate::console::words::Words;
use crate::given::{Segment, bad_request, id};
use crate::notification_files as files;
use crate::problem::{Kind, Problem};
use crate::routes::notifications::{export, status};
use crate::time;

/// How many customers the page has at once: as many as one form may name.
const MOST: usize = MOST_SETTLED;

const MINUTE_MS: i64 = 60_000;

#[derive(Template)]
#[template(path = "notifications.html")]
struct Page {
    f: Frame,
    id: String,
    counts: String,
    aware: Option<String>,
    /// Why that moment, and who said so.
    why: Option<(String, String)>,
    deadlines: Vec<DeadlineLine>,
    customers: Vec<CustomerLine>,
    /// Behind whom the next page begins.
    next: Option<String>,
    /// Whether names are shown.
    has_names: bool,
    left_out: u64,
}

struct DeadlineLine {
    name: String,
    who: String,
    within: String,
    source: String,
    due: Option<String>,
    /// How much time is left, and a class of the sheet; nothing once it is settled.
    left: Option<(&'static str, String)>,
    standing: Standing,
}

struct CustomerLine {
    id: String,
    short: String,
    name: Option<String>,
    touches: Vec<String>,
    stands: bool,
    owner: Option<String>,
    standing: Standing,
}

/// How it stands: a class of the sheet, in words, and the note to it.
struct Standing {
    class: &'static str,
    says: String,
    note: Option<String>,
}

#[derive(serde::Deserialize)]
pub(crate) struct Chosen {
    /// Behind whom the page begins.
    after: Option<String>,
}

pub(crate) async fn show(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let after = chosen.after.as_deref().map(|after| {
        id::<PersonId>(after).ok_or_else(|| bad_request("begin at the first page again"))
    });
    let (list, actors) = read(&visit, campaign).await?;
    Ok(frame::ok(&page(&visit, list, after.transpose()?, None, &actors)))
}

type Actors = BTreeMap<PersonId, String>;

async fn read(visit: &Visit, campaign: CampaignId) -> Result<(Notifications, Actors), Problem> {
    let found = visit
        .shared
        .look_up(move |service| {
            let Some(list) = service.notifications(campaign) else { return Ok(None) };
            Ok::<_, ServiceError>(Some((list, actors::names(service)?)))
        })
        .await?;
    found.ok_or_else(|| Problem::not_found("campaign"))
}

fn page(
    visit: &Visit,
    list: Notifications,
    after: Option<PersonId>,
    names: Option<&CustomerNames>,
    actors: &Actors,
) -> Page {
    let (w, now) = (visit.words, visit.shared.service().now());
    let by = |by: &PersonId| actors.get(by).cloned().unwrap_or_else(|| short(*by));
    let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
    let mut shown: Vec<_> = list.customers.range(range).take(MOST + 1).collect();
    let has_more = shown.len() > MOST;
    shown.truncate(MOST);
    let next = shown.last().filter(|_| has_more).map(|(id, _)| id.to_string());
    let line = |(id, customer): &(&PersonId, &Customer)| {
        CustomerLine::of(w, **id, customer, list.stands(customer), names)
    };
    let customers = w.notifications.customers.of(list.customers.len());
    let open = w.notifications.open_count.of(list.open_count);
    Page {
        f: visit.frame(Here::Campaigns, &w.notifications.title),
        id: list.campaign.to_string(),
        counts: format!("{customers} · {open}"),
        aware: list.aware_at.map(exact),
        why: list.aware.as_ref().map(|said| (said.what.1.clone(), by(&said.by))),
        deadlines: list.deadlines.iter().map(|one| DeadlineLine::of(w, one, now)).collect(),
        customers: shown.iter().map(line).collect(),
        next,
        has_names: names.is_some(),
        left_out: list.left_out,
    }
}

fn short(person: PersonId) -> String {
    pseudonym(&person.to_string())
}

impl DeadlineLine {
    fn of(w: &Words, deadline: &Deadline, now: Timestamp) -> Self {
        let regime = &deadline.regime;
        let is_open = deadline.status.as_ref().is_none_or(|said| said.what == Status::Open);
        let n = &w.notifications;
        let who = match regime.who {
            Told::Authority => &n.to_authority,
            Told::Customers => &n.to_customers,
            Told::People => &n.to_people,
            Told::Public => &n.to_public,
        };
        Self {
            name: regime.name.clone(),
            who: who.to_string(),
            within: regime.within.to_string(),
            source: regime.source.clone(),
            due: deadline.due_at.map(exact),
            left: deadline.due_at.filter(|_| is_open).map(|due| left(w, due, now)),
            standing: Standing::of(w, deadline.status.as_ref()),
        }
    }
}

/// How much time is left, in its largest unit; the last day of it is marked.
fn left(w: &Words, due: Timestamp, now: Timestamp) -> (&'static str, String) {
    let n = &w.notifications;
    let minutes = (due.unix_ms() - now.unix_ms()).div_euclid(MINUTE_MS);
    match u64::try_from(minutes) {
        Err(_) => ("malicious", n.over.to_string()),
        Ok(minutes @ 0..60) => ("suspicious", n.minutes_left.of(minutes)),
        Ok(minutes @ 60..1_440) => ("suspicious", n.hours_left.of(minutes / 60)),
        // Two days in hours: nobody counts "1 day" to the hour.
        Ok(minutes @ 1_440..2_880) => ("plain", n.hours_left.of(minutes / 60)),
        Ok(minutes) => ("plain", n.days_left.of(minutes / 1_440)),
    }
}

impl CustomerLine {
    fn of(
        w: &Words,
        id: PersonId,
        customer: &Customer,
        stands: bool,
        names: Option<&CustomerNames>,
    ) -> Self {
        let touches = customer.touches.iter().map(|((application, person), touched)| {
            let by = w.notifications.touched_by.with_both(short(*person), exact(touched.at));
            format!("{} · {by}", inert(application))
        });
        let owner = customer.owner.as_ref().and_then(|said| said.what);
        let owner = owner.map(|owner| {
            names.and_then(|names| names.owners.get(&owner).cloned()).unwrap_or(short(owner))
        });
        let name = names.map(|names| match names.customers.get(&id) {
            Some((_, name)) => inert(name),
            None => w.notifications.erased.to_string(),
        });
        Self {
            short: short(id),
            id: id.to_string(),
            name,
            touches: touches.collect(),
            stands,
            owner,
            standing: Standing::of(w, customer.status.as_ref()),
        }
    }
}

impl Standing {
    fn of(w: &Words, said: Option<&Said<Status>>) -> Self {
        let n = &w.notifications;
        let (class, says) = match said.map(|said| &said.what) {
            None | Some(Status::Open) => ("suspicious", n.open.to_string()),
            Some(Status::Informed { at, .. }) => ("good", n.informed_at.with(exact(*at))),
            Some(Status::NotNeeded { .. }) => ("plain", n.not_needed.to_string()),
        };
        let note = said.map(|said| files::parts(&said.what).1);
        let note = note.filter(|note| !note.is_empty()).map(str::to_owned);
        Self { class, says, note }
    }
}

fn path(campaign: CampaignId) -> String {
    format!("/campaigns/{campaign}/notifications")
}

/// The list as a table, without names.
pub(crate) async fn table(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
) -> Result<Response, Problem> {
    let (list, _) = read(&visit, campaign).await?;
    let table = files::customers(&list, &CustomerNames::default());
    Ok(download(table, "text/csv; charset=utf-8", &format!("notifications-{campaign}.csv")))
}

/// Shows who the customers are, for a reason that is recorded first.
pub(crate) async fn reveal(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let (reason, by) = (form.text("reason").to_owned(), visit.by());
    let after = id(form.text("after"));
    let look = move |service: &unhook_app::Service| service.customer_names(campaign, &reason, by);
    let names = visit.shared.look_up(look).await?;
    let names = names.ok_or_else(|| Problem::not_found("campaign"))?;
    let (list, actors) = read(&visit, campaign).await?;
    Ok(frame::ok(&page(&visit, list, after, Some(&names), &actors)))
}

/// The list with names as evidence, for a reason that is recorded first.
pub(crate) async fn archive(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    export(&visit.shared, campaign, form.text("reason").to_owned(), visit.by()).await
}

/// Somebody says since when the organization knows.
pub(crate) async fn aware(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let at = moment(form.text("at"))?.ok_or_else(wrong_moment)?;
    let reason = form.text("reason");
    let said = visit.shared.service().became_aware(campaign, at, reason, visit.by()).await?;
    let position = said.ok_or_else(|| Problem::not_found("campaign"))?;
    visit.shared.note(visit.by(), "became-aware", campaign, Some(reason.to_owned())).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

fn wrong_moment() -> Problem {
    Problem::because(Kind::Invalid, "write a moment as 2022-07-20 22:49, in UTC")
}

/// A moment in UTC, as a browser or a person writes it; `None` for nothing.
fn moment(text: &str) -> Result<Option<Timestamp>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let whole = match text.len() {
        16 => format!("{}:00Z", text.replacen(' ', "T", 1)),
        _ => text.to_owned(),
    };
    time::read(&whole).map(Some).ok_or_else(wrong_moment)
}

/// Somebody says how it stands with those who are picked.
pub(crate) async fn settle(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let now = visit.shared.service().now();
    let status = status(form.text("status"), moment(form.text("at"))?, form.text("note"), now)
        .ok_or_else(|| bad_request("say how it stands"))?;
    let regimes = form.all("regime").map(|name| Whom::Regime(name.to_owned()));
    let customers = picked(&form)?.into_iter().map(Whom::Customer);
    let (whom, action) =
        (regimes.chain(customers).collect(), format!("notification-{}", status.name()));
    let service = visit.shared.service();
    let position = service.settle_notifications(campaign, whom, status, visit.by()).await?;
    let position = position.ok_or_else(|| Problem::not_found("campaign"))?;
    visit.shared.note(visit.by(), action, campaign, None).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

fn picked(form: &Filled) -> Result<Vec<PersonId>, Problem> {
    let all: Option<Vec<PersonId>> = form.all("customer").map(id).collect();
    all.ok_or_else(|| bad_request("pick customers of the list"))
}

/// Somebody is made responsible for those who are picked; nobody, where nobody is named.
pub(crate) async fn own(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let owner = Some(form.text("owner")).filter(|owner| !owner.is_empty()).map(contact);
    let (owner, customers) = (owner.transpose()?, picked(&form)?);
    let service = visit.shared.service();
    let assigned = service.assign_customers(campaign, customers, owner.as_ref(), visit.by());
    let position = assigned.await?.ok_or_else(|| Problem::not_found("campaign"))?;
    visit.shared.note(visit.by(), "customers-assigned", campaign, None).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_browsers_and_people_write_them() {
        let at = time::read("2022-07-20T22:49:00Z");
        for text in ["2022-07-20T22:49", "2022-07-20 22:49", "2022-07-20T22:49:00Z"] {
            assert_eq!(moment(text).ok().flatten(), at, "{text}");
        }
        assert!(moment("").unwrap().is_none());
        for text in ["yesterday", "2022-07-20", "äääääääääääääääa"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_time_that_is_left_reads_well() {
        let w = &crate::console::words::all()[0];
        let now = Timestamp::from_unix_ms(0);
        let check = |minutes: i64, class, says: &str| {
            let due = Timestamp::from_unix_ms(minutes * MINUTE_MS);
            assert_eq!(left(w, due, now), (class, says.to_owned()), "{minutes}");
        };
        check(-1, "malicious", "time is over");
        check(30, "suspicious", "30 minutes left");
        check(61, "suspicious", "1 hour left");
        check(72 * 60, "plain", "3 days left");
        check(36 * 60, "plain", "36 hours left");
    }
}
