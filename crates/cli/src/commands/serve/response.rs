//! What cuts campaigns off, wired: the playbook, the DNS firewall, and the zone for resolvers.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;
use unhook_app::coverage::{
    self, Coverage, DeviceShare, Follower, GatewayStatus, ResolverStatus, UpstreamState, ZoneStatus,
};
use unhook_app::identity::IdentityProvider;
use unhook_app::resolving::Gate;
use unhook_app::service::Settings;
use unhook_app::{Blocklist, Service, Surroundings};
use unhook_contain::dns::{Denial, DnsFirewall, DnsSettings, UpstreamStatus, bind_udp};
use unhook_contain::gateway::{Gateway, GatewayReading, GatewaySettings};
use unhook_contain::identity::Secret;
use unhook_contain::identity::entra::{self, Entra, EntraSettings};
use unhook_contain::identity::google::{self, Google, GoogleSettings};
use unhook_contain::identity::okta::{self, EventHook, Okta, OktaCredential, OktaSettings};
use unhook_contain::identity::scim::{Scim, ScimSettings};
use unhook_contain::identity::ssf::{
    self, Dialect, Issuer, Keeper, ReceiverSettings, SsfReceiver, Subscriber, Transmitter,
    TransmitterSettings,
};
use unhook_contain::lists::{Shelf, shelf};
use unhook_contain::rpz::{Rpz, RpzSettings, TsigKey};
use unhook_contain::warning;
use unhook_engine::Popular;
use unhook_store::SqliteVault;
use unhook_web::{ConnectionBounds, Stopping, Tls, serve};

use crate::config::{
    self, DnsPlan, GatewayPlan, Identity, IdentityKind, OktaAccess, ReceiverWay, Response, RpzPlan,
    Signals, WarningPlan,
};
use crate::failure::{Failure, exit};
use crate::{devices, files};

/// The longest file with a key, in bytes.
const LONGEST_KEY_FILE: usize = 4 << 10;

/// The settings with the playbook that the organization wrote.
pub(super) fn with_playbook(
    settings: Settings,
    response: &Response,
    beside: &Path,
) -> anyhow::Result<Settings> {
    let Some(file) = &response.playbook_file else { return Ok(settings) };
    let config::playbook::Read { playbook, break_glass } =
        config::playbook::read(&beside.join(file))?;
    Ok(Settings { playbook: Arc::new(playbook), break_glass, ..settings })
}

/// What the lists in a data folder protect. One that cannot be read is heard of: less is protected then.
pub(crate) fn popular(data: &Path) -> Arc<Popular> {
    let (lists, problems) = Shelf::of(data).lists();
    for why in problems {
        tracing::error!(%why, "a list does not count, so its names can be blocked");
    }
    Arc::new(shelf::popular(&lists))
}

/// Those at which sessions can be ended.
#[derive(Default)]
pub(crate) struct Providers {
    pub(crate) all: Vec<Arc<dyn IdentityProvider>>,
    /// What receivers of shared signals ask.
    pub(super) transmitter: Option<Arc<Transmitter>>,
}

impl Providers {
    /// As the settings say; streams of receivers are kept with the vault, and there are none as long as there is no vault.
    pub(crate) fn new(
        sections: &[Identity],
        beside: &Path,
        vault: Option<&Arc<SqliteVault>>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let mut providers = Self::default();
        for section in sections {
            if let IdentityKind::SharedSignals(signals) = &section.kind {
                providers.add_signals(section, signals, beside, vault, surroundings)?;
            } else {
                providers.all.push(identity_provider(section, beside, surroundings)?);
            }
        }
        Ok(providers)
    }

