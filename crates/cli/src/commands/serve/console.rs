//! The console's own listener: what it is made with, where it is bound, who comes in first.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use unhook_app::{Service, accounts};
use unhook_web::{Oidc, Tls};

use super::{bind, tls_files};
use crate::config;
use crate::failure::{Failure, exit};

/// Where the client secret may stand instead of a file.
const CLIENT_SECRET: &str = "UNHOOK_OIDC_CLIENT_SECRET";

/// What the console is made with, before it has a port.
pub(super) struct Plan {
    section: config::Console,
    organization: String,
    tls: Option<Tls>,
    oidc: Option<Oidc>,
}

impl Plan {
    /// Reads what lies in other files. Without a certificate of its own, the console has the
    /// server's.
    pub(super) fn new(
        section: config::Console,
        organization: &str,
        server: Option<Tls>,
        beside: &Path,
    ) -> anyhow::Result<Self> {
        let tls = tls_files(section.tls.as_ref(), beside)?.or(server);
        let oidc = section.oidc.as_ref().map(|oidc| provider(oidc, beside)).transpose()?;
        Ok(Self { section, organization: organization.to_owned(), tls, oidc })
    }

    /// Binds it, beside the API where that was told to listen. From here on its address is known,
    /// with the port that it got.
    pub(super) async fn bind(self, api: SocketAddr) -> anyhow::Result<Bound> {
        let how = "the console cannot listen; choose another `listen` in [console], or switch it \
                   off there with `enabled = false`";
        let listener = bind(self.section.listen_beside(api)).await.context(how)?;
        let port = listener.local_addr()?.port();
        let tls = self.tls.clone();
        let console = self.console(port)?;
        if let Some(trouble) = console.trouble() {
            let address = console.url();
            tracing::warn!(address, "nobody can sign in to the console: {trouble}");
        }
        Ok(Bound { listener, console: Arc::new(console), tls })
    }

    /// The console on a port.
    fn console(self, port: u16) -> anyhow::Result<unhook_web::Console> {
        let url = self.section.address(port, self.tls.is_some());
        let console = unhook_web::Console::new(&self.organization, &url)?;
        Ok(match self.oidc {
            Some(oidc) => console.with_oidc(oidc)?,
            None => console,
        })
    }
}

/// The console as the service makes it, without a listener.
pub(crate) fn console(
    section: config::Console,
    server: Option<Tls>,
    beside: &Path,
) -> anyhow::Result<unhook_web::Console> {
    let port = section.listen().port();
    Plan::new(section, "", server, beside)?.console(port)
}

/// The console on its listener.
pub(super) struct Bound {
    pub(super) listener: TcpListener,
    pub(super) console: Arc<unhook_web::Console>,
    pub(super) tls: Option<Tls>,
}

/// Where people find the console.
pub(crate) struct ConsoleAt {
    /// Its address.
    pub(crate) url: String,
    /// The link by which the first of them comes in; none once anybody can, or where it would lead
    /// nowhere.
    pub(crate) first: Option<String>,
    /// Why nobody can come in, and what to do.
    pub(crate) trouble: Option<String>,
}

impl ConsoleAt {
    pub(super) fn new(console: &unhook_web::Console, service: &Service) -> anyhow::Result<Self> {
        if let Some(trouble) = console.why_nobody_joins() {
            let trouble = Some(trouble.to_string());
            return Ok(Self { url: console.url(), first: None, trouble });
        }
        let now = service.now();
        let code = accounts::first_sign_in(service.accounts(), service.access(), now)?;
        let first = code.map(|code| console.join_link(&code));
        Ok(Self { url: console.url(), first, trouble: None })
    }
}

fn provider(section: &config::Oidc, beside: &Path) -> anyhow::Result<Oidc> {
    let from_file = section.client_secret_file.as_ref().map(|file| {
        let file = beside.join(file);
        let text = std::fs::read_to_string(&file);
        text.with_context(|| format!("cannot read the client secret in {}", file.display()))
    });
    let secret = match from_file {
        Some(text) => Some(text?.trim().to_owned()),
        None => std::env::var(CLIENT_SECRET).ok().map(|text| text.trim().to_owned()),
    };
    if secret.as_deref() == Some("") {
        let message = "[console.oidc]: the client secret is empty; a public client has none at all";
        return Err(Failure::new(exit::DATA, message).into());
    }
    Ok(Oidc {
        name: section.name.clone(),
        issuer: section.issuer.clone(),
        client_id: section.client_id.clone(),
        client_secret: secret.map(unhook_web::Secret::new),
        role_claim: section.role_claim.clone(),
        roles: section.roles.clone(),
    })
}
