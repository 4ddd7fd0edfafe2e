//! Tesseract, run as a program of its own: a picture in, its words and their places out.
//!
//! It gets a picture that was written here, by its standard input, and an environment with
//! nothing of ours. So many run at once, each on one core; what does not end in time, or writes
//! without end, is killed. Nothing of a picture is logged.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use unhook_app::{Pending, PictureError, Probe, ProbeError, ReadPicture, ScreenReader};

use super::message::message_of_table;
use super::{picture, prepare};

/// The program, as Debian's `tesseract-ocr` installs it.
const PROGRAM: &str = "tesseract";

/// How many pictures are read at once. Each takes a core and some 100 MB.
pub const MOST_AT_ONCE: usize = 2;

/// How many may wait to be read; reading one takes about a second.
pub const MOST_WAITING: usize = 16;

/// How long the program may take for one picture. A screen takes a second, on a slow machine
/// some.
pub const TIME: Duration = Duration::from_secs(20);

/// The most the program may write, in bytes: sixty for each word of a page.
const LONGEST_OUTPUT: u64 = 1 << 20;

/// The longest name of a language ("chi_tra_vert").
const LONGEST_LANGUAGE: usize = 32;

/// The most languages: with each, reading takes longer.
const MOST_LANGUAGES: usize = 8;

/// A picture by which a reader is tried: words drawn by a browser, and what they are.
const PICTURE: &[u8] = include_bytes!("tesseract/words.png");
const WORDS: &str = "Your schedule was updated, tap acme-okta.example/login to see it";

/// Why Tesseract cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TesseractError {
    /// It is not installed.
    #[error("there is no `{}`; install tesseract-ocr (Debian: apt install tesseract-ocr)", .0.display())]
    NotThere(PathBuf),
    /// It does not do what it does everywhere.
    #[error("`{}` does not work", program.display())]
    Fails {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// What is asked for is no language.
    #[error("`{0}` is no language of Tesseract; write three letters, such as `eng` or `deu`")]
    NoLanguage(String),
    /// A language is not installed.
    #[error(
        "Tesseract has no language `{wanted}`; it has {}. Install it (Debian: apt install tesseract-ocr-{wanted})",
        .there.join(", ")
    )]
    LanguageNotThere {
        /// What was asked for.
        wanted: String,
        /// What is there.
        there: Vec<String>,
    },
    /// More than can be read at a time.
    #[error("more than {MOST_LANGUAGES} languages; name those that most texts are in")]
    TooManyLanguages,
}

/// Reads pictures with Tesseract.
#[derive(Debug)]
pub struct Tesseract {
    program: PathBuf,
    languages: String,
    time: Duration,
    running: Semaphore,
    /// Those that run and those that wait.
    places: Semaphore,
}

impl Tesseract {
    /// Finds the program, by its usual name where none is given, and makes sure that it reads
    /// these languages; English where none is named.
    ///
    /// # Errors
    /// When it is not there, does not work, or lacks a language.
    pub async fn find(
        program: Option<&Path>,
        languages: &[String],
    ) -> Result<Self, TesseractError> {
        let program = program.unwrap_or(Path::new(PROGRAM)).to_owned();
        let languages = match languages {
            [] => &["eng".to_owned()][..],
            some if some.len() > MOST_LANGUAGES => return Err(TesseractError::TooManyLanguages),
            some => some,
        };
        if let Some(wrong) = languages.iter().find(|language| !is_language(language)) {
            return Err(TesseractError::NoLanguage(wrong.clone()));
        }
        let there = languages_there(&program).await?;
        if let Some(wanted) = languages.iter().find(|language| !there.contains(language)) {
            return Err(TesseractError::LanguageNotThere { wanted: wanted.clone(), there });
        }
        Ok(Self {
            program,
            languages: languages.join("+"),
            time: TIME,
            running: Semaphore::new(MOST_AT_ONCE),
            places: Semaphore::new(MOST_AT_ONCE + MOST_WAITING),
        })
    }

    async fn read_one(&self, picture: &[u8]) -> Result<ReadPicture, PictureError> {
        let _place = self.places.try_acquire().map_err(|_| PictureError::Busy)?;
        let closed = |error: tokio::sync::AcquireError| PictureError::Unavailable(error.into());
        let _turn = self.running.acquire().await.map_err(closed)?;
        let bytes = picture.to_vec();
        let unpacked = tokio::task::spawn_blocking(move || {
            picture::decode(&bytes).map(|gray| prepare::pgm(&prepare::prepare(gray)))
        });
        // A decoder that breaks on a picture does so again.
        let prepared = unpacked.await.map_err(|_| PictureError::NoText)??;
        let table = tokio::time::timeout(self.time, self.table(prepared));
        let table = table.await.map_err(|_| PictureError::TooSlow)?;
        let table = table.map_err(|error| PictureError::Unavailable(error.into()))?;
        table.and_then(|table| message_of_table(&table)).ok_or(PictureError::NoText)
    }

