//! Whom a campaign makes it necessary to tell, by the API and on its page.

use axum::http::StatusCode;
use serde_json::{Value, json};
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};
use unhook_app::ledger::{Access, Observed};
use unhook_app::{Role, Scope};
use unhook_model::Timestamp;

use super::entry::browser::{Browser, world};
use super::world::{Ask, World};

const LURE: &str = "Acme: your schedule has changed, tap http://acme-okta.example/a to confirm";

/// What a customer calls itself.
const NAMES: [&str; 2] = ["=HYPERLINK(1)<script>", "Initech"];

/// Ana reports the lure and opens it; somebody else signs in as her and looks at two customers. Returns
/// the campaign.
async fn caught(world: &World) -> String {
    world.report(LURE, "ana@acme.example").await;
    let service = &world.running.service;
    let now = service.now();
    let at = |minute: i64| Timestamp::from_unix_ms(now.unix_ms() + minute * 60_000);
    let sign_in = SignIn {
        id: "1".to_owned(),
        account: None,
        login: "ana@acme.example".to_owned(),
        at: at(2),
        event: "sign-in".to_owned(),
        outcome: SignInOutcome::Success,
        address: None,
        network: Network { is_anonymous: Some(true), ..Network::default() },
        device: Device { is_new: Some(true), ..Device::default() },
        session: Some("s1".to_owned()),
    };
    let visit = unhook_app::ledger::Touch {
        name: "acme-okta.example".into(),
        by: unhook_app::ledger::By::Account("ana@acme.example".into()),
        at: at(1),
        via: unhook_app::ledger::Via::Proxy,
    };
    let mut logs = vec![Observed::Touched(visit), Observed::SignedIn(Box::new(sign_in))];
    logs.extend(NAMES.map(|name| {
        Observed::Accessed(Access {
            account: "ana@acme.example".into(),
            at: at(3),
            address: None,
            session: Some("s1".into()),
            application: "console".into(),
            object: Some(name.into()),
        })
    }));
    service.take_logs(logs).await.unwrap();
    let campaigns = world.get("/api/v1/campaigns").await;
    campaigns.body["items"][0]["id"].as_str().unwrap().to_owned()
}

