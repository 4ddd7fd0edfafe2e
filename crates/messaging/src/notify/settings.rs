//! What is written about a way to tell those on call, and how it becomes one.
//!
//! Secrets are named by the files they are in and read once, here. Whoever wrote something
//! wrong is told what, where, and what to write instead; never what a file holds.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use unhook_app::Secret;
use unhook_app::{Notifier, Severity, Surroundings};

use super::http::{Client, Endpoint, Limits};
use super::pagerduty::{self, PagerDuty};
use super::problem::{NotifyProblem, NotifySettingsError};
use super::slack::Slack;
use super::syslog::{Address, Facility, Hostname, Syslog, Transport};
use super::teams::Teams;
use super::webhook::{self, Key, Webhook};
use super::{Channel, Named};

/// Most bytes of a file that holds a secret: an address or two keys, and a line end.
const LONGEST_SECRET: u64 = 8 * 1024;
/// Most bytes of a file of authorities: more than the whole web's has.
const LONGEST_AUTHORITIES: u64 = 1024 * 1024;
/// Longest name, in bytes, as of everything with a short name in the journal.
pub(super) const LONGEST_NAME: usize = 64;

/// Whom a way tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A program of one's own, by signed webhooks.
    Webhook,
    /// A channel of Slack, or of what speaks like it.
    Slack,
    /// A channel of Microsoft Teams.
    Teams,
    /// A service at PagerDuty.
    PagerDuty,
    /// A receiver of syslog.
    Syslog,
}

impl Kind {
    /// Every kind with its name in settings.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Webhook, "webhook"),
        (Self::Slack, "slack"),
        (Self::Teams, "teams"),
        (Self::PagerDuty, "pagerduty"),
        (Self::Syslog, "syslog"),
    ];

    /// Its name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// The settings it takes, beside `kind`, `name` and `from_severity`.
    #[must_use]
    pub const fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["url", "url_file", "secret_file", "ca_file"],
            Self::Slack | Self::Teams => &["url_file", "ca_file"],
            Self::PagerDuty => &["routing_key_file", "url", "ca_file"],
            Self::Syslog => &["address", "ca_file", "hostname", "facility"],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One way to tell those on call, as it is written down. [`Kind::takes`] says what belongs
/// to which kind; the rest stays `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifySettings {
    /// Whom it tells.
    pub kind: Kind,
    /// What it is called, here and in the journal: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What is less urgent is not told.
    pub from_severity: Severity,
    /// Where to, if that is no secret.
    pub url: Option<String>,
    /// A file that holds where to.
    pub url_file: Option<PathBuf>,
    /// A file that holds the secret to sign with, `whsec_…`; in rotation two, one a line.
    pub secret_file: Option<PathBuf>,
    /// A file that holds the integration key of a service.
    pub routing_key_file: Option<PathBuf>,
    /// Where to, for syslog: `udp://`, `tcp://`, `tls://` or `unix:/`.
    pub address: Option<String>,
    /// A file of the authorities to trust, as PEM, instead of those of the web.
    pub ca_file: Option<PathBuf>,
    /// The name of this machine in lines of syslog.
    pub hostname: Option<String>,
    /// The facility of lines of syslog, by name; `auth` if there is none.
    pub facility: Option<String>,
}

impl NotifySettings {
    /// Settings of this kind, with nothing more.
    #[must_use]
    pub fn new(kind: Kind, name: impl Into<String>, from_severity: Severity) -> Self {
        Self {
            kind,
            name: name.into(),
            from_severity,
            url: None,
            url_file: None,
            secret_file: None,
            routing_key_file: None,
            address: None,
            ca_file: None,
            hostname: None,
            facility: None,
        }
    }

    /// The settings that are there, by name.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        [
            ("url", self.url.is_some()),
            ("url_file", self.url_file.is_some()),
            ("secret_file", self.secret_file.is_some()),
            ("routing_key_file", self.routing_key_file.is_some()),
            ("address", self.address.is_some()),
            ("ca_file", self.ca_file.is_some()),
            ("hostname", self.hostname.is_some()),
            ("facility", self.facility.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_there)| is_there.then_some(key))
    }
}

type Outcome<T> = Result<T, NotifyProblem>;

const URL_TO_WRITE: &str = "the path of a file that holds the address the receiver gave you";
const URL_IN_FILE: &str = "the address into the file, on one line";
const SECRET_TO_WRITE: &str = "the path of a file that holds `whsec_` and 24 to 64 bytes in Base64, on one line or, in rotation, two";
const KEY_TO_WRITE: &str =
    "the path of a file that holds the integration key: 32 letters and digits";
