//! `unhook token`: bearer tokens for programs and people.
//!
//! Works while the service runs, which honours a new token, or no longer honours a revoked
//! one, from the next request on.

use unhook_app::{Access as _, Grant, Scope};
use unhook_model::{PersonId, Timestamp};

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
    /// Make a token and print it, the only time it is seen
    #[command(
        after_help = "Example:\n  unhook token create --data /var/lib/unhook --scope read --scope intake --name gateway --expires 90d"
    )]
    Create(Create),
    /// List the tokens that were made
    List(List),
    /// Make a token good for nothing, at once
    Revoke(Revoke),
}

#[derive(clap::Args)]
struct Create {
    #[command(flatten)]
    folder: DataFolder,
    /// What it allows; may be given several times
    #[arg(long = "scope", required = true, value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Scope>,
    /// What it is for
    #[arg(long, default_value = "", hide_default_value = true, value_parser = name)]
    name: String,
    /// How long it is good for, such as 12h, 90d or 26w; left out, until it is revoked
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires: Option<i64>,
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(clap::Args)]
struct Revoke {
    #[command(flatten)]
    folder: DataFolder,
    /// The token's id, as `token list` has it
    #[arg(value_name = "ID")]
    id: PersonId,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match arguments.command {
        Command::Create(create) => run_create(&create),
        Command::List(list) => run_list(&list),
        Command::Revoke(revoke) => run_revoke(&revoke),
    }
}

fn run_create(arguments: &Create) -> anyhow::Result<u8> {
    let vault = arguments.folder.open_or_make()?;
    let now = now();
    let expires_at = arguments.expires.map(|milliseconds| later(now, milliseconds));
    let (bearer, grant) = vault.make(&arguments.name, &arguments.scopes, now, expires_at)?;
    record(&vault, "token-made", &grant.by.to_string(), None)?;
    println!("{bearer}");
    terminal::say(&format!("this is token {}; nobody can show it again", grant.by));
    Ok(0)
}

fn run_list(arguments: &List) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    for grant in vault.grants()? {
        println!("{}", line(&grant, now()));
    }
    Ok(0)
}

fn run_revoke(arguments: &Revoke) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    record(&vault, "token-revoked", &arguments.id.to_string(), None)?;
    if !vault.revoke(arguments.id, now())? {
        let message = format!("there is no token {} that is not revoked yet", arguments.id);
        return Err(Failure::new(exit::DATA, message).into());
    }
    Ok(0)
}

/// A token in a line, separated by tabs.
fn line(grant: &Grant, now: Timestamp) -> String {
    let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.name()).collect();
    let end = match (grant.revoked_at, grant.expires_at) {
        (Some(revoked), _) => format!("revoked {}", time(revoked)),
        (None, Some(end)) if end <= now => format!("expired {}", time(end)),
        (None, Some(end)) => format!("expires {}", time(end)),
        (None, None) => "live".to_owned(),
    };
    let made = time(grant.made_at);
    format!("{}\t{}\t{made}\t{end}\t{}", grant.by, scopes.join(","), harmless(&grant.name))
}

fn scope(text: &str) -> Result<Scope, String> {
    let names: Vec<&str> = Scope::ALL.iter().map(|(_, name)| *name).collect();
    Scope::from_name(text).ok_or_else(|| format!("there are {}", names.join(", ")))
}

fn name(text: &str) -> Result<String, &'static str> {
    const LONGEST: usize = 100;
    let is_fit = text.len() <= LONGEST && !text.chars().any(char::is_control);
    if is_fit { Ok(text.to_owned()) } else { Err("give it a name in a few words") }
}

/// Reads a time such as `90d` as milliseconds.
fn duration(text: &str) -> Result<i64, &'static str> {
    const HOUR: i64 = 60 * 60 * 1000;
    let says = "write a number and h, d or w, as in 12h, 90d or 26w";
    let unit = match text.chars().last() {
        Some('h') => HOUR,
        Some('d') => 24 * HOUR,
        Some('w') => 7 * 24 * HOUR,
        _ => return Err(says),
    };
    let number: u16 = text[..text.len() - 1].parse().map_err(|_| says)?;
    if number == 0 { Err(says) } else { Ok(i64::from(number) * unit) }
}

fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(now.unix_ms().saturating_add(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(duration("12h"), Ok(43_200_000));
        assert_eq!(duration("90d"), Ok(7_776_000_000));
        assert_eq!(duration("26w"), Ok(15_724_800_000));
        for wrong in ["", "d", "90", "0d", "-1d", "1.5d", "99999d", "1é", "90 d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
