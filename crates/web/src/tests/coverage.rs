//! How far protection reaches, on *Protection* and by the API.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use unhook_app::coverage::{
    Coverage, DeviceShare, Devices, Follower, ProfileKind, ResolverStatus, UpstreamState,
    ZoneStatus,
};
use unhook_app::resolving::{Client, Gating, LookedUp};
use unhook_app::{Role, Scope};

use super::world::{Ask, World};
use crate::fakes::AT;
use crate::{Console, WebSettings};

const LURE: &str = "Acme: your schedule has changed, tap http://acme-okta.example/a to confirm";

/// A profile as property lists are, with a token in it.
const PROFILE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>\
    <key>PayloadType</key><string>Configuration</string></dict></plist>\n";

struct Reach;

impl Coverage for Reach {
    fn zone(&self) -> Option<ZoneStatus> {
        let follower =
            |address: &str, seen, lag| Follower { address: address.to_owned(), seen, lag };
        Some(ZoneStatus {
            zone: "rpz.acme.example".to_owned(),
            serial: 42,
            followers: vec![
                follower("192.0.2.10", Some(AT), Some(0)),
                follower("192.0.2.11", Some(AT), Some(3)),
                follower("192.0.2.12", None, None),
            ],
        })
    }

    fn resolver(&self) -> Option<ResolverStatus> {
        Some(ResolverStatus {
            queries: 48_211,
            blocked: 17,
            without_policy: 0,
            addresses: 212,
            devices: Some(DeviceShare { configured: 40, asked: 12 }),
            held: 3,
            stale: 4,
            failed: 5,
            dropped: vec![("limited", 6), ("busy", 7)],
            untold: 8,
            fails_open: true,
            upstreams: vec![upstream("192.0.2.53:53", true), upstream("192.0.2.54:53", false)],
        })
    }
}

fn upstream(address: &str, is_alive: bool) -> UpstreamState {
    UpstreamState { address: address.to_owned(), zone: None, is_alive, asked: 9, failed: 2 }
}

struct Phones;

impl Devices for Phones {
    fn names(&self) -> Vec<Arc<str>> {
        vec!["Ana's phone".into()]
    }

    fn profile(&self, device: &str, kind: ProfileKind) -> Option<Vec<u8>> {
        let text = match kind {
            ProfileKind::Ios => PROFILE,
            ProfileKind::Android => "token.dns.acme.example\n",
        };
        (device == "Ana's phone").then(|| text.into())
    }
}

async fn world() -> World {
    World::with(WebSettings {
        console: Some(Arc::new(Console::new("Acme", "http://localhost:8081").unwrap())),
        coverage: Some(Arc::new(Reach)),
        devices: Some(Arc::new(Phones)),
        ..WebSettings::default()
    })
    .await
}

fn looked_up(world: &World, name: &str, n: u8, hours_ago: i64, was_blocked: bool) {
    let at = world.running.service.now().unix_ms() - hours_ago * 3_600_000;
    let at = unhook_model::Timestamp::from_unix_ms(at);
    let client = Client::Address([192, 0, 2, n].into());
    let lookup = LookedUp { name: name.into(), client, at, was_blocked };
    world.running.service.gate().looked_up(vec![lookup]);
}

/// Two names blocked, of which one is asked for, and one that waits.
async fn busy() -> World {
    let world = world().await;
    for name in ["lure.example", "quiet.example"] {
        let given = json!({ "name": name, "reason": "imitates our sign-in" });
        assert_eq!(world.post("/api/v1/blocks", Scope::Approve, &given).await.status, 201);
    }
    for n in 0..40 {
        looked_up(&world, "www.lure.example", n % 7, i64::from(n) * i64::from(n) % 70, true);
    }
    world.report(LURE, "ana@acme.example").await;
    world.report(LURE, "bo@acme.example").await;
    for n in 0..5 {
        looked_up(&world, "acme-okta.example", n, 0, false);
    }
    world
}

