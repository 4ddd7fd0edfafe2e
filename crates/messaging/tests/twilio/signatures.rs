//! What Twilio's SDKs sign is accepted, and nothing that differs from it in anything.

use serde_json::{Value, json};
use unhook_messaging::Secret;
use unhook_messaging::twilio::TwilioWebhook;
use unhook_messaging::webhook::{ProviderError, WebhookCall};

use crate::judges::Judge;
use crate::{BOTH, PYTHON};

const TOKEN: &str = "fedcbafedcbafedcbafedcbafedcbaf0";
const SIGNATURE: &str = "x-twilio-signature";
const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// A request that Twilio may make.
struct Case {
    public_url: &'static str,
    path_and_query: &'static str,
    content: Content,
    /// `HMAC_SHA256`, which only Python's SDK knows.
    is_sha256: bool,
}

enum Content {
    Form(Vec<(&'static str, &'static str)>),
    Json(&'static str),
}

fn form(public_url: &'static str, extra: &[(&'static str, &'static str)]) -> Case {
    let mut pairs = vec![("MessageSid", "SM01"), ("From", "+12015550123"), ("To", "+12015550199")];
    if extra.iter().all(|(name, _)| *name != "Body") {
        pairs.push(("Body", "your schedule changed, tap acme-okta.example"));
    }
    pairs.extend(extra);
    let path_and_query = "/intake/twilio";
    Case { public_url, path_and_query, content: Content::Form(pairs), is_sha256: false }
}

fn cases() -> Vec<Case> {
    let plain = "https://sms.acme.example";
    let in_json = r#"{"MessageSid":"SM02","From":"+12015550123","Body":"häuser 🎣 \"x\""}"#;
    vec![
        form(plain, &[]),
        form(plain, &[("Body", "")]),
        form(plain, &[("Body", "häuser 🎣 \u{202e}&=+%20;\r\n\t\u{0}")]),
        form(plain, &[("Body", " a "), ("Empty", ""), ("body", "lower"), ("BODY", "upper")]),
        form(plain, &[("Tag", "b"), ("Tag", "a"), ("Tag", "b"), ("Tag", "ä")]),
        form("https://sms.acme.example:8443", &[]),
        form("https://sms.acme.example:443", &[]),
        form("http://127.0.0.1:8080/unhook", &[]),
        form("https://user:pass@sms.acme.example", &[]),
        Case { path_and_query: "/intake/twilio?org=acme&x=%20y", ..form(plain, &[]) },
        Case { is_sha256: true, ..form(plain, &[("Body", "ä")]) },
        Case { content: Content::Json(in_json), ..form(plain, &[]) },
        Case {
            content: Content::Json(in_json),
            path_and_query: "/intake/twilio?org=acme",
            ..form("https://sms.acme.example:8443", &[])
        },
    ]
}

impl Case {
    fn question(&self) -> Value {
        let url = format!("{}{}", self.public_url, self.path_and_query);
        let mut question = match &self.content {
            Content::Form(pairs) => json!({ "url": url, "token": TOKEN, "parameters": pairs }),
            Content::Json(body) => json!({ "url": url, "token": TOKEN, "body": body }),
        };
        if self.is_sha256 {
            question["algorithm"] = "HMAC_SHA256".into();
        }
        question
    }

    fn content_type(&self) -> &'static str {
        match self.content {
            Content::Form(_) => FORM,
            Content::Json(_) => "application/json",
        }
    }

    fn body(&self) -> String {
        match &self.content {
            Content::Form(pairs) => encoded(pairs),
            Content::Json(body) => (*body).to_owned(),
        }
    }
}

/// A form, everything but letters and digits escaped.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let escape = |byte: u8| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(escape).collect::<String>()
    };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[test]
fn what_the_sdks_sign_is_accepted_and_nothing_else() {
    for judge in BOTH {
        let mut cases = cases();
        cases.retain(|case| !case.is_sha256 || judge == PYTHON);
        let questions: Vec<Value> = cases.iter().map(Case::question).collect();
        let Some(answers) = judge.ask(&json!({ "sign": questions })) else { continue };
        let answers = answers.as_array().expect("a list of answers");
        assert_eq!(answers.len(), cases.len());
        for (case, answer) in cases.iter().zip(answers) {
            let url = answer["url"].as_str().expect("a URL");
            let signature = answer["signature"].as_str().expect("a signature");
            check(case, url, signature, judge);
        }
    }
}

#[track_caller]
fn check(case: &Case, url: &str, signature: &str, judge: Judge) {
    let webhook = TwilioWebhook::new(Secret::new(TOKEN), case.public_url).expect("settings");
    let rest = url.strip_prefix(case.public_url).expect("the URL begins with the public one");
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let body = case.body();
    let mut headers = vec![("content-type", case.content_type()), (SIGNATURE, signature)];
    if case.is_sha256 {
        headers.push(("x-twilio-webhooks-signature-settings", "key=k,algorithm=HMAC_SHA256"));
    }
    let call = WebhookCall { path, query, headers: &headers, body: body.as_bytes() };
    let read = webhook.read_text(&call);
    assert!(read.is_ok(), "{judge:?} signed {url} {body}: {read:?}");

    for mutation in mutations(&call) {
        let mut headers = headers.clone();
        headers[1].1 = &mutation.signature;
        let query = mutation.query.as_deref();
        let call = WebhookCall { query, headers: &headers, body: &mutation.body, ..call };
        let read = webhook.read_text(&call);
        let is_refused =
            matches!(read, Err(ProviderError::Signature(_) | ProviderError::Malformed(_)));
        assert!(is_refused, "{judge:?} signed {url} {body}, not {}: {read:?}", mutation.what);
    }
    let other = TwilioWebhook::new(Secret::new("another"), case.public_url).expect("settings");
    assert!(matches!(other.read_text(&call), Err(ProviderError::Signature(_))));
}

/// A call that differs in one thing from one that is signed.
struct Mutation {
    what: String,
    query: Option<String>,
    signature: String,
    body: Vec<u8>,
}

/// Another letter at each place of the body and of the signature, and longer and shorter ones.
///
/// No `&` or `=` is put into the body: where it only moves the border between a name and its
/// value, the signature by its nature does not see it.
fn mutations(call: &WebhookCall<'_>) -> Vec<Mutation> {
    let signature = call.header(SIGNATURE).unwrap_or_default().to_owned();
    let query = call.query.map(str::to_owned);
    let body = call.body.to_vec();
    let plain = |what: String| Mutation {
        what,
        query: query.clone(),
        signature: signature.clone(),
        body: body.clone(),
    };
    let mut mutations = Vec::new();
    // A letter or digit that becomes another one; within an escape, of another value.
    for (at, byte) in body.iter().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()) {
        let mut mutation = plain(format!("byte {at} of the body"));
        mutation.body[at] = if *byte == b'1' { b'2' } else { b'1' };
        mutations.push(mutation);
    }
    for at in 0..signature.len() {
        let mut bytes = signature.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let mut mutation = plain(format!("letter {at} of the signature"));
        mutation.signature = String::from_utf8(bytes).expect("letters");
        mutations.push(mutation);
    }
    let mut longer = plain("a parameter more".to_owned());
    longer.body.extend_from_slice(b"&X=y");
    mutations.push(longer);
    let mut none = plain("no body".to_owned());
    none.body.clear();
    mutations.push(none);
    let mut other = plain("another query".to_owned());
    other.query = Some(format!("{}z", query.as_deref().unwrap_or_default()));
    mutations.push(other);
    let mut without = plain("a shorter signature".to_owned());
    without.signature.pop();
    mutations.push(without);
    mutations
}
