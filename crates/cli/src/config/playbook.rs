//! `playbook.toml`: which actions run by themselves, which ask, and the limits.
//!
//! The types are the file's contract and the source of its JSON Schema. Some limits are not here,
//! since no file changes them: [`unhook_engine::response::playbook`] says which.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use unhook_app::Contact;
use unhook_engine::Stage;
use unhook_engine::response::Rung;
use unhook_engine::response::playbook::{
    CAREFUL_DAYS, Does, HIGHEST_LIMIT, Limits, MOST_RULES, Mode, Playbook, Rule, When,
};
use unhook_model::Verdict;

use super::Text;
use super::problem::{ConfigError, Problem};
use crate::files;

/// The longest file read, in bytes: room for a hundred rules with comments.
const LONGEST_FILE: usize = 1 << 20;

/// The whole file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaybookFile {
    /// What it is called.
    #[schemars(with = "String")]
    name: Text,
    /// For how many days after the first report everything asks; 14 unless said otherwise.
    careful_days: Option<u32>,
    /// What no rule passes: what is beyond asks.
    #[serde(default)]
    limits: LimitsSection,
    /// What is done when.
    #[serde(default)]
    rules: Vec<RuleSection>,
}

/// `[limits]`: what no rule passes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct LimitsSection {
    /// How many names are blocked without asking in an hour; 20 unless said otherwise.
    #[schemars(with = "Option<usize>", range(max = 1000))]
    blocks_per_hour: Option<Spanned<usize>>,
    /// How many people are evicted without asking in an hour; 5 unless said otherwise.
    #[schemars(with = "Option<usize>", range(max = 1000))]
    evictions_per_hour: Option<Spanned<usize>>,
    /// From how many people caught by one campaign on two people have to agree; 10 unless said otherwise.
    second_person_from: Option<usize>,
    /// Hours of the day, in UTC, in which nobody is evicted without asking ("22:00-06:00").
    #[schemars(with = "Option<String>")]
    quiet_hours: Option<Text>,
    /// Accounts or addresses of those whom no rule ever touches.
    #[schemars(with = "Vec<String>")]
    break_glass: Vec<Text>,
}

/// `[[rules]]`: what is done when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RuleSection {
    /// What it is called; actions name it for ever.
    #[schemars(with = "String")]
    id: Text,
    /// "auto" runs by itself, "ask" waits for somebody, "never" does nothing.
    #[schemars(with = "String")]
    mode: Text,
    /// What is done: "block" the names, "evict" the people, or "suspend" them as well.
    #[schemars(with = "String")]
    action: Text,
    /// For how many hours a block holds; until somebody lifts it, if not given.
    block_hours: Option<u32>,
    /// All of this has to be so.
    #[serde(default)]
    when: WhenSection,
}

/// `[rules.when]`: all of this has to be so.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct WhenSection {
    /// One of these stages: "emerging", "active", "contained".
    #[schemars(with = "Vec<String>")]
    stages: Vec<Text>,
    /// A verdict at least as bad: "suspicious" or "malicious".
    #[schemars(with = "Option<String>")]
    verdict: Option<Text>,
    /// So many people enrolled reported it.
    reporters: usize,
    /// Somebody ruled that it is an attack.
    ruled: bool,
    /// It uses one of your brands.
    brand: bool,
    /// Several people got it within minutes.
    burst: bool,
    /// It got this far with somebody: "received", "visited", "submitted", "session" or "data".
    #[schemars(with = "Option<String>")]
    exposure: Option<Text>,
}

/// A playbook, and whom it never touches.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) playbook: Playbook,
    pub(crate) break_glass: Vec<Contact>,
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Read> {
    let (bytes, is_longer) = files::read_bounded(files::open(path)?, LONGEST_FILE)?;
    let text = String::from_utf8(bytes).ok().filter(|_| !is_longer).ok_or_else(|| {
        let problem = Problem::of_file("no text in UTF-8 of at most 1 MiB");
        ConfigError::new(path, "", vec![problem])
    })?;
    parse(&text).map_err(|problems| ConfigError::new(path, &text, problems).into())
}

