//! A maildir that a mail server delivers to: mails are picked up from `new/`, and moved to `cur/`
//! once they are durable.
//!
//! A crash between the two hands a mail in again, and its `Message-ID`, or its bytes, make it
//! count once. What can never be taken is moved to [`REFUSED`] beside them, with the reason in the
//! log; what cannot be taken now stays, and is tried again: where one mail is the cause, others
//! go on without it. Only plain files are read: a link
//! in `new/` leads nowhere.
//!
//! Source: D. J. Bernstein, "Using maildir format".

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::fs;
use tokio::time::Instant;
use unhook_app::submission::Intake;
use unhook_app::{Pending, Probe, ProbeError};

use crate::mail::LARGEST_MAIL;
use crate::mailbox::{Outcome, hand_in};

/// The folder for what cannot be taken, inside of the maildir.
pub const REFUSED: &str = "refused";

/// How long to wait before looking again: a mail took longer to get here.
const EVERY: Duration = Duration::from_secs(2);

/// The longest wait while mails cannot be taken.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The most names that are looked at in one round, so that a flood is not held in memory.
const MOST_AT_ONCE: usize = 1_000;

/// How long a mail is set aside that cannot be taken now: whoever sent too many is told a minute at
/// the least.
const ASIDE: Duration = Duration::from_secs(60);

/// The most mails that are set aside, a megabyte of names; a further one is tried in every round.
const MOST_ASIDE: usize = 10_000;

/// The file by which a folder is tried.
const TRIAL: &str = ".unhook-trial";

/// Why a folder is no maildir.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is no maildir that can be used: it needs the folders `new` and `cur`, writable", folder.display())]
pub struct MaildirError {
    folder: PathBuf,
    #[source]
    cause: std::io::Error,
}

/// Tries a maildir: whether mails in it can be read and moved.
#[derive(Clone, Debug)]
pub struct MaildirProbe(pub PathBuf);

impl MaildirProbe {
    /// As a mail goes, with a name that neither we nor mail programs look at.
    async fn walk(&self) -> std::io::Result<usize> {
        let [new, cur] = ["new", "cur"].map(|part| self.0.join(part));
        let mut waiting = 0;
        let mut entries = fs::read_dir(&new).await?;
        while let Some(entry) = entries.next_entry().await? {
            waiting += usize::from(!entry.file_name().to_string_lossy().starts_with('.'));
        }
        let (here, there) = (new.join(TRIAL), cur.join(TRIAL));
        fs::write(&here, "").await?;
        fs::rename(&here, &there).await?;
        fs::remove_file(&there).await?;
        drop(fs::read_dir(self.0.join(REFUSED)).await?);
        Ok(waiting)
    }

    async fn look(&self) -> Result<String, ProbeError> {
        let folder = self.0.display();
        match self.walk().await {
            Ok(waiting) => {
                Ok(format!("{folder} can be read and written; mails that wait there: {waiting}"))
            }
            Err(error) => Err(ProbeError(format!(
                "mails in {folder} cannot be taken: {}; give the user that Unhook runs as leave to \
                 write in `new`, `cur` and `{REFUSED}`",
                error.kind()
            ))),
        }
    }
}

impl Probe for MaildirProbe {
    fn name(&self) -> &'static str {
        "Maildir"
    }

    fn probe(&self) -> Pending<'_, Result<String, ProbeError>> {
        Box::pin(self.look())
    }
}

/// A maildir.
pub struct Maildir {
    folder: PathBuf,
    intake: Arc<dyn Intake>,
    /// What is not tried before a moment.
    aside: HashMap<String, Instant>,
}

/// What came of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Round {
    taken: usize,
    refused: usize,
    aside: usize,
    /// Whether nothing can be taken now.
    is_stuck: bool,
}

