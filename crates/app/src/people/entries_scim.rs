//! A directory as SCIM 2.0 has it (RFC 7643, section 4.1): a `ListResponse` of users, or
//! an array of them.
//!
//! The key is a user's `id`, or `externalId` where there is none; `userName` is the account. A
//! user that is not `active` worked here once. Fax and pager numbers are passed over.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Entry;
use super::entries::{Entries, EntriesError, Place, Raw};

/// What a server answers a query with (RFC 7644, section 3.4.2).
#[derive(Deserialize)]
struct ListResponse<'a> {
    #[serde(borrow, rename = "Resources")]
    resources: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Option<String>,
    external_id: Option<String>,
    user_name: Option<String>,
    name: Option<Name>,
    display_name: Option<String>,
    user_type: Option<String>,
    preferred_language: Option<String>,
    active: Option<bool>,
    #[serde(default)]
    emails: Vec<Multiple>,
    #[serde(default)]
    phone_numbers: Vec<Multiple>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    formatted: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
}

/// One value of several.
#[derive(Deserialize)]
struct Multiple {
    value: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>, EntriesError> {
    let resources: Vec<&RawValue> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(unreadable)?
    } else {
        let response: ListResponse<'_> = serde_json::from_str(text).map_err(unreadable)?;
        response.resources
    };
    let (mut entries, mut lines) = (Entries::default(), Lines::new(text));
    for (entry, resource) in (1..).zip(resources) {
        let place = Place { line: lines.line_of(resource.get()), entry: Some(entry) };
        match serde_json::from_str::<User>(resource.get()) {
            Ok(user) => add(&mut entries, place, &user)?,
            Err(error) => entries.complain(place, format!("it is no SCIM user: {error}"))?,
        }
    }
    entries.finish()
}

fn add(entries: &mut Entries, place: Place, user: &User) -> Result<(), EntriesError> {
    let name = user.name.as_ref();
    let part = |part: fn(&Name) -> &Option<String>| name.and_then(|name| part(name).as_deref());
    let both = match (part(|n| &n.given_name), part(|n| &n.family_name)) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        _ => None,
    };
    let names = [user.display_name.as_deref(), part(|n| &n.formatted), both.as_deref()];
    let phones = user.phone_numbers.iter().filter(|phone| !is_machine(phone));
    let raw = Raw {
        key: user.id.as_deref().or(user.external_id.as_deref()).unwrap_or_default(),
        names: names.into_iter().flatten().collect(),
        phones: phones.map(|phone| bare_number(&phone.value)).collect(),
        mails: user.emails.iter().map(|mail| mail.value.as_str()).collect(),
        accounts: user.user_name.as_deref().into_iter().collect(),
        language: user.preferred_language.as_deref().map(first_language),
        standing: standing(user),
    };
    entries.add(place, &raw)
}

fn is_machine(phone: &Multiple) -> bool {
    let is = |kind: &str| phone.kind.as_deref().is_some_and(|k| k.eq_ignore_ascii_case(kind));
    is("fax") || is("pager")
}

/// The number of a `tel` URI (RFC 3966), which SCIM prefers, or the text as it is.
fn bare_number(value: &str) -> &str {
    let value = value.strip_prefix("tel:").unwrap_or(value);
    value.split(';').next().unwrap_or(value)
}

/// The first of what may be a list as HTTP's `Accept-Language` has it.
fn first_language(value: &str) -> &str {
    value.split([',', ';']).next().unwrap_or(value)
}

/// `userType` is free text; what is one of ours counts.
fn standing(user: &User) -> Option<&'static str> {
    if user.active == Some(false) {
        return Some("former");
    }
    let kind = user.user_type.as_deref()?.to_lowercase();
    ["family", "former", "break-glass"].into_iter().find(|known| *known == kind)
}

/// Tells the line of parts of a text, which are asked for in order.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    fn line_of(&mut self, part: &str) -> u64 {
        let at = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let between = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = at;
        self.line
    }
}

fn unreadable(error: serde_json::Error) -> EntriesError {
    EntriesError::Form(format!(
        "this is neither a SCIM ListResponse with `Resources` nor an array of users: {error}"
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unhook_model::PhoneNumber;

    use super::super::{Contact, Language, Standing, entries};

    const ANN: &str = r#"{
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223", "externalId": "17", "userName": "Ann@Acme.example",
        "name": {"formatted": "Ann Example", "givenName": "Ann", "familyName": "Example"},
        "displayName": "Annie", "preferredLanguage": "pt-BR,en;q=0.5", "active": true,
        "emails": [{"value": "Ann@Acme.example", "type": "work", "primary": true}],
        "phoneNumbers": [{"value": "tel:+1-201-555-0123;ext=7", "type": "mobile"},
                         {"value": "0125", "type": "fax"}],
        "addresses": [{"country": "US"}]
    }"#;

    #[test]
    fn users_are_read_from_a_response_or_an_array() {
        let response = format!("{{\"totalResults\": 1, \"Resources\": [{ANN}]}}");
        for text in [response, format!("[{ANN}]")] {
            let entries = entries::read(text.as_bytes()).unwrap();
            let [ann] = entries.as_slice() else { panic!("{entries:?}") };
            assert_eq!((ann.key.as_str(), ann.standing), ("2819c223", Standing::Staff));
            assert_eq!(ann.names, ["Annie", "Ann Example"]);
            assert_eq!(ann.language, Language::parse("pt"));
            let expected = [
                Contact::Phone(PhoneNumber::parse("+12015550123").unwrap()),
                Contact::Mail("ann@acme.example".to_owned()),
                Contact::Account("ann@acme.example".to_owned()),
            ];
            assert_eq!(ann.contacts, expected);
        }
    }

    #[test]
    fn standing_is_told_by_active_and_type() {
        let text = r#"[{"id": "1", "active": false, "userType": "Family"},
            {"id": "2", "userType": "Family"}, {"id": "3", "userType": "Contractor"}]"#;
        let entries = entries::read(text.as_bytes()).unwrap();
        let standings: Vec<Standing> = entries.iter().map(|entry| entry.standing).collect();
        assert_eq!(standings, [Standing::Former, Standing::Family, Standing::Staff]);
    }

    #[test]
    fn mistakes_are_told_with_entry_and_line() {
        let check = |text: &str, expected: &str| {
            let error = entries::read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        };
        check("[{\"id\": \"1\"},\n {\"userName\": \"a\"}]", "entry 2 (line 2): the key is empty");
        check("[{\"id\": 7}]", "entry 1 (line 1): it is no SCIM user: invalid type: integer");
        check(
            "[\n\n{\"id\": \"1\", \"phoneNumbers\": [{\"value\": \"555-0123\"}]}]",
            "entry 1 (line 3): `555-0123` is no number with its country",
        );
        check("{\"users\": []}", "this is neither a SCIM ListResponse with `Resources` nor");
        check("[{\"id\": \"1\"}", "this is neither");
    }

    proptest! {
        #[test]
        fn any_text_is_entries_or_a_mistake(text in "\\[[{}\\[\\]\":,a-zA-Z0-9 ]{0,100}") {
            let _ = entries::read(text.as_bytes());
        }
    }
}