/// Reads the text of a file; its mistakes come in the order of their places.
pub(crate) fn parse(text: &str) -> Result<Read, Vec<Problem>> {
    let file: PlaybookFile =
        toml::from_str(text).map_err(|error| vec![Problem::of_toml(&error)])?;
    let mut checker = Checker(Vec::new());
    let read = checker.playbook(&file);
    checker.0.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
    if checker.0.is_empty() { Ok(read) } else { Err(checker.0) }
}

/// The JSON Schema of the file.
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(PlaybookFile)
}

/// Collects what is wrong, and goes on.
struct Checker(Vec<Problem>);

impl Checker {
    fn playbook(&mut self, file: &PlaybookFile) -> Read {
        if file.rules.len() > MOST_RULES {
            self.0.push(Problem::of_file(format!("at most {MOST_RULES} rules are read")));
        }
        let mut ids = BTreeSet::new();
        for rule in &file.rules {
            if !ids.insert(rule.id.get_ref()) {
                let message = format!("the rule `{}` stands twice", rule.id.get_ref());
                self.0.push(Problem::at(rule.id.span(), message));
            }
        }
        let limits = &file.limits;
        let usual_limits = Limits::default();
        for hourly in [&limits.blocks_per_hour, &limits.evictions_per_hour].into_iter().flatten() {
            if *hourly.get_ref() > HIGHEST_LIMIT {
                let message = format!("the highest limit of an hour is {HIGHEST_LIMIT}");
                self.0.push(Problem::at(hourly.span(), message));
            }
        }
        let hourly = |given: &Option<Spanned<usize>>, usual| {
            given.as_ref().map_or(usual, |given| *given.get_ref())
        };
        let playbook = Playbook {
            name: file.name.get_ref().clone(),
            careful_days: Some(file.careful_days.unwrap_or(CAREFUL_DAYS)),
            limits: Limits {
                blocks_per_hour: hourly(&limits.blocks_per_hour, usual_limits.blocks_per_hour),
                evictions_per_hour: hourly(
                    &limits.evictions_per_hour,
                    usual_limits.evictions_per_hour,
                ),
                second_person_from: limits
                    .second_person_from
                    .unwrap_or(usual_limits.second_person_from),
                quiet: limits.quiet_hours.as_ref().and_then(|text| self.quiet(text)),
                break_glass: BTreeSet::new(),
            },
            rules: file.rules.iter().filter_map(|rule| self.rule(rule)).collect(),
        };
        let break_glass = limits.break_glass.iter().map(|text| contact(text.get_ref())).collect();
        Read { playbook, break_glass }
    }

    fn rule(&mut self, rule: &RuleSection) -> Option<Rule> {
        let id = rule.id.get_ref();
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || id.len() > 64 || !id.chars().all(is_name) {
            let message = "an id has up to 64 small letters, digits and hyphens";
            self.0.push(Problem::at(rule.id.span(), message));
        }
        let modes = [("auto", Mode::Auto), ("ask", Mode::Ask), ("never", Mode::Never)];
        let mode = self.one_of(&rule.mode, &modes)?;
        let lasts = rule.block_hours.map(|hours| u64::from(hours) * 3_600_000);
        let actions = [
            ("block", Does::Block { lasts }),
            ("evict", Does::Evict { suspend: false }),
            ("suspend", Does::Evict { suspend: true }),
        ];
        let does = self.one_of(&rule.action, &actions)?;
        if rule.block_hours.is_some() && !matches!(does, Does::Block { .. }) {
            let message = "`block_hours` is for the action \"block\"";
            self.0.push(Problem::at(rule.action.span(), message));
        }
        Some(Rule { id: id.clone(), when: self.when(&rule.when), does, mode })
    }