    /// The transmitter, if somebody may have a stream, and those who are told without one.
    fn add_signals(
        &mut self,
        section: &Identity,
        signals: &Signals,
        beside: &Path,
        vault: Option<&Arc<SqliteVault>>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<()> {
        let place = || format!("[[identity]] `{}`", section.name);
        let secret = |file: &String| secret(section, beside, file);
        let key = secret(&signals.key_file)?;
        let issuer = Issuer::new(&signals.issuer, &signals.key_id, &key).with_context(place)?;
        let (issuer, authorities) = (Arc::new(issuer), authorities(section, beside)?);
        let mut subscribers = Vec::new();
        for receiver in &signals.receivers {
            let (name, audience) = (receiver.name.clone(), receiver.audience.clone());
            let dialect = if receiver.is_okta { Dialect::Okta } else { Dialect::Standard };
            match &receiver.way {
                ReceiverWay::Stream { token_file, push_hosts } => {
                    let (token, push_hosts) = (secret(token_file)?, push_hosts.clone());
                    subscribers.push(Subscriber { name, token, audience, push_hosts, dialect });
                }
                ReceiverWay::Endpoint { url, token_file } => {
                    let token = token_file.as_ref().map(secret).transpose()?;
                    let bearer = |token: Secret| Secret::new(format!("Bearer {}", token.expose()));
                    let settings = ReceiverSettings {
                        name: format!("{}-{name}", section.name),
                        endpoint: url.clone(),
                        audience,
                        authorization: token.map(bearer),
                        dialect,
                        authorities: authorities.clone(),
                    };
                    let (issuer, clock) = (Arc::clone(&issuer), Arc::clone(surroundings));
                    let receiver = SsfReceiver::new(settings, issuer, clock).with_context(place)?;
                    self.all.push(Arc::new(receiver));
                }
            }
        }
        if subscribers.is_empty() {
            tracing::debug!("receivers of shared signals are told without streams");
        }
        let name = section.name.clone();
        let has_streams = !subscribers.is_empty();
        let settings = TransmitterSettings { name, subscribers, authorities };
        settings.check().with_context(place)?;
        let Some(vault) = vault else { return Ok(()) };
        let keeper = Keeper { safe: vault.clone(), people: vault.clone() };
        let transmitter = Transmitter::new(settings, issuer, keeper, Arc::clone(surroundings));
        let transmitter = Arc::new(transmitter.with_context(place)?);
        if has_streams {
            self.all.push(transmitter.clone());
        }
        self.transmitter = Some(transmitter);
        Ok(())
    }
}

/// What a file beside the configuration holds.
fn secret(section: &Identity, beside: &Path, file: &String) -> anyhow::Result<Secret> {
    let file = beside.join(file);
    let cannot = || format!("[[identity]] `{}`: cannot read {}", section.name, file.display());
    Secret::from_file(&file).with_context(cannot)
}

fn authorities(section: &Identity, beside: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let read = |file: &String| {
        let file = beside.join(file);
        let cannot = || format!("[[identity]] `{}`: cannot read {}", section.name, file.display());
        std::fs::read(&file).with_context(cannot)
    };
    section.authorities_file.as_ref().map(read).transpose()
}

fn identity_provider(
    section: &Identity,
    beside: &Path,
    surroundings: &Arc<dyn Surroundings>,
) -> anyhow::Result<Arc<dyn IdentityProvider>> {
    let name = section.name.clone();
    let place = || format!("[[identity]] `{name}`");
    let secret = |file: &String| secret(section, beside, file);
    let authorities = authorities(section, beside)?;
    let clock = Arc::clone(surroundings);
    Ok(match &section.kind {
        IdentityKind::Okta { url, credential } => {
            let credential = match credential {
                OktaAccess::Token { file } => OktaCredential::Token(secret(file)?),
                OktaAccess::ServiceApp { client_id, key_id, key_file, scopes } => {
                    OktaCredential::ServiceApp {
                        client_id: client_id.clone(),
                        key_id: key_id.clone(),
                        key: secret(key_file)?,
                        scopes: scopes.clone().unwrap_or_else(|| okta::SCOPES.to_owned()),
                    }
                }
            };
            let settings =
                OktaSettings { name: name.clone(), url: url.clone(), credential, authorities };
            Arc::new(Okta::new(settings, clock).with_context(place)?)
        }
        IdentityKind::Scim { url, token_file } => {
            let token = secret(token_file)?;
            let settings =
                ScimSettings { name: name.clone(), url: url.clone(), token, authorities };
            Arc::new(Scim::new(settings, clock).with_context(place)?)
        }
        IdentityKind::Entra { tenant, client_id, client_secret_file } => {
            let settings = EntraSettings {
                name: name.clone(),
                tenant: tenant.clone(),
                client_id: client_id.clone(),
                client_secret: secret(client_secret_file)?,
                graph: entra::GRAPH.to_owned(),
                login: entra::LOGIN.to_owned(),
                authorities,
            };
            Arc::new(Entra::new(settings, clock).with_context(place)?)
        }
        IdentityKind::SharedSignals(_) => anyhow::bail!("shared signals are no single provider"),
        IdentityKind::Google { key_file, admin } => {
            let settings = GoogleSettings {
                name: name.clone(),
                key_file: secret(key_file)?,
                admin: admin.clone(),
                scopes: google::SCOPES.to_owned(),
                url: google::ADMIN.to_owned(),
                authorities,
            };
            Arc::new(Google::new(settings, clock).with_context(place)?)
        }
    })
}

/// The event hooks of Okta, each at an address of its own.
pub(super) fn event_hooks(
    sections: &[Identity],
    beside: &Path,
    service: &Arc<Service>,
) -> anyhow::Result<axum::Router> {
    let mut routes = axum::Router::new();
    for section in sections {
        let Some(hook) = event_hook(section, beside)? else { continue };
        routes = routes.merge(okta::hook::router(&section.name, hook, Arc::clone(service)));
    }
    Ok(routes)
}

/// The event hook of one provider, if it has one.
pub(crate) fn event_hook(section: &Identity, beside: &Path) -> anyhow::Result<Option<EventHook>> {
    let Some(file) = &section.event_hook_secret_file else { return Ok(None) };
    let place = || format!("[[identity]] `{}`: event_hook_secret_file {file}", section.name);
    let secret = Secret::from_file(&beside.join(file)).with_context(place)?;
    EventHook::new(secret).with_context(place).map(Some)
}

/// Lets receivers of shared signals in, and pushes what could not be pushed at once until the end.
pub(super) fn signals(
    transmitter: Option<&Arc<Transmitter>>,
    stopping: &Stopping,
) -> (axum::Router, Option<JoinHandle<()>>) {
    let Some(transmitter) = transmitter else { return (axum::Router::new(), None) };
    let (pushing, stopping) = (Arc::clone(transmitter), stopping.clone());
    let task = tokio::spawn(async move {
        tokio::select! {
            () = stopping.begun() => {}
            () = pushing.work_off() => {}
        }
    });
    (ssf::router(Arc::clone(transmitter)), Some(task))
}

/// What is around all of it.
pub(super) struct Around<'a> {
    /// From where paths are meant.
    pub(super) beside: &'a Path,
    pub(super) tls: Option<&'a Tls>,
    pub(super) stopping: &'a Stopping,
}

