//! The service in a folder that is thrown away, with stand-ins for the world around it.
//!
//! It is wired by [`Started`], as `unhook serve` is. Of what a scenario says for `unhook.toml`,
//! ways in and out are replaced: nobody is called or texted who is not of the scenario.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use unhook_app::accounts::{self, Accounts as _, Purpose};
use unhook_app::people::Entry;
use unhook_app::{Access as _, People as _, Role, Scope};
use unhook_messaging::Secret;
use unhook_store::SqliteVault;

use super::client::{Client, PUBLIC_URL};
use super::laptops::Laptops;
use super::names;
use super::plan::Scenario;
use super::provider::Provider;
use super::receivers::{ACCOUNT, ON_CALL_PATH, Receivers, Secrets};
use crate::commands::serve::{Listening, Started};
use crate::config;
use crate::data_folder::DataFolder;
use crate::data_folder::now;

/// How many texts may go out: more than a scenario has people.
const DAILY_TEXTS: i64 = 100_000;

/// Whoever looks on, in the console.
const GUEST: &str = "You";

/// What the folder holds, beside the data.
const CONFIG: &str = "unhook.toml";
const TWILIO_TOKEN: &str = "twilio-token";
const WEBHOOK_SECRET: &str = "webhook-secret";
const PROVIDER_TOKEN: &str = "provider-token";
const DEVICES: &str = "devices";
const PLAYBOOK: &str = "playbook.toml";

/// Sections that reach the world, or files of it: nobody is signed out and nothing cut off by what is only
/// played.
const REPLACED: [&str; 7] = ["server", "console", "dns", "rpz", "gateway", "identity", "playbook"];

/// A service that runs.
pub(super) struct Stand {
    pub(super) client: Client,
    pub(super) receivers: Receivers,
    pub(super) provider: Provider,
    pub(super) laptops: Laptops,
    /// Where people look at it.
    console: Option<String>,
    end: oneshot::Sender<()>,
    served: JoinHandle<anyhow::Result<()>>,
    /// Told to stop by being dropped.
    receiving: JoinHandle<std::io::Result<()>>,
    /// What knows every name, likewise.
    resolving: JoinHandle<std::io::Result<()>>,
    /// Removed when this is dropped.
    folder: TempDir,
}

impl Stand {
    /// Begins one for a scenario.
    pub(super) async fn begin(scenario: &Scenario) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("unhook-").tempdir();
        let folder = folder.context("cannot make a folder to throw away")?;
        let secrets = Arc::new(Secrets::fresh()?);
        let receivers = Receivers::new(Arc::clone(&secrets));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let resolver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let outside = Outside { calls: listener.local_addr()?, names: resolver.local_addr()? };
        let laptops = Laptops::hand_out(&scenario.people)?;
        let logins = scenario.people.iter().filter_map(|person| person.login.clone());
        let provider = Provider::new(&secrets.provider, logins);
        let file = write(folder.path(), scenario, &secrets, &laptops, outside)?;
        let data = folder.path().join("data");
        let bearer = fill(&data, scenario)?;
        let mut settings = config::read(&file)?;
        // Nothing of a scenario is reached from outside but as it is played.
        settings.service.ways = config::Ways::default();
        settings.service.local = config::LocalWays::default();
        let started = Started::new(&file, settings, &DataFolder::at(data)).await?;
        let calls = receivers.router().merge(provider.router());
        let receiving = tokio::spawn(axum::serve(listener, calls).into_future());
        let resolving = tokio::spawn(names::serve_all(resolver));
        let (end, ended) = oneshot::channel::<()>();
        let (ready, listening) = oneshot::channel();
        let served = tokio::spawn(async move {
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let is_over = async {
                // Whoever is gone wants it to end as well.
                let _ = ended.await;
            };
            let announce = |listening: &Listening| {
                // Nobody waits for it any more if this fails.
                let console = listening.console.as_ref().map(|console| console.url.clone());
                let _ = ready.send((listening.address, console));
            };
            started.listen(listen, announce, is_over).await
        });
        let listening = listening.await.context("the service does not begin to listen")?;
        let (address, console) = listening;
        let secret = Secret::new(secrets.twilio.clone());
        let client = Client::new(address, secret, bearer, scenario.reporting_number.clone())?;
        if laptops.are_there() {
            client.log("mdm", &laptops.log()).await?;
        }
        Ok(Self {
            client,
            receivers,
            provider,
            laptops,
            console,
            end,
            served,
            receiving,
            resolving,
            folder,
        })
    }

    /// A link by which somebody at this machine is in the console at once; it works once, for a
    /// minute.
    pub(super) fn entry(&self) -> anyhow::Result<Option<String>> {
        let Some(console) = &self.console else { return Ok(None) };
        let vault = SqliteVault::open(&self.folder.path().join("data"))?;
        let guest = vault.accounts()?.into_iter().find(|account| account.name == GUEST);
        let guest = guest.context("whoever looks on has no account")?;
        let code = accounts::hand_out(&vault, &vault, guest.id, Purpose::Enter, now())?;
        Ok(code.map(|code| format!("{console}/enter/{code}")))
    }

    /// Ends it well, and removes its folder.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        // It may have ended by itself; then it says so.
        let _ = self.end.send(());
        let served = self.served.await.context("the service broke down");
        self.receiving.abort();
        self.resolving.abort();
        let folder = self.folder.path().display().to_string();
        self.folder.close().with_context(|| format!("cannot remove {folder}"))?;
        served?
    }
}

