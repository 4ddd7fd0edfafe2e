//! `[logs]`: how logs are read that organizations write in ways of their own.

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_app::ledger::Via;
use unhook_contain::logs::{AccessMapping, LogSettings, TouchMapping};

use super::Text;
use super::problem::Problem;

/// `[logs]`: how logs are read.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct LogsSection {
    /// Where the clocks stand of logs that do not say ("UTC", "+02:00", "Europe/Berlin").
    #[schemars(with = "Option<String>")]
    pub(crate) zone: Option<Text>,
    /// Where things are in look-ups and visits of your own making.
    pub(crate) json: TouchSection,
    /// Where things are in what applications say of who touched what.
    pub(crate) audit: AccessSection,
}

/// `[logs.json]`: keys, or paths such as "client.ip".
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct TouchSection {
    /// When ("time").
    pub(crate) time: Option<String>,
    /// The name, or the address of a page ("name").
    pub(crate) name: Option<String>,
    /// The client's address ("client").
    pub(crate) client: Option<String>,
    /// The account, where there is one ("account").
    pub(crate) account: Option<String>,
    /// The device, where there is one ("device").
    pub(crate) device: Option<String>,
    /// Whether a resolver wrote it, and no proxy.
    pub(crate) of_resolver: bool,
}

/// `[logs.audit]`: keys, or paths such as "actor.mail".
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AccessSection {
    /// When ("time").
    pub(crate) time: Option<String>,
    /// Whose account ("account").
    pub(crate) account: Option<String>,
    /// The client's address ("address").
    pub(crate) address: Option<String>,
    /// The session, as the identity provider calls it ("session").
    pub(crate) session: Option<String>,
    /// The application ("application").
    pub(crate) application: Option<String>,
    /// What was touched ("object").
    pub(crate) object: Option<String>,
}

/// Checks the section.
pub(super) fn values(section: LogsSection, problems: &mut Vec<Problem>) -> LogSettings {
    let zone = section.zone.and_then(|text| match text.get_ref().parse() {
        Ok(zone) => Some(zone),
        Err(why) => {
            problems.push(Problem::at(text.span(), format!("{why}")));
            None
        }
    });
    let (json, audit) = (section.json, section.audit);
    let (touches, accesses) = (TouchMapping::default(), AccessMapping::default());
    LogSettings {
        zone,
        touches: TouchMapping {
            time: json.time.unwrap_or(touches.time),
            name: json.name.unwrap_or(touches.name),
            client: json.client.unwrap_or(touches.client),
            account: json.account.unwrap_or(touches.account),
            device: json.device.unwrap_or(touches.device),
            via: if json.of_resolver { Via::Resolver } else { Via::Proxy },
        },
        accesses: AccessMapping {
            time: audit.time.unwrap_or(accesses.time),
            account: audit.account.unwrap_or(accesses.account),
            address: audit.address.unwrap_or(accesses.address),
            session: audit.session.unwrap_or(accesses.session),
            application: audit.application.unwrap_or(accesses.application),
            object: audit.object.unwrap_or(accesses.object),
        },
    }
}
