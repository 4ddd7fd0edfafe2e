//! `unhook doctor`: looks whether everything is as the service needs it, and says what to do
//! about what is not.
//!
//! It changes nothing, and can be run beside the service.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use unhook_app::identity::{IdentityProvider, ProviderKind};
use unhook_app::views::Views as _;
use unhook_app::{Access as _, Account, Accounts as _, Surroundings};
use unhook_store::{SqliteViews, SystemSurroundings};

use crate::commands::serve;
use crate::config;
use crate::data_folder::DataFolder;
use crate::ways;

/// Less free space than this, in bytes, and the service may soon have to turn texts away.
const LITTLE_SPACE: u64 = 1 << 30;

/// How long an identity provider may take to answer.
const LONGEST_LOOK: Duration = Duration::from_secs(15);

/// Somebody who has no account, to look up.
const NOBODY: &str = "unhook-check";

/// No clock that is right shows less: when this was written, in milliseconds since 1970.
const EARLIEST: i64 = 1_780_000_000_000;

#[derive(clap::Args)]
#[command(
    after_help = "Exit status: 0 all is well, 1 something needs a look, 64 and up for errors.\n\n\
Example:\n  unhook doctor --org unhook.toml --data /var/lib/unhook --listen 127.0.0.1:8080"
)]
pub(crate) struct Arguments {
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    /// Where the service is to listen
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Ask each identity provider for somebody whom it does not know, to see whether its credential works
    #[arg(long)]
    ask: bool,
}

/// What was found out about one thing.
enum Finding {
    Well(String),
    /// It works, and somebody should look at it.
    Doubtful(String),
    /// It does not work; what to do stands with it.
    Wrong(String),
}

use Finding::{Doubtful, Well, Wrong};

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let mut findings = vec![("clock", clock())];
    match config::read(&arguments.org) {
        Ok(settings) => {
            let organization = &settings.organization;
            let known = format!("{}, {} brands", organization.name, organization.brands.len());
            findings.push(("configuration", Well(known)));
            findings.extend(connectors(&settings.service, &arguments.org));
            findings.extend(identity(&settings.service.identity, &arguments)?);
            let console = console(settings.service, &arguments.org, &arguments.folder);
            findings.push(("console", console));
        }
        Err(error) => findings.push(("configuration", Wrong(format!("{error:#}")))),
    }
    findings.extend(data(&arguments.folder));
    findings.extend(arguments.listen.map(|address| ("port", port(address))));
    let is_well = findings.iter().all(|(_, finding)| matches!(finding, Well(_)));
    findings.iter().for_each(|(what, finding)| println!("{}", line(what, finding)));
    Ok(u8::from(!is_well))
}

fn line(what: &str, finding: &Finding) -> String {
    match finding {
        Well(how) => format!("ok     {what}: {how}"),
        Doubtful(how) => format!("look   {what}: {how}"),
        Wrong(how) => format!("WRONG  {what}: {how}"),
    }
}

fn clock() -> Finding {
    let now = SystemSurroundings::new().now().unix_ms();
    if now < EARLIEST {
        return Wrong("it is far behind; signatures and certificates need the right time".into());
    }
    Well("plausible".into())
}

/// What the service is wired to: each is made as the service makes it, and nothing is sent.
fn connectors(
    service: &config::Service,
    org: &Path,
) -> impl Iterator<Item = (&'static str, Finding)> {
    let beside = serve::beside(org);
    let of = |result: anyhow::Result<String>| match result {
        Ok(how) => Well(how),
        Err(error) => Wrong(format!("{error:#}")),
    };
    let mut findings = Vec::new();
    match &service.twilio {
        Some(section) => {
            let made = serve::twilio(section, &beside).map(|(_, texter)| match texter {
                Some(_) => format!("texts in at {} and out", section.public_url),
                None => {
                    format!("texts in at {}; none go out, without account_sid", section.public_url)
                }
            });
            findings.push(("twilio", of(made)));
        }
        None => {
            let others = &service.ways;
            if others.telnyx.is_none() && others.plivo.is_none() && others.vonage.is_none() {
                let how = "no provider below [intake]: texts come in by the API alone";
                findings.push(("twilio", Doubtful(how.into())));
            }
        }
    }
    match ways(service, &beside) {
        Ok(0) => {}
        made => findings.push(("ways in", of(made.map(|n| format!("{n} beside Twilio"))))),
    }
    let tls = serve::tls(&service.server, &beside);
    let tls = tls.map(|tls| match tls {
        Some(_) => "certificate and key are a pair".to_owned(),
        None => "none here; it is the business of a proxy before it".to_owned(),
    });
    findings.push(("tls", of(tls)));
    let warning = service.response.dns.as_ref().and_then(|plan| plan.warning.as_ref());
    if let Some(made) =
        warning.map(|plan| serve::warning_tls(plan, &beside)).and_then(Result::transpose)
    {
        let made = made.map(|_| "certificate and key are a pair".to_owned());
        findings.push(("warning page", of(made)));
    }
    for section in &service.notifiers {
        let made =
            serve::notifier(section, &beside, std::sync::Arc::new(SystemSurroundings::new()));
        findings.push(("notify", of(made.map(|notifier| notifier.name().to_owned()))));
    }
    if service.notifiers.is_empty() {
        findings.push(("notify", Doubtful("no [[notify]]: nobody on call is told".into())));
    }
    findings.into_iter()
}