/// Where the world around it is.
#[derive(Clone, Copy)]
struct Outside {
    /// Those on call, the provider of texts and that of identities.
    calls: SocketAddr,
    /// What knows every name.
    names: SocketAddr,
}

/// Writes what the service reads.
fn write(
    folder: &Path,
    scenario: &Scenario,
    secrets: &Secrets,
    laptops: &Laptops,
    outside: Outside,
) -> anyhow::Result<std::path::PathBuf> {
    std::fs::write(folder.join(TWILIO_TOKEN), &secrets.twilio)?;
    std::fs::write(folder.join(WEBHOOK_SECRET), &secrets.webhook)?;
    std::fs::write(folder.join(PROVIDER_TOKEN), &secrets.provider)?;
    std::fs::write(folder.join(DEVICES), laptops.file())?;
    let from = scenario.reporting_number.to_string();
    let mut table = with_stand_ins(scenario.unhook.clone(), &from, outside.calls);
    if laptops.are_there() {
        connect_laptops(&mut table, outside);
    }
    if let Some(playbook) = &scenario.playbook {
        std::fs::write(folder.join(PLAYBOOK), playbook)?;
        section(&mut table, "playbook").insert("file".to_owned(), PLAYBOOK.into());
    }
    let file = folder.join(CONFIG);
    std::fs::write(&file, toml::to_string(&table)?)?;
    Ok(file)
}

/// What stands in `unhook.toml`, with every way in and out led to this machine.
fn with_stand_ins(mut table: toml::Table, from: &str, outside: SocketAddr) -> toml::Table {
    let url = format!("http://{outside}");
    for name in REPLACED {
        table.remove(name);
    }
    let twilio = toml::toml! {
        auth_token_file = "twilio-token"
    };
    let mut twilio = twilio;
    for (key, value) in
        [("public_url", PUBLIC_URL), ("account_sid", ACCOUNT), ("from", from), ("api_url", &url)]
    {
        twilio.insert(key.to_owned(), value.into());
    }
    let intake = section(&mut table, "intake");
    intake.retain(|_, value| !value.is_table());
    intake.insert("twilio".to_owned(), twilio.into());
    section(&mut table, "texts").insert("daily".to_owned(), DAILY_TEXTS.into());
    let mut on_call = toml::toml! {
        name = "on-call"
        kind = "webhook"
        secret_file = "webhook-secret"
        from_severity = "info"
    };
    on_call.insert("url".to_owned(), format!("{url}{ON_CALL_PATH}").into());
    table.insert("notify".to_owned(), vec![toml::Value::Table(on_call)].into());
    table
}

