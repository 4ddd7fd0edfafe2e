//! `unhook serve`: texts in, answers out.

mod console;
pub(crate) mod local;
mod mail;
mod open_dns;
mod response;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use unhook_app::identity::IdentityProvider;
use unhook_app::probe::TexterProbe;
use unhook_app::service::{Known, Ports, Running, Settings};
use unhook_app::submission::Intake;
use unhook_app::{Mailer, Notifier, Probe, ScreenReader, Service, Surroundings, Texter};
use unhook_contain::identity::ssf::Transmitter;
use unhook_contain::logs::Readers;
use unhook_messaging::notify::{self, NotifySettings};
use unhook_messaging::screenshot::{ScreenProbe, Tesseract};
use unhook_messaging::twilio::{self, TwilioAccount, TwilioMedia, TwilioTexter, TwilioWebhook};
use unhook_messaging::webhook::{TextStage, TextStatus};
use unhook_messaging::{TextFrom, read_mail, read_upload};
use unhook_model::{Organization, PhoneNumber};
use unhook_store::SqliteJournal;
use unhook_web::{
    ConnectionBounds, Enrolment, MessageFilter, PublicForm, Shutdown, Tls, Web, WebSettings, serve,
};

use crate::config::{self, Notify, Server, Twilio};
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::house::{self, House};
use crate::log;
use crate::organization_file::{self, ConfigFile};
use crate::ways::{self, WaysIn};
pub(crate) use console::{ConsoleAt, console};
use response::Cutting;
pub(crate) use response::{Providers, event_hook, popular, warning_tls};

/// Where the auth token may stand instead of a file.
const TWILIO_TOKEN: &str = "UNHOOK_TWILIO_AUTH_TOKEN";

#[derive(clap::Args)]
#[command(
    after_help = "Prints the address it listens on, in one line, once it is ready; then where the console is, and as \
long as nobody can sign in to it, a link for the first who does. SIGTERM and Ctrl-C end it: \
what was let in is kept first.\n\n\
Example:\n  unhook serve --org unhook.toml --data /var/lib/unhook --listen 127.0.0.1:8080"
)]
pub(crate) struct Arguments {
    /// Your organization's unhook.toml; where there is none yet, the console's first steps write it
    #[arg(long, value_name = "FILE", default_value = "unhook.toml")]
    org: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    /// Where to listen; with port 0, on a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How to write the log on standard error
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    log: log::Form,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    log::begin(arguments.log);
    let settings = if arguments.org.exists() {
        config::read_begun(&arguments.org)?
    } else {
        tracing::warn!(file = %arguments.org.display(), "not there yet: the console's first steps write it");
        config::parse_begun(organization_file::BEGINNING).expect("a test reads it")
    };
    let open_dns = open_dns::Plan::of(&settings, beside(&arguments.org));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let is_there = AtomicBool::new(false);
    let served = runtime.block_on(async {
        let started = Started::new(&arguments.org, settings, &arguments.folder).await?;
        let announce = |listening: &Listening| {
            is_there.store(true, Ordering::Release);
            listening.print();
        };
        let ended = ended().context("nothing could end it well")?;
        started.listen(arguments.listen, announce, ended).await
    });
    match (served, open_dns) {
        // Whoever asks here for names has them, whatever cannot begin.
        (Err(error), Some(plan)) if !is_there.into_inner() => open_dns::run(plan, runtime, error),
        (served, _) => served.map(|()| 0),
    }
}

/// The service with all that it is wired to, before anybody can reach it.
pub(crate) struct Started {
    running: Running<SqliteJournal>,
    file: ConfigFile,
    server: Server,
    webhook: Option<TwilioWebhook>,
    ways: WaysIn,
    texter: Option<Arc<dyn Texter>>,
    surroundings: Arc<dyn Surroundings>,
    message_filter: Option<MessageFilter>,
    screen_reader: Option<Arc<Tesseract>>,
    organization: String,
    enrolment: Option<Enrolment>,
    tls: Option<Tls>,
    console: Option<console::Plan>,
    local: config::LocalWays,
    response: config::Response,
    identity: Vec<config::Identity>,
    transmitter: Option<Arc<Transmitter>>,
    beside: PathBuf,
}

