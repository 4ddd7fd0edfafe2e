//! One campaign: what it is, how it went, whom it reached, why it hangs together, and what can be
//! done about it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::service::{
    Audience, CampaignHead, CampaignText, Climb, Dossier, EvictRequest, Ladder, MOST_SHOWN,
    NoticeDraft, Reached, Regrouping, RulingRequest, TieView,
};
use unhook_app::{Contact, Scope, Service};
use unhook_engine::response::{Asked, Deed};
use unhook_engine::{Ruling, TieNumber};
use unhook_model::{CampaignId, PersonId, ReportId, Timestamp};

use super::protection;
use crate::console::action_line::ActionLine;
use crate::console::actors;
use crate::console::anatomy::{Anatomy, Seen};
use crate::console::campaign_card;
use crate::console::charts::{Graph, Timeline};
use crate::console::frame::{self, Frame, Here};
use crate::console::inert::{excerpt, inert};
use crate::console::ladder::{self, RungLine};
use crate::console::line::Line;
use crate::console::moments::{Moment, clock, exact, moment};
use crate::console::visit::{Filled, Visit};
use crate::console::words::Words;
use crate::given::{Segment, bad_request, id, number};
use crate::problem::{Kind, Problem};
use crate::words::{RULINGS, audience_named};

/// How many other campaigns are offered to merge with.
const MOST_OTHERS: usize = 20;

/// How many texts, people and ties the page has at first.
const AT_FIRST: usize = 40;

/// How much of a text a wording shows, in characters.
const EXCERPT: usize = 90;

#[derive(Template)]
#[template(path = "campaign.html")]
struct Page {
    f: Frame,
    id: String,
    verdict: &'static str,
    verdict_word: String,
    stage: String,
    ruled: Option<String>,
    is_seen: bool,
    counts: String,
    first: String,
    last: Moment,
    timeline: String,
    slots: Vec<(String, u32)>,
    anatomy: Option<Anatomy>,
    wordings: Vec<Wording>,
    graph: String,
    rungs: Vec<RungLine>,
    /// Who moved when, as a picture; empty where nobody was seen.
    climbs: String,
    /// Steps of addresses that nobody is known to have had.
    unknown: usize,
    /// How many customers of the notification list are open, if it has any.
    open_customers: Option<String>,
    people: Vec<Person>,
    people_count: usize,
    ties_count: usize,
    ties: Vec<Tie>,
    texts: Vec<Line>,
    /// Whether there are more texts, people or ties than the page has at first.
    has_more: bool,
    others: Vec<(String, String)>,
    history: Vec<Event>,
    notice: Option<NoticeDraft>,
    /// What was proposed, the newest first.
    actions: Vec<ActionLine>,
    /// Where forms lead back to.
    back: String,
}

struct Wording {
    report: String,
    says: String,
    count: usize,
}

