//! `unhook train`: learns the model that is built into the next release.
//!
//! [`card`] writes the page that goes with it.

mod card;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use unhook_detect::Knowledge;
use unhook_detect::classify::Model;
use unhook_detect::classify::train::{Example, learn};
use unhook_detect::text::hashing;

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
    /// A page about the model to write, in Markdown
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let knowledge = Knowledge::builtin().with_model(Model::empty());
    let mut origin = vec![("seed".to_owned(), arguments.seed.to_string())];
    let mut examples: Vec<Example> = Vec::new();
    let mut data = card::Data::default();
    for folder in &arguments.data {
        for file in dataset::files(folder)? {
            let (digest, of_file) = (digest(&file)?, dataset::examples(&file, arguments.split)?);
            data.count(&of_file, &digest);
            origin.push(("data".to_owned(), named(&digest, &file)));
            examples.extend(of_file);
        }
    }
    if let Some(folder) = &arguments.templates {
        let filled = dataset::templates(folder, &knowledge)?;
        data.count(&filled, "–");
        examples.extend(filled);
        origin.push(("data".to_owned(), "templates of corpus/training".to_owned()));
    }
    anyhow::ensure!(
        !examples.is_empty(),
        "nothing to learn from: name a folder with --data or --templates"
    );
    eprintln!("learning from {} texts", examples.len());
    let learned = learn(examples.into_iter(), &knowledge, arguments.seed, origin);
    write(&arguments.output, learned.model.write())?;
    if let Some(path) = &arguments.card {
        write(path, card::write(&learned, &data, arguments.seed))?;
    }
    print!("{}", card::left_out(&learned));
    Ok(0)
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// A digest of a file's bytes.
fn digest(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let hash = bytes.chunks(8).fold(bytes.len() as u64, |hash, chunk| {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        hashing::mix(hash ^ u64::from_le_bytes(eight))
    });
    Ok(format!("{hash:016x}"))
}

/// A digest and the name of the file that it is of.
fn named(digest: &str, path: &Path) -> String {
    format!("{digest} {}", path.file_name().unwrap_or_default().to_string_lossy())
}
