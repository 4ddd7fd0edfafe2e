//! `unhook lookalikes`: names that imitate a brand, out of a stream of names.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;
use unhook_detect::lookalike::{Lookalike, LookalikeIndex, host_of_line};
use unhook_detect::{Knowledge, explain};
use unhook_model::LookalikeLevel;

use crate::config;

/// Bytes read at once: large enough that reading costs nothing beside looking.
const BUFFER: usize = 1 << 20;

/// Longer than any URL that leads anywhere, in bytes.
const LONGEST_LINE: usize = 8192;

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
            path if Path::new(path).is_file() => stream.read_file(Path::new(path))?,
            name => stream.look(name.as_bytes())?,
        }
    }
    if arguments.inputs.is_empty() {
        stream.read(std::io::stdin())?;
    }
    stream.out.flush()?;
    let seconds = begun.elapsed().as_secs_f64().max(1e-9);
    eprintln!(
        "{} names, {} hits ({} high), {:.0} names/s",
        stream.names,
        stream.hits,
        stream.high,
        stream.names as f64 / seconds
    );
    Ok(0)
}

fn explain_one(index: &LookalikeIndex, name: &str) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let host = host_of_line(name.as_bytes())
        .and_then(|host| std::str::from_utf8(host).ok())
        .unwrap_or(name);
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
        }
    }

    fn read_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let place = || format!("cannot read {}", path.display());
        let file = std::fs::File::open(path).with_context(place)?;
        self.read(file).with_context(place)
    }

    fn read(&mut self, source: impl Read + Send + 'static) -> anyhow::Result<()> {
        let mut reader = BufReader::with_capacity(BUFFER, unhook_messaging::decompress(source)?);
        let mut line = Vec::with_capacity(LONGEST_LINE);
        loop {
            line.clear();
            // A line longer than any name is cut, and its rest read as another that has none.
            if reader.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            self.look(&line)?;
        }
    }

    fn look(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let Some(host) = host_of_line(line) else { return Ok(()) };
        self.names += 1;
        let Ok(host) = std::str::from_utf8(host) else { return Ok(()) };
        let Some(found) = self.index.examine(host) else { return Ok(()) };
        self.print(host, &found)
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
