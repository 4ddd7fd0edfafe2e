//! The System Log: `LogEvent`s of the management API, as a poll, an event hook or a file has them.
//!
//! Pure: bytes in, sign-ins out. An event of another kind is none of ours, and one that makes no
//! sense is counted.

use reqwest::header::{HeaderMap, LINK};
use serde_json::Value;
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};

use crate::identity::value::{MOST_ENTRIES, id, text, time};

/// Reads a JSON list of events: the sign-ins in it, and how many of their kinds could not be read.
/// `None` when it is no such list.
#[must_use]
pub fn read_log(bytes: &[u8]) -> Option<(Vec<SignIn>, usize)> {
    let events: Vec<Value> = serde_json::from_slice(bytes).ok()?;
    Some(read_events(&events))
}

/// Reads events.
pub(super) fn read_events(events: &[Value]) -> (Vec<SignIn>, usize) {
    let ours = events.iter().take(MOST_ENTRIES).filter_map(|event| Some((event, kind(event)?)));
    let read: Vec<Option<SignIn>> = ours.map(|(event, kind)| sign_in(event, kind)).collect();
    let unread = read.iter().filter(|read| read.is_none()).count();
    // What is beyond the bound is counted as ours: it may be.
    let passed_over = unread + events.len().saturating_sub(MOST_ENTRIES);
    (read.into_iter().flatten().collect(), passed_over)
}

#[derive(Clone, Copy)]
enum Kind {
    Session,
    SecondFactor,
    Denied,
}

fn kind(event: &Value) -> Option<Kind> {
    match event["eventType"].as_str()? {
        "user.session.start" => Some(Kind::Session),
        "user.authentication.auth_via_mfa" => Some(Kind::SecondFactor),
        "user.mfa.okta_verify.deny_push" => Some(Kind::Denied),
        _ => None,
    }
}

