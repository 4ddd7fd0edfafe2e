//! `unhook rebuild`: the views, made again from the journal.

use crate::data_folder::DataFolder;
use crate::house::{self, House};

#[derive(clap::Args)]
#[command(after_help = "The service must not run on the folder meanwhile.\n\n\
Example:\n  unhook rebuild --data /var/lib/unhook")]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    arguments.folder.require()?;
    house::block_on(async {
        let house = House::open(&arguments.folder).await?;
        let partition = house::partition();
        let rebuilt =
            unhook_app::hindsight::rebuild(&house.journal, &partition, &*house.views).await?;
        println!("made again from {rebuilt} commits");
        Ok(0)
    })
}
