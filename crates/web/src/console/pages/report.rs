//! One text: what it says, why it was judged so, and what somebody rules of it.

use askama::Template;
use axum::response::Response;
use unhook_app::service::RulingRequest;
use unhook_model::ReportId;

use super::campaign::{noted, pseudonym, ruling};
use crate::console::anatomy::{self, Anatomy, Seen};
use crate::console::frame::{self, Frame, Here};
use crate::console::inert::inert;
use crate::console::moments::exact;
use crate::console::visit::{Filled, Visit};
use crate::given::Segment;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    f: Frame,
    id: String,
    verdict: &'static str,
    verdict_word: String,
    kind: Option<String>,
    at: String,
    way: String,
    sender: Option<String>,
    reporter: Option<String>,
    campaign: Option<String>,
    judge: String,
    links: Vec<String>,
    attachments: Vec<String>,
    told: String,
    anatomy: Option<Anatomy>,
}

pub(crate) async fn show(
    visit: Visit,
    Segment(report): Segment<ReportId>,
) -> Result<Response, Problem> {
    let found = visit.shared.look_up(move |service| service.report(report)).await?;
    let report = found.ok_or_else(|| Problem::not_found("report"))?;
    let (w, row) = (visit.words, &report.row);
    let content = report.content.as_ref();
    let told = w.verdict_word(row.answered.verdict);
    let page = Page {
        f: visit.frame(Here::Elsewhere, &w.report.title),
        id: row.report.to_string(),
        verdict: row.judged.verdict.name(),
        verdict_word: w.verdict_word(row.judged.verdict).to_string(),
        kind: anatomy::kind(w, row.judged.kind.as_deref()),
        at: exact(row.at),
        way: w.way_word(row.way).to_string(),
        sender: content.and_then(|content| content.sender.as_deref()).map(inert),
        reporter: row.reporter.map(|person| pseudonym(&person.to_string())),
        campaign: report.campaign.map(|id| id.to_string()),
        judge: row.judged.by.clone(),
        links: content.map(|content| content.links.clone()).unwrap_or_default(),
        attachments: content
            .map(|content| content.attachments.iter().map(|a| inert(&a.name)).collect())
            .unwrap_or_default(),
        told: w.report.told.with_both(told, exact(row.answered.at)),
        anatomy: content.map(|content| {
            let seen: Vec<Seen<'_>> = content.evidence.iter().map(Seen::kept).collect();
            Anatomy::of(&content.body, &seen)
        }),
    };
    Ok(frame::ok(&page))
}

pub(crate) async fn rule(
    visit: Visit,
    Segment(report): Segment<ReportId>,
    form: Filled,
) -> Result<Response, Problem> {
    let ruling = ruling(&form)?;
    let request = RulingRequest::Report(report, ruling);
    let position = visit.shared.service().rule(request, visit.by()).await?;
    visit.shared.note(visit.by(), noted(ruling), report, None).await;
    Ok(visit.on_to(&format!("/reports/{report}"), position).await)
}