/// What answers for the organization: the DNS firewall and the zone, where there are some.
pub(super) struct Cutting {
    resolver: Option<Resolver>,
    warning: Option<Warning>,
    zone: Option<Zone>,
    pushes: Vec<Push>,
}

impl Cutting {
    pub(super) async fn begin(
        response: &Response,
        around: &Around<'_>,
        service: &Arc<Service>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let page = response.dns.as_ref().and_then(|plan| plan.warning.as_ref());
        let warning = match page {
            Some(plan) => Some(Warning::begin(plan, around, service, surroundings).await?),
            None => None,
        };
        let resolver = match &response.dns {
            Some(plan) => Some(Resolver::begin(plan, around, service.gate(), surroundings).await?),
            None => None,
        };
        let zone = match &response.rpz {
            Some(plan) => Some(Zone::begin(plan, around, service.blocklist(), surroundings).await?),
            None => None,
        };
        let push = |plan| Push::begin(plan, around, service.blocklist(), surroundings);
        let pushes = response.gateways.iter().map(push).collect::<anyhow::Result<_>>()?;
        Ok(Self { resolver, warning, zone, pushes })
    }

    /// What says how far it reaches.
    pub(super) fn reach(&self) -> Arc<dyn Coverage> {
        let firewall = self.resolver.as_ref().map(|resolver| Arc::clone(&resolver.firewall));
        let gateways = self.pushes.iter().map(|push| push.reading.clone()).collect();
        let rpz = self.zone.as_ref().map(|zone| zone.rpz.clone());
        let devices = self.resolver.as_ref().and_then(|resolver| resolver.devices.as_ref());
        let devices = devices.map(|devices| devices.values().collect::<HashSet<_>>().len());
        Arc::new(Reach { firewall, devices, rpz, gateways })
    }

