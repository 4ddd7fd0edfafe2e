//! The resolver alone, when the rest of the service cannot begin: names resolve, blocked ones too, and it is said again and
//! again why.
//!
//! An organization that asks here has no names without it. So whatever is lost but the configuration itself, questions are
//! passed on to upstream as they come, nothing is kept of them, and nobody is let in. It ends on a signal alone, and then
//! with what went wrong. Start reading at [`run`].

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use unhook_app::Surroundings;
use unhook_app::resolving::{Gate, Gating, LookedUp};
use unhook_store::SystemSurroundings;
use unhook_web::{ConnectionBounds, Shutdown, Stopping, serve};

use super::response::{Around, Resolver};
use crate::config::{DnsPlan, Settings};

/// How often it is said.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// How long, and how often, it is tried to listen where the start that failed may have listened a moment ago.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// How long what the failed start left at work may take to end.
const LONGEST_FAREWELL: Duration = Duration::from_secs(5);

/// What is needed to answer for the organization and for nothing else.
pub(super) struct Plan {
    dns: DnsPlan,
    admin_listen: Option<String>,
    tls: Option<(String, String)>,
    beside: PathBuf,
}

/// A policy that is lost: everything resolves.
struct Lost;

impl Gate for Lost {
    fn gating(&self, _: &str) -> Gating {
        Gating::Pass
    }

    fn looked_up(&self, _: Vec<LookedUp>) {}
}

impl Plan {
    /// As the settings say; `None` where nobody asks here.
    pub(super) fn of(settings: &Settings, beside: PathBuf) -> Option<Self> {
        let dns = settings.service.response.dns.clone()?;
        let server = &settings.service.server;
        let (admin_listen, tls) = (server.admin_listen.clone(), server.tls.clone());
        Some(Self { dns, admin_listen, tls, beside })
    }
}

/// Answers until a signal ends it; `failed` is the runtime of the start that `error` ended.
pub(super) fn run(
    plan: Plan,
    failed: tokio::runtime::Runtime,
    error: anyhow::Error,
) -> anyhow::Result<u8> {
    say(&error);
    // What it began must not go on, and listens nowhere any more.
    failed.shutdown_timeout(LONGEST_FAREWELL);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Err(why) = runtime.block_on(answer(plan, &error)) {
        tracing::error!(error = format!("{why:#}"), "NAMES ARE NOT LOOKED UP HERE EITHER");
    }
    Err(error)
}

async fn answer(plan: Plan, error: &anyhow::Error) -> anyhow::Result<()> {
    let (shutdown, stopping) = Shutdown::new();
    let ended = super::ended().context("nothing could end it well")?;
    let resolver = resolver(&plan, &stopping).await?;
    let on = |(what, address): &(&str, SocketAddr)| format!("{what} on {address}\n");
    let mut lines: String = resolver.addresses().iter().map(on).collect();
    match admin(&plan, error, &stopping).await {
        Ok(Some(address)) => lines += &format!("admin on http://{address}\n"),
        Ok(None) => {}
        Err(why) => tracing::error!(error = format!("{why:#}"), "health is not told either"),
    }
    // Nobody needs to listen.
    let _ = std::io::stdout().write_all(lines.as_bytes());
    tokio::select! {
        () = ended => {}
        () = say_again(error) => {}
    }
    shutdown.begin();
    Ok(())
}

fn say(error: &anyhow::Error) {
    let error = format!("{error:#}");
    tracing::error!(
        error,
        "THE POLICY IS LOST: NAMES THAT ARE BLOCKED RESOLVE, and only DNS is served"
    );
}

async fn say_again(error: &anyhow::Error) {
    loop {
        tokio::time::sleep(SAID_EVERY).await;
        say(error);
    }
}

/// The resolver as it is set up; without what its devices need, if that is what cannot be had.
async fn resolver(plan: &Plan, stopping: &Stopping) -> anyhow::Result<Resolver> {
    let tls = super::tls_files(plan.tls.as_ref(), &plan.beside).ok().flatten();
    let around = Around { beside: &plan.beside, tls: tls.as_ref(), stopping };
    match listening(&plan.dns, &around).await {
        Err(why) if plan.dns.listen_tls.is_some() || plan.dns.devices_file.is_some() => {
            tracing::error!(error = format!("{why:#}"), "devices are not answered over TLS");
            let (listen_tls, devices_file) = (None, None);
            listening(&DnsPlan { listen_tls, devices_file, ..plan.dns.clone() }, &around).await
        }
        begun => begun,
    }
}

async fn listening(dns: &DnsPlan, around: &Around<'_>) -> anyhow::Result<Resolver> {
    let surroundings: Arc<dyn Surroundings> = Arc::new(SystemSurroundings::new());
    let mut tries = 1;
    loop {
        match Resolver::begin(dns, around, Arc::new(Lost), &surroundings).await {
            Err(why) if tries < TRIES && is_in_use(&why) => tries += 1,
            begun => return begun,
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

fn is_in_use(why: &anyhow::Error) -> bool {
    let kinds = why.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    kinds.map(std::io::Error::kind).any(|kind| kind == ErrorKind::AddrInUse)
}

/// Says to whoever watches over it that it is not ready, and why, where operators look.
async fn admin(
    plan: &Plan,
    error: &anyhow::Error,
    stopping: &Stopping,
) -> anyhow::Result<Option<SocketAddr>> {
    let Some(listen) = &plan.admin_listen else { return Ok(None) };
    let listener = super::bind(super::admin_address(listen)?).await?;
    let address = listener.local_addr()?;
    let troubles = [format!("the policy is lost, and only DNS is served: {error:#}")];
    let body = Json(json!({ "status": "not ready", "troubles": troubles }));
    let lives = Json(json!({ "status": "ok" }));
    let router = Router::new()
        .route("/healthz", get(|| async { lives }))
        .route("/readyz", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, body) }));
    tokio::spawn(serve(listener, router, None, ConnectionBounds::default(), stopping.clone()));
    Ok(Some(address))
}
