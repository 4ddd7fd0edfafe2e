//! What the command line asks for.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

use super::texts::Texts;
use crate::load::number;

/// The longest the feed may be watched, in seconds: an hour is enough for any question.
const LONGEST: u64 = 3_600;

pub(super) const USAGE: &str = "\
Usage: cargo xtask bench console [OPTIONS]

  --reports N        how many reports it is filled with (100000)
  --campaigns N      how many campaigns they make (2000)
  --rate N           reports a second while Now is watched (200)
  --seconds N        for how long it is watched; 0 for not at all (600)
  --program FILE     this `unhook` instead of building one";

#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) texts: Texts,
    pub(super) rate: u32,
    pub(super) seconds: u64,
    pub(super) program: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn read(words: &[&str]) -> Result<Self> {
        let (mut reports, mut campaigns) = (100_000, 2_000);
        let (mut rate, mut seconds, mut program) = (200, 600, None);
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` wants a value"));
            match word {
                "--reports" => reports = number(word, value()?)?,
                "--campaigns" => campaigns = number(word, value()?)?,
                "--rate" => rate = number(word, value()?)?,
                "--seconds" => seconds = number(word, value()?)?,
                "--program" => program = Some(PathBuf::from(value()?)),
                _ => bail!("unknown option `{word}`\n\n{USAGE}"),
            }
        }
        ensure!(rate > 0, "`--rate` is at least 1");
        ensure!(seconds <= LONGEST, "`--seconds` is at most {LONGEST}");
        Ok(Self { texts: Texts::new(reports, campaigns)?, rate, seconds, program })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let read = Arguments::read(&["--reports", "300", "--campaigns", "6", "--seconds", "3"]);
        let read = read.unwrap();
        assert_eq!((read.texts.reports(), read.seconds, read.rate), (300, 3, 200));
        assert_eq!(Arguments::read(&[]).unwrap().texts.reports(), 100_000);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for words in [
            &["--reports", "10"][..],
            &["--reports"],
            &["--rate", "0"],
            &["--seconds", "3601"],
            &["--fast"],
        ] {
            assert!(Arguments::read(words).is_err(), "{words:?}");
        }
    }
}