const ADDRESS_TO_WRITE: &str = "where to, such as tls://log.example:6514 or unix:/dev/log";
const CA_TO_WRITE: &str = "the path of a file of certificates in PEM";
const HOSTNAME_TO_WRITE: &str = "the name of this machine, without blanks";
const FACILITY_TO_WRITE: &str = "auth, authpriv, audit, alert, daemon, user or local0 to local7";

/// The way to tell those on call that these settings describe.
///
/// Reads the files that they name, once. Whoever changes a secret starts anew.
///
/// # Errors
/// Says what to write.
pub fn notifier(
    settings: NotifySettings,
    surroundings: Arc<dyn Surroundings>,
) -> Result<Arc<dyn Notifier>, NotifySettingsError> {
    let name = settings.name.clone();
    build(settings, surroundings).map_err(|problem| NotifySettingsError { name, problem })
}

fn build(
    settings: NotifySettings,
    surroundings: Arc<dyn Surroundings>,
) -> Outcome<Arc<dyn Notifier>> {
    check(&settings)?;
    match settings.kind {
        Kind::Webhook => Ok(named(&settings, webhook(&settings, surroundings)?)),
        Kind::Slack => {
            let endpoint = secret_endpoint(&settings)?;
            let client = client(&settings, surroundings)?;
            Ok(named(&settings, Slack { client, endpoint }))
        }
        Kind::Teams => {
            let endpoint = secret_endpoint(&settings)?;
            let client = client(&settings, surroundings)?;
            Ok(named(&settings, Teams { client, endpoint }))
        }
        Kind::PagerDuty => Ok(named(&settings, pagerduty(&settings, surroundings)?)),
        Kind::Syslog => Ok(named(&settings, syslog(&settings)?)),
    }
}

fn named<C: Channel + 'static>(settings: &NotifySettings, channel: C) -> Arc<dyn Notifier> {
    let NotifySettings { name, from_severity, .. } = settings;
    Arc::new(Named { name: name.clone(), from_severity: *from_severity, channel })
}

/// Whether the name is one, and whether only what means something is there.
fn check(settings: &NotifySettings) -> Outcome<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = (1..=LONGEST_NAME).contains(&settings.name.len());
    if !fits || !settings.name.bytes().all(allowed) {
        return Err(NotifyProblem::Name);
    }
    let kind = settings.kind;
    match settings.given().find(|key| !kind.takes().contains(key)) {
        Some(key) => Err(NotifyProblem::NotTaken { kind, key }),
        None => Ok(()),
    }
}

fn webhook(settings: &NotifySettings, surroundings: Arc<dyn Surroundings>) -> Outcome<Webhook> {
    let endpoint = match (&settings.url, &settings.url_file) {
        (Some(_), Some(_)) => {
            return Err(NotifyProblem::Both { first: "url", second: "url_file" });
        }
        (Some(url), None) => endpoint("url", url)?,
        (None, Some(_)) => secret_endpoint(settings)?,
        (None, None) => {
            let write = "where to, such as https://soc.example/unhook";
            return Err(NotifyProblem::Missing { key: "url", write });
        }
    };
    let secrets = read_secret("secret_file", settings.secret_file.as_deref(), SECRET_TO_WRITE)?;
    let wrong = NotifyProblem::Wrong { key: "secret_file", write: SECRET_TO_WRITE };
    let lines = secrets.expose().lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(keys) = lines.map(Key::parse).collect::<Option<Vec<Key>>>() else {
        return Err(wrong);
    };
    if !(1..=webhook::MOST_KEYS).contains(&keys.len()) {
        return Err(wrong);
    }
    let client = client(settings, Arc::clone(&surroundings))?;
    Ok(Webhook { client, endpoint, keys, surroundings })
}

fn pagerduty(settings: &NotifySettings, surroundings: Arc<dyn Surroundings>) -> Outcome<PagerDuty> {
    let home = settings.url.as_deref().unwrap_or(pagerduty::HOME);
    let endpoint = endpoint("url", home)?.below(pagerduty::PATH);
    let key = "routing_key_file";
    let routing_key = read_secret(key, settings.routing_key_file.as_deref(), KEY_TO_WRITE)?;
    let text = routing_key.expose();
    if text.len() != pagerduty::KEY_LENGTH || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(NotifyProblem::Wrong { key, write: KEY_TO_WRITE });
    }
    let client = client(settings, surroundings)?;
    Ok(PagerDuty { client, endpoint, routing_key })
}

