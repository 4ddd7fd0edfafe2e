//! Okta: its SDK for Python against the stand-in, and then our connector against the same.

use std::sync::Arc;

use serde_json::json;
use unhook_app::identity::contract::read_all;
use unhook_app::identity::{IdentityError, IdentityProvider as _, ReadFrom, SignInOutcome, Step};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_contain::identity::Secret;
use unhook_contain::identity::okta::{Okta, OktaCredential, OktaSettings, SCOPES};
use unhook_model::Timestamp;

use crate::matrix::{LURE, SAM, SIGN_INS, StandIn as _, run};
use crate::oauth::KEY;
use crate::okta_api::{self, CLIENT, SAM_ID, TOKEN};
use crate::server::Server;
use crate::{authority_file, judges};

pub(crate) fn by_token() -> OktaCredential {
    OktaCredential::Token(Secret::new(TOKEN))
}

pub(crate) fn by_key() -> OktaCredential {
    let (client_id, key_id) = (CLIENT.to_owned(), "key-1".to_owned());
    let (key, scopes) = (Secret::new(KEY), SCOPES.to_owned());
    OktaCredential::ServiceApp { client_id, key_id, key, scopes }
}

async fn world(credential: OktaCredential) -> (Arc<okta_api::Okta>, Server, Okta) {
    let stand_in = okta_api::Okta::new();
    let server = Server::new(|base| stand_in.router(base)).await;
    let settings = OktaSettings {
        name: "okta".to_owned(),
        url: server.http.clone(),
        credential,
        authorities: None,
    };
    let surroundings = TestSurroundings::new(Timestamp::from_unix_ms(LURE), 7);
    let okta = Okta::new(settings, Arc::new(surroundings)).expect("the settings are sound");
    (stand_in, server, okta)
}

#[tokio::test]
async fn everything_holds_with_a_token() {
    let (stand_in, server, okta) = world(by_token()).await;
    run(&okta, &server, &*stand_in).await;
}

#[tokio::test]
async fn everything_holds_with_a_service_app() {
    let (stand_in, server, okta) = world(by_key()).await;
    run(&okta, &server, &*stand_in).await;
    assert!(stand_in.issuer.count() > 5, "tokens expired and were asked for anew");
}

#[tokio::test]
async fn the_sdk_takes_the_stand_in_for_okta() {
    let (stand_in, server, _) = world(by_token()).await;
    let (_folder, file) = authority_file(&server);
    let question = json!({
        "url": server.https, "token": TOKEN, "login": SAM, "authority_file": file,
        "lure": LURE,
    });
    let Some(said) = judges::ask("okta", "judge_okta", question).await else { return };
    assert_eq!(said["id"], SAM_ID);
    assert_eq!(said["missing"], 404);
    assert_eq!(said["logs"], SIGN_INS);
    assert_eq!(said["first"], "INVALID_CREDENTIALS");
    for step in stand_in.additions().into_iter().chain([Step::EndSessions, Step::RevokeTokens]) {
        assert!(stand_in.holds(&step), "{step:?}");
    }
    assert!(stand_in.holds(&Step::ExpirePassword));
}

#[tokio::test]
async fn sign_ins_are_told_in_full() {
    let (_stand_in, _server, okta) = world(by_token()).await;
    let from = ReadFrom::Moment(Timestamp::from_unix_ms(LURE));
    let (sign_ins, _) = read_all(&okta, from).await;
    let outcomes: Vec<SignInOutcome> = sign_ins.iter().map(|sign_in| sign_in.outcome).collect();
    let expected = [
        SignInOutcome::WrongPassword,
        SignInOutcome::SecondFactorFailed,
        SignInOutcome::SecondFactorDenied,
        SignInOutcome::SecondFactorPassed,
        SignInOutcome::Success,
    ];
    assert_eq!(outcomes, expected);
    let last = &sign_ins[4];
    assert_eq!(last.account.as_deref(), Some(SAM_ID));
    assert_eq!(last.network.asn, Some(64_500));
    assert_eq!((last.network.is_anonymous, last.device.is_new), (Some(true), Some(true)));
    assert_eq!(last.session.as_deref(), Some("idx4"));
    assert_eq!(last.address, Some([198, 51, 100, 7].into()));
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let (stand_in, _server, okta) = world(by_token()).await;
    *stand_in.elsewhere.lock().expect("no test fails while it holds this") =
        Some("https://evil.example".to_owned());
    let page = okta.sign_ins(ReadFrom::Moment(Timestamp::from_unix_ms(0))).await;
    assert!(matches!(page, Err(IdentityError::Refused { .. })), "{page:?}");
}

#[tokio::test]
async fn only_who_is_asked_for_is_found() {
    let (_stand_in, _server, okta) = world(by_token()).await;
    for strange in ["me", SAM_ID, "", "../users/me", "sam@acme.example/factors"] {
        assert_eq!(okta.find(strange).await, Ok(None), "{strange}");
    }
    assert!(
        okta.find("SAM@acme.example").await.unwrap_or(None).is_none(),
        "the stand-in is strict"
    );
}

#[tokio::test]
async fn a_device_of_somebody_else_is_left_alone() {
    let (stand_in, _server, okta) = world(by_token()).await;
    let step = stand_in.additions().pop().unwrap();
    okta.perform(&step, "00u2kim0000000000d1x").await.unwrap();
    assert!(!stand_in.holds(&step));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_said_to_be() {
    let (_stand_in, _server, okta) = world(OktaCredential::Token(Secret::new("old"))).await;
    let error = okta.perform(&Step::EndSessions, SAM_ID).await.unwrap_err();
    assert!(matches!(error, IdentityError::Later { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("E0000011") && text.contains("credential"), "{text}");
    assert!(!text.contains("old") && !text.contains(SAM_ID), "{text}");
}