/// A resolver that laptops ask, and the provider where their owners sign in.
fn connect_laptops(table: &mut toml::Table, outside: Outside) {
    let dns = section(table, "dns");
    dns.insert("listen".to_owned(), "127.0.0.1:0".into());
    dns.insert("upstreams".to_owned(), vec![outside.names.to_string()].into());
    dns.insert("devices_file".to_owned(), DEVICES.into());
    let mut provider = toml::toml! {
        kind = "okta"
    };
    provider.insert("url".to_owned(), format!("http://{}", outside.calls).into());
    provider.insert("token_file".to_owned(), PROVIDER_TOKEN.into());
    table.insert("identity".to_owned(), vec![toml::Value::Table(provider)].into());
}

/// A section, made if it is not there.
fn section<'t>(table: &'t mut toml::Table, name: &str) -> &'t mut toml::Table {
    let value = table.entry(name.to_owned()).or_insert_with(|| toml::Table::new().into());
    if !value.is_table() {
        *value = toml::Table::new().into();
    }
    value.as_table_mut().expect("it is a table now")
}

/// Brings the people in, and makes an analyst's token.
fn fill(data: &Path, scenario: &Scenario) -> anyhow::Result<String> {
    let vault = SqliteVault::open(data)?;
    let entries: Vec<Entry> = scenario.people.iter().filter_map(|p| p.entry.clone()).collect();
    vault.import(&entries, now())?;
    vault.add(GUEST, Role::Admin, now())?;
    let (bearer, _) =
        vault.make("analyst", &[Scope::Read, Scope::Rule, Scope::Logs], now(), None)?;
    Ok(bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_out_is_left_as_it_was() {
        let table: toml::Table = toml::from_str(
            "[organization]\nname = 'Acme'\n[server]\nadmin_listen = '127.0.0.1:9464'\n\
             [intake]\nstranger_hourly = 3\n[intake.twilio]\npublic_url = 'https://sms.acme.example'\n\
             account_sid = 'AC1'\nmessaging_service_sid = 'MG1'\n\
             [dns]\nlisten = '192.0.2.1:53'\nupstreams = ['192.0.2.53']\n\
             [rpz]\nzone = 'rpz.acme.example'\nlisten = '192.0.2.1:5300'\nallow_transfer = ['10.0.0.0/8']\n\
             [[identity]]\nkind = 'okta'\nurl = 'https://acme.example'\ntoken_file = 'okta'\n\
             [playbook]\nfile = 'playbook.toml'\n\
             [[notify]]\nkind = 'slack'\nurl_file = 'slack'\n[[notify]]\nkind = 'syslog'\naddress = 'udp://a.example:514'\n",
        )
        .unwrap();
        let outside = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        let text = toml::to_string(&with_stand_ins(table, "+12015550100", outside)).unwrap();
        let settings = config::parse(&text).unwrap();
        let twilio = settings.service.twilio.unwrap();
        assert_eq!(twilio.api_url.as_deref(), Some("http://127.0.0.1:9"));
        assert_eq!(twilio.messaging_service_sid, None);
        assert_eq!(settings.service.settings.stranger_hourly, 3);
        assert!(settings.service.server.admin_listen.is_none());
        assert!(settings.service.identity.is_empty(), "nobody real is signed out");
        let response = settings.service.response;
        assert!(response.dns.is_none() && response.rpz.is_none());
        assert_eq!(response.playbook_file, None);
        let [notify] = &settings.service.notifiers[..] else { panic!("one way is left") };
        assert_eq!(notify.url.as_deref(), Some("http://127.0.0.1:9/on-call"));
    }
}
