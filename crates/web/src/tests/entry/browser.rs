//! A browser at the console: it keeps cookies and says where requests come from.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use unhook_app::accounts::{Account, Accounts as _, INVITATION_MS, Purpose, later};
use unhook_app::{Access as _, Role};

use super::authenticator::Authenticator;
use crate::peer::Peer;
use crate::tests::world::{Answer, Ask, World};
use crate::{Console, WebSettings};

/// The console of a world.
pub(in crate::tests) async fn world() -> World {
    world_at("http://localhost:8081").await
}

/// The console of a world at a public address.
pub(in crate::tests) async fn world_at(url: &str) -> World {
    let console = Some(Arc::new(Console::new("Acme", url).unwrap()));
    World::with(WebSettings { console, ..WebSettings::default() }).await
}

impl World {
    /// A browser that nobody used yet.
    pub(in crate::tests) fn browser(&self) -> Browser {
        Browser { router: self.web.console(), cookies: Vec::new() }
    }

    /// An account, and a link's code for it.
    pub(in crate::tests) fn invite(&self, name: &str, role: Role) -> (Account, String) {
        let now = self.running.service.now();
        let account = self.accounts.add(name, role, now).unwrap().unwrap();
        let until = later(now, INVITATION_MS);
        let code = self.accounts.issue(account.id, Purpose::Join, until).unwrap().unwrap();
        (account, code)
    }

    /// Somebody signed in with a passkey.
    pub(in crate::tests) async fn sign_in(
        &self,
        name: &str,
        role: Role,
    ) -> (Browser, Authenticator, Account) {
        let (account, code) = self.invite(name, role);
        let (mut browser, mut key) = (self.browser(), Authenticator::new());
        let answer = browser.join(&code, &mut key).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        (browser, key, account)
    }

    /// What the audit trail says was done, newest first.
    pub(in crate::tests) fn trail(&self) -> Vec<String> {
        let trail = self.tokens.trail(None, 100).unwrap();
        let line = |entry: unhook_app::AuditEntry| match entry.reason {
            Some(reason) => format!("{} {reason}", entry.action),
            None => entry.action,
        };
        trail.into_iter().map(|(_, entry)| line(entry)).collect()
    }
}

pub(in crate::tests) struct Browser {
    router: Router,
    pub(in crate::tests) cookies: Vec<(String, String)>,
}

impl Browser {
    pub(in crate::tests) async fn get(&mut self, path: &str) -> Answer {
        self.send(Ask::get(path)).await
    }

    /// Sends a form of a page of the console.
    pub(in crate::tests) async fn fill(&mut self, path: &str, form: &str) -> Answer {
        let ask = Ask::post(path, form).with("content-type", "application/x-www-form-urlencoded");
        self.send(ask.with("sec-fetch-site", "same-origin")).await
    }

    /// Sends what a script of the console sends.
    pub(in crate::tests) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Ask::post(path, &body.to_string()).with("sec-fetch-site", "same-origin")).await
    }

    pub(in crate::tests) async fn send(&mut self, ask: Ask<'_>) -> Answer {
        self.send_to("localhost:8081", ask).await
    }

    /// Sends to a host as it was typed.
    pub(in crate::tests) async fn send_to(&mut self, host: &str, ask: Ask<'_>) -> Answer {
        self.send_between(host, None, ask).await
    }

    /// Sends from an address.
    pub(in crate::tests) async fn send_from(&mut self, peer: &str, ask: Ask<'_>) -> Answer {
        self.send_between("localhost:8081", Some(Peer(peer.parse().unwrap())), ask).await
    }

    async fn send_between(&mut self, host: &str, peer: Option<Peer>, ask: Ask<'_>) -> Answer {
        let kept = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let kept = kept.collect::<Vec<_>>().join("; ");
        let mut request = ask.with("host", host).with("cookie", &kept).request();
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap().to_owned();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value));
            }
        }
        Answer::of(response).await
    }

    /// Whether it is signed in.
    pub(in crate::tests) async fn is_in(&mut self) -> bool {
        let answer = self.get("/").await;
        assert!(answer.status.is_success() || answer.status.is_redirection(), "{answer:?}");
        answer.status.is_success()
    }

    /// Begins a ceremony: its name and its options.
    pub(in crate::tests) async fn start(&mut self, at: &str) -> (String, Value) {
        let answer = self.post(&format!("{at}/start"), &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let ceremony = answer.body["ceremony"].as_str().unwrap().to_owned();
        (ceremony, answer.body["options"].clone())
    }

    /// Ends one.
    pub(in crate::tests) async fn finish(
        &mut self,
        at: &str,
        ceremony: &str,
        credential: &Value,
    ) -> Answer {
        let body = json!({ "ceremony": ceremony, "credential": credential });
        self.post(&format!("{at}/finish"), &body).await
    }

    pub(in crate::tests) async fn join(&mut self, code: &str, key: &mut Authenticator) -> Answer {
        self.make(&format!("/join/{code}"), key).await
    }

    /// Lets a passkey be made.
    pub(in crate::tests) async fn make(&mut self, at: &str, key: &mut Authenticator) -> Answer {
        let (ceremony, options) = self.start(at).await;
        self.finish(at, &ceremony, &key.make(&options)).await
    }

    /// Lets a passkey be shown.
    pub(in crate::tests) async fn show(&mut self, at: &str, key: &mut Authenticator) -> Answer {
        let (ceremony, options) = self.start(at).await;
        self.finish(at, &ceremony, &key.show(&options)).await
    }

    /// Where an answer leads.
    pub(in crate::tests) fn leads(answer: &Answer) -> &str {
        answer.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    /// Sends a form as another site would make a browser send it.
    pub(in crate::tests) async fn forge(&mut self, path: &str) -> Answer {
        let ask = Ask::new(Method::POST, path)
            .with("content-type", "application/x-www-form-urlencoded")
            .with("sec-fetch-site", "cross-site")
            .with("origin", "https://evil.example");
        self.send(ask).await
    }
}