    fn when(&mut self, when: &WhenSection) -> When {
        let stages = [Stage::Emerging, Stage::Active, Stage::Contained].map(|s| (s.name(), s));
        let verdicts = [Verdict::Suspicious, Verdict::Malicious].map(|v| (v.name(), v));
        let rungs = Rung::ALL.map(|(rung, name)| (name, rung));
        When {
            stages: when.stages.iter().filter_map(|text| self.one_of(text, &stages)).collect(),
            verdict: when.verdict.as_ref().and_then(|text| self.one_of(text, &verdicts)),
            reporters: when.reporters,
            ruled: when.ruled,
            brand: when.brand,
            burst: when.burst,
            exposure: when.exposure.as_ref().and_then(|text| self.one_of(text, &rungs)),
        }
    }

    fn one_of<T: Copy>(&mut self, text: &Text, known: &[(&str, T)]) -> Option<T> {
        let found = known.iter().find(|(name, _)| name == text.get_ref());
        if found.is_none() {
            let names: Vec<_> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let message = format!("`{}` is not known; one of {}", text.get_ref(), names.join(", "));
            self.0.push(Problem::at(text.span(), message));
        }
        found.map(|(_, value)| *value)
    }

    fn quiet(&mut self, text: &Text) -> Option<(u16, u16)> {
        let hours = text.get_ref().split_once('-');
        let hours = hours.and_then(|(from, until)| Some((minute(from)?, minute(until)?)));
        if hours.is_none() {
            let message = format!("`{}` are no hours; write 22:00-06:00", text.get_ref());
            self.0.push(Problem::at(text.span(), message));
        }
        hours
    }
}

/// A minute of the day.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn contact(text: &str) -> Contact {
    let text = text.trim().to_lowercase();
    if text.contains('@') { Contact::Mail(text) } else { Contact::Account(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
name = "acme"
careful_days = 0
[limits]
blocks_per_hour = 5
quiet_hours = "22:00-06:00"
break_glass = ["root@acme.example", "breakglass"]
[[rules]]
id = "block-reported"
mode = "auto"
action = "block"
block_hours = 24
when = { stages = ["active"], verdict = "malicious", reporters = 3, brand = true }
[[rules]]
id = "evict"
mode = "ask"
action = "suspend"
when = { exposure = "session" }
"#;

    #[test]
    fn a_playbook_is_read() {
        let read = parse(WHOLE).unwrap();
        let Playbook { careful_days, limits, rules, .. } = read.playbook;
        assert_eq!(
            (careful_days, limits.blocks_per_hour, limits.evictions_per_hour),
            (Some(0), 5, 5)
        );
        assert_eq!(limits.quiet, Some((22 * 60, 6 * 60)));
        assert_eq!(rules[0].does, Does::Block { lasts: Some(24 * 3_600_000) });
        assert_eq!(rules[0].when.reporters, 3);
        assert_eq!(rules[1].does, Does::Evict { suspend: true });
        assert_eq!(read.break_glass.len(), 2);
    }

    #[test]
    fn mistakes_are_said_at_their_place() {
        let rule = "name='x'\n[[rules]]\nid='a'\nmode='auto'\naction='block'\n";
        for (text, expected) in [
            ("name='x'\nnmae='y'", "unknown field"),
            ("[limits]\n", "missing field `name`"),
            ("name='x'\n[limits]\nquiet_hours='ten to six'", "write 22:00-06:00"),
            (&rule.replace("'auto'", "'always'"), "one of \"auto\", \"ask\", \"never\""),
            (&rule.replace("'block'", "'erase'"), "\"evict\""),
            (&rule.replace("id='a'", "id='A B'"), "small letters"),
            (&format!("{rule}{}", &rule[9..]), "stands twice"),
            (&format!("{rule}when={{stages=['over']}}"), "\"emerging\""),
            ("name='x'\n[limits]\nblocks_per_hour=1001", "highest limit"),
        ] {
            let problems = parse(text).unwrap_err();
            assert!(problems.iter().any(|p| p.message.contains(expected)), "{text}: {problems:?}");
        }
    }
}
