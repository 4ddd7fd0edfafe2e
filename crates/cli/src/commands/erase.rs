//! `unhook erase`: forgets a person. What they reported stays as noise that nobody can read.

use std::sync::Arc;

use unhook_app::{Blobs as _, People};
use unhook_store::FileBlobs;

use crate::data_folder::{DataFolder, Whom, now, reason, record};
use crate::failure::{Failure, exit};

#[derive(clap::Args)]
#[command(
    after_help = "Destroys the person's key and everything the directory has of them. Works while the service\n\
runs. Backups made before still hold the key: a restore erases again, and they should go\n\
when their time is over.\n\n\
Example:\n  unhook erase --data /var/lib/unhook --phone +12015550123 --reason \"request 17\""
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    whom: Whom,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    let id = arguments.whom.find(&vault, now())?;
    record(&vault, "person-erased", &id.to_string(), Some(&arguments.reason))?;
    if !vault.erase(id, now())? {
        let message = format!("there is nobody of the id {id}; perhaps they were erased before");
        return Err(Failure::new(exit::DATA, message).into());
    }
    // Their blobs are noise by now, and need no room.
    let people: Arc<dyn People> = Arc::new(vault);
    FileBlobs::open(&arguments.folder.data, people)?.sweep(now())?;
    println!("{id} erased");
    Ok(0)
}
