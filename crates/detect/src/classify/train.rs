//! Learns the text model and the weights of all signals from labelled examples.
//!
//! Everything is deterministic: the same examples in the same order and the same seed give
//! the same bytes. Three rules keep the model from learning the corpus instead of the
//! crime. Each source weighs alike by the root of its size, not by its size. The weights of
//! the signals are learned on what the text model says of sources *it was not trained on*,
//! so it is trusted as far as it can be on a source never seen. And no signal's weight may
//! change its sign.
//!
//! [`learn`] is the way in; [`sgd`] learns a linear head, [`fusion`] the weights of signals.

mod fusion;
mod sgd;

use std::collections::{BTreeMap, BTreeSet};

use unhook_model::{Facts, Message, ScamKind};

use super::features;
use super::model::{BUCKETS, KIND_BUCKETS, KINDS, Model, bucket};
use crate::knowledge::Knowledge;
use crate::score::opinion_features;
use crate::signals::{self, Scene, Sight};
use sgd::{Document, Head};

/// What is known of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// A lure.
    Lure,
    /// Advertising, wanted or not.
    Promotion,
    /// Neither: an alert, code or notice of a firm or office.
    Business,
    /// Neither: an inbox of notices of every kind, advertising that its owner kept among them.
    Inbox,
    /// Neither, from a person.
    Personal,
    /// A lure or advertising, its source does not say which. The model decides, once it
    /// has learned from the others, and where it cannot the example is left out.
    LureOrPromotion,
}

/// One labelled message.
#[derive(Clone, Debug)]
pub struct Example {
    /// The message.
    pub message: Message,
    /// Where it comes from: messages of one source share habits that are no evidence.
    pub source: String,
    /// Sources gathered in the same place share a family: they are left out together.
    pub family: String,
    /// What it is.
    pub label: Label,
    /// Which scam, where the source says.
    pub kind: Option<ScamKind>,
    /// Whether it was written for training, not gathered: it teaches words, but says nothing
    /// of how often a genuine text is flagged.
    pub written: bool,
}

/// What was learned, and how it did on sources left out.
#[derive(Debug)]
pub struct Learned {
    /// The model.
    pub model: Model,
    /// For each source: examples, and the share of lures that reach the threshold (or of
    /// others that wrongly do) when the text model has not seen that source.
    pub left_out: BTreeMap<String, LeftOut>,
}

/// How one source did when it was left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeftOut {
    /// Lures, and those of them at or above the threshold.
    pub lures: (u32, u32),
    /// Genuine texts of firms and offices, and those of them at or above the threshold.
    pub business: (u32, u32),
    /// All others, and those of them at or above the threshold.
    pub others: (u32, u32),
}

/// At the shipped threshold, at most this share of genuine alerts, codes and notices of a
/// source left out may be called suspicious, the mean over the gathered sources: below the
/// one in a hundred that is promised.
pub const FALSE_ALARMS: f64 = 0.009;

/// An example of unknown kind is taken for a lure above the first probability and for
/// advertising below the second.
const DECIDED: (f32, f32) = (0.75, 0.2);

/// Learns from examples. `origin` is recorded in the model file: seed, data, digests.
#[must_use]
pub fn learn(
    examples: impl Iterator<Item = Example>,
    knowledge: &Knowledge,
    seed: u64,
    origin: Vec<(String, String)>,
) -> Learned {
    let mut corpus = Corpus::read(examples, knowledge);
    corpus.decide_undecided(seed);
    let opinions = corpus.opinions_when_left_out(seed);
    let rows = corpus.rows(&opinions);
    let weights = fusion::learn(&rows, FALSE_ALARMS);
    let lure = sgd::learn(&corpus.documents(Label::is_lure), BUCKETS, seed);
    let promotion = sgd::learn(&corpus.documents(Label::is_promotion), BUCKETS, seed);
    let kinds = corpus.learn_kinds(seed);
    let mut model = Model::assemble(
        origin,
        [lure.bias, promotion.bias],
        [&lure.weights, &promotion.weights],
        &kinds,
    );
    let left_out = corpus.left_out(&rows, &weights);
    let calibration = fusion::calibrate(&rows, &weights);
    model.set_fusion(weights, calibration);
    Learned { model, left_out }
}

impl Label {
    fn is_lure(self) -> bool {
        self == Self::Lure
    }

    fn is_promotion(self) -> bool {
        self == Self::Promotion
    }
}

