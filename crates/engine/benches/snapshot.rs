//! What it costs to keep an engine that holds three hundred thousand reports, and to open it
//! again.
//!
//! One report in three has a text of its own, the others one of thirty thousand; all have a
//! domain of ten thousand. It says how many bytes the snapshot has.
//!
//! `cargo bench -p unhook-engine --bench snapshot`
#![expect(clippy::disallowed_macros, reason = "a program that measures says what it measured")]

use criterion::{Criterion, criterion_group, criterion_main};
use unhook_detect::text::hashing::mix;
use unhook_engine::{Engine, Indicator, Input, Received, TextSketch};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

/// Reports in the engine.
const REPORTS: u64 = 300_000;

/// A sketch unlike those of other numbers.
fn sketch(number: u64) -> TextSketch {
    let mut bytes = [1; TextSketch::BYTES];
    for (at, byte) in bytes.iter_mut().enumerate().skip(1) {
        *byte = mix(number ^ mix(at as u64)) as u8;
    }
    TextSketch::from_bytes(&bytes).expect("it has the length and the version of a sketch")
}

fn report(number: u64) -> Input {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    let domain = Hostname::parse(&format!("lure-{}.example", number % 10_000)).expect("a host");
    let text = if number.is_multiple_of(3) { number } else { REPORTS + mix(number) % 30_000 };
    let received = Received {
        report: ReportId::from_bytes(bytes),
        at: Timestamp::from_unix_ms(number as i64 * 1000),
        reporter: Some(PersonId::from_bytes([(number % 250) as u8; 16])),
        sketch: Some(sketch(text)),
        indicators: vec![Indicator::Domain(domain)],
    };
    let verdict = if number.is_multiple_of(5) { Verdict::Suspicious } else { Verdict::Benign };
    Input::Report { received, verdict, fresh: CampaignId::from_bytes(bytes) }
}

fn keeping(criterion: &mut Criterion) {
    let mut engine = Engine::default();
    for number in 0..REPORTS {
        let events = engine.decide(&report(number)).expect("reports are not refused");
        engine.apply(number, &events);
    }
    let bytes = engine.snapshot();
    println!("{} bytes for {REPORTS} reports", bytes.len());
    let mut group = criterion.benchmark_group("snapshot of 300,000 reports");
    group.sample_size(10);
    group.bench_function("make", |bencher| bencher.iter(|| engine.snapshot()));
    group.bench_function("open", |bencher| {
        let open = || Engine::from_snapshot(&bytes).expect("it was just made");
        bencher.iter_with_large_drop(open);
    });
}

criterion_group!(benches, keeping);
criterion_main!(benches);
