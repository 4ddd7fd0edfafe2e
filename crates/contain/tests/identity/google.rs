//! Google Workspace: Google's client for Python against the stand-in, and then our connector.

use std::sync::Arc;

use serde_json::json;
use unhook_app::identity::contract::read_all;
use unhook_app::identity::{ReadFrom, SignInOutcome, Step};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_contain::identity::google::{Google, GoogleSettings, SCOPES};
use unhook_contain::identity::{Secret, SettingsError};
use unhook_model::Timestamp;

use crate::google_api::{self, SAM_ID, key_file};
use crate::judges;
use crate::matrix::{LURE, SAM, SIGN_INS, StandIn as _, run};
use crate::server::Server;

fn made(server: &Server, key_file: &str) -> Result<Google, SettingsError> {
    let settings = GoogleSettings {
        name: "google".to_owned(),
        key_file: Secret::new(key_file),
        admin: "unhook-admin@acme.example".to_owned(),
        scopes: SCOPES.to_owned(),
        url: server.http.clone(),
        authorities: None,
    };
    let surroundings = TestSurroundings::new(Timestamp::from_unix_ms(LURE), 7);
    Google::new(settings, Arc::new(surroundings))
}

async fn world() -> (Arc<google_api::Google>, Server, Google) {
    let stand_in = google_api::Google::new();
    let server = Server::new(|base| stand_in.router(base)).await;
    let google = made(&server, &key_file(&server.http)).expect("the key file is one");
    (stand_in, server, google)
}

#[tokio::test]
async fn everything_holds() {
    let (stand_in, server, google) = world().await;
    run(&google, &server, &*stand_in).await;
    assert!(stand_in.issuer.count() > 5, "tokens expired and were asked for anew");
}

#[tokio::test]
async fn the_client_of_google_takes_the_stand_in_for_it() {
    let (stand_in, server, _) = world().await;
    let question = json!({
        "url": server.http, "login": SAM, "lure": LURE,
        "key_file": key_file(&server.http), "admin": "unhook-admin@acme.example",
    });
    let Some(said) = judges::ask("google", "judge_google", question).await else { return };
    assert_eq!(said["id"], SAM_ID);
    assert_eq!(said["missing"], 404);
    assert_eq!(said["logs"], SIGN_INS);
    assert_eq!(said["first"], "login_success");
    for step in stand_in.additions().into_iter().chain([
        Step::EndSessions,
        Step::RevokeTokens,
        Step::ExpirePassword,
        Step::Suspend,
    ]) {
        assert!(stand_in.holds(&step), "{step:?}");
    }
}

#[tokio::test]
async fn sign_ins_are_told_in_full() {
    let (_stand_in, _server, google) = world().await;
    let (sign_ins, _) = read_all(&google, ReadFrom::Moment(Timestamp::from_unix_ms(LURE))).await;
    // Newest first.
    let outcomes: Vec<SignInOutcome> =
        sign_ins.iter().rev().map(|sign_in| sign_in.outcome).collect();
    let expected = [
        SignInOutcome::WrongPassword,
        SignInOutcome::SecondFactorFailed,
        SignInOutcome::Blocked,
        SignInOutcome::SecondFactorPassed,
        SignInOutcome::Success,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(sign_ins[0].account.as_deref(), Some(SAM_ID));
    assert_eq!(sign_ins[0].network.asn, Some(64_500));
}

#[tokio::test]
async fn a_key_file_is_one_or_is_refused() {
    let (_stand_in, server, _) = world().await;
    let good = key_file(&server.http);
    for (what, with) in
        [("PRIVATE KEY", "PUBLIC KEY"), ("token_uri", "x"), ("http://", "http://x.")]
    {
        let refused = made(&server, &good.replace(what, with));
        assert!(refused.is_err(), "{with}");
    }
    let error = made(&server, "{}").unwrap_err().to_string();
    assert!(error.contains("JSON file"), "{error}");
}