/// An example as numbers.
struct Reading {
    features: Vec<u32>,
    words: Vec<u32>,
    /// Signals that fired, with their steps.
    sights: Vec<(u16, u8)>,
    source: u16,
    label: Label,
    kind: Option<ScamKind>,
    written: bool,
}

struct Corpus {
    readings: Vec<Reading>,
    sources: Vec<String>,
    /// The family of each source.
    families: Vec<String>,
}

impl Corpus {
    fn read(examples: impl Iterator<Item = Example>, knowledge: &Knowledge) -> Self {
        let mut corpus = Self { readings: Vec::new(), sources: Vec::new(), families: Vec::new() };
        for example in examples {
            let known = corpus.sources.iter().position(|source| *source == example.source);
            let source = known.unwrap_or_else(|| {
                corpus.sources.push(example.source.clone());
                corpus.families.push(example.family.clone());
                corpus.sources.len() - 1
            });
            corpus.readings.push(read(&example, source as u16, knowledge));
        }
        corpus
    }

    /// Documents for one head, each source weighing by the root of its size and both
    /// answers weighing alike.
    fn documents(&self, is_positive: impl Fn(Label) -> bool) -> Vec<Document<'_>> {
        let mut sizes = BTreeMap::new();
        let decided = || self.readings.iter().filter(|r| r.label != Label::LureOrPromotion);
        for reading in decided() {
            *sizes.entry((reading.source, reading.label)).or_insert(0_f32) += 1.0;
        }
        let weight = |reading: &Reading| 1.0 / sizes[&(reading.source, reading.label)].sqrt();
        let sum = |positive: bool| -> f32 {
            decided().filter(|r| is_positive(r.label) == positive).map(weight).sum()
        };
        let (positive, negative) = (sum(true).max(1.0), sum(false).max(1.0));
        let total = decided().count() as f32;
        decided()
            .map(|reading| {
                let answer = is_positive(reading.label);
                let share = weight(reading) / if answer { positive } else { negative };
                Document {
                    features: &reading.features,
                    source: reading.source,
                    answer,
                    weight: share * total / 2.0,
                }
            })
            .collect()
    }

    /// Lets a model of the decided examples decide the others.
    fn decide_undecided(&mut self, seed: u64) {
        let head = sgd::learn(&self.documents(Label::is_lure), BUCKETS, seed);
        for reading in self.readings.iter_mut().filter(|r| r.label == Label::LureOrPromotion) {
            let probability = sgd::logistic(head.score(&reading.features));
            if probability > DECIDED.0 {
                reading.label = Label::Lure;
            } else if probability < DECIDED.1 {
                reading.label = Label::Promotion;
            }
        }
    }

    /// What text models that never saw its source, nor one of its family, say of each
    /// example: lure, promotion.
    fn opinions_when_left_out(&self, seed: u64) -> Vec<[f32; 2]> {
        let mut opinions = vec![[0.0; 2]; self.readings.len()];
        let heads = [self.documents(Label::is_lure), self.documents(Label::is_promotion)];
        let families: BTreeSet<&String> = self.families.iter().collect();
        for family in families {
            let is_out = |source: u16| self.families[usize::from(source)] == *family;
            for (place, documents) in heads.iter().enumerate() {
                let rest: Vec<Document<'_>> =
                    documents.iter().filter(|d| !is_out(d.source)).cloned().collect();
                let head: Head = sgd::learn(&rest, BUCKETS, seed);
                for (reading, opinion) in self.readings.iter().zip(&mut opinions) {
                    if is_out(reading.source) {
                        opinion[place] = head.score(&reading.features);
                    }
                }
            }
        }
        opinions
    }

    /// What the weights of signals are learned from.
    fn rows(&self, opinions: &[[f32; 2]]) -> Vec<fusion::Row> {
        let mut sizes = BTreeMap::new();
        for reading in &self.readings {
            *sizes.entry((reading.source, reading.label)).or_insert(0_f64) += 1.0;
        }
        let rows =
            self.readings.iter().zip(opinions).filter(|(r, _)| r.label != Label::LureOrPromotion);
        rows.map(|(reading, [lure, promotion])| {
            let opinion = super::Opinion { lure: *lure, promotion: *promotion };
            let parts = opinion_features(opinion).into_iter().flat_map(|(_, parts)| parts);
            fusion::Row {
                source: reading.source,
                lure: reading.label.is_lure(),
                business: reading.label == Label::Business,
                written: reading.written,
                weight: 1.0 / sizes[&(reading.source, reading.label)].sqrt(),
                sights: reading.sights.clone(),
                opinion: parts.filter(|(id, _)| !id.is_empty()).map(|(_, value)| value).collect(),
            }
        })
        .collect()
    }

    fn left_out(
        &self,
        rows: &[fusion::Row],
        weights: &BTreeMap<String, f64>,
    ) -> BTreeMap<String, LeftOut> {
        let mut left_out: BTreeMap<String, LeftOut> = BTreeMap::new();
        for row in rows {
            let of_source =
                left_out.entry(self.sources[usize::from(row.source)].clone()).or_default();
            let reached = u32::from(row.score(weights) >= 0.0);
            let counts = match (row.lure, row.business) {
                (true, _) => &mut of_source.lures,
                (_, true) => &mut of_source.business,
                _ => &mut of_source.others,
            };
            counts.0 += 1;
            counts.1 += reached;
        }
        left_out
    }

    /// One head per kind, against all other lures.
    fn learn_kinds(&self, seed: u64) -> Vec<f32> {
        let mut table = vec![0.0; KIND_BUCKETS * KINDS];
        for (kind, _) in ScamKind::ALL {
            let documents: Vec<Document<'_>> = self
                .readings
                .iter()
                .filter_map(|reading| {
                    let answer = reading.kind? == kind;
                    let weight = if answer { 4.0 } else { 1.0 };
                    Some(Document {
                        features: &reading.words,
                        source: reading.source,
                        answer,
                        weight,
                    })
                })
                .collect();
            if documents.iter().any(|document| document.answer) {
                let head = sgd::learn(&documents, KIND_BUCKETS, seed);
                for (row, weight) in head.weights.iter().enumerate() {
                    table[row * KINDS + kind as usize] = *weight;
                }
            }
        }
        table
    }
}