    /// The words of a picture; `None` of one that the program gives up on, as it would again.
    /// Dropped before its end, it ends the program.
    async fn table(&self, picture: Vec<u8>) -> std::io::Result<Option<String>> {
        let mut command = bare(&self.program);
        // Page segmentation 11: words wherever they stand. What belongs together is found here.
        command.args(["stdin", "stdout", "-l", &self.languages, "--psm", "11", "tsv"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        let give = async {
            if let Some(mut stdin) = stdin {
                // A program that reads no further has ended, and its status says how.
                let _ = stdin.write_all(&picture).await;
            }
        };
        let ((), table) = tokio::join!(give, taken(&mut child));
        let table = table?;
        let status = child.wait().await?;
        match status.code() {
            Some(0) => Ok(Some(table)),
            Some(_) => Ok(None),
            // A signal, as when memory has run out: that passes.
            None => Err(std::io::Error::other(format!("it ended with {status}"))),
        }
    }
}

impl ScreenReader for Tesseract {
    fn read<'a>(&'a self, picture: &'a [u8]) -> Pending<'a, Result<ReadPicture, PictureError>> {
        Box::pin(self.read_one(picture))
    }
}

/// Tries what reads pictures, if something does, with a small one of ours.
pub struct ScreenProbe(pub Option<Arc<Tesseract>>);

impl ScreenProbe {
    async fn look(&self) -> Result<String, ProbeError> {
        let Some(tesseract) = &self.0 else {
            let error = TesseractError::NotThere(PROGRAM.into());
            return Err(ProbeError(format!("pictures are not read: {error}, and restart Unhook")));
        };
        let read = tesseract.read_one(PICTURE).await;
        let version = version(&tesseract.program).await.unwrap_or_else(|| PROGRAM.to_owned());
        let languages = &tesseract.languages;
        match read {
            Ok(read) if read.text == WORDS => {
                Ok(format!("{version} read a picture as it is; languages: {languages}"))
            }
            Ok(_) | Err(PictureError::NoText) => Err(ProbeError(format!(
                "{version} reads other words than stand in a plain picture; install its language \
                 data again (Debian: tesseract-ocr-{languages})"
            ))),
            Err(error) => Err(ProbeError(error.to_string())),
        }
    }
}

impl Probe for ScreenProbe {
    fn name(&self) -> &'static str {
        "Tesseract"
    }

    fn probe(&self) -> Pending<'_, Result<String, ProbeError>> {
        Box::pin(self.look())
    }
}

/// The first line of what a program says of itself: its name and version.
async fn version(program: &Path) -> Option<String> {
    let mut command = bare(program);
    let mut child = command.arg("--version").stdout(Stdio::piped()).spawn().ok()?;
    let said = tokio::time::timeout(TIME, taken(&mut child)).await.ok()?.ok()?;
    let line = said.lines().next()?.trim();
    let is_one = !line.is_empty() && line.len() < 80 && line.is_ascii();
    is_one.then(|| line.to_owned())
}

/// Three letters, perhaps with a script: it becomes an argument and a file's name.
fn is_language(name: &str) -> bool {
    (3..=LONGEST_LANGUAGE).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// The program with as little around it as it needs.
fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("OMP_THREAD_LIMIT", "1").env("LC_ALL", "C");
    for kept in ["PATH", "TESSDATA_PREFIX"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// What a program writes, as far as it may.
async fn taken(child: &mut Child) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LONGEST_OUTPUT + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > LONGEST_OUTPUT {
        child.start_kill()?;
        return Err(std::io::Error::other("it writes without end"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The languages that are installed: a line each, below a line that says so.
async fn languages_there(program: &Path) -> Result<Vec<String>, TesseractError> {
    let fails = |cause| TesseractError::Fails { program: program.to_owned(), cause };
    let mut command = bare(program);
    command.arg("--list-langs").stdout(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(TesseractError::NotThere(program.to_owned()));
        }
        child => child.map_err(fails)?,
    };
    let listed = tokio::time::timeout(TIME, taken(&mut child)).await;
    let listed = listed.map_err(|_| fails(std::io::ErrorKind::TimedOut.into()))?.map_err(fails)?;
    let names = listed.lines().map(str::trim).filter(|line| is_language(line));
    Ok(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
