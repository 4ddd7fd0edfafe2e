//! *First steps*: from an empty installation to the first real report.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::{Submission, Way};
use unhook_model::Message;

use crate::console::frame::{self, Frame, Here};
use crate::console::visit::Visit;
use crate::problem::Problem;

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
            let people = service.people().enrolled()?.len();
            Ok::<_, unhook_app::ServiceError>((service.overview()?, people))
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

/// A text such as attackers write, to a name that cannot exist, so that everybody sees what
/// happens then.
pub(crate) async fn test(visit: Visit) -> Result<Response, Problem> {
    let name = visit.shared.service().organization();
    let label: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let text = format!(
        "TEST {name}: your schedule has changed. Tap {label}-sso.example to sign in and confirm."
    );
    let submission = Submission {
        key: None,
        way: Way::Api,
        from: None,
        to: None,
        message: Message::from_body(text),
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
