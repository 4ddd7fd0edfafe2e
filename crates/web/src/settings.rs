//! What the wiring decides of the web: who is believed, what is open, how much is held.

use std::sync::Arc;
use std::time::Duration;

use unhook_app::coverage::{Coverage, Devices};
use unhook_app::export::Export;
use unhook_app::ledger::LogReader;
use unhook_app::{Probe, Service, Submission};
use unhook_model::{Brand, Organization, PhoneNumber};

use crate::WebError;
pub use crate::console::entry::{Console, Oidc, Secret, Trouble};
use crate::peer::Network;

/// Reads a mail into what its sender passed on; the text of an error says what is wrong with
/// the mail, and is shown to whoever handed it in.
pub type MailReader = Arc<dyn Fn(&[u8]) -> Result<Submission, String> + Send + Sync>;

/// Reads an uploaded file of texts, given its name and its bytes; the text of an error says what
/// to upload instead, and is shown to whoever did.
pub type ExportReader = Arc<dyn Fn(&str, Vec<u8>) -> Result<Export, String> + Send + Sync>;

/// Further metrics, in the exposition format, from whoever else has some.
pub type ExtraMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the wiring decides.
#[derive(Clone, Default)]
pub struct WebSettings {
    /// The form for everybody at `/report`; none unless it is asked for.
    pub public_form: Option<PublicForm>,
    /// The page at `/enrol/{code}`, by which a phone of their own joins somebody; none unless texts
    /// come in.
    pub enrolment: Option<Enrolment>,
    /// The console; none unless it is asked for.
    pub console: Option<Arc<Console>>,
    /// What phones' message filters ask, at `/intake/ios/{key}`; none unless it is asked for.
    pub message_filter: Option<MessageFilter>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Whether `/metrics` is served on a listener of its own, and so nowhere else.
    pub has_admin_listener: bool,
    /// What reads mails handed in; without it `/api/v1/intake/mail` is not there.
    pub read_mail: Option<MailReader>,
    /// What reads logs.
    pub read_log: Option<Arc<dyn LogReader>>,
    /// What reads uploaded files of texts.
    pub read_export: Option<ExportReader>,
    /// Further metrics.
    pub extra_metrics: Option<ExtraMetrics>,
    /// How much of everything.
    pub bounds: Bounds,
    /// Where the organization is described, if that can be changed from here.
    pub organization: Option<Arc<dyn OrganizationFile>>,
    /// What says how far protection reaches, if something cuts campaigns off.
    pub coverage: Option<Arc<dyn Coverage>>,
    /// What says how devices are set up that ask wherever they are, if there are some.
    pub devices: Option<Arc<dyn Devices>>,
    /// What tries the connectors, in the order in which they are shown.
    pub probes: Vec<Arc<dyn Probe>>,
    /// Where everybody finds the form for everybody.
    pub report_url: String,
}

/// What an organization says of itself, as its file has it. Lists have one entry a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationDraft {
    /// Its name.
    pub name: String,
    /// Its own brand, as people write it; the name when it is empty.
    pub brand: String,
    /// Other full names of the brand.
    pub aliases: Vec<String>,
    /// Its short forms.
    pub abbreviations: Vec<String>,
    /// The brand's domains, the main one first.
    pub domains: Vec<String>,
    /// Domains beyond those.
    pub owned_domains: Vec<String>,
    /// Hosts at vendors that genuinely serve it.
    pub vendor_tenants: Vec<String>,
    /// Domains its people sign in at.
    pub identity_providers: Vec<String>,
    /// Sender ids and short codes that genuinely text its people.
    pub senders: Vec<String>,
    /// Words of its own sign-in pages.
    pub sign_in_words: Vec<String>,
    /// Domains never to be flagged.
    pub allow: Vec<String>,
    /// Domains of partners.
    pub partners: Vec<String>,
    /// Countries its people live in, as ISO 3166-1 alpha-2 codes.
    pub countries: Vec<String>,
}

impl OrganizationDraft {
    /// What is known of an organization.
    pub(crate) fn of(organization: &Organization) -> Self {
        let own = organization.brands.first();
        let own_list =
            |list: fn(&Brand) -> &Vec<String>| own.map(list).cloned().unwrap_or_default();
        Self {
            name: organization.name.clone(),
            brand: own.map(|brand| brand.name.clone()).unwrap_or_default(),
            aliases: own_list(|brand| &brand.aliases),
            abbreviations: own_list(|brand| &brand.abbreviations),
            domains: own_list(|brand| &brand.domains),
            owned_domains: organization.owned_domains.clone(),
            vendor_tenants: organization.vendor_tenants.clone(),
            identity_providers: organization.identity_providers.clone(),
            senders: organization.senders.clone(),
            sign_in_words: organization.sign_in_words.clone(),
            allow: organization.allow.clone(),
            partners: organization.partners.clone(),
            countries: organization.countries.clone(),
        }
    }
}