/// Where it can be reached, once it is ready.
pub(crate) struct Listening {
    /// By which scheme everybody reaches it.
    pub(crate) scheme: &'static str,
    /// At which address.
    pub(crate) address: SocketAddr,
    /// Where metrics and health are, if apart.
    pub(crate) admin: Option<SocketAddr>,
    /// Where mails are taken, if they are.
    pub(crate) mail: Option<SocketAddr>,
    /// Where names are looked up, and where resolvers fetch the zone, each by what it is called.
    pub(crate) cutting: Vec<(&'static str, SocketAddr)>,
    /// Where people look at it.
    pub(crate) console: Option<ConsoleAt>,
}

impl Listening {
    /// The first line is the address for everybody: scripts read no further, and close the pipe.
    fn print(&self) {
        let mut lines = format!("listening on {}://{}\n", self.scheme, self.address);
        if let Some(address) = self.admin {
            lines += &format!("admin on http://{address}\n");
        }
        if let Some(address) = self.mail {
            lines += &format!("mail on smtp://{address}\n");
        }
        for (what, address) in &self.cutting {
            lines += &format!("{what} on {address}\n");
        }
        if let Some(ConsoleAt { url, first, trouble }) = &self.console {
            lines += &format!("console on {url}\n");
            if let Some(trouble) = trouble {
                lines += &format!("nobody can sign in there: {trouble}; then start Unhook again\n");
            }
            if let Some(link) = first {
                lines += &format!("first sign-in: {link}\n");
            }
        }
        // Nobody needs to listen.
        let _ = std::io::stdout().write_all(lines.as_bytes());
    }
}

impl Started {
    pub(crate) async fn new(
        file: &Path,
        settings: config::Settings,
        data: &DataFolder,
    ) -> anyhow::Result<Self> {
        let config::Settings { organization, service, .. } = settings;
        let beside = beside(file);
        let (webhook, texter) = match &service.twilio {
            Some(section) => {
                let (webhook, texter) = twilio(section, &beside)?;
                (Some(webhook), texter)
            }
            None => (None, None),
        };
        let texter = match texter {
            None => ways::texter(&service.ways, &beside)?,
            texter => texter,
        };
        let message_filter = ways::message_filter(&service.ways, &beside)?;
        let tls = tls(&service.server, &beside)?;
        let mut house = House::open(data).await?;
        house.catch_up().await?;
        let surroundings = Arc::clone(&house.surroundings);
        let ways = WaysIn::new(&service.ways, &beside, &surroundings)?;
        let notifiers = service
            .notifiers
            .iter()
            .map(|section| notifier(section, &beside, Arc::clone(&house.surroundings)));
        let notifiers = notifiers.collect::<anyhow::Result<Vec<_>>>()?;
        let settings = Settings { organization: organization.name.clone(), ..service.settings };
        let settings = response::with_playbook(settings, &service.response, &beside)?;
        let hold = service.response.dns.as_ref().is_some_and(|plan| plan.hold);
        let unread = service.identity.iter().filter(|section| !section.read_sign_ins);
        let unread_sign_ins = unread.map(|section| section.name.clone()).collect();
        let popular = response::popular(&data.data);
        let settings = Settings { hold, unread_sign_ins, popular, ..settings };
        let name = organization.name.clone();
        let enrolment = service.twilio.as_ref().map(|section| Enrolment {
            organization: name.clone(),
            reporting_number: service.reporting_number,
            public_url: public_url(&section.public_url).to_owned(),
        });
        let console = service
            .console
            .map(|section| console::Plan::new(section, &name, tls.clone(), &beside))
            .transpose()?;
        let reader = local::screen_reader(service.local.screenshots.as_ref()).await?;
        let screen_reader = reader.clone().map(|reader| reader as Arc<dyn ScreenReader>);
        let mail = service.response.mail.as_ref();
        let staff_address = mail.and_then(|plan| plan.staff_address.clone());
        let settings = Settings { staff_address, ..settings };
        let mailer = mail::mailer(mail, &beside)?;
        let outward = Outward { texter: texter.clone(), mailer, notifiers };
        let Providers { all, transmitter } =
            Providers::new(&service.identity, &beside, Some(&house.vault), &surroundings)?;
        let begun = begin(house, &organization, settings, screen_reader, outward, all);
        Ok(Self {
            running: begun.await?,
            file: ConfigFile::new(file),
            server: service.server,
            webhook,
            ways,
            texter,
            surroundings,
            message_filter,
            screen_reader: reader,
            organization: name,
            enrolment,
            tls,
            console,
            local: service.local,
            response: service.response,
            identity: service.identity,
            transmitter,
            beside,
        })
    }

