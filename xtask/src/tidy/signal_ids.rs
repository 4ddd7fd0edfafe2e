//! That a signal's id means one thing for ever.
//!
//! Journals, dashboards and other people's rules name signals by id. So `docs/signal-ids.txt`
//! remembers every id there ever was, with its stage: codegen adds to it, nobody takes from
//! it, and a stage only moves on from preview to stable to retired.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::signal_pages::{self, SignalPage, Stage};

/// Where ids are remembered.
pub(crate) const LIST: &str = "docs/signal-ids.txt";

const HEADING: &str = "\
# Every signal id there ever was, and how settled it is. `cargo xtask codegen` adds to it.
# An id never leaves this list and never changes its meaning: retire a signal instead of
# removing it, and give a new meaning a new id.
";

pub(super) fn problems(project: &Project) -> Result<Vec<String>> {
    let listed = parse(&project.read_if_there(LIST)?.unwrap_or_default())?;
    Ok(compare(&listed, &signal_pages::read(project)?))
}

/// The list as it should be: what is on it, brought up to date with these signals.
pub(crate) fn list_with(text: &str, signals: &[SignalPage]) -> Result<String> {
    let mut ids = parse(text)?;
    for signal in signals {
        let stage = ids.entry(signal.id.clone()).or_insert(signal.stage);
        *stage = signal.stage.max(*stage);
    }
    let lines = ids.iter().map(|(id, stage)| format!("{id} {}\n", stage.name()));
    Ok(format!("{HEADING}{}", lines.collect::<String>()))
}

fn parse(text: &str) -> Result<BTreeMap<String, Stage>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (id, stage) = line.split_once(' ').unwrap_or((line, ""));
            let stage = Stage::from_name(stage)
                .with_context(|| format!("{LIST}: `{line}` is no id and stage"))?;
            Ok((id.to_owned(), stage))
        })
        .collect()
}

fn compare(listed: &BTreeMap<String, Stage>, signals: &[SignalPage]) -> Vec<String> {
    let known = |id: &str| signals.iter().any(|signal| signal.id == id);
    let vanished = listed.keys().filter(|id| !known(id)).map(|id| {
        format!(
            "signal `{id}` is gone; other people's rules may name it. Retire it instead: keep \
             its file with `stage: Stage::Retired` and a look that sees nothing"
        )
    });
    let changed = signals.iter().filter_map(|signal| match listed.get(&signal.id) {
        None => Some(format!("signal `{}` is new; run `cargo xtask codegen`", signal.id)),
        Some(before) if *before > signal.stage => Some(format!(
            "signal `{}` was {} and cannot become {} again; give it a new id",
            signal.id,
            before.name(),
            signal.stage.name()
        )),
        Some(_) => None,
    });
    vanished.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(id: &str, stage: Stage) -> SignalPage {
        let (speaks_for, kinds, page) = (true, Vec::new(), String::new());
        SignalPage { id: id.to_owned(), stage, speaks_for, kinds, page }
    }

    #[track_caller]
    fn check(list: &str, signals: &[SignalPage], expected: &str) {
        let found = compare(&parse(list).unwrap(), signals);
        let fits = if expected.is_empty() {
            found.is_empty()
        } else {
            found.len() == 1 && found[0].contains(expected)
        };
        assert!(fits, "{found:?}");
    }

    #[test]
    fn ids_stay() {
        check("urgency stable\n", &[signal("urgency", Stage::Stable)], "");
        check("urgency preview\n", &[signal("urgency", Stage::Stable)], "");
        check("urgency stable\n", &[], "Retire it instead");
        check("", &[signal("urgency", Stage::Preview)], "codegen");
        check("urgency retired\n", &[signal("urgency", Stage::Preview)], "give it a new id");
    }

    #[test]
    fn the_list_grows_and_never_shrinks() {
        let list = list_with("old retired\nurgency preview\n", &[signal("urgency", Stage::Stable)]);
        assert_eq!(list.unwrap(), format!("{HEADING}old retired\nurgency stable\n"));
        assert!(list_with("urgency sometimes\n", &[]).is_err());
    }
}
