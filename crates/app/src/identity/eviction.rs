//! Getting an actor out of one person's accounts: the checklist, worked out from what was tried.
//!
//! An ended session is not the end. Whoever was in may have added a factor, a device or a password
//! of an application, sends mail on by a rule, and is signed in to applications that the provider
//! knows nothing of. So the list has all of it, also what nothing here can do: that stays open until
//! a person says it is done.

use unhook_model::Timestamp;

use super::{Ability, IdentityError, Performed};

/// One thing to see to, in the order in which it is seen to: who is in goes out first, and then
/// what lets them in again goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Sessions at the provider.
    Sessions,
    /// Tokens that applications hold.
    Tokens,
    /// The password.
    Password,
    /// Second factors that were added.
    Factors,
    /// Devices that were added.
    Devices,
    /// Passwords of single applications that were added.
    AppPasswords,
    /// Rules of the mailbox that send mail on or hide it.
    MailRules,
    /// Sessions at applications, which outlive the provider's.
    ApplicationSessions,
}

impl Item {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Sessions,
        Self::Tokens,
        Self::Password,
        Self::Factors,
        Self::Devices,
        Self::AppPasswords,
        Self::MailRules,
        Self::ApplicationSessions,
    ];

    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Tokens => "tokens",
            Self::Password => "password",
            Self::Factors => "factors",
            Self::Devices => "devices",
            Self::AppPasswords => "app-passwords",
            Self::MailRules => "mail-rules",
            Self::ApplicationSessions => "application-sessions",
        }
    }

    /// What a provider must be able to do for it; without, only a person can.
    const fn ability(self) -> Option<Ability> {
        match self {
            Self::Sessions => Some(Ability::EndSessions),
            Self::Tokens => Some(Ability::RevokeTokens),
            Self::Password => Some(Ability::ExpirePassword),
            Self::Factors => Some(Ability::RemoveFactor),
            Self::Devices => Some(Ability::RemoveDevice),
            Self::AppPasswords => Some(Ability::RemoveAppPassword),
            Self::MailRules | Self::ApplicationSessions => None,
        }
    }
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or there was nothing to do.
    Done,
    /// A receiver was told; what it made of it cannot be seen.
    Told,
    /// It was not done, and why.
    Failed(String),
    /// Nobody knows.
    Unknown(String),
}

impl From<Result<Performed, IdentityError>> for Outcome {
    fn from(result: Result<Performed, IdentityError>) -> Self {
        match result {
            Ok(Performed::Done) => Self::Done,
            Ok(Performed::Told) => Self::Told,
            Err(IdentityError::Later { why, .. } | IdentityError::Refused { why }) => {
                Self::Failed(why)
            }
            Err(IdentityError::Unknown { why }) => Self::Unknown(why),
        }
    }
}

/// One attempt at one part of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// At what.
    pub item: Item,
    /// At which provider, by its name; without, a person did it by hand, everywhere.
    pub provider: Option<String>,
    /// What of it: the id of a factor or device. Empty for what is one whole.
    pub part: String,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// How one item stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Done, the last of it then.
    Done(Timestamp),
    /// Receivers were told then. Look whether it took effect.
    Told(Timestamp),
    /// It could not be done: why, by provider.
    CouldNot(Vec<(String, String)>),
    /// Nobody knows whether it is done: it may be tried again.
    Unknown(Vec<(String, String)>),
    /// It can be done, and was not tried yet at these providers.
    NotTried(Vec<String>),
    /// None of the person's providers can do it: a person has to.
    NotSupported,
    /// Nothing here can see or do it: a person has to.
    ForAPerson,
}

impl Standing {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Told(_) => "told",
            Self::CouldNot(_) => "could-not",
            Self::Unknown(_) => "unknown",
            Self::NotTried(_) => "not-tried",
            Self::NotSupported => "not-supported",
            Self::ForAPerson => "for-a-person",
        }
    }
}

/// The checklist of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    items: Vec<(Item, Standing)>,
}

impl Eviction {
    /// Works it out: the person's providers with what each can do, and everything that was tried,
    /// in order. Of each part the latest attempt counts; where several things are to be said of an
    /// item, the worst.
    #[must_use]
    pub fn of(providers: &[(&str, &[Ability])], attempts: &[Attempt]) -> Self {
        let standing = |item| (item, standing(item, providers, attempts));
        Self { items: Item::ALL.into_iter().map(standing).collect() }
    }

    /// Every item in order, and how it stands.
    #[must_use]
    pub fn items(&self) -> &[(Item, Standing)] {
        &self.items
    }

    /// Whether everything is done, as far as can be seen from here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.items.iter().all(|(_, standing)| matches!(standing, Standing::Done(_)))
    }

    /// What is still to be seen to.
    pub fn open(&self) -> impl Iterator<Item = &(Item, Standing)> {
        self.items.iter().filter(|(_, standing)| !matches!(standing, Standing::Done(_)))
    }
}

fn standing(item: Item, providers: &[(&str, &[Ability])], attempts: &[Attempt]) -> Standing {
    let of_item: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.item == item).collect();
    // A person who says that it is done has the last word, until something is tried after that.
    if let Some(last) = of_item.last()
        && last.provider.is_none()
        && last.outcome == Outcome::Done
    {
        return Standing::Done(last.at);
    }
    let able: Vec<&str> = match item.ability() {
        None => return Standing::ForAPerson,
        Some(ability) => providers
            .iter()
            .filter(|(_, abilities)| abilities.contains(&ability))
            .map(|(name, _)| *name)
            .collect(),
    };
    if able.is_empty() {
        return Standing::NotSupported;
    }
    sum(&able, &of_item)
}

