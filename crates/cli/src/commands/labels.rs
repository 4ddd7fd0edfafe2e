//! `unhook labels`: the texts that people ruled on, for `unhook train`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use unhook_app::hindsight::{self, Labelled};
use unhook_engine::Ruling;
use unhook_model::Sender;

use crate::data_folder::{DataFolder, reason, record};
use crate::house::{self, House};

#[derive(clap::Args)]
#[command(
    after_help = "The file holds texts in the clear. `unhook train --data` reads the folder it lies in.\n\
The service must not run on the data folder meanwhile.\n\n\
Example:\n  unhook labels --data /var/lib/unhook --output labels/ours.jsonl.gz --reason \"training, ticket 17\""
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    /// Where to write, as packed JSON Lines
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    arguments.folder.require()?;
    let lines = house::block_on(async {
        let (house, _copy) = House::look(&arguments.folder).await?;
        record(&house.vault, "labels-exported", "rulings", Some(&arguments.reason))?;
        let mut lines = Vec::new();
        let partition = house::partition();
        let each = |labelled| lines.push(line(&labelled).to_string());
        hindsight::labels(&house.journal, &partition, &*house.vault, each).await?;
        Ok(lines)
    })?;
    let cannot = || format!("cannot write {}", arguments.output.display());
    let file = std::fs::File::create(&arguments.output).with_context(cannot)?;
    let mut out = GzEncoder::new(file, Compression::default());
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).with_context(cannot)?;
    out.finish().with_context(cannot)?;
    println!("{} texts that somebody ruled on", lines.len());
    Ok(0)
}

/// One text as `unhook train` reads it.
fn line(labelled: &Labelled) -> serde_json::Value {
    let label = match labelled.ruling {
        Ruling::Malicious => "smishing",
        Ruling::Benign => "ham",
    };
    json!({
        "label": label,
        "text": labelled.message.body,
        "sender": labelled.message.sender.as_ref().map(Sender::as_text),
        "kind": labelled.kind,
    })
}
