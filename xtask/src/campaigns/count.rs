//! How groups that were found are held against labels: pairwise, group by group.
//!
//! Two texts are a pair. Of a labelled group, `right` are its pairs that were put into one
//! group, `missed` its pairs that were not, `wrong` the pairs of one text in it and one not
//! in it that were put into one. Its F1 is `2 right / (2 right + missed + wrong)`. The figure
//! is the mean over all labelled groups of two texts and more, each counting the same, so
//! that neither a campaign of a thousand texts nor the many texts that stand alone decide it.
//! A wrong pair counts against both its groups.
//!
//! It is given twice: with every text, and with those alone that are labelled as one of
//! two and more, where a lone text that joins a group costs nothing.

use std::collections::BTreeMap;

/// How well texts were grouped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    texts: usize,
    /// Labelled groups of two and more.
    groups: usize,
    all: Means,
    grouped: Means,
}

/// Means over labelled groups.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Means {
    f1: f64,
    precision: f64,
    recall: f64,
}

/// Pairs of one labelled group.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pairs {
    right: usize,
    missed: usize,
    wrong: usize,
}

impl Score {
    pub(super) const HEAD: &'static str = "\
        | texts | pairwise F1 (precision, recall) | among grouped texts alone | samples |\n\
        | --- | --- | --- | --- |";

    /// Both by text.
    pub(super) fn of(labels: &[u64], groups: &[u64]) -> Self {
        let all: Vec<(u64, u64)> = labels.iter().copied().zip(groups.iter().copied()).collect();
        let sizes = sizes(all.iter().map(|(label, _)| *label));
        let grouped: Vec<(u64, u64)> =
            all.iter().copied().filter(|(label, _)| sizes[label] > 1).collect();
        Self {
            texts: all.len(),
            groups: sizes.values().filter(|size| **size > 1).count(),
            all: Means::of(&pairs(&all)),
            grouped: Means::of(&pairs(&grouped)),
        }
    }

    pub(super) fn row(&self, name: &str) -> String {
        let means = |m: Means| format!("{:.3} ({:.3}, {:.3})", m.f1, m.precision, m.recall);
        format!(
            "| {name} | {} | {} | {} texts, {} groups |",
            means(self.all),
            means(self.grouped),
            self.texts,
            self.groups
        )
    }
}

impl Means {
    fn of(groups: &[Pairs]) -> Self {
        let mean =
            |of: fn(&Pairs) -> f64| groups.iter().map(of).sum::<f64>() / groups.len().max(1) as f64;
        Self { f1: mean(Pairs::f1), precision: mean(Pairs::precision), recall: mean(Pairs::recall) }
    }
}

impl Pairs {
    fn f1(&self) -> f64 {
        share(2 * self.right, self.missed + self.wrong)
    }

    /// Nothing where nothing was put together.
    fn precision(&self) -> f64 {
        share(self.right, self.wrong)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.missed)
    }
}

fn share(part: usize, rest: usize) -> f64 {
    if part == 0 { 0.0 } else { part as f64 / (part + rest) as f64 }
}

/// The pairs of each labelled group of two and more, from label and group of each text.
fn pairs(texts: &[(u64, u64)]) -> Vec<Pairs> {
    let found = sizes(texts.iter().map(|(_, group)| *group));
    let mut parts: BTreeMap<u64, BTreeMap<u64, usize>> = BTreeMap::new();
    for (label, group) in texts {
        *parts.entry(*label).or_default().entry(*group).or_default() += 1;
    }
    let groups = parts.values().filter(|parts| parts.values().sum::<usize>() > 1);
    let count = |parts: &BTreeMap<u64, usize>| {
        let right = parts.values().copied().map(pairs_among).sum();
        let wrong = parts.iter().map(|(group, size)| size * (found[group] - size)).sum();
        Pairs { right, missed: pairs_among(parts.values().sum()) - right, wrong }
    };
    groups.map(count).collect()
}

fn sizes(names: impl Iterator<Item = u64>) -> BTreeMap<u64, usize> {
    let mut sizes = BTreeMap::new();
    for name in names {
        *sizes.entry(name).or_default() += 1;
    }
    sizes
}

fn pairs_among(texts: usize) -> usize {
    texts * texts.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(labels: &[u64], groups: &[u64], all: f64, grouped: f64) {
        let score = Score::of(labels, groups);
        assert!((score.all.f1 - all).abs() < 1e-9, "{score:?}");
        assert!((score.grouped.f1 - grouped).abs() < 1e-9, "{score:?}");
    }

    #[test]
    fn groups_found_as_labelled_are_all_right() {
        check(&[1, 1, 2, 3, 3, 3], &[7, 7, 9, 8, 8, 8], 1.0, 1.0);
    }

    #[test]
    fn nothing_put_together_is_nothing_right() {
        check(&[1, 1, 2], &[1, 2, 3], 0.0, 0.0);
    }

    #[test]
    fn a_lone_text_that_joins_counts_where_all_texts_do() {
        check(&[1, 1, 2], &[7, 7, 7], 2.0 / 4.0, 1.0);
    }

    #[test]
    fn each_group_counts_the_same() {
        check(&[1, 1, 2, 2, 2, 2], &[1, 9, 2, 2, 2, 2], 0.5, 0.5);
    }

    #[test]
    fn a_wrong_pair_counts_against_both_groups() {
        let pairs = pairs(&[(1, 7), (1, 7), (2, 7), (2, 8)]);
        let one = Pairs { right: 1, missed: 0, wrong: 2 };
        assert_eq!(pairs, [one, Pairs { right: 0, missed: 1, wrong: 2 }]);
    }
}
