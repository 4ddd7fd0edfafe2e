//! *Campaigns*: all of them, the one with the newest text first, by how far they are.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use unhook_engine::Stage;
use unhook_model::{CampaignId, Timestamp};

use crate::console::campaign_card::{self, Card};
use crate::console::frame::{self, Frame, Here};
use crate::console::visit::Visit;
use crate::given::{bad_request, id};
use crate::problem::Problem;
use crate::words::{STAGES, stage_named};

/// How many a page shows.
const MOST: usize = 30;

#[derive(serde::Deserialize)]
pub(crate) struct Chosen {
    stage: Option<String>,
    /// Where the page before ended: milliseconds and an id.
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "campaigns.html")]
struct Campaigns {
    f: Frame,
    tabs: Vec<Tab>,
    cards: Vec<Card>,
    next: Option<String>,
}

struct Tab {
    path: String,
    name: String,
    is_here: bool,
}

pub(crate) async fn show(visit: Visit, Query(chosen): Query<Chosen>) -> Result<Response, Problem> {
    let stage = chosen.stage.as_deref().filter(|name| !name.is_empty());
    let wrong = || bad_request("there is no such stage");
    let stage = stage.map(|name| stage_named(name).ok_or_else(wrong)).transpose()?;
    let before = chosen.before.as_deref().map(cursor).transpose()?;
    let look = move |service: &unhook_app::Service| service.campaign_heads(stage, before, MOST + 1);
    let mut heads = visit.shared.look_up(look).await?;
    let has_more = heads.len() > MOST;
    heads.truncate(MOST);
    let next = heads.last().filter(|_| has_more).map(|head| {
        let stage = stage.map_or("", Stage::name);
        let (at, id) = (head.summary.last_at.unix_ms(), head.summary.id);
        format!("/campaigns?stage={stage}&before={at}.{id}")
    });
    let (w, now) = (visit.words, visit.shared.service().now());
    Ok(frame::ok(&Campaigns {
        tabs: tabs(&visit, stage),
        cards: heads.iter().map(|head| campaign_card::card(w, head, now)).collect(),
        next,
        f: visit.frame(Here::Campaigns, &w.nav.campaigns),
    }))
}

fn tabs(visit: &Visit, here: Option<Stage>) -> Vec<Tab> {
    let tab = |stage: Option<Stage>| Tab {
        path: stage.map_or("/campaigns".to_owned(), |s| format!("/campaigns?stage={}", s.name())),
        name: stage.map_or(&visit.words.campaign.all, |s| visit.words.stage_word(s)).to_string(),
        is_here: stage == here,
    };
    std::iter::once(None).chain(STAGES.map(Some)).map(tab).collect()
}

fn cursor(text: &str) -> Result<(Timestamp, CampaignId), Problem> {
    let read = text.split_once('.').and_then(|(at, campaign)| {
        Some((Timestamp::from_unix_ms(at.parse().ok()?), id(campaign)?))
    });
    read.ok_or_else(|| bad_request("begin at the first page again"))
}
