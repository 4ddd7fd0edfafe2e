//! What one look at a name costs, by what the name is, and what compiling the brands costs.
//!
//! Names are made up from syllables, so that the benchmark needs no data; figures on real
//! names are in `docs/benchmarks.md`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unhook_detect::Knowledge;
use unhook_detect::lookalike::{LookalikeIndex, host_of_line};
use unhook_model::Brand;

const SYLLABLES: [&str; 32] = [
    "ka", "lo", "mi", "ren", "tor", "vel", "san", "dro", "pi", "que", "ster", "bru", "ne", "wil",
    "ax", "ion", "gar", "ba", "li", "cor", "den", "fu", "ha", "jo", "mar", "no", "ra", "sul",
    "tan", "u", "ver", "zo",
];

/// A word that depends on its number alone.
fn word(number: u64, syllables: u32) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        SYLLABLES[(state % 32) as usize]
    };
    (0..syllables).map(|_| next()).collect()
}

fn brands(count: u64) -> Vec<Brand> {
    let brand = |number| {
        let name = word(number, 3 + (number % 2) as u32);
        let domains = vec![format!("{name}.com")];
        Brand { name, domains, ..Brand::default() }
    };
    (0..count).map(brand).collect()
}

fn index(brands: &[Brand]) -> LookalikeIndex {
    brands.iter().fold(LookalikeIndex::builder(), |builder, brand| builder.brand(brand)).build()
}

/// Names as they are registered: one in eight with a hyphen, one in two hundred a hit.
fn names(brands: &[Brand]) -> Vec<String> {
    let name = |number: u64| match number % 200 {
        0 => format!("{}-sso.com", brands[number as usize % brands.len()].name),
        n if n % 8 == 0 => format!("{}-{}.com", word(number + 7_000, 2), word(number + 9_000, 3)),
        _ => format!("{}.com", word(number + 100_000, 5)),
    };
    (0..4_000).map(name).collect()
}

fn examine(criterion: &mut Criterion) {
    let brands = brands(1_000);
    let index = index(&brands);
    let names = names(&brands);
    let mut group = criterion.benchmark_group("lookalikes");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("a list of names against 1000 brands", |bencher| {
        bencher.iter(|| {
            let hosts = names.iter().filter_map(|name| host_of_line(black_box(name.as_bytes())));
            hosts.filter_map(|host| index.examine(std::str::from_utf8(host).ok()?)).count()
        });
    });
    group.throughput(Throughput::Elements(1));
    for name in ["quietharbour.com", "two-hyphens-here.co.uk", "xn--bcher-kva.example"] {
        group.bench_function(name, |bencher| bencher.iter(|| index.examine(black_box(name))));
    }
    let hit = format!("my-{}-sso.com", brands[7].name);
    group.bench_function("a hit", |bencher| bencher.iter(|| index.examine(black_box(&hit))));
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let brands = brands(1_000);
    criterion.bench_function("compile 1000 brands", |bencher| bencher.iter(|| index(&brands)));
    criterion.bench_function("built-in knowledge", |bencher| bencher.iter(Knowledge::builtin));
    criterion.bench_function("built-in knowledge and its look-alikes", |bencher| {
        bencher.iter(|| Knowledge::builtin().lookalikes().examine("quietharbour.com").is_some());
    });
}

criterion_group!(benches, examine, compile);
criterion_main!(benches);
