//! `unhook check`: one text, taken apart.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use unhook_detect::{Knowledge, assess};
use unhook_model::{Facts, Message, PhoneNumber, Sender, Timestamp, Verdict};

use crate::{config, output, render, terminal::Terminal};

/// More than this is no text message; the detector reads less still.
const LONGEST_INPUT: u64 = 1 << 20;

#[derive(clap::Args)]
#[command(
    after_help = "Exit status: 0 nothing found, 1 suspicious, 2 malicious, 64 and up for errors.\n\n\
Examples:\n  unhook check \"USPS: your parcel is held, see usps.com-track.top\"\n  pbpaste | unhook check --sender +12015550123\n  unhook check --org unhook.toml --json --file text.txt"
)]
pub(crate) struct Arguments {
    /// The text; left out or `-`, it is read from standard input
    text: Option<String>,
    /// Read the text from a file
    #[arg(long, conflicts_with = "text", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Who it came from: a number, short code, sender ID or e-mail address
    #[arg(long)]
    sender: Option<String>,
    /// The number it was sent to
    #[arg(long, value_name = "NUMBER")]
    recipient: Option<String>,
    /// When it was received (RFC 3339, such as 2022-07-20T22:49:00Z)
    #[arg(long, value_name = "TIME")]
    received_at: Option<jiff::Timestamp>,
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// From which verdict on the exit status is not 0
    #[arg(long, value_enum, default_value = "suspicious")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FailOn {
    Suspicious,
    Malicious,
    Never,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let organization = config::organization(arguments.org.as_deref())?;
    let message = Message {
        sender: arguments.sender.as_deref().and_then(Sender::parse),
        recipient: arguments.recipient.as_deref().and_then(PhoneNumber::parse),
        received_at: arguments.received_at.map(|at| Timestamp::from_unix_ms(at.as_millisecond())),
        ..Message::from_body(body(&arguments)?)
    };
    let knowledge = Knowledge::for_organization(&organization);
    let assessment = assess(&message, &Facts::default(), &knowledge);
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&output::Report::of(&assessment, None))?)?;
    } else {
        out.write_all(
            render::report(&message.body, &assessment, Terminal::of_stdout()).as_bytes(),
        )?;
    }
    Ok(match (assessment.verdict, arguments.fail_on) {
        (Verdict::Benign, _) | (_, FailOn::Never) | (Verdict::Suspicious, FailOn::Malicious) => 0,
        (Verdict::Suspicious, _) => 1,
        (Verdict::Malicious, _) => 2,
    })
}

fn body(arguments: &Arguments) -> anyhow::Result<String> {
    if let Some(path) = &arguments.file {
        let file =
            std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        return read(file).with_context(|| format!("cannot read {}", path.display()));
    }
    match arguments.text.as_deref() {
        Some("-") => read(std::io::stdin()),
        Some(text) => Ok(text.to_owned()),
        None if std::io::stdin().is_terminal() => {
            bail!("no text: give it as an argument, with --file, or on standard input")
        }
        None => read(std::io::stdin()),
    }
}

/// Reads a bounded text; bytes that are no UTF-8 are replaced.
fn read(source: impl Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    source.take(LONGEST_INPUT).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}
