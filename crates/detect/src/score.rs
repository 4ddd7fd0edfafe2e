//! From sights to a score, and from a score to a verdict.

use std::borrow::Cow;

use unhook_model::{Evidence, LogOdds, SignalId, Verdict};

use crate::classify::{Model, Opinion};
use crate::signals::{self, Scene, Sight};

/// A score from which a message is worth a second look. Training sets the base rate so that
/// hardly a genuine notice reaches it.
pub const SUSPICIOUS: LogOdds = LogOdds::from_hundredths(0);

/// A score from which a message is called a lure: the evidence is eleven times stronger.
pub const MALICIOUS: LogOdds = LogOdds::from_hundredths(240);

/// The id under which the text model gives evidence.
pub const TEXT_MODEL: SignalId = SignalId::new("text-model");

/// The id under which the model's view of advertising gives evidence.
pub const PROMOTION_MODEL: SignalId = SignalId::new("promotion-model");

/// The id of what is assumed before anything is seen.
pub const BASE_RATE: SignalId = SignalId::new("base-rate");

/// Beyond this the text model's opinion counts no further, in nats either way: it is one
/// witness among others.
pub const STRONGEST_OPINION: f32 = 6.0;

/// What everything seen adds up to.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The evidence, in the order the signals look, the base rate first.
    pub evidence: Vec<Evidence>,
    /// Signals that had nothing to look at.
    pub unavailable: Vec<SignalId>,
}

impl Tally {
    /// Lets every signal and the text model look.
    #[must_use]
    pub fn of(scene: &Scene<'_>, opinion: Opinion) -> Self {
        let model = scene.knowledge.model();
        let mut tally = Self { evidence: Vec::with_capacity(12), unavailable: Vec::new() };
        tally.add(
            BASE_RATE,
            weight(model, BASE_RATE, LogOdds::ZERO),
            None,
            "before anything is seen".into(),
        );
        for signal in signals::ALL {
            match (signal.look)(scene) {
                Sight::Nothing => {}
                Sight::Unavailable => tally.unavailable.push(signal.id),
                Sight::Seen { steps, span, reason } => {
                    let step = weight(model, signal.id, signal.weight);
                    let sum = LogOdds::from_hundredths(step.hundredths() * i32::from(steps));
                    tally.add(signal.id, sum, span, reason);
                }
            }
        }
        tally.add_opinion(model, opinion);
        tally
    }

    fn add_opinion(&mut self, model: &Model, opinion: Opinion) {
        for (id, features) in opinion_features(opinion) {
            let nats: f64 = features
                .iter()
                .map(|(part, value)| model.fusion_weight(part).unwrap_or(0.0) * value)
                .sum();
            let reason = match (id == TEXT_MODEL, nats > 0.0) {
                (true, true) => "its wording is that of known lures",
                (true, false) => "its wording is that of ordinary messages",
                (false, _) => "its wording is that of advertising",
            };
            self.add(id, LogOdds::from_nats(nats), None, reason.into());
        }
    }

    fn add(
        &mut self,
        signal: SignalId,
        weight: LogOdds,
        span: Option<unhook_model::Span>,
        reason: Cow<'static, str>,
    ) {
        if weight != LogOdds::ZERO || signal == BASE_RATE {
            self.evidence.push(Evidence { signal, weight, span, reason });
        }
    }

    /// The sum of all weights.
    #[must_use]
    pub fn score(&self) -> LogOdds {
        self.evidence.iter().map(|evidence| evidence.weight).sum()
    }
}

/// The numbers by which the text model enters the sum, each with the id of its weight.
/// Opinions for and against are weighed apart, so that either can be trusted as far as the
/// data bears out and neither can turn the other way.
#[must_use]
pub fn opinion_features(opinion: Opinion) -> [(SignalId, [(&'static str, f64); 2]); 2] {
    let lure = f64::from(opinion.lure.clamp(-STRONGEST_OPINION, STRONGEST_OPINION));
    let promotion = f64::from(opinion.promotion.clamp(0.0, STRONGEST_OPINION));
    [
        (TEXT_MODEL, [("text-model-for", lure.max(0.0)), ("text-model-against", lure.min(0.0))]),
        (PROMOTION_MODEL, [("promotion-model", promotion), ("", 0.0)]),
    ]
}

/// A signal's weight: learned, or else the one it was written with.
fn weight(model: &Model, id: SignalId, written: LogOdds) -> LogOdds {
    model.fusion_weight(id.as_str()).map_or(written, LogOdds::from_nats)
}

/// The verdict on a score.
#[must_use]
pub fn verdict(score: LogOdds) -> Verdict {
    if score >= MALICIOUS {
        Verdict::Malicious
    } else if score >= SUSPICIOUS {
        Verdict::Suspicious
    } else {
        Verdict::Benign
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_the_score() {
        assert_eq!(verdict(LogOdds::from_hundredths(-1)), Verdict::Benign);
        assert_eq!(verdict(SUSPICIOUS), Verdict::Suspicious);
        assert_eq!(verdict(MALICIOUS), Verdict::Malicious);
    }
}
