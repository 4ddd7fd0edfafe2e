//! *Now*: what comes in, which campaigns are open, what waits for a person, and whether everything
//! works. It stays live.

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use unhook_app::ServiceError;
use unhook_app::service::{CampaignHead, Connector, Overview, Report};
use unhook_app::views::{Attention, ReportFilter};
use unhook_detect::explain::defang;

use crate::console::campaign_card::{self, Card};
use crate::console::charts;
use crate::console::frame::{self, Frame, Here};
use crate::console::line::Line;
use crate::console::moments::{self, Moment};
use crate::console::visit::Visit;
use crate::console::words::{Text, Words};
use crate::problem::Problem;

/// How many campaigns and texts are shown.
const MOST_CAMPAIGNS: usize = 12;
const MOST_TEXTS: usize = 25;

#[derive(Template)]
#[template(path = "now.html")]
struct Now {
    f: Frame,
    today: u32,
    hours: String,
    answered_in: String,
    trend: String,
    open: usize,
    cards: Vec<Card>,
    attention: Vec<Matter>,
    texts: Vec<Line>,
    health: Vec<Part>,
    is_new: bool,
}

/// Something that waits.
struct Matter {
    matter: String,
    says: String,
    since: Moment,
    count: u64,
    report: Option<String>,
}

/// A part of the service and how it is.
struct Part {
    name: String,
    class: &'static str,
    says: String,
}

struct Found {
    overview: Arc<Overview>,
    campaigns: Vec<CampaignHead>,
    attention: Vec<Attention>,
    texts: Vec<Report>,
    connectors: Vec<Connector>,
    people: usize,
}

pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let found = visit
        .shared
        .look_up(|service| {
            let filter = ReportFilter { verdict: None, before: None, limit: MOST_TEXTS };
            let texts = service.reports(&filter)?.into_iter();
            let texts = texts.filter_map(|text| service.report(text.row.report).transpose());
            Ok::<_, ServiceError>(Found {
                texts: texts.collect::<Result<_, _>>()?,
                overview: service.overview()?,
                campaigns: service.urgent_campaigns(MOST_CAMPAIGNS)?,
                attention: service.attention()?,
                connectors: service.connectors()?,
                people: service.people().enrolled_count()?,
            })
        })
        .await?;
    Ok(frame::ok(&page(&visit, found)))
}

fn page(visit: &Visit, found: Found) -> Now {
    let f = visit.frame(Here::Now, &visit.words.nav.now);
    let (w, now) = (visit.words, visit.shared.service().now());
    let Found { overview, campaigns, attention, texts, connectors, people } = found;
    let is_begun = people == 0 || visit.shared.service().organization().is_empty();
    let today: u32 = overview.hours.iter().flatten().sum();
    let medians = overview.days.map(|day| day.median.map(|median| median.as_secs_f64()));
    let answered_in = overview.days.last().and_then(|day| day.median);
    Now {
        today,
        hours: charts::hours(&overview.hours, &w.now.hours_title.of(today)),
        answered_in: answered_in.map_or_else(|| "–".to_owned(), moments::short),
        trend: charts::trend(&medians, w.now.trend_title.as_str()),
        open: overview.open_campaigns,
        cards: campaigns.iter().map(|head| campaign_card::card(w, head, now)).collect(),
        attention: attention.into_iter().map(|matter| Matter::of(visit, matter)).collect(),
        texts: texts.iter().map(|text| Line::of(w, text, now)).collect(),
        health: health(visit, &overview, &connectors),
        is_new: is_begun || overview.ways.is_empty(),
        f,
    }
}

impl Matter {
    fn of(visit: &Visit, matter: Attention) -> Self {
        let (w, now) = (visit.words, visit.shared.service().now());
        // What an outcome is of stands behind a colon.
        let (kind, about) = matter.matter.split_once(':').unwrap_or((&matter.matter, ""));
        let says = match kind {
            "warning-typed" => w.now.warning_typed.with(defang(about)),
            "warning-mistake" => w.now.warning_mistake.with(defang(about)),
            _ => Self::simply(w, kind).to_string(),
        };
        Self {
            says,
            since: moments::moment(w, matter.since, now),
            count: matter.count,
            report: matter.report.map(|id| id.to_string()),
            matter: matter.matter,
        }
    }

    fn simply<'w>(w: &'w Words, kind: &str) -> &'w Text {
        match kind {
            "stranger-campaign" => &w.now.stranger_campaign,
            "stranger-statements" => &w.now.stranger_statements,
            "harmless-burst" => &w.now.harmless_burst,
            "outcome-unknown" => &w.now.outcome_unknown,
            "action-asked" => &w.now.action_asked,
            _ => &w.now.something_else,
        }
    }
}

fn health(visit: &Visit, overview: &Overview, connectors: &[Connector]) -> Vec<Part> {
    let (w, service) = (visit.words, visit.shared.service());
    let now = service.now();
    let ours = |class, says| Part { name: w.now.service.to_string(), class, says };
    let troubles = service.health().troubles;
    let mut parts: Vec<Part> = troubles.into_iter().map(|says| ours("malicious", says)).collect();
    if parts.is_empty() {
        parts.push(ours("good", w.now.in_order.to_string()));
    }
    parts.extend(overview.ways.iter().map(|(way, last)| Part {
        name: w.way_word(*way).to_string(),
        class: "good",
        says: w.now.last_text.with(moments::moment(w, *last, now).says),
    }));
    parts.extend(connectors.iter().map(|connector| {
        let (class, says) = moments::connector(w, connector, now);
        Part { name: connector.name.clone(), class, says }
    }));
    parts
}

/// Somebody looked at what waited.
pub(crate) async fn review(visit: Visit, Path(matter): Path<String>) -> Result<Response, Problem> {
    let position = visit.shared.service().review(&matter, visit.by()).await?;
    visit.shared.note(visit.by(), "attention-reviewed", &matter, None).await;
    Ok(visit.on_to("/", position).await)
}
