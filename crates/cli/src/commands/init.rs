//! `unhook init`: a first `unhook.toml`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use unhook_model::Hostname;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  unhook init --name \"Acme Corporation\" --brand Acme --domain acme.example"
)]
pub(crate) struct Arguments {
    /// Your organization's name
    #[arg(long)]
    name: String,
    /// A brand people know you by; the name when left out
    #[arg(long)]
    brand: Option<String>,
    /// A domain you own; may be given several times, your main one first
    #[arg(long, required = true)]
    domain: Vec<String>,
    /// The file to write
    #[arg(long, default_value = "unhook.toml", value_name = "FILE")]
    output: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let mut domains = Vec::new();
    for domain in &arguments.domain {
        let host =
            Hostname::parse(domain).with_context(|| format!("--domain `{domain}` is no domain"))?;
        domains.push(toml::Value::from(host.as_str()).to_string());
    }
    let text = file(&arguments, &domains.join(", "));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if !arguments.force {
        options.create_new(true);
    }
    let path = arguments.output.display();
    match options.open(&arguments.output) {
        Ok(mut out) => {
            out.write_all(text.as_bytes()).with_context(|| format!("cannot write {path}"))?
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{path} is there already; --force writes over it")
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write {path}")),
    }
    println!("{path} written; next: unhook check --org {path} \"…\"");
    Ok(0)
}

fn file(arguments: &Arguments, domains: &str) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let brand = arguments.brand.as_ref().unwrap_or(&arguments.name);
    format!(
        "# What Unhook should know of your organization; every key is in docs/configuration.md.\n\n\
         [organization]\n\
         name = {}\n\
         # countries = [\"US\"]\n\
         # Domains you own beyond those of your brands.\n\
         owned_domains = []\n\
         # Hosts at vendors that really serve you, such as \"acme.myworkday.com\".\n\
         vendor_tenants = []\n\
         # Domains your people sign in at, such as \"okta.com\".\n\
         identity_providers = []\n\
         # Sender IDs and short codes that really text your people.\n\
         senders = []\n\
         # Domains never to be flagged.\n\
         allow = []\n\n\
         [[organization.brands]]\n\
         name = {}\n\
         # Other full names, and short forms that count beside sign-in words.\n\
         aliases = []\n\
         abbreviations = []\n\
         domains = [{domains}]\n",
        quoted(&arguments.name),
        quoted(brand),
    )
}
