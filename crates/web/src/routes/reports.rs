//! Reports: texts that people passed on, taken in and shown.
//!
//! Whoever reported stays a pseudonym here, and the number a text was sent to is not shown at
//! all: it is a person's. The text itself is shown as it came, since an analyst must see it.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use unhook_app::service::Report;
use unhook_app::views::ReportFilter;
use unhook_app::{Submission, Taken, Way};
use unhook_model::Verdict;
use utoipa::{IntoParams, ToSchema};

use super::message::{self, Parts, channel_schema};
use super::{AfterQuery, position};
use crate::gate::Caller;
use crate::given::{Given, Params, Segment, bad_request};
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::web::Shared;
use crate::{time, words};

/// A text that somebody passes on.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportRequest {
    /// What it says.
    #[schema(
        max_length = 16384,
        pattern = r"\S",
        example = "USPS: your parcel is held, see usps.com-track.example"
    )]
    text: String,
    /// Who it says it is from: a number, short code, sender id or mail address.
    #[schema(max_length = 256, pattern = r"\S")]
    sender: Option<String>,
    /// The number it was sent to.
    #[schema(pattern = r"^\+?[0-9]{3,15}$", example = "+12015550123")]
    recipient: Option<String>,
    /// When it was received (RFC 3339).
    #[schema(format = "date-time")]
    received_at: Option<String>,
    /// How it travelled; `sms` if nothing is said.
    #[schema(schema_with = channel_schema)]
    channel: Option<String>,
    /// Who passes it on; left out, nobody in particular does.
    reporter: Option<ReporterRequest>,
    /// What the reporter reads; the answer is written in it where it can be.
    #[schema(
        max_length = 35,
        pattern = "^[A-Za-z]{2}([-_][A-Za-z0-9]{1,8}){0,3}$",
        example = "en"
    )]
    language: Option<String>,
}

/// Somebody, by one of these.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a `phone` or a `mail`")]
pub(crate) struct ReporterRequest {
    phone: Option<String>,
    mail: Option<String>,
}

impl ToSchema for ReporterRequest {
    fn name() -> std::borrow::Cow<'static, str> {
        "Reporter".into()
    }
}

impl utoipa::PartialSchema for ReporterRequest {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::from_json(serde_json::json!({
            "description": "Somebody, by one of these",
            "oneOf": [
                {
                    "type": "object", "required": ["phone"], "additionalProperties": false,
                    "properties": { "phone": {
                        "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$",
                        "description": "Their telephone number, with its country code",
                        "example": "+12015550123"
                    } }
                },
                {
                    "type": "object", "required": ["mail"], "additionalProperties": false,
                    "properties": { "mail": {
                        "type": "string", "pattern": "^[^@\\s\\x00-\\x1f\\x7f-\\x9f]{1,64}@[A-Za-z0-9.-]{1,189}$",
                        "description": "Their mail address",
                        "example": "ana@acme.example"
                    } }
                }
            ]
        }))
    }
}

impl ReporterRequest {
    fn read(&self) -> Result<unhook_app::Contact, Problem> {
        match (&self.phone, &self.mail) {
            (Some(phone), None) => message::phone("/reporter/phone", phone),
            (None, Some(mail)) => message::mail("/reporter/mail", mail),
            _ => Err(Problem::value("/reporter", "give `phone` or `mail`, one of them")),
        }
    }
}

impl ReportRequest {
    /// What is submitted. A key is the token's own: two programs may choose the same.
    fn read(self, key: Option<String>, caller: &Caller) -> Result<Submission, Problem> {
        if self.text.trim().is_empty() {
            return Err(Problem::value("/text", "it is empty; give the text that was received"));
        }
        let from = self.reporter.as_ref().map(ReporterRequest::read).transpose()?;
        let language = self.language.as_deref().map(message::language).transpose()?;
        let Self { text, sender, recipient, received_at, channel, .. } = self;
        Ok(Submission {
            key: key.map(|key| format!("{}:{key}", caller.by)),
            way: Way::Api,
            from,
            to: None,
            message: Parts { text, sender, recipient, received_at, channel }.read()?,
            language,
            attachments: Vec::new(),
        })
    }
}

/// What became of a report.
#[derive(Serialize, ToSchema)]
pub(crate) struct TakenBody {
    /// The report; null for a mail that held a command and no text.
    #[schema(format = "uuid")]
    id: Option<String>,
    /// What the detector says of it, or a person ruled.
    #[schema(schema_with = words::optional_verdict)]
    verdict: Option<&'static str>,
    /// What to tell whoever passed it on, in their language.
    answer: Option<String>,
    /// Whether it had come before, by its key.
    is_repeated: bool,
    /// Its position: a read with `after=` this sees it.
    #[schema(pattern = "^[0-9]{1,19}$")]
    position: Option<String>,
}

impl TakenBody {
    /// With its status: 202 for what is new, 200 for what had come before.
    pub(crate) fn of(taken: Taken, verdict: Option<Verdict>) -> (StatusCode, Json<Self>) {
        let status = if taken.is_repeated { StatusCode::OK } else { StatusCode::ACCEPTED };
        let body = Self {
            id: taken.report.map(|id| id.to_string()),
            verdict: verdict.map(Verdict::name),
            answer: taken.answer,
            is_repeated: taken.is_repeated,
            position: taken.position.map(position),
        };
        (status, Json(body))
    }
}

