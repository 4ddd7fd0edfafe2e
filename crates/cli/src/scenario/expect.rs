//! What was expected of a scenario, and whether it held.

use serde::Serialize;

use super::measure;
use super::observed::{Observed, SeenText};
use super::plan::Scenario;
use crate::failure::Failure;

/// The names of all expectations, as `[expect]` has them.
pub(super) const NAMES: [&str; 11] = [
    "answered",
    "verdicts",
    "campaigns",
    "members_at_least",
    "closed",
    "alerts",
    "corrections_at_least",
    "blocked",
    "exposed_at_least",
    "evicted",
    TIME,
];

/// The one that depends on the machine.
const TIME: &str = "answers_within_ms";

/// One expectation and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Finding {
    /// Which of [`NAMES`].
    pub(crate) name: &'static str,
    /// Of which texts, or which kind of alert.
    pub(crate) of: Option<String>,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) held: bool,
}

impl Finding {
    fn new(name: &'static str, of: Option<&str>, expected: String, found: String) -> Self {
        let held = expected == found;
        Self { name, of: of.map(str::to_owned), expected, found, held }
    }

    /// Whether it is about time, which depends on the machine.
    pub(crate) fn is_time(&self) -> bool {
        self.name == TIME
    }
}

/// Which expectations decide the exit status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen(Vec<&'static str>);

impl Default for Chosen {
    /// All but the one about time.
    fn default() -> Self {
        Self(NAMES.into_iter().filter(|name| *name != TIME).collect())
    }
}

impl Chosen {
    /// Reads `all`, or names.
    pub(crate) fn read(names: &[String]) -> Result<Self, Failure> {
        if names.is_empty() {
            return Ok(Self::default());
        }
        if names == ["all"] {
            return Ok(Self(NAMES.to_vec()));
        }
        let known = |typed: &String| {
            NAMES.into_iter().find(|name| name == typed).ok_or_else(|| {
                Failure::usage(format!(
                    "nothing is expected under the name `{typed}`; there are all, {}",
                    NAMES.join(", ")
                ))
            })
        };
        names.iter().map(known).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a finding decides.
    pub(crate) fn decides(&self, finding: &Finding) -> bool {
        self.0.contains(&finding.name)
    }

    /// Whether all that was chosen held.
    pub(crate) fn held(&self, findings: &[Finding]) -> bool {
        findings.iter().all(|finding| finding.held || !self.decides(finding))
    }
}

/// What became of everything that was expected.
pub(crate) fn findings(scenario: &Scenario, observed: &Observed) -> Vec<Finding> {
    let expect = &scenario.expect;
    let mut findings = Vec::new();
    if expect.answered {
        findings.push(share("answered", None, observed.forwards(), "answered", |text| {
            text.answer.is_some()
        }));
    }
    for (list, verdict) in &expect.verdicts {
        let (list, verdict) = (list.get_ref().as_str(), verdict.get_ref().as_str());
        let is_so = |text: &SeenText| text.report.as_ref().is_some_and(|r| r.last == verdict);
        findings.push(share("verdicts", Some(list), of(observed, list), verdict, is_so));
    }
    if let Some(count) = expect.campaigns {
        let found = observed.campaigns.len().to_string();
        findings.push(Finding::new("campaigns", None, count.to_string(), found));
    }
    if let Some(least) = expect.members_at_least {
        let found = observed.campaigns.iter().copied().max().unwrap_or_default();
        findings.push(at_least("members_at_least", least, found));
    }
    for list in &expect.closed {
        let list = list.get_ref().as_str();
        let words = "nothing found, in no campaign";
        findings.push(share("closed", Some(list), of(observed, list), words, is_closed));
    }
    for (kind, count) in &expect.alerts {
        let found = observed.alerts.iter().filter(|alert| alert.kind == *kind).count();
        let (expected, found) = (count.to_string(), found.to_string());
        findings.push(Finding::new("alerts", Some(kind), expected, found));
    }
    if let Some(least) = expect.corrections_at_least {
        findings.push(at_least("corrections_at_least", least, observed.corrections.len() as u64));
    }
    for name in &expect.blocked {
        let name = name.get_ref();
        let found = if observed.blocked.contains_key(name) { "no answer" } else { "an address" };
        findings.push(Finding::new(
            "blocked",
            Some(name),
            "no answer".to_owned(),
            found.to_owned(),
        ));
    }
    for (rung, least) in &expect.exposed_at_least {
        let found = observed.ladder.get(rung).copied().unwrap_or_default();
        let of = Some(rung.clone());
        findings.push(Finding { of, ..at_least("exposed_at_least", *least, found) });
    }
    if let Some(count) = expect.evicted {
        let found = observed.takeovers.iter().filter(|seen| seen.took.is_some()).count();
        findings.push(Finding::new("evicted", None, count.to_string(), found.to_string()));
    }
    if let Some(most) = expect.answers_within_ms {
        let slowest = measure::answers(observed).slowest_ms;
        let found = format!("{slowest:.0} ms");
        let expected = format!("{most:.0} ms at most");
        findings.push(Finding { name: TIME, of: None, expected, found, held: slowest <= most });
    }
    findings
}

fn of<'o>(observed: &'o Observed, list: &'o str) -> impl Iterator<Item = &'o SeenText> {
    observed.forwards().filter(move |text| text.list == list)
}

/// Whether a text was kindly answered and is no trouble to anybody.
pub(super) fn is_closed(text: &SeenText) -> bool {
    let is_so = |last: &str, is_alone| last == "benign" && is_alone;
    text.report.as_ref().is_some_and(|r| is_so(&r.last, r.campaign.is_none()))
}

/// Whether all of some texts are as they should be; those that are not are counted.
fn share<'o>(
    name: &'static str,
    list: Option<&str>,
    texts: impl Iterator<Item = &'o SeenText>,
    what: &str,
    is_so: impl Fn(&SeenText) -> bool,
) -> Finding {
    let (mut all, mut so) = (0, 0);
    for text in texts {
        all += 1;
        so += usize::from(is_so(text));
    }
    Finding::new(name, list, format!("{all} of {all} {what}"), format!("{so} of {all} {what}"))
}

