//! `unhook scan`: many texts, on all cores, in constant memory and in order.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use unhook_detect::text::{Text, fingerprint};
use unhook_detect::{Knowledge, assess};
use unhook_messaging::{Format, ReadOptions, Row, RowError, Rows};
use unhook_model::{Assessment, Facts};

use crate::{config, exit, output};

/// Rows that travel together: enough that passing them on costs nothing.
const CHUNK: usize = 256;

/// Chunks on their way at once, per worker.
const CHUNKS_PER_WORKER: usize = 4;

/// Domains and near-duplicate groups counted for the summary; later ones are left out.
const MOST_COUNTED: usize = 100_000;

#[derive(clap::Args)]
#[command(
    after_help = "Files may be JSON Lines, CSV or TSV, plain lines, or the XML of Android's SMS Backup & Restore,\n\
packed with gzip or zstd or not. `-` is standard input.\n\n\
Exit status: 0 done, 64 and up for errors; 65 when --strict met a bad row.\n\n\
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
    /// The column that holds the texts
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Stop at the first row that cannot be read
    #[arg(long)]
    strict: bool,
    /// Threads that assess; all cores when left out
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
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

fn input_format(name: &str) -> Result<Format, String> {
    Format::from_name(name).ok_or_else(|| "known formats: jsonl, csv, tsv, lines, xml".to_owned())
}

/// Rows as read, or what was wrong with them.
type Chunk = Vec<Result<Row, RowError>>;

/// A chunk assessed: for each row the line to write, and what the summary counts.
type Done = Vec<Result<Judged, RowError>>;

struct Judged {
    line: Vec<u8>,
    verdict: &'static str,
    kind: &'static str,
    domains: Vec<String>,
    fingerprint: u64,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let organization = config::organization(arguments.org.as_deref())?;
    let knowledge = Knowledge::for_organization(&organization);
    let sink: Box<dyn Write> = match &arguments.output {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => Box::new(
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        ),
    };
    let mut writer = Writer::new(BufWriter::with_capacity(1 << 16, sink), &arguments)?;
    for path in &arguments.files {
        scan(path, &arguments, &knowledge, &mut writer)?;
        if writer.stopped {
            break;
        }
    }
    writer.finish()
}

fn scan(
    path: &Path,
    arguments: &Arguments,
    knowledge: &Knowledge,
    writer: &mut Writer,
) -> anyhow::Result<()> {
    let options =
        ReadOptions { format: arguments.input, text_column: arguments.text_column.clone() };
    let place = || format!("cannot read {}", path.display());
    let rows = if path == Path::new("-") {
        unhook_messaging::open(std::io::stdin(), None, &options)
    } else {
        let file = File::open(path).with_context(place)?;
        if path.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory)).with_context(place);
        }
        unhook_messaging::open(file, Some(path), &options)
    };
    let rows = rows.with_context(place)?;
    let workers = arguments
        .jobs
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
        .max(1);
    thread::scope(|scope| {
        // One channel to and from each worker; chunks are dealt out and collected in turn,
        // which keeps their order.
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for _ in 0..workers {
            let (to, chunks) = sync_channel::<Chunk>(CHUNKS_PER_WORKER);
            let (done, from) = sync_channel::<Done>(CHUNKS_PER_WORKER);
            scope.spawn(|| work(chunks, done, knowledge, arguments.format));
            inputs.push(to);
            outputs.push(from);
        }
        scope.spawn(move || deal(rows, &inputs));
        collect(&outputs, writer)
    })
}

/// Deals rows out in chunks, in turn, until they end or nobody wants them.
fn deal(mut rows: Rows, inputs: &[SyncSender<Chunk>]) {
    for input in inputs.iter().cycle() {
        let chunk: Chunk = rows.by_ref().take(CHUNK).collect();
        let last = chunk.len() < CHUNK;
        if input.send(chunk).is_err() || last {
            return;
        }
    }
}

fn work(chunks: Receiver<Chunk>, done: SyncSender<Done>, knowledge: &Knowledge, format: Output) {
    for chunk in chunks {
        let judged =
            chunk.into_iter().map(|row| row.map(|row| judge(row, knowledge, format))).collect();
        if done.send(judged).is_err() {
            return;
        }
    }
}

fn judge(row: Row, knowledge: &Knowledge, format: Output) -> Judged {
    let assessment = assess(&row.message, &Facts::default(), knowledge);
    let id = row.id.map_or_else(|| row.line.into(), serde_json::Value::String);
    let mut judged = Judged {
        line: Vec::new(),
        verdict: assessment.verdict.name(),
        kind: assessment.kind.map_or("", unhook_model::ScamKind::name),
        domains: Vec::new(),
        fingerprint: 0,
    };
    match format {
        Output::Jsonl => {
            // Writing to memory cannot fail, nor can these types fail to become JSON.
            let _ =
                serde_json::to_writer(&mut judged.line, &output::Report::of(&assessment, Some(id)));
            judged.line.push(b'\n');
        }
        Output::Csv => judged.line = csv_line(&id, &assessment, judged.kind),
        Output::Summary => {
            judged.fingerprint = fingerprint(&Text::read(&row.message.body).words);
            judged.domains =
                assessment.links.into_iter().filter_map(|link| link.registrable).collect();
        }
    }
    judged
}

