//! Trying a webhook: each lets a call of its own in, says what is wrong where something is, and leaves
//! nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use unhook_app::Probe;
use unhook_app::probe::contract;
use unhook_messaging::Secret;
use unhook_messaging::chat::slack::SlackWebhook;
use unhook_messaging::chat::teams::TeamsWebhook;
use unhook_messaging::plivo::PlivoWebhook;
use unhook_messaging::telnyx::TelnyxWebhook;
use unhook_messaging::twilio::TwilioWebhook;
use unhook_messaging::vonage::VonageWebhook;

use crate::world::still;

const URL: &str = "https://sms.acme.example";
const TELNYX_KEY: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

const SECRET: &str = "c2l4dGVlbiBieXRlcyBhbmQgc29tZSBtb3JlIG9mIHRoZW0=";

fn secret() -> Secret {
    Secret::new(SECRET)
}

fn probes() -> Vec<Arc<dyn Probe>> {
    vec![
        TwilioWebhook::new(secret(), URL).expect("settings").probe(),
        PlivoWebhook::new(&secret(), URL).expect("settings").probe(),
        VonageWebhook::new(&secret(), still()).expect("settings").probe(),
        SlackWebhook::new(&secret(), still()).expect("settings").probe(),
        TeamsWebhook::new(&secret(), still()).expect("settings").probe(),
        TelnyxWebhook::new(TELNYX_KEY, still()).expect("settings").probe(),
    ]
}

#[tokio::test]
async fn each_lets_a_call_in_that_is_signed_as_its_own() {
    for probe in probes() {
        let name = probe.name().to_owned();
        let line = contract::run(&*probe).await.expect("let in");
        let says = match &*name {
            "Telnyx" => "that Telnyx did not sign is refused; only Telnyx can",
            _ => "is let in, one that was changed is not",
        };
        assert!(line.contains(says), "{name}: {line}");
        assert!(line.contains(&format!("/intake/{}", name.to_lowercase())), "{name}: {line}");
        assert!(!line.contains(SECRET), "{name}: {line}");
    }
}

#[tokio::test]
async fn a_url_without_tls_is_said() {
    let open = "http://sms.acme.example";
    let webhooks = [
        TwilioWebhook::new(secret(), open).expect("settings").probe(),
        PlivoWebhook::new(&secret(), open).expect("settings").probe(),
    ];
    for probe in webhooks {
        let why = contract::run(&*probe).await.expect_err("no TLS").to_string();
        assert!(why.contains("without TLS") && why.contains("`public_url`"), "{why}");
    }
}

#[tokio::test]
async fn trying_counts_as_no_refusal() {
    let webhook = TwilioWebhook::new(secret(), URL).expect("settings");
    contract::run(&*webhook.probe()).await.expect("let in");
    assert_eq!(webhook.refused().load(Ordering::SeqCst), 0);
}
