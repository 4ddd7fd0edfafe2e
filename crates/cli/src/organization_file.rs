//! The organization's own section of `unhook.toml`, changed from the console.
//!
//! Whatever else stands in the file stays as it is, comments and order too. What is written has
//! been read as every configuration is, so that the next start finds nothing wrong with it; and it
//! counts at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};
use unhook_app::Service;
use unhook_app::service::Known;
use unhook_detect::Knowledge;
use unhook_model::Organization;
use unhook_web::{OrganizationDraft, OrganizationFile};

use crate::config::{self, ConfigError};

/// What a file begins with that the console writes: one way in is open from the start.
pub(crate) const BEGINNING: &str = "\
# What Unhook should know of your organization; docs/configuration.md has all keys. Secrets never
# stand in this file.

[server]
# The form for everybody, at /report.
public_form = true
";

/// The file that a service was started with.
pub(crate) struct ConfigFile {
    path: PathBuf,
    /// One change after the other.
    turn: Mutex<()>,
}

impl ConfigFile {
    /// Where it really lies: what leads there stays as it is.
    pub(crate) fn new(path: &Path) -> Self {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self { path, turn: Mutex::default() }
    }

    fn text(&self) -> anyhow::Result<String> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BEGINNING.to_owned()),
            Err(error) => {
                Err(error).with_context(|| format!("cannot read {}", self.path.display()))
            }
        }
    }

    /// The file as it would be, and what it then says.
    fn changed(
        &self,
        running: &Organization,
        draft: &OrganizationDraft,
    ) -> anyhow::Result<(String, Organization)> {
        let text = self.text()?;
        let parse = |text: &str| {
            config::parse_begun(text)
                .map_err(|problems| ConfigError::new(&self.path, text, problems))
        };
        if parse(&text)?.organization != *running {
            anyhow::bail!(
                "{} was changed since the service began; start it again, and then change it here",
                self.path.display()
            );
        }
        let mut document: DocumentMut = text.parse().context("the file is no TOML")?;
        write(&mut document, draft)?;
        let text = document.to_string();
        let organization = parse(&text)?.organization;
        Ok((text, organization))
    }

    /// Writes the file, whole or not at all.
    fn keep(&self, text: &str) -> anyhow::Result<()> {
        let cannot = || format!("cannot write {}", self.path.display());
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let fresh = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let fresh = fresh.with_context(cannot)?;
        std::fs::write(fresh.path(), text).with_context(cannot)?;
        if let Ok(before) = std::fs::metadata(&self.path) {
            std::fs::set_permissions(fresh.path(), before.permissions()).with_context(cannot)?;
        }
        fresh.as_file().sync_all().with_context(cannot)?;
        fresh.persist(&self.path).with_context(cannot)?;
        Ok(())
    }
}

impl OrganizationFile for ConfigFile {
    fn change(&self, service: &Service, draft: &OrganizationDraft) -> Result<(), String> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let known = service.known();
        let change = || {
            let (text, organization) = self.changed(known.knowledge.organization(), draft)?;
            self.keep(&text)?;
            Ok::<_, anyhow::Error>(organization)
        };
        let organization = change().map_err(|error| format!("{error:#}"))?;
        service.know(self::known(&organization));
        Ok(())
    }
}

/// What is known of an organization: compiled, and what is said of it.
pub(crate) fn known(organization: &Organization) -> Known {
    let knowledge = Arc::new(Knowledge::for_organization(organization));
    // Compiled before the first text has to wait for it.
    let _ = knowledge.lookalikes();
    let judge = judge(organization, &knowledge);
    Known { knowledge, judge, organization: organization.name.clone() }
}

/// What judges, in a few words: the release, its model, and what it knows of the organization.
fn judge(organization: &Organization, knowledge: &Knowledge) -> String {
    let model = unhook_store::digest(&knowledge.model().write());
    let knows = unhook_store::digest(format!("{organization:?}").as_bytes());
    format!("{} model {} knowledge {}", env!("CARGO_PKG_VERSION"), &model[..12], &knows[..12])
}

