//! Logs of resolvers, identity providers, applications, and of who had which address.
//!
//! What is kept of them is how far campaigns got, and nothing else.

use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use unhook_app::ledger::{LogKind, ReadLog};
use unhook_app::service::Joined;
use utoipa::ToSchema;

use crate::given::{FromSegment, Segment, bad_request, bytes, one_media_type};
use crate::problem::Problem;
use crate::settings::LONGEST_LOG;
use crate::web::Shared;
use crate::words;

/// What became of a log.
#[derive(Serialize, ToSchema)]
#[schema(as = LogTaken)]
pub(crate) struct LogBody {
    /// How many lines said something.
    #[schema(minimum = 0)]
    read: usize,
    /// How many lines are of no concern: other events, comments.
    #[schema(minimum = 0)]
    passed_over: usize,
    /// How many lines could not be read.
    #[schema(minimum = 0)]
    unread: usize,
    /// The first of those.
    problems: Vec<LineProblem>,
    /// How many lines belong to a campaign, or may.
    #[schema(minimum = 0)]
    joined: usize,
    /// How many steps on the ladder of a campaign are new, or known better.
    #[schema(minimum = 0)]
    exposed: usize,
    /// How many were taken back: the log says that it was somebody else.
    #[schema(minimum = 0)]
    withdrawn: usize,
}

/// A line that could not be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineProblem {
    /// Its number, from 1.
    #[schema(minimum = 1)]
    line: usize,
    /// What is wrong.
    problem: String,
}

impl FromSegment for LogKind {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        let known = Self::ALL.map(|(_, name)| name);
        let say = || bad_request(&format!("a kind of log is one of {}", words::listed(known)));
        Self::from_name(text).ok_or_else(say)
    }
}

/// Hand a log in, or a part of one, in whole lines.
///
/// Lines may come late, twice and in any order.
#[utoipa::path(post, path = "/api/v1/logs/{kind}", tag = "logs", operation_id = "take_log",
    params(("kind" = String, Path, description = "Whose log it is: `unbound`, `bind`, `coredns`, \
        `zeek`, `json`, `okta`, `entra`, `google`, `audit`, `dhcp`, `radius`, `vpn` or `mdm`")),
    request_body(content = String, content_type = "text/plain",
        description = "Whole lines, of at most 32 MiB"),
    responses((status = 200, description = "It is joined", body = LogBody)))]
pub(crate) async fn take(
    State(shared): State<Shared>,
    Segment(kind): Segment<LogKind>,
    request: Request,
) -> Result<Json<LogBody>, Problem> {
    one_media_type(request.headers(), &["text/plain", "application/x-ndjson", "application/json"])?;
    let Some(reader) = shared.settings().read_log.clone() else {
        return Err(Problem::not_found("reader of logs"));
    };
    let log = bytes(request, LONGEST_LOG, shared.settings().bounds.body_time).await?;
    let read = shared.look_up(move |service| {
        let read = reader.read(kind, &log, service.now());
        read.map_err(|why| Problem::value("", why))
    });
    let ReadLog { observed, read, passed_over, unread, problems } = read.await?;
    let Joined { joined, exposed, withdrawn } = shared.service().take_logs(observed).await?;
    let problems = problems.into_iter().map(|(line, problem)| LineProblem { line, problem });
    let problems = problems.collect();
    Ok(Json(LogBody { read, passed_over, unread, problems, joined, exposed, withdrawn }))
}
