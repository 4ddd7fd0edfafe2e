//! The console's pages: who may see and do what, and that nothing a stranger writes becomes more
//! than text. How they look and feel, a browser judges (`crates/cli/tests/serve/walk.rs`).

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use unhook_app::Role;
use unhook_app::probe::fake::FakeProbe;
use unhook_model::{CampaignId, ReportId};

use super::entry::browser::{Browser, world};
use super::world::{Answer, Ask, World};
use crate::console::pages::table;
use crate::{Console, MessageFilter, WebSettings};

/// What a stranger would like to see run, in every field that one can fill.
const MARKUP: &str = "'\"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}";

const LURE: &str = "Acme: your schedule has changed, tap http://acme-okta.example/a to confirm";

const ROLES: [Role; 5] = [Role::Viewer, Role::Analyst, Role::Approver, Role::Admin, Role::Auditor];

/// A path with something in its variable parts.
fn path(template: &str) -> String {
    let id = "01010101-0101-7101-8101-010101010101";
    template.replace("{id}", id).replace("{matter}", "a")
}

async fn ask(browser: &mut Browser, method: &Method, path: &str) -> Answer {
    match *method {
        Method::GET => browser.get(path).await,
        _ => browser.fill(path, "").await,
    }
}

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in() {
    let world = world().await;
    for page in table() {
        let answer = ask(&mut world.browser(), &page.method, &path(page.path)).await;
        let is_sent_away = answer.status == StatusCode::SEE_OTHER
            && Browser::leads(&answer).starts_with("/sign-in");
        let is_refused = answer.status == StatusCode::UNAUTHORIZED;
        assert!(is_sent_away || is_refused, "{} {answer:?}", page.path);
    }
}

#[tokio::test]
async fn a_role_opens_what_its_scopes_allow_and_nothing_else() {
    let world = world().await;
    for role in ROLES {
        let (mut browser, ..) = world.sign_in(&format!("{role:?}"), role).await;
        for page in table().into_iter().filter(|page| page.path != "/live") {
            let answer = ask(&mut browser, &page.method, &path(page.path)).await;
            let is_refused = answer.status == StatusCode::FORBIDDEN;
            let may = role.scopes().contains(&page.scope);
            assert_eq!(is_refused, !may, "{role:?} {} {}: {}", page.method, page.path, answer.text);
        }
    }
}

#[tokio::test]
async fn another_site_can_make_a_browser_do_nothing() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    for page in table().into_iter().filter(|page| page.method == Method::POST) {
        let answer = admin.forge(&path(page.path)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {answer:?}", page.path);
    }
}

#[tokio::test]
async fn what_makes_ways_in_or_reaches_people_takes_a_passkey_shown_just_now() {
    let world = world().await;
    let (mut admin, mut key, _) = world.sign_in("Ada", Role::Admin).await;
    world.surroundings.pass(10 * 60 * 1_000);
    let guarded: Vec<_> = table().into_iter().filter(|page| page.needs_passkey()).collect();
    assert!(guarded.iter().any(|page| page.path == "/settings/tokens"));
    for page in guarded {
        let answer = admin.fill(&path(page.path), "name=a&scope=approve").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{} {answer:?}", page.path);
        assert!(Browser::leads(&answer).starts_with("/step-up"), "{}", page.path);
    }
    let tokens = |grants: Vec<unhook_app::Grant>| grants.len();
    let before = tokens(world.running.service.access().grants().unwrap());
    admin.show("/step-up", &mut key).await;
    let made = admin.fill("/settings/tokens", "name=a&scope=read").await;
    assert_eq!(made.status, StatusCode::OK, "{made:?}");
    assert_eq!(tokens(world.running.service.access().grants().unwrap()), before + 1);
}

#[tokio::test]
async fn what_a_playbook_asks_is_agreed_to_on_the_page_and_undone_at_once() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    for mail in ["ana@acme.example", "bo@acme.example"] {
        let body = serde_json::json!({ "text": LURE, "reporter": { "mail": mail } });
        let taken = world.post("/api/v1/reports", unhook_app::Scope::Intake, &body).await;
        world.settle(&taken.body["position"]).await;
    }
    let service = &world.running.service;
    let asked = service.asked();
    let action = &asked[0].action;
    let campaign = format!("/campaigns/{}", action.campaign.unwrap());
    for page in ["/protection", &campaign] {
        let shown = admin.get(page).await;
        assert!(shown.text.contains("acme-okta[.]example"), "{page}");
        assert!(shown.text.contains(&format!("/actions/{}/approve", action.id)), "{page}");
    }
    let is_blocked = || service.blocklist().find("acme-okta.example").is_some();
    let back = format!("back={}", encoded(&campaign));
    let agreed = admin.fill(&format!("/actions/{}/approve", action.id), &back).await;
    assert_eq!(Browser::leads(&agreed).split('?').next(), Some(&*campaign));
    assert!(is_blocked());
    // Long after, without a passkey shown again.
    world.surroundings.pass(10 * 60 * 1_000);
    let undone = format!("/actions/{}/undo", action.id);
    let answer = admin.fill(&undone, "back=https%3A%2F%2Felsewhere.example").await;
    assert_eq!(Browser::leads(&answer).split('?').next(), Some("/protection"));
    assert!(!is_blocked());
}

