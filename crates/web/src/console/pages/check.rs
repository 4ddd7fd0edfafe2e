//! *Check*: a text that is pasted, a picture that is dropped or a phone's export, judged at once;
//! nothing is kept.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use unhook_detect::explain;
use unhook_model::{Assessment, Message, Sender};

use crate::console::anatomy::{self, Anatomy, Seen};
use crate::console::frame::{self, Frame, Here};
use crate::console::visit::{Filled, Visit};
use crate::problem::{Kind, Problem};
use crate::settings::LONGEST_TEXT;

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    f: Frame,
    text: String,
    sender: String,
    trouble: Option<String>,
    judged: Option<Judged>,
}

struct Judged {
    verdict: &'static str,
    verdict_word: String,
    kind: Option<String>,
    probability: String,
    advice: &'static str,
    notes: Vec<String>,
    anatomy: Anatomy,
}

impl Page {
    fn empty(visit: &Visit) -> Self {
        Self {
            f: visit.frame(Here::Check, &visit.words.nav.check),
            text: String::new(),
            sender: String::new(),
            trouble: None,
            judged: None,
        }
    }
}

pub(crate) async fn show(visit: Visit) -> Response {
    frame::ok(&Page::empty(&visit))
}

pub(crate) async fn judge(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let (text, sender) = (form.text("text").to_owned(), form.text("sender").to_owned());
    answer(&visit, text, sender).await
}

/// The page with what was judged, or with what is wrong with it.
async fn answer(visit: &Visit, text: String, sender: String) -> Result<Response, Problem> {
    let mut page = Page { text, sender, ..Page::empty(visit) };
    let is_text = !page.text.trim().is_empty() && page.text.chars().count() <= LONGEST_TEXT;
    if !is_text {
        page.trouble = Some(visit.words.check.no_text.to_string());
        return Ok(frame::page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let sender = Sender::parse(&page.sender);
    let message = Message { sender, ..Message::from_body(page.text.as_str()) };
    let assessment = visit.shared.look_up(move |service| service.check(&message)).await?;
    page.judged = Some(judged(visit, &page.text, &assessment));
    Ok(frame::ok(&page))
}

fn judged(visit: &Visit, text: &str, assessment: &Assessment) -> Judged {
    let reasons: Vec<_> = assessment.evidence.iter().map(|one| one.reason.to_string()).collect();
    let seen = assessment.evidence.iter().zip(&reasons).map(|(one, reason)| Seen {
        signal: one.signal.as_str(),
        weight: one.weight.hundredths(),
        reason,
        span: one.span.map(|span| (span.start, span.end)),
    });
    let seen: Vec<_> = seen.collect();
    Judged {
        verdict: assessment.verdict.name(),
        verdict_word: visit.words.verdict_word(assessment.verdict).to_string(),
        kind: anatomy::kind(visit.words, assessment.kind.map(unhook_model::ScamKind::name)),
        probability: format!("{:.0} %", assessment.probability.value() * 100.0),
        advice: explain::advice(assessment),
        notes: assessment.notes.iter().map(ToString::to_string).collect(),
        anatomy: Anatomy::of(text, &seen),
    }
}

/// Reads the text of a picture and judges it.
pub(crate) async fn judge_picture(visit: Visit, request: Request) -> Result<Response, Problem> {
    let _ = (visit, request);
    Err(Problem::because(Kind::Unavailable, "no reader of pictures is installed"))
}

/// Judges all texts of a phone's export.
pub(crate) async fn judge_export(visit: Visit, request: Request) -> Result<Response, Problem> {
    let _ = (visit, request);
    Err(Problem::because(Kind::Unavailable, "exports cannot be read here"))
}