    /// Lets people in until `ended`, and then ends well. `announce` hears, once it is ready, where.
    pub(crate) async fn listen(
        self,
        address: SocketAddr,
        announce: impl FnOnce(&Listening),
        ended: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let Self { running, file, server, webhook, ways, texter, organization, .. } = self;
        let Self { surroundings, message_filter, enrolment, tls, console, local, .. } = self;
        let Self { response, identity, transmitter, beside, .. } = self;
        let mut probes: Vec<Arc<dyn Probe>> =
            webhook.as_ref().map(TwilioWebhook::probe).into_iter().collect();
        probes.extend(ways.probes());
        probes.push(Arc::new(ScreenProbe(self.screen_reader)));
        if let Some(texter) = &texter {
            probes.push(Arc::new(TexterProbe(Arc::clone(texter))));
        }
        let service = Arc::clone(&running.service);
        let mut refused = ways.refused();
        refused.extend(webhook.as_ref().map(TwilioWebhook::refused));
        let read_log = Readers::new(response.logs.clone());
        let settings = web_settings(&server, organization, refused)?;
        let settings = WebSettings { read_log: Some(Arc::new(read_log)), ..settings };
        let listener = bind(address).await?;
        let console = match console {
            Some(plan) => Some(plan.bind(address).await?),
            None => None,
        };
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (shutdown, stopping) = Shutdown::new();
        let intake: Arc<dyn Intake> = service.clone();
        let mails = local::Mails::begin(&local, &beside, tls.as_ref(), intake, &stopping).await?;
        probes.extend(mails.probes());
        let around = response::Around { beside: &beside, tls: tls.as_ref(), stopping: &stopping };
        let cutting = Cutting::begin(&response, &around, &service, &surroundings).await?;
        let settings = WebSettings {
            coverage: Some(cutting.reach()),
            devices: cutting.devices(&response, &service.organization()),
            probes,
            enrolment,
            message_filter,
            console: console.as_ref().map(|bound| Arc::clone(&bound.console)),
            organization: Some(Arc::new(file)),
            report_url: format!("{scheme}://{address}/report"),
            ..settings
        };
        let web = Web::new(Arc::clone(&service), settings);
        let intake: Arc<dyn Intake> = service.clone();
        let status = || status_listener(Arc::clone(&service));
        let mut others = ways.router(&intake, texter.as_ref(), &surroundings, status())?;
        if let Some(webhook) = webhook {
            others = others.merge(twilio::router(webhook.on_status(status()), intake));
        }
        others = others.merge(response::event_hooks(&identity, &beside, &service)?);
        let (signals, pushing) = response::signals(transmitter.as_ref(), &stopping);
        let router = web.api_beside(cutting.beside(others.merge(signals)));
        let admin = match &server.admin_listen {
            Some(text) => Some(bind(admin_address(text)?).await?),
            None => None,
        };
        let bounds = ConnectionBounds::default();
        let listening = Listening {
            scheme,
            address,
            admin: admin.as_ref().and_then(|listener| listener.local_addr().ok()),
            mail: mails.address(),
            cutting: cutting.addresses(),
            console: match &console {
                Some(bound) => Some(ConsoleAt::new(&bound.console, &service)?),
                None => None,
            },
        };
        let mut served = JoinSet::new();
        served.spawn(serve(listener, router, tls, bounds, stopping.clone()));
        if let Some(console::Bound { listener, tls, .. }) = console {
            served.spawn(serve(listener, web.console(), tls, bounds, stopping.clone()));
        }
        if let Some(listener) = admin {
            served.spawn(serve(listener, web.admin(), None, bounds, stopping));
        }
        tokio::spawn(keep_search_warm(Arc::downgrade(&service)));
        drop(service);
        drop(web);
        announce(&listening);
        ended.await;
        tracing::info!("ending");
        shutdown.begin();
        AtWork { served, mails, cutting, pushing, running }.end().await
    }
}

/// All that is at work, and ends in this order.
struct AtWork {
    served: JoinSet<()>,
    mails: local::Mails,
    cutting: Cutting,
    pushing: Option<JoinHandle<()>>,
    running: Running<SqliteJournal>,
}

impl AtWork {
    async fn end(mut self) -> anyhow::Result<()> {
        while let Some(ended) = self.served.join_next().await {
            ended.context("the server stopped on the way")?;
        }
        self.mails.ended().await?;
        self.cutting.ended().await?;
        if let Some(pushing) = self.pushing {
            pushing.await.context("what pushes shared signals stopped on the way")?;
        }
        let stopped = self.running.stop().await.context("what was decided last is not kept yet")?;
        house::keep_snapshot(&stopped.journal, &stopped.engine).await;
        tracing::info!("ended");
        Ok(())
    }
}

/// How often the words of new texts are read for those who search.
const SEARCH_WARMED: Duration = Duration::from_secs(60);

/// Reads the words that people search for while nobody waits for them, as long as there is a service.
async fn keep_search_warm(service: Weak<Service>) {
    let mut next = tokio::time::interval(SEARCH_WARMED);
    loop {
        next.tick().await;
        let Some(service) = service.upgrade() else { return };
        let warmed = tokio::task::spawn_blocking(move || service.warm_search()).await;
        if let Ok(Err(error)) = warmed {
            tracing::warn!(%error, "whoever searches next waits for all texts to be read");
        }
    }
}

/// From where paths in a configuration are meant.
pub(crate) fn beside(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// How people are told.
struct Outward {
    texter: Option<Arc<dyn Texter>>,
    mailer: Option<Arc<dyn Mailer>>,
    notifiers: Vec<Arc<dyn Notifier>>,
}

async fn begin(
    house: House,
    organization: &Organization,
    settings: Settings,
    screen_reader: Option<Arc<dyn ScreenReader>>,
    outward: Outward,
    identity_providers: Vec<Arc<dyn IdentityProvider>>,
) -> anyhow::Result<Running<SqliteJournal>> {
    let Known { knowledge, judge, .. } = organization_file::known(organization);
    let ports = Ports {
        people: house.vault.clone(),
        access: house.vault.clone(),
        bookmarks: house.vault.clone(),
        safe: house.vault.clone(),
        accounts: house.vault,
        views: house.views,
        blobs: house.blobs,
        surroundings: house.surroundings,
        screen_reader,
        texter: outward.texter,
        mailer: outward.mailer,
        notifiers: outward.notifiers,
        identity_providers,
    };
    let begun = Service::start(
        house.journal,
        house::partition(),
        house.engine,
        ports,
        settings,
        knowledge,
        judge,
    );
    begun.await.context("the service cannot begin")
}

fn admin_address(text: &str) -> anyhow::Result<SocketAddr> {
    let wrong = || {
        Failure::new(
            crate::failure::exit::DATA,
            format!("`admin_listen`: `{text}` is no address and port; write 127.0.0.1:9464"),
        )
    };
    Ok(text.parse().map_err(|_| wrong())?)
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

fn web_settings(
    server: &Server,
    organization: String,
    refused: Vec<Arc<AtomicU64>>,
) -> anyhow::Result<WebSettings> {
    let proxies = server.trusted_proxies.iter().map(|text| text.parse());
    Ok(WebSettings {
        public_form: server.public_form.then_some(PublicForm { organization }),
        trusted_proxies: proxies.collect::<Result<_, _>>()?,
        has_admin_listener: server.admin_listen.is_some(),
        read_mail: Some(Arc::new(|bytes: &[u8]| {
            let read = read_mail(bytes).map_err(|error| error.to_string())?;
            Ok(read.into_submission(bytes.to_vec()))
        })),
        read_export: Some(Arc::new(|name: &str, bytes: Vec<u8>| {
            read_upload(name, bytes).map_err(|error| error.to_string())
        })),
        extra_metrics: (!refused.is_empty()).then(|| refused_metric(refused)),
        ..WebSettings::default()
    })
}

/// Passes on what became of texts. What cannot be kept is said again by the next status.
fn status_listener(service: Arc<Service>) -> impl Fn(TextStatus) + Send + Sync + 'static {
    move |status| {
        let is_delivered = match status.stage {
            TextStage::Sent | TextStage::Delivered => true,
            TextStage::Failed => false,
            _ => return,
        };
        let Some(id) = status.id else { return };
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            if let Err(error) = service.hear(id, is_delivered).await {
                tracing::warn!(%error, "what became of a text could not be kept");
            }
        });
    }
}

