//! *Check*: a text that is pasted, a picture that is dropped or a phone's export, judged at once;
//! nothing is kept.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use unhook_app::export::{CheckedRow, Export};
use unhook_app::{Service, ServiceError};
use unhook_detect::explain;
use unhook_model::{Assessment, Message, Sender, Verdict};

use crate::console::anatomy::{self, Anatomy, Seen};
use crate::console::frame::{self, Frame, Here};
use crate::console::inert::excerpt;
use crate::console::visit::{Filled, Visit, upload};
use crate::problem::{Kind, Problem};
use crate::settings::{LONGEST_EXPORT, LONGEST_MAIL, LONGEST_TEXT};
use crate::words::VERDICTS;

/// How many of a file's texts are shown, the worst, and how much of each, in characters.
const MOST_ROWS: usize = 100;
const EXCERPT: usize = 140;

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    f: Frame,
    text: String,
    sender: String,
    trouble: Option<String>,
    judged: Option<Judged>,
    export: Option<ExportJudged>,
}

/// What is said of a file of texts.
struct ExportJudged {
    counts: Vec<(&'static str, String, usize)>,
    worst: Vec<ExportRow>,
    unread: usize,
    is_cut: bool,
}

struct ExportRow {
    line: u64,
    verdict: &'static str,
    verdict_word: String,
    says: String,
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
            export: None,
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
    let upload = upload(&visit.shared, request, LONGEST_MAIL).await?;
    match visit.shared.service().read_picture(&upload.bytes).await {
        Ok(read) => {
            let sender = read.sender.as_ref().map(Sender::as_text).unwrap_or_default();
            answer(&visit, read.text, sender).await
        }
        Err(error) => {
            let trouble = Some(error.to_string());
            let page = Page { trouble, ..Page::empty(&visit) };
            Ok(frame::page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Judges all texts of a phone's export.
pub(crate) async fn judge_export(visit: Visit, request: Request) -> Result<Response, Problem> {
    let upload = upload(&visit.shared, request, LONGEST_EXPORT).await?;
    let missing = || Problem::because(Kind::Unavailable, "files of texts are not read here");
    let reader = visit.shared.settings().read_export.clone().ok_or_else(missing)?;
    let busy = |_| Problem::because(Kind::Unavailable, "another file is being judged; try again");
    let permit = visit.shared.exports().try_acquire_owned().map_err(busy)?;
    let judge = move |service: &Service| {
        // As long as the work goes on, whoever asked for it or not.
        let _permit = permit;
        let read = reader(&upload.name, upload.bytes).map(|mut export| {
            let rows = service.check_export(&mut export);
            (export, rows)
        });
        Ok::<_, ServiceError>(read)
    };
    let page = match visit.shared.look_up(judge).await? {
        Ok((export, rows)) => {
            Page { export: Some(judged_export(&visit, &export, &rows)), ..Page::empty(&visit) }
        }
        Err(trouble) => {
            let page = Page { trouble: Some(trouble), ..Page::empty(&visit) };
            return Ok(frame::page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    Ok(frame::ok(&page))
}

/// The worst of a file's texts, and how many there are of each verdict.
fn judged_export(visit: &Visit, export: &Export, rows: &[CheckedRow]) -> ExportJudged {
    let w = visit.words;
    let count = |verdict| rows.iter().filter(|row| row.assessment.verdict == verdict).count();
    let mut worst: Vec<&CheckedRow> =
        rows.iter().filter(|row| row.assessment.verdict > Verdict::Benign).collect();
    worst.sort_by_key(|row| (Reverse(row.assessment.score.hundredths()), row.line));
    let row = |row: &&CheckedRow| ExportRow {
        line: row.line,
        verdict: row.assessment.verdict.name(),
        verdict_word: w.verdict_word(row.assessment.verdict).to_string(),
        says: excerpt(&row.message.body, EXCERPT),
    };
    ExportJudged {
        counts: VERDICTS
            .iter()
            .rev()
            .map(|verdict| (verdict.name(), w.verdict_word(*verdict).to_string(), count(*verdict)))
            .collect(),
        worst: worst.iter().take(MOST_ROWS).map(row).collect(),
        unread: export.unread_count,
        is_cut: export.is_cut,
    }
}
