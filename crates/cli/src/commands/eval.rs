//! `unhook eval`: how a model does on labelled texts, source by source.

use std::path::PathBuf;

use anyhow::Context as _;
use unhook_detect::classify::Model;
use unhook_detect::classify::train::{Example, Label};
use unhook_detect::{Knowledge, assess};
use unhook_model::{Facts, LogOdds, Verdict};

use crate::dataset::{self, Split};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  unhook eval ../shared/data/sms")]
pub(crate) struct Arguments {
    /// A folder of labelled texts, or one file
    #[arg(required = true, value_name = "FOLDER")]
    data: Vec<PathBuf>,
    /// Which part of them is judged
    #[arg(long, value_enum, default_value = "dev")]
    split: Split,
    /// A model file; the built-in one when left out
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// One judged example.
struct Judged {
    source: String,
    label: Label,
    score: LogOdds,
    verdict: Verdict,
    linked: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let mut knowledge = Knowledge::builtin();
    if let Some(path) = &arguments.model {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        knowledge = knowledge.with_model(Model::read(bytes.into())?);
    }
    let mut judged = Vec::new();
    for folder in &arguments.data {
        for file in dataset::files(folder)? {
            let examples = dataset::examples(&file, arguments.split)?;
            judged.extend(examples.iter().map(|example| judge(example, &knowledge)));
        }
    }
    print!("{}{}{}", by_source(&judged), at_rates(&judged), calibration(&judged));
    Ok(0)
}

fn judge(example: &Example, knowledge: &Knowledge) -> Judged {
    let assessment = assess(&example.message, &Facts::default(), knowledge);
    Judged {
        source: example.source.clone(),
        label: example.label,
        score: assessment.score,
        verdict: assessment.verdict,
        linked: assessment.links.iter().any(|link| link.host.is_some()),
    }
}

/// Found and flagged at the shipped threshold.
fn by_source(judged: &[Judged]) -> String {
    let mut sources: Vec<&str> = judged.iter().map(|j| j.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut table = "At the shipped threshold, suspicious or worse (malicious in brackets):\n\n\
         | source | lures with a link | lures without | business flagged | other flagged |\n| --- | --- | --- | --- | --- |\n"
        .to_owned();
    for source in sources {
        let cell = |wanted: &dyn Fn(&Judged) -> bool| {
            share(judged.iter().filter(|j| j.source == source && wanted(j)))
        };
        let lure = |linked| cell(&move |j: &Judged| j.label == Label::Lure && j.linked == linked);
        let business = cell(&|j| j.label == Label::Business);
        let other = cell(&|j| matches!(j.label, Label::Personal | Label::Promotion | Label::Inbox));
        table +=
            &format!("| {source} | {} | {} | {business} | {other} |\n", lure(true), lure(false));
    }
    table + "\n"
}

/// A share with its number and the upper end of its 95 % interval.
fn share<'j>(judged: impl Iterator<Item = &'j Judged>) -> String {
    let (mut all, mut flagged, mut malicious) = (0_u32, 0_u32, 0_u32);
    for one in judged {
        all += 1;
        flagged += u32::from(one.verdict != Verdict::Benign);
        malicious += u32::from(one.verdict == Verdict::Malicious);
    }
    if all == 0 {
        return "–".to_owned();
    }
    let percent = |count: u32| 100.0 * f64::from(count) / f64::from(all);
    format!(
        "{:.1} % ≤ {:.1} ({:.1}) of {all}",
        percent(flagged),
        100.0 * upper_bound(flagged, all),
        percent(malicious)
    )
}

/// The upper end of the Wilson score interval at 95 %.
fn upper_bound(count: u32, all: u32) -> f64 {
    const Z: f64 = 1.96;
    let (n, p) = (f64::from(all), f64::from(count) / f64::from(all));
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre + spread) / (1.0 + Z * Z / n)).min(1.0)
}

/// Recall at fixed shares of false alarms on genuine business texts of all sources.
fn at_rates(judged: &[Judged]) -> String {
    let mut business: Vec<LogOdds> =
        judged.iter().filter(|j| j.label == Label::Business).map(|j| j.score).collect();
    business.sort_unstable_by(|a, b| b.cmp(a));
    let lures: Vec<LogOdds> =
        judged.iter().filter(|j| j.label == Label::Lure).map(|j| j.score).collect();
    let mut table = String::new();
    for rate in [0.01, 0.001] {
        let at = (business.len() as f64 * rate) as usize;
        let (Some(threshold), false) = (business.get(at), lures.is_empty()) else { continue };
        let found = lures.iter().filter(|score| *score > threshold).count();
        table += &format!(
            "Recall at {} % false alarms on {} business texts: {:.1} % of {} lures (score above {threshold})\n",
            rate * 100.0,
            business.len(),
            100.0 * found as f64 / lures.len() as f64,
            lures.len()
        );
    }
    table + "\n"
}

/// Stated probability against what came true, in tenths.
fn calibration(judged: &[Judged]) -> String {
    let mut table =
        "| stated probability | texts | lures among them |\n| --- | --- | --- |\n".to_owned();
    let decided = || judged.iter().filter(|j| j.label != Label::LureOrPromotion);
    for tenth in 0..10_u8 {
        let within = |j: &&Judged| {
            let probability = unhook_model::Probability::from_log_odds(j.score).value();
            (probability * 10.0).min(9.0) as u8 == tenth
        };
        let all = decided().filter(within).count();
        let lures = decided().filter(within).filter(|j| j.label == Label::Lure).count();
        if all > 0 {
            let share = 100.0 * lures as f64 / all as f64;
            table += &format!("| {}–{} % | {all} | {share:.0} % |\n", tenth * 10, tenth * 10 + 10);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_above_the_share_and_below_one() {
        assert!(upper_bound(0, 100) > 0.03 && upper_bound(0, 100) < 0.04);
        assert!(upper_bound(100, 100) <= 1.0);
    }
}
