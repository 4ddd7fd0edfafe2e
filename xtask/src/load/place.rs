//! The folder that a server lives in: its settings, its token, its people and its data. It lies
//! below `target/`, on the disk that the checkout is on, since in many places the folder for
//! temporary files is memory and syncs nothing.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::arguments::Kind;
use super::figures::median;
use super::server::Server;
use super::webhook;
use crate::project::Project;
use crate::shell;

/// How many syncs the disk is asked for.
const SYNCS: usize = 31;

/// What one of them writes: about what a commit of the service has.
const WRITTEN: usize = 64 << 10;

/// A folder of its own, gone afterwards.
pub(crate) struct Place {
    folder: TempDir,
    program: PathBuf,
    token: String,
}

impl Place {
    pub(crate) fn make(project: &Project, program: PathBuf, kind: Kind) -> Result<Self> {
        let below = project.path("target");
        fs::create_dir_all(&below)?;
        let folder = tempfile::Builder::new().prefix("load-").tempdir_in(below)?;
        let program = fs::canonicalize(&program)
            .with_context(|| format!("there is no program {}", program.display()))?;
        let mut place = Self { folder, program, token: String::new() };
        place.settle(kind)?;
        Ok(place)
    }

    /// Writes the settings, makes a token and enrolls people.
    fn settle(&mut self, kind: Kind) -> Result<()> {
        let file = self.path("unhook.toml");
        let name = ["--name", "Acme Corporation", "--brand", "Acme", "--domain", "acme.example"];
        self.unhook(Command::new(&self.program).arg("init").args(name).arg("-o").arg(&file))?;
        if kind == Kind::Webhook {
            fs::write(self.path("twilio"), webhook::AUTH_TOKEN)?;
            let url = webhook::PUBLIC_URL;
            let section = format!(
                "\n[intake.twilio]\npublic_url = \"{url}\"\nauth_token_file = \"twilio\"\n"
            );
            fs::OpenOptions::new().append(true).open(&file)?.write_all(section.as_bytes())?;
            self.enrol(webhook::PEOPLE)?;
        }
        let mut token = Command::new(&self.program);
        token.args(["token", "create", "--scope", "intake", "--scope", "read", "--data"]);
        let made = self.unhook(token.arg(self.data()))?;
        self.token = made.trim().to_owned();
        Ok(())
    }

    /// Enrolls so many people, each with the telephone number that [`webhook::phone`] says.
    pub(crate) fn enrol(&self, count: u64) -> Result<()> {
        let people = self.path("people.csv");
        fs::write(&people, directory(count))?;
        let mut import = Command::new(&self.program);
        import.args(["people", "import"]).arg(people).arg("--data").arg(self.data());
        self.unhook(&mut import)?;
        Ok(())
    }

    fn unhook(&self, command: &mut Command) -> Result<String> {
        Ok(shell::written(command)?.out)
    }

    /// Starts a server on what is here.
    pub(crate) fn serve(&self) -> Result<Server> {
        let log = File::options().create(true).append(true).open(self.path("log"))?;
        let mut command = Command::new(&self.program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--org"]).arg(self.path("unhook.toml"));
        Server::start(command.arg("--data").arg(self.data()).stderr(log))
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the data take, in bytes.
    pub(crate) fn folder_size(&self) -> Result<u64> {
        size(&self.data())
    }

    /// How long this disk takes to make a commit's worth durable, in seconds.
    pub(super) fn sync_time(&self) -> Result<f64> {
        let mut file = File::create(self.path("sync"))?;
        let bytes = vec![b'x'; WRITTEN];
        let mut times = Vec::new();
        for _ in 0..SYNCS {
            let start = Instant::now();
            file.write_all(&bytes)?;
            file.sync_data()?;
            times.push(start.elapsed().as_secs_f64());
        }
        fs::remove_file(self.path("sync"))?;
        Ok(median(&mut times))
    }
}

/// A directory of people.
fn directory(count: u64) -> String {
    let mut table = String::from("key,name,phone\n");
    for person in 0..count {
        let phone = webhook::phone(person);
        table.push_str(&format!("{person},Person {person},{phone}\n"));
    }
    table
}

fn size(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(sum)
}
