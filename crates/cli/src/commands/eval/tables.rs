//! What is counted over judged texts, as Markdown tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use unhook_detect::classify::train::Label;
use unhook_model::{LogOdds, Probability, ScamKind, Verdict};

use super::disguise::Trick;
use super::{Disguised, Judged};

/// Shares of false alarms at which recall is told.
const RATES: [(f64, &str); 2] = [(0.01, "1 %"), (0.001, "0.1 %")];

/// What every table says of the texts of one source; of all texts without a name.
fn sources(judged: &[Judged]) -> Vec<Option<&str>> {
    let mut sources: Vec<&str> = judged.iter().map(|j| j.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.into_iter().map(Some).chain([None]).collect()
}

fn is_of(judged: &Judged, source: Option<&str>) -> bool {
    source.is_none_or(|source| judged.source == source)
}

/// Lures found: at the shipped threshold, and at fixed shares of false alarms.
pub(super) fn recall(judged: &[Judged]) -> String {
    let thresholds = RATES.map(|(rate, _)| threshold(judged, rate));
    let business = judged.iter().filter(|j| j.label == Label::Business).count();
    let mut table = format!(
        "## Lures found\n\nAt the shipped threshold (suspicious or worse), and at the thresholds that 1 % and 0.1 % of\n\
         the {business} genuine business texts of all sources pass.\n\n\
         | source | lures | found | with a link | without | at 1 % | at 0.1 % |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for source in sources(judged) {
        let lures = || judged.iter().filter(|j| j.label == Label::Lure && is_of(j, source));
        if lures().next().is_none() {
            continue;
        }
        let at = thresholds.map(|threshold| match threshold {
            Some(threshold) => Count::of(lures(), |j| j.score > threshold).percent(),
            None => NONE.to_owned(),
        });
        let flagged = |linked| Count::of(lures().filter(|j| j.linked == linked), is_flagged);
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} |",
            source.unwrap_or("all"),
            lures().count(),
            Count::of(lures(), is_flagged).percent(),
            flagged(true).percent_of(),
            flagged(false).percent_of(),
            at[0],
            at[1]
        );
    }
    table + "\n"
}

/// The score above which at most this share of business texts lies.
fn threshold(judged: &[Judged], rate: f64) -> Option<LogOdds> {
    let business = judged.iter().filter(|j| j.label == Label::Business);
    let mut scores: Vec<LogOdds> = business.map(|j| j.score).collect();
    scores.sort_unstable_by(|a, b| b.cmp(a));
    scores.get((scores.len() as f64 * rate) as usize).copied()
}

/// Genuine texts flagged at the shipped threshold.
pub(super) fn false_alarms(judged: &[Judged]) -> String {
    let mut table = "## False alarms\n\nAt the shipped threshold; in brackets the upper end of the 95 % interval (Wilson). Business: genuine\n\
         alerts, codes and notices. Other: chat, advertising and inboxes of both.\n\n\
         | source | business | suspicious or worse | malicious | other | suspicious or worse |\n\
         | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for source in sources(judged) {
        let business = || judged.iter().filter(|j| j.label == Label::Business && is_of(j, source));
        let other = || judged.iter().filter(|j| is_other(j.label) && is_of(j, source));
        let suspicious = Count::of(business(), is_flagged);
        let malicious = Count::of(business(), |j| j.verdict == Verdict::Malicious);
        let others = Count::of(other(), is_flagged);
        if suspicious.all + others.all > 0 {
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} | {} | {} |",
                source.unwrap_or("all"),
                suspicious.all,
                suspicious.bounded(),
                malicious.bounded(),
                others.all,
                others.bounded()
            );
        }
    }
    table + "\n"
}

fn is_flagged(judged: &Judged) -> bool {
    judged.verdict != Verdict::Benign
}

fn is_other(label: Label) -> bool {
    matches!(label, Label::Personal | Label::Promotion | Label::Inbox)
}

/// Stated probability against what came true: in tenths over all, and for each source.
pub(super) fn calibration(judged: &[Judged]) -> String {
    let decided: Vec<&Judged> =
        judged.iter().filter(|j| j.label != Label::LureOrPromotion).collect();
    let mut table = "## Calibration\n\n| stated probability | texts | lures among them |\n| --- | --- | --- |\n"
        .to_owned();
    for tenth in 0..10_u8 {
        let within = decided.iter().filter(|j| (probability(j) * 10.0).min(9.0) as u8 == tenth);
        let lures = Count::of(within.copied(), |j| j.label == Label::Lure);
        if lures.all > 0 {
            let _ = writeln!(
                table,
                "| {}–{} % | {} | {} |",
                tenth * 10,
                tenth * 10 + 10,
                lures.all,
                lures.percent()
            );
        }
    }
    table += "\n| source | texts | mean stated | lures among them |\n| --- | --- | --- | --- |\n";
    for source in sources(judged) {
        let texts = || decided.iter().copied().filter(|j| is_of(j, source));
        let lures = Count::of(texts(), |j| j.label == Label::Lure);
        let stated: f64 = texts().map(probability).sum::<f64>() / f64::from(lures.all.max(1));
        if lures.all > 0 {
            let name = source.unwrap_or("all");
            let _ = writeln!(
                table,
                "| {name} | {} | {:.1} % | {} |",
                lures.all,
                100.0 * stated,
                lures.percent()
            );
        }
    }
    table + "\n"
}

fn probability(judged: &Judged) -> f64 {
    Probability::from_log_odds(judged.score).value()
}

