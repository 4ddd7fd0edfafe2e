//! `unhook.toml`: what an organization says of itself.
//!
//! The types here are the file's contract and the source of its JSON Schema. A key that is
//! not among them is refused with the nearest one that is; sections that only the service
//! reads are known and passed over; secrets never stand in the file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Deserialize;
use unhook_model::{Brand, Hostname, Organization, Sector};

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

/// Words in a key that say its value is a secret.
const SECRET_WORDS: [&str; 5] = ["password", "token", "secret", "api_key", "private_key"];

/// Something in `unhook.toml` that must be mended.
#[derive(Debug)]
pub(crate) struct ConfigError {
    path: PathBuf,
    message: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message.trim_end())
    }
}

impl std::error::Error for ConfigError {}

/// The whole file.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Config {
    /// Who is protected.
    #[serde(default)]
    organization: OrganizationSection,
}

/// `[organization]`: who is protected, and what genuinely belongs to it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OrganizationSection {
    /// The organization's name.
    name: String,
    /// Countries its people live in, as ISO 3166-1 alpha-2 codes ("US").
    countries: Vec<String>,
    /// Its brands; the first is its own name as people write it.
    brands: Vec<BrandSection>,
    /// Domains it owns beyond those of its brands.
    owned_domains: Vec<String>,
    /// Hosts at vendors that genuinely serve it ("acme.myworkday.com").
    vendor_tenants: Vec<String>,
    /// Domains its people sign in at ("okta.com").
    identity_providers: Vec<String>,
    /// Sender IDs and short codes that genuinely text its people.
    senders: Vec<String>,
    /// Words of its own sign-in pages and tools, beside the built-in ones.
    sign_in_words: Vec<String>,
    /// Domains never to be flagged.
    allow: Vec<String>,
    /// Domains of partners: never flagged.
    partners: Vec<String>,
}

/// `[[organization.brands]]`: a name that people trust.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BrandSection {
    /// The name as people write it.
    name: String,
    /// Other full names.
    aliases: Vec<String>,
    /// Short forms that point to the brand only beside sign-in words ("vz").
    abbreviations: Vec<String>,
    /// Domains it really uses, its main one first.
    domains: Vec<String>,
    /// Sender IDs and short codes it really texts from.
    senders: Vec<String>,
    /// Whether the name is an everyday word; left out, Unhook decides from registered names.
    ordinary_word: Option<bool>,
    /// Its line of business, as in the built-in catalogue ("bank").
    sector: Option<String>,
    /// Countries it serves.
    countries: Vec<String>,
    /// Languages it writes in.
    languages: Vec<String>,
}

/// Reads a file, or returns an organization without properties when there is none.
pub(crate) fn organization(path: Option<&Path>) -> anyhow::Result<Organization> {
    let Some(path) = path else { return Ok(Organization::default()) };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).map_err(|message| ConfigError { path: path.to_owned(), message }.into())
}

/// Reads the text of a file.
pub(crate) fn parse(text: &str) -> Result<Organization, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    refuse_secrets(&table, "")?;
    let mut unknown = Vec::new();
    let deserializer = toml::Deserializer::parse(text).map_err(|error| error.to_string())?;
    let config: Config =
        serde_ignored::deserialize(deserializer, |path| unknown.push(path.to_string()))
            .map_err(|error| error.to_string())?;
    if let Some(key) = unknown.into_iter().find(|key| !is_service_key(key)) {
        return Err(unknown_key(&key));
    }
    config.organization.into_model()
}

fn is_service_key(key: &str) -> bool {
    SERVICE_SECTIONS.contains(&key.split('.').next().unwrap_or(key))
}

fn unknown_key(key: &str) -> String {
    let (parent, last) = key.rsplit_once('.').unwrap_or(("", key));
    let known = known_keys(parent);
    let nearest = known.iter().map(|name| (strsim::damerau_levenshtein(name, last), name)).min();
    match nearest {
        Some((distance, name)) if distance <= 3 => {
            format!("unknown key `{key}`; did you mean `{name}`?")
        }
        _ => format!("unknown key `{key}`; known here: {}", known.join(", ")),
    }
}

