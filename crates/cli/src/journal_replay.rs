//! `unhook replay --data`: folds a journal from its first commit on, and compares what that
//! comes to with what the service kept of it.

use unhook_app::Desk;
use unhook_app::hindsight;
use unhook_store::digest;

use crate::data_folder::DataFolder;
use crate::house::{self, House};

/// Replays a folder's journal; the status says whether the state is the same.
pub(crate) fn run(folder: &DataFolder) -> anyhow::Result<u8> {
    folder.require()?;
    house::block_on(async {
        let (House { journal, engine, .. }, _copy) = House::look(folder).await?;
        let from = engine.state().position();
        let replayed = hindsight::replay(&journal, &house::partition()).await?;
        // The other way to the same state: a snapshot, and what came after it.
        let desk = Desk::open(&journal, house::partition(), engine).await?;
        let (state, kept) = (replayed.engine.state().to_bytes(), desk.engine().state().to_bytes());
        println!(
            "{} commits, {} records, {} campaigns\nstate sha256 {}",
            replayed.commits,
            replayed.records,
            replayed.engine.state().campaigns().count(),
            digest(&state)
        );
        if state == kept {
            let how = from.map_or(
                "there is no snapshot to compare it with",
                |_| "the snapshot and what came after it give the same state, byte for byte",
            );
            println!("{how}");
            return Ok(0);
        }
        println!(
            "the snapshot and what came after it give another state: sha256 {}",
            digest(&kept)
        );
        Ok(1)
    })
}
