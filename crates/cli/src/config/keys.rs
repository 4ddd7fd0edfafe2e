//! Which keys may stand in `unhook.toml`, and which never.

use std::sync::LazyLock;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;

/// Sections that only the service reads.
const SERVICE_SECTIONS: [&str; 14] = [
    "server",
    "store",
    "intake",
    "notify",
    "playbook",
    "dns",
    "rpz",
    "identity",
    "watch",
    "share",
    "web",
    "retention",
    "people",
    "log",
];

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

/// A table of the file.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    File,
    Organization,
    Brand,
    /// Of the service: its keys are not our business.
    Service,
}

/// Finds unknown keys and secrets.
pub(super) fn check(table: &DeTable<'_>, problems: &mut Vec<Problem>) {
    if !table.keys().any(|key| key.get_ref() == "organization") {
        problems.push(Problem::of_file(
            "there is no [organization] in it; `unhook init` writes a first one",
        ));
    }
    check_table(table, Section::File, "", problems);
}

fn check_table(table: &DeTable<'_>, section: Section, path: &str, problems: &mut Vec<Problem>) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let here = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if let Some(message) = secret(name, &here, value.get_ref()) {
            problems.push(Problem::at(key.span(), message));
        } else if let Some(message) = unknown(name, section) {
            problems.push(Problem::at(key.span(), message));
        } else {
            check_value(value, section.of_key(name), &here, problems);
        }
    }
}

fn check_value(
    value: &Spanned<DeValue<'_>>,
    section: Section,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    match value.get_ref() {
        DeValue::Table(table) => check_table(table, section, path, problems),
        DeValue::Array(items) => {
            items.iter().for_each(|item| check_value(item, section, path, problems));
        }
        _ => {}
    }
}

impl Section {
    /// The section under a key of this one.
    fn of_key(self, key: &str) -> Self {
        match (self, key) {
            (Self::File, "organization") => Self::Organization,
            (Self::Organization, "brands") => Self::Brand,
            (Self::File | Self::Service, _) => Self::Service,
            (section, _) => section,
        }
    }

    /// The keys that may stand in it.
    fn known(self) -> &'static [String] {
        match self {
            Self::File => &KNOWN.file,
            Self::Organization => &KNOWN.organization,
            Self::Brand => &KNOWN.brand,
            Self::Service => &[],
        }
    }
}

/// The keys of each section, in order.
struct Known {
    file: Vec<String>,
    organization: Vec<String>,
    brand: Vec<String>,
}

/// From the schema, which takes longer to write than most files take to read.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let schema = serde_json::to_value(super::schema()).unwrap_or_default();
    let keys = |definition: &serde_json::Value| -> Vec<String> {
        let properties = definition["properties"].as_object();
        properties.into_iter().flat_map(|map| map.keys().cloned()).collect()
    };
    let mut known = Known {
        file: keys(&schema),
        organization: keys(&schema["$defs"]["OrganizationSection"]),
        brand: keys(&schema["$defs"]["BrandSection"]),
    };
    known.file.extend(SERVICE_SECTIONS.map(str::to_owned));
    for keys in [&mut known.file, &mut known.organization, &mut known.brand] {
        keys.sort_unstable();
    }
    known
});

fn unknown(key: &str, section: Section) -> Option<String> {
    if section == Section::Service {
        return None;
    }
    let known = section.known();
    if known.iter().any(|name| name == key) {
        return None;
    }
    Some(match nearest(key, known.iter().map(String::as_str)) {
        Some(name) => format!("unknown key `{key}`; did you mean `{name}`?"),
        None => format!("unknown key `{key}`; known here: {}", known.join(", ")),
    })
}

/// The name that was likely meant, if any.
pub(super) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
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