/// Where an organization is described.
pub trait OrganizationFile: Send + Sync {
    /// Says it otherwise from now on, in the file and to the service.
    ///
    /// # Errors
    /// Says what is wrong with it, and what to write instead; nothing has changed then.
    fn change(&self, service: &Service, draft: &OrganizationDraft) -> Result<(), String>;
}

/// The form for everybody.
#[derive(Clone, Debug)]
pub struct PublicForm {
    /// Whose form it is, as visitors know the organization.
    pub organization: String,
}

/// The page that says what to text so that a phone joins.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Whose page it is, as visitors know the organization.
    pub organization: String,
    /// The number to text, if it is known.
    pub reporting_number: Option<PhoneNumber>,
    /// Where the service is for visitors, such as `https://unhook.example`.
    pub public_url: String,
}

/// Whom the filters of phones may ask, and with which keys.
#[derive(Clone)]
pub struct MessageFilter {
    pub(crate) keys: Vec<String>,
    pub(crate) apps: Vec<String>,
}

/// The shortest key of a message filter, in characters: 120 bits, so that nobody guesses it.
pub(crate) const SHORTEST_FILTER_KEY: usize = 20;

/// The most keys at a time: one and the one before it, and some more for other installations.
const MOST_FILTER_KEYS: usize = 16;

impl MessageFilter {
    /// With keys, one a line, and the apps that may ask (`TEAMID.com.acme.filter`), which is what
    /// Apple looks up; without any, that look-up is not served.
    ///
    /// # Errors
    /// Says what is wrong with which of them.
    pub fn new(keys: &str, apps: Vec<String>) -> Result<Self, WebError> {
        let keys: Vec<String> = keys.split_whitespace().map(str::to_owned).collect();
        let is_key = |key: &String| {
            key.len() >= SHORTEST_FILTER_KEY
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if keys.is_empty() || keys.len() > MOST_FILTER_KEYS || !keys.iter().all(is_key) {
            return Err(WebError::FilterKey);
        }
        let is_app = |app: &&String| {
            app.split_once('.').is_some_and(|(team, bundle)| {
                team.len() == 10
                    && team.bytes().all(|b| b.is_ascii_alphanumeric())
                    && !bundle.is_empty()
                    && bundle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            })
        };
        if let Some(app) = apps.iter().find(|app| !is_app(app)) {
            return Err(WebError::FilterApp { text: app.clone() });
        }
        Ok(Self { keys, apps })
    }
}

impl std::fmt::Debug for MessageFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageFilter").field("apps", &self.apps).finish_non_exhaustive()
    }
}

impl Enrolment {
    /// The link that is handed to whoever a code was made for.
    pub(crate) fn link(&self, code: &str) -> String {
        format!("{}{}/{code}", self.public_url.trim_end_matches('/'), crate::enrolment::PATH)
    }
}

/// How much is held and for how long. The defaults suit; tests take less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How many watch live at once.
    pub most_listeners: usize,
    /// How often those who watch get a sign of life, and their token is looked at again.
    pub heartbeat: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            // A mail of 8 MiB over a slow line of 2 Mbit/s takes 34 seconds.
            body_time: Duration::from_secs(40),
            // Consoles of a large team; each is a connection and a queue.
            most_listeners: 64,
            // Below the minute after which proxies drop a silent connection.
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// The longest JSON body, in bytes: a text of [`LONGEST_TEXT`] with every character escaped fits.
pub(crate) const LONGEST_BODY: usize = 256 << 10;

/// The longest mail, in bytes: a few photographs of a screen.
pub(crate) const LONGEST_MAIL: usize = 8 << 20;

/// The longest part of a log, in bytes: some three hundred thousand lines, which take a second.
pub(crate) const LONGEST_LOG: usize = 32 << 20;

/// The longest list of names to be blocked, in bytes: two million of them.
pub(crate) const LONGEST_BLOCKLIST: usize = 64 << 20;

/// The largest picture, in bytes: as many as a mail with one.
pub(crate) const LARGEST_PICTURE: usize = 8 << 20;

/// The longest file of texts, in bytes: what its reader takes.
pub(crate) const LONGEST_EXPORT: usize = 32 << 20;

/// The longest text, in characters: four times what the detector assesses.
pub(crate) const LONGEST_TEXT: usize = 16_384;

/// The most items of one page.
pub(crate) const MOST_ITEMS: usize = 200;

/// How many items a page has when nobody says.
pub(crate) const USUAL_ITEMS: usize = 50;
