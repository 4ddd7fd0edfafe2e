//! What the vault costs: somebody met a moment ago, a stranger alone, many strangers at once,
//! sealing and opening a text. Run with `cargo bench -p unhook-store --bench vault`; what a
//! disk's sync costs is the disk's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unhook_app::{Contact, People as _};
use unhook_model::Timestamp;
use unhook_store::SqliteVault;

const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

/// Strangers who write at the same time.
const AT_ONCE: u64 = 1_000;

static NEXT: AtomicU64 = AtomicU64::new(0);

fn stranger() -> Contact {
    Contact::Account(format!("stranger {}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn bench(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("folder");
    let vault = Arc::new(SqliteVault::open(folder.path()).expect("vault"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let contact = stranger();
    let person = runtime.block_on(vault.meet(&contact, NOW)).expect("meet").id;

    criterion.bench_function("meet somebody known", |bencher| {
        bencher.iter(|| runtime.block_on(vault.meet(&contact, NOW)).expect("meet"));
    });
    let text = [b'x'; 400];
    criterion.bench_function("seal 400 bytes", |bencher| {
        bencher.iter(|| vault.seal(person, &text).expect("seal"));
    });
    let sealed = vault.seal(person, &text).expect("seal").expect("a key");
    criterion.bench_function("unseal 400 bytes", |bencher| {
        bencher.iter(|| vault.unseal(person, &sealed).expect("unseal"));
    });
    criterion.bench_function("mark", |bencher| {
        bencher.iter(|| vault.mark("sender", "+12015550123"));
    });
    criterion.bench_function("meet a stranger", |bencher| {
        bencher.iter(|| runtime.block_on(vault.meet(&stranger(), NOW)).expect("meet"));
    });
    let mut group = criterion.benchmark_group("many");
    group.throughput(Throughput::Elements(AT_ONCE)).sample_size(20);
    group.bench_function("meet 1,000 strangers at once", |bencher| {
        bencher.iter(|| runtime.block_on(at_once(&vault)));
    });
    group.finish();
}

async fn at_once(vault: &Arc<SqliteVault>) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let vault = Arc::clone(vault);
        tasks.spawn(async move { vault.meet(&stranger(), NOW).await.expect("meet") });
    }
    while let Some(met) = tasks.join_next().await {
        met.expect("no task panics");
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