fn syslog(settings: &NotifySettings) -> Outcome<Syslog> {
    let key = "hostname";
    let hostname = match settings.hostname.as_deref().map(Hostname::parse) {
        Some(None) => return Err(NotifyProblem::Wrong { key, write: HOSTNAME_TO_WRITE }),
        hostname => hostname.flatten(),
    };
    let key = "facility";
    let facility = match settings.facility.as_deref().map(Facility::from_name) {
        Some(None) => return Err(NotifyProblem::Wrong { key, write: FACILITY_TO_WRITE }),
        facility => facility.flatten().unwrap_or(Facility::AUTH),
    };
    Ok(Syslog { transport: transport(settings)?, facility, hostname })
}

fn transport(settings: &NotifySettings) -> Outcome<Transport> {
    let missing = NotifyProblem::Missing { key: "address", write: ADDRESS_TO_WRITE };
    let address = Address::parse(settings.address.as_deref().ok_or(missing)?)
        .map_err(|problem| NotifyProblem::Address { problem })?;
    if settings.ca_file.is_some() && !matches!(address, Address::Tls(..)) {
        let write = "a tls:// `address`, or no `ca_file`";
        return Err(NotifyProblem::Wrong { key: "ca_file", write });
    }
    match address {
        Address::Udp(host, port) => Ok(Transport::Udp(host, port)),
        Address::Tcp(host, port) => Ok(Transport::Tcp(host, port)),
        Address::Tls(host, port) => Transport::tls(host, port, Arc::new(tls(settings)?))
            .map_err(|problem| NotifyProblem::Address { problem }),
        #[cfg(unix)]
        Address::Local(path) => Ok(Transport::Local(path)),
        #[cfg(not(unix))]
        Address::Local(_) => Err(NotifyProblem::NoLocalSockets),
    }
}

fn tls(settings: &NotifySettings) -> Outcome<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    match authorities(settings)? {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let added = certificate.ok().and_then(|it| roots.add(it).ok());
                added.ok_or(NotifyProblem::Wrong { key: "ca_file", write: CA_TO_WRITE })?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NotifyProblem::Client { why: error.to_string() })?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn client(settings: &NotifySettings, surroundings: Arc<dyn Surroundings>) -> Outcome<Client> {
    let authorities = authorities(settings)?;
    Client::new(authorities.as_deref(), Limits::USUAL, surroundings)
        .map_err(|error| NotifyProblem::Client { why: error.to_string() })
}

/// The certificates in `ca_file`: at least one, as the clients need them.
fn authorities(settings: &NotifySettings) -> Outcome<Option<Vec<u8>>> {
    let key = "ca_file";
    let Some(path) = &settings.ca_file else { return Ok(None) };
    let pem = read(key, path, LONGEST_AUTHORITIES, CA_TO_WRITE)?;
    let mut certificates = CertificateDer::pem_slice_iter(&pem);
    let is_fine = certificates.next().is_some_and(|first| first.is_ok());
    if !is_fine || !certificates.all(|next| next.is_ok()) {
        return Err(NotifyProblem::Wrong { key, write: CA_TO_WRITE });
    }
    Ok(Some(pem))
}

fn endpoint(key: &'static str, text: &str) -> Outcome<Endpoint> {
    Endpoint::parse(text).map_err(|problem| NotifyProblem::Endpoint { key, problem })
}

fn secret_endpoint(settings: &NotifySettings) -> Outcome<Endpoint> {
    let key = "url_file";
    let text = read_secret(key, settings.url_file.as_deref(), URL_TO_WRITE)?;
    if text.expose().lines().count() != 1 {
        return Err(NotifyProblem::Wrong { key, write: URL_IN_FILE });
    }
    endpoint(key, text.expose())
}

fn read_secret(key: &'static str, path: Option<&Path>, write: &'static str) -> Outcome<Secret> {
    let path = path.ok_or(NotifyProblem::Missing { key, write })?;
    let bytes = read(key, path, LONGEST_SECRET, write)?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        _ => Err(NotifyProblem::Wrong { key, write }),
    }
}

fn read(key: &'static str, path: &Path, most: u64, write: &'static str) -> Outcome<Vec<u8>> {
    let unreadable = |cause| NotifyProblem::Unreadable { key, path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    let length = file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if length as u64 > most {
        return Err(NotifyProblem::Wrong { key, write });
    }
    Ok(bytes)
}