fn read(example: &Example, source: u16, knowledge: &Knowledge) -> Reading {
    let facts = Facts::default();
    let scene = Scene::read(&example.message, &facts, knowledge);
    let mut all = Vec::new();
    features::for_each(scene.words(), |feature, _| all.push(bucket(feature, BUCKETS) as u32));
    let mut words = Vec::new();
    features::for_each_word(scene.words(), |feature| {
        words.push(bucket(feature, KIND_BUCKETS) as u32)
    });
    let sights =
        (0_u16..).zip(signals::ALL).filter_map(|(index, signal)| match (signal.look)(&scene) {
            Sight::Seen { steps, .. } => Some((index, steps)),
            Sight::Nothing | Sight::Unavailable => None,
        });
    Reading {
        features: all,
        words,
        sights: sights.collect(),
        source,
        label: example.label,
        kind: example.kind,
        written: example.written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(source: &str, label: Label, body: &str) -> Example {
        let (source, family) = (source.to_owned(), source.to_owned());
        let message = Message::from_body(body);
        Example { message, source, family, label, kind: None, written: false }
    }

    fn corpus() -> Vec<Example> {
        let mut examples = Vec::new();
        for source in ["one", "two", "three"] {
            for n in 0..12 {
                examples.push(example(
                    source,
                    Label::Lure,
                    &format!("verify the parcel fee {n}00 at https://a{n}.example.com"),
                ));
                examples.push(example(
                    source,
                    Label::Business,
                    &format!("your table for {n} is booked, see you then"),
                ));
                examples.push(example(source, Label::Personal, &format!("lol ok see you at {n}")));
            }
        }
        examples
    }

    #[test]
    fn the_same_examples_give_the_same_bytes_and_they_work() {
        let knowledge = Knowledge::builtin();
        let learned = learn(corpus().into_iter(), &knowledge, 7, Vec::new());
        let again = learn(corpus().into_iter(), &knowledge, 7, Vec::new());
        assert_eq!(learned.model.write(), again.model.write());
        let opinion = |text: &str| learned.model.opinion(&crate::text::Text::read(text).words).lure;
        assert!(opinion("verify your parcel fee") > 0.0);
        assert!(opinion("see you at the table") < 0.0);
    }

    #[test]
    fn no_weight_changes_its_sign() {
        let learned = learn(corpus().into_iter(), &Knowledge::builtin(), 7, Vec::new());
        for signal in signals::ALL {
            let weight = learned.model.fusion_weight(signal.id.as_str()).unwrap();
            let written = signal.weight.nats();
            assert!(weight * written >= 0.0, "{}: {written} became {weight}", signal.id.as_str());
        }
    }
}
