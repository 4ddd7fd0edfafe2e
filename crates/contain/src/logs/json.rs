//! JSON Lines of anybody's making, with where things are in them.

use serde_json::Value;
use unhook_app::ledger::{Access, By, Observed, Touch, Via};
use unhook_app::resolving::Client;
use unhook_model::Timestamp;

use super::times::{Clock, epoch};
use super::{Line, field, host, ip, nothing};

/// The most parts of a path into a line.
const DEEPEST: usize = 8;

/// Where a look-up or visit has what: paths such as `client.ip`. What is not there is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchMapping {
    /// When: as RFC 3339, or seconds or milliseconds since 1970.
    pub time: String,
    /// The name, or an address of a page.
    pub name: String,
    /// The client's address.
    pub client: String,
    /// The account, where the log has one: it counts before the address.
    pub account: String,
    /// The device, where the log has one: it counts before the address.
    pub device: String,
    /// What wrote it.
    pub via: Via,
}

impl Default for TouchMapping {
    fn default() -> Self {
        let own = |name: &str| name.to_owned();
        Self {
            time: own("time"),
            name: own("name"),
            client: own("client"),
            account: own("account"),
            device: own("device"),
            via: Via::Proxy,
        }
    }
}

/// Where a touch of data has what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMapping {
    /// When.
    pub time: String,
    /// Whose account.
    pub account: String,
    /// The client's address.
    pub address: String,
    /// The session, as the identity provider calls it.
    pub session: String,
    /// The application.
    pub application: String,
    /// What was touched.
    pub object: String,
}

impl Default for AccessMapping {
    fn default() -> Self {
        let own = |name: &str| name.to_owned();
        Self {
            time: own("time"),
            account: own("account"),
            address: own("address"),
            session: own("session"),
            application: own("application"),
            object: own("object"),
        }
    }
}

/// A line as JSON.
pub(super) fn read(line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map_err(|why| format!("no JSON: column {}", why.column()))
}

/// A text that is not empty.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

pub(super) fn time(value: &Value, clock: Clock<'_>) -> Result<Timestamp, String> {
    match value {
        Value::Number(number) => epoch(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => match text.parse::<f64>() {
            Ok(seconds) => epoch(seconds),
            Err(_) => clock.rfc3339(text),
        },
        _ => Err("no time".to_owned()),
    }
}

/// What stands at a path: a key as it is, or keys one below the other.
pub(super) fn at<'v>(entry: &'v Value, path: &str) -> &'v Value {
    if let Some(value) = entry.get(path) {
        return value;
    }
    path.split('.').take(DEEPEST).fold(entry, |value, key| &value[key])
}

pub(super) fn touch(line: &str, mapping: &TouchMapping, clock: Clock<'_>) -> Line {
    let entry = read(line)?;
    let Some(name) = text(at(&entry, &mapping.name)) else { return nothing() };
    let own = |path: &str| text(at(&entry, path)).and_then(|text| field(text, true));
    let by = if let Some(account) = own(&mapping.account) {
        By::Account(account)
    } else if let Some(device) = own(&mapping.device) {
        By::Client(Client::Device((&*device).into()))
    } else {
        let client = text(at(&entry, &mapping.client)).ok_or("no client and no account")?;
        By::Client(Client::Address(ip(client)?))
    };
    let at = time(at(&entry, &mapping.time), clock)?;
    Ok(vec![Observed::Touched(Touch { name: host(host_of(name))?, by, at, via: mapping.via })])
}

/// The host in the address of a page; a name is its own.
fn host_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

pub(super) fn access(line: &str, mapping: &AccessMapping, clock: Clock<'_>) -> Line {
    let entry = read(line)?;
    let own = |path: &str, fold| text(at(&entry, path)).and_then(|text| field(text, fold));
    let Some(account) = own(&mapping.account, true) else { return nothing() };
    let address = text(at(&entry, &mapping.address)).map(ip).transpose()?;
    let session = own(&mapping.session, false);
    if session.is_none() && address.is_none() {
        return Err("no session and no address".to_owned());
    }
    Ok(vec![Observed::Accessed(Access {
        account,
        at: time(at(&entry, &mapping.time), clock)?,
        address,
        session,
        application: own(&mapping.application, false).unwrap_or_else(|| "an application".into()),
        object: own(&mapping.object, false),
    })])
}