/// The worst of what is to be said at the providers that can do it.
fn sum(able: &[&str], attempts: &[&Attempt]) -> Standing {
    let (mut failed, mut unknown, mut untried) = (Vec::new(), Vec::new(), Vec::new());
    let (mut told, mut done) = (None, None);
    for name in able {
        let latest = latest_of_parts(name, attempts);
        if latest.is_empty() {
            untried.push((*name).to_owned());
        }
        for attempt in latest {
            let name = (*name).to_owned();
            match &attempt.outcome {
                Outcome::Failed(why) => failed.push((name, why.clone())),
                Outcome::Unknown(why) => unknown.push((name, why.clone())),
                Outcome::Told => told = told.max(Some(attempt.at)),
                Outcome::Done => done = done.max(Some(attempt.at)),
            }
        }
    }
    if !failed.is_empty() {
        return Standing::CouldNot(failed);
    }
    if !unknown.is_empty() {
        return Standing::Unknown(unknown);
    }
    match (untried.is_empty(), told, done) {
        (true, Some(at), _) => Standing::Told(at),
        (true, None, Some(at)) => Standing::Done(at),
        _ => Standing::NotTried(untried),
    }
}

fn latest_of_parts<'a>(provider: &str, attempts: &[&'a Attempt]) -> Vec<&'a Attempt> {
    let mut latest: Vec<&Attempt> = Vec::new();
    for attempt in attempts.iter().filter(|attempt| attempt.provider.as_deref() == Some(provider)) {
        latest.retain(|earlier| earlier.part != attempt.part);
        latest.push(attempt);
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;

    const OKTA: (&str, &[Ability]) =
        ("okta", &[Ability::EndSessions, Ability::RevokeTokens, Ability::RemoveFactor]);
    const SIGNALS: (&str, &[Ability]) = ("signals", &[Ability::EndSessions]);

    fn attempt(item: Item, provider: Option<&str>, part: &str, outcome: Outcome) -> Attempt {
        let provider = provider.map(str::to_owned);
        Attempt { item, provider, part: part.to_owned(), at: Timestamp::from_unix_ms(7), outcome }
    }

    fn standing_of(item: Item, attempts: &[Attempt]) -> Standing {
        let eviction = Eviction::of(&[OKTA, SIGNALS], attempts);
        eviction.items().iter().find(|(of, _)| *of == item).unwrap().1.clone()
    }

    #[test]
    fn what_nobody_began_is_said_as_it_is() {
        let eviction = Eviction::of(&[OKTA], &[]);
        let names: Vec<&str> = eviction.items().iter().map(|(_, s)| s.name()).collect();
        let expected = [
            "not-tried",
            "not-tried",
            "not-supported",
            "not-tried",
            "not-supported",
            "not-supported",
            "for-a-person",
            "for-a-person",
        ];
        assert_eq!(names, expected);
        assert_eq!(eviction.open().count(), 8);
    }

    #[test]
    fn an_item_is_done_where_all_that_can_do_it_did() {
        let okta = attempt(Item::Sessions, Some("okta"), "", Outcome::Done);
        let open = Standing::NotTried(vec!["signals".to_owned()]);
        assert_eq!(standing_of(Item::Sessions, std::slice::from_ref(&okta)), open);
        let told = attempt(Item::Sessions, Some("signals"), "", Outcome::Told);
        let at = Timestamp::from_unix_ms(7);
        assert_eq!(standing_of(Item::Sessions, &[okta, told]), Standing::Told(at));
    }

    #[test]
    fn of_each_part_the_latest_counts_and_of_parts_the_worst() {
        let done = |part| attempt(Item::Factors, Some("okta"), part, Outcome::Done);
        let failed = attempt(Item::Factors, Some("okta"), "b", Outcome::Failed("busy".to_owned()));
        let could_not = Standing::CouldNot(vec![("okta".to_owned(), "busy".to_owned())]);
        assert_eq!(standing_of(Item::Factors, &[failed.clone(), done("a")]), could_not);
        let all = [failed, done("a"), done("b")];
        assert_eq!(standing_of(Item::Factors, &all), Standing::Done(Timestamp::from_unix_ms(7)));
    }

    #[test]
    fn what_only_a_person_can_do_is_done_when_one_says_so() {
        let said = attempt(Item::MailRules, None, "", Outcome::Done);
        assert_eq!(
            standing_of(Item::MailRules, &[said]),
            Standing::Done(Timestamp::from_unix_ms(7))
        );
        let by_a_connector = attempt(Item::MailRules, Some("okta"), "", Outcome::Done);
        assert_eq!(standing_of(Item::MailRules, &[by_a_connector]), Standing::ForAPerson);
    }

    #[test]
    fn a_person_is_overtaken_by_what_is_tried_later() {
        let said = attempt(Item::Tokens, None, "", Outcome::Done);
        let later = attempt(Item::Tokens, Some("okta"), "", Outcome::Unknown("cut".to_owned()));
        let unknown = Standing::Unknown(vec![("okta".to_owned(), "cut".to_owned())]);
        assert_eq!(standing_of(Item::Tokens, &[said, later]), unknown);
    }

    #[test]
    fn it_is_complete_when_a_person_saw_to_the_rest() {
        let all: Vec<Attempt> =
            Item::ALL.iter().map(|item| attempt(*item, None, "", Outcome::Done)).collect();
        assert!(Eviction::of(&[OKTA], &all).is_complete());
        assert!(!Eviction::of(&[OKTA], &all[1..]).is_complete());
    }
}
