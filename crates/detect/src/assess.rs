//! The one way through the detector.

use unhook_model::{Assessment, Facts, Link, LogOdds, Message, ScamKind, Sector, Verdict};

use crate::classify::Opinion;
use crate::knowledge::{BrandId, Category, Knowledge};
use crate::score::{self, TEXT_MODEL, Tally};
use crate::signals::{self, Scene};

/// Judges a message by its own words, what was looked up for it and what is known for all.
///
/// Pure and total: the same input gives the same assessment, and any text gives one.
///
/// ```
/// use unhook_detect::{Knowledge, assess};
/// use unhook_model::{Facts, Message, Verdict};
///
/// let knowledge = Knowledge::builtin();
/// let message = Message::from_body("See you at the station at six, love Ana");
/// let assessment = assess(&message, &Facts::default(), &knowledge);
/// assert_eq!(assessment.verdict, Verdict::Benign);
/// assert_eq!(assessment.score, assessment.evidence.iter().map(|e| e.weight).sum());
/// ```
pub fn assess(message: &Message, facts: &Facts, knowledge: &Knowledge) -> Assessment {
    let scene = Scene::read(message, facts, knowledge);
    let opinion = knowledge.model().opinion(scene.words());
    let mut tally = Tally::of(&scene, opinion);
    let score = tally.score();
    let verdict = score::verdict(score);
    if verdict != Verdict::Benign {
        mark_words(&scene, &mut tally);
    }
    let kind = kind(&scene, &tally, verdict, opinion);
    tally.evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.weight.hundredths().abs()));
    Assessment {
        verdict,
        probability: knowledge.model().probability(score),
        score,
        kind,
        evidence: tally.evidence,
        unavailable: tally.unavailable,
        notes: scene.notes().to_vec(),
        links: scene.links.into_iter().map(|standing| standing.link).collect::<Vec<Link>>(),
    }
}

/// Marks the words that speak loudest for a lure as what the text model saw.
fn mark_words(scene: &Scene<'_>, tally: &mut Tally) {
    let Some(evidence) =
        tally.evidence.iter_mut().find(|e| e.signal == TEXT_MODEL && e.weight > LogOdds::ZERO)
    else {
        return;
    };
    let words = scene.words();
    let shares = scene.knowledge.model().shares(words);
    let loudest = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    evidence.span =
        loudest.and_then(|(index, _)| words.as_slice().get(index)).map(|word| word.span);
}

/// The kind that the evidence and the words speak for most.
fn kind(scene: &Scene<'_>, tally: &Tally, verdict: Verdict, opinion: Opinion) -> Option<ScamKind> {
    if verdict == Verdict::Benign {
        let advertises = opinion.promotion > 0.0
            || scene.has(Category::OptOut)
            || scene.count(Category::Promotion).is_some_and(|(_, count)| count > 1);
        return advertises.then_some(ScamKind::Promotion);
    }
    let mut votes = scene.knowledge.model().kinds(scene.words());
    for evidence in tally.evidence.iter().filter(|e| e.weight > LogOdds::ZERO) {
        let signal = signals::ALL.iter().find(|signal| signal.id == evidence.signal);
        for kind in signal.into_iter().flat_map(|signal| signal.kinds) {
            votes[*kind as usize] += 1.0 + evidence.weight.nats() as f32;
        }
    }
    if scene.imitates_organization().is_some() {
        votes[ScamKind::Workplace as usize] += ORGANIZATION_VOTE;
    }
    for kind in scene.mentions.iter().filter_map(|m| kind_of_sector(scene, m.brand)).take(1) {
        votes[kind as usize] += SECTOR_VOTE;
    }
    votes[ScamKind::Promotion as usize] = f32::MIN;
    let best = ScamKind::ALL.iter().zip(votes).max_by(|a, b| a.1.total_cmp(&b.1));
    best.map(|((kind, _), vote)| if vote > 0.0 { *kind } else { ScamKind::Other })
}

/// What the line of business of the first brand named counts beside words and signals, in
/// nats: who is borrowed says much of what for.
const SECTOR_VOTE: f32 = 6.0;

/// What a name that surely imitates the organization counts, in nats: it is after its people.
const ORGANIZATION_VOTE: f32 = 12.0;

/// The kind of scam that a brand's line of business is borrowed for.
fn kind_of_sector(scene: &Scene<'_>, brand: BrandId) -> Option<ScamKind> {
    if scene.knowledge.is_own(brand) {
        return Some(ScamKind::Workplace);
    }
    Some(match scene.knowledge.brand(brand).sector? {
        Sector::Post | Sector::Parcel => ScamKind::Delivery,
        Sector::Bank => ScamKind::Bank,
        Sector::Toll => ScamKind::Toll,
        Sector::Government | Sector::Health => ScamKind::Government,
        Sector::Tax => ScamKind::Refund,
        _ => return None,
    })
}
