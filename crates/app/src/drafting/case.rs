//! A campaign as it is told of: what is the actor's, counted, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use unhook_detect::explain::defang;
use unhook_detect::text::{Text, host};
use unhook_engine::response::LetterKind;
use unhook_model::{CampaignId, Hostname, LinkKind, PersonId, Sender, Timestamp};

use super::private::{fold, runs_of_digits, words};
use super::quote::quote;
use super::{Draft, LONGEST_BODY, LONGEST_SUBJECT, Private};
use unhook_detect::text::clean::is_invisible;

/// So many words after one another are the lure's own.
const TELLING_WORDS: usize = 6;

/// How many texts unlike each other are looked at for words of the lure.
const MOST_TEXTS: usize = 50;

/// One report of a campaign, as it was kept.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Whose it is.
    pub owner: PersonId,
    /// When it came in.
    pub at: Timestamp,
    /// Who the text says it is from.
    pub sender: Option<String>,
    /// What it says; nothing where it can no longer be read.
    pub body: String,
    /// The signals that fired.
    pub signals: Vec<String>,
    /// The names it leads to that may be blocked.
    pub names: Vec<Hostname>,
}

/// All that a case is made of.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Whose people were to be phished.
    pub organization: String,
    /// Where answers go.
    pub from: Option<String>,
    /// The campaign.
    pub campaign: CampaignId,
    /// Its reports, oldest first.
    pub reports: Vec<Collected>,
    /// What belongs to those who got or reported one.
    pub private: Private,
    /// What a name imitates, and why that is said.
    pub imitations: BTreeMap<Hostname, (String, String)>,
}

/// How often and between when something was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell {
    /// In how many texts.
    pub texts: usize,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
}

/// A name that texts lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSeen {
    /// The name.
    pub name: Hostname,
    /// Whose name it imitates, and why that is said.
    pub imitates: Option<(String, String)>,
    /// Whether a registrar sold it: names below a suffix that is lent have a host alone.
    pub has_registrar: bool,
    /// When.
    pub seen: Spell,
}

/// A sender of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderSeen {
    /// A number, a short code, a sender id or an address.
    pub sender: String,
    /// When.
    pub seen: Spell,
}

/// A campaign as it is told of.
#[derive(Clone, Debug)]
pub struct Case {
    pub(super) organization: String,
    pub(super) from: Option<String>,
    pub(super) campaign: CampaignId,
    pub(super) seen: Spell,
    pub(super) people: usize,
    pub(super) names: Vec<NameSeen>,
    pub(super) senders: Vec<SenderSeen>,
    pub(super) signals: Vec<(String, usize)>,
    pub(super) quote: Option<String>,
    private: Private,
    lure: Lure,
}

/// What a lure could be sent with.
#[derive(Clone, Debug, Default)]
struct Lure {
    /// Live links, folded, without their schemes.
    links: BTreeSet<String>,
    /// Digits of senders and of numbers to call.
    numbers: BTreeSet<String>,
    /// Runs of its words.
    runs: BTreeSet<String>,
}

impl Case {
    /// Makes a case; `None` without reports.
    #[must_use]
    pub fn new(gathered: Gathered) -> Option<Self> {
        let Gathered { organization, from, campaign, reports, private, mut imitations } = gathered;
        let seen = spell(&reports.iter().collect::<Vec<_>>())?;
        let owners: BTreeSet<PersonId> = reports.iter().map(|report| report.owner).collect();
        let names =
            by(&reports, |report| report.names.clone()).into_iter().filter_map(|(name, some)| {
                let has_registrar = !host::is_lent(name.as_str());
                Some(NameSeen {
                    imitates: imitations.remove(&name),
                    has_registrar,
                    seen: spell(&some)?,
                    name,
                })
            });
        let names: Vec<NameSeen> = busiest(names.collect(), |name| &name.seen);
        let senders = by(&reports, |report| sender(report, &private)).into_iter();
        let senders = senders.filter(|(sender, some)| is_told(sender, some));
        let senders =
            senders.filter_map(|(sender, some)| Some(SenderSeen { seen: spell(&some)?, sender }));
        let senders = busiest(senders.collect(), |sender: &SenderSeen| &sender.seen);
        let signals = by(&reports, |report| report.signals.clone()).into_iter();
        let mut signals: Vec<(String, usize)> =
            signals.map(|(signal, some)| (signal, some.len())).collect();
        signals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let texts: Vec<(PersonId, &str)> =
            reports.iter().map(|report| (report.owner, report.body.as_str())).collect();
        let plain: Vec<&Hostname> = names.iter().map(|name| &name.name).collect();
        let quote = quote(&texts, &plain, &private);
        let lure = Lure::of(&reports, &plain);
        let people = owners.len();
        Some(Self {
            organization,
            from,
            campaign,
            seen,
            people,
            names,
            senders,
            signals,
            quote,
            private,
            lure,
        })
    }

