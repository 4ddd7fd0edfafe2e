//! *First steps*: from an empty installation to the first real report.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::{Service, ServiceError, Submission, Way};
use unhook_model::Message;

use super::people::contact;
use crate::console::frame::{self, Frame, Here};
use crate::console::visit::{Filled, Visit};
use crate::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "first_steps.html")]
struct Page {
    f: Frame,
    organization: String,
    people: usize,
    has_way_in: bool,
    form: Option<String>,
    has_texts: bool,
    has_report: bool,
}

pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let (overview, people) = visit
        .shared
        .look_up(|service| {
            let people = service.people().enrolled_count()?;
            Ok::<_, ServiceError>((service.overview()?, people))
        })
        .await?;
    let settings = visit.shared.settings();
    let service = visit.shared.service();
    let form = settings.public_form.as_ref().map(|_| settings.report_url.clone());
    let has_texts = settings.enrolment.is_some();
    Ok(frame::ok(&Page {
        organization: service.organization(),
        people,
        has_way_in: form.is_some() || has_texts,
        form,
        has_texts,
        has_report: !overview.ways.is_empty(),
        f: visit.frame(Here::Elsewhere, &visit.words.nav.first_steps),
    }))
}

/// A text such as attackers write, to a name that cannot exist, passed on by somebody of the
/// directory: everything happens that will.
pub(crate) async fn test(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let contact = contact(form.text("contact"))?;
    let owner = contact.clone();
    let find = move |service: &Service| Ok::<_, ServiceError>(service.people().owner(&owner)?);
    if visit.shared.look_up(find).await?.is_none() {
        let how = "nobody of your people has this address or number; bring them in first";
        return Err(Problem::because(Kind::Invalid, how));
    }
    let name = visit.shared.service().organization();
    let submission = Submission {
        key: None,
        way: Way::Api,
        from: Some(contact),
        to: None,
        message: Message::from_body(lure(&name)),
        language: None,
        attachments: Vec::new(),
    };
    let taken = visit.shared.service().take(submission).await?;
    visit.shared.note(visit.by(), "test-report-sent", "first-steps", None).await;
    match (taken.report, taken.position) {
        (Some(report), Some(at)) => Ok(visit.on_to(&format!("/reports/{report}"), at).await),
        _ => Ok(Redirect::to("/").into_response()),
    }
}

/// What is passed on: it says that it is a test.
fn lure(organization: &str) -> String {
    let label = organization.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let label = if label.is_empty() { "acme" } else { &label };
    format!(
        "TEST {organization}: your schedule has changed. Tap {label}-sso.example to sign in and confirm."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_names_a_host_whatever_the_organization_is_called() {
        assert!(lure("Acme & Co").contains(" acmeco-sso.example "));
        assert!(lure("包裹").contains(" acme-sso.example "));
    }
}
