//! Drives the readers of sign-in logs of Okta, Entra and Google Workspace, and of Okta's event hook.
//!
//! Holds: a page is read or is none; each sign-in has an id and a name, both bounded and without what
//! no line has; no more come than entries went in; the same bytes read the same; an event hook without
//! its secret reads nothing.

use unhook_app::identity::SignIn;
use unhook_contain::identity::okta::{EventHook, EventHookError};
use unhook_contain::identity::{Secret, entra, google, okta};

/// The longest field, in bytes: 512 characters of four bytes, and what an id is made of.
const LONGEST: usize = 2_048 + 1_024;

/// The secret of the hook.
const SECRET: &str = "nobody guesses this secret";

/// The first line is the provider; the rest is what it said.
pub fn run(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let (Some(provider), Some(page)) = (lines.next(), lines.next()) else { return };
    match provider {
        b"okta" => check(page, okta::read_log),
        b"entra" => check(page, |page| entra::read_log(page).map(|(read, over, _)| (read, over))),
        b"google" => check(page, |page| google::read_log(page).map(|(read, over, _)| (read, over))),
        b"hook" => hook(page),
        _ => {}
    }
}

fn check(page: &[u8], read: impl Fn(&[u8]) -> Option<(Vec<SignIn>, usize)>) {
    let first = read(page);
    assert_eq!(first, read(page), "the same bytes read otherwise");
    let Some((sign_ins, passed_over)) = first else { return };
    // An entry has two bytes at least, and of Google's each event is one.
    assert!(sign_ins.len() + passed_over <= page.len(), "more entries than bytes");
    for sign_in in &sign_ins {
        bounded(&sign_in.id);
        bounded(&sign_in.login);
        bounded(&sign_in.event);
        let rest = [&sign_in.account, &sign_in.session, &sign_in.device.id, &sign_in.device.agent];
        let network = [&sign_in.network.organization, &sign_in.network.country];
        rest.into_iter().chain(network).flatten().for_each(|text| bounded(text));
    }
}

fn bounded(text: &str) {
    assert!(!text.is_empty() && text.len() <= LONGEST, "{} bytes", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn hook(call: &[u8]) {
    let hook = EventHook::new(Secret::new(SECRET)).expect("it is long");
    for given in [None, Some(""), Some("nobody guesses this secre")] {
        assert_eq!(hook.read(given, call).err(), Some(EventHookError::Secret));
    }
    check(call, |call| hook.read(Some(SECRET), call).ok());
    if let Ok(text) = std::str::from_utf8(call)
        && let Ok(answer) = hook.verification(Some(SECRET), Some(text))
    {
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
        assert_eq!(answer["verification"], text);
    }
}
