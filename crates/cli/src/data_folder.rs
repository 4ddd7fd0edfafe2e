//! The folder that Unhook keeps its data in, as commands name and open it.

use std::path::PathBuf;

use anyhow::Context as _;
use unhook_app::{Access as _, AuditEntry, Contact, Surroundings as _};
use unhook_model::{PersonId, PhoneNumber, Timestamp};
use unhook_store::{SqliteVault, SystemSurroundings};

use crate::failure::{Failure, exit};
use crate::terminal;

/// Which data folder, and where its master key is.
#[derive(clap::Args)]
pub(crate) struct DataFolder {
    /// The folder that Unhook keeps its data in
    #[arg(long, value_name = "DIR", default_value = "unhook-data")]
    pub(crate) data: PathBuf,
    /// The master key's file, where it is not keys/master.key in that folder
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

impl DataFolder {
    /// A folder with its master key at the usual place.
    pub(crate) fn at(data: PathBuf) -> Self {
        Self { data, key: None }
    }

    /// Where the master key is.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.key.clone().unwrap_or_else(|| self.data.join("keys/master.key"))
    }

    /// Opens what is there. A folder's name that was mistyped makes no new vault.
    pub(crate) fn open(&self) -> anyhow::Result<SqliteVault> {
        self.require()?;
        self.open_or_make()
    }

    /// Refuses a folder in which there is nothing of ours.
    pub(crate) fn require(&self) -> anyhow::Result<()> {
        if self.is_there() {
            return Ok(());
        }
        let message = format!(
            "there is nothing of Unhook's in {}; `unhook token create` begins there",
            self.data.display()
        );
        Err(Failure::new(exit::NO_INPUT, message).into())
    }

    /// Opens what is there, or begins; and says so, since the key that is made then is the
    /// one thing that no backup has.
    pub(crate) fn open_or_make(&self) -> anyhow::Result<SqliteVault> {
        let is_new = !self.is_there();
        let vault = SqliteVault::open_with_key(&self.data, &self.key_file())?;
        if is_new {
            terminal::say(&format!(
                "{} is new. Without its master key nothing in it can be read: keep a copy \
                 elsewhere (unhook keys backup --data {} --to FILE)",
                self.data.display(),
                self.data.display()
            ));
        }
        Ok(vault)
    }

    fn is_there(&self) -> bool {
        self.data.join("vault.db").exists()
    }
}

/// Whom a command is about.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whom {
    /// The person who has this number now
    #[arg(long, value_name = "NUMBER", value_parser = phone)]
    phone: Option<PhoneNumber>,
    /// The person of this id
    #[arg(long, value_name = "ID")]
    person: Option<PersonId>,
}

impl Whom {
    /// The person's id. Others who had the number before are named, since they may be the same
    /// person, who wrote before they were in the directory.
    pub(crate) fn find(&self, vault: &SqliteVault, now: Timestamp) -> anyhow::Result<PersonId> {
        if let Some(person) = self.person {
            return Ok(person);
        }
        let phone = self.phone.clone().context("neither a number nor an id was given")?;
        let holders = vault.holders(&Contact::Phone(phone))?;
        let has_it = |from: Timestamp, until: Option<Timestamp>| {
            from <= now && until.is_none_or(|until| now < until)
        };
        let found = holders.iter().find(|(_, from, until)| has_it(*from, *until));
        for (id, _, until) in holders.iter().filter(|holder| Some(*holder) != found) {
            let until = until.map_or_else(String::new, |until| format!(" until {}", time(until)));
            terminal::say(&format!("the number belonged to --person {id}{until}, too"));
        }
        let none = || Failure::new(exit::DATA, "nobody who is known has this number now");
        Ok(found.map(|(id, ..)| *id).ok_or_else(none)?)
    }
}

fn phone(text: &str) -> Result<PhoneNumber, &'static str> {
    let number = PhoneNumber::parse(text).filter(PhoneNumber::is_international);
    number.ok_or("write the number with its country, as in +12015550123")
}

/// A reason that somebody gives, which is recorded.
pub(crate) fn reason(text: &str) -> Result<String, &'static str> {
    /// Longer ones are no reason but a story.
    const LONGEST: usize = 500;
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err("give a reason in a few words, such as a ticket's number");
    }
    Ok(text.to_owned())
}

/// Records what somebody at the machine is about to do.
pub(crate) fn record(
    vault: &SqliteVault,
    action: &str,
    subject: &str,
    reason: Option<&str>,
) -> anyhow::Result<()> {
    let entry = AuditEntry {
        at: now(),
        by: None,
        action: action.to_owned(),
        subject: subject.to_owned(),
        reason: reason.map(str::to_owned),
    };
    Ok(vault.record(&entry)?)
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    SystemSurroundings::new().now()
}

/// A moment as RFC 3339 has it, to the second.
pub(crate) fn time(at: Timestamp) -> String {
    let seconds = at.unix_ms().div_euclid(1_000);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |t| t.to_string())
}