struct Person {
    id: String,
    short: String,
    texts: usize,
    /// What a step is, a class of the sheet, and when.
    steps: Vec<(String, &'static str, String)>,
}

struct Tie {
    number: u32,
    because: String,
    one: String,
    other: String,
    stands: bool,
}

struct Event {
    at: String,
    says: String,
    by: Option<String>,
    reason: Option<String>,
}

struct Found {
    dossier: Dossier,
    ladder: Ladder,
    open_customers: Option<usize>,
    others: Vec<CampaignHead>,
    notice: Option<NoticeDraft>,
    names: BTreeMap<PersonId, String>,
}

/// How much of it.
#[derive(serde::Deserialize)]
pub(crate) struct Chosen {
    all: Option<String>,
}

pub(crate) async fn show(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let may_send = visit.may(Scope::Approve);
    let found = visit
        .shared
        .look_up(move |service| {
            let Some(dossier) = service.dossier(campaign)? else { return Ok(None) };
            let Some(ladder) = service.exposure(campaign)? else { return Ok(None) };
            let list = service.notifications(campaign);
            let list = list.filter(|list| !list.customers.is_empty());
            let open_customers = list.map(|list| list.open_count);
            let others = service.urgent_campaigns(MOST_OTHERS)?;
            let notice = may_send.then(|| service.draft_notice(campaign)).transpose()?;
            let names = actors::names(service)?;
            Ok::<_, unhook_app::ServiceError>(Some(Found {
                dossier,
                ladder,
                open_customers,
                others,
                notice,
                names,
            }))
        })
        .await?;
    let found = found.ok_or_else(|| Problem::not_found("campaign"))?;
    let most = if chosen.all.is_some() { MOST_SHOWN } else { AT_FIRST };
    Ok(frame::ok(&page(&visit, found, most)))
}

fn page(visit: &Visit, found: Found, most: usize) -> Page {
    let (w, now) = (visit.words, visit.shared.service().now());
    let Found { dossier, ladder, open_customers, others, notice, names } = found;
    let summary = &dossier.detail.summary;
    let verdict = campaign_card::standing_verdict(&dossier.head);
    let timeline = Timeline::of(&dossier.times);
    let counts = w.campaign.texts.of(summary.message_count);
    let reporters = w.campaign.reporters.of(summary.reporter_count);
    Page {
        f: visit.frame(Here::Campaigns, campaign_card::sentence(w, &dossier.head)),
        id: summary.id.to_string(),
        verdict: verdict.name(),
        verdict_word: w.verdict_word(verdict).to_string(),
        stage: w.stage_word(summary.stage).to_string(),
        ruled: summary.ruling.map(|ruling| w.ruling_word(ruling).to_string()),
        is_seen: summary.acknowledged_at.is_some(),
        counts: format!("{counts} · {reporters}"),
        first: exact(summary.first_at),
        last: moment(w, summary.last_at, now),
        timeline: timeline.as_ref().map(|all| draw(w, all)).unwrap_or_default(),
        slots: timeline.iter().flat_map(Timeline::filled).map(slot).collect(),
        anatomy: anatomy(&dossier.texts),
        wordings: wordings(&dossier.texts),
        graph: graph(w, &dossier.texts),
        rungs: ladder::rungs(w, &ladder),
        climbs: ladder::climbs(w, &ladder),
        unknown: ladder.unknown.len(),
        open_customers: open_customers.map(|open| w.notifications.open_count.of(open)),
        people: people(w, &ladder, &dossier.people, most),
        people_count: ladder.count,
        ties_count: dossier.detail.ties.len(),
        ties: dossier.detail.ties.iter().take(most).map(|tie| Tie::of(w, tie)).collect(),
        texts: dossier.texts.iter().take(most).map(|text| Line::of(w, &text.report, now)).collect(),
        has_more: most
            < dossier.texts.len().max(ladder.people.len()).max(dossier.detail.ties.len()),
        others: others_of(w, &others, summary.id),
        history: history(w, &dossier, &names),
        notice,
        actions: actions(visit, summary.id),
        back: path(summary.id),
    }
}

fn actions(visit: &Visit, campaign: CampaignId) -> Vec<ActionLine> {
    let service = visit.shared.service();
    let is_blocked = |deed: &Deed| protection::is_blocked(service, deed);
    let line = |asked: &Asked| ActionLine::of(visit.words, asked, is_blocked, service.now());
    service.actions_about(campaign).iter().take(AT_FIRST).map(line).collect()
}

fn draw(w: &Words, timeline: &Timeline) -> String {
    let days = |at: usize| timeline.begins(at).unix_ms().div_euclid(24 * 60 * 60 * 1_000);
    let is_long = days(0) != days(timeline.counts.len() - 1);
    let title = w.campaign.timeline_title.of(timeline.counts.iter().sum::<u32>());
    timeline.draw(&title, |at| if is_long { exact(at) } else { clock(at) })
}

fn slot((at, count): (Timestamp, u32)) -> (String, u32) {
    (exact(at), count)
}

/// The text that most of them say, as it was first reported.
fn anatomy(texts: &[CampaignText]) -> Option<Anatomy> {
    let count = |wording: ReportId| texts.iter().filter(|text| text.wording == wording).count();
    let readable = texts.iter().filter(|text| text.report.content.is_some());
    let most = readable.rev().max_by_key(|text| count(text.wording))?;
    let content = most.report.content.as_ref()?;
    let seen: Vec<Seen<'_>> = content.evidence.iter().map(Seen::kept).collect();
    Some(Anatomy::of(&content.body, &seen))
}

fn wordings(texts: &[CampaignText]) -> Vec<Wording> {
    let mut wordings: Vec<(ReportId, Wording)> = Vec::new();
    for text in texts {
        let known = wordings.iter_mut().find(|(wording, _)| *wording == text.wording);
        if let Some((_, wording)) = known {
            wording.count += 1;
        } else if let Some(content) = &text.report.content {
            let report = text.report.row.report.to_string();
            let says = excerpt(&content.body, EXCERPT);
            wordings.push((text.wording, Wording { report, says, count: 1 }));
        }
    }
    let mut wordings: Vec<Wording> = wordings.into_iter().map(|(_, wording)| wording).collect();
    wordings.sort_by_key(|wording| std::cmp::Reverse(wording.count));
    wordings
}

fn graph(w: &Words, texts: &[CampaignText]) -> String {
    let mut graph = Graph::default();
    for text in texts {
        let Some(content) = &text.report.content else { continue };
        let first = texts.iter().find(|first| first.report.row.report == text.wording);
        let says = first.and_then(|first| first.report.content.as_ref()).unwrap_or(content);
        graph.add(content.sender.as_deref(), &says.body, &text.domains);
    }
    let headings = [&w.campaign.senders, &w.campaign.wordings, &w.campaign.domains];
    graph.draw(w.campaign.graph_title.as_str(), headings.map(|heading| heading.as_str()), |more| {
        w.campaign.and_more.of(more)
    })
}

fn people(w: &Words, ladder: &Ladder, reached: &[Reached], most: usize) -> Vec<Person> {
    let texts: BTreeMap<PersonId, usize> =
        reached.iter().map(|one| (one.person, one.texts)).collect();
    let person = |climb: &Climb| {
        let texts = texts.get(&climb.person).copied().unwrap_or_default();
        Person::of(w, climb, texts)
    };
    ladder.people.iter().take(most).map(person).collect()
}

impl Person {
    fn of(w: &Words, climb: &Climb, texts: usize) -> Self {
        let id = climb.person.to_string();
        let steps = ladder::steps(climb)
            .into_iter()
            .map(|(rung, at)| (ladder::name(w, rung).to_string(), ladder::class(rung), exact(at)));
        Self { short: pseudonym(&id), id, texts, steps: steps.collect() }
    }
}

/// The end of an id: its beginning is the time.
pub(crate) fn pseudonym(id: &str) -> String {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id).to_owned()
}

