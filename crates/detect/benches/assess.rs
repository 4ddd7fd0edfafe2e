//! How fast a message is judged: messages a second, and the slowest one in a hundred.
//!
//! The mix is a guess at what a filter sees, two hundred texts: of a hundred, 45 genuine
//! notices and one-time codes, 30 of chat (four of fifteen not in Latin letters), 13 of
//! advertising, 10 lures and 2 lures in disguise. Notices and lures are the cases of
//! `corpus/cases`, the rest stands below. What is known is the whole built-in catalogue,
//! thousands of brands where the aim speaks of 200: more work, not less.
//!
//! `cargo bench -p unhook-detect --bench assess`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "a benchmark reads cases and the clock, and is no part of the crate"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unhook_detect::{Knowledge, assess};
use unhook_model::{Facts, Message, Sender};

/// Texts in the mix.
const TEXTS: usize = 200;

/// Times that the whole mix is judged for the percentiles.
const ROUNDS: usize = 200;

const CHAT: [&str; 15] = [
    "ok see you at 6",
    "Can you pick up milk on the way home? And bread if they have the dark one",
    "haha no way, did she really say that",
    "Running 10 min late, sorry! Start without me",
    "Happy birthday!! 🎉 Hope you have a lovely day",
    "The plumber came, he says the valve is fine but we need a new washer, 40 all in",
    "Did you see the game last night",
    "lol",
    "Thanks for dinner, the kids loved it. Next time at ours?",
    "on va au ciné ce soir? séance à 20h je crois",
    "Bin gleich da, stell schon mal die Nudeln auf",
    "Ты скоро? Мы уже в парке у входа",
    "晚上一起吃饭吗？我六点下班",
    "ถึงบ้านแล้วนะ ขอบคุณที่มาส่ง",
    "오늘 몇 시에 만날까? 나는 7시 이후면 괜찮아",
];

const PROMOTIONS: [&str; 6] = [
    "Brightwell: 20% off everything this weekend only! Show this text in store. Reply STOP to opt out",
    "New season is here. Free delivery on orders over 50 until Sunday: https://brightwell.example/new STOP to end",
    "Oakline Gym: bring a friend for free all of May. Ask at the desk or see oakline.example/may",
    "Dein Gutschein: 10 EUR ab 40 EUR Einkauf, nur bis Samstag. Abmelden mit STOP",
    "Soldes! -50% sur les chaussures jusqu'à dimanche. STOP au 36000",
    "Liebe Kundin, unser Sommerfest ist am 12.7., für Kaffee und Kuchen ist gesorgt. Ihr Team der Halden Apotheke",
];

/// What the mix is made of, and how many of a hundred texts.
fn shares() -> [(Vec<Message>, usize); 5] {
    let plain = |texts: &[&str]| texts.iter().map(|text| Message::from_body(*text)).collect();
    let lures = [cases("lures"), cases("workplace")].concat();
    [
        (cases("genuine"), 45),
        (plain(&CHAT), 30),
        (plain(&PROMOTIONS), 13),
        (lures, 10),
        (cases("disguises"), 2),
    ]
}

fn cases(name: &str) -> Vec<Message> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/cases");
    let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).expect("cases");
    let file: toml::Table = toml::from_str(&text).expect("TOML");
    let cases = file["case"].as_array().expect("a list of cases");
    let text_of = |case: &toml::Value, key: &str| case.get(key)?.as_str().map(str::to_owned);
    let message = |case| Message {
        sender: text_of(case, "sender").and_then(|sender| Sender::parse(&sender)),
        ..Message::from_body(text_of(case, "text").expect("a text"))
    };
    cases.iter().map(message).collect()
}

fn mix() -> Vec<Message> {
    let shares = shares();
    let parts = shares
        .iter()
        .flat_map(|(messages, share)| messages.iter().cycle().take(share * TEXTS / 100).cloned());
    parts.collect()
}

fn throughput(criterion: &mut Criterion) {
    let (mix, facts, knowledge) = (mix(), Facts::default(), knowledge());
    let mut group = criterion.benchmark_group("assess");
    group.throughput(Throughput::Elements(mix.len() as u64));
    group.bench_function("mix", |bencher| {
        bencher.iter(|| {
            for message in &mix {
                let _ = black_box(assess(black_box(message), &facts, &knowledge));
            }
        });
    });
    group.finish();
    percentiles(&mix, &facts, &knowledge);
}

/// Prints how long single messages take, the clock's own time with them.
fn percentiles(mix: &[Message], facts: &Facts, knowledge: &Knowledge) {
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS * mix.len());
    for _ in 0..ROUNDS {
        for message in mix {
            let start = Instant::now();
            let _ = black_box(assess(black_box(message), facts, knowledge));
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 1000];
    println!(
        "assess/one of {} calls: p50 {:?}, p90 {:?}, p99 {:?}, p99.9 {:?}",
        times.len(),
        at(500),
        at(900),
        at(990),
        at(999)
    );
}

/// The built-in knowledge, with its index of brands compiled.
fn knowledge() -> Knowledge {
    let knowledge = Knowledge::builtin();
    let _ = knowledge.lookalikes();
    knowledge
}

criterion_group!(benches, throughput);
criterion_main!(benches);