/// Every page on which something of a report stands.
async fn pages_of(world: &World, report: &str) -> Vec<String> {
    let id: ReportId = report.parse().unwrap();
    let campaign: Option<CampaignId> = world.running.service.report(id).unwrap().unwrap().campaign;
    let mut pages: Vec<String> = [
        "/",
        "/campaigns",
        "/search?q=acme",
        "/search?q=%3Cscript%3E",
        "/settings/audit",
        "/people",
        "/people/roll",
        "/protection",
    ]
    .map(str::to_owned)
    .into();
    pages.push(format!("/reports/{report}"));
    pages.extend(campaign.map(|campaign| format!("/campaigns/{campaign}")));
    pages
}

#[tokio::test]
async fn what_strangers_write_is_text_and_leads_nowhere() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in(MARKUP, Role::Admin).await;
    let body = serde_json::json!({
        "text": format!("{LURE} {MARKUP}"),
        "sender": "\"><b>ACME",
        "reporter": { "mail": "ana@acme.example" },
    });
    let taken = world.post("/api/v1/reports", unhook_app::Scope::Intake, &body).await;
    world.settle(&taken.body["position"]).await;
    admin.fill("/search/save", &format!("q=a&name={}", encoded(MARKUP))).await;
    for page in pages_of(&world, taken.body["id"].as_str().unwrap()).await {
        let answer = admin.get(&page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}: {answer:?}");
        for live in ["<script>", "<img", "<b>ACME", "onerror=alert(1)>{{", "http://acme-okta"] {
            assert!(!answer.text.contains(live), "{page} has {live}: {}", answer.text);
        }
        assert!(!answer.text.contains("href=\"http://acme"), "{page}");
    }
    let shown = admin.get("/search?q=schedule").await.text;
    assert!(shown.contains("hxxp://acme-okta[.]example"), "{shown}");
    let checked = admin.fill("/check", &format!("text={}", encoded(MARKUP))).await;
    assert!(!checked.text.contains("<script>alert") && !checked.text.contains("<img"));
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn what_cannot_be_done_is_a_page_that_says_why() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let nowhere = path("/campaigns/{id}");
    for (answer, status, says) in [
        (admin.get(&nowhere).await, 404, "There is nothing here"),
        (admin.get("/campaigns/x").await, 400, "an id is written as"),
        (admin.get("/campaigns?stage=final").await, 400, "no such stage"),
        (admin.get("/campaigns?before=x").await, 400, "first page"),
        (admin.get("/people/roll?after=x").await, 400, "first page"),
        (admin.get("/people/roll?phone=x").await, 400, "those without a phone"),
        (admin.get("/nowhere").await, 404, "There is nothing here"),
        (admin.fill(&format!("{nowhere}/rule"), "ruling=perhaps").await, 400, "say what it is"),
        (admin.fill(&format!("{nowhere}/merge"), "with=x").await, 400, "another campaign"),
        (admin.fill(&format!("{nowhere}/split"), "report=x").await, 400, "pick the texts"),
        (admin.fill(&format!("{nowhere}/tie"), "tie=1&do=bend").await, 400, "cut or mended"),
        (admin.fill("/check", "text=").await, 422, "Paste a text"),
        (admin.fill("/people/enrol", "contact=x").await, 422, "a mail address"),
        (admin.fill("/people/enrol", "contact=no@acme.example").await, 404, "Nobody enrolled"),
        (admin.fill("/settings/tokens", "name=&scope=read").await, 422, "say what it is for"),
        (admin.fill("/settings/tokens", "name=a&scope=king").await, 422, "each is one of"),
        (admin.fill("/settings/tokens/revoke", "token=x").await, 400, "choose a token"),
        (admin.fill("/settings/connectors/try", "name=x").await, 422, "no way called"),
        (admin.fill("/settings/connectors/probe", "name=x").await, 422, "no way called"),
        (admin.fill("/search/save", "q=&name=").await, 422, "give the search a name"),
        (admin.fill("/attention/x/review", "").await, 422, "nothing called"),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{says}: {}", answer.text);
        assert!(answer.text.contains("<h1>") && answer.text.contains(says), "{}", answer.text);
    }
}

