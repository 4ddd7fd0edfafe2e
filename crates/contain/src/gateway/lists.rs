//! One list in Cloudflare's API (Zero Trust lists): what is in it, and changes of it.
//!
//! Of what it says against us only the number is repeated: its sentences are not ours to vouch for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use unhook_app::{IdentityError, Secret, Surroundings};

use super::settings::{ApiAddress, GatewayError, GatewaySettings};
use crate::identity::http::{Answer, Body, Call, Client};
use crate::identity::tokens::bearer;

/// What each entry of ours has as its description.
pub const MARK: &str = "Unhook";

/// The most names in one change. The API states no bound; an answer to a hundred comes within a second.
pub const MOST_CHANGED: usize = 100;

/// The most entries that are read of a list: twice what the largest can have.
pub const MOST_LISTED: usize = 10_000;

/// How many entries are asked for at once. The API may give fewer.
const PAGE: usize = 1_000;

/// What is in the list: by name, how it stands there and whether it has our mark.
pub(super) type Items = BTreeMap<String, Item>;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// As it stands there.
    pub(super) value: String,
    pub(super) is_ours: bool,
}

/// Why something was not done, or may not have been. Whatever it is, the list is read before anything else.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Something in what was sent is not taken; nothing was done.
    Content(String),
    /// It is not there, or busy; perhaps something was done.
    Away {
        why: String,
        /// How long it asks to wait.
        after: Option<Duration>,
    },
    /// It is for a person to mend.
    Refused(String),
}

/// The list.
#[derive(Debug)]
pub(super) struct List {
    client: Client,
    url: ApiAddress,
    account_id: String,
    list_id: String,
    token_file: PathBuf,
    header: HeaderValue,
}

impl List {
    pub(super) fn new(
        settings: &GatewaySettings,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, GatewayError> {
        Ok(Self {
            client: Client::new(None, surroundings)?,
            url: settings.url.clone(),
            account_id: settings.account_id.clone(),
            list_id: settings.list_id.clone(),
            header: header(&Secret::from_file(&settings.token_file)?)?,
            token_file: settings.token_file.clone(),
        })
    }

    /// All that is in it, read with the token that the file holds now.
    pub(super) async fn items(&mut self) -> Result<Items, Trouble> {
        // A file that is just being replaced leaves the token as it was.
        if let Ok(secret) = Secret::from_file(&self.token_file)
            && let Ok(header) = header(&secret)
        {
            self.header = header;
        }
        let mut items = Items::new();
        for page in 1..=MOST_LISTED {
            let answer = self.call(Call::get(self.page(page))).await?;
            let before = items.len();
            let total = read(&answer, &mut items).ok_or_else(|| self.unreadable())?;
            if items.len() > MOST_LISTED {
                let why =
                    format!("the list has more than {MOST_LISTED} entries; is it the right one?");
                return Err(Trouble::Refused(why));
            }
            // A page beyond the last is empty.
            if items.len() == before {
                let is_whole = total.is_none_or(|total| items.len() as u64 >= total);
                return if is_whole { Ok(items) } else { Err(self.unreadable()) };
            }
        }
        Err(self.unreadable())
    }

    /// Adds names with our mark.
    pub(super) async fn append(&self, names: &[String]) -> Result<(), Trouble> {
        let entry = |name: &String| json!({ "value": name, "description": MARK });
        self.change(json!({ "append": names.iter().map(entry).collect::<Vec<_>>() })).await
    }

    /// Removes entries, as they stand there.
    pub(super) async fn remove(&self, values: &[String]) -> Result<(), Trouble> {
        self.change(json!({ "remove": values })).await
    }

    async fn change(&self, body: Value) -> Result<(), Trouble> {
        let call = Call::change(Method::PATCH, self.at(&[]), Body::Json(body));
        let answer = self.call(call).await?;
        // Of one that broke off the status is enough.
        match answer.json() {
            Ok(said) if said["success"] == false => Err(self.trouble(&answer)),
            _ => Ok(()),
        }
    }

    async fn call(&self, mut call: Call) -> Result<Answer, Trouble> {
        call.headers.push((AUTHORIZATION, self.header.clone()));
        let answer = self.client.send(call).await.map_err(unanswered)?;
        if answer.is_success() { Ok(answer) } else { Err(self.trouble(&answer)) }
    }

    /// What an answer that says no means.
    fn trouble(&self, answer: &Answer) -> Trouble {
        let code = code(answer).map_or_else(String::new, |code| format!(" (code {code})"));
        let why = format!("{} answered {}{code}", self.url.0.host(), answer.status);
        match answer.status {
            400 => Trouble::Content(why),
            401 | 403 => Trouble::Refused(format!(
                "{why}: the token is not accepted, or may not edit Zero Trust lists of this account; put \
                 another into the file; see docs/gateway.md"
            )),
            404 => Trouble::Refused(format!(
                "{why}: there is no such list; look `account_id` and `list_id` up again"
            )),
            _ => match answer.error() {
                IdentityError::Later { after, .. } => Trouble::Away { why, after },
                IdentityError::Unknown { .. } => Trouble::Away { why, after: None },
                _ => Trouble::Refused(why),
            },
        }
    }

    fn unreadable(&self) -> Trouble {
        let why = format!("{} did not tell all that is in the list", self.url.0.host());
        Trouble::Away { why, after: None }
    }

    fn at(&self, below: &[&str]) -> Url {
        let (account, list) = (self.account_id.as_str(), self.list_id.as_str());
        let path = ["client", "v4", "accounts", account, "gateway", "lists", list];
        self.url.0.at(&[&path, below].concat())
    }

    fn page(&self, page: usize) -> Url {
        let mut url = self.at(&["items"]);
        let (page, size) = (page.to_string(), PAGE.to_string());
        url.query_pairs_mut().append_pair("page", &page).append_pair("per_page", &size);
        url
    }
}

fn header(token: &Secret) -> Result<HeaderValue, GatewayError> {
    bearer("Bearer", token.expose()).ok_or(GatewayError::Characters)
}

/// Reads a page; how many entries there are in all, if it says so.
fn read(answer: &Answer, items: &mut Items) -> Option<Option<u64>> {
    let said = answer.json().ok().filter(|said| said["success"] == true)?;
    // Of an empty list some answers have no entries, others none at all.
    let entries = match &said["result"] {
        Value::Null => &[][..],
        Value::Array(entries) => entries,
        _ => return None,
    };
    for entry in entries {
        let value = entry["value"].as_str()?.to_owned();
        let name = value.trim_end_matches('.').to_ascii_lowercase();
        items.insert(name, Item { value, is_ours: entry["description"] == MARK });
    }
    Some(said["result_info"]["total_count"].as_u64())
}

/// The number that the API gives an error.
fn code(answer: &Answer) -> Option<u64> {
    answer.json().ok()?["errors"][0]["code"].as_u64()
}

fn unanswered(error: IdentityError) -> Trouble {
    match error {
        IdentityError::Later { why, after } => Trouble::Away { why, after },
        IdentityError::Unknown { why } => Trouble::Away { why, after: None },
        IdentityError::Refused { why } => Trouble::Refused(why),
        error => Trouble::Refused(error.to_string()),
    }
}
