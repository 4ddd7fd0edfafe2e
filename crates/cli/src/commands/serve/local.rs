//! Ways in beside HTTP: what reads pictures, the SMTP listener, a maildir.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use unhook_app::Probe;
use unhook_app::submission::Intake;
use unhook_messaging::screenshot::{Tesseract, TesseractError};
use unhook_messaging::smtp::{SmtpProbe, SmtpServer, SmtpSettings};
use unhook_messaging::{Maildir, MaildirProbe};
use unhook_web::{Stopping, Tls};

use crate::config::{LocalWays, Screenshots};
use crate::failure::{Failure, exit};

/// What reads pictures. Where nobody asked for it and it is not installed, nothing does.
pub(crate) async fn screen_reader(
    section: Option<&Screenshots>,
) -> anyhow::Result<Option<Arc<Tesseract>>> {
    let languages = section.map_or(&[][..], |section| &section.languages);
    let program = section.and_then(|section| section.program.as_deref());
    match Tesseract::find(program.map(Path::new), languages).await {
        Ok(tesseract) => Ok(Some(Arc::new(tesseract))),
        Err(error @ TesseractError::NotThere(_)) if section.is_none() => {
            tracing::info!(%error, "pictures are not read");
            Ok(None)
        }
        Err(error) => Err(Failure::new(exit::DATA, format!("[intake.screenshots] {error}")).into()),
    }
}

/// What takes mails in, until it is told to end.
pub(super) struct Mails {
    tasks: Vec<JoinHandle<()>>,
    smtp: Option<SocketAddr>,
    probes: Vec<Arc<dyn Probe>>,
}

impl Mails {
    pub(super) async fn begin(
        ways: &LocalWays,
        beside: &Path,
        tls: Option<&Tls>,
        intake: Arc<dyn Intake>,
        stopping: &Stopping,
    ) -> anyhow::Result<Self> {
        let (mut tasks, mut address) = (Vec::new(), None);
        let mut probes: Vec<Arc<dyn Probe>> = Vec::new();
        if let Some(folder) = &ways.maildir {
            let folder = beside.join(folder);
            let maildir = Maildir::open(&folder, Arc::clone(&intake))?;
            probes.push(Arc::new(MaildirProbe(folder)));
            let stopping = stopping.clone();
            tasks.push(tokio::spawn(maildir.watch(async move { stopping.begun().await })));
        }
        if let Some(smtp) = &ways.smtp {
            let listener = TcpListener::bind(smtp.listen).await;
            let listener = listener.with_context(|| format!("cannot listen on {}", smtp.listen))?;
            let bound = listener.local_addr()?;
            address = Some(bound);
            probes.push(Arc::new(SmtpProbe(bound)));
            let settings = SmtpSettings {
                host: smtp.host.clone(),
                recipients: smtp.recipients.clone(),
                clients: smtp.clients.clone(),
                tls: tls.map(Tls::acceptor),
            };
            let (server, stopping) = (SmtpServer::new(settings, intake), stopping.clone());
            tasks.push(tokio::spawn(server.serve(listener, async move { stopping.begun().await })));
        }
        Ok(Self { tasks, smtp: address, probes })
    }

    /// What tries them.
    pub(super) fn probes(&self) -> Vec<Arc<dyn Probe>> {
        self.probes.clone()
    }

    /// Where mails are taken.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.smtp
    }

    pub(super) async fn ended(self) -> anyhow::Result<()> {
        for task in self.tasks {
            task.await.context("what takes mails in stopped on the way")?;
        }
        Ok(())
    }
}
