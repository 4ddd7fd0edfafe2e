//! Logs that say whose an address or a device was: RADIUS accounting, VPNs, MDM. All as JSON Lines.

use serde_json::Value;
use unhook_app::ledger::{Holder, Lease, Observed};
use unhook_app::resolving::Client;

use super::json::{self, at, text};
use super::times::{Clock, number};
use super::{Line, field, ip, nothing, one};

/// The most devices that one line of MDM names for one person.
const MOST_DEVICES: usize = 32;

/// RADIUS accounting with the attributes as keys (RFC 2866): `User-Name`, `Framed-IP-Address`,
/// `Acct-Status-Type`, `Acct-Session-Id`, `Acct-Session-Time`, `Event-Timestamp`; as FreeRADIUS writes
/// them, a value may stand in `value`, in a list.
pub(super) fn radius(line: &str, clock: Clock<'_>) -> Line {
    let entry = json::read(line)?;
    let status = attribute(&entry, "Acct-Status-Type").and_then(text).unwrap_or_default();
    let is_end = status == "Stop";
    if !is_end && !matches!(status, "Start" | "Interim-Update" | "Alive") {
        return nothing();
    }
    let named = |name| attribute(&entry, name).and_then(text);
    let address = named("Framed-IP-Address").or_else(|| named("Framed-IPv6-Address"));
    // That a session began may be said before it has an address.
    let Some(address) = address else { return nothing() };
    let account = named("User-Name").and_then(|name| field(name, true));
    let time = attribute(&entry, "Event-Timestamp").or_else(|| attribute(&entry, "timestamp"));
    let time = json::time(time.unwrap_or(&Value::Null), clock)?;
    let lasted = attribute(&entry, "Acct-Session-Time").and_then(seconds).unwrap_or(0);
    one(Observed::Leased(Lease {
        client: Client::Address(ip(address)?),
        holder: Holder::Account(account.ok_or("no `User-Name`")?),
        from: time.minus(std::time::Duration::from_secs(lasted.into())),
        until: is_end.then_some(time),
        key: named("Acct-Session-Id").and_then(|id| field(id, false)),
    }))
}

fn attribute<'v>(entry: &'v Value, name: &str) -> Option<&'v Value> {
    let value = entry.get(name)?;
    let value = value.get("value").unwrap_or(value);
    value.get(0).or(Some(value))
}

fn seconds(value: &Value) -> Option<u32> {
    let number_of = value.as_u64().and_then(|seconds| seconds.try_into().ok());
    number_of.or_else(|| number(value.as_str()?))
}

/// Sessions of a VPN: `account`, `address` (the one inside), `from`, `until` where it is over, `session`.
pub(super) fn vpn(line: &str, clock: Clock<'_>) -> Line {
    let entry = json::read(line)?;
    let Some(account) = text(at(&entry, "account")).and_then(|text| field(text, true)) else {
        return nothing();
    };
    let address = text(at(&entry, "address")).ok_or("no `address`")?;
    let until = &entry["until"];
    one(Observed::Leased(Lease {
        client: Client::Address(ip(address)?),
        holder: Holder::Account(account),
        from: json::time(&entry["from"], clock)?,
        until: (!until.is_null()).then(|| json::time(until, clock)).transpose()?,
        key: text(&entry["session"]).and_then(|id| field(id, false)),
    }))
}

/// Whose devices are: `account`, `devices` (hardware addresses, names), `from`, `until`.
pub(super) fn mdm(line: &str, clock: Clock<'_>) -> Line {
    let entry = json::read(line)?;
    let Some(account) = text(&entry["account"]).and_then(|text| field(text, true)) else {
        return nothing();
    };
    let from = json::time(&entry["from"], clock)?;
    let until = &entry["until"];
    let until = (!until.is_null()).then(|| json::time(until, clock)).transpose()?;
    let devices = entry["devices"].as_array().ok_or("no list of `devices`")?;
    let devices = devices.iter().take(MOST_DEVICES).filter_map(|device| field(text(device)?, true));
    let lease = |device: Box<str>| {
        let client = Client::Device((&*device).into());
        let holder = Holder::Account(account.clone());
        Observed::Leased(Lease { client, holder, from, until, key: None })
    };
    Ok(devices.map(lease).collect())
}
