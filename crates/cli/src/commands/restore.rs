//! `unhook restore`: puts a backup back.

use std::path::PathBuf;

use unhook_store::backup::{self, Restore};

use crate::terminal;

#[derive(clap::Args)]
#[command(
    after_help = "Every file is held against the backup's manifest first, and everybody whom the present\n\
folder, or the list given, knows to be erased is erased again. Stop the service before.\n\n\
Example:\n  unhook restore --from /backups/2022-07-20 --data /var/lib/unhook --replace"
)]
pub(crate) struct Arguments {
    /// The backup's folder
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The data folder to put it into
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Put it in the place of what is there
    #[arg(long)]
    replace: bool,
    /// A list of ids that were erased since, one on a line, such as another folder's `erasures`
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    /// The master key, where neither the backup nor the data folder has it
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let Arguments { from, data, replace: may_replace, erasures, key } = arguments;
    let copied = backup::restore(&from, &data, &Restore { may_replace, erasures, key })?;
    println!(
        "{} files, {} bytes put back into {}; {} people erased again",
        copied.files,
        copied.bytes,
        data.display(),
        copied.erased
    );
    terminal::say("tokens are as they were then: `unhook token list` shows which to revoke again");
    Ok(0)
}
