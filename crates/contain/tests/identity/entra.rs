//! Microsoft Entra: Microsoft's SDK for Python against the stand-in, and then our connector.

use std::sync::Arc;

use serde_json::json;
use unhook_app::identity::contract::read_all;
use unhook_app::identity::{IdentityError, IdentityProvider as _, ReadFrom, SignInOutcome, Step};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_contain::identity::Secret;
use unhook_contain::identity::entra::{Entra, EntraSettings};
use unhook_model::Timestamp;

use crate::entra_api::{self, CLIENT, SAM_ID, SECRET, TENANT};
use crate::judges;
use crate::matrix::{LURE, SAM, SIGN_INS, StandIn as _, run};
use crate::server::Server;

async fn world(secret: &str) -> (Arc<entra_api::Entra>, Server, Entra) {
    let stand_in = entra_api::Entra::new();
    let server = Server::new(|_| stand_in.router()).await;
    let settings = EntraSettings {
        name: "entra".to_owned(),
        tenant: TENANT.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: Secret::new(secret),
        graph: server.http.clone(),
        login: server.http.clone(),
        authorities: None,
    };
    let surroundings = TestSurroundings::new(Timestamp::from_unix_ms(LURE), 7);
    let entra = Entra::new(settings, Arc::new(surroundings)).expect("the settings are sound");
    (stand_in, server, entra)
}

#[tokio::test]
async fn everything_holds() {
    let (stand_in, server, entra) = world(SECRET).await;
    run(&entra, &server, &*stand_in).await;
    assert!(stand_in.issuer.count() > 5, "tokens expired and were asked for anew");
}

#[tokio::test]
async fn the_sdk_takes_the_stand_in_for_graph() {
    let (stand_in, server, _) = world(SECRET).await;
    stand_in.issuer.give();
    let question = json!({ "url": format!("{}/v1.0", server.http), "token": "token-1", "login": SAM, "lure": LURE });
    let Some(said) = judges::ask("msgraph", "judge_entra", question).await else { return };
    assert_eq!(said["id"], SAM_ID);
    assert_eq!(said["missing"], "Request_ResourceNotFound");
    assert_eq!(said["logs"], SIGN_INS);
    assert_eq!(said["first"], 0);
    for step in stand_in.additions().into_iter().chain([
        Step::EndSessions,
        Step::ExpirePassword,
        Step::Suspend,
    ]) {
        assert!(stand_in.holds(&step), "{step:?}");
    }
}

#[tokio::test]
async fn sign_ins_are_told_in_full() {
    let (_stand_in, _server, entra) = world(SECRET).await;
    let (sign_ins, end) = read_all(&entra, ReadFrom::Moment(Timestamp::from_unix_ms(LURE))).await;
    // Newest first.
    let outcomes: Vec<SignInOutcome> =
        sign_ins.iter().rev().map(|sign_in| sign_in.outcome).collect();
    let expected = [
        SignInOutcome::WrongPassword,
        SignInOutcome::SecondFactorAsked,
        SignInOutcome::SecondFactorDenied,
        SignInOutcome::Blocked,
        SignInOutcome::Success,
    ];
    assert_eq!(outcomes, expected);
    let newest = &sign_ins[0];
    assert_eq!(newest.account.as_deref(), Some(SAM_ID));
    assert_eq!(newest.device.agent.as_deref(), Some("Firefox on Linux"));
    assert_eq!(newest.network.is_anonymous, Some(true));
    // Late entries are looked for again, so the same come once more.
    let (again, _) = read_all(&entra, ReadFrom::Cursor(&end)).await;
    assert_eq!(again.len(), SIGN_INS);
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let (stand_in, _server, entra) = world(SECRET).await;
    *stand_in.elsewhere.lock().expect("no test fails while it holds this") =
        Some("https://evil.example".to_owned());
    let page = entra.sign_ins(ReadFrom::Moment(Timestamp::from_unix_ms(0))).await;
    assert!(matches!(page, Err(IdentityError::Refused { .. })), "{page:?}");
}

#[tokio::test]
async fn a_method_is_removed_from_where_methods_are() {
    let (stand_in, _server, entra) = world(SECRET).await;
    for strange in ["../../revokeSignInSessions", "users/x", "passwordMethods/x", "phoneMethods/.."]
    {
        entra.perform(&Step::RemoveFactor(strange.to_owned()), SAM_ID).await.unwrap();
    }
    assert!(!stand_in.holds(&Step::EndSessions), "nothing else was called");
}

#[tokio::test]
async fn a_secret_that_is_not_accepted_is_said_to_be() {
    let (_stand_in, _server, entra) = world("an old secret").await;
    let error = entra.perform(&Step::EndSessions, SAM_ID).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, IdentityError::Later { .. }), "{error}");
    assert!(text.contains("invalid_client") && !text.contains("old secret"), "{text}");
}
