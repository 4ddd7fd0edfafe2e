//! *Settings*: the organization, the ways in and out, what happens by itself, tokens, and the
//! audit trail. Those who may sign in are the page of the sign-in.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use unhook_app::{AuditEntry, Grant, Scope, Service, ServiceError, probe};
use unhook_model::PersonId;

use super::campaign::pseudonym;
use crate::console::actors::{self, LiveTokens};
use crate::console::frame::{self, Frame, Here};
use crate::console::moments::{self, exact};
use crate::console::visit::{Filled, Visit};
use crate::given::{bad_request, id, number};
use crate::message_filter;
use crate::problem::{Kind, Problem};
use crate::routes::tokens;
use crate::settings::OrganizationDraft;

/// How many lines of the audit trail a page shows.
const MOST_LINES: usize = 50;

#[derive(Template)]
#[template(path = "settings_organization.html")]
struct OrganizationPage {
    f: Frame,
    draft: OrganizationDraft,
    can_change: bool,
    is_changed: bool,
    trouble: Option<String>,
}

pub(crate) async fn organization(visit: Visit) -> Response {
    let draft = OrganizationDraft::of(visit.shared.service().known().knowledge.organization());
    frame::ok(&organization_page(&visit, draft))
}

fn organization_page(visit: &Visit, draft: OrganizationDraft) -> OrganizationPage {
    let has_file = visit.shared.settings().organization.is_some();
    OrganizationPage {
        f: visit.frame(Here::Settings, &visit.words.nav.settings),
        draft,
        can_change: has_file && visit.may(Scope::Admin),
        is_changed: false,
        trouble: None,
    }
}

