//! Whatever goes wrong on the way, the same history comes to the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use unhook_app::journal::fake::FakeJournal;

use crate::history::{any_history, happen};
use crate::house::House;

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 24,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn faults_change_nothing(history in any_history(), seed in any::<u64>()) {
        let expected = run(happen(&House::new(), &history, None));
        let house = House::over(FakeJournal::unreliable(seed, 4));
        let found = run(happen(&house, &history, Some(&expected)));
        prop_assert_eq!(found, expected);
        // Nothing goes out twice.
        let mut sent = BTreeMap::new();
        for (id, ..) in house.phone.sent() {
            *sent.entry(id).or_insert(0) += 1;
        }
        prop_assert!(sent.values().all(|count| *count == 1), "{:?}", sent);
    }
}
