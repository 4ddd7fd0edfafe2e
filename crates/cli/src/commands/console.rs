//! `unhook console`: those who sign in to the console, from the machine itself.
//!
//! The only way back in for whoever lost their passkeys. It works while the service runs, which
//! takes a new link, or no longer takes an old session, from the next request on.

use std::path::PathBuf;

use unhook_app::accounts::{self, Purpose, hand_out};
use unhook_app::{Account, Accounts as _, Role};
use unhook_model::PersonId;
use unhook_store::SqliteVault;

use crate::config;
use crate::data_folder::{DataFolder, now, record, time};
use crate::failure::{Failure, exit};
use crate::terminal::{self, harmless};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make an account, and print a link that works once
    #[command(
        after_help = "Example:\n  unhook console invite --data /var/lib/unhook --org unhook.toml --name \"Ana Ruiz\" --role analyst"
    )]
    Invite(Invite),
    /// Let somebody in again who lost their passkeys: ends their sessions, and prints a link that works once
    #[command(
        after_help = "Example:\n  unhook console recover --data /var/lib/unhook --org unhook.toml \"Ana Ruiz\" --replace"
    )]
    Recover(Recover),
    /// List the accounts
    List(List),
}

#[derive(clap::Args)]
struct Place {
    #[command(flatten)]
    folder: DataFolder,
    /// Your organization's unhook.toml, which says where the console is
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Where the console is, if the file does not say
    #[arg(long, value_name = "URL", conflicts_with = "org")]
    url: Option<String>,
}

#[derive(clap::Args)]
struct Invite {
    #[command(flatten)]
    place: Place,
    /// Their name
    #[arg(long, value_parser = name)]
    name: String,
    /// What they are there for: viewer, analyst, approver, admin or auditor
    #[arg(long, value_parser = role)]
    role: Role,
}

#[derive(clap::Args)]
struct Recover {
    #[command(flatten)]
    place: Place,
    /// The account: its name, or its id as `console list` has it
    #[arg(value_name = "NAME|ID")]
    whom: String,
    /// Take away the passkeys they had, and what is bound at an OpenID provider: when they were stolen
    #[arg(long)]
    replace: bool,
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    folder: DataFolder,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match arguments.command {
        Command::Invite(invite) => run_invite(&invite),
        Command::Recover(recover) => run_recover(&recover),
        Command::List(list) => run_list(&list),
    }
}

fn run_invite(arguments: &Invite) -> anyhow::Result<u8> {
    let console = arguments.place.console()?;
    let vault = arguments.place.folder.open_or_make()?;
    let Some(account) = vault.add(&arguments.name, arguments.role, now())? else {
        let message = "there are as many accounts as there may be; disable none, ask for more room";
        return Err(Failure::new(exit::DATA, message).into());
    };
    let role = arguments.role.name();
    record(&vault, "account-made", &account.id.to_string(), Some(role))?;
    print_link(&vault, &console, &account)
}

fn run_recover(arguments: &Recover) -> anyhow::Result<u8> {
    let console = arguments.place.console()?;
    let vault = arguments.place.folder.open()?;
    let account = find(&vault, &arguments.whom)?;
    if account.disabled_at.is_some() {
        let message = "this account is disabled; an admin enables it in the console, under Team";
        return Err(Failure::new(exit::DATA, message).into());
    }
    let how = arguments.replace.then_some("passkeys taken away");
    record(&vault, "account-recovered", &account.id.to_string(), how)?;
    let ended = vault.end(account.id, None)?;
    terminal::say(&format!("{ended} sessions ended"));
    if arguments.replace {
        let taken = vault.clear_passkeys(account.id)?;
        terminal::say(&format!("{taken} passkeys taken away"));
    }
    print_link(&vault, &console, &account)
}

fn run_list(arguments: &List) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    for account in vault.accounts()? {
        println!("{}", line(&account));
    }
    Ok(0)
}

impl Place {
    fn console(&self) -> anyhow::Result<unhook_web::Console> {
        let section = match &self.org {
            Some(file) => config::read_begun(file)?.service.console.unwrap_or_default(),
            None => config::Console::default(),
        };
        let is_tls = section.tls.is_some();
        let url = match &self.url {
            Some(url) => url.clone(),
            None => section.address(section.listen().port(), is_tls),
        };
        Ok(unhook_web::Console::new("", &url)?)
    }
}

fn print_link(
    vault: &SqliteVault,
    console: &unhook_web::Console,
    account: &Account,
) -> anyhow::Result<u8> {
    let Some(code) = hand_out(vault, vault, account.id, Purpose::Join, now())? else {
        return Err(Failure::new(exit::DATA, "the account was disabled just now").into());
    };
    println!("{}", console.join_link(&code));
    terminal::say(&format!(
        "the link lets {} in once, within 24 hours; nobody can show it again",
        harmless(&account.name)
    ));
    if let Some(trouble) = console.trouble() {
        terminal::say(&format!("it will not work as it is: {trouble}"));
    }
    Ok(0)
}

/// The account of an id or a name; a name that several have is none.
fn find(vault: &SqliteVault, whom: &str) -> anyhow::Result<Account> {
    let all = vault.accounts()?;
    let id: Option<PersonId> = whom.parse().ok();
    let is_meant = |account: &&Account| Some(account.id) == id || account.name == whom;
    let mut found = all.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(account), None) => Ok(account.clone()),
        (None, _) => {
            let message = "there is no such account; `unhook console list` has them all";
            Err(Failure::new(exit::DATA, message).into())
        }
        (Some(_), Some(_)) => {
            let message =
                "several accounts have this name; give the id, as `unhook console list` has it";
            Err(Failure::new(exit::DATA, message).into())
        }
    }
}

/// An account in a line, separated by tabs.
fn line(account: &Account) -> String {
    let state = match account.disabled_at {
        Some(at) => format!("disabled {}", time(at)),
        None if account.passkeys == 0 && !account.is_bound => "invited".to_owned(),
        None => "live".to_owned(),
    };
    let bound = if account.is_bound { " + oidc" } else { "" };
    format!(
        "{}\t{}\t{}\t{state}\t{} passkeys{bound}\t{}",
        account.id,
        account.role.name(),
        time(account.made_at),
        account.passkeys,
        harmless(&account.name)
    )
}

fn name(text: &str) -> Result<String, &'static str> {
    accounts::name(text).ok_or("write their name in a few words")
}

fn role(text: &str) -> Result<Role, String> {
    let names = Role::ALL.map(|(_, name)| name);
    Role::from_name(text).ok_or_else(|| format!("there are {}", names.join(", ")))
}