/// The keys that may stand in a section, from the schema.
fn known_keys(section: &str) -> Vec<String> {
    let schema = serde_json::to_value(schema()).unwrap_or_default();
    let names = |definition: &serde_json::Value| -> Vec<String> {
        definition["properties"]
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default()
    };
    if section.is_empty() {
        let sections = SERVICE_SECTIONS.iter().map(|name| (*name).to_owned());
        return names(&schema).into_iter().chain(sections).collect();
    }
    let definition =
        if section.contains("brands") { "BrandSection" } else { "OrganizationSection" };
    names(&schema["$defs"][definition])
}

/// The JSON Schema of the file.
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(Config)
}

fn refuse_secrets(table: &toml::Table, path: &str) -> Result<(), String> {
    for (key, value) in table {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let secret = SECRET_WORDS.iter().any(|word| key.contains(word)) && !key.ends_with("_file");
        if secret && value.is_str() {
            return Err(format!(
                "`{here}`: secrets do not belong into this file; put it into a file of its own and name that as `{key}_file`"
            ));
        }
        match value {
            toml::Value::Table(inner) => refuse_secrets(inner, &here)?,
            toml::Value::Array(items) => {
                items
                    .iter()
                    .filter_map(toml::Value::as_table)
                    .try_for_each(|inner| refuse_secrets(inner, &here))?;
            }
            _ => {}
        }
    }
    Ok(())
}

impl OrganizationSection {
    fn into_model(self) -> Result<Organization, String> {
        let brands =
            self.brands.into_iter().map(BrandSection::into_model).collect::<Result<_, _>>()?;
        Ok(Organization {
            name: self.name,
            brands,
            owned_domains: domains("organization.owned_domains", self.owned_domains)?,
            vendor_tenants: domains("organization.vendor_tenants", self.vendor_tenants)?,
            identity_providers: domains(
                "organization.identity_providers",
                self.identity_providers,
            )?,
            senders: self.senders,
            sign_in_words: self.sign_in_words,
            allow: domains("organization.allow", self.allow)?,
            partners: domains("organization.partners", self.partners)?,
            countries: self.countries,
        })
    }
}

impl BrandSection {
    fn into_model(self) -> Result<Brand, String> {
        if self.name.trim().is_empty() {
            return Err("a [[organization.brands]] entry needs a `name`".to_owned());
        }
        let sector = match self.sector.as_deref() {
            None => None,
            Some(name) => Some(Sector::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = Sector::ALL.iter().map(|(_, name)| *name).collect();
                format!(
                    "brand `{}`: unknown sector `{name}`; known: {}",
                    self.name,
                    known.join(", ")
                )
            })?),
        };
        Ok(Brand {
            domains: domains(&format!("brand `{}`, domains", self.name), self.domains)?,
            name: self.name,
            aliases: self.aliases,
            abbreviations: self.abbreviations,
            sector,
            countries: self.countries,
            languages: self.languages,
            senders: self.senders,
            ordinary_word: self.ordinary_word,
        })
    }
}

fn domains(place: &str, list: Vec<String>) -> Result<Vec<String>, String> {
    list.into_iter()
        .map(|domain| {
            Hostname::parse(&domain)
                .map(|host| host.as_str().to_owned())
                .map_err(|error| format!("{place}: `{domain}` is no domain: {error}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_stable_keys_are_read() {
        let text = "[organization]\nname = 'Acme'\n[[organization.brands]]\nname = 'Acme'\naliases = ['ACME Inc']\ndomains = ['Acme.example']\n";
        let organization = parse(text).unwrap();
        assert_eq!(organization.brands[0].domains, ["acme.example"]);
    }

    #[test]
    fn mistakes_are_named_with_what_to_do() {
        check("[organisation]\nname='x'", "did you mean `organization`?");
        check("[organization]\nnmae='x'", "did you mean `name`?");
        check("[[organization.brands]]\nname='x'\ndomain=['x.example']", "did you mean `domains`?");
        check("[organization]\nallow=['http://x']", "is no domain");
        check("[[organization.brands]]\ndomains=[]", "needs a `name`");
        check("[organization]\nname=3", "expected a string");
        check("[notify]\nslack_token='x'", "slack_token_file");
        check("[[organization.brands]]\nname='x'\nsector='bnak'", "unknown sector");
        check("a = ", "TOML parse error");
    }

    #[test]
    fn sections_of_the_service_are_passed_over() {
        assert!(parse("[dns]\nlisten='127.0.0.1:53'\n[organization]\nname='x'").is_ok());
    }
}