    /// What says how devices are set up, where it is known by which host they reach this.
    pub(super) fn devices(
        &self,
        response: &Response,
        organization: &str,
    ) -> Option<Arc<dyn coverage::Devices>> {
        let host = response.dns.as_ref()?.device_host.clone()?;
        let devices = self.resolver.as_ref()?.devices.as_ref()?;
        Some(Arc::new(devices::Profiles::new(organization.to_owned(), host, devices)))
    }

    /// Routes with those of devices that ask over HTTPS beside them, if there are some.
    pub(super) fn beside(&self, routes: axum::Router) -> axum::Router {
        match self.resolver.as_ref().and_then(Resolver::https) {
            Some(https) => routes.merge(https),
            None => routes,
        }
    }

    /// Where it is, by what it is called.
    pub(super) fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        let resolver = self.resolver.as_ref().into_iter().flat_map(Resolver::addresses);
        let zone = self.zone.as_ref().map(|zone| ("zone", zone.address));
        let warning = self.warning.as_ref().into_iter().flat_map(|warning| &warning.addresses);
        resolver.copied().chain(zone).chain(warning.copied()).collect()
    }

    /// Waits for its end.
    pub(super) async fn ended(self) -> anyhow::Result<()> {
        if let Some(zone) = self.zone {
            zone.task.await.context("the zone stopped on the way")?;
        }
        for push in self.pushes {
            push.task.await.context("a push to a gateway stopped on the way")?;
        }
        for task in self.warning.into_iter().flat_map(|warning| warning.tasks) {
            task.await.context("the page that warns stopped on the way")?;
        }
        Ok(())
    }
}

/// The DNS firewall. Dropped, it ends.
pub(super) struct Resolver {
    firewall: Arc<DnsFirewall>,
    addresses: Vec<(&'static str, SocketAddr)>,
    devices: Option<Arc<HashMap<String, Arc<str>>>>,
}

impl Resolver {
    pub(super) async fn begin(
        plan: &DnsPlan,
        around: &Around<'_>,
        gate: Arc<dyn Gate>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let settings = DnsSettings {
            networks: plan.networks.clone(),
            zones: plan.zones.clone(),
            denial: Denial {
                page: plan.warning.as_ref().map(|warning| warning.page),
                ..Denial::default()
            },
            ..DnsSettings::new(plan.upstreams.clone())
        };
        let devices =
            plan.devices_file.as_ref().map(|file| devices::read(&around.beside.join(file)));
        let devices = devices.transpose()?.map(Arc::new);
        let firewall = DnsFirewall::start(settings, gate, Arc::clone(surroundings));
        let place = || format!("[dns] cannot listen on {}", plan.listen);
        let tcp = TcpListener::bind(plan.listen).await.with_context(place)?;
        let address = tcp.local_addr()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        firewall.serve_udp(bind_udp(address, cores).with_context(place)?).with_context(place)?;
        firewall.serve_tcp(tcp);
        let mut addresses = vec![("dns", address)];
        if let Some(listen) = plan.listen_tls {
            let Some(tls) = around.tls else {
                let why = "[dns] `listen_tls` needs the certificate of [server]";
                return Err(Failure::new(exit::DATA, why.to_owned()).into());
            };
            let place = || format!("[dns] cannot listen on {listen}");
            let listener = TcpListener::bind(listen).await.with_context(place)?;
            addresses.push(("dns over TLS", listener.local_addr()?));
            let devices = devices.clone().unwrap_or_default();
            let mut config = (**tls.acceptor().config()).clone();
            config.alpn_protocols = vec![b"dot".to_vec()];
            firewall.serve_tls(listener, Arc::new(config), devices);
        }
        Ok(Self { firewall: Arc::new(firewall), addresses, devices })
    }

