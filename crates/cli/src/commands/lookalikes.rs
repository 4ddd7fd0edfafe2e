//! `unhook lookalikes`: names that imitate a brand, out of a stream of names.

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use unhook_detect::lookalike::{Lookalike, LookalikeIndex, host_of_line};
use unhook_detect::{Knowledge, explain};
use unhook_model::{Hostname, LookalikeLevel};

use crate::config;
use crate::failure::Failure;

/// Bytes read at once: large enough that reading costs nothing beside looking, and small
/// enough to stay in the cache.
const BUFFER: usize = 256 * 1024;

/// Longer than any URL that leads anywhere, in bytes.
const LONGEST_LINE: usize = 8192;

/// Endings of files, by which a missing one is told from a name.
const FILE_ENDINGS: [&str; 10] =
    [".txt", ".gz", ".zst", ".csv", ".tsv", ".list", ".lst", ".log", ".json", ".jsonl"];

#[derive(clap::Args)]
#[command(
    after_help = "An argument that is a file is read (plain, gzip or zstd); any other is a name.\n\
Names may be bare, URLs, or wildcards from certificates.\n\n\
Examples:\n  unhook lookalikes --org unhook.toml new-domains.txt.gz\n  unhook lookalikes --org unhook.toml --json - < names.txt\n  unhook lookalikes acme-sso.com --org unhook.toml"
)]
pub(crate) struct Arguments {
    /// Files or names; none or `-` for standard input
    #[arg(value_name = "FILE|NAME")]
    inputs: Vec<String>,
    /// Your organization's unhook.toml; left out, the built-in brands are looked for
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Print one JSON object per hit
    #[arg(long)]
    json: bool,
    /// The level from which hits are printed
    #[arg(long, value_enum, default_value = "watch")]
    min_level: MinLevel,
    /// Say of one name what it imitates, or that nothing was found
    #[arg(long, value_name = "NAME")]
    explain: Option<String>,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum MinLevel {
    Watch,
    High,
}

#[derive(Serialize)]
struct Hit<'a> {
    name: &'a str,
    brand: Option<&'a str>,
    kind: &'static str,
    level: &'static str,
    score: u8,
    part: (usize, usize),
    reason: String,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let organization = config::organization(arguments.org.as_deref())?;
    let owned;
    let catalogue;
    let index = if organization.brands.is_empty() {
        catalogue = Knowledge::for_organization(&organization);
        catalogue.lookalikes()
    } else {
        owned = LookalikeIndex::builder().organization(&organization).build();
        &owned
    };
    if let Some(name) = &arguments.explain {
        return explain_one(index, name);
    }
    let mut stream = Stream::new(index, &arguments);
    let begun = Instant::now();
    for input in &arguments.inputs {
        match input.as_str() {
            "-" => stream.read(std::io::stdin())?,
            path if is_file(path) => stream.read_file(Path::new(path))?,
            name => stream.look(name.as_bytes())?,
        }
    }
    if arguments.inputs.is_empty() {
        stream.read(std::io::stdin())?;
    }
    stream.out.flush()?;
    stream.report(begun.elapsed().as_secs_f64());
    Ok(0)
}

/// Whether an argument is a file, or reads as one that is not there; else it is a name.
fn is_file(argument: &str) -> bool {
    let (first, rest) = argument.split_once('/').unwrap_or((argument, ""));
    let is_path =
        !rest.is_empty() && !argument.contains("://") && !first.trim_matches('.').contains('.');
    let lower = argument.to_lowercase();
    let has_ending =
        !argument.contains("://") && FILE_ENDINGS.iter().any(|end| lower.ends_with(end));
    is_path || has_ending || argument.contains('\\') || Path::new(argument).exists()
}

fn explain_one(index: &LookalikeIndex, name: &str) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let plain = name.replace("[.]", ".");
    let host = host_of_line(plain.as_bytes()).and_then(|host| std::str::from_utf8(host).ok());
    let host = host.unwrap_or_default();
    if let Err(error) = Hostname::parse(host) {
        let name = crate::terminal::harmless(name);
        return Err(Failure::usage(format!("`{name}` is no host name: {error}")).into());
    }
    let shown = explain::defang(&crate::terminal::harmless(host));
    match index.examine(host) {
        Some(found) => {
            writeln!(
                out,
                "{shown}: {} ({}, {}, score {})",
                found.reason(),
                found.kind.name(),
                found.level.name(),
                found.score
            )?;
            let (start, end) = found.part;
            writeln!(
                out,
                "  the part that imitates: {}",
                host.to_lowercase().get(start..end).unwrap_or(host)
            )?;
        }
        None if index.is_genuine(&host.to_lowercase()) => {
            writeln!(out, "{shown}: genuine, by the configuration")?
        }
        None => writeln!(out, "{shown}: nothing found")?,
    }
    Ok(0)
}

