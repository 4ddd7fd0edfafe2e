//! What a scenario's file may say. The types are its contract; `docs/scenarios.md` tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::config::{Problem, nearest};

/// A text and its place in the file.
pub(super) type Text = Spanned<String>;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    /// What it is, in a few words.
    pub(super) title: Text,
    /// The time of day at which it begins; shown, and nothing more.
    pub(super) clock: Option<toml::value::Datetime>,
    /// The number that people forward texts to.
    pub(super) reporting_number: Text,
    /// Which texts are the attack.
    #[serde(default)]
    pub(super) attack: Vec<Text>,
    /// What would stand in `unhook.toml`.
    pub(super) unhook: Option<Spanned<toml::Table>>,
    /// An `unhook.toml`, from where the scenario lies.
    pub(super) unhook_file: Option<Text>,
    /// What would stand in `playbook.toml`; the careful one if left out.
    pub(super) playbook: Option<Spanned<toml::Table>>,
    /// Who there is.
    #[serde(default)]
    pub(super) people: Vec<PeopleSection>,
    /// Texts by name, with fillers in braces.
    #[serde(default)]
    pub(super) texts: BTreeMap<String, Vec<Text>>,
    /// What fillers stand for, one after the other.
    #[serde(default)]
    pub(super) fill: BTreeMap<String, Vec<String>>,
    /// What happens.
    #[serde(default)]
    pub(super) events: Vec<EventSection>,
    /// What should come of it.
    #[serde(default)]
    pub(super) expect: ExpectSection,
    /// How it went without Unhook, by stage; shown beside it.
    #[serde(default)]
    pub(super) history: HistorySection,
}

/// `[[people]]`: a group of people with numbers that count up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleSection {
    pub(super) group: Text,
    pub(super) count: Spanned<usize>,
    pub(super) numbers_from: Text,
    /// What they are to the organization; strangers are not in the directory.
    pub(super) standing: Option<Text>,
    #[serde(default)]
    pub(super) languages: Vec<Text>,
    #[serde(default)]
    pub(super) given_names: Vec<String>,
    #[serde(default)]
    pub(super) surnames: Vec<String>,
    /// Each has a laptop, and an account by a mail address at this domain.
    pub(super) mail_domain: Option<Text>,
}

/// `[[events]]`: what some people do or what is done in their name, or what an analyst rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventSection {
    /// Seconds since the beginning.
    pub(super) at: Spanned<f64>,
    /// Which texts somebody passes on.
    pub(super) forward: Option<Text>,
    /// Which texts somebody says of their own.
    pub(super) say: Option<Text>,
    /// Which name the laptops of some people look up.
    pub(super) visit: Option<Text>,
    /// How somebody signs in with the password of some people.
    pub(super) sign_in: Option<Text>,
    /// What an analyst rules.
    pub(super) rule: Option<Text>,
    /// Of the campaign of which texts.
    pub(super) of: Option<Text>,
    /// Which people.
    pub(super) by: Option<Text>,
    /// Which of them first, from 1; left out, the next who has not done anything.
    pub(super) first: Option<Spanned<usize>>,
    /// How many, each once.
    pub(super) count: Option<Spanned<usize>>,
    /// Over how many seconds.
    pub(super) within: Option<Spanned<f64>>,
    /// Which texts each says right after.
    pub(super) then: Option<Text>,
}

/// `[expect]`: what should come of it. What is left out is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectSection {
    /// Whether every text that was forwarded was answered.
    #[serde(default)]
    pub(crate) answered: bool,
    /// What everyone was told last, by texts.
    #[serde(default)]
    pub(crate) verdicts: BTreeMap<Text, Text>,
    /// How many campaigns there are.
    pub(crate) campaigns: Option<u64>,
    /// How many texts the largest has at least.
    pub(crate) members_at_least: Option<u64>,
    /// Texts of which nothing was found, and which are in no campaign.
    #[serde(default)]
    pub(crate) closed: Vec<Text>,
    /// How many alerts of a kind those on call got.
    #[serde(default)]
    pub(crate) alerts: BTreeMap<String, u64>,
    /// How many people at least were told otherwise.
    pub(crate) corrections_at_least: Option<u64>,
    /// Names that do not resolve in the end.
    #[serde(default)]
    pub(crate) blocked: Vec<Text>,
    /// How many people at each rung of the ladder there are at least.
    #[serde(default)]
    pub(crate) exposed_at_least: BTreeMap<String, u64>,
    /// How many people there are whose sessions were all ended.
    pub(crate) evicted: Option<u64>,
    /// How long the slowest answer may take, in milliseconds.
    pub(crate) answers_within_ms: Option<f64>,
}

/// `[history]`: how each stage went without Unhook.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistorySection {
    /// What the column is headed with.
    pub(crate) heading: Option<String>,
    pub(crate) answered: Option<String>,
    pub(crate) opened: Option<String>,
    pub(crate) spread: Option<String>,
    pub(crate) submitted: Option<String>,
    pub(crate) blocked: Option<String>,
    pub(crate) revoked: Option<String>,
    pub(crate) corrected: Option<String>,
}

/// A mistake that the parser found, with the key that was likely meant.
pub(super) fn problem(error: &toml::de::Error) -> Problem {
    let mut names = error.message().split('`').skip(1).step_by(2);
    let place = error.span();
    let unknown = error.message().starts_with("unknown field").then(|| names.next()).flatten();
    let (Some(typed), Some(place)) = (unknown, place) else { return Problem::of_toml(error) };
    let known: Vec<&str> = names.collect();
    Problem::at(
        place,
        match nearest(typed, known.iter().copied()) {
            Some(name) => format!("unknown key `{typed}`; did you mean `{name}`?"),
            None => format!("unknown key `{typed}`; known here: {}", known.join(", ")),
        },
    )
}