    /// Where it is, by what it is called.
    pub(super) fn addresses(&self) -> &[(&'static str, SocketAddr)] {
        &self.addresses
    }

    /// What devices ask over HTTPS, if there are some.
    fn https(&self) -> Option<axum::Router> {
        let devices = self.devices.clone()?;
        Some(self.firewall.https(devices))
    }
}

/// Where the page that warns is over TLS, if it is, and with which certificate.
pub(crate) fn warning_tls(
    plan: &WarningPlan,
    beside: &Path,
) -> anyhow::Result<Option<(SocketAddr, Tls)>> {
    let Some((listen, (certificate, key))) = &plan.tls else { return Ok(None) };
    let place = || format!("[dns.warning] cannot use {certificate} and {key}");
    let tls = Tls::from_files(beside.join(certificate), beside.join(key)).with_context(place)?;
    Ok(Some((*listen, tls)))
}

/// The page that warns, until it is told to end.
struct Warning {
    addresses: Vec<(&'static str, SocketAddr)>,
    tasks: Vec<JoinHandle<()>>,
}

impl Warning {
    async fn begin(
        plan: &WarningPlan,
        around: &Around<'_>,
        service: &Arc<Service>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let (service, clock) = (Arc::clone(service), Arc::clone(surroundings));
        let router = warning::router(&service.organization(), service.clone(), clock);
        let mut ways = vec![("warning", plan.listen, None)];
        if let Some((listen, tls)) = warning_tls(plan, around.beside)? {
            ways.push(("warning over TLS", listen, Some(tls)));
        }
        let (mut addresses, mut tasks) = (Vec::new(), Vec::new());
        for (what, listen, tls) in ways {
            let place = || format!("[dns.warning] cannot listen on {listen}");
            let listener = TcpListener::bind(listen).await.with_context(place)?;
            addresses.push((what, listener.local_addr()?));
            let (router, stopping) = (router.clone(), around.stopping.clone());
            let bounds = ConnectionBounds::default();
            tasks.push(tokio::spawn(serve(listener, router, tls, bounds, stopping)));
        }
        Ok(Self { addresses, tasks })
    }
}

/// What the console shows of how far this reaches.
struct Reach {
    firewall: Option<Arc<DnsFirewall>>,
    /// How many devices have a token, by their names.
    devices: Option<usize>,
    rpz: Option<Rpz>,
    gateways: Vec<GatewayReading>,
}

impl Coverage for Reach {
    fn gateways(&self) -> Vec<GatewayStatus> {
        self.gateways.iter().map(GatewayReading::now).collect()
    }

    fn zone(&self) -> Option<ZoneStatus> {
        let status = self.rpz.as_ref()?.status();
        let followers = status.subscribers.into_iter().map(|subscriber| Follower {
            address: subscriber.address.to_string(),
            seen: subscriber.seen,
            lag: subscriber.lag,
        });
        Some(ZoneStatus {
            zone: status.zone,
            serial: status.serial,
            followers: followers.collect(),
        })
    }

