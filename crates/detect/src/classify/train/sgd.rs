//! One linear head, learned by stochastic gradient descent.

use crate::classify::model::norm;
use crate::text::hashing::mix;

/// An example for one head.
#[derive(Clone)]
pub(super) struct Document<'r> {
    pub(super) features: &'r [u32],
    pub(super) source: u16,
    pub(super) answer: bool,
    pub(super) weight: f32,
}

/// A learned head.
pub(super) struct Head {
    pub(super) weights: Vec<f32>,
    pub(super) bias: f32,
}

impl Head {
    /// In nats, for a positive answer when positive.
    pub(super) fn score(&self, features: &[u32]) -> f32 {
        let sum: f32 = features.iter().map(|feature| self.weights[*feature as usize]).sum();
        self.bias + sum * norm(features.len() as u32)
    }
}

/// Times every example is seen.
const EPOCHS: u64 = 5;

/// Step length of AdaGrad (Duchi, Hazan, Singer 2011).
const STEP: f32 = 0.25;

/// Pull of every touched weight towards zero, per visit.
const DECAY: f32 = 2e-5;

/// The most that one example may weigh against another.
const HEAVIEST: f32 = 12.0;

/// Learns a head by logistic regression.
pub(super) fn learn(documents: &[Document<'_>], buckets: usize, seed: u64) -> Head {
    let mut head = Head { weights: vec![0.0; buckets], bias: 0.0 };
    let mut squares = vec![1e-3_f32; buckets];
    let mut order: Vec<u32> = (0..documents.len() as u32).collect();
    let mut bias_squares = 1.0_f32;
    for epoch in 0..EPOCHS {
        order.sort_by_key(|index| mix(seed ^ epoch << 40 ^ u64::from(*index)));
        for index in &order {
            let document = &documents[*index as usize];
            let unit = norm(document.features.len() as u32);
            let target = if document.answer { 1.0 } else { 0.0 };
            let error =
                (logistic(head.score(document.features)) - target) * document.weight.min(HEAVIEST);
            let gradient = error * unit;
            for feature in document.features {
                let at = *feature as usize;
                let slope = gradient + DECAY * head.weights[at];
                squares[at] += slope * slope;
                head.weights[at] -= STEP * slope / squares[at].sqrt();
            }
            bias_squares += error * error;
            head.bias -= STEP * error / bias_squares.sqrt();
        }
    }
    head
}

/// The probability that these log-odds stand for.
pub(super) fn logistic(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}
