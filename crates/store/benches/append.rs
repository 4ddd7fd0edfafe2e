//! How many commits a second become durable: one small event each, by one appender, and by
//! many at once, each to a partition of its own as each appender waits for its last commit.
//!
//! The folder lies in the build's own, so that the disk measured is a real one and not memory.
//!
//! `cargo bench -p unhook-store --bench append`

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use unhook_app::journal::{
    Commit, CommitId, EncodedEvent, EventKind, Journal as _, Partition, Position,
};
use unhook_store::SqliteJournal;

/// Appends that each appender makes in one go.
const EACH: u64 = 8;

/// Bytes of an event: what a report of a text needs.
const PAYLOAD: usize = 300;

/// Ids as decisions have them: ordered by time, over all partitions.
fn next_id() -> CommitId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    CommitId::from_bytes(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}

struct Appender {
    partition: Partition,
    last: Option<Position>,
    event: EncodedEvent,
}

impl Appender {
    fn new(number: usize) -> Self {
        Self {
            partition: Partition::parse(&format!("appender-{number}")).expect("partition"),
            last: None,
            event: EncodedEvent {
                kind: EventKind::parse("received").expect("kind"),
                version: 1,
                payload: vec![b'x'; PAYLOAD],
            },
        }
    }

    async fn append_some(mut self, journal: Arc<SqliteJournal>) -> Self {
        for _ in 0..EACH {
            let commit = Commit { id: next_id(), events: vec![self.event.clone()] };
            let position = journal.append(&self.partition, self.last, &commit).await;
            self.last = Some(position.expect("append"));
        }
        self
    }
}

fn append_at_once(
    runtime: &Runtime,
    journal: &Arc<SqliteJournal>,
    appenders: Vec<Appender>,
) -> Vec<Appender> {
    runtime.block_on(async {
        let tasks = appenders.into_iter().map(|one| one.append_some(Arc::clone(journal)));
        tasks.collect::<JoinSet<_>>().join_all().await
    })
}

fn appends(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("runtime");
    let mut group = criterion.benchmark_group("durable appends");
    for count in [1, 64, 512] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("folder");
        let journal = Arc::new(SqliteJournal::open(folder.path()).expect("journal"));
        let mut appenders: Vec<_> = (0..count).map(Appender::new).collect();
        group.throughput(Throughput::Elements(count as u64 * EACH));
        group.bench_function(BenchmarkId::new("appenders", count), |bencher| {
            bencher.iter(|| {
                let idle = std::mem::take(&mut appenders);
                appenders = black_box(append_at_once(&runtime, &journal, idle));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, appends);
criterion_main!(benches);
