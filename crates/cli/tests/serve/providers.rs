//! Mistakes in `[[identity]]`, of each kind: every one is told, with its place and what to write.

use crate::house::Place;

const OKTA: &str = "kind = \"okta\"\nurl = \"https://acme.okta.example\"\n";
const APP: &str = "client_id = \"0oa1\"\nkey_id = \"k1\"\n";
const SCIM: &str = "kind = \"scim\"\nurl = \"https://scim.acme.example/v2\"\n";
const ENTRA: &str = "kind = \"entra\"\ntenant = \"acme.example\"\nclient_id = \"c1\"\n";
const GOOGLE: &str = "kind = \"google\"\nadmin = \"ada@acme.example\"\n";
const SIGNALS: &str =
    "kind = \"shared-signals\"\nissuer = \"https://unhook.acme.example\"\nkey_id = \"k1\"\n";
const RECEIVER: &str = "[[identity.receivers]]\nname = \"a\"\naudience = \"https://a.example\"\n";

/// What is said of these sections, in which something is wrong.
#[track_caller]
fn said(sections: &[&str]) -> String {
    let sections = sections.iter().map(|lines| format!("[[identity]]\n{lines}"));
    let place = Place::new().and(&sections.collect::<Vec<_>>().join("\n"));
    place.write("token", "00token-of-nobody-at-all");
    place.write("nothing", "\n");
    place.write("short", "secret");
    place.write("signals.pem", include_str!("signals.pem"));
    let run = place.run(&["doctor", "--org", "unhook.toml"]);
    assert_eq!(run.status, Some(1), "{}{}", run.out, run.err);
    assert!(!run.out.contains("of-nobody"), "a secret is shown: {}", run.out);
    let wrong = run.out.split("WRONG").skip(1).collect::<Vec<_>>().join("\n");
    assert!(!wrong.is_empty(), "{}", run.out);
    wrong
}

#[track_caller]
fn check(lines: &str, says: &[&str]) {
    let said = said(&[lines]);
    for says in says {
        assert!(said.contains(says), "{says} is missing for\n{lines}\nin\n{said}");
    }
}

#[test]
fn a_key_that_is_missing_is_named() {
    check("", &["needs a `kind`", "\"okta\"", "\"shared-signals\""]);
    check("kind = \"ldap\"", &["`ldap` is no kind", "okta, entra, google, scim"]);
    check("kind = \"okta\"\ntoken_file = \"token\"", &["kind okta needs `url`"]);
    check(OKTA, &["kind okta needs `token_file`"]);
    check(SCIM, &["kind scim needs `token_file`"]);
    check(ENTRA, &["kind entra needs `client_secret_file`"]);
    check(
        "kind = \"entra\"\nclient_secret_file = \"token\"",
        &["needs `tenant`", "needs `client_id`"],
    );
    check(GOOGLE, &["kind google needs `key_file`"]);
    check(&format!("{SIGNALS}key_file = \"signals.pem\""), &["[[identity.receivers]]"]);
    let signals = format!("{SIGNALS}key_file = \"signals.pem\"\n{RECEIVER}");
    check(&signals, &["[[identity.receivers]] needs `token_file`"]);
    check(&format!("{OKTA}token_fil = \"token\""), &["token_fil", "token_file"]);
}

#[test]
fn a_file_that_is_not_there_or_no_secret_is_named_with_the_provider() {
    let missing = |lines: &str, key: &str, name: &str| {
        check(&format!("{lines}{key} = \"gone\""), &[&format!("[[identity]] `{name}`"), "gone"]);
    };
    missing(OKTA, "token_file", "okta");
    missing(&format!("{OKTA}{APP}"), "private_key_file", "okta");
    missing(SCIM, "token_file", "scim");
    missing(ENTRA, "client_secret_file", "entra");
    missing(GOOGLE, "key_file", "google");
    let okta = format!("{OKTA}token_file = \"token\"\n");
    missing(&okta, "authorities_file", "okta");
    missing(&okta, "event_hook_secret_file", "okta");
    let key = format!("{SIGNALS}key_file = \"gone\"\n{RECEIVER}token_file = \"token\"");
    check(&key, &["[[identity]] `shared-signals`", "gone"]);
    let token = format!("{SIGNALS}key_file = \"signals.pem\"\n{RECEIVER}token_file = \"gone\"");
    check(&token, &["[[identity]] `shared-signals`", "gone"]);

    check(&format!("{OKTA}token_file = \"nothing\""), &["[[identity]] `okta`", "nothing"]);
    check(&format!("{OKTA}{APP}private_key_file = \"token\""), &["[[identity]] `okta`", "PKCS #8"]);
    check(&format!("{GOOGLE}key_file = \"token\""), &["[[identity]] `google`", "JSON"]);
    check(&format!("{okta}authorities_file = \"token\""), &["[[identity]] `okta`"]);
    check(&format!("{okta}event_hook_secret_file = \"short\""), &["`okta`", "20 characters"]);
}

#[test]
fn an_address_that_would_show_a_credential_is_refused() {
    for (url, says) in [
        ("http://acme.okta.example", "plain http"),
        ("http://127.0.0.1.example", "plain http"),
        ("acme.okta.example", "not an https address"),
        ("ftp://acme.okta.example", "not an https address"),
        ("https://name@acme.okta.example", "name or password"),
        ("https://acme.okta.example/?a=1", "leave off"),
    ] {
        for kind in ["okta", "scim"] {
            let lines = format!("kind = \"{kind}\"\nurl = \"{url}\"\ntoken_file = \"token\"");
            check(&lines, &[&format!("[[identity]] `{kind}`"), says]);
        }
    }
    let word = "kind = \"okta\"\nurl = \"https://name:word@acme.okta.example\"\n";
    check(word, &["this URL holds a password", "a file of its own"]);
    let endpoint = format!(
        "{SIGNALS}key_file = \"signals.pem\"\n{RECEIVER}endpoint = \"http://a.example/events\""
    );
    check(&endpoint, &["[[identity]] `shared-signals`", "plain http"]);
}

#[test]
fn providers_are_told_apart_by_name() {
    let okta = format!("{OKTA}token_file = \"token\"\n");
    let two = said(&[&okta, &okta]);
    assert!(two.contains("two [[identity]] are called `okta`; give one a `name`"), "{two}");
    let scim = format!("{SCIM}token_file = \"token\"\nname = \"okta\"\n");
    let two = said(&[&okta, &scim]);
    assert!(two.contains("two [[identity]] are called `okta`"), "{two}");
    let signals =
        format!("{SIGNALS}key_file = \"signals.pem\"\n{RECEIVER}token_file = \"token\"\n");
    let again = signals.replacen("kind", "name = \"other\"\nkind", 1);
    assert!(said(&[&signals, &again]).contains("one [[identity]] of the kind shared-signals"));
}
