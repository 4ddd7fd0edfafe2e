//! The index beside a naive one that compares all pairs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use unhook_detect::text::Text;
use unhook_engine::{Near, NearTexts, Similarity, TextSketch};

/// Every text there was, each compared with the one asked for.
#[derive(Default)]
struct Naive {
    texts: Vec<(usize, TextSketch)>,
}

impl Naive {
    fn nearest(&self, sketch: &TextSketch) -> Option<Near<usize>> {
        let compared = self
            .texts
            .iter()
            .map(|(id, other)| Near { id: *id, similarity: other.similarity(sketch) });
        let near = compared.filter(|near| near.similarity >= Similarity::NEAR);
        near.max_by_key(|near| (near.similarity, std::cmp::Reverse(near.id)))
    }
}

fn sketch(body: &str) -> TextSketch {
    TextSketch::of(&Text::read(body)).expect("it has words")
}

/// Words that are not in any lexicon, so that nothing is put in order.
fn words(seed: usize, count: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ka", "lom", "mi", "ren", "tor", "vel", "san", "dro", "pi", "que", "ster", "bru", "nel",
        "wil", "gar", "zo",
    ];
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut syllable = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        SYLLABLES[(state >> 40) as usize % SYLLABLES.len()]
    };
    let words: Vec<String> =
        (0..count).map(|_| [syllable(), syllable(), syllable()].concat()).collect();
    words.join(" ")
}

/// A text of one of six templates, filled with a number, a link and a name.
fn filled(template: usize, fill: usize) -> String {
    let names = ["Ann", "Bob", "Eve", "Joe"];
    let name = names[fill % names.len()];
    let (body, host) = (words(template, 20), words(fill + 900, 1));
    format!("Hi {name}, {body} {fill} https://{host}.example/{fill}")
}

/// Which texts are grouped: for each the first of its group.
fn groups(texts: &[(usize, usize)]) -> BTreeMap<(usize, usize), usize> {
    let mut index = NearTexts::new();
    let mut group_of: Vec<usize> = Vec::new();
    for (number, (template, fill)) in texts.iter().enumerate() {
        let near = index.insert(number, sketch(&filled(*template, *fill)));
        group_of.push(near.map_or(number, |near| group_of[near.id]));
    }
    texts.iter().copied().zip(group_of).collect()
}

/// A sketch and ones that differ from it in so many bytes.
fn varied() -> impl Strategy<Value = Vec<TextSketch>> {
    let seeds = prop::collection::vec((0_u8..3, 0_usize..40, any::<u64>()), 1..40);
    seeds
        .prop_map(|seeds| seeds.into_iter().map(|(base, n, seed)| variant(base, n, seed)).collect())
}

fn variant(base: u8, changed: usize, seed: u64) -> TextSketch {
    let mut bytes = sketch(&words(base.into(), 20)).to_bytes();
    let mut state = seed | 1;
    for _ in 0..changed {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        bytes[1 + (state >> 57) as usize] = (state >> 40) as u8;
    }
    TextSketch::from_bytes(&bytes).expect("it is a sketch")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_text_always_joins(bodies in prop::collection::vec(any::<String>(), 1..20)) {
        let mut index = NearTexts::new();
        for (id, body) in bodies.iter().enumerate() {
            let Some(sketch) = TextSketch::of(&Text::read(body)) else { continue };
            index.insert(id, sketch);
            prop_assert!(index.nearest(&sketch).is_some());
        }
    }

    /// It never says more than the naive one; it says the same of what it keeps; and where the
    /// naive one finds a text very near, it finds one near.
    #[test]
    fn it_agrees_with_the_naive_one(sketches in varied()) {
        let (mut index, mut all, mut kept) = (NearTexts::new(), Naive::default(), Naive::default());
        for (id, sketch) in sketches.into_iter().enumerate() {
            let (of_all, of_kept) = (all.nearest(&sketch), kept.nearest(&sketch));
            let before = index.kept();
            let found = index.insert(id, sketch);
            prop_assert!(found.map(|near| near.similarity) <= of_all.map(|near| near.similarity));
            let certain = of_kept.is_some_and(|near| near.similarity.share() > 0.83);
            if certain {
                prop_assert_eq!(found, of_kept);
            }
            if of_all.is_some_and(|near| near.similarity.share() > 0.9) {
                prop_assert!(found.is_some());
            }
            all.texts.push((id, sketch));
            if index.kept() > before {
                kept.texts.push((id, sketch));
            }
        }
    }

    #[test]
    fn templates_are_grouped_in_any_order(
        texts in prop::collection::btree_set((0_usize..6, 0_usize..1_000), 2..40),
        seed in any::<u64>(),
    ) {
        let texts: Vec<(usize, usize)> = texts.into_iter().collect();
        let mut other = texts.clone();
        other.sort_by_key(|(template, fill)| (*fill as u64 ^ seed, *template));
        for order in [texts, other] {
            let groups = groups(&order);
            for (one, group) in &groups {
                for (other, other_group) in &groups {
                    prop_assert_eq!(one.0 == other.0, group == other_group);
                }
            }
        }
    }
}
