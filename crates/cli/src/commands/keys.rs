//! `unhook keys`: the master key, which wraps everybody's.

use std::path::PathBuf;

use crate::data_folder::{DataFolder, record};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Copy the master key to a new file
    Backup(Backup),
    /// Make a new master key and wrap everybody's key with it
    #[command(
        after_help = "Works while the service runs, and whenever it stops, the old key or the new one opens\n\
everything. Backups from before open with the old key alone: keep a copy as long as you\n\
keep them."
    )]
    Rotate(Rotate),
}

#[derive(clap::Args)]
struct Backup {
    #[command(flatten)]
    folder: DataFolder,
    /// The new file
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(clap::Args)]
struct Rotate {
    #[command(flatten)]
    folder: DataFolder,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match arguments.command {
        Command::Backup(Backup { folder, to }) => {
            let vault = folder.open()?;
            record(&vault, "key-copied", "master", None)?;
            vault.copy_master_key(&to)?;
            println!("{} written; keep it where no backup is", to.display());
        }
        Command::Rotate(Rotate { folder }) => {
            let vault = folder.open()?;
            record(&vault, "key-rotated", "master", None)?;
            let count = vault.rotate_master_key()?;
            println!("{count} keys wrapped with the new master key; keep a copy of it");
        }
    }
    Ok(0)
}
