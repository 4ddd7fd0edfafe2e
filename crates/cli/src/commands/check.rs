//! `unhook check`: one text, taken apart.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use unhook_app::{PictureError, ReadPicture, ScreenReader as _};
use unhook_detect::{Knowledge, assess};
use unhook_messaging::screenshot::{LARGEST_PICTURE, Tesseract};
use unhook_model::{Assessment, Facts, Message, PhoneNumber, Sender, Timestamp, Verdict};
use unhook_web::report::AssessmentReport;

use crate::failure::{Failure, exit};
use crate::{config, files, render, terminal, terminal::Terminal};

/// More than this is no text message, in bytes; the detector reads less still.
const LONGEST_INPUT: usize = 1 << 20;

#[derive(clap::Args)]
#[command(
    after_help = "Exit status: 0 nothing found, 1 suspicious, 2 malicious, 64 and up for errors.\n\n\
Examples:\n  unhook check \"USPS: your parcel is held, see usps.com-track.example\"\n  pbpaste | unhook check --sender +12015550123\n  unhook check --org unhook.toml --json --file text.txt\n  unhook check --screenshot IMG_0042.png"
)]
pub(crate) struct Arguments {
    /// The text; left out or `-`, it is read from standard input
    text: Option<String>,
    /// Read the text from a file
    #[arg(long, conflicts_with = "text", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read the text from a screenshot: PNG, JPEG or WebP (needs tesseract-ocr)
    #[arg(long, conflicts_with_all = ["text", "file"], value_name = "PICTURE")]
    screenshot: Option<PathBuf>,
    /// Who it came from: a number, short code, sender ID or e-mail address
    #[arg(long, value_parser = sender, allow_hyphen_values = true)]
    sender: Option<Sender>,
    /// The number it was sent to
    #[arg(long, value_name = "NUMBER", value_parser = recipient)]
    recipient: Option<PhoneNumber>,
    /// When it was received (RFC 3339, such as 2022-07-20T22:49:00Z)
    #[arg(long, value_name = "TIME", value_parser = received_at)]
    received_at: Option<Timestamp>,
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// From which verdict on the exit status is not 0
    #[arg(long, value_enum, default_value = "suspicious", value_name = "VERDICT")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FailOn {
    Suspicious,
    Malicious,
    Never,
}

fn sender(text: &str) -> Result<Sender, &'static str> {
    Sender::parse(text).ok_or("it is empty; leave it out when the sender is not known")
}

fn recipient(text: &str) -> Result<PhoneNumber, &'static str> {
    PhoneNumber::parse(text).ok_or("expected a telephone number such as +12015550123")
}

fn received_at(text: &str) -> Result<Timestamp, &'static str> {
    unhook_messaging::parse_time(text).ok_or("expected a time such as 2022-07-20T22:49:00Z")
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let organization = config::organization(arguments.org.as_deref())?;
    let (shown, body) = match &arguments.screenshot {
        Some(picture) => {
            let read = read_screenshot(picture)?;
            (read.sender, read.text)
        }
        None => (None, body(&arguments)?),
    };
    let message = Message {
        sender: arguments.sender.or(shown),
        recipient: arguments.recipient,
        received_at: arguments.received_at,
        ..Message::from_body(body)
    };
    let knowledge = Knowledge::for_organization(&organization);
    let assessment = assess(&message, &Facts::default(), &knowledge);
    let report = if arguments.json {
        serde_json::to_string(&AssessmentReport::of(&assessment))? + "\n"
    } else {
        render::report(&message.body, &assessment, Terminal::of_stdout())
    };
    print(&report)?;
    Ok(status(&assessment, arguments.fail_on))
}

/// Prints; a reader who has gone does not change the verdict, nor the status that tells it.
fn print(report: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(report.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn status(assessment: &Assessment, fail_on: FailOn) -> u8 {
    match (assessment.verdict, fail_on) {
        (Verdict::Benign, _) | (_, FailOn::Never) | (Verdict::Suspicious, FailOn::Malicious) => 0,
        (Verdict::Suspicious, _) => 1,
        (Verdict::Malicious, _) => 2,
    }
}

fn body(arguments: &Arguments) -> anyhow::Result<String> {
    match (&arguments.file, arguments.text.as_deref()) {
        (Some(path), _) if path != Path::new("-") => {
            let file = files::open(path)?;
            read(file).with_context(|| format!("cannot read {}", path.display()))
        }
        (None, Some(text)) if text != "-" => Ok(text.to_owned()),
        (None, None) if std::io::stdin().is_terminal() => Err(Failure::usage(
            "no text: give it as an argument, with --file, or on standard input",
        )
        .into()),
        _ => read(std::io::stdin()).context("cannot read standard input"),
    }
}

/// Reads what stands in a picture of a screen.
fn read_screenshot(path: &Path) -> anyhow::Result<ReadPicture> {
    let cannot = || format!("cannot read {}", path.display());
    let (bytes, _) =
        files::read_bounded(files::open(path)?, LARGEST_PICTURE + 1).with_context(cannot)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let read = runtime.block_on(async {
        let reader = Tesseract::find(None, &[]).await;
        let reader = reader.map_err(|error| Failure::new(exit::LATER, error.to_string()))?;
        Ok::<_, anyhow::Error>(reader.read(&bytes).await)
    })?;
    let failed =
        |error: PictureError| Failure::new(exit::DATA, format!("{}: {error}", path.display()));
    Ok(read.map_err(failed)?)
}

/// Reads a bounded text; bytes that are no UTF-8 are replaced.
fn read(source: impl Read) -> std::io::Result<String> {
    let (bytes, is_longer) = files::read_bounded(source, LONGEST_INPUT)?;
    if is_longer {
        terminal::complain("the input is longer than 1 MiB; no more of it was read");
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(text.to_owned())
}