pub(crate) async fn change_organization(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let draft = draft(&form);
    let page = match change(&visit, draft.clone()).await? {
        Ok(()) => OrganizationPage { is_changed: true, ..organization_page(&visit, draft) },
        Err(trouble) => {
            let trouble = Some(trouble);
            let page = OrganizationPage { trouble, ..organization_page(&visit, draft) };
            return Ok(frame::page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    Ok(frame::ok(&page))
}

/// Keeps what the organization says of itself, or says what is wrong with it.
pub(super) async fn change(
    visit: &Visit,
    draft: OrganizationDraft,
) -> Result<Result<(), String>, Problem> {
    let missing =
        || Problem::because(Kind::Invalid, "the configuration cannot be changed from here");
    let file = visit.shared.settings().organization.clone().ok_or_else(missing)?;
    let changed =
        visit.shared.look_up(move |service| Ok::<_, Problem>(file.change(service, &draft))).await?;
    if changed.is_ok() {
        visit.shared.note(visit.by(), "organization-changed", "unhook.toml", None).await;
    }
    Ok(changed)
}

pub(super) fn draft(form: &Filled) -> OrganizationDraft {
    OrganizationDraft {
        name: form.text("name").to_owned(),
        brand: form.text("brand").to_owned(),
        aliases: form.lines("aliases"),
        abbreviations: form.lines("abbreviations"),
        domains: form.lines("domains"),
        owned_domains: form.lines("owned_domains"),
        vendor_tenants: form.lines("vendor_tenants"),
        identity_providers: form.lines("identity_providers"),
        senders: form.lines("senders"),
        sign_in_words: form.lines("sign_in_words"),
        allow: form.lines("allow"),
        partners: form.lines("partners"),
        countries: form.lines("countries"),
    }
}

#[derive(Template)]
#[template(path = "settings_connectors.html")]
struct ConnectorsPage {
    f: Frame,
    ways_in: Vec<WayIn>,
    /// What can be tried of them.
    probes: Vec<String>,
    can_text: bool,
    ways_out: Vec<WayOut>,
    tried: Option<Tried>,
}

/// What a test found.
struct Tried {
    works: bool,
    heading: String,
    /// In English, as errors are.
    says: String,
}

struct WayIn {
    name: String,
    says: String,
    is_used: bool,
}

struct WayOut {
    name: String,
    class: &'static str,
    says: String,
    note: String,
    from: &'static str,
}

pub(crate) async fn connectors(visit: Visit) -> Result<Response, Problem> {
    Ok(frame::ok(&connectors_page(&visit, None).await?))
}

async fn connectors_page(visit: &Visit, tried: Option<Tried>) -> Result<ConnectorsPage, Problem> {
    let (overview, connectors) = visit
        .shared
        .look_up(|service| {
            Ok::<_, unhook_app::ServiceError>((service.overview()?, service.connectors()?))
        })
        .await?;
    let (w, service) = (visit.words, visit.shared.service());
    let now = service.now();
    let ways_in = unhook_app::Way::ALL.iter().map(|(way, _)| {
        let last = overview.ways.iter().find(|(known, _)| known == way).map(|(_, at)| *at);
        let says = last.map(|at| w.now.last_text.with(moments::moment(w, at, now).says));
        WayIn {
            name: w.way_word(*way).to_string(),
            is_used: says.is_some(),
            says: says.unwrap_or_else(|| w.connector.unused.to_string()),
        }
    });
    let ways_out = connectors.iter().map(|connector| {
        let (class, says) = moments::connector(w, connector, now);
        let (name, note) = (connector.name.clone(), connector.note.clone());
        WayOut { name, class, says, note, from: connector.from_severity.name() }
    });
    let settings = visit.shared.settings();
    let probes = settings.probes.iter().map(|probe| probe.name().to_owned());
    let filter = settings.message_filter.as_ref().map(|_| message_filter::NAME.to_owned());
    Ok(ConnectorsPage {
        ways_in: ways_in.collect(),
        probes: probes.chain(filter).filter(|name| name != probe::TEXTS).collect(),
        ways_out: ways_out.collect(),
        can_text: service.can_text(),
        tried,
        f: visit.frame(Here::Settings, &w.nav.settings),
    })
}

/// Tries a connector in such a way that nothing comes of it, and says what was found.
pub(crate) async fn probe_connector(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let name = form.text("name");
    let found = if name == message_filter::NAME {
        message_filter::rehearse(&visit.shared).await
    } else {
        let probes = &visit.shared.settings().probes;
        let probe = probes.iter().find(|probe| probe.name() == name);
        let none = || ServiceError::Invalid(format!("there is no way called `{name}`"));
        probe.ok_or_else(none)?.probe().await
    };
    visit.shared.note(visit.by(), "connector-tried", name, None).await;
    let w = &visit.words.settings;
    let label = if name == probe::TEXTS { w.texts_out.to_string() } else { name.to_owned() };
    let works = found.is_ok();
    let heading = if works { &w.works } else { &w.works_not };
    let tried = Tried {
        works,
        heading: heading.with(label),
        says: found.unwrap_or_else(|error| error.to_string()),
    };
    Ok(frame::ok(&connectors_page(&visit, Some(tried)).await?))
}

pub(crate) async fn try_connector(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let name = form.text("name");
    let position = visit.shared.service().try_connector(name).await?;
    visit.shared.note(visit.by(), "connector-tried", name, None).await;
    Ok(visit.on_to("/settings/connectors", position).await)
}

#[derive(Template)]
#[template(path = "settings_automation.html")]
struct AutomationPage {
    f: Frame,
    rules: Vec<(String, String)>,
}

/// What happens by itself, and within which limits.
pub(crate) async fn automation(visit: Visit) -> Result<Response, Problem> {
    let (w, settings) = (&visit.words.settings, visit.shared.service().settings());
    let minutes = settings.escalate_after.as_secs() / 60;
    let rules = vec![
        (w.rule_answer.to_string(), w.rule_answer_text.of(settings.texts.daily_replies)),
        (w.rule_call.to_string(), w.rule_call_text.of(minutes)),
        (w.rule_correct.to_string(), w.rule_correct_text.of(settings.texts.daily)),
        (w.rule_strangers.to_string(), w.rule_strangers_text.of(settings.stranger_hourly)),
        (w.rule_keep.to_string(), w.rule_keep_text.of(settings.attachment_days)),
        (w.rule_never.to_string(), w.rule_never_text.to_string()),
    ];
    Ok(frame::ok(&AutomationPage {
        rules,
        f: visit.frame(Here::Settings, &visit.words.nav.settings),
    }))
}

#[derive(Template)]
#[template(path = "settings_tokens.html")]
struct TokensPage {
    f: Frame,
    scopes: Vec<&'static str>,
    made: Option<String>,
    /// Whose alone are shown, by id and name.
    of: Option<(PersonId, String)>,
    tokens: Vec<Token>,
}

struct Token {
    id: String,
    name: String,
    scopes: String,
    by: String,
    made: String,
    until: Option<String>,
    is_live: bool,
}

#[derive(serde::Deserialize)]
pub(crate) struct Whose {
    /// The account whose tokens alone are shown.
    by: Option<String>,
}

async fn tokens_page(
    visit: &Visit,
    made: Option<String>,
    of: Option<PersonId>,
) -> Result<TokensPage, Problem> {
    let look = move |service: &Service| {
        let access = service.access();
        let grants = match of {
            Some(maker) => LiveTokens::read(service)?.of(maker).cloned().collect(),
            None => access.grants()?,
        };
        Ok::<_, ServiceError>((grants, access.makers()?, actors::names(service)?))
    };
    let (grants, makers, names) = visit.shared.look_up(look).await?;
    let (now, w) = (visit.shared.service().now(), visit.words);
    let named =
        |id: PersonId| names.get(&id).cloned().unwrap_or_else(|| pseudonym(&id.to_string()));
    let token = |grant: Grant| Token {
        id: grant.by.to_string(),
        scopes: grant.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(", "),
        by: makers.get(&grant.by).map_or_else(
            || w.settings.maker_unknown.to_string(),
            |maker| maker.map_or_else(|| w.settings.at_the_machine.to_string(), named),
        ),
        made: exact(grant.made_at),
        until: grant.revoked_at.or(grant.expires_at).map(exact),
        is_live: grant.is_live(now),
        name: grant.name,
    };
    let mut tokens: Vec<Token> = grants.into_iter().map(token).collect();
    tokens.reverse();
    tokens.sort_by_key(|token| !token.is_live);
    Ok(TokensPage {
        f: visit.frame(Here::Settings, &visit.words.nav.settings),
        scopes: Scope::ALL.iter().map(|(_, name)| *name).collect(),
        made,
        of: of.map(|of| (of, named(of))),
        tokens,
    })
}

pub(crate) async fn tokens(visit: Visit, Query(whose): Query<Whose>) -> Result<Response, Problem> {
    let of = whose.by.as_deref().map(|by| id(by).ok_or_else(|| bad_request("choose an account")));
    Ok(frame::ok(&tokens_page(&visit, None, of.transpose()?).await?))
}

/// Revokes every token that somebody made, also by tokens of their own.
pub(crate) async fn revoke_tokens_of(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let maker: PersonId = id(form.text("by")).ok_or_else(|| bad_request("choose an account"))?;
    let look = move |service: &Service| {
        let tokens = LiveTokens::read(service)?;
        Ok::<_, ServiceError>(tokens.of(maker).map(|grant| grant.by).collect::<Vec<_>>())
    };
    for token in visit.shared.look_up(look).await? {
        tokens::revoke_for(&visit.shared, visit.by(), token).await?;
    }
    Ok(frame::ok(&tokens_page(&visit, None, None).await?))
}

pub(crate) async fn make_token(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let (name, scopes) =
        (form.text("name").to_owned(), form.all("scope").map(str::to_owned).collect());
    let days = Some(form.text("days")).filter(|days| !days.is_empty());
    let days =
        days.map(|days| number::<u32>(days).ok_or_else(|| bad_request("write days in digits")));
    let bearer =
        tokens::make_for(&visit.shared, visit.by(), name, scopes, days.transpose()?).await?;
    Ok(frame::ok(&tokens_page(&visit, Some(bearer), None).await?))
}

pub(crate) async fn revoke_token(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let token: PersonId = id(form.text("token")).ok_or_else(|| bad_request("choose a token"))?;
    if !tokens::revoke_for(&visit.shared, visit.by(), token).await? {
        return Err(Problem::not_found("token"));
    }
    Ok(frame::ok(&tokens_page(&visit, None, None).await?))
}

#[derive(serde::Deserialize)]
pub(crate) struct Older {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "settings_audit.html")]
struct AuditPage {
    f: Frame,
    lines: Vec<AuditLine>,
    next: Option<u64>,
}

struct AuditLine {
    at: String,
    by: String,
    says: String,
    subject: String,
    reason: String,
}

pub(crate) async fn audit(visit: Visit, Query(older): Query<Older>) -> Result<Response, Problem> {
    let before = older.before.as_deref().map(|before| {
        number::<u64>(before).ok_or_else(|| bad_request("begin at the newest again"))
    });
    let before = before.transpose()?;
    let (mut found, names) = visit
        .shared
        .look_up(move |service| {
            let found = service.access().trail(before, MOST_LINES + 1)?;
            Ok::<_, unhook_app::ServiceError>((found, actors::names(service)?))
        })
        .await?;
    let has_more = found.len() > MOST_LINES;
    found.truncate(MOST_LINES);
    let w = visit.words;
    let line = |entry: &AuditEntry| AuditLine {
        at: exact(entry.at),
        by: entry.by.map_or_else(
            || w.settings.at_the_machine.to_string(),
            |by| names.get(&by).cloned().unwrap_or_else(|| pseudonym(&by.to_string())),
        ),
        says: w.event_word(&entry.action),
        subject: entry.subject.clone(),
        reason: entry.reason.clone().unwrap_or_default(),
    };
    Ok(frame::ok(&AuditPage {
        next: found.last().filter(|_| has_more).map(|(number, _)| *number),
        lines: found.iter().map(|(_, entry)| line(entry)).collect(),
        f: visit.frame(Here::Settings, &w.nav.settings),
    }))
}