/// Whether each identity provider can be wired, and, if that is asked, whether it knows us. Nothing is
/// changed there.
fn identity(
    sections: &[config::Identity],
    arguments: &Arguments,
) -> anyhow::Result<Vec<(&'static str, Finding)>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let beside = serve::beside(&arguments.org);
    let surroundings: Arc<dyn Surroundings> = Arc::new(SystemSurroundings::new());
    // One that does not open is told of beside.
    let is_begun = !sections.is_empty() && arguments.folder.require().is_ok();
    let vault = is_begun.then(|| arguments.folder.open().ok()).flatten().map(Arc::new);
    let mut findings = Vec::new();
    for section in sections {
        let own = std::slice::from_ref(section);
        match serve::Providers::new(own, &beside, vault.as_ref(), &surroundings) {
            Ok(providers) => findings.extend(providers.all.iter().map(|provider| {
                let finding = match arguments.ask {
                    true => runtime.block_on(asked(&**provider)),
                    false => Well(format!("{}; `--ask` tries it", provider.name())),
                };
                ("identity", finding)
            })),
            Err(error) => findings.push(("identity", Wrong(format!("{error:#}")))),
        }
        if let Err(error) = serve::event_hook(section, &beside) {
            findings.push(("identity", Wrong(format!("{error:#}"))));
        }
    }
    Ok(findings)
}

/// What comes of one look that changes nothing.
async fn asked(provider: &dyn IdentityProvider) -> Finding {
    let name = provider.name();
    if provider.kind() == ProviderKind::SharedSignals {
        return Well(format!("{name}: receivers are told, and nobody there can be asked"));
    }
    match tokio::time::timeout(LONGEST_LOOK, provider.find(NOBODY)).await {
        Ok(Ok(_)) => Well(format!("{name}: it answers to this credential")),
        Ok(Err(error)) => Wrong(format!("{name}: {error}")),
        Err(_) => Wrong(format!("{name}: no answer in {} seconds", LONGEST_LOOK.as_secs())),
    }
}

/// How many ways in there are beside Twilio, each with what it needs.
fn ways(service: &config::Service, beside: &Path) -> anyhow::Result<usize> {
    let surroundings: std::sync::Arc<dyn unhook_app::Surroundings> =
        std::sync::Arc::new(SystemSurroundings::new());
    let made = ways::WaysIn::new(&service.ways, beside, &surroundings)?;
    ways::texter(&service.ways, beside)?;
    let filter = ways::message_filter(&service.ways, beside)?;
    Ok(made.refused().len() + usize::from(filter.is_some()))
}

/// Where the console is, whether passkeys can work there, and how many can sign in.
fn console(service: config::Service, org: &Path, folder: &DataFolder) -> Finding {
    let Some(section) = service.console else { return Well("switched off".into()) };
    let beside = serve::beside(org);
    // What is wrong with the server's own certificate is said beside.
    let tls = serve::tls(&service.server, &beside).ok().flatten();
    let console = match serve::console(section, tls, &beside) {
        Ok(console) => console,
        Err(error) => return Wrong(format!("{error:#}")),
    };
    let url = console.url();
    if let Some(trouble) = console.trouble() {
        return Doubtful(format!("{url}: no passkey works there; {trouble}"));
    }
    let known = folder.require().ok().and_then(|()| folder.open().ok());
    match known.and_then(|vault| vault.accounts().ok()) {
        Some(accounts) if accounts.iter().any(can_sign_in) => {
            let count = accounts.iter().filter(|account| can_sign_in(account)).count();
            Well(format!("{url}, where passkeys work; {count} can sign in"))
        }
        _ => Doubtful(format!(
            "{url}, where passkeys work; nobody can sign in yet: open the link that `unhook serve` \
             prints"
        )),
    }
}

fn can_sign_in(account: &Account) -> bool {
    account.disabled_at.is_none() && (account.passkeys > 0 || account.is_bound)
}

fn data(folder: &DataFolder) -> Vec<(&'static str, Finding)> {
    let shown = folder.data.display();
    if folder.require().is_err() {
        let how = format!("{shown} is new; `unhook serve` begins it");
        return vec![("data folder", Doubtful(how)), ("disk", space(&folder.data))];
    }
    let vault = match folder.open() {
        Ok(vault) => match vault.grants() {
            Ok(grants) => Well(format!("{} opens, {} tokens were made", shown, grants.len())),
            Err(error) => Wrong(format!("tokens cannot be read: {error}")),
        },
        Err(error) => Wrong(format!("{error:#}")),
    };
    let views = match SqliteViews::look(&folder.data) {
        Ok(Some(views)) => match views.position() {
            Ok(_) => Well("readable".into()),
            Err(error) => Wrong(format!("{error}; `unhook rebuild` makes them again")),
        },
        Ok(None) => Doubtful("none yet, or of another release; the service makes them".into()),
        Err(error) => Wrong(format!("{error}; `unhook rebuild` makes them again")),
    };
    vec![("data folder", vault), ("views", views), ("disk", space(&folder.data))]
}

#[cfg(unix)]
fn space(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(there) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let how = format!("{:.1} GiB free", free as f64 / f64::from(1 << 30));
            if free < LITTLE_SPACE { Doubtful(how + "; make room") } else { Well(how) }
        }
        Err(error) => Doubtful(format!("nobody knows how much is free: {error}")),
    }
}

#[cfg(not(unix))]
fn space(_: &Path) -> Finding {
    Doubtful("look yourself how much is free".into())
}

fn port(address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Well(format!("{address} is free")),
        Err(error) => Doubtful(format!("{address}: {error}; the service may run there already")),
    }
}
