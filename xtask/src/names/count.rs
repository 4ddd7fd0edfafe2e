//! Counting hits, and saying how many there are of how many.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// How sure a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    High,
    Watch,
}

/// One line of `unhook lookalikes --json`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) name: String,
    pub(super) level: Level,
}

impl Hit {
    pub(super) fn parse(line: &str) -> Result<Self> {
        let hit: Value = serde_json::from_str(line).context("a hit is one JSON object a line")?;
        let name = hit["name"].as_str().context("a hit has a name")?.to_owned();
        let level = match hit["level"].as_str() {
            Some("high") => Level::High,
            Some("watch") => Level::Watch,
            other => anyhow::bail!("a hit has no level {other:?}"),
        };
        Ok(Self { name, level })
    }
}

/// What was said of a list of names.
#[derive(Debug, Default)]
pub(super) struct Hits {
    levels: HashMap<String, Level>,
    high: usize,
    all: usize,
}

impl FromIterator<Hit> for Hits {
    fn from_iter<I: IntoIterator<Item = Hit>>(hits: I) -> Self {
        let mut found = Self::default();
        for hit in hits {
            found.all += 1;
            found.high += usize::from(hit.level == Level::High);
            found.levels.insert(hit.name, hit.level);
        }
        found
    }
}

/// How many of some names are hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    high: usize,
    /// Watch or higher.
    watch: usize,
    names: usize,
}

impl Tally {
    pub(super) fn of<'n>(hits: &Hits, names: impl Iterator<Item = &'n str>) -> Self {
        let mut tally = Self::default();
        for name in names {
            let level = hits.levels.get(name);
            tally.names += 1;
            tally.watch += usize::from(level.is_some());
            tally.high += usize::from(level == Some(&Level::High));
        }
        tally
    }

    pub(super) fn row(self, what: &str) -> String {
        let share = |count: usize| 100.0 * count as f64 / self.names.max(1) as f64;
        format!(
            "| {what} | high {:.2} % ({}), watch or higher {:.2} % ({}) | {} |",
            share(self.high),
            self.high,
            share(self.watch),
            self.watch,
            self.names
        )
    }
}

/// Alerts per million names and hundred brands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noise {
    high: f64,
    watch: f64,
    names: usize,
}

impl Noise {
    pub(super) fn of(hits: &Hits, names: usize, brands: usize) -> Self {
        let rate = |count: usize| {
            count as f64 * 1e6 / names.max(1) as f64 * super::PER_BRANDS / brands.max(1) as f64
        };
        Self { high: rate(hits.high), watch: rate(hits.all), names }
    }
}

/// One set of brands as it is; of several the mean, the middle and the most.
pub(super) fn noise_row(what: &str, sets: &[Noise]) -> String {
    let high = spread(sets.iter().map(|noise| noise.high).collect());
    let watch = spread(sets.iter().map(|noise| noise.watch).collect());
    let names = sets.first().map_or(0, |noise| noise.names);
    format!("| {what} | high {high}, watch or higher {watch} | {names} |")
}

fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    match values.as_slice() {
        [] => "nothing".to_owned(),
        [one] => format!("{one:.0}"),
        [.., most] => {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let middle = values[values.len() / 2];
            format!("mean {mean:.0}, median {middle:.0}, most {most:.0}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits() -> Hits {
        let line = |name: &str, level: &str| {
            Hit::parse(&format!(r#"{{"name":"{name}","brand":null,"level":"{level}"}}"#)).unwrap()
        };
        [line("a.example", "high"), line("b.example", "watch"), line("c.example", "watch")]
            .into_iter()
            .collect()
    }

    #[test]
    fn a_hit_without_a_known_level_is_refused() {
        assert!(Hit::parse(r#"{"name":"a.example","level":"low"}"#).is_err());
        assert!(Hit::parse(r#"{"level":"high"}"#).is_err());
        assert!(Hit::parse("a.example").is_err());
    }

    #[test]
    fn watch_counts_what_is_high_too() {
        let names = ["a.example", "b.example", "d.example", "e.example"];
        let tally = Tally::of(&hits(), names.into_iter());
        assert_eq!(tally, Tally { high: 1, watch: 2, names: 4 });
        assert_eq!(
            tally.row("found"),
            "| found | high 25.00 % (1), watch or higher 50.00 % (2) | 4 |"
        );
        assert!(Tally::of(&hits(), [].into_iter()).row("found").contains("0.00 %"));
    }

    #[test]
    fn noise_is_per_million_names_and_hundred_brands() {
        let noise = Noise::of(&hits(), 1000, 200);
        assert_eq!((noise.high, noise.watch), (500.0, 1500.0));
        assert_eq!(Noise::of(&hits(), 1000, 100).watch, 3000.0);
    }

    #[test]
    fn several_sets_show_how_far_they_lie_apart() {
        let sets = [40.0, 10.0, 10.0].map(|high| Noise { high, watch: 2.0 * high, names: 7 });
        assert_eq!(
            noise_row("sets", &sets),
            "| sets | high mean 20, median 10, most 40, watch or higher mean 40, median 20, \
             most 80 | 7 |"
        );
        assert_eq!(noise_row("one", &sets[..1]), "| one | high 40, watch or higher 80 | 7 |");
    }
}