impl Tie {
    fn of(w: &Words, tie: &TieView) -> Self {
        let (kind, what) = tie.because.split_once(' ').unwrap_or((&tie.because, ""));
        let because = match kind {
            "near-text" => w.campaign.tie_near_text.with(what),
            "domain" => w.campaign.tie_domain.with(inert(what)),
            "sender" => w.campaign.tie_sender.to_string(),
            "page" => w.campaign.tie_page.to_string(),
            "split" => w.campaign.tie_split.to_string(),
            _ => w.campaign.tie_person.to_string(),
        };
        let (one, other) = (tie.one.to_string(), tie.other.to_string());
        Self { number: tie.number.0, because, one, other, stands: tie.stands }
    }
}

fn others_of(w: &Words, others: &[CampaignHead], this: CampaignId) -> Vec<(String, String)> {
    let others = others.iter().filter(|head| head.summary.id != this);
    let named = others.map(|head| {
        let texts = w.campaign.texts.of(head.summary.message_count);
        (head.summary.id.to_string(), format!("{} · {texts}", campaign_card::sentence(w, head)))
    });
    named.collect()
}

fn history(w: &Words, dossier: &Dossier, names: &BTreeMap<PersonId, String>) -> Vec<Event> {
    let events = dossier.history.iter().map(|happened| Event {
        at: exact(happened.at),
        says: w.event_word(&happened.what),
        by: happened
            .by
            .map(|by| names.get(&by).cloned().unwrap_or_else(|| pseudonym(&by.to_string()))),
        reason: happened.reason.clone(),
    });
    events.collect()
}

fn path(campaign: CampaignId) -> String {
    format!("/campaigns/{campaign}")
}

