//! The weights by which signals add up.
//!
//! A logistic regression over steps of signals and the text model's opinion. Weights start
//! at what the signals were written with, are pulled back there where data is thin, and
//! keep their sign: more of a bad thing never lowers a score.

use std::collections::BTreeMap;

use crate::score::BASE_RATE;
use crate::signals;

/// An example for the fusion.
pub(super) struct Row {
    pub(super) source: u16,
    pub(super) lure: bool,
    pub(super) business: bool,
    pub(super) written: bool,
    pub(super) weight: f64,
    pub(super) sights: Vec<(u16, u8)>,
    /// Parts of the text model's opinion, in the order of [`PARTS`].
    pub(super) opinion: Vec<f64>,
}

/// Parts of the text model's opinion: id, weight before anything is learned, sign.
const PARTS: [(&str, f64, f64); 3] = [
    ("text-model-for", 0.6, 1.0),
    ("text-model-against", 0.6, 1.0),
    ("promotion-model", -0.4, -1.0),
];

/// Rounds of gradient descent.
const ROUNDS: usize = 400;

/// Pull towards the written weights, as a share of all examples' weight.
const PULL: f64 = 0.002;

impl Row {
    /// The sum in nats.
    pub(super) fn score(&self, weights: &BTreeMap<String, f64>) -> f64 {
        let of = |id: &str| weights.get(id).copied().unwrap_or(0.0);
        let sights: f64 = self
            .sights
            .iter()
            .map(|(signal, steps)| {
                of(signals::ALL[usize::from(*signal)].id.as_str()) * f64::from(*steps)
            })
            .sum();
        let opinion: f64 =
            PARTS.iter().zip(&self.opinion).map(|((id, ..), value)| of(id) * value).sum();
        of(BASE_RATE.as_str()) + sights + opinion
    }

    fn features(&self) -> impl Iterator<Item = (usize, f64)> {
        let sights =
            self.sights.iter().map(|(signal, steps)| (usize::from(*signal), f64::from(*steps)));
        let opinion = self
            .opinion
            .iter()
            .enumerate()
            .map(|(part, value)| (signals::ALL.len() + part, *value));
        sights.chain(opinion)
    }
}

/// Learns the weights, and a base rate at which at most `false_alarms` of business texts
/// reach the threshold, the mean over sources.
pub(super) fn learn(rows: &[Row], false_alarms: f64) -> BTreeMap<String, f64> {
    let count = signals::ALL.len();
    let mut written: Vec<f64> = signals::ALL.iter().map(|signal| signal.weight.nats()).collect();
    written.extend(PARTS.iter().map(|(_, weight, _)| *weight));
    let mut signs: Vec<f64> =
        signals::ALL.iter().map(|signal| signal.weight.nats().signum()).collect();
    signs.extend(PARTS.iter().map(|(.., sign)| *sign));
    let learned = descend(rows, &written, &signs);
    let mut weights: BTreeMap<String, f64> = signals::ALL
        .iter()
        .zip(&learned)
        .map(|(signal, w)| (signal.id.as_str().to_owned(), round(*w)))
        .collect();
    weights.extend(
        PARTS.iter().zip(&learned[count..]).map(|((id, ..), w)| ((*id).to_owned(), round(*w))),
    );
    let base = base_rate(rows, &weights, false_alarms);
    weights.insert(BASE_RATE.as_str().to_owned(), round(base));
    weights
}

/// To a hundredth, as the score adds them.
fn round(weight: f64) -> f64 {
    (weight * 100.0).round() / 100.0
}

/// Projected gradient descent with a step per weight (AdaGrad).
fn descend(rows: &[Row], written: &[f64], signs: &[f64]) -> Vec<f64> {
    let mut weights = written.to_vec();
    let mut squares = vec![1e-6; weights.len()];
    let (mut bias, mut bias_square) = (0.0, 1e-6);
    let total = |lure: bool| -> f64 {
        rows.iter().filter(|r| r.lure == lure).map(|r| r.weight).sum::<f64>().max(1e-9)
    };
    let totals = (total(true), total(false));
    for _ in 0..ROUNDS {
        let mut slopes: Vec<f64> =
            weights.iter().zip(written).map(|(weight, start)| PULL * (weight - start)).collect();
        let mut bias_slope = 0.0;
        for row in rows {
            let sum: f64 = row.features().map(|(at, value)| weights[at] * value).sum();
            let share = row.weight / if row.lure { totals.0 } else { totals.1 };
            let error = (1.0 / (1.0 + (-bias - sum).exp()) - f64::from(u8::from(row.lure))) * share;
            bias_slope += error;
            row.features().for_each(|(at, value)| slopes[at] += error * value);
        }
        for (at, slope) in slopes.iter().enumerate() {
            squares[at] += slope * slope;
            weights[at] -= 0.1 * slope / f64::sqrt(squares[at]);
            if weights[at] * signs[at] < 0.0 {
                weights[at] = 0.0;
            }
        }
        bias_square += bias_slope * bias_slope;
        bias -= 0.1 * bias_slope / f64::sqrt(bias_square);
    }
    weights
}

