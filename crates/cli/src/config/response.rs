//! The sections of what is done about campaigns: the DNS firewall, the zone for resolvers, and where
//! the playbook lies.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_contain::Network;
use unhook_contain::dns::{Page, Upstream};
use unhook_contain::logs::LogSettings;
use unhook_contain::rpz::Zone;

use super::Text;
use super::gateway::GatewayPlan;
use super::problem::Problem;

/// `[dns]`: a resolver that does not find what is blocked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct DnsSection {
    /// Address and port to answer on, by UDP and TCP ("192.0.2.1:53").
    #[schemars(with = "Option<String>")]
    pub(crate) listen: Option<Text>,
    /// Address and port to answer on over TLS ("192.0.2.1:853"), with the certificate of `[server]`.
    #[schemars(with = "Option<String>")]
    pub(crate) listen_tls: Option<Text>,
    /// Networks that are answered besides this machine ("10.0.0.0/8"); nobody else is.
    #[schemars(with = "Vec<String>")]
    pub(crate) networks: Vec<Text>,
    /// Whether names that look like the organization do not resolve for a day after they were first
    /// looked up.
    pub(crate) hold: bool,
    /// Who is asked, the first first: "192.0.2.53", "192.0.2.53:5353" or "tls://192.0.2.53#dns.example".
    #[schemars(with = "Vec<String>")]
    pub(crate) upstreams: Vec<Text>,
    /// Zones that others are asked for.
    pub(crate) zones: Vec<ZoneSection>,
    /// The file with devices that are answered wherever they are: on each line a token, a space and a name.
    #[schemars(with = "Option<String>")]
    pub(crate) devices_file: Option<Text>,
    /// The host by which those devices reach Unhook, with the port if it is not 443 ("dns.acme.example");
    /// with it an admin gets what each is set up with in the console.
    #[schemars(with = "Option<String>")]
    pub(crate) device_host: Option<Text>,
    /// The page that blocked names lead to; without it, they are not found.
    pub(crate) warning: Option<WarningSection>,
}

/// `[dns.warning]`: a page that says what was stopped.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct WarningSection {
    /// The addresses of this machine that blocked names lead to, one of IPv4, one of IPv6 or both ("192.0.2.10").
    #[schemars(with = "Vec<String>")]
    pub(crate) addresses: Vec<Text>,
    /// Address and port of the page, where browsers look for it ("192.0.2.10:80").
    #[schemars(with = "Option<String>")]
    pub(crate) listen: Option<Text>,
    /// Address and port of the page over TLS ("192.0.2.10:443"), with the certificate below.
    #[schemars(with = "Option<String>")]
    pub(crate) listen_tls: Option<Text>,
    /// The certificate chain of the page, a PEM file that you bring.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_certificate_file: Option<Text>,
    /// The private key of the certificate, a PEM file.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_private_key_file: Option<Text>,
}

/// `[[dns.zones]]`: a zone that others are asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ZoneSection {
    /// Its name ("corp.example"); all below it is of it, too.
    #[schemars(with = "Option<String>")]
    pub(crate) name: Option<Text>,
    /// Who is asked, the first first.
    #[schemars(with = "Vec<String>")]
    pub(crate) upstreams: Vec<Text>,
}

/// `[rpz]`: what is blocked, as a response policy zone for resolvers.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct RpzSection {
    /// The zone's name, which need not exist in the DNS ("rpz.acme.example").
    #[schemars(with = "Option<String>")]
    pub(crate) zone: Option<Text>,
    /// Address and port to answer on, by UDP and TCP ("192.0.2.53:5300").
    #[schemars(with = "Option<String>")]
    pub(crate) listen: Option<Text>,
    /// Networks that may ask and transfer; nobody else is answered.
    #[schemars(with = "Vec<String>")]
    pub(crate) allow_transfer: Vec<Text>,
    /// Those of them that need not sign although there is a key, as Unbound up to 1.17.
    #[schemars(with = "Vec<String>")]
    pub(crate) allow_unsigned: Vec<Text>,
    /// Resolvers that are told of changes at once, with their ports ("192.0.2.10:53").
    #[schemars(with = "Vec<String>")]
    pub(crate) notify: Vec<Text>,
    /// The file that holds the TSIG key, as `tsig-keygen` writes it; without one nothing is signed.
    #[schemars(with = "Option<String>")]
    pub(crate) tsig_file: Option<Text>,
}

/// `[playbook]`: what is done about campaigns, and by whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct PlaybookSection {
    /// The file with the rules; without one, the built-in careful playbook holds.
    #[schemars(with = "Option<String>")]
    pub(crate) file: Option<Text>,
}

