//! Codes that an admin makes, and the page that says what to text.

use axum::extract::Extension;
use axum::http::header;
use serde_json::json;
use tower::ServiceExt as _;
use unhook_app::people::JoinCode;
use unhook_app::{Contact, Scope};

use super::world::{Answer, Ask, World};
use crate::fakes::AT;
use crate::peer::Peer;

/// The pseudonym of a member of staff.
async fn staff(world: &World) -> unhook_model::PersonId {
    let contact = Contact::Mail("ana@acme.example".to_owned());
    world.running.service.people().meet(&contact, AT).await.unwrap().id
}

#[tokio::test]
async fn a_code_is_made_for_somebody_enrolled() {
    let world = World::open().await;
    let person = staff(&world).await;
    let path = format!("/api/v1/people/{person}/enrolments");
    let made = world.post(&path, Scope::Admin, &json!({})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let code = made.body["code"].as_str().unwrap();
    assert_eq!(made.body["link"], format!("https://unhook.acme.example/enrol/{code}"));
    assert_eq!(made.body["expires_at"], "2022-07-27T22:49:00Z");
    let code = JoinCode::parse(code).unwrap();
    let contact = Contact::Account("a phone".to_owned());
    let invited = world.running.service.people().invited(&code, &contact, AT).unwrap();
    assert_eq!(invited.unwrap().person.id, person);
    let trail = world.send(Ask::get("/api/v1/audit").by(Scope::Audit)).await;
    assert_eq!(trail.body["items"][0]["action"], "enrolment-made");
    assert_eq!(trail.body["items"][0]["subject"], person.to_string());
    let path = "/api/v1/people/00112233-4455-6677-8899-aabbccddeeff/enrolments";
    let nobody = world.post(path, Scope::Admin, &json!({})).await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (404, "not-found"));
}

#[tokio::test]
async fn without_texts_coming_in_there_is_no_link() {
    let world = World::new().await;
    let person = staff(&world).await;
    let path = format!("/api/v1/people/{person}/enrolments");
    let made = world.post(&path, Scope::Admin, &json!({})).await;
    assert_eq!((made.status.as_u16(), &made.body["link"]), (201, &serde_json::Value::Null));
    let code = made.body["code"].as_str().unwrap();
    assert_eq!(world.send(Ask::get(&format!("/enrol/{code}"))).await.status, 404);
}

/// What a page says but for the code itself.
fn but_for(page: &Answer, code: &JoinCode) -> String {
    format!("{:?} {}", page.headers, page.text.replace(&code.to_string(), "CODE"))
}

#[tokio::test]
async fn the_page_tells_nothing_of_a_code() {
    let world = World::open().await;
    let service = &world.running.service;
    let person = staff(&world).await;
    let good = service.invite(person, person).unwrap().unwrap().code;
    let used = service.invite(person, person).unwrap().unwrap().code;
    let contact = Contact::Account("a phone".to_owned());
    assert!(service.people().join(&used, &contact, AT).unwrap().is_some());
    let unknown = JoinCode::from_random([0x5a; 8]);
    let ask = async |code: &JoinCode| {
        let page = world.send(Ask::get(&format!("/enrol/{code}"))).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(&format!("JOIN {code}")), "{}", page.text);
        but_for(&page, code)
    };
    let page = ask(&good).await;
    assert_eq!(ask(&used).await, page);
    assert_eq!(ask(&unknown).await, page);
    assert!(page.contains("+12015550123"), "{page}");
    // Looking uses nothing up.
    assert!(service.people().join(&good, &contact, AT).unwrap().is_some());
}

#[tokio::test]
async fn the_page_speaks_the_visitors_language_and_runs_nothing() {
    let world = World::open().await;
    let page = world
        .send(Ask::get("/enrol/7k3mq9tx10hv").with("accept-language", "de-AT, en;q=0.5"))
        .await;
    assert_eq!(page.headers[header::CONTENT_LANGUAGE], "de");
    assert!(page.text.contains("<html lang=\"de\">") && page.text.contains("JOIN 7K3M-Q9TX-10HV"));
    assert_eq!(page.headers[header::REFERRER_POLICY], "no-referrer");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    assert!(!page.headers.contains_key(header::SET_COOKIE));
    assert!(!page.text.contains("<form") && !page.text.contains("{{"), "{}", page.text);
    let hostile = world.send(Ask::get("/enrol/%3Cscript%3E")).await;
    assert_eq!(hostile.status, 404);
    assert!(hostile.text.contains("role=\"alert\"") && !hostile.text.contains("<script"));
}

#[tokio::test(start_paused = true)]
async fn one_address_opens_the_page_so_often() {
    let world = World::open().await;
    let peer = Peer("192.0.2.7:40000".parse().unwrap());
    let router = world.api.clone().layer(Extension(peer));
    let open = async || {
        let ask = axum::http::Request::get("/enrol/7k3mq9tx10hv");
        let ask = ask.body(axum::body::Body::empty()).unwrap();
        router.clone().oneshot(ask).await.unwrap()
    };
    for _ in 0..5 {
        assert_eq!(open().await.status(), 200);
    }
    let refused = open().await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
}