/// Kinds that sources state against kinds that were told; empty when none states any.
pub(super) fn kinds(judged: &[Judged]) -> String {
    let mut stated: BTreeMap<ScamKind, BTreeMap<&str, u32>> = BTreeMap::new();
    for one in judged {
        if let Some(kind) = one.stated {
            let told = one.told.map_or("none", ScamKind::name);
            *stated.entry(kind).or_default().entry(told).or_default() += 1;
        }
    }
    if stated.is_empty() {
        return String::new();
    }
    let mut table = "## Kinds\n\n| stated | texts | told as stated | told otherwise |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for (kind, told) in &stated {
        let all = told.values().sum();
        let right = Count { all, counted: told.get(kind.name()).copied().unwrap_or(0) };
        let mut others: Vec<(&str, u32)> =
            told.iter().filter(|(name, _)| **name != kind.name()).map(|(n, c)| (*n, *c)).collect();
        others.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let others: Vec<String> =
            others.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let (name, others) = (kind.name(), others.join(", "));
        let _ = writeln!(table, "| {name} | {all} | {} | {others} |", right.percent());
    }
    table + "\n"
}

/// Lures found when they are written by a trick, beside the same lures as they are.
pub(super) fn disguised(disguised: &[Disguised]) -> String {
    let mut table =
        "## Disguised\n\nLures whose words a trick can change, at the shipped threshold.\n\n\
         | trick | lures | found as they are | found disguised | points lost |\n\
         | --- | --- | --- | --- | --- |\n"
            .to_owned();
    for (trick, name) in Trick::ALL {
        let lures = || disguised.iter().filter(|d| d.trick == trick);
        let plain = Count::of(lures(), |d| d.plain != Verdict::Benign);
        let hidden = Count::of(lures(), |d| d.disguised != Verdict::Benign);
        let lost = 100.0 * (plain.share() - hidden.share());
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {lost:.1} |",
            plain.all,
            plain.percent(),
            hidden.percent()
        );
    }
    table + "\n"
}

/// What stands where nothing could be counted.
const NONE: &str = "–";

/// How many of how many.
#[derive(Clone, Copy)]
struct Count {
    all: u32,
    counted: u32,
}

impl Count {
    fn of<'t, T: 't>(things: impl Iterator<Item = &'t T>, counts: impl Fn(&T) -> bool) -> Self {
        things.fold(Self { all: 0, counted: 0 }, |sum, thing| Self {
            all: sum.all + 1,
            counted: sum.counted + u32::from(counts(thing)),
        })
    }

    fn share(self) -> f64 {
        f64::from(self.counted) / f64::from(self.all.max(1))
    }

    fn percent(self) -> String {
        if self.all == 0 { NONE.to_owned() } else { format!("{:.1} %", 100.0 * self.share()) }
    }

    fn percent_of(self) -> String {
        if self.all == 0 { NONE.to_owned() } else { format!("{} of {}", self.percent(), self.all) }
    }

    fn bounded(self) -> String {
        if self.all == 0 {
            return NONE.to_owned();
        }
        format!("{:.2} % (≤ {:.2})", 100.0 * self.share(), 100.0 * self.upper_bound())
    }

    /// The upper end of the Wilson score interval at 95 %.
    fn upper_bound(self) -> f64 {
        const Z: f64 = 1.96;
        let (n, p) = (f64::from(self.all), self.share());
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((centre + spread) / (1.0 + Z * Z / n)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(label: Label, score: i32) -> Judged {
        let score = LogOdds::from_hundredths(score);
        let verdict = unhook_detect::score::verdict(score);
        let source = "here".to_owned();
        Judged { source, label, score, verdict, linked: true, stated: None, told: None }
    }

    #[test]
    fn the_bound_is_above_the_share_and_below_one() {
        let bound = |counted, all| Count { all, counted }.upper_bound();
        assert!(bound(0, 100) > 0.03 && bound(0, 100) < 0.04);
        assert!(bound(100, 100) <= 1.0);
    }

    #[test]
    fn a_threshold_lets_no_more_than_its_share_pass() {
        let texts: Vec<Judged> = (0..200).map(|n| judged(Label::Business, n)).collect();
        assert_eq!(threshold(&texts, 0.01), Some(LogOdds::from_hundredths(197)));
        assert_eq!(threshold(&texts, 0.001), Some(LogOdds::from_hundredths(199)));
        assert_eq!(threshold(&[], 0.01), None);
    }

    #[test]
    fn tables_tell_shares_of_the_right_texts() {
        let texts =
            [judged(Label::Lure, 300), judged(Label::Lure, -300), judged(Label::Business, 10)];
        assert!(
            recall(&texts).contains("| here | 2 | 50.0 % | 50.0 % of 2 | – | 50.0 % | 50.0 % |")
        );
        assert!(false_alarms(&texts).contains("| here | 1 | 100.00 % (≤ 100.00) | 0.00 % (≤ "));
        assert!(calibration(&texts).contains("| 90–100 % | 1 | 100.0 % |"));
    }

    #[test]
    fn only_kinds_that_occur_are_told() {
        let delivery =
            |told| Judged { stated: Some(ScamKind::Delivery), told, ..judged(Label::Lure, 300) };
        assert_eq!(kinds(&[judged(Label::Lure, 300)]), "");
        let texts =
            [delivery(Some(ScamKind::Delivery)), delivery(Some(ScamKind::Bank)), delivery(None)];
        assert!(kinds(&texts).ends_with("| delivery | 3 | 33.3 % | bank 1, none 1 |\n\n"));
    }
}