/// What is done about campaigns, each value checked.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) dns: Option<DnsPlan>,
    pub(crate) rpz: Option<RpzPlan>,
    pub(crate) gateways: Vec<GatewayPlan>,
    pub(crate) playbook_file: Option<String>,
    pub(crate) logs: LogSettings,
    /// Where mails go out that a person approved.
    pub(crate) mail: Option<super::MailPlan>,
}

/// The DNS firewall.
#[derive(Clone, Debug)]
pub(crate) struct DnsPlan {
    pub(crate) listen: SocketAddr,
    pub(crate) listen_tls: Option<SocketAddr>,
    pub(crate) hold: bool,
    pub(crate) networks: Vec<Network>,
    pub(crate) upstreams: Vec<Upstream>,
    pub(crate) zones: Vec<unhook_contain::dns::Zone>,
    pub(crate) devices_file: Option<String>,
    pub(crate) device_host: Option<String>,
    pub(crate) warning: Option<WarningPlan>,
}

/// The page that warns.
#[derive(Clone, Debug)]
pub(crate) struct WarningPlan {
    pub(crate) page: Page,
    pub(crate) listen: SocketAddr,
    /// Where it is over TLS, and the files with the certificate and its key.
    pub(crate) tls: Option<(SocketAddr, (String, String))>,
}

/// The zone.
#[derive(Debug)]
pub(crate) struct RpzPlan {
    pub(crate) zone: Zone,
    pub(crate) listen: SocketAddr,
    pub(crate) allow_transfer: Vec<Network>,
    pub(crate) allow_unsigned: Vec<Network>,
    pub(crate) notify: Vec<SocketAddr>,
    pub(crate) tsig_file: Option<String>,
}

/// Checks the sections.
pub(super) fn values(
    dns: Option<&DnsSection>,
    rpz: Option<&RpzSection>,
    playbook: &PlaybookSection,
    problems: &mut Vec<Problem>,
) -> Response {
    Response {
        dns: dns.and_then(|section| self::dns(section, problems)),
        rpz: rpz.and_then(|section| self::rpz(section, problems)),
        playbook_file: playbook.file.as_ref().map(|file| file.get_ref().clone()),
        ..Response::default()
    }
}

fn dns(section: &DnsSection, problems: &mut Vec<Problem>) -> Option<DnsPlan> {
    let listen = needed("[dns]", "listen", "192.0.2.1:53", section.listen.as_ref(), problems);
    let listen_tls: Option<Option<SocketAddr>> = section
        .listen_tls
        .as_ref()
        .map(|text| needed("[dns]", "listen_tls", "192.0.2.1:853", Some(text), problems));
    if section.upstreams.is_empty() {
        let message =
            "[dns] needs `upstreams`, such as [\"192.0.2.53\"]: it looks nothing up by itself";
        problems.push(Problem::of_file(message));
    }
    let device_host: Option<Option<DeviceHost>> = section
        .device_host
        .as_ref()
        .map(|text| needed("[dns]", "device_host", "dns.acme.example", Some(text), problems));
    let networks = all(&section.networks, problems);
    let upstreams = all(&section.upstreams, problems);
    let zones = section.zones.iter().filter_map(|zone| self::zone(zone, problems)).collect();
    let warning = section.warning.as_ref().and_then(|section| self::warning(section, problems));
    Some(DnsPlan {
        listen: listen?,
        listen_tls: listen_tls.flatten(),
        hold: section.hold,
        networks,
        upstreams,
        zones,
        devices_file: section.devices_file.as_ref().map(|file| file.get_ref().clone()),
        device_host: device_host.flatten().map(|host| host.0),
        warning,
    })
}

fn warning(section: &WarningSection, problems: &mut Vec<Problem>) -> Option<WarningPlan> {
    const PLACE: &str = "[dns.warning]";
    let mut page = Page { v4: None, v6: None };
    for address in all(&section.addresses, problems) {
        match address {
            IpAddr::V4(address) => page.v4 = Some(address),
            IpAddr::V6(address) => page.v6 = Some(address),
        }
    }
    if page.v4.is_none() && page.v6.is_none() {
        let message = "[dns.warning] needs `addresses`, such as [\"192.0.2.10\"]: that is where \
                       blocked names lead";
        problems.push(Problem::of_file(message));
    }
    let listen = needed(PLACE, "listen", "192.0.2.10:80", section.listen.as_ref(), problems);
    let file = |file: &Option<Text>| file.as_ref().map(|file| file.get_ref().clone());
    let files = file(&section.tls_certificate_file).zip(file(&section.tls_private_key_file));
    let tls = section.listen_tls.as_ref().and_then(|text| {
        let listen = needed(PLACE, "listen_tls", "192.0.2.10:443", Some(text), problems)?;
        if files.is_none() {
            let message = "`listen_tls` needs `tls_certificate_file` and `tls_private_key_file` \
                           beside it: Unhook makes no certificates";
            problems.push(Problem::at(text.span(), message));
        }
        Some((listen, files?))
    });
    Some(WarningPlan { page, listen: listen?, tls })
}

