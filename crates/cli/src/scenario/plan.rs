//! A scenario spelled out: every person, and every single thing that happens, in order.

mod online;

use std::collections::BTreeSet;
use std::path::Path;

use toml::Spanned;
use unhook_app::people::{Entry, Language};
use unhook_app::{Contact, Standing};
use unhook_model::PhoneNumber;

use super::file::{EventSection, ExpectSection, HistorySection, PeopleSection, ScenarioFile, Text};
use super::fillers::{self, Fill};
use crate::config::{self, ConfigError, Problem, nearest};

/// The most texts: one after the other they take a few minutes.
const MOST_TEXTS: usize = 10_000;

/// The most people of all groups.
const MOST_PEOPLE: usize = 10_000;

/// The latest moment, in seconds: an attack that is played back is over in a day.
const LATEST: f64 = 86_400.0;

/// What an event is.
const ONE_OF: &str = "an event needs `forward`, `say`, `visit`, `sign_in` or `rule`, one of them";

/// What an analyst may rule.
const RULINGS: [&str; 2] = ["malicious", "benign"];

/// A scenario, ready to be played.
pub(crate) struct Scenario {
    pub(crate) title: String,
    /// The time of day at which it begins, in milliseconds.
    pub(crate) clock_ms: Option<u64>,
    pub(crate) reporting_number: PhoneNumber,
    /// Which texts are the attack.
    pub(crate) attack: Vec<String>,
    /// What stands in `unhook.toml`.
    pub(crate) unhook: toml::Table,
    /// What stands in `playbook.toml`, if there is one.
    pub(crate) playbook: Option<String>,
    pub(crate) people: Vec<Actor>,
    /// What happens, in order.
    pub(crate) steps: Vec<Step>,
    pub(crate) expect: ExpectSection,
    pub(crate) history: HistorySection,
}

/// Somebody who does things.
pub(crate) struct Actor {
    pub(crate) name: String,
    pub(crate) number: PhoneNumber,
    /// As the directory has them; none for strangers.
    pub(crate) entry: Option<Entry>,
    /// What they sign in as, for those who have a laptop and an account.
    pub(crate) login: Option<String>,
}

/// One thing that happens.
pub(crate) struct Step {
    /// Since the beginning.
    pub(crate) at_ms: u64,
    /// Which event of the file it belongs to.
    pub(crate) event: usize,
    pub(crate) act: Act,
}

/// What happens.
pub(crate) enum Act {
    Text(PlannedText),
    Visit(PlannedVisit),
    SignIn(PlannedSignIn),
    Rule(PlannedRuling),
}

/// A text to the reporting number.
#[derive(Clone, Debug)]
pub(crate) struct PlannedText {
    /// Which of the people.
    pub(crate) by: usize,
    /// Which texts it is one of.
    pub(crate) list: String,
    pub(crate) body: String,
    /// Whether it was passed on, and is no word of their own.
    pub(crate) is_forward: bool,
    /// What they say right after.
    pub(crate) then: Option<String>,
}

/// A laptop looks a name up.
#[derive(Clone, Debug)]
pub(crate) struct PlannedVisit {
    /// Whose: which of the people.
    pub(crate) by: usize,
    pub(crate) name: String,
}

/// Somebody signs in with a person's password.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedSignIn {
    /// Whose: which of the people.
    pub(crate) by: usize,
    /// Whether it is somebody else, from a device and a network that were never seen.
    pub(crate) is_foreign: bool,
}

/// What an analyst says.
#[derive(Clone, Debug)]
pub(crate) struct PlannedRuling {
    pub(crate) ruling: String,
    /// Of the campaign of which texts.
    pub(crate) of: String,
}

impl Scenario {
    /// The names that laptops look up.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let visits = self.steps.iter().filter_map(|step| match &step.act {
            Act::Visit(visit) => Some(visit.name.as_str()),
            _ => None,
        });
        visits.collect()
    }
}

/// A group of people within [`Scenario::people`].
struct Group {
    name: String,
    first: usize,
    count: usize,
    /// How many of them have done something.
    used: usize,
}

