//! What a scan comes to: verdicts, kinds, domains and near-duplicates, counted.

use std::collections::HashMap;
use std::io::Write;

use unhook_detect::explain;
use unhook_model::{ScamKind, Verdict};

use super::groups::Groups;

/// Domains counted; later ones are left out.
const MOST_DOMAINS: usize = 100_000;

/// Lines shown of each table.
const MOST_SHOWN: usize = 10;

/// What is counted of one text.
pub(super) struct Counted {
    pub(super) verdict: Verdict,
    pub(super) kind: Option<ScamKind>,
    /// Each once, of what is not benign.
    pub(super) domains: Vec<String>,
    pub(super) fingerprint: u64,
    pub(super) line: u64,
}

/// What was counted of all.
#[derive(Default)]
pub(super) struct Summary {
    verdicts: HashMap<Verdict, u64>,
    kinds: HashMap<ScamKind, u64>,
    domains: HashMap<String, u64>,
    groups: Groups,
}

impl Summary {
    pub(super) fn take(&mut self, counted: Counted) {
        *self.verdicts.entry(counted.verdict).or_default() += 1;
        if let Some(kind) = counted.kind {
            *self.kinds.entry(kind).or_default() += 1;
        }
        for domain in counted.domains {
            if self.domains.len() < MOST_DOMAINS || self.domains.contains_key(&domain) {
                *self.domains.entry(domain).or_default() += 1;
            }
        }
        self.groups.take(counted.fingerprint, counted.line);
    }

    /// Writes the tables; `bad` rows could not be read.
    pub(super) fn write(&self, out: &mut impl Write, bad: u64) -> std::io::Result<()> {
        let texts: u64 = self.verdicts.values().sum();
        writeln!(out, "{texts} texts")?;
        for verdict in [Verdict::Malicious, Verdict::Suspicious, Verdict::Benign] {
            let count = self.verdicts.get(&verdict).copied().unwrap_or(0);
            let share = count as f64 * 100.0 / texts.max(1) as f64;
            writeln!(out, "  {:<32} {count:>9}  {share:>5.1} %", verdict.name())?;
        }
        if bad > 0 {
            writeln!(out, "  {:<32} {bad:>9}", "could not be read")?;
        }
        let kinds = self.kinds.iter().map(|(kind, count)| (kind.name().to_owned(), *count));
        table(out, "kinds", top(kinds))?;
        let domains = self.domains.iter().map(|(domain, n)| (explain::defang(domain), *n));
        table(out, "domains in what is not benign", top(domains))?;
        self.write_groups(out)
    }

    fn write_groups(&self, out: &mut impl Write) -> std::io::Result<()> {
        let groups = self.groups.largest();
        let texts: u64 = groups.iter().map(|group| group.count).sum();
        writeln!(out, "near-duplicates: {texts} texts in {} groups", groups.len())?;
        for group in groups.iter().take(MOST_SHOWN) {
            writeln!(
                out,
                "  {:<32} {:>9}",
                format!("like that of line {}", group.line),
                group.count
            )?;
        }
        Ok(())
    }
}

fn top(counts: impl Iterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

fn table(out: &mut impl Write, title: &str, rows: Vec<(String, u64)>) -> std::io::Result<()> {
    if !rows.is_empty() {
        writeln!(out, "{title}")?;
    }
    for (name, count) in rows.iter().take(MOST_SHOWN) {
        writeln!(out, "  {name:<32} {count:>9}")?;
    }
    if let Some(more) = rows.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}
