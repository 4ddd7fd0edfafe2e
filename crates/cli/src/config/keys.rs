//! Which keys may stand in `unhook.toml`, and which never.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;

/// Sections of parts that are not there yet: their names are kept free.
const LATER_SECTIONS: [&str; 5] = ["store", "watch", "share", "web", "retention"];

/// Last words of keys whose values are secrets.
const SECRETS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "tokens",
    "secret",
    "secrets",
    "credential",
    "credentials",
];

/// Keys that end in `_key` and are none.
const PUBLIC_KEYS: [&str; 2] = ["public_key", "sort_key"];

/// The table at the top of the file, among the schema's definitions.
const FILE: &str = "";

/// Finds unknown keys and secrets.
pub(super) fn check(table: &DeTable<'_>, problems: &mut Vec<Problem>) {
    check_table(table, KNOWN.get(FILE), "", problems);
}

/// `known` is `None` for a table whose keys are not our business.
fn check_table(table: &DeTable<'_>, known: Option<&Keys>, path: &str, problems: &mut Vec<Problem>) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let here = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if let Some(message) = secret(name, &here, value.get_ref()) {
            problems.push(Problem::at(key.span(), message));
        } else if let Some(message) = known.and_then(|known| unknown(name, known)) {
            problems.push(Problem::at(key.span(), message));
        } else {
            let below = known.and_then(|known| KNOWN.get(known.get(name)?.as_deref()?));
            check_value(value, below, &here, problems);
        }
    }
}

fn check_value(
    value: &Spanned<DeValue<'_>>,
    known: Option<&Keys>,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    match value.get_ref() {
        DeValue::Table(table) => check_table(table, known, path, problems),
        DeValue::Array(items) => {
            items.iter().for_each(|item| check_value(item, known, path, problems));
        }
        _ => {}
    }
}

/// The keys of a table, and of which kind the table below each is.
type Keys = BTreeMap<String, Option<String>>;

/// The keys of each kind of table, from the schema, which takes longer to write than most
/// files take to read.
static KNOWN: LazyLock<BTreeMap<String, Keys>> = LazyLock::new(|| {
    let schema = serde_json::to_value(super::schema()).unwrap_or_default();
    let mut file = keys(&schema);
    file.extend(LATER_SECTIONS.map(|section| (section.to_owned(), None)));
    let definitions = schema["$defs"].as_object().into_iter().flatten();
    let known = definitions.map(|(name, definition)| (name.clone(), keys(definition)));
    known.chain([(FILE.to_owned(), file)]).collect()
});

fn keys(definition: &serde_json::Value) -> Keys {
    let properties = definition["properties"].as_object().into_iter().flatten();
    properties.map(|(key, property)| (key.clone(), reference(property))).collect()
}

/// The kind of table that a property holds, one or several of them.
fn reference(property: &serde_json::Value) -> Option<String> {
    let direct = [property, &property["items"]].map(|value| value["$ref"].as_str());
    let either = property["anyOf"].as_array().into_iter().flatten();
    let found = direct.into_iter().flatten().next();
    let found = found.or_else(|| either.filter_map(|one| one["$ref"].as_str()).next())?;
    found.strip_prefix("#/$defs/").map(str::to_owned)
}

fn unknown(key: &str, known: &Keys) -> Option<String> {
    if known.contains_key(key) {
        return None;
    }
    Some(match nearest(key, known.keys().map(String::as_str)) {
        Some(name) => format!("unknown key `{key}`; did you mean `{name}`?"),
        None => {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            format!("unknown key `{key}`; known here: {}", names.join(", "))
        }
    })
}

/// The name that was likely meant, if any.
pub(crate) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    const FARTHEST: usize = 3;
    let distances = names.map(|name| (strsim::damerau_levenshtein(name, typed), name));
    let (distance, name) = distances.min()?;
    (distance <= FARTHEST.min(name.len() / 2)).then_some(name)
}

/// What is wrong with a key that holds a secret.
fn secret(key: &str, path: &str, value: &DeValue<'_>) -> Option<String> {
    let is_text = match value {
        DeValue::String(_) => true,
        DeValue::Array(items) => items.iter().any(|item| item.get_ref().is_str()),
        _ => false,
    };
    if is_text && names_secret(key) {
        return Some(format!(
            "`{path}`: secrets do not belong in this file; put it into a file of its own and write `{key}_file = \"…\"`, or give it in the environment"
        ));
    }
    value.as_str().is_some_and(holds_password).then(|| {
        format!("`{path}`: this URL holds a password; put it into a file of its own and leave it out here")
    })
}

fn names_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let last = key.rsplit('_').next().unwrap_or(&key);
    let is_key = key.ends_with("_key") || key == "apikey";
    SECRETS.contains(&last) || (is_key && !PUBLIC_KEYS.contains(&key.as_str()))
}

/// Whether a URL has a password before its host (RFC 3986 §3.2.1).
fn holds_password(value: &str) -> bool {
    let authority = value.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user.split_once(':').is_some_and(|(_, password)| !password.is_empty()))
}