#[tokio::test]
async fn a_name_that_is_held_is_shown_with_its_reason_and_released() {
    let world = world().await;
    let gate = world.running.service.gate();
    for name in ["sso.acme-login.example", "acme-pay.example"] {
        assert_eq!(gate.gating(name), Gating::Hold, "{name}");
    }
    looked_up(&world, "sso.acme-login.example", 3, 0, true);
    let holds = world.get("/api/v1/holds?limit=1").await.body;
    let hold = &holds["items"][0];
    assert_eq!(
        (&hold["name"], &hold["host"]),
        (&json!("acme-login.example"), &json!("sso.acme-login.example"))
    );
    assert_eq!(
        (&hold["brand"], &hold["hits"], &hold["clients"]),
        (&json!("Acme"), &json!(1), &json!(1))
    );
    assert!(hold["since"].as_str() < hold["until"].as_str(), "{hold}");
    let next = format!("/api/v1/holds?limit=1&cursor={}", holds["next"].as_str().unwrap());
    let rest = world.get(&next).await.body;
    assert_eq!(
        (&rest["items"][0]["name"], &rest["next"]),
        (&json!("acme-pay.example"), &json!(null))
    );
    let (mut approver, ..) = world.sign_in("Abe", Role::Approver).await;
    let page = approver.get("/protection").await.text;
    for says in ["Held names", "acme-login[.]example", "imitates Acme (sso[.]acme-login[.]example)"]
    {
        assert!(page.contains(says), "{says}: {page}");
    }
    let (mut viewer, ..) = world.sign_in("Vic", Role::Viewer).await;
    assert!(!viewer.get("/protection").await.text.contains("/holds/release"));
    assert_eq!(viewer.fill("/holds/release", "name=acme-pay.example").await.status, 403);
    let delete = async |name: &str, scope| {
        world.send(Ask::new(Method::DELETE, &format!("/api/v1/holds/{name}")).by(scope)).await
    };
    assert_eq!(delete("acme-pay.example", Scope::Rule).await.status, 403);
    for (name, status) in [
        ("www.acme-pay.example", 404),
        ("no%20name", 400),
        ("acme-pay.example", 204),
        ("acme-pay.example", 404),
    ] {
        assert_eq!(delete(name, Scope::Approve).await.status, status, "{name}");
    }
    world.surroundings.pass(10 * 60 * 1_000);
    let released = approver.fill("/holds/release", "name=acme-login.example").await;
    assert_eq!(released.status, 303);
    assert_eq!(released.headers["location"], "/protection");
    assert_eq!(gate.gating("sso.acme-login.example"), Gating::Pass, "without a passkey, at once");
    assert_eq!(approver.fill("/holds/release", "name=acme-login.example").await.status, 404);
    assert_eq!(world.get("/api/v1/holds").await.body["items"], json!([]));
    let trail = world.trail();
    assert_eq!(
        trail.iter().filter(|line| line.starts_with("hold-released")).count(),
        2,
        "{trail:?}"
    );
}

#[tokio::test]
async fn the_api_says_who_looked_up_what_and_how_far_it_reaches() {
    let world = busy().await;
    let blocks = world.get("/api/v1/blocks").await.body;
    let [lure, quiet] = [&blocks["items"][0], &blocks["items"][1]];
    assert_eq!((&lure["hits"], &lure["clients"]), (&json!(40), &json!(7)));
    let hours: u64 =
        lure["hours"].as_array().unwrap().iter().map(|hour| hour["hits"].as_u64().unwrap()).sum();
    assert_eq!(hours, 40);
    assert_eq!((&quiet["hits"], &quiet["hours"]), (&json!(0), &json!([])));
    assert!(blocks["hits_since"].is_string());
    let asked = world.get("/api/v1/actions").await.body["items"][0].clone();
    let would = json!({ "hits": 5, "clients": 5, "reports": 2, "staff": 2 });
    assert_eq!(asked["would_hit"], would, "{asked}");
    let reach = world.get("/api/v1/coverage").await.body;
    let [resolver, zone] = [&reach["resolver"], &reach["zone"]];
    assert_eq!((&resolver["devices"], &resolver["devices_asked"]), (&json!(40), &json!(12)));
    assert_eq!(
        (&resolver["addresses_asked"], &zone["followers"][1]["lag"]),
        (&json!(212), &json!(3))
    );
    let nothing = World::new().await.get("/api/v1/coverage").await.body;
    assert!(nothing["resolver"].is_null() && nothing["zone"].is_null(), "{nothing}");
}