    /// Looks at what a person made of a draft: whether it may go out, or what to change.
    ///
    /// # Errors
    /// Says what to change, in words that repeat nothing of anybody.
    pub fn check(&self, draft: &Draft, to: &str, subject: &str, body: &str) -> Result<(), String> {
        is_text("subject", subject, LONGEST_SUBJECT, false)?;
        is_text("body", body, LONGEST_BODY, true)?;
        let is_live = |name: &&NameSeen| {
            to.split('@').nth(1).is_some_and(|at| {
                Hostname::parse(at).is_ok_and(|at| at.is_within(name.name.as_str()))
            })
        };
        if self.names.iter().find(is_live).is_some() {
            return Err(
                "the address is at a name of the campaign: whoever sent the lure would read it"
                    .to_owned(),
            );
        }
        if draft.kind != LetterKind::Staff && self.private.found_in(to, "").is_some() {
            return Err("the address is that of somebody who got or reported a text".to_owned());
        }
        let (said, drafted) =
            (format!("{subject}\n{body}"), format!("{}\n{}", draft.subject, draft.body));
        if let Some(what) = self.private.found_in(&said, &drafted) {
            return Err(format!(
                "{what} of somebody who got or reported a text is in it; take it out"
            ));
        }
        if let Some(link) = self.lure.live_link(&said) {
            return Err(format!("a link of the lure is live in it; write `{}`", defang(link)));
        }
        if draft.kind == LetterKind::Staff {
            return self.lure.is_not_in(&said);
        }
        Ok(())
    }
}

impl Lure {
    fn of(reports: &[Collected], names: &[&Hostname]) -> Self {
        let mut lure = Self::default();
        lure.links.extend(names.iter().map(|name| name.to_string()));
        let senders = reports.iter().filter_map(|report| report.sender.as_deref());
        lure.numbers.extend(senders.flat_map(runs_of_digits));
        let bodies: BTreeSet<&str> = reports.iter().map(|report| report.body.as_str()).collect();
        for body in bodies.into_iter().take(MOST_TEXTS) {
            for found in &Text::read(body).links {
                match found.link.kind {
                    LinkKind::Phone => lure.numbers.extend(runs_of_digits(&found.link.target)),
                    // A name alone may be that of somebody whom the lure talks of.
                    _ if found.tail.trim_matches('/').is_empty() => {}
                    _ => {
                        let target = found.link.target.split_once("://");
                        lure.links
                            .insert(fold(target.map_or(&found.link.target, |(_, rest)| rest)));
                    }
                }
            }
            let folded: Vec<String> = words(body).map(fold).collect();
            lure.runs.extend(folded.windows(TELLING_WORDS).map(|run| run.join(" ")));
        }
        lure.numbers.retain(|number| number.len() >= 5);
        lure
    }

    fn live_link(&self, text: &str) -> Option<&str> {
        let folded = fold(text);
        self.links.iter().find(|link| folded.contains(*link)).map(String::as_str)
    }

    fn is_not_in(&self, text: &str) -> Result<(), String> {
        let has_number =
            |run: &String| self.numbers.iter().any(|number| run.contains(number.as_str()));
        if runs_of_digits(text).iter().any(has_number) {
            return Err(
                "a number of the lure is in it; staff would call it. Take it out".to_owned()
            );
        }
        let folded: Vec<String> = words(text).map(fold).collect();
        if folded.windows(TELLING_WORDS).any(|run| self.runs.contains(&run.join(" "))) {
            return Err("words of the lure are in it; say in your own what it is about".to_owned());
        }
        Ok(())
    }
}

/// Refuses what is no text, or does not say what it seems to.
fn is_text(field: &str, text: &str, longest: usize, has_lines: bool) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > longest {
        return Err(format!("write a `{field}` of 1 to {longest} bytes"));
    }
    let is_hidden = |c: char| is_invisible(c) || c.is_control() && !(has_lines && c == '\n');
    if text.chars().any(is_hidden) {
        return Err(format!("the `{field}` has characters that cannot be seen; write it anew"));
    }
    Ok(())
}

/// The sender of a text, if it is not one of those who got or reported one.
fn sender(report: &Collected, private: &Private) -> Option<String> {
    let sender = Sender::parse(report.sender.as_deref()?)?;
    let text = sender.as_text();
    (!private.is_sender(&text)).then_some(text)
}

/// A number, a short code or an address is the actor's. A name may be what one person calls another in
/// their phone; one that several people saw was sent.
fn is_told(sender: &str, reports: &[&Collected]) -> bool {
    let owners: BTreeSet<PersonId> = reports.iter().map(|report| report.owner).collect();
    match Sender::parse(sender) {
        None => false,
        Some(Sender::Alphanumeric(name)) => {
            owners.len() > 1 && !name.chars().any(|c| is_invisible(c) || c.is_control())
        }
        Some(Sender::Phone(number)) => number.is_international(),
        Some(Sender::ShortCode(_)) => true,
        Some(Sender::Email(address)) => crate::mailing::is_address(&address),
    }
}

/// Reports by what each has.
fn by<K: Clone + Ord, I: IntoIterator<Item = K>>(
    reports: &[Collected],
    of: impl Fn(&Collected) -> I,
) -> BTreeMap<K, Vec<&Collected>> {
    let mut by: BTreeMap<K, Vec<&Collected>> = BTreeMap::new();
    for report in reports {
        for key in of(report).into_iter().collect::<BTreeSet<K>>() {
            by.entry(key).or_default().push(report);
        }
    }
    by
}

fn spell(reports: &[&Collected]) -> Option<Spell> {
    let times = || reports.iter().map(|report| report.at);
    Some(Spell { texts: reports.len(), first: times().min()?, last: times().max()? })
}

/// The most seen first.
fn busiest<T>(mut all: Vec<T>, seen: impl Fn(&T) -> &Spell) -> Vec<T> {
    all.sort_by_key(|one| (std::cmp::Reverse(seen(one).texts), seen(one).first));
    all
}