fn sign_in(event: &Value, kind: Kind) -> Option<SignIn> {
    let (actor, client) = (&event["actor"], &event["client"]);
    let is_user = actor["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("user"));
    Some(SignIn {
        id: id(&event["uuid"])?,
        account: id(&actor["id"]).filter(|id| is_user && known(id)),
        login: text(&actor["alternateId"])?,
        at: time(&event["published"])?,
        event: text(&event["eventType"])?,
        outcome: outcome(&event["outcome"], kind),
        address: client["ipAddress"].as_str().and_then(|address| address.parse().ok()),
        network: network(event),
        device: device(event),
        session: session(&event["authenticationContext"]),
    })
}

/// Okta writes `unknown` where it knows nothing.
fn known(text: &str) -> bool {
    text != "unknown"
}

fn outcome(outcome: &Value, kind: Kind) -> SignInOutcome {
    let reason = outcome["reason"].as_str().unwrap_or_default().to_ascii_lowercase();
    let result = outcome["result"].as_str().unwrap_or_default();
    match (kind, result) {
        (Kind::Denied, _) => SignInOutcome::SecondFactorDenied,
        (Kind::Session, "SUCCESS" | "ALLOW") => SignInOutcome::Success,
        (Kind::SecondFactor, "SUCCESS" | "ALLOW") => SignInOutcome::SecondFactorPassed,
        (_, "CHALLENGE") => SignInOutcome::SecondFactorAsked,
        (Kind::SecondFactor, _) if reason.contains("reject") || reason.contains("deni") => {
            SignInOutcome::SecondFactorDenied
        }
        (Kind::SecondFactor, _) => SignInOutcome::SecondFactorFailed,
        (_, "DENY") => SignInOutcome::Blocked,
        _ if reason.contains("locked") || reason.contains("policy") => SignInOutcome::Blocked,
        _ if reason.contains("credential") || reason.contains("verification_error") => {
            SignInOutcome::WrongPassword
        }
        _ => SignInOutcome::Failure,
    }
}

fn network(event: &Value) -> Network {
    let context = &event["securityContext"];
    Network {
        asn: context["asNumber"].as_u64().and_then(|number| number.try_into().ok()),
        organization: text(&context["asOrg"]).or_else(|| text(&context["isp"])),
        is_anonymous: context["isProxy"].as_bool(),
        country: text(&event["client"]["geographicalContext"]["country"]),
        is_unusual: behavior(event, "New Country"),
    }
}

fn device(event: &Value) -> Device {
    let (device, client) = (&event["device"], &event["client"]);
    let agent = text(&client["userAgent"]["rawUserAgent"]);
    Device {
        // `client.id` is an application's (OAuth), and the same for everybody who uses it.
        id: id(&device["id"]).filter(|id| known(id)),
        agent: agent.filter(|agent| known(agent)),
        is_new: behavior(event, "New Device"),
        is_managed: device["managed"].as_bool(),
    }
}

/// What Okta's behaviour detection says, in either place where it says it.
fn behavior(event: &Value, name: &str) -> Option<bool> {
    let behaviors = event["securityContext"]["userBehaviors"].as_array().into_iter().flatten();
    let named = behaviors.take(MOST_ENTRIES).find(|behavior| behavior["name"] == name);
    if let Some(result) = named.and_then(|behavior| behavior["result"].as_str()) {
        return judged(result);
    }
    // `{New Geo-Location=NEGATIVE, New Device=POSITIVE, …}`
    let all = event["debugContext"]["debugData"]["behaviors"].as_str()?;
    let (_, rest) = all.split_once(&format!("{name}="))?;
    judged(rest.split([',', '}']).next()?.trim())
}

fn judged(result: &str) -> Option<bool> {
    match result {
        "POSITIVE" => Some(true),
        "NEGATIVE" => Some(false),
        _ => None,
    }
}

fn session(context: &Value) -> Option<String> {
    let places = [&context["externalSessionId"], &context["rootSessionId"]];
    places.into_iter().filter_map(id).find(|session| known(session))
}

/// The address of the next page (RFC 8288), in any of the headers that have some.
pub(super) fn next_link(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(LINK).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(links).find(|(_, is_next)| *is_next).map(|(target, _)| target.to_owned())
}

/// Every link of one header, and whether it is to the next page.
fn links(value: &str) -> impl Iterator<Item = (&str, bool)> {
    value.split('<').skip(1).filter_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let mut parameters = parameters.split([';', ',']).map(str::trim);
        Some((target, parameters.any(|p| p == "rel=\"next\"" || p == "rel=next")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let check = |values: &[&str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(LINK, value.parse().unwrap());
            }
            assert_eq!(next_link(&headers).as_deref(), expected, "{values:?}");
        };
        let own = "<https://a.example/api/v1/logs?x=1>; rel=\"self\"";
        let next = "<https://a.example/api/v1/logs?after=2,3>; rel=\"next\"";
        check(&[own, next], Some("https://a.example/api/v1/logs?after=2,3"));
        check(&[&format!("{own}, {next}")], Some("https://a.example/api/v1/logs?after=2,3"));
        check(&[own], None);
        check(&["<", "<x", "rel=\"next\""], None);
    }

    fn outcome_of(kind: Kind, result: &str, reason: &str) -> SignInOutcome {
        outcome(&serde_json::json!({ "result": result, "reason": reason }), kind)
    }

    #[test]
    fn outcomes_are_told_apart() {
        let check = |kind, result, reason, expected| {
            assert_eq!(outcome_of(kind, result, reason), expected, "{result} {reason}");
        };
        check(Kind::Session, "SUCCESS", "", SignInOutcome::Success);
        check(Kind::Session, "FAILURE", "INVALID_CREDENTIALS", SignInOutcome::WrongPassword);
        check(Kind::Session, "FAILURE", "LOCKED_OUT", SignInOutcome::Blocked);
        check(Kind::Session, "DENY", "", SignInOutcome::Blocked);
        check(Kind::Session, "FAILURE", "?", SignInOutcome::Failure);
        check(Kind::SecondFactor, "SUCCESS", "", SignInOutcome::SecondFactorPassed);
        check(
            Kind::SecondFactor,
            "FAILURE",
            "INVALID_CREDENTIALS",
            SignInOutcome::SecondFactorFailed,
        );
        let rejected = "User rejected Okta push verify";
        check(Kind::SecondFactor, "FAILURE", rejected, SignInOutcome::SecondFactorDenied);
        check(Kind::Denied, "SUCCESS", "", SignInOutcome::SecondFactorDenied);
    }

    #[test]
    fn a_new_device_is_seen_in_either_place() {
        let check = |event: Value, expected| {
            assert_eq!(behavior(&event, "New Device"), expected, "{event}");
        };
        let debug = |text| serde_json::json!({"debugContext": {"debugData": {"behaviors": text}}});
        check(debug("{New Geo-Location=NEGATIVE, New Device=POSITIVE, New IP=x}"), Some(true));
        check(debug("{New Device=NEGATIVE}"), Some(false));
        check(debug("{New Device=BAD_REQUEST}"), None);
        check(debug("New Device="), None);
        let behaviors = serde_json::json!([{"name": "New Device", "result": "POSITIVE"}]);
        check(serde_json::json!({"securityContext": {"userBehaviors": behaviors}}), Some(true));
        check(serde_json::json!({}), None);
    }
}