    fn resolver(&self) -> Option<ResolverStatus> {
        let status = self.firewall.as_ref()?.status();
        Some(ResolverStatus {
            queries: status.queries,
            blocked: status.blocked,
            without_policy: status.without_policy,
            fails_open: status.fails_open,
            held: status.held,
            stale: status.stale,
            failed: status.failed,
            dropped: status.dropped.iter().map(|(why, count)| (why.as_str(), *count)).collect(),
            untold: status.told.1,
            upstreams: status.upstreams.into_iter().map(upstream_state).collect(),
            addresses: status.addresses,
            devices: self
                .devices
                .map(|configured| DeviceShare { configured, asked: status.devices }),
        })
    }
}

fn upstream_state(status: UpstreamStatus) -> UpstreamState {
    let UpstreamStatus { address, zone, is_alive, asked, failed, .. } = status;
    UpstreamState { address: address.to_string(), zone, is_alive, asked, failed }
}

/// The zone, until it is told to end.
struct Zone {
    task: JoinHandle<()>,
    address: SocketAddr,
    rpz: Rpz,
}

impl Zone {
    async fn begin(
        plan: &RpzPlan,
        around: &Around<'_>,
        blocklist: &Arc<Blocklist>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let tsig =
            plan.tsig_file.as_ref().map(|file| key(&around.beside.join(file))).transpose()?;
        let settings = RpzSettings {
            allow_transfer: plan.allow_transfer.clone(),
            allow_unsigned: plan.allow_unsigned.clone(),
            notify: plan.notify.clone(),
            tsig,
            ..RpzSettings::new(plan.zone.clone())
        };
        let rpz = Rpz::new(settings, Arc::clone(blocklist), Arc::clone(surroundings));
        let (udp, tcp) = bind(plan.listen).await?;
        let (address, stopping) = (tcp.local_addr()?, around.stopping.clone());
        let serving = rpz.clone();
        let task = tokio::spawn(async move {
            serving.serve(udp, tcp, async move { stopping.begun().await }).await;
        });
        Ok(Self { task, address, rpz })
    }
}

/// A list at a gateway, kept until it is told to end.
struct Push {
    task: JoinHandle<()>,
    reading: GatewayReading,
}

impl Push {
    fn begin(
        plan: &GatewayPlan,
        around: &Around<'_>,
        blocklist: &Arc<Blocklist>,
        surroundings: &Arc<dyn Surroundings>,
    ) -> anyhow::Result<Self> {
        let token_file = around.beside.join(&plan.token_file);
        let place = || format!("[[gateway]] `{}` (token_file {})", plan.name, token_file.display());
        let settings = GatewaySettings {
            name: plan.name.clone(),
            account_id: plan.account_id.clone(),
            list_id: plan.list_id.clone(),
            token_file: token_file.clone(),
            most_items: plan.most_items,
            takes_over: plan.takes_over,
            url: plan.url.clone(),
        };
        let (blocklist, clock) = (Arc::clone(blocklist), Arc::clone(surroundings));
        let gateway = Gateway::new(settings, blocklist, clock).with_context(place)?;
        let (reading, stopping) = (gateway.reading(), around.stopping.clone());
        let task = tokio::spawn(gateway.run(async move { stopping.begun().await }));
        Ok(Self { task, reading })
    }
}

/// Both sockets on one address; a port of zero becomes one that is free for both.
async fn bind(address: SocketAddr) -> anyhow::Result<(UdpSocket, TcpListener)> {
    let place = || format!("cannot listen on {address}");
    let tcp = TcpListener::bind(address).await.with_context(place)?;
    let udp = UdpSocket::bind(tcp.local_addr()?).await.with_context(place)?;
    Ok((udp, tcp))
}

fn key(file: &Path) -> anyhow::Result<TsigKey> {
    let place = || format!("cannot read {}", file.display());
    let (bytes, _) =
        files::read_bounded(files::open(file)?, LONGEST_KEY_FILE).with_context(place)?;
    let text = String::from_utf8_lossy(&bytes);
    TsigKey::parse(&text).map_err(|error| {
        Failure::new(exit::DATA, format!("[rpz] tsig_file {}: {error}", file.display())).into()
    })
}