fn id(list: &Value, nth: usize) -> String {
    list["customers"][nth]["customer"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_api_shows_customers_by_ids_and_names_for_a_reason() {
    let world = World::new().await;
    let path = format!("/api/v1/campaigns/{}/notifications", caught(&world).await);
    let list = world.get(&path).await;
    assert_eq!(list.status, 200, "{list:?}");
    assert_eq!((&list.body["open_count"], &list.body["aware"]), (&json!(2), &Value::Null));
    assert!(list.body["aware_at"].is_string());
    assert_eq!(list.body["customers"][0]["touches"][0]["application"], "console");
    assert_eq!(list.body["customers"][0]["stands"], true);
    let table = world.get(&format!("{path}.csv")).await;
    assert!(table.text.starts_with("customer,name,application"), "{}", table.text);
    assert_eq!(table.text.lines().count(), 3);
    for text in [&list.text, &table.text] {
        assert!(!text.contains("Initech") && !text.contains("ana@"), "{text}");
    }
    let names = format!("{path}/names");
    let nothing = world.post(&names, Scope::ReadPeople, &json!({ "reason": " " })).await;
    assert_eq!(nothing.status, 422);
    let reason = json!({ "reason": "ticket 42" });
    let shown = world.post(&names, Scope::ReadPeople, &reason).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown: Vec<_> = shown.body["customers"].as_array().unwrap().clone();
    let mut shown: Vec<_> = shown.iter().map(|one| one["name"].as_str().unwrap()).collect();
    shown.sort_unstable();
    assert_eq!(shown, NAMES);
    let trail = world.send(Ask::get("/api/v1/audit").by(Scope::Audit)).await;
    assert_eq!(trail.body["items"][0]["action"], "customers-revealed");
    assert_eq!(trail.body["items"][0]["reason"], "ticket 42");
}

#[tokio::test]
async fn what_is_said_by_the_api_is_on_the_list() {
    let world = World::new().await;
    let path = format!("/api/v1/campaigns/{}/notifications", caught(&world).await);
    let list = world.get(&path).await.body;
    let post = async |what: &str, body: Value| {
        world.post(&format!("{path}/{what}"), Scope::Rule, &body).await
    };
    let one = id(&list, 0);
    let told = json!({ "customers": [one], "status": "informed", "note": "by mail" });
    let kept = post("status", told).await;
    assert_eq!(kept.status, 200, "{kept:?}");
    let not = json!({ "regimes": ["GDPR, authority"], "status": "not-needed", "note": "no risk" });
    assert_eq!(post("status", not).await.status, 200);
    let owner = json!({ "customers": [one, id(&list, 1)], "owner": "bo@acme.example" });
    assert_eq!(post("owner", owner).await.status, 200);
    let aware = json!({ "at": "2022-07-20T22:00:00Z", "reason": "the on-call engineer saw it" });
    assert_eq!(post("aware", aware).await.status, 200);
    let list = world.get(&path).await.body;
    assert_eq!(list["open_count"], 1);
    assert_eq!(list["customers"][0]["standing"]["status"], "informed");
    assert_eq!(list["customers"][0]["standing"]["note"], "by mail");
    assert!(list["customers"][1]["owner"].is_string());
    let rule = list["deadlines"].as_array().unwrap();
    let rule = rule.iter().find(|rule| rule["regime"] == "GDPR, authority").unwrap();
    assert_eq!(
        (&rule["due_at"], &rule["who"]),
        (&json!("2022-07-23T22:00:00Z"), &json!("authority"))
    );
    assert_eq!(rule["standing"]["status"], "not-needed");
    for (what, body) in [
        ("status", json!({ "customers": ["x"], "status": "open" })),
        ("status", json!({ "customers": [], "status": "open" })),
        ("status", json!({ "customers": [one], "status": "perhaps" })),
        ("status", json!({ "customers": [one], "status": "informed", "note": "" })),
        ("status", json!({ "customers": vec![one.clone(); 201], "status": "open" })),
        ("status", json!({ "regimes": ["no rule"], "status": "open" })),
        ("owner", json!({ "customers": [one], "owner": "no@acme.example" })),
        ("owner", json!({ "customers": [one], "owner": "nobody" })),
        ("aware", json!({ "at": "soon", "reason": "x" })),
        ("aware", json!({ "at": "2999-01-01T00:00:00Z", "reason": "x" })),
    ] {
        let refused = post(what, body.clone()).await;
        assert_eq!(refused.status, 422, "{body}: {refused:?}");
    }
    let unknown = json!({ "customers": [one], "state": "open" });
    assert!(post("status", unknown).await.status.is_client_error());
    assert_eq!(world.get(&path).await.body, list, "what was refused changed nothing");
}

#[tokio::test]
async fn the_page_shows_no_name_without_a_reason_and_keeps_what_is_said() {
    let world = world().await;
    let campaign = caught(&world).await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let at = format!("/campaigns/{campaign}/notifications");
    let page = admin.get(&at).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    assert!(page.text.contains("2 customers · 2 open") && page.text.contains("hours left"));
    assert!(!page.text.contains("Initech"), "{}", page.text);
    let linked = admin.get(&format!("/campaigns/{campaign}")).await.text;
    assert!(linked.contains(&at) && linked.contains("2 open"), "{linked}");
    assert!(linked.contains("class=\"climb\"") && linked.contains("Data touched"), "{linked}");
    let refused = admin.fill(&format!("{at}/names"), "reason=").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = admin.fill(&format!("{at}/names"), "reason=ticket+42").await;
    assert!(shown.text.contains("Initech") && !shown.text.contains("<script>"), "{}", shown.text);
    let list = world.get(&format!("/api/v1/campaigns/{campaign}/notifications")).await.body;
    let picked = format!("customer={}&customer={}", id(&list, 0), id(&list, 1));
    let settled =
        admin.fill(&format!("{at}/status"), &format!("{picked}&status=informed&note=mail")).await;
    assert_eq!(Browser::leads(&settled).split('?').next(), Some(&*at), "{settled:?}");
    let owner = format!("{picked}&owner=bo%40acme.example");
    assert_eq!(admin.fill(&format!("{at}/owner"), &owner).await.status, StatusCode::SEE_OTHER);
    let aware = "at=2022-07-20T22%3A00&reason=seen";
    assert_eq!(admin.fill(&format!("{at}/aware"), aware).await.status, StatusCode::SEE_OTHER);
    let page = admin.get(&at).await.text;
    for says in ["0 open", "informed 20", "seen to by", "Aware since 2022-07-20 22:00"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    for (what, body, says) in [
        ("status", "customer=x&status=open", "pick customers"),
        ("status", "status=open", "at least one"),
        ("status", "status=perhaps", "say how it stands"),
        ("status", "status=informed&at=soon", "22:49"),
        ("aware", "at=&reason=x", "22:49"),
        ("owner", "owner=x", "a mail address"),
    ] {
        let answer = admin.fill(&format!("{at}/{what}"), body).await;
        assert!(answer.status.is_client_error() && answer.text.contains(says), "{}", answer.text);
    }
    assert!(admin.get(&format!("{at}?after=x")).await.text.contains("first page"));
}

#[tokio::test]
async fn an_export_says_what_each_line_rests_upon() {
    let world = World::new().await;
    let campaign = caught(&world).await;
    let path = format!("/api/v1/campaigns/{campaign}/notifications/evidence");
    let ask = |body| Ask::post(&path, body).by(Scope::ReadPeople);
    let refused = world.send(ask(r#"{"reason": ""}"#)).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let bytes = world.bytes(ask(r#"{"reason": "for the regulator"}"#)).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut file = |name: &str| {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut zip.by_name(name).unwrap(), &mut text).unwrap();
        text
    };
    let customers = file("customers.csv");
    assert!(customers.contains("'=HYPERLINK(1)<script>") && customers.contains("Initech"));
    let manifest: Value = serde_json::from_str(&file("manifest.json")).unwrap();
    assert_eq!(
        (&manifest["campaign"], &manifest["counts"]["customers"]),
        (&json!(campaign), &json!(2))
    );
    assert!(manifest["as_of_position"].is_string());
    let digest = ring::digest::digest(&ring::digest::SHA256, customers.as_bytes());
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(manifest["sha256"]["customers.csv"], digest);
    let evidence = file("evidence.jsonl");
    assert!(evidence.contains(r#""rung":"session""#) && evidence.contains(r#""rung":"data""#));
    assert!(file("deadlines.csv").contains("\"GDPR, authority\",authority,72 hours,20"));
    assert!(!file("list.json").contains("Initech"));
}