/// Pass a text on.
///
/// It is kept when this answers. The same again with the same `Idempotency-Key` counts once,
/// and gets the same report.
#[utoipa::path(post, path = "/api/v1/reports", tag = "intake",
    operation_id = "take_report", request_body = ReportRequest,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "What makes this the same when it is sent again; a UUID is a good one",
        min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses(
        (status = 202, description = "Taken", body = TakenBody),
        (status = 200, description = "It had come before", body = TakenBody),
    ))]
pub(crate) async fn take(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Given(given): Given<ReportRequest>,
) -> Result<(StatusCode, Json<TakenBody>), Problem> {
    let key = message::idempotency_key(&headers)?;
    submit(&shared, given.read(key, &caller)?).await
}

/// Hands a submission to the use cases, and shows what became of it.
pub(crate) async fn submit(
    shared: &Shared,
    submission: Submission,
) -> Result<(StatusCode, Json<TakenBody>), Problem> {
    let taken = shared.service().take(submission).await?;
    let verdict = taken.verdict;
    Ok(TakenBody::of(taken, verdict))
}

/// A report.
#[derive(Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// When it came in.
    #[schema(format = "date-time")]
    at: String,
    /// By which way.
    #[schema(schema_with = words::way)]
    way: &'static str,
    /// How the text had travelled.
    #[schema(schema_with = words::channel)]
    channel: &'static str,
    /// The verdict as it stands.
    #[schema(schema_with = words::verdict)]
    verdict: &'static str,
    /// Log-odds, in nats, to two decimals.
    score: f64,
    /// What kind of scam.
    kind: Option<String>,
    /// The signals that fired, heaviest first.
    signals: Vec<String>,
    /// The campaign that it belongs to.
    #[schema(format = "uuid")]
    campaign: Option<String>,
    /// Who reported it, by pseudonym; null for somebody who is not enrolled.
    #[schema(format = "uuid")]
    reporter: Option<String>,
    /// What its answer is written in.
    language: String,
    /// What the reporter was told last.
    answered: AnsweredBody,
    /// The text and what was seen in it; left out of lists, null when its owner was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Option<ContentBody>>,
}

/// What a reporter was told.
#[derive(Serialize, ToSchema)]
#[schema(as = Answered)]
pub(crate) struct AnsweredBody {
    /// The verdict.
    #[schema(schema_with = words::verdict)]
    verdict: &'static str,
    /// Whether the security team stands behind it.
    is_ruled: bool,
    /// When.
    #[schema(format = "date-time")]
    at: String,
}

/// A text and what was seen in it.
#[derive(Serialize, ToSchema)]
#[schema(as = Content)]
pub(crate) struct ContentBody {
    /// What it says, as it came: hostile, never to be shown as a live link.
    text: String,
    /// Who it says it is from.
    sender: Option<String>,
    /// When the phone had received it.
    #[schema(format = "date-time")]
    received_at: Option<String>,
    /// What was seen, heaviest first.
    evidence: Vec<SeenBody>,
    /// What it asks its reader to use, defanged.
    links: Vec<String>,
}

/// One signal that fired, as it was explained then.
#[derive(Serialize, ToSchema)]
#[schema(as = Seen)]
pub(crate) struct SeenBody {
    /// Its id.
    signal: String,
    /// In nats, to two decimals.
    weight: f64,
    /// What it saw, in a sentence.
    reason: String,
    /// Bytes of the text, from and up to; null for the text as a whole.
    #[schema(schema_with = words::optional_span)]
    span: Option<[u32; 2]>,
}

impl ReportBody {
    /// Without its text, as lists have it.
    pub(crate) fn in_short(report: &Report) -> Self {
        let row = &report.row;
        Self {
            id: row.report.to_string(),
            at: time::write(row.at),
            way: row.way.name(),
            channel: words::channel_name(row.channel),
            verdict: row.judged.verdict.name(),
            score: f64::from(row.judged.score) / 100.0,
            kind: row.judged.kind.clone(),
            signals: row.judged.signals.clone(),
            campaign: report.campaign.map(|id| id.to_string()),
            reporter: row.reporter.map(|id| id.to_string()),
            language: row.language.to_string(),
            answered: AnsweredBody {
                verdict: row.answered.verdict.name(),
                is_ruled: row.answered.is_ruled,
                at: time::write(row.answered.at),
            },
            content: None,
        }
    }

    pub(crate) fn in_full(report: Report) -> Self {
        let short = Self::in_short(&report);
        Self { content: Some(report.content.map(ContentBody::of)), ..short }
    }
}

impl ContentBody {
    fn of(content: unhook_app::record::Content) -> Self {
        let received_at = content.received_at.map(unhook_model::Timestamp::from_unix_ms);
        let evidence = content.evidence.into_iter().map(|seen| SeenBody {
            signal: seen.signal,
            weight: f64::from(seen.weight) / 100.0,
            reason: seen.reason,
            span: seen.span.map(|(start, end)| [start, end]),
        });
        Self {
            text: content.body,
            sender: content.sender,
            received_at: received_at.map(time::write),
            evidence: evidence.collect(),
            links: content.links,
        }
    }
}

