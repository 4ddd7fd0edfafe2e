//! `unhook scan`: many texts, on all cores, in constant memory and in order.
//!
//! Rows are read on one thread, judged on all ([`pipeline`]) and written in the order they
//! came ([`writer`]); what the summary counts is in [`summary`].

mod groups;
mod judge;
mod pipeline;
mod summary;
mod writer;

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use unhook_detect::Knowledge;
use unhook_messaging::{Format, OpenError, ReadOptions, Rows};

use crate::failure::{Failure, exit, status_of};
use crate::{config, files, terminal};
use writer::Writer;

/// The most threads that assess: more are a slip of the keyboard.
const MOST_JOBS: u16 = 1024;

#[derive(clap::Args)]
#[command(
    after_help = "Files may be JSON Lines, CSV or TSV, plain lines, or the XML of Android's SMS Backup & Restore,\n\
packed with gzip or zstd or not. `-` is standard input.\n\n\
jsonl writes one object for each row, in order; a row that could not be read has no verdict\n\
and says why under `error`. A row without an id goes by its line number.\n\n\
Exit status: 0 done, 64 and up for errors; 65 when --strict met a bad row or a file breaks off.\n\n\
Examples:\n  unhook scan texts.csv\n  unhook scan --format jsonl --org unhook.toml export.xml.gz > verdicts.jsonl"
)]
pub(crate) struct Arguments {
    /// Files to read; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value = "summary")]
    format: Output,
    /// The format of the files, when it cannot be told: jsonl, csv, tsv, lines, xml
    #[arg(long, value_name = "FORMAT", value_parser = input_format)]
    input: Option<Format>,
    /// The column or key that holds the texts
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Stop at the first row that cannot be read
    #[arg(long)]
    strict: bool,
    /// Threads that assess; all cores when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_JOBS)))]
    jobs: Option<u16>,
    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Output {
    Jsonl,
    Csv,
    Summary,
}

fn input_format(name: &str) -> Result<Format, &'static str> {
    Format::from_name(name).ok_or("known formats: jsonl, csv, tsv, lines, xml")
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let organization = config::organization(arguments.org.as_deref())?;
    let knowledge = Knowledge::for_organization(&organization);
    refuse_to_overwrite(&arguments)?;
    let out = BufWriter::with_capacity(1 << 16, sink(arguments.output.as_deref())?);
    let progress = progress(&arguments.files);
    let mut writer = Writer::new(out, arguments.format, arguments.strict, progress.clone())?;
    let (mut status, mut opened) = (0, 0);
    for path in &arguments.files {
        // As with other tools, a file that cannot be read does not keep the others from it.
        match open(path, &arguments, &progress) {
            Ok(rows) => {
                opened += 1;
                scan(rows, path, &arguments, &knowledge, &mut writer)?;
            }
            Err(error) => {
                progress.suspend(|| terminal::complain(&format!("{error:#}")));
                status = status_of(&error);
            }
        }
        if writer.has_stopped() || (arguments.strict && status != 0) {
            break;
        }
    }
    if opened == 0 {
        return Ok(status);
    }
    let finished = writer.finish()?;
    Ok(if finished == 0 { status } else { finished })
}

/// Opening the output empties it, so it must be none of the inputs.
fn refuse_to_overwrite(arguments: &Arguments) -> anyhow::Result<()> {
    let Some(output) = arguments.output.as_deref().and_then(|path| path.canonicalize().ok()) else {
        return Ok(());
    };
    let is_output = |path: &&PathBuf| path.canonicalize().is_ok_and(|path| path == output);
    match arguments.files.iter().find(is_output) {
        Some(path) => Err(Failure::usage(format!(
            "{} is read and would be written over: name another file with --output",
            path.display()
        ))
        .into()),
        None => Ok(()),
    }
}

fn sink(path: Option<&Path>) -> anyhow::Result<Box<dyn Write>> {
    let Some(path) = path else { return Ok(Box::new(std::io::stdout().lock())) };
    let file = File::create(path).map_err(|error| {
        Failure::new(exit::CANNOT_CREATE, format!("cannot write {}: {error}", path.display()))
    })?;
    Ok(Box::new(file))
}

fn open(path: &Path, arguments: &Arguments, progress: &ProgressBar) -> anyhow::Result<Rows> {
    let options =
        ReadOptions { format: arguments.input, text_column: arguments.text_column.clone() };
    let (source, name): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
        (Box::new(std::io::stdin()), None)
    } else {
        (Box::new(files::open(path)?), Some(path))
    };
    unhook_messaging::open(progress.wrap_read(source), name, &options).map_err(|error| {
        let place = path.display();
        match error {
            OpenError::Read(error) => {
                anyhow::Error::from(error).context(format!("cannot read {place}"))
            }
            OpenError::NoTextColumn { .. } => {
                Failure::new(exit::DATA, format!("{place}: {error}; name it with --text-column"))
                    .into()
            }
            OpenError::NoSuchColumn { .. } | OpenError::NoColumns { .. } => {
                Failure::usage(format!("{place}: {error}")).into()
            }
            _ => Failure::new(exit::DATA, format!("{place}: {error}")).into(),
        }
    })
}

fn scan(
    rows: Rows,
    path: &Path,
    arguments: &Arguments,
    knowledge: &Knowledge,
    writer: &mut Writer,
) -> anyhow::Result<()> {
    let workers = arguments
        .jobs
        .map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let file = path.to_string_lossy();
    let judge = |row| judge::judge(row, &file, knowledge, arguments.format);
    pipeline::run(rows, workers, judge, |judged, waits| {
        for row in judged {
            writer.take(row, &file)?;
            if writer.has_stopped() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if waits {
            writer.flush()?;
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// A bar on standard error while that is a terminal: of bytes where all sizes are known.
fn progress(files: &[PathBuf]) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let size = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        metadata.is_file().then_some(metadata.len())
    };
    let total: Option<u64> = files.iter().map(size).sum();
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{bar:24} {percent:>3} % · {msg} · {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} · {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => ProgressBar::hidden(),
    }
}