pub(crate) async fn acknowledge(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
) -> Result<Response, Problem> {
    let position = visit.shared.service().acknowledge(campaign, visit.by()).await?;
    visit.shared.note(visit.by(), "campaign-acknowledged", campaign, None).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

pub(crate) async fn rule(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let ruling = ruling(&form)?;
    let request = RulingRequest::Campaign(campaign, ruling);
    let position = visit.shared.service().rule(request, visit.by()).await?;
    visit.shared.note(visit.by(), noted(ruling), campaign, None).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

pub(super) fn ruling(form: &Filled) -> Result<Ruling, Problem> {
    let named = RULINGS.iter().find(|(_, name)| *name == form.text("ruling"));
    named.map(|(ruling, _)| *ruling).ok_or_else(|| bad_request("say what it is"))
}

pub(super) fn noted(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Malicious => "ruled-malicious",
        Ruling::Benign => "ruled-benign",
    }
}

pub(crate) async fn merge(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let with = id(form.text("with")).ok_or_else(|| bad_request("choose another campaign"))?;
    let subject = format!("{campaign} {with}");
    regroup(&visit, campaign, Regrouping::Merge(campaign, with), "campaigns-merged", subject).await
}

pub(crate) async fn split(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let wrong = || bad_request("pick the texts that do not belong here");
    let reports: Option<BTreeSet<_>> = form.all("report").map(id::<ReportId>).collect();
    let reports = reports.ok_or_else(wrong)?;
    let look = move |service: &Service| service.campaign(campaign);
    let detail = visit.shared.look_up(look).await?.ok_or_else(|| Problem::not_found("campaign"))?;
    let stays = detail.reports.into_iter().find(|report| !reports.contains(report));
    let split = Regrouping::Split(campaign, reports);
    regroup(&visit, campaign, split, "campaign-split", campaign.to_string()).await?;
    // A campaign's name goes with its first text: what is left may have another now.
    let look = move |service: &Service| stays.map(|stays| service.report(stays)).transpose();
    let left = visit.shared.look_up(look).await?.flatten().and_then(|report| report.campaign);
    Ok(Redirect::to(&path(left.unwrap_or(campaign))).into_response())
}

/// Says that a tie does not hold, or that it does after all.
pub(crate) async fn tie(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let tie = number(form.text("tie")).ok_or_else(|| bad_request("there is no such tie"))?;
    let (what, action) = match form.text("do") {
        "cut" => (Regrouping::Cut(TieNumber(tie)), "tie-cut"),
        "mend" => (Regrouping::Mend(TieNumber(tie)), "tie-mended"),
        _ => return Err(bad_request("a tie is cut or mended")),
    };
    regroup(&visit, campaign, what, action, format!("{tie} {campaign}")).await
}

async fn regroup(
    visit: &Visit,
    campaign: CampaignId,
    what: Regrouping,
    action: &str,
    subject: String,
) -> Result<Response, Problem> {
    let position = visit.shared.service().regroup(what, visit.by()).await?;
    visit.shared.note(visit.by(), action, subject, None).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

/// Sends a notice, as whoever approves it wrote it.
pub(crate) async fn notice(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    let audience = audience_named(form.text("to")).ok_or_else(|| bad_request("say to whom"))?;
    let text = form.text("text").replace("\r\n", "\n");
    let service = visit.shared.service();
    let (position, people) = service.send_notice(campaign, text, audience, visit.by()).await?;
    let to = if audience == Audience::Everyone { "everyone" } else { "reporters" };
    let reason = Some(format!("{people} people, {to}"));
    visit.shared.note(visit.by(), "notice-sent", campaign, reason).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

#[derive(Template)]
#[template(path = "revealed.html")]
struct Revealed {
    f: Frame,
    /// Where whoever looks came from.
    back: String,
    short: String,
    names: String,
    standing: String,
    contacts: Vec<String>,
}

/// Somebody has a person's sessions ended, whatever the playbook says.
pub(crate) async fn evict(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    if let Some(first) = visit.passkey_first() {
        return Ok(first);
    }
    let person: PersonId = id(form.text("person")).ok_or_else(|| bad_request("choose somebody"))?;
    let reason = form.text("reason").to_owned();
    let suspend = !form.text("suspend").is_empty();
    let request = EvictRequest { person, suspend, reason: reason.clone() };
    let asked = visit.shared.service().evict_person(campaign, request, visit.by()).await?;
    let (action, position) = asked.ok_or_else(|| Problem::not_found("campaign or person"))?;
    visit.shared.note(visit.by(), "eviction-asked", action, Some(reason)).await;
    Ok(visit.on_to(&path(campaign), position).await)
}

/// Shows who somebody is, for a reason that is recorded first.
pub(crate) async fn reveal(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
    form: Filled,
) -> Result<Response, Problem> {
    reveal_on(visit, form, path(campaign), Here::Campaigns).await
}

/// As [`reveal`], from any page.
pub(super) async fn reveal_on(
    visit: Visit,
    form: Filled,
    back: String,
    here: Here,
) -> Result<Response, Problem> {
    let person: PersonId = id(form.text("person")).ok_or_else(|| bad_request("choose somebody"))?;
    let (reason, by) = (form.text("reason").to_owned(), visit.by());
    let found = visit.shared.look_up(move |service| service.reveal(person, &reason, by)).await?;
    let (standing, identity) = found
        .ok_or_else(|| Problem::because(Kind::NotFound, "nobody is known by this id any more"))?;
    let present = identity.contacts.iter().filter(|(.., until)| until.is_none());
    Ok(frame::ok(&Revealed {
        back,
        short: pseudonym(&person.to_string()),
        names: identity.names.join(", "),
        standing: standing.name().to_owned(),
        contacts: present.map(|(contact, ..)| said(contact)).collect(),
        f: visit.frame(here, &visit.words.campaign.revealed),
    }))
}

fn said(contact: &Contact) -> String {
    match contact {
        Contact::Phone(number) => number.to_string(),
        Contact::Mail(text) | Contact::Account(text) => text.clone(),
    }
}

impl<'a> Seen<'a> {
    /// What was kept with a report.
    pub(crate) fn kept(seen: &'a unhook_app::record::Seen) -> Self {
        let unhook_app::record::Seen { signal, weight, reason, span } = seen;
        Self { signal, weight: *weight, reason, span: *span }
    }
}