/// A form with a file in it, as browsers send it.
fn form(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    ("multipart/form-data; boundary=b".to_owned(), body)
}

async fn send(browser: &mut Browser, path: &str, name: &str, bytes: &[u8]) -> Answer {
    let (kind, body) = form(name, bytes);
    browser.send(Ask::bytes(path, &kind, &body).with("sec-fetch-site", "same-origin")).await
}

#[tokio::test]
async fn files_are_read_within_bounds() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let people = b"key,name,phone\nz1,Zoe,+12015550199\n";
    let imported = send(&mut admin, "/people/import", "a.csv", people).await;
    assert!(imported.text.contains("1 new, 0 known already."), "{}", imported.text);
    for (path, bytes) in [
        ("/people/import", &b"\xff\xfe\x00nonsense"[..]),
        ("/people/import", b"name\n<script>\n"),
        ("/check/picture", b"no picture"),
        ("/check/export", b"x"),
    ] {
        let answer = send(&mut admin, path, "<b>.csv", bytes).await;
        assert!(answer.status.is_client_error() || answer.status == 503, "{path}: {answer:?}");
        assert!(!answer.text.contains("<script>\n"), "{path}");
    }
    let empty = send(&mut admin, "/check/picture", "a.png", b"").await;
    assert!(empty.text.contains("choose a file first"), "{}", empty.text);
    let picture = send(&mut admin, "/check/picture", "a.png", &vec![b'a'; 3 << 20]).await;
    assert!(!picture.text.contains("choose it again"), "{}", picture.text);
    let large = send(&mut admin, "/people/import", "a.csv", &vec![b'a'; 17 << 20]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", large.text);
    let plain = admin.fill("/check/picture", "file=x").await;
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_campaign_shows_no_name_without_a_reason() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let taken = world.report(LURE, "ana@acme.example").await;
    let id: ReportId = taken["id"].as_str().unwrap().parse().unwrap();
    let report = world.running.service.report(id).unwrap().unwrap();
    let (campaign, person) = (report.campaign.unwrap(), report.row.reporter.unwrap());
    let at = format!("/campaigns/{campaign}");
    let page = admin.get(&at).await.text;
    assert!(!page.contains("ana@acme.example") && page.contains("not observable"), "{page}");
    let reveal = format!("{at}/reveal");
    let refused = admin.fill(&reveal, &format!("person={person}&reason=")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = admin.fill(&reveal, &format!("person={person}&reason=ticket+42")).await;
    assert!(shown.text.contains("ana@acme.example"), "{}", shown.text);
    assert!(world.trail().contains(&"person-revealed ticket 42".to_owned()), "{:?}", world.trail());
}

#[tokio::test]
async fn every_connector_is_tried_and_says_what_to_do() {
    let well = Arc::new(FakeProbe::new("Twilio", Ok("a signed call is let in")));
    let wrong = Arc::new(FakeProbe::new("SMTP", Err("it is down; <b>restart</b> it")));
    let texts = Arc::new(FakeProbe::new(unhook_app::probe::TEXTS, Ok("nothing was sent")));
    let key = "abcdefghijklmnopqrst-_K";
    let world = World::with(WebSettings {
        console: Some(Arc::new(Console::new("Acme", "http://localhost:8081").unwrap())),
        probes: vec![well.clone(), wrong.clone(), texts.clone()],
        message_filter: Some(MessageFilter::new(key, Vec::new()).unwrap()),
        ..WebSettings::default()
    })
    .await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let page = admin.get("/settings/connectors").await.text;
    for name in ["Twilio", "SMTP", "iOS"] {
        assert!(page.contains(&format!("value=\"{name}\"")), "{name}: {page}");
    }
    let mut probe = async |name: &str| {
        admin.fill("/settings/connectors/probe", &format!("name={name}")).await.text
    };
    let found = probe("Twilio").await;
    assert!(found.contains("Twilio works") && found.contains("a signed call is let in"), "{found}");
    let found = probe("SMTP").await;
    assert!(found.contains("SMTP does not work") && found.contains("role=\"alert\""), "{found}");
    assert!(found.contains("restart") && !found.contains("<b>restart"), "{found}");
    let found = probe("texts").await;
    assert!(found.contains("Texts to people works") && found.contains("nothing was"), "{found}");
    let found = probe("iOS").await;
    assert!(found.contains("answered with `none`") && found.contains("`apps`"), "{found}");
    assert!(!found.contains(key), "{found}");
    assert_eq!((well.count(), wrong.count(), texts.count()), (1, 1, 1));
    assert_eq!(world.trail().iter().filter(|line| *line == "connector-tried").count(), 4);
    let (mut viewer, ..) = world.sign_in("Vic", Role::Viewer).await;
    assert!(!viewer.get("/settings/connectors").await.text.contains("connectors/probe"));
}

#[tokio::test]
async fn the_roll_says_how_people_are_enrolled_and_names_nobody() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let mut directory = "key,name,phone,mail,language\n".to_owned();
    for number in 10..70 {
        let name = format!("Zoe{number}");
        let phone = format!("+{}", 12_015_550_100_u64 + number);
        directory += &format!("{name},{name},{phone},{name}@acme.example,de\n");
    }
    let imported = send(&mut admin, "/people/import", "a.csv", directory.as_bytes()).await;
    assert!(imported.text.contains("60 new"), "{}", imported.text);
    let first = admin.get("/people/roll").await.text;
    assert_eq!(first.matches("action=\"/people/reveal\"").count(), 50);
    assert!(first.contains("1 phone<") && first.contains("no phone"), "{first}");
    let (_, next) = first.split_once("<a class=\"button\" href=\"").expect("a next page");
    let second = admin.get(next.split('"').next().expect("an address")).await.text;
    assert_eq!(second.matches("action=\"/people/reveal\"").count(), 12, "{second}");
    assert!(!second.contains("rel=\"next\""));
    // Ana and Bo came with a mail address alone.
    let without = admin.get("/people/roll?phone=none").await.text;
    assert_eq!(without.matches("action=\"/people/reveal\"").count(), 2, "{without}");
    for page in [&first, &second, &without] {
        assert!(!page.contains("Zoe") && !page.contains("acme.example") && !page.contains("5550"));
    }
    let (_, rest) = without.split_once("name=\"person\" value=\"").expect("somebody");
    let person = rest.split('"').next().expect("an id");
    let refused = admin.fill("/people/reveal", &format!("person={person}&reason=")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = admin.fill("/people/reveal", &format!("person={person}&reason=ticket+7")).await;
    assert!(shown.text.contains("@acme.example"), "{}", shown.text);
    assert!(shown.text.contains("href=\"/people/roll\""), "{}", shown.text);
    assert!(world.trail().contains(&"person-revealed ticket 7".to_owned()), "{:?}", world.trail());
}

#[tokio::test]
async fn a_report_is_read_changed_approved_and_shown_as_it_stands() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    for mail in ["ana@acme.example", "bo@acme.example"] {
        let body = serde_json::json!({ "text": LURE, "reporter": { "mail": mail } });
        let taken = world.post("/api/v1/reports", unhook_app::Scope::Intake, &body).await;
        world.settle(&taken.body["position"]).await;
    }
    let service = &world.running.service;
    let campaign = service.campaigns(None, None, 1).unwrap()[0].id;
    let page = format!("/campaigns/{campaign}/drafts");
    assert!(admin.get(&page).await.text.contains("Nobody ruled this campaign an attack yet"));
    admin.fill(&format!("/campaigns/{campaign}/rule"), "ruling=malicious").await;
    let shown = admin.get(&page).await;
    assert!(shown.text.contains("acme-okta[.]example") && shown.text.contains("xarf_version"));
    for secret in ["ana@", "bo@acme"] {
        assert!(!shown.text.contains(secret), "{secret}");
    }
    let form =
        "kind=registrar&about=acme-okta.example&to=abuse%40registrar.example&subject=Look&body=";
    let refused = admin.fill(&page, &format!("{form}see+http%3A%2F%2Facme-okta.example")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    let approved = admin.fill(&page, &format!("{form}Please+look")).await;
    assert_eq!(Browser::leads(&approved).split('?').next(), Some(&*page));
    let is_sent = || {
        let letters = service.letters(campaign);
        let state = letters.first().and_then(|letter| letter.letter_state());
        state == Some(unhook_engine::response::LetterState::Sent)
    };
    while !is_sent() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.mailer.sent().len(), 1);
    let after = admin.get(&page).await;
    assert!(after.text.contains("abuse@registrar.example") && after.text.contains("250 taken"));
    let mails = world.get(&format!("/api/v1/campaigns/{campaign}/mails")).await;
    assert_eq!(mails.body["items"][0]["state"], "sent");
    let again = serde_json::json!({ "kind": "registrar", "about": "acme-okta.example" });
    let path = format!("/api/v1/campaigns/{campaign}/drafts");
    let twice = world.post(&path, unhook_app::Scope::Approve, &again).await;
    assert_eq!(twice.code(), "refused", "{twice:?}");
    let mail = mails.body["items"][0]["id"].as_str().unwrap();
    let known = serde_json::json!({ "was_sent": true });
    let settled = world
        .post(&format!("/api/v1/mails/{mail}/settle"), unhook_app::Scope::Approve, &known)
        .await;
    assert_eq!(settled.code(), "refused", "{settled:?}");
}
