//! A campaign as a list shows it, and what it is in one sentence.

use unhook_app::service::CampaignHead;
use unhook_engine::Ruling;
use unhook_model::{ScamKind, Timestamp, Verdict};

use super::charts;
use super::inert::inert;
use super::moments::{Moment, moment};
use super::words::Words;

/// A campaign in a list.
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) verdict: &'static str,
    pub(crate) verdict_word: String,
    pub(crate) stage: String,
    pub(crate) is_unseen: bool,
    pub(crate) ruled: Option<String>,
    pub(crate) sentence: String,
    pub(crate) counts: String,
    pub(crate) last: Moment,
    pub(crate) shape: String,
}

pub(crate) fn card(w: &Words, head: &CampaignHead, now: Timestamp) -> Card {
    let summary = &head.summary;
    let verdict = standing_verdict(head);
    let texts = w.campaign.texts.of(summary.message_count);
    let people = w.campaign.reporters.of(summary.reporter_count);
    Card {
        id: summary.id.to_string(),
        verdict: verdict.name(),
        verdict_word: w.verdict_word(verdict).to_string(),
        stage: w.stage_word(summary.stage).to_string(),
        is_unseen: summary.acknowledged_at.is_none() && summary.ruling.is_none(),
        ruled: summary.ruling.map(|ruling| w.ruling_word(ruling).to_string()),
        sentence: sentence(w, head),
        counts: format!("{texts} · {people}"),
        last: moment(w, summary.last_at, now),
        shape: charts::shape(&head.shape, verdict.name(), ""),
    }
}

/// What a person ruled goes before what the detector says.
pub(crate) fn standing_verdict(head: &CampaignHead) -> Verdict {
    match head.summary.ruling {
        Some(Ruling::Malicious) => Verdict::Malicious,
        Some(Ruling::Benign) => Verdict::Benign,
        None => head.summary.verdict,
    }
}

/// What a campaign is, in one sentence.
pub(crate) fn sentence(w: &Words, head: &CampaignHead) -> String {
    let kind = head.kind.as_deref().and_then(ScamKind::from_name).unwrap_or(ScamKind::Other);
    let kind = w.kind_word(kind);
    match head.domains.as_slice() {
        [] => w.campaign.sentence.with(kind),
        [one] => w.campaign.sentence_one.with_both(kind, inert(one)),
        [one, rest @ ..] => {
            let more = w.campaign.and_more.of(rest.len());
            w.campaign.sentence_one.with_both(kind, format!("{} {more}", inert(one)))
        }
    }
}
