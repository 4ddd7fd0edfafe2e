//! Login reports: `Activity` resources of the Reports API, application `login`.
//!
//! Pure: bytes in, sign-ins out. An activity may have several events, and each is an entry; one of
//! another kind is none of ours, and one that makes no sense is counted.

use serde_json::Value;
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};

use crate::identity::value::{MOST_ENTRIES, id, text, time};

/// What a page holds: its sign-ins, how many entries could not be read, and what the next is called.
pub type Log = (Vec<SignIn>, usize, Option<String>);

/// The most events looked at of one activity; Google sends one or two.
const MOST_EVENTS: usize = 16;

/// Reads a page (`items` and `nextPageToken`), or a bare list of activities. `None` when it is neither.
#[must_use]
pub fn read_log(bytes: &[u8]) -> Option<Log> {
    let page: Value = serde_json::from_slice(bytes).ok()?;
    let items = match page.as_array() {
        Some(items) => items.as_slice(),
        // Google leaves an empty list away.
        None if page.is_object() && page["items"].is_null() => &[],
        None => page["items"].as_array()?.as_slice(),
    };
    let (mut sign_ins, mut passed_over) = (Vec::new(), 0);
    for activity in items.iter().take(MOST_ENTRIES) {
        match read_activity(activity) {
            Some(mut read) => sign_ins.append(&mut read),
            None => passed_over += 1,
        }
    }
    Some((sign_ins, passed_over, page["nextPageToken"].as_str().map(str::to_owned)))
}

fn read_activity(activity: &Value) -> Option<Vec<SignIn>> {
    let events = activity["events"].as_array()?.iter().take(MOST_EVENTS).enumerate();
    let ours = events.filter_map(|(index, event)| Some((index, event, outcome(event)?)));
    ours.map(|(index, event, outcome)| sign_in(activity, index, event, outcome)).collect()
}

fn sign_in(
    activity: &Value,
    index: usize,
    event: &Value,
    outcome: SignInOutcome,
) -> Option<SignIn> {
    let (key, actor) = (&activity["id"], &activity["actor"]);
    let time_text = text(&key["time"])?;
    // 64-bit numbers of Google's are texts.
    let qualifier = id(&key["uniqueQualifier"])?;
    let affected =
        parameter(event, "affected_email_address").and_then(|value| text(&value["value"]));
    Some(SignIn {
        id: format!("{time_text}/{qualifier}/{index}"),
        account: id(&actor["profileId"]),
        login: text(&actor["email"]).or(affected)?,
        at: time(&key["time"])?,
        event: text(&event["name"])?,
        outcome,
        address: activity["ipAddress"].as_str().and_then(|address| address.parse().ok()),
        network: network(activity, event),
        device: Device::default(),
        session: None,
    })
}

fn parameter<'a>(event: &'a Value, name: &str) -> Option<&'a Value> {
    let all = event["parameters"].as_array()?;
    all.iter().take(MOST_ENTRIES).find(|parameter| parameter["name"] == name)
}

/// What became of it; `None` for events that are no attempt to sign in.
fn outcome(event: &Value) -> Option<SignInOutcome> {
    let value = |name| parameter(event, name).and_then(|value| value["value"].as_str());
    Some(match event["name"].as_str()? {
        "login_success" => SignInOutcome::Success,
        "login_failure" => match value("login_failure_type").unwrap_or_default() {
            "login_failure_account_disabled" => SignInOutcome::Blocked,
            // Google names no other reason for most.
            _ => SignInOutcome::WrongPassword,
        },
        "login_challenge" | "login_verification" => {
            match value("login_challenge_status").unwrap_or_default() {
                "Challenge Passed" | "passed" => SignInOutcome::SecondFactorPassed,
                "Challenge Failed" | "failed" => SignInOutcome::SecondFactorFailed,
                _ => SignInOutcome::SecondFactorAsked,
            }
        }
        "suspicious_login"
        | "suspicious_programmatic_login"
        | "suspicious_login_less_secure_app"
        | "risky_sensitive_action_blocked" => SignInOutcome::Blocked,
        _ => return None,
    })
}

fn network(activity: &Value, event: &Value) -> Network {
    let info = &activity["networkInfo"];
    Network {
        asn: info["ipAsn"][0].as_u64().and_then(|number| number.try_into().ok()),
        organization: None,
        is_anonymous: None,
        country: text(&info["regionCode"]),
        // "The login attempt had some unusual characteristics, for example the user logged in from an unfamiliar
        // IP address."
        is_unusual: parameter(event, "is_suspicious")
            .and_then(|value| value["boolValue"].as_bool()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome_of(name: &str, parameter: &str, value: &str) -> Option<SignInOutcome> {
        let parameters = serde_json::json!([{ "name": parameter, "value": value }]);
        outcome(&serde_json::json!({ "name": name, "parameters": parameters }))
    }

    #[test]
    fn outcomes_are_told_apart() {
        let status = "login_challenge_status";
        let check = |name, parameter, value, expected| {
            assert_eq!(outcome_of(name, parameter, value), expected, "{name} {value}");
        };
        check("login_success", "login_type", "google_password", Some(SignInOutcome::Success));
        check("login_failure", "login_failure_type", "x", Some(SignInOutcome::WrongPassword));
        check(
            "login_challenge",
            status,
            "Challenge Passed",
            Some(SignInOutcome::SecondFactorPassed),
        );
        check(
            "login_challenge",
            status,
            "Challenge Failed",
            Some(SignInOutcome::SecondFactorFailed),
        );
        check("login_verification", "x", "y", Some(SignInOutcome::SecondFactorAsked));
        check("suspicious_login", "x", "y", Some(SignInOutcome::Blocked));
        check("logout", "x", "y", None);
        check("2sv_enroll", "x", "y", None);
    }

    #[test]
    fn what_google_finds_of_the_place_is_read() {
        let parameters = |value: bool| {
            let parameters = [serde_json::json!({"name": "is_suspicious", "boolValue": value})];
            serde_json::json!({ "name": "login_success", "parameters": parameters })
        };
        let activity = serde_json::json!({
            "networkInfo": { "ipAsn": [9009], "regionCode": "RO", "subdivisionCode": "RO-B" },
        });
        let unusual = network(&activity, &parameters(true));
        assert_eq!((unusual.is_unusual, unusual.asn), (Some(true), Some(9_009)));
        assert_eq!(unusual.country.as_deref(), Some("RO"));
        assert_eq!(network(&activity, &parameters(false)).is_unusual, Some(false));
        assert_eq!(network(&Value::Null, &Value::Null), Network::default());
    }

    #[test]
    fn what_is_no_page_is_none() {
        for bytes in [&b""[..], b"7", br#"{"items":{}}"#] {
            assert!(read_log(bytes).is_none(), "{bytes:?}");
        }
        assert_eq!(read_log(b"{}"), Some((Vec::new(), 0, None)));
        let page = br#"{"items":[{},{"events":[{"name":"login_success"}]}],"nextPageToken":"A"}"#;
        assert_eq!(read_log(page), Some((Vec::new(), 2, Some("A".to_owned()))));
    }
}
