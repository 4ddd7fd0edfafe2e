//! Scenarios: an attack as a file, played against a service that is thrown away afterwards.
//!
//! A [`Scenario`] is what a file says, checked and spelled out into single steps ([`plan`]).
//! [`play`] begins the real service in a folder of its own with stand-ins for the world around
//! it ([`stand`]), takes the steps one after the other and keeps what was seen;
//! [`measure`] makes times and counts of it, [`expect`] says what held, [`show`] prints.
//!
//! Nothing here judges or decides; it does by HTTP what a provider of texts, an analyst and
//! those on call do. Nothing leaves the machine: whatever a file says of ways out is replaced.

mod client;
pub(crate) mod expect;
mod file;
mod fillers;
mod guest;
mod laptops;
pub(crate) mod measure;
mod names;
mod observed;
mod plan;
mod play;
mod provider;
mod receivers;
pub(crate) mod show;
pub(crate) mod speed;
mod stand;

use std::path::Path;

use anyhow::Context as _;

use crate::config::{ConfigError, Problem};
use crate::files;
use file::ScenarioFile;
pub(crate) use plan::Scenario;
pub(crate) use play::play;
pub(crate) use speed::Speed;

/// The name of the scenario that is built in.
pub(crate) const BUILT_IN: &str = "july-2022";

/// Its text.
const JULY_2022: &str = include_str!("../data/scenarios/july-2022.toml");

/// The page that says how they are written.
#[cfg(test)]
const PAGE: &str = include_str!("../../../docs/scenarios.md");

/// The longest file, in bytes: room for thousands of texts written out.
const LONGEST_FILE: usize = 4 << 20;

impl Scenario {
    /// The one that is built in.
    pub(crate) fn built_in() -> anyhow::Result<Self> {
        Self::parse(Path::new(BUILT_IN), JULY_2022)
    }

    /// Reads a file, or the one built in by its name.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new(BUILT_IN) && !path.exists() {
            return Self::built_in();
        }
        let cannot = || format!("cannot read {}", path.display());
        let (bytes, is_longer) =
            files::read_bounded(files::open(path)?, LONGEST_FILE).with_context(cannot)?;
        let wrong = |message: &str| ConfigError::new(path, "", vec![Problem::of_file(message)]);
        if is_longer {
            return Err(wrong("longer than 4 MiB; is this the right file?").into());
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| wrong("not in UTF-8; save it as UTF-8 and try again"))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> anyhow::Result<Self> {
        let wrong = |problems| ConfigError::new(path, text, problems);
        let file: ScenarioFile =
            toml::from_str(text).map_err(|error| wrong(vec![file::problem(&error)]))?;
        let mut problems = Vec::new();
        let scenario = plan::scenario(&file, path, &mut problems);
        match scenario {
            Some(scenario) if problems.is_empty() => Ok(scenario),
            _ => Err(wrong(problems).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scenario with nothing wrong.
    const WHOLE: &str = "title = 'A'\nreporting_number = '+12015550100'\nattack = ['lure']\n\
        [unhook.organization]\nname = 'Acme'\n\
        [[people]]\ngroup = 'staff'\ncount = 3\nnumbers_from = '+12015550110'\n\
        [texts]\nlure = ['tap {host}, {given}']\n[fill]\nhost = ['acme-okta.example']\n\
        [[events]]\nat = 1\nforward = 'lure'\nby = 'staff'\ncount = 3\nwithin = 2\n";

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let text = WHOLE.replacen(from, to, 1);
        assert_ne!(text, WHOLE, "{from} is not there");
        let error = Scenario::parse(Path::new("s.toml"), &text).map(|_| ()).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_is_built_in_is_right() {
        let scenario = Scenario::built_in().unwrap();
        assert!(scenario.steps.len() > 100);
    }

    #[test]
    fn the_page_about_scenarios_is_right() {
        let page = PAGE;
        let (_, example) = page.split_once("```toml\n").unwrap();
        let (example, _) = example.split_once("```").unwrap();
        let scenario = Scenario::parse(Path::new("page"), example).unwrap();
        assert_eq!(scenario.steps.len(), 3);
        for name in expect::NAMES {
            let is_told = [format!("`{name}"), format!("[expect.{name}]")];
            assert!(is_told.iter().any(|told| page.contains(told)), "{name}");
        }
    }

    #[test]
    fn a_burst_is_spread_over_its_time_and_people() {
        let scenario = Scenario::parse(Path::new("s.toml"), WHOLE).unwrap();
        let steps: Vec<(u64, String)> = scenario
            .steps
            .iter()
            .map(|step| match &step.act {
                plan::Act::Text(text) => (step.at_ms, text.body.clone()),
                _ => (step.at_ms, String::new()),
            })
            .collect();
        let at = |ms, given: &str| (ms, format!("tap acme-okta.example, {given}"));
        assert_eq!(steps, [at(1000, "Person"), at(1666, "Person"), at(2333, "Person")]);
        let numbers: Vec<_> = scenario.people.iter().map(|p| p.number.to_string()).collect();
        assert_eq!(numbers, ["+12015550110", "+12015550111", "+12015550112"]);
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest() {
        check("title", "titel", "s.toml:1:1: unknown key `titel`; did you mean `title`?");
        check("within", "wihtin", "unknown key `wihtin`; did you mean `within`?");
        check("count = 3\nn", "zzzzzzzz = 3\nn", "unknown key `zzzzzzzz`; known here: ");
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands() {
        check("forward = 'lure'", "forward = 'luer'", "no texts `luer`; did you mean `lure`?");
        check("by = 'staff'", "by = 'stuff'", "no people `stuff`; did you mean `staff`?");
        check("{host}", "{hots}", "`{hots}` is not known; did you mean `{host}`?");
        check("{host}", "{host", "a `{` without its `}`");
        check("count = 3\nwithin", "count = 4\nwithin", "`staff` has 3 people, and this needs 4");
        check("count = 3\nwithin", "count = 10001\nwithin", "more than 10,000 texts");
        check("within = 2", "first = 9223372036854775807", "`staff` has 3 people");
        check("at = 1", "at = 90000", "a scenario has at most a day");
        check("'+12015550110'", "'5550110'", "write it as +12015550123");
        check("attack = ['lure']", "attack = ['x']", "no texts `x`");
        check("forward = 'lure'", "rule = 'bad'\nof = 'lure'", "write `malicious` or `benign`");
        check("forward = 'lure'\n", "", "`visit`, `sign_in` or `rule`, one of them");
        check("forward = 'lure'", "sign_in = 'strange'", "write `foreign` or `usual`");
        check("forward = 'lure'", "visit = 'a.example'", "give their group a `mail_domain`");
        check("forward = 'lure'", "visit = 'https://a.example'", "write `a.example`");
        check(
            "[[people]]",
            "[playbook]\nname = 'a'\ncareful = 1\n[[people]]",
            "[playbook] is not right",
        );
        check("name = 'Acme'", "nmae = 'Acme'", "unknown key `nmae`; did you mean `name`?");
        check("[[people]]\ngroup = 'staff'", "[[people]]", "missing field `group`");
    }
}