struct Stream<'i> {
    index: &'i LookalikeIndex,
    json: bool,
    only_high: bool,
    out: BufWriter<std::io::StdoutLock<'static>>,
    names: u64,
    hits: u64,
    high: u64,
    /// Lines that are no UTF-8.
    unreadable: u64,
    /// Lines longer than any name or URL.
    overlong: u64,
}

impl<'i> Stream<'i> {
    fn new(index: &'i LookalikeIndex, arguments: &Arguments) -> Self {
        Self {
            index,
            json: arguments.json,
            only_high: arguments.min_level == MinLevel::High,
            out: BufWriter::new(std::io::stdout().lock()),
            names: 0,
            hits: 0,
            high: 0,
            unreadable: 0,
            overlong: 0,
        }
    }

    fn read_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let place = || format!("cannot read {}", path.display());
        let file = std::fs::File::open(path).with_context(place)?;
        self.read(file).with_context(place)
    }

    /// Reads block by block and looks at each line where it lies.
    fn read(&mut self, source: impl Read + Send + 'static) -> anyhow::Result<()> {
        let mut source = unhook_messaging::decompress(source)?;
        let mut block = vec![0; BUFFER];
        // What the last block left of a line stands at the front of the next.
        let mut kept = 0;
        let mut is_skipping = false;
        loop {
            let count = match source.read(&mut block[kept..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                result => result?,
            };
            let filled = kept + count;
            let end = match memchr::memrchr(b'\n', &block[kept..filled]) {
                _ if count == 0 => filled,
                Some(last) => kept + last + 1,
                None if filled < BUFFER => {
                    kept = filled;
                    continue;
                }
                None => {
                    // A line that fills the block: none of it is kept.
                    self.overlong += u64::from(!is_skipping);
                    is_skipping = true;
                    kept = 0;
                    continue;
                }
            };
            self.look_at_lines(&block[..end], &mut is_skipping)?;
            if count == 0 {
                return Ok(());
            }
            block.copy_within(end..filled, 0);
            kept = filled - end;
        }
    }

    fn look_at_lines(&mut self, block: &[u8], is_skipping: &mut bool) -> anyhow::Result<()> {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', block) {
            if !std::mem::take(is_skipping) {
                self.look(&block[start..end])?;
            }
            start = end + 1;
        }
        // The last line of a source may have no end.
        if start < block.len() && !std::mem::take(is_skipping) {
            self.look(&block[start..])?;
        }
        Ok(())
    }

    fn look(&mut self, line: &[u8]) -> anyhow::Result<()> {
        if line.len() > LONGEST_LINE {
            self.overlong += 1;
            return Ok(());
        }
        let Some(host) = host_of_line(line) else { return Ok(()) };
        match self.index.examine_bytes(host) {
            Ok(None) => self.names += 1,
            Ok(Some(found)) => {
                self.names += 1;
                self.print(&String::from_utf8_lossy(host), &found)?;
            }
            Err(_) => self.unreadable += 1,
        }
        Ok(())
    }

    /// What was done, for the person who waits.
    fn report(&self, seconds: f64) {
        eprintln!(
            "{} names, {} hits ({} high), {:.0} names/s",
            self.names,
            self.hits,
            self.high,
            self.names as f64 / seconds.max(1e-9)
        );
        if self.unreadable + self.overlong > 0 {
            eprintln!(
                "passed over {} lines that are no UTF-8 and {} longer than {LONGEST_LINE} bytes",
                self.unreadable, self.overlong
            );
        }
    }

    fn print(&mut self, name: &str, found: &Lookalike<'_>) -> anyhow::Result<()> {
        let high = found.level == LookalikeLevel::High;
        if self.only_high && !high {
            return Ok(());
        }
        self.hits += 1;
        self.high += u64::from(high);
        let hit = Hit {
            name,
            brand: found.brand,
            kind: found.kind.name(),
            level: found.level.name(),
            score: found.score,
            part: found.part,
            reason: found.reason(),
        };
        if self.json {
            serde_json::to_writer(&mut self.out, &hit)?;
            self.out.write_all(b"\n")?;
        } else {
            let shown = explain::defang(&crate::terminal::harmless(name));
            writeln!(
                self.out,
                "{:<5} {:>3} {:<13} {shown}: {}",
                hit.level, hit.score, hit.kind, hit.reason
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_no_name() {
        for file in ["missing.txt", "./missing", "data/missing", "/tmp/missing", "new.csv.gz"] {
            assert!(is_file(file), "{file}");
        }
        for name in [
            "evil.example",
            "https://evil.example/a.txt",
            "evil.example/login",
            "*.evil.example",
            "evil",
        ] {
            assert!(!is_file(name), "{name}");
        }
    }
}
