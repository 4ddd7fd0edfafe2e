//! What it costs to add one text to an index that holds a hundred thousand, and one report to
//! an engine that holds as many.
//!
//! Texts are made up of words that are made up of syllables, so that the benchmark needs no
//! data: twenty words of a vocabulary of two thousand. The hostile ones share a footer as long as
//! the rest, so that every run of their sketches is crowded.
//!
//! `cargo bench -p unhook-engine --bench near`

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use unhook_detect::text::hashing::mix;
use unhook_detect::text::{LONGEST_TEXT, Text};
use unhook_engine::{Engine, Indicator, Input, NearTexts, Received, TextSketch};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

/// Texts in the index.
const TEXTS: u64 = 100_000;

const SYLLABLES: [&str; 16] = [
    "ka", "lom", "mi", "ren", "tor", "vel", "san", "dro", "pi", "que", "ster", "bru", "nel", "wil",
    "gar", "zo",
];

/// A word of the vocabulary.
fn word(number: u64) -> String {
    let syllable = |at| SYLLABLES[(mix(number % 2_000 + 1) >> at) as usize % SYLLABLES.len()];
    [8, 16, 24].map(syllable).concat()
}

fn text(number: u64, words: u64) -> String {
    let words: Vec<String> = (0..words).map(|at| word(mix(number ^ mix(at + 1)))).collect();
    words.join(" ")
}

fn sketch(body: &str) -> TextSketch {
    TextSketch::of(&Text::read(body)).expect("it has words")
}

fn ordinary(number: u64) -> TextSketch {
    sketch(&text(number, 20))
}

fn hostile(number: u64) -> TextSketch {
    sketch(&format!("{} {}", text(number, 10), text(TEXTS * 9, 12)))
}

fn sketching(criterion: &mut Criterion) {
    let long = text(7, 2_000);
    let texts = [("160 characters", text(7, 20)), ("4096 bytes", long[..LONGEST_TEXT].to_owned())];
    for (name, body) in &texts {
        let read = Text::read(body);
        let name = format!("sketch of {name}");
        criterion
            .bench_function(&name, |bencher| bencher.iter(|| TextSketch::of(black_box(&read))));
    }
}

fn adding(criterion: &mut Criterion) {
    for (name, make) in [("ordinary", ordinary as fn(u64) -> TextSketch), ("hostile", hostile)] {
        let mut index = NearTexts::new();
        for number in 0..TEXTS {
            index.insert(number, make(number));
        }
        assert_eq!(index.kept() as u64, TEXTS);
        let mut next = TEXTS;
        criterion.bench_function(&format!("add one, {name}"), |bencher| {
            let setup = || {
                next += 1;
                (next, make(next))
            };
            let add = |(id, sketch)| index.insert(id, sketch);
            bencher.iter_batched(setup, add, BatchSize::SmallInput);
        });
        let known = make(TEXTS / 2);
        criterion.bench_function(&format!("add one again, {name}"), |bencher| {
            bencher.iter(|| index.insert(0, black_box(known)));
        });
    }
}

/// A report of a text, one in ten of which others report too, with a domain of a thousand.
fn report(number: u64) -> Input {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    let domain = Hostname::parse(&format!("lure-{}.example", number % 1000)).expect("a host");
    let received = Received {
        report: ReportId::from_bytes(bytes),
        at: Timestamp::from_unix_ms(number as i64 * 1000),
        reporter: Some(PersonId::from_bytes([(number % 250) as u8; 16])),
        sketch: Some(ordinary(if number.is_multiple_of(10) { number % 5000 } else { number })),
        indicators: vec![Indicator::Domain(domain)],
    };
    let fresh = CampaignId::from_bytes(bytes);
    Input::Report { received, verdict: Verdict::Suspicious, fresh }
}

fn deciding(criterion: &mut Criterion) {
    let mut engine = Engine::default();
    let take = |engine: &mut Engine, number: u64, input: &Input| {
        let events = engine.decide(input).expect("reports are not refused");
        engine.apply(number, &events);
    };
    for number in 0..TEXTS {
        take(&mut engine, number, &report(number));
    }
    let mut next = TEXTS;
    criterion.bench_function("decide on a report and fold it", |bencher| {
        let setup = || {
            next += 1;
            (next, report(next))
        };
        let add = |(number, input)| take(&mut engine, number, &input);
        bencher.iter_batched(setup, add, BatchSize::SmallInput);
    });
}

criterion_group!(benches, sketching, adding, deciding);
criterion_main!(benches);