/// What a file says as steps; `None` when it says too little for that.
pub(super) fn scenario(
    file: &ScenarioFile,
    path: &Path,
    problems: &mut Vec<Problem>,
) -> Option<Scenario> {
    let mut reading = Reading {
        file,
        problems,
        groups: Vec::new(),
        people: Vec::new(),
        numbers: BTreeSet::new(),
    };
    let unhook = reading.unhook(path)?;
    let playbook = file.playbook.as_ref().and_then(|table| reading.playbook(table, path));
    let reporting_number = reading.number(&file.reporting_number)?;
    reading.texts();
    file.people.iter().for_each(|section| reading.group(section));
    let organization = organization_name(&unhook);
    let steps = reading.steps(&organization);
    reading.names();
    let people = reading.people;
    Some(Scenario {
        title: file.title.get_ref().clone(),
        clock_ms: clock(file.clock.as_ref()),
        reporting_number,
        attack: file.attack.iter().map(|list| list.get_ref().clone()).collect(),
        unhook,
        playbook,
        people,
        steps,
        expect: file.expect.clone(),
        history: file.history.clone(),
    })
}

fn organization_name(unhook: &toml::Table) -> String {
    let text = toml::to_string(unhook).unwrap_or_default();
    config::parse(&text).map(|settings| settings.organization.name).unwrap_or_default()
}

/// A time of day in milliseconds.
fn clock(time: Option<&toml::value::Datetime>) -> Option<u64> {
    let time = time?.time?;
    let seconds = u64::from(time.hour) * 3600 + u64::from(time.minute) * 60;
    Some((seconds + u64::from(time.second)) * 1000)
}