/// Of so many texts one is a lure, for the probability that is stated: more than nine in ten
/// that people report are none.
const TEXTS_PER_LURE: f64 = 10.0;

/// The offset and slope that turn a score into the log-odds of a lure (Platt 1999), each
/// source and both answers weighing as they do in [`learn`], but lures rare.
pub(super) fn calibrate(rows: &[Row], weights: &BTreeMap<String, f64>) -> [f32; 2] {
    let total = |lure: bool| -> f64 {
        rows.iter().filter(|r| r.lure == lure).map(|r| r.weight).sum::<f64>().max(1e-9)
    };
    let shares = (1.0 / (TEXTS_PER_LURE * total(true)), 1.0 / total(false));
    let scores: Vec<(f64, bool, f64)> = rows
        .iter()
        .map(|row| {
            (row.score(weights), row.lure, row.weight * if row.lure { shares.0 } else { shares.1 })
        })
        .collect();
    let (mut offset, mut slope) = (0.0, 1.0);
    for _ in 0..ROUNDS {
        // Newton's method on two numbers: gradient, and the matrix of second derivatives.
        let (mut g, mut h) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
        for (score, lure, weight) in &scores {
            let p = 1.0 / (1.0 + f64::exp(-(offset + slope * score)));
            let error = (p - f64::from(u8::from(*lure))) * weight;
            let curve = p * (1.0 - p) * weight;
            g = [g[0] + error, g[1] + error * score];
            h = [h[0] + curve, h[1] + curve * score, h[2] + curve * score * score];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let step =
            [(h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant];
        if !(step[0].is_finite() && step[1].is_finite()) || step[0].abs() + step[1].abs() < 1e-9 {
            break;
        }
        offset -= step[0].clamp(-1.0, 1.0);
        slope = f64::max(slope - step[1].clamp(-0.2, 0.2), FLATTEST);
    }
    // Plus zero, so that no zero has a sign.
    [round(offset) as f32 + 0.0, round(slope) as f32]
}

/// The least slope: more evidence never makes a lure less likely.
const FLATTEST: f64 = 0.1;

/// The base rate at which the mean share of business texts at or above zero, over the
/// sources that were gathered, is `false_alarms`.
fn base_rate(rows: &[Row], weights: &BTreeMap<String, f64>, false_alarms: f64) -> f64 {
    let mut sizes = BTreeMap::new();
    let business = || rows.iter().filter(|row| row.business && !row.written);
    business().for_each(|row| *sizes.entry(row.source).or_insert(0.0) += 1.0);
    let sources = sizes.len().max(1) as f64;
    let mut scores: Vec<(f64, f64)> =
        business().map(|row| (row.score(weights), 1.0 / (sizes[&row.source] * sources))).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut share = 0.0;
    for (score, weight) in &scores {
        share += weight;
        if share > false_alarms {
            return -score - 0.01;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(lure: bool, opinion: f64) -> Row {
        let (source, business, written, weight) = (0, !lure, false, 1.0);
        let opinion = vec![opinion, 0.0, 0.0];
        Row { source, lure, business, written, weight, sights: Vec::new(), opinion }
    }

    #[test]
    fn what_says_nothing_is_as_likely_as_lures_are() {
        let rows: Vec<Row> = (0..20).map(|n| row(n % 2 == 0, 0.0)).collect();
        let [offset, _] = calibrate(&rows, &BTreeMap::new());
        assert!((offset - (1.0 / TEXTS_PER_LURE as f32).ln()).abs() < 0.02, "{offset}");
    }

    #[test]
    fn more_evidence_is_never_less_likely() {
        let weights = BTreeMap::from([("text-model-for".to_owned(), 1.0)]);
        let rows: Vec<Row> = (0..20).map(|n| row(n % 2 == 0, f64::from(n % 2))).collect();
        let [_, slope] = calibrate(&rows, &weights);
        assert!(slope > 0.0, "{slope}");
    }
}
