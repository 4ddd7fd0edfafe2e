//! `unhook init`: a first `unhook.toml`.
//!
//! It asks nothing: what it must know stands on the command line, and all the rest of the
//! file explains itself. One brand to begin with; more are written as that one is.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::config;
use crate::failure::{Failure, exit};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  unhook init --name \"Acme Corporation\" --brand Acme --domain acme.example"
)]
pub(crate) struct Arguments {
    /// Your organization's name
    #[arg(long, value_parser = name)]
    name: String,
    /// The brand people know you by; the name when left out
    #[arg(long, value_parser = name)]
    brand: Option<String>,
    /// A domain you own; may be given several times, your main one first
    #[arg(long, required = true, value_parser = config::domain)]
    domain: Vec<String>,
    /// The file to write; `-` for standard output
    #[arg(long, short, default_value = "unhook.toml", value_name = "FILE")]
    output: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

fn name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty");
    }
    if !config::is_short_line(text) {
        return Err("it is a line of at most 200 characters, without any that cannot be seen");
    }
    Ok(text.to_owned())
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let text = file(&arguments);
    if arguments.output == Path::new("-") {
        print!("{text}");
        return Ok(0);
    }
    let path = arguments.output.display();
    create(&arguments)?
        .write_all(text.as_bytes())
        .with_context(|| format!("cannot write {path}"))?;
    println!("{path} written; next: unhook check --org {path} \"…\"");
    Ok(0)
}

fn create(arguments: &Arguments) -> Result<std::fs::File, Failure> {
    let mut options = std::fs::OpenOptions::new();
    if arguments.force {
        options.write(true).create(true).truncate(true);
    } else {
        options.write(true).create_new(true);
    }
    let path = arguments.output.display();
    options.open(&arguments.output).map_err(|error| {
        let message = if error.kind() == std::io::ErrorKind::AlreadyExists {
            format!("{path} is there already; --force writes over it")
        } else {
            format!("cannot write {path}: {error}")
        };
        Failure::new(exit::CANNOT_CREATE, message)
    })
}

fn file(arguments: &Arguments) -> String {
    let quoted = |text: &String| toml::Value::from(text.as_str()).to_string();
    let brand = arguments.brand.as_ref().unwrap_or(&arguments.name);
    let domains: Vec<String> = arguments.domain.iter().map(quoted).collect();
    let (name, brand, domains) = (quoted(&arguments.name), quoted(brand), domains.join(", "));
    format!(
        r#"# What Unhook should know of your organization. Every key but the names may be left out;
# docs/configuration.md has them all. Secrets never stand in this file.

[organization]
name = {name}

# Countries your people live in.
# countries = ["US", "GB"]

# Domains you own beyond those of your brands. Names below a domain are included.
owned_domains = []

# Hosts at vendors that really serve you: texts that lead there are genuine.
vendor_tenants = [] # "acme.myworkday.com"

# Domains your people sign in at.
identity_providers = [] # "acme.okta.com"

# Sender IDs and short codes that really text your people.
senders = [] # "ACMEHR", "28777"

# Words of your own sign-in pages and tools, which attackers put into names.
sign_in_words = [] # "acmehub"

# Domains never to be flagged, and those of partners.
allow = []
partners = []

# What attackers imitate; write one such block for each brand, your own name first.
[[organization.brands]]
name = {brand}
aliases = [] # other full names
abbreviations = [] # short forms, which count only beside sign-in words
domains = [{domains}]
senders = []
# ordinary_word = true # when the name is an everyday word, as "Target"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_line_that_shows_all_of_itself() {
        assert_eq!(name(" Acme ").unwrap(), "Acme");
        for wrong in ["", "  ", "A\nB", "A\u{202e}B", &"a".repeat(201)] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_it_writes_loads() {
        for name in ["Acme", "\"A\" \\ 'B' {brand}", "Łódź 包裹"] {
            let arguments = Arguments {
                name: name.to_owned(),
                brand: None,
                domain: vec!["acme.example".to_owned(), "acme.example.net".to_owned()],
                output: PathBuf::from("-"),
                force: false,
            };
            let organization = config::parse(&file(&arguments)).unwrap().organization;
            assert_eq!(organization.name, name);
            assert_eq!(organization.brands[0].name, name);
            assert_eq!(organization.brands[0].domains, arguments.domain);
        }
    }
}
