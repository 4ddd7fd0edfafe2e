//! `[[regimes]]`: who must be told by when once customers' data was touched.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_engine::notification::{MOST_REGIMES, Regime, Told, Within};

use super::Text;
use super::keys::nearest;
use super::problem::Problem;
use super::values::is_short_line;

/// The longest source, in characters: a law's name, its article and a condition.
const LONGEST_SOURCE: usize = 1_000;

/// `[[regimes]]`: a rule that says who must be told by when. Without any the built-in table holds, with
/// any it does not: write down all that bind you.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct RegimeSection {
    /// What it is called; what was said of it stands under this name.
    #[schemars(with = "String")]
    pub(crate) name: Option<Text>,
    /// Who must be told: "authority", "customers", "people" or "public".
    #[schemars(with = "String")]
    pub(crate) who: Option<Text>,
    /// By when, from when the organization became aware ("72 hours", "30 days", "4 business days",
    /// "without undue delay"); business days leave out Saturdays and Sundays in UTC, and no holidays.
    #[schemars(with = "String")]
    pub(crate) within: Option<Text>,
    /// Where that is written, and what else one has to know of it.
    #[schemars(with = "Option<String>")]
    pub(crate) source: Option<Text>,
}

/// Checks the rules; `None` when there is none.
pub(super) fn values(
    sections: &[RegimeSection],
    problems: &mut Vec<Problem>,
) -> Option<Arc<[Regime]>> {
    if sections.len() > MOST_REGIMES {
        let message = format!("at most {MOST_REGIMES} [[regimes]] are read");
        problems.push(Problem::of_file(message));
    }
    let mut names = BTreeSet::new();
    for name in sections.iter().filter_map(|section| section.name.as_ref()) {
        if !names.insert(name.get_ref().trim()) {
            let message = format!("the rule `{}` stands twice", name.get_ref());
            problems.push(Problem::at(name.span(), message));
        }
    }
    let regimes = sections.iter().map(|section| regime(section, problems));
    let regimes: Vec<Regime> = regimes.collect::<Vec<_>>().into_iter().flatten().collect();
    (!sections.is_empty()).then(|| regimes.into())
}

fn regime(section: &RegimeSection, problems: &mut Vec<Problem>) -> Option<Regime> {
    let RegimeSection { name, who, within, source } = section;
    let Some(name) = name else {
        let span = [who, within, source].into_iter().flatten().next().map(Text::span);
        let message = "a rule needs a `name`: write name = \"…\" under each [[regimes]]";
        problems.push(Problem { span, message: message.to_owned() });
        return None;
    };
    if name.get_ref().trim().is_empty() || !is_short_line(name.get_ref()) {
        let message = "a rule's `name` is one line of at most 200 characters";
        problems.push(Problem::at(name.span(), message));
    }
    if let Some(source) = source.as_ref()
        && source.get_ref().chars().count() > LONGEST_SOURCE
    {
        let message = format!("a rule's `source` has at most {LONGEST_SOURCE} characters");
        problems.push(Problem::at(source.span(), message));
    }
    let who = needed("who", who.as_ref(), name, problems, told);
    let within = needed("within", within.as_ref(), name, problems, time);
    Some(Regime {
        name: name.get_ref().trim().to_owned(),
        who: who?,
        within: within?,
        source: source
            .as_ref()
            .map(|source| source.get_ref().trim().to_owned())
            .unwrap_or_default(),
    })
}

fn needed<T>(
    key: &str,
    value: Option<&Text>,
    name: &Text,
    problems: &mut Vec<Problem>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let Some(value) = value else {
        let message = format!("the rule `{}` needs `{key}`", name.get_ref());
        problems.push(Problem::at(name.span(), message));
        return None;
    };
    let read = read(value.get_ref().trim());
    read.map_err(|message| problems.push(Problem::at(value.span(), message))).ok()
}

fn told(text: &str) -> Result<Told, String> {
    Told::from_name(text).ok_or_else(|| {
        let names = Told::ALL.map(|(_, name)| name);
        match nearest(text, names.into_iter()) {
            Some(name) => format!("`{text}` is not known; did you mean `{name}`?"),
            None => format!("`{text}` is not known; one of {}", names.join(", ")),
        }
    })
}

fn time(text: &str) -> Result<Within, String> {
    Within::parse(text).ok_or_else(|| {
        format!(
            "`{text}` is no time; write `72 hours`, `30 days`, `4 business days` or \
             `without undue delay`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    const WHOLE: &str = "[organization]\nname='Acme'\n[[regimes]]\nname='Contract with Initech'\nwho='customers'\nwithin='24h'\nsource='section 9.2'\n[[regimes]]\nname='8-K'\nwho='public'\nwithin='4 business days'\n";

    #[test]
    fn a_table_takes_the_place_of_the_built_in_one() {
        let regimes = parse(WHOLE).unwrap().service.settings.regimes;
        assert_eq!(regimes.len(), 2);
        assert_eq!((regimes[0].who, regimes[0].within), (Told::Customers, Within::Hours(24)));
        assert_eq!((&*regimes[0].source, &*regimes[1].source), ("section 9.2", ""));
        let usual = parse("[organization]\nname='Acme'").unwrap().service.settings.regimes;
        assert_eq!(usual[..], unhook_engine::notification::usual());
    }

    #[test]
    fn mistakes_are_said_at_their_place() {
        let check = |from: &str, to: &str, line: usize, expected: &str| {
            let text = WHOLE.replacen(from, to, 1);
            let problems = parse(&text).unwrap_err();
            let found = problems.iter().find(|problem| problem.message.contains(expected));
            let found = found.unwrap_or_else(|| panic!("{expected}: {problems:?}"));
            let start = found.span.as_ref().map_or(0, |span| span.start);
            assert_eq!(text[..start].lines().count().max(1), line, "{found:?}");
        };
        check("'24h'", "'soon'", 6, "write `72 hours`");
        check("'customers'", "'customer'", 5, "did you mean `customers`?");
        check("'customers'", "'zzzzzzzz'", 5, "one of authority, customers, people, public");
        check("within='24h'\n", "", 4, "the rule `Contract with Initech` needs `within`");
        check("'8-K'", "'Contract with Initech'", 9, "stands twice");
        check("name='8-K'\n", "", 9, "a rule needs a `name`");
        check("'8-K'", "' '", 9, "one line");
    }
}
