//! *People*: how many are enrolled and how, bringing the directory in, and codes by which a phone
//! joins.
//!
//! Nobody is named here: who somebody is, is shown for a reason that is recorded. The roll says
//! whether somebody can be reached, and nothing of what they did: there is no view that rates
//! people.

use askama::Template;
use axum::extract::{Query, Request};
use axum::response::Response;
use unhook_app::people::{Enrolled, entries};
use unhook_app::{AuditEntry, Contact, Service, ServiceError};
use unhook_model::{PersonId, PhoneNumber, Timestamp};

use super::campaign::{pseudonym, reveal_on};
use crate::console::frame::{self, Frame, Here};
use crate::console::moments::exact;
use crate::console::visit::{Filled, Visit, upload};
use crate::given::{bad_request, id};
use crate::problem::{Kind, Problem};
use crate::web::Shared;

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    f: Frame,
    enrolled: usize,
    can_join: bool,
    imported: Option<String>,
    trouble: Option<String>,
    code: Option<Code>,
}

/// A code that was just made; it is not shown again.
struct Code {
    code: String,
    link: String,
    until: String,
}

/// How many people are shown of the roll.
const MOST: usize = 50;

#[derive(serde::Deserialize)]
pub(crate) struct Chosen {
    /// Behind whom the page begins.
    after: Option<String>,
    /// `none`: those who have no phone.
    phone: Option<String>,
}

#[derive(Template)]
#[template(path = "roll.html")]
struct RollPage {
    f: Frame,
    only_without_phone: bool,
    people: Vec<Line>,
    next: Option<String>,
}

/// How somebody is enrolled.
struct Line {
    id: String,
    short: String,
    standing: &'static str,
    language: String,
    phones: usize,
    joined: usize,
    since: Option<String>,
    is_stopped: bool,
}

impl Line {
    fn of(one: &Enrolled, is_stopped: bool) -> Self {
        let id = one.person.to_string();
        Self {
            short: pseudonym(&id),
            id,
            standing: one.standing.name(),
            language: one.language.map(|language| language.to_string()).unwrap_or_default(),
            phones: one.phones,
            joined: one.joined,
            since: one.since.map(exact),
            is_stopped,
        }
    }
}

/// Who is enrolled, by the names that say nothing, and how they are reached.
pub(crate) async fn roll(visit: Visit, Query(chosen): Query<Chosen>) -> Result<Response, Problem> {
    let after = chosen.after.as_deref().map(|after| {
        id::<PersonId>(after).ok_or_else(|| bad_request("begin at the first page again"))
    });
    let after = after.transpose()?;
    let only_without_phone = match chosen.phone.as_deref() {
        None | Some("") => false,
        Some("none") => true,
        Some(_) => return Err(bad_request("everybody, or those without a phone")),
    };
    let look = move |service: &Service| service.roll(after, only_without_phone, MOST);
    let roll = visit.shared.look_up(look).await?;
    let filter = if only_without_phone { "&phone=none" } else { "" };
    Ok(frame::ok(&RollPage {
        only_without_phone,
        people: roll.people.iter().map(|(one, is_stopped)| Line::of(one, *is_stopped)).collect(),
        next: roll.next.map(|next| format!("{ROLL}?after={next}{filter}")),
        f: visit.frame(Here::People, &visit.words.people.roll),
    }))
}

/// Where the roll is.
const ROLL: &str = "/people/roll";

/// Shows who somebody is, for a reason that is recorded first.
pub(crate) async fn reveal(visit: Visit, form: Filled) -> Result<Response, Problem> {
    reveal_on(visit, form, ROLL.to_owned(), Here::People).await
}

async fn page(visit: &Visit) -> Result<Page, Problem> {
    let look = |service: &Service| Ok::<_, ServiceError>(service.people().enrolled_count()?);
    Ok(Page {
        f: visit.frame(Here::People, &visit.words.nav.people),
        enrolled: visit.shared.look_up(look).await?,
        can_join: visit.shared.settings().enrolment.is_some(),
        imported: None,
        trouble: None,
        code: None,
    })
}

pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    Ok(frame::ok(&page(&visit).await?))
}

/// Brings a directory in: CSV or SCIM.
pub(crate) async fn import(visit: Visit, request: Request) -> Result<Response, Problem> {
    let upload = upload(&visit.shared, request, entries::LARGEST_FILE).await?;
    let entries = match entries::read(&upload.bytes) {
        Ok(entries) => entries,
        Err(error) => {
            let trouble = Some(error.to_string());
            let page = Page { trouble, ..page(&visit).await? };
            return Ok(frame::page(Kind::Invalid.status(), &page));
        }
    };
    let imported = bring_in(&visit, entries).await?;
    let says = visit
        .words
        .people
        .imported
        .with_both(imported.added, imported.changed + imported.unchanged);
    Ok(frame::ok(&Page { imported: Some(says), ..page(&visit).await? }))
}

async fn bring_in(
    visit: &Visit,
    entries: Vec<unhook_app::people::Entry>,
) -> Result<unhook_app::people::Imported, Problem> {
    let by = visit.by();
    visit
        .shared
        .look_up(move |service| {
            let at = service.now();
            // What cannot be recorded is not done.
            service.access().record(&AuditEntry {
                at,
                by: Some(by),
                action: "people-imported".to_owned(),
                subject: format!("{} entries", entries.len()),
                reason: None,
            })?;
            Ok::<_, ServiceError>(service.people().import(&entries, at)?)
        })
        .await
}

/// Makes a code by which a phone joins somebody who is known by a mail address or number.
pub(crate) async fn enrol(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let contact = contact(form.text("contact"))?;
    let by = visit.by();
    let invite = move |service: &Service| match service.people().owner(&contact)? {
        Some(person) => service.invite(person, by),
        None => Ok(None),
    };
    let invitation = visit.shared.look_up(invite).await?;
    let Some(invitation) = invitation else {
        let trouble = Some(visit.words.people.nobody.to_string());
        let page = Page { trouble, ..page(&visit).await? };
        return Ok(frame::page(Kind::NotFound.status(), &page));
    };
    let code = code(&visit.shared, &invitation.code.to_string(), invitation.expires_at);
    Ok(frame::ok(&Page { code: Some(code), ..page(&visit).await? }))
}

/// Somebody, as an admin writes them.
pub(crate) fn contact(text: &str) -> Result<Contact, Problem> {
    let wrong = || {
        Problem::because(Kind::Invalid, "write a mail address, or a number with its country code")
    };
    if text.contains('@') {
        return Ok(Contact::Mail(text.to_lowercase()));
    }
    PhoneNumber::parse(text).map(Contact::Phone).ok_or_else(wrong)
}

fn code(shared: &Shared, code: &str, until: Timestamp) -> Code {
    let enrolment = shared.settings().enrolment.as_ref();
    Code {
        code: code.to_owned(),
        link: enrolment.map(|enrolment| enrolment.link(code)).unwrap_or_default(),
        until: exact(until),
    }
}