fn at_least(name: &'static str, least: u64, found: u64) -> Finding {
    let expected = format!("{least} or more");
    Finding { name, of: None, expected, found: found.to_string(), held: found >= least }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::observed::tests::{report, text};

    #[test]
    fn what_held_and_what_did_not_is_told_apart() {
        let mut scenario = Scenario::built_in().unwrap();
        scenario.expect = toml::from_str(
            "answered = true\ncampaigns = 1\nmembers_at_least = 3\nclosed = ['everyday']\n\
             answers_within_ms = 5\n[verdicts]\nlure = 'malicious'\n[alerts]\ncampaign-opened = 0",
        )
        .unwrap();
        let mut observed = Observed::new();
        observed.texts = vec![text("lure", (10, 20)), text("everyday", (21, 24))];
        observed.texts[1].answer = None;
        observed.campaigns = vec![2];
        observed.learn(&[
            report("1970-01-01T00:00:00.01Z", "malicious", Some("a")),
            report("1970-01-01T00:00:00.021Z", "benign", None),
        ]);
        let findings = findings(&scenario, &observed);
        let held: Vec<(&str, bool)> = findings.iter().map(|f| (f.name, f.held)).collect();
        let expected = [
            ("answered", false),
            ("verdicts", true),
            ("campaigns", true),
            ("members_at_least", false),
            ("closed", true),
            ("alerts", true),
            (TIME, false),
        ];
        assert_eq!(held, expected);
        assert_eq!(findings[0].found, "1 of 2 answered");
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            Chosen::read(&names).unwrap().held(&findings)
        };
        assert!(chosen(&["campaigns", "closed"]));
        assert!(!chosen(&["campaigns", "members_at_least"]));
        assert!(!chosen(&["all"]) && !chosen(&[]));
        assert!(Chosen::read(&["campaign".to_owned()]).is_err());
    }

    #[test]
    fn time_decides_only_where_it_is_asked_for() {
        let slow = Finding {
            name: TIME,
            of: None,
            expected: String::new(),
            found: String::new(),
            held: false,
        };
        assert!(Chosen::default().held(std::slice::from_ref(&slow)));
        assert!(!Chosen::read(&["all".to_owned()]).unwrap().held(&[slow]));
    }
}
