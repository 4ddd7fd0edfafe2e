//! The service over a real journal, real views and a real vault comes to the same as over
//! stand-ins.

use std::sync::Arc;

use proptest::prelude::*;
use unhook_app::journal::fake::FakeJournal;
use unhook_store::{SqliteJournal, SqliteVault, SqliteViews};

#[path = "../../app/tests/service/history.rs"]
mod history;
#[expect(dead_code, reason = "the tests of the service use more of it")]
#[path = "../../app/tests/service/house.rs"]
mod house;

use history::{any_history, happen};
use house::House;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 8,
        max_shrink_iters: 20,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_real_parts_come_to_the_same(history in any_history(), seed in any::<u64>()) {
        let mut plain = tokio::runtime::Builder::new_current_thread();
        let plain = plain.enable_time().start_paused(true).build().expect("a runtime");
        let house = House::<FakeJournal>::new();
        let expected = plain.block_on(happen(&house, &history, None));
        // Threads of their own write here, so time is real.
        let mut real = tokio::runtime::Builder::new_current_thread();
        let real = real.enable_time().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let journal = SqliteJournal::open(folder.path()).expect("a journal");
        let views = Arc::new(SqliteViews::open(folder.path()).expect("views"));
        let vault = Arc::new(SqliteVault::open(folder.path()).expect("a vault"));
        let house = House::with(journal, views, vault);
        let found = real.block_on(happen(&house, &history, Some(&expected)));
        prop_assert_eq!(found, expected.clone());
        // And the same parts of the real ones beside a journal that fails.
        let folder = tempfile::tempdir().expect("a folder");
        let views = Arc::new(SqliteViews::open(folder.path()).expect("views"));
        let vault = Arc::new(SqliteVault::open(folder.path()).expect("a vault"));
        let house = House::with(FakeJournal::unreliable(seed, 6), views, vault);
        let found = plain.block_on(happen(&house, &history, Some(&expected)));
        prop_assert_eq!(found, expected);
    }
}
