//! Pictures of texts, fetched from an API that is as strict as Twilio's.

use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use unhook_messaging::Secret;
use unhook_messaging::twilio::{TwilioAccount, TwilioMedia};
use unhook_messaging::webhook::Media;

const PICTURE: &[u8] = b"\x89PNG picture";

/// `AC1:secret` in base 64.
const BASIC: &str = "Basic QUMxOnNlY3JldA==";

async fn kept(headers: HeaderMap) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(BASIC) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Redirect::temporary("/files/1?signed").into_response()
}

/// Where files lie nobody must say who they are.
async fn file(headers: HeaderMap) -> Response {
    match headers.contains_key(header::AUTHORIZATION) {
        true => StatusCode::BAD_REQUEST.into_response(),
        false => PICTURE.into_response(),
    }
}

async fn away(State(address): State<String>) -> Redirect {
    Redirect::temporary(&address.replace("127.0.0.1", "localhost"))
}

async fn api() -> String {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let at = |path: &str| format!("/2010-04-01/Accounts/AC1/Messages/MM1/Media/{path}");
    let router = Router::new()
        .route(&at("ME1"), get(kept))
        .route(&at("ME2"), get(async || vec![0_u8; 9 << 20]))
        .route(&at("ME3"), get(away))
        .route(
            &at("ME4"),
            get(async || Redirect::temporary("/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME4")),
        )
        .route("/files/1", get(file))
        .with_state(address.clone());
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

fn media(api: &str) -> TwilioMedia {
    let account = TwilioAccount { sid: "AC1".to_owned(), key: None, secret: Secret::new("secret") };
    TwilioMedia::new(account).expect("a client").api(api)
}

fn picture(url: String, content_type: &str) -> Media {
    Media { url, content_type: content_type.to_owned() }
}

#[tokio::test]
async fn a_picture_is_fetched_with_the_accounts_credentials_and_without_them_elsewhere() {
    let api = api().await;
    let at = |id: &str| format!("{api}/2010-04-01/Accounts/AC1/Messages/MM1/Media/{id}");
    let all = [picture(at("ME1"), "image/png"), picture(at("ME1"), "video/mp4")];
    let fetched = media(&api).fetch(&all).await;
    assert_eq!(fetched.len(), 1, "films are not looked at");
    assert_eq!((&fetched[0].bytes[..], &fetched[0].content_type[..]), (PICTURE, "image/png"));
    let many = vec![picture(at("ME1"), "image/png"); 10];
    assert_eq!(media(&api).fetch(&many).await.len(), 3);
}

#[tokio::test]
async fn what_lies_elsewhere_is_too_large_or_never_ends_is_left_out() {
    let api = api().await;
    let at = |id: &str| format!("{api}/2010-04-01/Accounts/AC1/Messages/MM1/Media/{id}");
    for url in [
        at("ME2"),
        at("ME3"),
        at("ME4"),
        at("ME404"),
        format!("{api}/files/1"),
        format!("{api}/2010-04-01/Accounts/AC2/Messages/MM1/Media/ME1"),
        format!("{api}/2010-04-01/Accounts/AC1/../AC2/ME1"),
        api.replace("127.0.0.1", "localhost") + "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1",
        "file:///etc/passwd".to_owned(),
        "no address".to_owned(),
    ] {
        assert_eq!(media(&api).fetch(&[picture(url.clone(), "image/png")]).await, [], "{url}");
    }
}