fn refused_metric(refused: Vec<Arc<AtomicU64>>) -> unhook_web::ExtraMetrics {
    Arc::new(move || {
        let refused: u64 = refused.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        format!(
            "# HELP unhook_webhooks_refused_total Webhooks without a valid signature.\n\
             # TYPE unhook_webhooks_refused_total counter\n\
             unhook_webhooks_refused_total {refused}\n"
        )
    })
}

/// The certificate, if TLS is served here.
pub(crate) fn tls(server: &Server, beside: &Path) -> anyhow::Result<Option<Tls>> {
    tls_files(server.tls.as_ref(), beside)
}

/// The certificate in two files.
fn tls_files(files: Option<&(String, String)>, beside: &Path) -> anyhow::Result<Option<Tls>> {
    let Some((certificate, key)) = files else { return Ok(None) };
    Ok(Some(Tls::from_files(beside.join(certificate), beside.join(key))?))
}

/// How texts come in through Twilio, and out if that is set up.
pub(crate) fn twilio(
    section: &Twilio,
    beside: &Path,
) -> anyhow::Result<(TwilioWebhook, Option<Arc<dyn Texter>>)> {
    let file = section.auth_token_file.as_deref();
    let secret = ways::secret("[intake.twilio]", "auth_token_file", file, TWILIO_TOKEN, beside)?;
    let public_url = public_url(&section.public_url);
    let mut webhook = TwilioWebhook::new(secret.clone(), public_url)?;
    let Some(sid) = &section.account_sid else { return Ok((webhook, None)) };
    let from = match (&section.messaging_service_sid, &section.from) {
        (Some(service), _) => TextFrom::Service(service.clone()),
        (None, from) => {
            let number = from.as_deref().and_then(PhoneNumber::parse);
            let wrong = "[intake.twilio] `from` is no number; write it as +12015550123";
            TextFrom::Number(number.ok_or_else(|| Failure::new(crate::failure::exit::DATA, wrong))?)
        }
    };
    let account = TwilioAccount { sid: sid.clone(), key: None, secret };
    let mut media = TwilioMedia::new(account.clone())?;
    let mut texter = TwilioTexter::new(account, from)?.status_to(public_url);
    if let Some(url) = &section.api_url {
        (texter, media) = (texter.api(url), media.api(url));
    }
    if section.fetch_media {
        webhook = webhook.with_media(media);
    }
    Ok((webhook, Some(Arc::new(texter))))
}

/// Where the service is for Twilio: people write it with or without the path of the webhook.
fn public_url(text: &str) -> &str {
    let text = text.trim().trim_end_matches('/');
    text.strip_suffix(twilio::INTAKE_PATH).unwrap_or(text)
}

/// One way to tell those on call.
pub(crate) fn notifier(
    section: &Notify,
    beside: &Path,
    surroundings: Arc<dyn Surroundings>,
) -> anyhow::Result<Arc<dyn Notifier>> {
    let file = |name: &Option<String>| name.as_ref().map(|name| beside.join(name));
    let settings = NotifySettings {
        url: section.url.clone(),
        url_file: file(&section.url_file),
        secret_file: file(&section.secret_file),
        routing_key_file: file(&section.routing_key_file),
        address: section.address.clone(),
        ..NotifySettings::new(section.kind, section.name.clone(), section.from_severity)
    };
    Ok(notify::notifier(settings, surroundings)?)
}

/// Waits until somebody wants it to end. It listens for that from the call on, not only once it
/// is waited for: whoever reads that the service is there may end it at once.
#[cfg(unix)]
pub(crate) fn ended() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Waits until somebody wants it to end.
#[cfg(windows)]
pub(crate) fn ended() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupted.recv().await;
    })
}
