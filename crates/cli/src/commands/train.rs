//! `unhook train`: learns the model that is built into the next release.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use unhook_detect::Knowledge;
use unhook_detect::classify::Model;
use unhook_detect::classify::train::{Example, Learned, learn};
use unhook_detect::text::words;

use crate::dataset::{self, Split};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  unhook train --data ../shared/data/sms --templates corpus/training --output crates/detect/model/unhook.model"
)]
pub(crate) struct Arguments {
    /// A folder of labelled texts, *.jsonl.gz
    #[arg(long, value_name = "FOLDER")]
    data: Vec<PathBuf>,
    /// A folder of template texts, *.toml
    #[arg(long, value_name = "FOLDER")]
    templates: Option<PathBuf>,
    /// Which part of the labelled texts is learned from
    #[arg(long, value_enum, default_value = "train")]
    split: Split,
    /// Where chance begins: the same seed and data give the same file
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// The model file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let knowledge = Knowledge::builtin().with_model(Model::empty());
    let mut origin = vec![("seed".to_owned(), arguments.seed.to_string())];
    let mut examples: Vec<Example> = Vec::new();
    for folder in &arguments.data {
        for file in dataset::files(folder)? {
            origin.push(("data".to_owned(), digest(&file)?));
            examples.extend(dataset::examples(&file, arguments.split)?);
        }
    }
    if let Some(folder) = &arguments.templates {
        examples.extend(dataset::templates(folder, &knowledge)?);
        origin.push(("data".to_owned(), "templates of corpus/training".to_owned()));
    }
    anyhow::ensure!(
        !examples.is_empty(),
        "nothing to learn from: name a folder with --data or --templates"
    );
    eprintln!("learning from {} texts", examples.len());
    let learned = learn(examples.into_iter(), &knowledge, arguments.seed, origin);
    let path = arguments.output.display();
    std::fs::write(&arguments.output, learned.model.write())
        .with_context(|| format!("cannot write {path}"))?;
    print!("{}", table(&learned));
    Ok(0)
}

/// A file's name and a digest of its bytes.
fn digest(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let hash = bytes.chunks(8).fold(bytes.len() as u64, |hash, chunk| {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        words::mix(hash ^ u64::from_le_bytes(eight))
    });
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("{hash:016x} {name}"))
}

fn table(learned: &Learned) -> String {
    let share = |(all, reached): (u32, u32)| match all {
        0 => "–".to_owned(),
        _ => format!("{:.1} % of {all}", 100.0 * f64::from(reached) / f64::from(all)),
    };
    let mut table =
        "| source left out | lures found | others flagged |\n| --- | --- | --- |\n".to_owned();
    for (source, counts) in &learned.left_out {
        table += &format!("| {source} | {} | {} |\n", share(counts.lures), share(counts.others));
    }
    table
}