#[tokio::test]
async fn what_is_wrong_with_the_resolver_is_in_the_api_on_the_page_and_among_the_metrics() {
    let world = world().await;
    let resolver = &world.get("/api/v1/coverage").await.body["resolver"];
    assert_eq!(resolver["fails_open"], true);
    let counts = ["held", "stale", "failed", "untold"].map(|name| resolver[name].as_u64().unwrap());
    assert_eq!(counts, [3, 4, 5, 8]);
    assert_eq!(resolver["dropped"], json!({ "limited": 6, "busy": 7 }));
    let dead = json!({ "address": "192.0.2.54:53", "zone": null, "is_alive": false, "asked": 9, "failed": 2 });
    assert_eq!(resolver["upstreams"][1], dead);
    let (mut viewer, ..) = world.sign_in("Vic", Role::Viewer).await;
    let page = viewer.get("/protection").await.text;
    for says in [
        "The policy failed: blocked names resolve",
        "192.0.2.54:53 does not answer",
        "7 look-ups got no answer: too many waited",
        "8 look-ups were not counted",
    ] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(!page.contains("192.0.2.53:53 does"), "{page}");
    let metrics = world.send(Ask::get("/metrics").by(Scope::Read)).await.text;
    for line in [
        "unhook_dns_fails_open 1",
        "unhook_dns_held_total 3",
        "unhook_dns_stale_total 4",
        "unhook_dns_failed_total 5",
        "unhook_dns_untold_total 8",
        "unhook_dns_dropped_total{reason=\"busy\"} 7",
        "unhook_dns_upstream_up{upstream=\"192.0.2.54:53\",zone=\"\"} 0",
        "unhook_lookups_dropped_total 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn the_page_says_it_in_words_and_a_picture_and_names_nobody() {
    let world = busy().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let page = admin.get("/protection").await.text;
    for says in [
        "40 look-ups by 7 devices and addresses",
        "Look-ups in the last 72 hours: 40; in the busiest hour: ",
        "nobody asked for it",
        "reported 2 times",
        "looked up 5 times",
        "2 of staff",
        "12 of 40 devices asked in the last 7 days",
        "28 devices asked somewhere else or not at all: they are not covered.",
        "about 212 addresses asked in the last 7 days",
        "3 resolvers follow the zone",
        "3 changes behind",
        "action=\"/devices/profile\"",
    ] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(!page.contains("ana@acme.example") && !page.contains("192.0.2.3<"), "{page}");
    let (mut viewer, ..) = world.sign_in("Vic", Role::Viewer).await;
    let page = viewer.get("/protection").await.text;
    assert!(!page.contains("/devices/profile") && !page.contains("<option value=\"Ana"), "{page}");
}

const PLISTLIB: &str = "
import plistlib, sys
assert plistlib.loads(sys.stdin.buffer.read())['PayloadType'] == 'Configuration'
";

fn plistlib_reads(profile: &[u8]) {
    let python = Command::new("python3").args(["-c", PLISTLIB]).stdin(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "python3 is not installed");
        return;
    };
    python.stdin.take().unwrap().write_all(profile).unwrap();
    assert!(python.wait().unwrap().success());
}

#[tokio::test]
async fn a_device_s_profile_is_for_admins_and_in_the_audit_trail() {
    let world = world().await;
    let path = |kind: &str| format!("/api/v1/devices/Ana's%20phone/profile{kind}");
    for (scope, _) in Scope::ALL.into_iter().filter(|(scope, _)| *scope != Scope::Admin) {
        let refused = world.send(Ask::get(&path("?kind=ios")).by(scope)).await;
        assert_eq!(refused.status, 403, "{scope:?}");
    }
    for (kind, media_type) in
        [("ios", "application/x-apple-aspen-config"), ("android", "text/plain; charset=utf-8")]
    {
        let asked = path(&format!("?kind={kind}"));
        let given = world.send(Ask::get(&asked).by(Scope::Admin)).await;
        assert_eq!(given.status, 200, "{given:?}");
        assert_eq!(given.headers["content-type"], media_type);
        assert_eq!(given.headers["cache-control"], "no-store");
        if kind == "ios" {
            plistlib_reads(given.text.as_bytes());
        }
    }
    for (asked, status) in [
        (path(""), 400),
        (path("?kind=windows"), 400),
        (path("?kind=ios&host=evil.example"), 400),
        ("/api/v1/devices/nobody/profile?kind=ios".to_owned(), 404),
        (format!("/api/v1/devices/{}/profile?kind=ios", "a".repeat(201)), 400),
    ] {
        let answer = world.send(Ask::get(&asked).by(Scope::Admin)).await;
        assert_eq!(answer.status, status, "{asked}: {answer:?}");
    }
    let bare = World::new().await;
    let answer = bare.send(Ask::get(&path("?kind=ios")).by(Scope::Admin)).await;
    assert!(answer.status == 404 && answer.text.contains("device_host"), "{answer:?}");
    let given = ["device-profile-given android", "device-profile-given ios"];
    assert_eq!(world.trail(), given);
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let form = "device=Ana%27s+phone&kind=ios";
    assert_eq!(admin.fill("/devices/profile", form).await.text, PROFILE);
    world.surroundings.pass(10 * 60 * 1_000);
    let later = admin.fill("/devices/profile", form).await;
    assert_eq!(later.status, 303, "it takes a passkey shown just now");
}