fn zone(section: &ZoneSection, problems: &mut Vec<Problem>) -> Option<unhook_contain::dns::Zone> {
    let name: Option<ZoneName> =
        needed("[[dns.zones]]", "name", "corp.example", section.name.as_ref(), problems);
    if section.upstreams.is_empty() {
        let message = "[[dns.zones]] needs `upstreams`, such as [\"10.0.0.53\"]";
        problems.push(Problem::of_file(message));
    }
    let upstreams = all(&section.upstreams, problems);
    Some(unhook_contain::dns::Zone { name: name?.0, upstreams })
}

/// The host by which devices reach Unhook, with a port perhaps.
pub(crate) struct DeviceHost(pub(crate) String);

impl std::str::FromStr for DeviceHost {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, port) = text.split_once(':').unwrap_or((text, "443"));
        let is_host = unhook_model::Hostname::parse(name).is_ok() && port.parse::<u16>().is_ok();
        is_host.then(|| Self(text.to_ascii_lowercase())).ok_or(())
    }
}

/// A zone's name, which may have one label alone.
struct ZoneName(String);

impl std::str::FromStr for ZoneName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let is_label = |label: &str| {
            let is_known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            (1..=63).contains(&label.len()) && label.bytes().all(is_known)
        };
        let is_name = name.len() <= 253 && name.split('.').all(is_label);
        is_name.then_some(Self(name)).ok_or(())
    }
}

fn rpz(section: &RpzSection, problems: &mut Vec<Problem>) -> Option<RpzPlan> {
    let zone = needed("[rpz]", "zone", "rpz.acme.example", section.zone.as_ref(), problems);
    let listen = needed("[rpz]", "listen", "127.0.0.1:5300", section.listen.as_ref(), problems);
    if section.allow_transfer.is_empty() {
        let message =
            "[rpz] needs `allow_transfer`, such as [\"192.0.2.0/24\"]: nobody else is answered";
        problems.push(Problem::of_file(message));
    }
    let allow_transfer = all(&section.allow_transfer, problems);
    let allow_unsigned = all(&section.allow_unsigned, problems);
    let notify = all(&section.notify, problems);
    Some(RpzPlan {
        zone: zone?,
        listen: listen?,
        allow_transfer,
        allow_unsigned,
        notify,
        tsig_file: section.tsig_file.as_ref().map(|file| file.get_ref().clone()),
    })
}

/// A value that must be there.
pub(super) fn needed<T: std::str::FromStr>(
    section: &str,
    key: &str,
    example: &str,
    text: Option<&Text>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let Some(text) = text else {
        let message = format!("{section} needs `{key}`, such as \"{example}\"");
        problems.push(Problem::of_file(message));
        return None;
    };
    let value = text.get_ref().parse().ok();
    if value.is_none() {
        let message = format!("`{}` cannot be read; write it as {example}", text.get_ref());
        problems.push(Problem::at(text.span(), message));
    }
    value
}

/// Values of a list, those that can be read.
pub(super) fn all<T: std::str::FromStr + Example>(
    texts: &[Text],
    problems: &mut Vec<Problem>,
) -> Vec<T> {
    let mut values = Vec::new();
    for text in texts {
        match text.get_ref().parse() {
            Ok(value) => values.push(value),
            Err(_) => {
                let (given, example) = (text.get_ref(), T::EXAMPLE);
                let message = format!("`{given}` cannot be read; write it as {example}");
                problems.push(Problem::at(text.span(), message));
            }
        }
    }
    values
}

/// What a value looks like.
pub(super) trait Example {
    const EXAMPLE: &'static str;
}

impl Example for SocketAddr {
    const EXAMPLE: &'static str = "192.0.2.10:53";
}

impl Example for Upstream {
    const EXAMPLE: &'static str = "192.0.2.53, 192.0.2.53:5353 or tls://192.0.2.53#dns.example";
}

impl Example for IpAddr {
    const EXAMPLE: &'static str = "192.0.2.10 or 2001:db8::10";
}

impl Example for Network {
    const EXAMPLE: &'static str = "10.0.0.0/8, fd00::/8 or 192.0.2.7";
}
