//! What people do beside texting: their laptops look names up, and accounts are signed in to.

use std::path::Path;

use toml::Spanned;

use super::{Act, PlannedSignIn, PlannedVisit, Reading, Step, moment};
use crate::config::{self, ConfigError};
use crate::scenario::file::{EventSection, Text};

/// The most look-ups and sign-ins: each is one call of the service.
const MOST: usize = 10_000;

impl Reading<'_> {
    /// What stands in `playbook.toml`, once it is known to be right.
    pub(super) fn playbook(&mut self, table: &Spanned<toml::Table>, path: &Path) -> Option<String> {
        let text = toml::to_string(table.get_ref()).unwrap_or_default();
        match config::playbook::parse(&text) {
            Ok(_) => Some(text),
            Err(problems) => {
                let shown = format!("{} [playbook]", path.display());
                let error = ConfigError::new(Path::new(&shown), &text, problems);
                self.refuse(table, format!("[playbook] is not right:\n{error}"));
                None
            }
        }
    }

    pub(super) fn mail_domain<'t>(&mut self, domain: &'t Text) -> Option<&'t str> {
        match config::domain(domain.get_ref()) {
            Ok(_) => Some(domain.get_ref()),
            Err(message) => {
                self.refuse(domain, message);
                None
            }
        }
    }

    /// Laptops look a name up.
    pub(super) fn visits(&mut self, number: usize, name: &Text, steps: &mut Vec<Step>) {
        let name = match config::domain(name.get_ref()) {
            Ok(name) => name,
            Err(message) => return self.refuse(name, message),
        };
        self.online(number, steps, |by| Act::Visit(PlannedVisit { by, name: name.clone() }));
    }

    /// Somebody signs in with what people typed.
    pub(super) fn sign_ins(&mut self, number: usize, how: &Text, steps: &mut Vec<Step>) {
        let is_foreign = match how.get_ref().as_str() {
            "foreign" => true,
            "usual" => false,
            _ => return self.refuse(how, "write `foreign` or `usual`"),
        };
        self.online(number, steps, |by| Act::SignIn(PlannedSignIn { by, is_foreign }));
    }

    /// One step for each of the people of an event.
    fn online(&mut self, number: usize, steps: &mut Vec<Step>, act: impl Fn(usize) -> Act) {
        let event: &EventSection = &self.file.events[number];
        let count = event.count.as_ref().map_or(1, |count| *count.get_ref());
        let planned = steps.iter().filter(|step| !matches!(step.act, Act::Text(_))).count();
        if planned.saturating_add(count) > MOST {
            let message = "with this the scenario has more than 10,000 look-ups and sign-ins";
            return self.refuse(&event.at, message);
        }
        let Some(first) = self.take_people(event, count) else { return };
        if self.people[first..first + count].iter().any(|person| person.login.is_none()) {
            let message = "these have no laptop and no account; give their group a `mail_domain`";
            return self.refuse(&event.at, message);
        }
        steps.extend((0..count).map(|at| Step {
            at_ms: moment(event, at, count),
            event: number,
            act: act(first + at),
        }));
    }
}
