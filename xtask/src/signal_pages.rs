//! The signals as their files describe them: the page at the top and the declaration.
//!
//! Read from the source text, so that this tool builds without the detector. What it looks
//! for is the shape that CONTRIBUTING.md gives; a file without `static SIGNAL` is none.

use anyhow::{Context as _, Result, bail};

use crate::project::{Project, Source};

const FOLDER: &str = "crates/detect/src/signals";

/// One signal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignalPage {
    pub(crate) id: String,
    pub(crate) stage: Stage,
    /// Whether it speaks for a lure; else it speaks against one.
    pub(crate) speaks_for: bool,
    /// Kinds of scam, as the type names them.
    pub(crate) kinds: Vec<String>,
    /// Markdown.
    pub(crate) page: String,
}

/// How settled a signal is; a later one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Preview,
    Stable,
    Retired,
}

impl Stage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Stable => "stable",
            Self::Retired => "retired",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Preview, Self::Stable, Self::Retired].into_iter().find(|stage| stage.name() == name)
    }
}

/// Every signal, by id.
pub(crate) fn read(project: &Project) -> Result<Vec<SignalPage>> {
    let mut pages = Vec::new();
    for source in project.sources(FOLDER, "rs")? {
        pages.extend(parse(&source).with_context(|| format!("cannot read {}", source.path))?);
    }
    pages.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = pages.windows(2).find(|pair| pair[0].id == pair[1].id) {
        bail!("two signals are called `{}`; an id belongs to one for ever", pair[0].id);
    }
    Ok(pages)
}

fn parse(source: &Source) -> Result<Option<SignalPage>> {
    let Some((_, declaration)) = source.text.split_once("static SIGNAL: Signal = Signal {") else {
        return Ok(None);
    };
    let declaration = declaration.split_once("\n};").map_or(declaration, |(fields, _)| fields);
    let stage = between(declaration, "Stage::", ",").context("it has no `stage: Stage::…,`")?;
    let weight = between(declaration, "LogOdds::from_hundredths(", ")")
        .context("it has no `weight: LogOdds::from_hundredths(…)`")?;
    let kinds = between(declaration, "kinds: &[", "]").context("it has no `kinds: &[…]`")?;
    let page = header(&source.text);
    if page.is_empty() {
        bail!("it has no `//!` page; that page becomes its section of docs/signals.md");
    }
    Ok(Some(SignalPage {
        id: between(declaration, "SignalId::new(\"", "\"").context("it has no id")?.to_owned(),
        stage: Stage::from_name(&stage.to_lowercase()).context("its stage is unknown")?,
        speaks_for: !weight.trim_start().starts_with('-'),
        kinds: kinds
            .split(',')
            .filter_map(|kind| kind.trim().strip_prefix("ScamKind::"))
            .map(str::to_owned)
            .collect(),
        page,
    }))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}

/// The `//!` lines a file begins with, without their marks.
pub(crate) fn header(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNAL: &str = "//! A threat.\n//!\n//! *Example:* \"pay or else\".\n\nuse x;\n\n\
        pub(super) static SIGNAL: Signal = Signal {\n    id: SignalId::new(\"threat\"),\n    \
        stage: Stage::Preview,\n    weight: LogOdds::from_hundredths(-80),\n    \
        kinds: &[ScamKind::Extortion, ScamKind::Payment],\n    look,\n};\n";

    fn check(text: &str) -> Result<Option<SignalPage>> {
        parse(&Source { path: "threat.rs".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn a_signal_is_read_from_its_file() {
        let expected = SignalPage {
            id: "threat".to_owned(),
            stage: Stage::Preview,
            speaks_for: false,
            kinds: vec!["Extortion".to_owned(), "Payment".to_owned()],
            page: "A threat.\n\n*Example:* \"pay or else\".".to_owned(),
        };
        assert_eq!(check(SIGNAL).unwrap(), Some(expected));
    }

    #[test]
    fn kinds_may_take_several_lines() {
        let text = SIGNAL.replace(
            "&[ScamKind::Extortion, ScamKind::Payment]",
            "&[\n        ScamKind::Extortion,\n    ]",
        );
        assert_eq!(check(&text).unwrap().unwrap().kinds, ["Extortion"]);
    }

    #[test]
    fn other_files_are_passed_over() {
        assert_eq!(check("//! What a signal looks at.\npub struct Scene;\n").unwrap(), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |text: &str| check(text).unwrap_err().to_string();
        assert!(
            error(&SIGNAL.replace("//! ", "// ").replace("//!", "//")).contains("no `//!` page")
        );
        assert!(error(&SIGNAL.replace("Stage::Preview", "LATER")).contains("Stage::…"));
    }
}
