//! Through an OpenID provider: one of npm's, on this machine, walked through as a browser does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use axum::http::StatusCode;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::json;
use unhook_app::Role;
use unhook_app::accounts::Accounts as _;
use unhook_model::Timestamp;

use super::authenticator::Authenticator;
use super::browser::Browser;
use crate::tests::world::{Answer, World};
use crate::{Console, Oidc, Secret, WebSettings};

/// Set by `cargo xtask test`: the folder the judges were installed in. With it, none may be
/// missing.
const FOLDER: &str = "UNHOOK_JUDGES";

const REDIRECT: &str = "http://localhost:8081/sign-in/callback";

/// The provider at work; it ends with this.
struct Provider {
    process: Child,
    issuer: String,
    /// Held, since it says more, and gives up when nobody listens.
    _out: BufReader<ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    /// Starts it; `None` when it is not installed and need not be.
    fn start() -> Option<Self> {
        let folder = match std::env::var_os(FOLDER) {
            Some(folder) => PathBuf::from(folder),
            // This program lies in `target/debug/deps`.
            None => std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("judges"),
        };
        let home = folder.join("oidc-provider");
        if !home.join("installed").exists() {
            assert!(std::env::var_os(FOLDER).is_none(), "the OpenID provider is missing");
            let message = "\nnothing was judged: `cargo xtask test` installs oidc-provider\n";
            std::io::stderr().write_all(message.as_bytes()).unwrap();
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/entry/provider.mjs");
        let package = home.join("node_modules/oidc-provider").canonicalize().unwrap();
        let mut node = Command::new("node");
        node.arg(script).arg(package).arg(REDIRECT).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = node.spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut issuer = String::new();
        while !issuer.starts_with("http") {
            issuer.clear();
            assert!(out.read_line(&mut issuer).unwrap() > 0, "the provider gave up");
        }
        Some(Self { process, issuer: issuer.trim().to_owned(), _out: out })
    }

    fn settings(&self) -> Oidc {
        Oidc {
            name: "Acme ID".to_owned(),
            issuer: self.issuer.clone(),
            client_id: "unhook".to_owned(),
            client_secret: Some(Secret::new("s3cret: of/acme")),
            role_claim: None,
            roles: Vec::new(),
        }
    }

    /// Walks through the provider as somebody, from where we send them to where it sends them back:
    /// path and query.
    async fn walk(&self, from: &str, somebody: &str) -> String {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let mut cookies: Vec<(String, String)> = Vec::new();
        let mut url = Url::parse(from).unwrap();
        for _ in 0..10 {
            let kept: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let request = client.get(url.clone()).header("x-account", somebody);
            let answer = request.header("cookie", kept.join("; ")).send().await.unwrap();
            for line in answer.headers().get_all("set-cookie") {
                let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
                cookies.retain(|(known, _)| known != name);
                let value = rest.split(';').next().unwrap().to_owned();
                cookies.push((name.to_owned(), value));
            }
            let Some(to) = answer.headers().get("location") else {
                panic!("the provider stopped: {}", answer.text().await.unwrap())
            };
            url = url.join(to.to_str().unwrap()).unwrap();
            if url.as_str().starts_with(REDIRECT) {
                return format!("{}?{}", url.path(), url.query().unwrap_or_default());
            }
        }
        panic!("the provider leads nowhere")
    }
}

/// The provider's clock is the machine's, so ours is, too.
async fn world(oidc: Oidc) -> World {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_unix_ms(i64::try_from(now.as_millis()).unwrap());
    let console = Console::new("Acme", "http://localhost:8081").unwrap().with_oidc(oidc).unwrap();
    let console = Some(Arc::new(console));
    World::at(now, WebSettings { console, ..WebSettings::default() }).await
}

async fn sent(browser: &mut Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Lax; Max-Age=300"), "{cookie}");
    Browser::leads(&answer).to_owned()
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
}

#[tokio::test]
async fn an_invitation_binds_a_subject_who_comes_in_by_it_from_then_on() {
    let Some(provider) = Provider::start() else { return };
    let world = world(provider.settings()).await;
    let (account, code) = world.invite("Ana", Role::Approver);
    let mut browser = world.browser();
    assert!(browser.get("/sign-in").await.text.contains("Sign in with Acme ID"));
    let there = sent(&mut browser, &format!("/join/{code}/oidc")).await;
    assert!(there.contains("code_challenge_method=S256") && there.contains("nonce="), "{there}");
    let back = provider.walk(&there, "ana").await;
    let arrived = browser.get(&back).await;
    assert_eq!(arrived.status, StatusCode::OK, "{arrived:?}");
    assert!(arrived.text.contains("content=\"0;url=/account\""), "{}", arrived.text);
    assert!(browser.is_in().await);
    assert!(world.accounts.account(account.id).unwrap().unwrap().is_bound);
    // Never fresh: what needs approval needs a passkey.
    let now = world.running.service.now();
    assert!(!world.accounts.sessions(account.id, now).unwrap()[0].is_fresh(now));
    let step_up = browser.post("/step-up/start", &json!({})).await;
    assert_eq!(step_up.status, StatusCode::CONFLICT, "there is no passkey yet");
    let mut key = Authenticator::new();
    assert_eq!(browser.make("/account/passkeys", &mut key).await.status, StatusCode::OK);
    assert!(!world.accounts.sessions(account.id, now).unwrap()[0].is_fresh(now));
    assert_eq!(browser.show("/step-up", &mut key).await.status, StatusCode::OK);
    assert!(world.accounts.sessions(account.id, now).unwrap()[0].is_fresh(now));
    // From then on without an invitation.
    let mut other = world.browser();
    let there = sent(&mut other, "/sign-in/oidc?next=/campaigns").await;
    let arrived = other.get(&provider.walk(&there, "ana").await).await;
    assert!(arrived.text.contains("content=\"0;url=/campaigns\""), "{}", arrived.text);
    // Whoever has a session of one's own but a passkey already shows that first.
    world.surroundings.pass(1_000);
    let add = other.post("/account/passkeys/start", &json!({})).await;
    assert_eq!(add.status, StatusCode::FORBIDDEN);
    let trail = world.trail();
    assert!(
        trail.contains(&"oidc-bound".to_owned()) && trail.contains(&"signed-in oidc".to_owned())
    );
}

#[tokio::test]
async fn whoever_was_not_invited_stays_out_and_a_way_back_is_good_once() {
    let Some(provider) = Provider::start() else { return };
    let world = world(provider.settings()).await;
    let mut browser = world.browser();
    let there = sent(&mut browser, "/sign-in/oidc").await;
    refused(&browser.get(&provider.walk(&there, "bo").await).await);
    assert_eq!(world.trail()[0], "sign-in-refused oidc-unknown");
    // Bound from here on.
    let (_, code) = world.invite("Bo", Role::Viewer);
    let there = sent(&mut browser, &format!("/join/{code}/oidc")).await;
    let back = provider.walk(&there, "bo").await;
    let before = browser.cookies.clone();
    assert_eq!(browser.get(&back).await.status, StatusCode::OK);
    // Replayed, in the same browser as it was.
    browser.cookies = before;
    refused(&browser.get(&back).await);
    // The invitation is used up, for somebody else too.
    let answer = world.browser().get(&format!("/join/{code}/oidc")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // Somebody else's browser: the answer of an attacker does not sign a victim in.
    let there = sent(&mut browser, "/sign-in/oidc").await;
    let back = provider.walk(&there, "bo").await;
    let mut victim = world.browser();
    refused(&victim.get(&back).await);
    sent(&mut victim, "/sign-in/oidc").await;
    refused(&victim.get(&back).await);
    // Too late.
    let there = sent(&mut browser, "/sign-in/oidc").await;
    let back = provider.walk(&there, "bo").await;
    world.surroundings.pass(5 * 60 * 1_000);
    refused(&browser.get(&back).await);
}

#[tokio::test]
async fn what_was_swapped_or_declined_lets_nobody_in() {
    let Some(provider) = Provider::start() else { return };
    let world = world(provider.settings()).await;
    let (account, code) = world.invite("Bo", Role::Viewer);
    let mut browser = world.browser();
    let there = sent(&mut browser, &format!("/join/{code}/oidc")).await;
    browser.get(&provider.walk(&there, "bo").await).await;
    world.accounts.end(account.id, None).unwrap();
    // Another nonce.
    let there = sent(&mut browser, "/sign-in/oidc").await;
    let mut url = Url::parse(&there).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let swapped = pairs.iter().map(|(name, value)| match name.as_str() {
        "nonce" => (name.as_str(), "another"),
        _ => (name.as_str(), value.as_str()),
    });
    url.query_pairs_mut().clear().extend_pairs(swapped);
    refused(&browser.get(&provider.walk(url.as_str(), "bo").await).await);
    assert_eq!(world.trail()[0], "sign-in-refused oidc-nonce");
    // The code of one way with the state of another.
    let one = sent(&mut browser, "/sign-in/oidc").await;
    let mut attacker = world.browser();
    let theirs = sent(&mut attacker, "/sign-in/oidc").await;
    let back = provider.walk(&theirs, "bo").await;
    let parameter = |url: &str, name: &str| {
        let url = Url::parse("http://localhost").unwrap().join(url).unwrap();
        url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    let code = parameter(&back, "code");
    let state = parameter(&one, "state");
    refused(&browser.get(&format!("/sign-in/callback?code={code}&state={state}")).await);
    assert_eq!(world.trail()[0], "sign-in-refused oidc-token");
    // Another issuer answers.
    let there = sent(&mut browser, "/sign-in/oidc").await;
    let state = parameter(&there, "state");
    let path = format!("/sign-in/callback?code=x&state={state}&iss=https://evil.example");
    refused(&browser.get(&path).await);
    assert_eq!(world.trail()[0], "sign-in-refused oidc-issuer");
    // Declined, and nothing at all.
    let there = sent(&mut browser, "/sign-in/oidc").await;
    let state = parameter(&there, "state");
    refused(&browser.get(&format!("/sign-in/callback?error=access_denied&state={state}")).await);
    refused(&browser.get("/sign-in/callback").await);
    refused(&browser.get("/sign-in/callback?state=&code=").await);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_claim_makes_an_account_where_that_is_configured() {
    let Some(provider) = Provider::start() else { return };
    let settings = Oidc {
        role_claim: Some("groups".to_owned()),
        roles: vec![("soc".to_owned(), Role::Analyst), ("other".to_owned(), Role::Admin)],
        ..provider.settings()
    };
    let world = world(settings).await;
    let mut browser = world.browser();
    let there = sent(&mut browser, "/sign-in/oidc").await;
    refused(&browser.get(&provider.walk(&there, "bo").await).await);
    let there = sent(&mut browser, "/sign-in/oidc").await;
    assert_eq!(browser.get(&provider.walk(&there, "cy").await).await.status, StatusCode::OK);
    let accounts = world.accounts.accounts().unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(
        (accounts[0].role, accounts[0].name.as_str()),
        (Role::Analyst, "cy of the provider")
    );
}

#[tokio::test]
async fn nobody_is_bound_or_made_whom_the_trail_does_not_know_of() {
    let Some(provider) = Provider::start() else { return };
    let settings = Oidc {
        role_claim: Some("groups".to_owned()),
        roles: vec![("soc".to_owned(), Role::Analyst)],
        ..provider.settings()
    };
    let world = world(settings).await;
    let (account, code) = world.invite("Ana", Role::Approver);
    let mut browser = world.browser();
    let there = sent(&mut browser, &format!("/join/{code}/oidc")).await;
    let back = provider.walk(&there, "ana").await;
    world.tokens.set_unavailable(true);
    assert_eq!(browser.get(&back).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!world.accounts.account(account.id).unwrap().unwrap().is_bound);
    let there = sent(&mut browser, "/sign-in/oidc").await;
    let back = provider.walk(&there, "cy").await;
    assert_eq!(browser.get(&back).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let made = world.accounts.accounts().unwrap().pop().unwrap();
    assert!(made.is_bound && made.disabled_at.is_some(), "{made:?}");
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn other_signatures_and_clients_do_and_wrong_settings_do_not() {
    let Some(provider) = Provider::start() else { return };
    let usual = provider.settings();
    let with = |client_id: &str, secret: Option<&str>| Oidc {
        client_id: client_id.to_owned(),
        client_secret: secret.map(Secret::new),
        ..usual.clone()
    };
    for (settings, expected) in [
        (with("unhook-public", None), StatusCode::OK),
        (with("unhook", Some("wrong")), StatusCode::FORBIDDEN),
        (with("unhook-ec", Some("s3cret")), StatusCode::OK),
    ] {
        let client = settings.client_id.clone();
        let world = world(settings).await;
        let (_, code) = world.invite("Ana", Role::Viewer);
        let mut browser = world.browser();
        let there = sent(&mut browser, &format!("/join/{code}/oidc")).await;
        let answer = browser.get(&provider.walk(&there, "ana").await).await;
        assert_eq!(answer.status, expected, "{client}: {answer:?}");
    }
    let other = Oidc { issuer: format!("{}/", usual.issuer), ..usual.clone() };
    let answer = world(other).await.browser().get("/sign-in/oidc").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "it calls itself otherwise");
    let away = Oidc { issuer: "http://127.0.0.1:9".to_owned(), ..usual };
    let answer = world(away).await.browser().get("/sign-in/oidc").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    for issuer in ["http://id.example", "id.example", "ftp://id.example", "https://id.example/?a"] {
        let console = Console::new("Acme", "http://localhost:8081").unwrap();
        let oidc = Oidc { issuer: issuer.to_owned(), ..Oidc::default() };
        assert!(console.with_oidc(oidc).is_err(), "{issuer}");
    }
}