/// One report.
#[utoipa::path(get, path = "/api/v1/reports/{id}", tag = "reports",
    operation_id = "show_report",
    params(("id" = String, Path, format = "uuid", description = "The report"), AfterQuery),
    responses((status = 200, description = "The report, with its text", body = ReportBody)))]
pub(crate) async fn show(
    State(shared): State<Shared>,
    Segment(id): Segment<unhook_model::ReportId>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<ReportBody>, Problem> {
    let report = shared.look_up(move |service| service.report(id)).await?;
    let report = report.ok_or_else(|| Problem::not_found("report"))?;
    Ok(Json(ReportBody::in_full(report)))
}

/// Which reports.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportsQuery {
    /// Only those with this verdict.
    #[param(schema_with = words::verdict)]
    verdict: Option<String>,
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

/// One page of reports.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportsPage {
    /// Newest first, without their texts.
    items: Vec<ReportBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// Reports, newest first.
#[utoipa::path(get, path = "/api/v1/reports", tag = "reports",
    operation_id = "list_reports", params(ReportsQuery),
    responses((status = 200, description = "One page", body = ReportsPage)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<ReportsQuery>,
) -> Result<Json<ReportsPage>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let verdict = query.verdict.as_deref().map(verdict).transpose()?;
    let filter =
        ReportFilter { verdict, before: cursor(query.cursor.as_deref())?, limit: limit + 1 };
    let found = shared.look_up(move |service| service.reports(&filter)).await?;
    let Page { items, next } =
        Page::of(found, limit, |report| report.row.report, ReportBody::in_short);
    Ok(Json(ReportsPage { items, next }))
}

fn verdict(name: &str) -> Result<Verdict, Problem> {
    let known = words::VERDICTS.map(Verdict::name);
    words::verdict_named(name)
        .ok_or_else(|| bad_request(&format!("`verdict` is one of {}", words::listed(known))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;
    use unhook_app::Contact;
    use unhook_model::PhoneNumber;

    fn read(body: &str, key: Option<&str>) -> Result<Submission, Problem> {
        let given: ReportRequest = crate::given::json(body.as_bytes())?;
        given.read(key.map(str::to_owned), &fakes::caller())
    }

    #[test]
    fn what_is_passed_on_is_submitted() {
        let body =
            r#"{"text": "hello", "reporter": {"phone": "+12015550123"}, "language": "de-AT"}"#;
        let submission = read(body, Some("k-1")).unwrap();
        assert_eq!(submission.way, Way::Api);
        let phone = PhoneNumber::parse("+12015550123").map(Contact::Phone);
        assert_eq!(submission.from, phone);
        assert_eq!(submission.language.map(|l| l.to_string()).as_deref(), Some("de"));
        let key = format!("{}:k-1", fakes::caller().by);
        assert_eq!(submission.key, Some(key), "another token's k-1 is another key");
    }

    #[test]
    fn a_reporter_is_named_in_one_way() {
        for reporter in ["{}", r#"{"phone": "+12015550123", "mail": "ana@acme.example"}"#] {
            let problem = read(&format!(r#"{{"text": "a", "reporter": {reporter}}}"#), None);
            let detail = problem.unwrap_err().detail().unwrap_or_default().to_owned();
            assert_eq!(detail, "`reporter`: give `phone` or `mail`, one of them");
        }
        assert!(read(r#"{"text": "a", "reporter": {"phone": "0201"}}"#, None).is_err());
        assert!(read(r#"{"text": " \n"}"#, None).is_err());
    }

    #[test]
    fn a_report_is_shown_without_anybodys_name_or_number() {
        let report = fakes::report();
        let short = serde_json::to_string_pretty(&ReportBody::in_short(&report)).unwrap();
        let full = serde_json::to_string_pretty(&ReportBody::in_full(report.clone())).unwrap();
        let erased = ReportBody::in_full(Report { content: None, ..report });
        assert!(serde_json::to_string(&erased).unwrap().ends_with(r#""content":null}"#));
        assert!(!full.contains("+12015550199"), "the recipient is a person");
        insta::assert_snapshot!(format!("{short}\n{full}"));
    }

    #[test]
    fn what_had_come_before_is_told_by_its_status() {
        let taken = |is_repeated| Taken {
            report: None,
            verdict: None,
            is_repeated,
            answer: Some("Nothing found.".to_owned()),
            position: Some(unhook_app::journal::Position::from_raw(u64::MAX)),
        };
        let (status, Json(body)) = TakenBody::of(taken(false), Some(Verdict::Benign));
        assert_eq!(status, StatusCode::ACCEPTED);
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"id":null,"verdict":"benign","answer":"Nothing found.","is_repeated":false,"position":"18446744073709551615"}"#
        );
        assert_eq!(TakenBody::of(taken(true), None).0, StatusCode::OK);
    }
}
