//! Sign-in logs: `signIn` resources of Microsoft Graph, as a page of the API or an export has them.
//!
//! Pure: bytes in, sign-ins out. What only the beta version tells (network, session, user agent) is
//! read where it is there. What an error code means: Microsoft, "Microsoft Entra authentication and
//! authorization error codes".

use serde_json::Value;
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};

use crate::identity::value::{MOST_ENTRIES, id, text, time};

/// What a page holds: its sign-ins, how many entries could not be read, and where the next one is.
pub type Log = (Vec<SignIn>, usize, Option<String>);

/// Reads a page (`value` and `@odata.nextLink`) or a bare list of entries. `None` when it is neither.
#[must_use]
pub fn read_log(bytes: &[u8]) -> Option<Log> {
    let page: Value = serde_json::from_slice(bytes).ok()?;
    let entries = page.as_array().or_else(|| page["value"].as_array())?;
    let entries = &entries[..entries.len().min(MOST_ENTRIES)];
    let sign_ins: Vec<SignIn> = entries.iter().filter_map(sign_in).collect();
    let next = page["@odata.nextLink"].as_str().map(str::to_owned);
    let passed_over = entries.len() - sign_ins.len();
    Some((sign_ins, passed_over, next))
}

fn sign_in(entry: &Value) -> Option<SignIn> {
    Some(SignIn {
        id: id(&entry["id"])?,
        account: id(&entry["userId"]),
        login: text(&entry["userPrincipalName"])?,
        at: time(&entry["createdDateTime"])?,
        event: text(&entry["clientAppUsed"]).unwrap_or_else(|| "sign-in".to_owned()),
        outcome: outcome(&entry["status"]),
        address: entry["ipAddress"].as_str().and_then(|address| address.parse().ok()),
        network: network(entry),
        device: device(entry),
        session: id(&entry["sessionId"]),
    })
}

fn outcome(status: &Value) -> SignInOutcome {
    let details = status["additionalDetails"].as_str().unwrap_or_default().to_ascii_lowercase();
    let Some(code) = status["errorCode"].as_i64() else { return SignInOutcome::Failure };
    match code {
        0 => SignInOutcome::Success,
        // No such user, wrong password.
        50_034 | 50_056 | 50_126 => SignInOutcome::WrongPassword,
        // A second factor is asked for, or must be set up first.
        50_072 | 50_074 | 50_076 | 50_079 | 50_158 => SignInOutcome::SecondFactorAsked,
        // "MFA denied; …": what follows says whether the owner said no, or nobody answered.
        500_121 if details.contains("declined") || details.contains("fraud") => {
            SignInOutcome::SecondFactorDenied
        }
        500_121 => SignInOutcome::SecondFactorFailed,
        // Locked or a malicious address; disabled; device and place; risk.
        50_053 | 50_057 | 50_097 | 53_000..=53_011 | 530_003 | 530_034 => SignInOutcome::Blocked,
        _ => SignInOutcome::Failure,
    }
}

fn network(entry: &Value) -> Network {
    let kinds = entry["networkLocationDetails"].as_array().into_iter().flatten();
    let is_trusted =
        kinds.take(MOST_ENTRIES).any(|kind| kind["networkType"] == "trustedNamedLocation");
    let has_risk = |kinds: &[&str]| {
        // The first has what is known by now, the second is the older form of it.
        let risks = [&entry["riskEventTypes_v2"], &entry["riskEventTypes"]];
        let risks = risks.into_iter().filter_map(Value::as_array).flatten();
        let mut risks = risks.take(MOST_ENTRIES).filter_map(Value::as_str);
        risks.any(|risk| kinds.contains(&risk))
    };
    let is_anonymous = has_risk(&["anonymizedIPAddress", "maliciousIPAddress"]);
    // "Atypical travel" is `unlikelyTravel`; `mcasImpossibleTravel` and `newCountry` come from Defender.
    let travels = ["unlikelyTravel", "impossibleTravel", "mcasImpossibleTravel", "newCountry"];
    Network {
        asn: entry["autonomousSystemNumber"].as_u64().and_then(|number| number.try_into().ok()),
        organization: None,
        // That no risk was seen does not say that there is none.
        is_anonymous: if is_anonymous { Some(true) } else { is_trusted.then_some(false) },
        country: text(&entry["location"]["countryOrRegion"]),
        is_unusual: has_risk(&travels).then_some(true),
    }
}

fn device(entry: &Value) -> Device {
    let detail = &entry["deviceDetail"];
    let parts = [text(&detail["browser"]), text(&detail["operatingSystem"])];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let described = (!parts.is_empty()).then(|| parts.join(" on "));
    Device {
        id: id(&detail["deviceId"]),
        agent: text(&entry["userAgent"]).or(described),
        is_new: None,
        // One that keeps to the rules is one that the organization sees.
        is_managed: match detail["isCompliant"].as_bool() {
            Some(true) => Some(true),
            _ => detail["isManaged"].as_bool(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_told_apart() {
        let check = |code: i64, details: &str, expected| {
            let status = serde_json::json!({ "errorCode": code, "additionalDetails": details });
            assert_eq!(outcome(&status), expected, "{code} {details}");
        };
        check(0, "", SignInOutcome::Success);
        check(50_126, "", SignInOutcome::WrongPassword);
        check(50_074, "", SignInOutcome::SecondFactorAsked);
        check(
            500_121,
            "MFA denied; user declined the authentication",
            SignInOutcome::SecondFactorDenied,
        );
        check(500_121, "MFA denied; invalid verification code", SignInOutcome::SecondFactorFailed);
        check(500_121, "Authentication failed", SignInOutcome::SecondFactorFailed);
        check(53_003, "", SignInOutcome::Blocked);
        check(7, "", SignInOutcome::Failure);
        assert_eq!(outcome(&Value::Null), SignInOutcome::Failure);
    }

    #[test]
    fn what_entra_finds_of_place_and_device_is_read() {
        let entry = serde_json::json!({
            "riskEventTypes": ["unlikelyTravel"],
            "deviceDetail": { "deviceId": "", "isManaged": false, "isCompliant": true },
        });
        assert_eq!((network(&entry).is_unusual, network(&entry).is_anonymous), (Some(true), None));
        assert_eq!((device(&entry).id, device(&entry).is_managed), (None, Some(true)));
        let entry = serde_json::json!({ "deviceDetail": { "isManaged": false } });
        assert_eq!((device(&entry).is_managed, network(&entry).is_unusual), (Some(false), None));
    }

    #[test]
    fn what_is_no_page_is_none() {
        assert!(read_log(b"").is_none() && read_log(b"{}").is_none() && read_log(b"7").is_none());
        let (sign_ins, passed_over, next) = read_log(br#"{"value":[{},7]}"#).unwrap();
        assert_eq!((sign_ins.len(), passed_over, next), (0, 2, None));
    }
}
