//! What cuts campaigns off, wired: the playbook, and the zone for resolvers.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;
use unhook_app::service::Settings;
use unhook_app::{Blocklist, Surroundings};
use unhook_contain::rpz::{Rpz, RpzSettings, TsigKey};
use unhook_web::Stopping;

use crate::config::{self, Response, RpzPlan};
use crate::failure::{Failure, exit};
use crate::files;

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

/// The zone, until it is told to end.
pub(super) struct Zone {
    task: JoinHandle<()>,
    address: SocketAddr,
    rpz: Rpz,
}

impl Zone {
    pub(super) async fn begin(
        plan: &RpzPlan,
        beside: &Path,
        blocklist: Arc<Blocklist>,
        surroundings: Arc<dyn Surroundings>,
        stopping: &Stopping,
    ) -> anyhow::Result<Self> {
        let tsig = plan.tsig_file.as_ref().map(|file| key(&beside.join(file))).transpose()?;
        let settings = RpzSettings {
            allow_transfer: plan.allow_transfer.clone(),
            allow_unsigned: plan.allow_unsigned.clone(),
            notify: plan.notify.clone(),
            tsig,
            ..RpzSettings::new(plan.zone.clone())
        };
        let rpz = Rpz::new(settings, blocklist, surroundings);
        let (udp, tcp) = bind(plan.listen).await?;
        let (address, stopping) = (tcp.local_addr()?, stopping.clone());
        let serving = rpz.clone();
        let task = tokio::spawn(async move {
            serving.serve(udp, tcp, async move { stopping.begun().await }).await;
        });
        Ok(Self { task, address, rpz })
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What resolvers took of it.
    pub(super) fn status(&self) -> Rpz {
        self.rpz.clone()
    }

    pub(super) async fn ended(self) -> anyhow::Result<()> {
        self.task.await.context("the zone stopped on the way")
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
