//! `unhook backup`: a copy of the data folder, while the service runs.

use std::path::PathBuf;

use unhook_store::backup;

use crate::data_folder::DataFolder;

#[derive(clap::Args)]
#[command(
    after_help = "The master key is not among the copies: who finds a backup can read nothing personal in it.\n\
Keep the key elsewhere, once (unhook keys backup).\n\n\
Example:\n  unhook backup --data /var/lib/unhook --to /backups/2022-07-20"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    /// A new folder to copy to
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Copy the master key, too
    #[arg(long)]
    with_key: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let key = arguments.folder.key_file();
    let key = arguments.with_key.then_some(key.as_path());
    let copied = backup::backup(&arguments.folder.data, &arguments.to, key)?;
    let with = if arguments.with_key { "with" } else { "without" };
    let to = arguments.to.display();
    println!(
        "{} files, {} bytes copied to {to}, {with} the master key",
        copied.files, copied.bytes
    );
    Ok(0)
}
