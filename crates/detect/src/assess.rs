//! stub
use crate::Knowledge;
use unhook_model::*;
/// stub
pub fn assess(_message: &Message, _facts: &Facts, _knowledge: &Knowledge) -> Assessment {
    Assessment { verdict: Verdict::Benign, probability: Probability::from_log_odds(LogOdds::ZERO), score: LogOdds::ZERO, kind: None, evidence: vec![], unavailable: vec![], links: vec![], notes: vec![] }
}