fn write(document: &mut DocumentMut, draft: &OrganizationDraft) -> anyhow::Result<()> {
    let organization = document.entry("organization").or_insert(Item::Table(Table::new()));
    let organization = organization.as_table_like_mut().context("[organization] is no table")?;
    organization.insert("name", toml_edit::value(draft.name.as_str()));
    for (key, list) in [
        ("countries", &draft.countries),
        ("owned_domains", &draft.owned_domains),
        ("vendor_tenants", &draft.vendor_tenants),
        ("identity_providers", &draft.identity_providers),
        ("senders", &draft.senders),
        ("sign_in_words", &draft.sign_in_words),
        ("allow", &draft.allow),
        ("partners", &draft.partners),
    ] {
        set(organization, key, list);
    }
    let brand = first_brand(organization)?;
    let name = if draft.brand.is_empty() { &draft.name } else { &draft.brand };
    brand.insert("name", toml_edit::value(name.as_str()));
    for (key, list) in [
        ("aliases", &draft.aliases),
        ("abbreviations", &draft.abbreviations),
        ("domains", &draft.domains),
    ] {
        set(brand, key, list);
    }
    Ok(())
}

/// Sets a list. One that is empty is only written where one was: a short file stays short.
fn set(table: &mut dyn TableLike, key: &str, list: &[String]) {
    if !list.is_empty() || table.contains_key(key) {
        table.insert(
            key,
            Item::Value(Value::Array(list.iter().map(String::as_str).collect::<Array>())),
        );
    }
}

/// The organization's own brand, however brands are written; made if there is none.
fn first_brand(organization: &mut dyn TableLike) -> anyhow::Result<&mut dyn TableLike> {
    let wrong = "`brands` is no list of tables";
    let brands =
        organization.entry("brands").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    match brands {
        Item::ArrayOfTables(tables) => {
            if tables.is_empty() {
                tables.push(Table::new());
            }
            Ok(tables.get_mut(0).context(wrong)?)
        }
        Item::Value(Value::Array(list)) => {
            if list.is_empty() {
                list.push(toml_edit::InlineTable::new());
            }
            let first = list.get_mut(0).and_then(Value::as_inline_table_mut);
            Ok(first.context(wrong)?)
        }
        _ => anyhow::bail!(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str) -> OrganizationDraft {
        OrganizationDraft {
            name: name.to_owned(),
            domains: vec!["acme.example".to_owned()],
            identity_providers: vec!["acme.okta.com".to_owned()],
            ..OrganizationDraft::default()
        }
    }

    fn file(text: &str) -> (tempfile::TempDir, ConfigFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("unhook.toml");
        std::fs::write(&path, text).unwrap();
        let file = ConfigFile::new(&path);
        (folder, file)
    }

    fn running(text: &str) -> Organization {
        config::parse_begun(text).map(|settings| settings.organization).unwrap_or_default()
    }

    #[test]
    fn a_file_that_is_not_there_is_begun() {
        let folder = tempfile::tempdir().unwrap();
        let file = ConfigFile::new(&folder.path().join("unhook.toml"));
        let (text, organization) = file.changed(&Organization::default(), &draft("Acme")).unwrap();
        file.keep(&text).unwrap();
        assert_eq!(organization.name, "Acme");
        assert_eq!(organization.brands[0].domains, ["acme.example"]);
        let read = config::read(&folder.path().join("unhook.toml")).unwrap().organization;
        assert_eq!(read, organization);
    }

    #[test]
    fn what_else_stands_in_the_file_stays() {
        for brands in [
            "[[organization.brands]]\nname = 'Old' # the brand\nordinary_word = true\n",
            "brands = [{ name = 'Old', ordinary_word = true }]\n",
        ] {
            let text = format!(
                "# ours\n[organization]\nname = 'Old'\nallow = ['x.example']\n{brands}\n[server]\npublic_form = true # for all\n"
            );
            let (_folder, file) = file(&text);
            let (changed, organization) = file.changed(&running(&text), &draft("New")).unwrap();
            assert!(
                changed.starts_with("# ours\n") && changed.contains("public_form = true # for all")
            );
            assert_eq!((organization.name.as_str(), organization.allow.len()), ("New", 0));
            assert_eq!(organization.brands[0].ordinary_word, Some(true));
            assert_eq!(organization.brands.len(), 1);
        }
    }

    #[test]
    fn what_is_wrong_changes_nothing() {
        let text = "[organization]\nname = 'Old'\n";
        let (_folder, file) = file(text);
        let wrong = OrganizationDraft { domains: vec!["https://x".to_owned()], ..draft("New") };
        let error = format!("{:#}", file.changed(&running(text), &wrong).unwrap_err());
        assert!(error.contains("`https://x`"), "{error}");
        let error = file.changed(&Organization::default(), &draft("New")).unwrap_err();
        assert!(error.to_string().contains("was changed since"), "{error}");
        assert_eq!(file.text().unwrap(), text);
    }
}
