//! The laptops of those who have one: each known to the resolver by a token of its own, and to the
//! directory by whose it is.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::plan::Actor;
use super::receivers::token;

/// For how long they had them already: a scenario may last two days.
const HAD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The laptops.
pub(super) struct Laptops {
    /// Of each of the people: the token, and the account.
    of: Vec<Option<(String, String)>>,
    /// The token of what is nobody's, and sees whether names are there.
    pub(super) probe: String,
}

impl Laptops {
    /// One for each of some people who has an account.
    pub(super) fn hand_out(people: &[Actor]) -> anyhow::Result<Self> {
        let laptop =
            |person: &Actor| person.login.clone().map(|login| Ok((token()?, login))).transpose();
        let of = people.iter().map(laptop).collect::<anyhow::Result<_>>()?;
        Ok(Self { of, probe: token()? })
    }

    /// Whether anybody has one.
    pub(super) fn are_there(&self) -> bool {
        self.of.iter().any(Option::is_some)
    }

    /// The token of a person's.
    pub(super) fn of(&self, person: usize) -> Option<&str> {
        self.of[person].as_ref().map(|(token, _)| token.as_str())
    }

    /// The `devices_file` of `[dns]`.
    pub(super) fn file(&self) -> String {
        let theirs =
            self.of.iter().flatten().map(|(token, login)| format!("{token} {}\n", name(login)));
        theirs.chain([format!("{} probe\n", self.probe)]).collect()
    }

    /// Whose each is, as the log of an MDM says it.
    pub(super) fn log(&self) -> Vec<Value> {
        let from = (Timestamp::now() - HAD_FOR).to_string();
        let theirs = self.of.iter().flatten();
        let line =
            |login: &String| json!({ "account": login, "devices": [name(login)], "from": from });
        theirs.map(|(_, login)| line(login)).collect()
    }
}

fn name(login: &str) -> String {
    format!("laptop of {login}")
}