impl Maildir {
    /// Opens a folder, and makes the one for what cannot be taken.
    ///
    /// # Errors
    /// When it is no maildir.
    pub fn open(folder: impl Into<PathBuf>, intake: Arc<dyn Intake>) -> Result<Self, MaildirError> {
        let folder = folder.into();
        let check = || {
            for part in ["new", "cur"] {
                std::fs::read_dir(folder.join(part))?;
            }
            match std::fs::create_dir(folder.join(REFUSED)) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
                _ => Ok(()),
            }
        };
        match check() {
            Ok(()) => Ok(Self { folder, intake, aside: HashMap::new() }),
            Err(cause) => Err(MaildirError { folder, cause }),
        }
    }

    /// Picks mails up until `stop`; one that is being taken then is taken to its end.
    pub async fn watch(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut wait = EVERY;
        loop {
            let round = self.round().await;
            wait = if round.is_stuck { LONGEST_WAIT.min(2 * wait) } else { EVERY };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Takes what is there, oldest name first.
    async fn round(&mut self) -> Round {
        let mut round = Round::default();
        let now = Instant::now();
        self.aside.retain(|_, until| now < *until);
        let names = match self.names().await {
            Ok(names) => names,
            Err(error) => {
                tracing::error!(%error, "the maildir cannot be read");
                return Round { is_stuck: true, ..round };
            }
        };
        for name in names {
            match self.pick_up(&name).await {
                Ok(Outcome::Taken) => round.taken += 1,
                Ok(Outcome::Refused(why)) => {
                    tracing::warn!(why, "a mail cannot be taken; it is moved to `{REFUSED}`");
                    round.refused += 1;
                }
                Ok(Outcome::Later(why)) => {
                    tracing::warn!(why, "a mail cannot be taken for now; it is set aside");
                    round.aside += 1;
                    if self.aside.len() < MOST_ASIDE {
                        self.aside.insert(name, now + ASIDE);
                    }
                }
                Ok(Outcome::Away(why)) => {
                    tracing::warn!(why, "no mail can be taken for now; they stay");
                    return Round { is_stuck: true, ..round };
                }
                Err(error) => {
                    tracing::error!(%error, "a mail in the maildir cannot be read or moved");
                    round.is_stuck = true;
                }
            }
        }
        round
    }

    async fn names(&self) -> std::io::Result<Vec<String>> {
        let mut entries = fs::read_dir(self.folder.join("new")).await?;
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            // A name that is no text belongs to no mail server.
            if let Ok(name) = entry.file_name().into_string()
                && !name.starts_with('.')
                && !self.aside.contains_key(&name)
                && names.len() < MOST_AT_ONCE
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    async fn pick_up(&self, name: &str) -> std::io::Result<Outcome> {
        let path = self.folder.join("new").join(name);
        let outcome = match self.read(&path).await {
            Ok(Ok(bytes)) => hand_in(&*self.intake, bytes).await,
            Ok(Err(why)) => Outcome::Refused(why.to_owned()),
            // Somebody else took it away.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Outcome::Taken);
            }
            Err(error) => return Err(error),
        };
        match outcome {
            // Seen, as other programs call it.
            Outcome::Taken => {
                fs::rename(&path, self.folder.join("cur").join(format!("{name}:2,S"))).await?;
            }
            Outcome::Refused(_) => {
                fs::rename(&path, self.folder.join(REFUSED).join(name)).await?;
            }
            Outcome::Later(_) | Outcome::Away(_) => {}
        }
        Ok(outcome)
    }

    /// The bytes of a mail, or why it is none.
    async fn read(&self, path: &Path) -> std::io::Result<Result<Vec<u8>, &'static str>> {
        let about = fs::symlink_metadata(path).await?;
        if !about.is_file() {
            return Ok(Err("it is no plain file"));
        }
        if about.len() > LARGEST_MAIL as u64 {
            return Ok(Err("it is larger than 8 MiB"));
        }
        fs::read(path).await.map(Ok)
    }
}

#[cfg(test)]
mod tests;