/// A file being read.
struct Reading<'a> {
    file: &'a ScenarioFile,
    problems: &'a mut Vec<Problem>,
    groups: Vec<Group>,
    people: Vec<Actor>,
    /// Whose number is taken.
    numbers: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    fn refuse<T>(&mut self, place: &Spanned<T>, message: impl Into<String>) {
        self.problems.push(Problem::at(place.span(), message));
    }

    /// What stands in `unhook.toml`, once it is known to be right.
    fn unhook(&mut self, path: &Path) -> Option<toml::Table> {
        match (&self.file.unhook, &self.file.unhook_file) {
            (Some(table), None) => self.inline(table, path),
            (None, Some(name)) => self.beside(name, path),
            _ => {
                let message = "it needs [unhook], which holds what stands in unhook.toml, or \
                               `unhook_file`, one of them";
                self.problems.push(Problem::of_file(message));
                None
            }
        }
    }

    fn inline(&mut self, table: &Spanned<toml::Table>, path: &Path) -> Option<toml::Table> {
        let text = toml::to_string(table.get_ref()).unwrap_or_default();
        let shown = format!("{} [unhook]", path.display());
        if let Err(problems) = config::parse(&text) {
            let error = ConfigError::new(Path::new(&shown), &text, problems);
            self.refuse(table, format!("[unhook] is not right:\n{error}"));
            return None;
        }
        Some(table.get_ref().clone())
    }

    fn beside(&mut self, name: &Text, path: &Path) -> Option<toml::Table> {
        let file = path.parent().unwrap_or(Path::new("")).join(name.get_ref());
        let read = config::read(&file).and_then(|_| Ok(std::fs::read_to_string(&file)?));
        match read.and_then(|text| Ok(toml::from_str(&text)?)) {
            Ok(table) => Some(table),
            Err(error) => {
                self.refuse(name, format!("{error:#}"));
                None
            }
        }
    }

    fn number(&mut self, text: &Text) -> Option<PhoneNumber> {
        let number = PhoneNumber::parse(text.get_ref()).filter(PhoneNumber::is_international);
        if number.is_none() {
            let message = format!(
                "`{}` is no number with its country; write it as +12015550123",
                text.get_ref()
            );
            self.refuse(text, message);
        }
        number
    }

    fn texts(&mut self) {
        let file = self.file;
        for text in file.texts.values().flatten() {
            if let Err(message) = fillers::check(text.get_ref(), &file.fill) {
                self.refuse(text, message);
            }
        }
    }

    fn group(&mut self, section: &PeopleSection) {
        let (first, count) = (self.people.len(), *section.count.get_ref());
        if first.saturating_add(count) > MOST_PEOPLE {
            return self.refuse(&section.count, "a scenario has at most 10,000 people");
        }
        let standing = self.standing(section.standing.as_ref());
        let languages = self.languages(&section.languages);
        let domain = section.mail_domain.as_ref().and_then(|domain| self.mail_domain(domain));
        let Some(from) = self.number(&section.numbers_from) else { return };
        let from: u64 = from.to_string().trim_start_matches('+').parse().unwrap_or_default();
        for at in 0..count {
            let Some(number) = PhoneNumber::parse(&format!("+{}", from + at as u64)) else {
                return self.refuse(&section.numbers_from, "counting up from it ends in no number");
            };
            if !self.numbers.insert(number.to_string()) {
                let message = format!("{number} belongs to two people");
                return self.refuse(&section.numbers_from, message);
            }
            let (name, key) =
                (name(section, at), format!("{}-{}", section.group.get_ref(), at + 1));
            let login = domain.map(|domain| format!("{key}@{domain}"));
            let mail = login.clone().map(Contact::Mail);
            let entry = (standing != Standing::Stranger).then(|| Entry {
                key,
                names: vec![name.clone()],
                standing,
                language: languages.get(at % languages.len().max(1)).copied(),
                contacts: [Contact::Phone(number.clone())].into_iter().chain(mail).collect(),
            });
            self.people.push(Actor { name, number, entry, login });
        }
        let name = section.group.get_ref().clone();
        self.groups.push(Group { name, first, count, used: 0 });
    }

    fn standing(&mut self, text: Option<&Text>) -> Standing {
        let Some(text) = text else { return Standing::Staff };
        if let Some(standing) = Standing::from_name(text.get_ref()) {
            return standing;
        }
        let known: Vec<&str> = Standing::ALL.iter().map(|(_, name)| *name).collect();
        let typed = text.get_ref();
        self.refuse(text, format!("`{typed}` is no standing; known are {}", known.join(", ")));
        Standing::Staff
    }

    fn languages(&mut self, tags: &[Text]) -> Vec<Language> {
        let mut languages = Vec::new();
        for tag in tags {
            match Language::parse(tag.get_ref()) {
                Some(language) => languages.push(language),
                None => self.refuse(tag, "no language; write two letters, such as `en`"),
            }
        }
        languages
    }

    /// Everything that happens, in order.
    fn steps(&mut self, organization: &str) -> Vec<Step> {
        let mut steps = Vec::new();
        let file = self.file;
        for (number, event) in file.events.iter().enumerate() {
            let at = *event.at.get_ref();
            let within = event.within.as_ref().map_or(0.0, |within| *within.get_ref());
            if !(0.0..=LATEST).contains(&at) || !(0.0..=LATEST).contains(&within) {
                self.refuse(&event.at, "seconds from 0 on; a scenario has at most a day of them");
                continue;
            }
            let EventSection { forward, say, visit, sign_in, rule, .. } = event;
            match (forward, say, visit, sign_in, rule) {
                (Some(list), None, None, None, None) => {
                    self.burst(number, list, true, organization, &mut steps)
                }
                (None, Some(list), None, None, None) => {
                    self.burst(number, list, false, organization, &mut steps);
                }
                (None, None, Some(name), None, None) => self.visits(number, name, &mut steps),
                (None, None, None, Some(how), None) => self.sign_ins(number, how, &mut steps),
                (None, None, None, None, Some(ruling)) => self.ruling(number, ruling, &mut steps),
                _ => self.refuse(&event.at, ONE_OF),
            }
        }
        // Of what happens at the same moment, what the file says first comes first.
        steps.sort_by_key(|step| step.at_ms);
        steps
    }

    /// Texts of one event.
    fn burst(
        &mut self,
        number: usize,
        list: &Text,
        is_forward: bool,
        organization: &str,
        steps: &mut Vec<Step>,
    ) {
        let file = self.file;
        let event = &file.events[number];
        let Some(bodies) = self.list(list) else { return };
        let then = match &event.then {
            Some(name) => match self.list(name) {
                Some(bodies) => Some(bodies),
                None => return,
            },
            None => None,
        };
        let count = event.count.as_ref().map_or(1, |count| *count.get_ref());
        let planned = steps.iter().filter(|step| matches!(step.act, Act::Text(_))).count();
        if planned.saturating_add(count) > MOST_TEXTS {
            return self.refuse(&event.at, "with this the scenario has more than 10,000 texts");
        }
        let Some(first) = self.take_people(event, count) else { return };
        for at in 0..count {
            let by = first + at;
            let fill = Fill {
                lists: &file.fill,
                organization,
                given: self.people[by].name.split(' ').next().unwrap_or_default(),
                name: &self.people[by].name,
                number: at,
            };
            let one_of = |bodies: &[Text]| fill.fill(bodies[at % bodies.len()].get_ref());
            let text = PlannedText {
                by,
                list: list.get_ref().clone(),
                body: one_of(bodies),
                is_forward,
                then: then.map(one_of),
            };
            let act = Act::Text(text);
            steps.push(Step { at_ms: moment(event, at, count), event: number, act });
        }
    }

    /// The texts of a name.
    fn list(&mut self, name: &Text) -> Option<&'a [Text]> {
        let file = self.file;
        let found = file.texts.get(name.get_ref()).filter(|list| !list.is_empty());
        if found.is_none() {
            let known = file.texts.keys().map(String::as_str);
            self.refuse(name, unknown("texts", name.get_ref(), known));
        }
        found.map(Vec::as_slice)
    }

    /// The first of the people who do something, which are from then on those who did.
    fn take_people(&mut self, event: &EventSection, count: usize) -> Option<usize> {
        let Some(by) = &event.by else {
            self.refuse(&event.at, "say by whom: `by = \"…\"`, a group of [[people]]");
            return None;
        };
        let Some(group) = self.groups.iter_mut().find(|group| group.name == *by.get_ref()) else {
            let known: Vec<String> = self.groups.iter().map(|group| group.name.clone()).collect();
            let message = unknown("people", by.get_ref(), known.iter().map(String::as_str));
            self.refuse(by, message);
            return None;
        };
        let begin = match &event.first {
            Some(first) => first.get_ref().saturating_sub(1),
            None => group.used,
        };
        let end = begin.saturating_add(count);
        if end > group.count {
            let message =
                format!("`{}` has {} people, and this needs {end}", group.name, group.count);
            self.refuse(by, message);
            return None;
        }
        if event.first.is_none() {
            group.used += count;
        }
        Some(group.first + begin)
    }

    fn ruling(&mut self, number: usize, ruling: &Text, steps: &mut Vec<Step>) {
        let file = self.file;
        let event = &file.events[number];
        if !RULINGS.contains(&ruling.get_ref().as_str()) {
            self.refuse(ruling, "write `malicious` or `benign`");
        }
        let Some(of) = &event.of else {
            return self.refuse(ruling, "say of which campaign: `of = \"…\"`, that of these texts");
        };
        if self.list(of).is_none() {
            return;
        }
        let ruling = PlannedRuling { ruling: ruling.get_ref().clone(), of: of.get_ref().clone() };
        steps.push(Step { at_ms: moment(event, 0, 1), event: number, act: Act::Rule(ruling) });
    }

    /// Names of texts that stand elsewhere in the file.
    fn names(&mut self) {
        let file = self.file;
        let verdicts = file.expect.verdicts.keys();
        for name in file.attack.iter().chain(&file.expect.closed).chain(verdicts) {
            self.list(name);
        }
        for verdict in file.expect.verdicts.values() {
            if !["benign", "suspicious", "malicious"].contains(&verdict.get_ref().as_str()) {
                self.refuse(verdict, "write `malicious`, `suspicious` or `benign`");
            }
        }
    }
}

fn unknown<'n>(what: &str, typed: &str, known: impl Iterator<Item = &'n str>) -> String {
    match nearest(typed, known) {
        Some(name) => format!("there are no {what} `{typed}`; did you mean `{name}`?"),
        None => format!("there are no {what} `{typed}`"),
    }
}

/// When the how-many-th text of an event comes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "moments are from 0 to two days, counts to ten thousand"
)]
fn moment(event: &EventSection, at: usize, count: usize) -> u64 {
    let within = event.within.as_ref().map_or(0.0, |within| *within.get_ref());
    let seconds = event.at.get_ref() + within * at as f64 / count.max(1) as f64;
    (seconds * 1000.0) as u64
}

/// The name of somebody in a group: given names go round fastest.
fn name(section: &PeopleSection, at: usize) -> String {
    let pick = |list: &[String], at: usize, otherwise: String| {
        if list.is_empty() { otherwise } else { list[at % list.len()].clone() }
    };
    let given = pick(&section.given_names, at, "Person".to_owned());
    let round = at / section.given_names.len().max(1);
    let surname = pick(&section.surnames, at + round, (at + 1).to_string());
    format!("{given} {surname}")
}
