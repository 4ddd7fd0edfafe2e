//! What the layers need to know of a `Cargo.toml`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A crate's manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) package: String,
    pub(super) declares_binary: bool,
    pub(super) workspace_lints: bool,
    pub(super) dependencies: Vec<Dependency>,
}

/// One dependency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The name of its package.
    pub(super) package: String,
    /// The name that code knows it by.
    pub(super) name: String,
    pub(super) table: Table,
}

/// The table a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Part of what is shipped.
    Normal,
    /// For tests and benchmarks.
    Dev,
    /// For the build script.
    Build,
}

impl Table {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Dev => "dev-dependencies",
            Self::Build => "build-dependencies",
        }
    }
}

#[derive(Deserialize)]
struct File {
    package: Package,
    #[serde(default)]
    bin: Vec<toml::Table>,
    #[serde(default)]
    lints: toml::Table,
    #[serde(flatten)]
    tables: Tables,
    #[serde(default)]
    target: BTreeMap<String, Tables>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Tables {
    #[serde(default)]
    dependencies: toml::Table,
    #[serde(default)]
    dev_dependencies: toml::Table,
    #[serde(default)]
    build_dependencies: toml::Table,
}

impl Manifest {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).context("a Cargo.toml cannot be read")?;
        let tables = std::iter::once(&file.tables).chain(file.target.values());
        Ok(Self {
            declares_binary: !file.bin.is_empty(),
            workspace_lints: file.lints.get("workspace") == Some(&toml::Value::Boolean(true)),
            dependencies: tables.flat_map(Tables::all).collect(),
            package: file.package.name,
        })
    }
}

impl Tables {
    fn all(&self) -> impl Iterator<Item = Dependency> {
        [
            (Table::Normal, &self.dependencies),
            (Table::Dev, &self.dev_dependencies),
            (Table::Build, &self.build_dependencies),
        ]
        .into_iter()
        .flat_map(|(table, entries)| {
            entries.iter().map(move |(key, value)| Dependency {
                package: package(key, value),
                name: key.replace('-', "_"),
                table,
            })
        })
    }
}

/// The package behind a key: the key itself unless the entry renames it.
fn package(key: &str, value: &toml::Value) -> String {
    value.get("package").and_then(toml::Value::as_str).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_under_the_real_name() {
        let manifest = Manifest::parse(
            "[package]\nname = 'a'\n[lints]\nworkspace = true\n[dependencies]\nb-b.workspace = true\n\
             c = { package = 'real-c', version = '1' }\n[dev-dependencies]\nd = '1'\n\
             [build-dependencies]\ne = '1'\n[target.'cfg(unix)'.dependencies]\nf = '1'\n",
        )
        .unwrap();
        let found: Vec<(&str, &str, Table)> = manifest
            .dependencies
            .iter()
            .map(|d| (d.package.as_str(), d.name.as_str(), d.table))
            .collect();
        assert_eq!(
            found,
            [
                ("b-b", "b_b", Table::Normal),
                ("real-c", "c", Table::Normal),
                ("d", "d", Table::Dev),
                ("e", "e", Table::Build),
                ("f", "f", Table::Normal),
            ]
        );
        assert!(manifest.workspace_lints && !manifest.declares_binary);
    }
}