fn csv_line(id: &serde_json::Value, assessment: &Assessment, kind: &str) -> Vec<u8> {
    let signals: Vec<&str> = assessment.evidence.iter().map(|e| e.signal.as_str()).collect();
    let domains: Vec<&str> =
        assessment.links.iter().filter_map(|l| l.registrable.as_deref()).collect();
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let mut writer = csv::Writer::from_writer(Vec::new());
    // As above: memory takes everything.
    let _ = writer.write_record([
        id.as_str(),
        assessment.verdict.name(),
        &format!("{:.4}", assessment.probability.value()),
        kind,
        &assessment.score.to_string(),
        &signals.join(" "),
        &domains.join(" "),
    ]);
    writer.into_inner().unwrap_or_default()
}

/// Collects chunks in the order they were dealt out.
fn collect(outputs: &[Receiver<Done>], writer: &mut Writer) -> anyhow::Result<()> {
    for output in outputs.iter().cycle() {
        let Ok(done) = output.recv() else { return Ok(()) };
        let last = done.len() < CHUNK;
        for judged in done {
            writer.take(judged)?;
            if writer.stopped {
                return Ok(());
            }
        }
        if last {
            return Ok(());
        }
    }
    Ok(())
}

struct Writer {
    out: BufWriter<Box<dyn Write>>,
    format: Output,
    strict: bool,
    stopped: bool,
    progress: ProgressBar,
    rows: u64,
    bad: u64,
    verdicts: HashMap<&'static str, u64>,
    kinds: HashMap<&'static str, u64>,
    domains: HashMap<String, u64>,
    groups: HashMap<u64, u64>,
}

impl Writer {
    fn new(mut out: BufWriter<Box<dyn Write>>, arguments: &Arguments) -> anyhow::Result<Self> {
        if arguments.format == Output::Csv {
            out.write_all(b"id,verdict,probability,kind,score,signals,domains\n")?;
        }
        let progress = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {human_pos} texts, {per_sec}")?;
            ProgressBar::new_spinner().with_style(style)
        } else {
            ProgressBar::hidden()
        };
        Ok(Self {
            out,
            format: arguments.format,
            strict: arguments.strict,
            stopped: false,
            progress,
            rows: 0,
            bad: 0,
            verdicts: HashMap::new(),
            kinds: HashMap::new(),
            domains: HashMap::new(),
            groups: HashMap::new(),
        })
    }

    fn take(&mut self, judged: Result<Judged, RowError>) -> anyhow::Result<()> {
        self.rows += 1;
        self.progress.inc(1);
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => return self.take_error(&error),
        };
        self.out.write_all(&judged.line)?;
        *self.verdicts.entry(judged.verdict).or_default() += 1;
        if self.format == Output::Summary {
            *self.kinds.entry(judged.kind).or_default() += 1;
            count(&mut self.groups, judged.fingerprint);
            judged.domains.into_iter().for_each(|domain| count(&mut self.domains, domain));
        }
        Ok(())
    }

    fn take_error(&mut self, error: &RowError) -> anyhow::Result<()> {
        self.bad += 1;
        self.stopped = self.strict || error.is_final;
        eprintln!("unhook: {error}");
        if self.format == Output::Jsonl {
            let object = serde_json::json!({ "id": error.line, "error": error.problem });
            writeln!(self.out, "{object}")?;
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<u8> {
        self.progress.finish_and_clear();
        if self.format == Output::Summary {
            self.summarise()?;
        }
        self.out.flush()?;
        if self.bad > 0 {
            eprintln!("unhook: {} of {} rows could not be read", self.bad, self.rows);
        }
        Ok(if self.stopped { exit::DATA } else { 0 })
    }

    fn summarise(&mut self) -> anyhow::Result<()> {
        writeln!(self.out, "{} texts", self.rows - self.bad)?;
        for verdict in ["malicious", "suspicious", "benign"] {
            writeln!(
                self.out,
                "  {verdict:<12} {}",
                self.verdicts.get(verdict).copied().unwrap_or(0)
            )?;
        }
        let kinds = self.kinds.iter().filter(|(kind, _)| !kind.is_empty());
        let kinds = top(kinds.map(|(kind, count)| ((*kind).to_owned(), *count)), 12);
        let domains = self
            .domains
            .iter()
            .map(|(domain, count)| (unhook_detect::explain::defang(domain), *count));
        let domains = top(domains, 10);
        let groups: Vec<u64> = self.groups.values().copied().filter(|count| *count > 1).collect();
        table(&mut self.out, "kinds", &kinds)?;
        table(&mut self.out, "domains", &domains)?;
        let largest = groups.iter().max().copied().unwrap_or(0);
        writeln!(
            self.out,
            "near-duplicate groups: {}, the largest of {largest} texts",
            groups.len()
        )?;
        Ok(())
    }
}

/// Counts a key, unless the table is full of others.
fn count<K: std::hash::Hash + Eq>(table: &mut HashMap<K, u64>, key: K) {
    if table.len() < MOST_COUNTED || table.contains_key(&key) {
        *table.entry(key).or_default() += 1;
    }
}

fn top(counts: impl Iterator<Item = (String, u64)>, most: usize) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(most);
    counts
}

fn table(out: &mut impl Write, title: &str, rows: &[(String, u64)]) -> std::io::Result<()> {
    if !rows.is_empty() {
        writeln!(out, "{title}")?;
    }
    rows.iter().try_for_each(|(name, count)| writeln!(out, "  {name:<32} {count}"))
}
