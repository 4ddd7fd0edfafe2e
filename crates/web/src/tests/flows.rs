//! What a client does, from the first report to the ruling.

use axum::body::HttpBody as _;
use axum::http::{Method, header};
use serde_json::json;
use tower::ServiceExt as _;
use unhook_app::Scope;
use unhook_app::screen::fake::FakeScreenReader;

use super::world::{Ask, World, bearer};

const LURE: &str =
    "ALERT!! Your Acme schedule has been updated, tap acme-okta.example to view your changes.";

#[tokio::test]
async fn a_text_is_judged_as_the_command_line_judges_it() {
    let world = World::new().await;
    let answer = world.post("/api/v1/check", Scope::Intake, &json!({ "text": LURE })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["verdict"], "malicious");
    let sum: f64 = answer.body["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["weight"].as_f64())
        .sum();
    assert!((sum - answer.body["score"].as_f64().unwrap()).abs() < 1e-6, "{sum}");
    assert_eq!(answer.body["links"][0]["target"], "acme-okta[.]example");
    let keys: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    insta::assert_debug_snapshot!(keys);
}

#[tokio::test]
async fn a_report_is_taken_once_and_shown() {
    let world = World::new().await;
    let body = json!({ "text": LURE, "reporter": { "mail": "ana@acme.example" } }).to_string();
    let ask =
        || Ask::post("/api/v1/reports", &body).by(Scope::Intake).with("idempotency-key", "k-1");
    let first = world.send(ask()).await;
    assert_eq!(first.status, 202, "{first:?}");
    assert_eq!(first.body["verdict"], "malicious");
    assert_eq!(first.body["is_repeated"], false);
    let position = first.body["position"].as_str().unwrap();
    let again = world.send(ask()).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (200, &first.body["id"]));

    let id = first.body["id"].as_str().unwrap();
    let shown = world.get(&format!("/api/v1/reports/{id}?after={position}")).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert_eq!(shown.body["content"]["text"], LURE);
    assert_eq!(shown.body["way"], "api");
    assert_eq!(shown.headers["unhook-position"], position);
    assert!(!shown.text.contains("ana@"), "the reporter is a pseudonym");
    let listed = world.get("/api/v1/reports?verdict=malicious").await;
    assert_eq!(listed.body["items"][0]["id"], first.body["id"]);
    assert_eq!(listed.body["items"][0].get("content"), None);
    assert_eq!(world.get("/api/v1/reports?verdict=benign").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_name_stops_resolving_and_resolves_again() {
    let world = World::new().await;
    let given = json!({ "name": "acme-okta[.]example", "reason": "imitates our sign-in" });
    let made = world.post("/api/v1/blocks", Scope::Approve, &given).await;
    assert_eq!((made.status.as_u16(), &made.body["name"]), (201, &json!("acme-okta.example")));
    let own = json!({ "name": "sso.acme.example", "reason": "by mistake" });
    let refused = world.post("/api/v1/blocks", Scope::Approve, &own).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body["detail"].as_str().unwrap().contains("own"), "{refused:?}");
    let past = json!({ "name": "b.example", "reason": "x", "expires_at": "2001-01-01T00:00:00Z" });
    assert_eq!(world.post("/api/v1/blocks", Scope::Approve, &past).await.status, 422);
    let listed = world.get("/api/v1/blocks").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
    let lifts = [("www.acme-okta.example", 404), ("acme-okta.example", 204)];
    for (name, status) in lifts.into_iter().chain([("acme-okta.example", 404)]) {
        let path = format!("/api/v1/blocks/{name}");
        let answer = world.send(Ask::new(Method::DELETE, &path).by(Scope::Approve)).await;
        assert_eq!(answer.status, status, "{name}");
    }
    assert_eq!(world.get("/api/v1/blocks").await.body["items"], json!([]));
}

#[tokio::test]
async fn what_a_playbook_asks_is_agreed_to_and_undone() {
    let world = World::new().await;
    world.report(LURE, "ana@acme.example").await;
    world.report(LURE, "bo@acme.example").await;
    let asked = world.get("/api/v1/actions").await;
    let action = asked.body["items"][0].clone();
    assert_eq!((&action["what"], &action["state"]), (&json!("block"), &json!("asked")));
    assert_eq!(action["would_run"], true);
    let path = |what: &str| format!("/api/v1/actions/{}/{what}", action["id"].as_str().unwrap());
    let none = json!({});
    assert_eq!(world.post(&path("undo"), Scope::Approve, &none).await.status, 422);
    assert_eq!(world.post(&path("approve"), Scope::Rule, &none).await.status, 403);
    assert_eq!(world.post(&path("approve"), Scope::Approve, &none).await.status, 200);
    assert_eq!(world.post(&path("approve"), Scope::Approve, &none).await.status, 422);
    let given = json!({ "reason": "too late" });
    assert_eq!(world.post(&path("decline"), Scope::Approve, &given).await.status, 422);
    let of = format!("/api/v1/actions?campaign={}", action["campaign"].as_str().unwrap());
    assert_eq!(world.get(&of).await.body["items"][0]["state"], "approved");
    assert_eq!(world.get("/api/v1/blocks").await.body["items"][0]["name"], "acme-okta.example");
    assert_eq!(world.post(&path("undo"), Scope::Approve, &none).await.status, 200);
    assert_eq!(world.get("/api/v1/blocks").await.body["items"], json!([]));
    let nobody = "/api/v1/actions/01010101-0101-0101-0101-010101010101/approve";
    assert_eq!(world.post(nobody, Scope::Approve, &none).await.status, 404);
}

#[tokio::test]
async fn a_log_says_how_far_a_campaign_got() {
    let world = World::open().await;
    world.report(LURE, "ana@acme.example").await;
    let campaigns = world.get("/api/v1/campaigns").await;
    let campaign = campaigns.body["items"][0]["id"].as_str().unwrap().to_owned();
    let log = b"1658357340000 192.0.2.1 www.acme-okta.example\nnone\n1658357340000 192.0.2.1 news.example";
    let ask = |path| Ask::bytes(path, "text/plain", log).by(Scope::Logs);
    let taken = world.send(ask("/api/v1/logs/unbound")).await;
    assert_eq!(taken.status, 200, "{taken:?}");
    assert_eq!((&taken.body["read"], &taken.body["joined"]), (&json!(2), &json!(1)));
    assert_eq!(taken.body["problems"], json!([{ "line": 2, "problem": "no look-up" }]));
    let again = world.send(ask("/api/v1/logs/unbound")).await;
    assert_eq!((&taken.body["exposed"], &again.body["exposed"]), (&json!(1), &json!(0)));
    let other = world.send(ask("/api/v1/logs/syslog")).await;
    assert_eq!(other.status, 400, "{other:?}");
    let odd = Ask::bytes("/api/v1/logs/unbound", "image/png", log).by(Scope::Logs);
    assert_eq!(world.send(odd).await.status, 415);
    let path = format!("/api/v1/campaigns/{campaign}/exposure");
    let shown = world.get(&path).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    assert_eq!(shown.body["unknown"][0]["rung"], "visited");
    assert_eq!(shown.body["people"][0]["rungs"][0]["sighting"], "seen");
    assert_eq!(shown.body["people"][0]["rungs"][1]["sighting"], "not-observable");
    assert!(!shown.text.contains("192.0.2.1") && !shown.text.contains("ana@"), "{}", shown.text);
    let list = json!({ "at": "2022-07-20T22:49:00Z", "phones": ["+12015550199"] });
    let path = format!("/api/v1/campaigns/{campaign}/recipients");
    let taken = world.post(&path, Scope::Logs, &list).await;
    assert_eq!((taken.status.as_u16(), &taken.body["unknown"]), (200, &json!(1)));
    let bad = json!({ "at": "yesterday", "phones": [] });
    assert_eq!(world.post(&path, Scope::Logs, &bad).await.status, 422);
}

#[tokio::test]
async fn devices_fetch_what_is_blocked_and_hear_when_it_is_as_it_was() {
    let world = World::new().await;
    let given = json!({ "name": "acme-okta.example", "reason": "imitates our sign-in" });
    world.post("/api/v1/blocks", Scope::Approve, &given).await;
    let list = world.get("/api/v1/lists/blocked.txt").await;
    assert_eq!(list.text, "acme-okta.example\n");
    let tag = list.headers[header::ETAG].to_str().unwrap().to_owned();
    let again = Ask::get("/api/v1/lists/blocked.txt").by(Scope::Read).with("if-none-match", &tag);
    assert_eq!(world.send(again).await.status, 304);
    assert!(world.get("/api/v1/lists/hosts").await.text.contains("0.0.0.0 acme-okta.example"));
    assert_eq!(world.get("/api/v1/lists/blocked.json").await.body["names"][0], "acme-okta.example");
    assert_eq!(world.get("/api/v1/lists/passwd").await.status, 404);
    let other = json!({ "name": "acme-sso.example", "reason": "as well" });
    world.post("/api/v1/blocks", Scope::Approve, &other).await;
    let again = Ask::get("/api/v1/lists/blocked.txt").by(Scope::Read).with("if-none-match", &tag);
    assert_eq!(world.send(again).await.status, 200);
}

#[tokio::test]
async fn a_list_of_names_is_brought_in() {
    let world = World::new().await;
    fn import(path: &str) -> Ask<'_> {
        let body = "lure.example\nacme.example\n0.0.0.0 two.example # hosts\n";
        Ask::post(path, body).by(Scope::Approve).with("content-type", "text/plain")
    }
    let made = world.send(import("/api/v1/blocks/import?list=feed&reason=a%20feed")).await;
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!((&made.body["added"], &made.body["refused"]), (&json!(2), &json!(1)));
    assert_eq!(made.body["refusals"][0]["name"], "acme.example");
    let listed = world.get("/api/v1/blocks").await;
    assert_eq!(listed.body["lists"][0]["count"], 2);
    for query in ["", "?list=feed", "?reason=x", "?list=a%2Fb&reason=x", "?list=f&reason=x&more=1"]
    {
        let path = format!("/api/v1/blocks/import{query}");
        let status = world.send(import(&path)).await.status;
        assert!(status.is_client_error(), "{query}: {status}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repetition() {
    let world = World::new().await;
    for number in 0..5 {
        world.report(&format!("See you at {number} for lunch, love"), "ana@acme.example").await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/reports?limit=2".to_owned();
    loop {
        let page = world.get(&path).await;
        let items = page.body["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        assert_eq!(items.len(), 2);
        path = format!("/api/v1/reports?limit=2&cursor={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
}

#[tokio::test]
async fn a_campaign_is_ruled_on_split_and_acknowledged() {
    let world = World::new().await;
    let first = world.report(LURE, "ana@acme.example").await;
    let second = world.report(LURE, "bo@acme.example").await;
    let campaigns = world.get("/api/v1/campaigns").await;
    let campaign = campaigns.body["items"][0].clone();
    assert_eq!(campaign["message_count"], 2, "{campaigns:?}");
    let path = format!("/api/v1/campaigns/{}", campaign["id"].as_str().unwrap());
    let detail = world.get(&path).await;
    assert_eq!(detail.body["reports"], json!([first["id"], second["id"]]));

    let ruling =
        json!({ "campaign": campaign["id"], "ruling": "malicious", "reason": "page seen" });
    let ruled = world.post("/api/v1/rulings", Scope::Rule, &ruling).await;
    assert_eq!(ruled.status, 200, "{ruled:?}");
    world.settle(&ruled.body["position"]).await;
    assert_eq!(world.get(&path).await.body["ruling"], "malicious");
    let stage = world.get("/api/v1/campaigns?stage=active").await;
    assert_eq!(stage.body["items"].as_array().unwrap().len(), 1);
    let trail = world.send(Ask::get("/api/v1/audit").by(Scope::Audit)).await;
    assert_eq!(trail.body["items"][0]["reason"], "page seen");

    let seen = world.post(&format!("{path}/acknowledge"), Scope::Rule, &json!({})).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    world.settle(&seen.body["position"]).await;
    assert!(world.get(&path).await.body["acknowledged_at"].is_string());

    let split = json!({ "reports": [second["id"]] });
    let split = world.post(&format!("{path}/split"), Scope::Rule, &split).await;
    assert_eq!(split.status, 200, "{split:?}");
    let rejoined = world.post("/api/v1/splits/0/rejoin", Scope::Rule, &json!({})).await;
    assert_eq!(rejoined.status, 200, "{rejoined:?}");
    let again = world.post("/api/v1/splits/0/rejoin", Scope::Rule, &json!({})).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "refused"));
}

#[tokio::test]
async fn what_is_given_wrongly_is_told_what_and_where() {
    let world = World::new().await;
    let check = async |ask: Ask<'_>| {
        let answer = world.send(ask).await;
        let detail = answer.body["detail"].as_str().unwrap_or_default().to_owned();
        format!("{} {} {detail}", answer.status.as_u16(), answer.code())
    };
    let post = |body| Ask::post("/api/v1/check", body).by(Scope::Intake);
    let get = |path| Ask::get(path).by(Scope::Read);
    let long = format!(r#"{{"text": "{}"}}"#, "a".repeat(300_000));
    insta::assert_snapshot!(
        [
            check(post(r#"{"text": "a",}"#)).await,
            check(post(r#"{"txet": "a"}"#)).await,
            check(post(r#"{"text": 5}"#)).await,
            check(post(r#"{"text": "a", "recipient": "me"}"#)).await,
            check(post("a").with("content-type", "text/plain")).await,
            check(post(&long)).await,
            check(get("/api/v1/reports?limit=1000")).await,
            check(get("/api/v1/reports?limt=10")).await,
            check(get("/api/v1/reports?cursor=x")).await,
            check(get("/api/v1/campaigns?stage=open")).await,
            check(get("/api/v1/reports/7")).await,
            check(get("/api/v1/reports/00112233-4455-6677-8899-aabbccddeeff")).await,
            check(get("/api/v1/reports?after=soon")).await,
            check(get("/api/v1/events?since=1")).await,
        ]
        .join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn a_read_of_what_is_to_come_is_told_to_come_again() {
    let world = World::new().await;
    let answer = world.get("/api/v1/reports?after=9223372036854775807").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "not-yet"));
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
}

#[tokio::test]
async fn who_a_person_is_needs_a_reason_that_is_kept() {
    let world = World::new().await;
    let report = world.report(LURE, "ana@acme.example").await;
    let shown = world.get(&format!("/api/v1/reports/{}", report["id"].as_str().unwrap())).await;
    let path = format!("/api/v1/people/{}/reveal", shown.body["reporter"].as_str().unwrap());
    let nothing = world.post(&path, Scope::ReadPeople, &json!({ "reason": " " })).await;
    assert_eq!(nothing.status, 422);
    let reason = json!({ "reason": "call back about a report" });
    let person = world.post(&path, Scope::ReadPeople, &reason).await;
    assert_eq!(person.body["contacts"][0]["value"], "ana@acme.example", "{person:?}");
    let trail = world.send(Ask::get("/api/v1/audit").by(Scope::Audit)).await;
    assert_eq!(trail.body["items"][0]["reason"], "call back about a report");
    assert_eq!(trail.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_are_told_apart() {
    let world = World::new().await;
    world.report(LURE, "ana@acme.example").await;
    let nothing = world.post("/api/v1/attention/x/review", Scope::Rule, &json!({})).await;
    assert_eq!((nothing.status.as_u16(), nothing.code()), (404, "not-found"));
    let campaigns = world.get("/api/v1/campaigns").await;
    let path =
        format!("/api/v1/campaigns/{}/notice", campaigns.body["items"][0]["id"].as_str().unwrap());
    let draft = world.get(&path).await;
    assert!(draft.body["text"].is_string(), "{draft:?}");
    let sent = world.post(&path, Scope::Approve, &json!({ "text": draft.body["text"] })).await;
    assert_eq!((sent.status.as_u16(), sent.code()), (409, "refused"), "nothing sends texts here");
}

#[tokio::test]
async fn a_mail_is_handed_in() {
    let world = World::open().await;
    let ask = || Ask::post("/api/v1/intake/mail", LURE).by(Scope::Intake);
    let taken = world.send(ask().with("content-type", "message/rfc822")).await;
    assert_eq!(taken.status, 202, "{taken:?}");
    assert_eq!(world.send(ask()).await.status, 415);
    let world = World::new().await;
    assert_eq!(world.send(ask()).await.status, 404, "without a reader it is not there");
}

#[tokio::test]
async fn what_happens_is_seen_live() {
    let world = World::open().await;
    let watch = || {
        let request = axum::http::Request::get("/api/v1/events")
            .header("authorization", bearer(Scope::Read))
            .header("last-event-id", "0");
        world.api.clone().oneshot(request.body(axum::body::Body::empty()).unwrap())
    };
    world.report("See you at noon for lunch, love", "ana@acme.example").await;
    let response = watch().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let other = watch().await.unwrap();
    assert_eq!(watch().await.unwrap().status(), 503, "there are only two places");
    drop(other);
    let mut body = response.into_body();
    world.report(LURE, "ana@acme.example").await;
    let mut text = String::new();
    while !text.contains("event: report") {
        let frame =
            std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context));
        let data = frame.await.unwrap().unwrap().into_data().unwrap();
        text += std::str::from_utf8(&data).unwrap();
    }
    assert!(text.starts_with("event: missed\ndata: {}\n\n"), "{text}");
    assert!(text.contains("\"kind\":\"report\""), "{text}");
    assert!(!text.contains("acme-okta"), "nothing of the text is in an event");
}

#[tokio::test]
async fn operators_see_how_it_is() {
    let world = World::new().await;
    for path in ["/healthz", "/readyz"] {
        let answer = world.send(Ask::get(path)).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"{"status":"ok"}"#));
    }
    assert_eq!(world.send(Ask::get("/metrics")).await.status, 401);
    let metrics = world.get("/metrics").await;
    let counted = "unhook_http_request_duration_seconds_count{route=\"/healthz\",method=\"GET\",status=\"200\"} 1\n";
    assert!(metrics.text.contains(counted), "{}", metrics.text);
    let admin = world.web.admin();
    let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
    assert_eq!(admin.oneshot(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_screenshot_is_handed_in() {
    let world = World::open().await;
    let picture = FakeScreenReader::picture("+12015550177", LURE);
    let ask = || Ask::bytes("/api/v1/intake/screenshot", "image/png", &picture).by(Scope::Intake);
    let taken = world.send(ask().with("unhook-reporter", "ana@acme.example")).await;
    assert_eq!((taken.status.as_u16(), &taken.body["verdict"]), (202, &json!("malicious")));
    let (id, position) = (taken.body["id"].as_str(), taken.body["position"].as_str());
    let path = format!("/api/v1/reports/{}?after={}", id.unwrap(), position.unwrap());
    let shown = world.get(&path).await;
    assert_eq!(shown.body["content"]["text"], LURE);
    assert_eq!(shown.body["content"]["sender"], "+12015550177");
    assert!(shown.body["reporter"].is_string());
    let once = || ask().with("idempotency-key", "k-1");
    assert_eq!(world.send(once()).await.status, 202);
    assert_eq!(world.send(once()).await.status, 200);
}

#[tokio::test]
async fn what_is_no_screenshot_is_told_so() {
    let world = World::open().await;
    let check = async |kind: &str, body: &[u8], reporter: &str, status: u16, part: &str| {
        let ask = Ask::bytes("/api/v1/intake/screenshot", kind, body).by(Scope::Intake);
        let answer = world.send(ask.with("unhook-reporter", reporter)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(
            answer.body["detail"].as_str().is_some_and(|detail| detail.contains(part)),
            "{answer:?}"
        );
    };
    let picture = FakeScreenReader::picture("", LURE);
    check("image/gif", &picture, "+12015550123", 415, "image/png` or `image/jpeg`").await;
    check("image/png", b"hello", "+12015550123", 422, "PNG").await;
    check("image/png", b"", "+12015550123", 422, "PNG").await;
    check("image/png", &picture, "somebody", 400, "Unhook-Reporter").await;
    check("image/png", &vec![0; (8 << 20) + 1], "+12015550123", 413, "").await;
    let blank = FakeScreenReader::picture("", " ");
    check("image/png", &blank, "+12015550123", 422, "no text was found").await;
}
