//! Tokens of a stand-in: given for a secret or a signed assertion, and taken back on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

/// A key for tests, which opens nothing.
pub(crate) const KEY: &str = include_str!("key.pem");

pub(crate) type Form = BTreeMap<String, String>;

#[derive(Default)]
pub(crate) struct Issuer {
    given: Mutex<(usize, BTreeSet<String>)>,
}

impl Issuer {
    /// Whether this `Authorization` is good.
    pub(crate) fn knows(&self, given: &str) -> bool {
        let token = given.strip_prefix("Bearer ");
        token.is_some_and(|token| {
            self.given.lock().expect("no test fails while it holds this").1.contains(token)
        })
    }

    /// Takes back every token.
    pub(crate) fn expire(&self) {
        self.given.lock().expect("no test fails while it holds this").1.clear();
    }

    /// How many tokens were given.
    pub(crate) fn count(&self) -> usize {
        self.given.lock().expect("no test fails while it holds this").0
    }

    /// A token for whoever knows a secret.
    pub(crate) fn by_secret(&self, form: &Form, client: &str, secret: &str) -> Response {
        let is = |name, value| form.get(name).is_some_and(|given| given == value);
        if is("client_id", client) && is("client_secret", secret) {
            return self.give();
        }
        refused("invalid_client")
    }

    /// A token for whoever signs an assertion with [`KEY`], as this client and for one of these addresses.
    pub(crate) fn by_assertion(&self, form: &Form, client: &str, audiences: &[&str]) -> Response {
        let assertion = form.get("client_assertion").or_else(|| form.get("assertion"));
        let Some(claims) = assertion.and_then(|assertion| verified(assertion)) else {
            return refused("invalid_client");
        };
        let now = claims["iat"].as_i64().unwrap_or_default();
        let is_fresh = claims["exp"].as_i64().is_some_and(|end| (1..=3600).contains(&(end - now)));
        if claims["iss"] == client
            && audiences.iter().any(|audience| claims["aud"] == *audience)
            && is_fresh
        {
            return self.give();
        }
        refused("invalid_grant")
    }

    pub(crate) fn give(&self) -> Response {
        let mut given = self.given.lock().expect("no test fails while it holds this");
        given.0 += 1;
        let token = format!("token-{}", given.0);
        given.1.insert(token.clone());
        let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
        Json(body).into_response()
    }
}

fn refused(code: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": code }))).into_response()
}

/// The claims of an assertion that is signed with [`KEY`].
fn verified(assertion: &str) -> Option<Value> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("a key");
    let public: RsaPublicKeyComponents<Vec<u8>> = key.public().into();
    let (signed, signature) = assertion.rsplit_once('.')?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
    let (_, claims) = signed.split_once('.')?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}
