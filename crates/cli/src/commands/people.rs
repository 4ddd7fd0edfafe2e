//! `unhook people`: the directory of people, in and out.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use unhook_app::people::entries;
use unhook_app::service::Invitation;
use unhook_app::{Contact, Language, People as _};
use unhook_model::PersonId;
use unhook_store::Listed;

use crate::data_folder::{DataFolder, now, reason, record, time};
use crate::failure::{Failure, exit};
use crate::files;
use crate::terminal::{harmless, say};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Bring the directory up to date from a file, all or nothing
    #[command(
        after_help = "The file is a table with a header (key,name,phone,mail,account,language,status; several\n\
phones separated by `;`), or what SCIM 2.0 answers. People whom it does not name stay as\n\
they are; one who left has the status `former`.\n\n\
Example:\n  unhook people import --data /var/lib/unhook staff.csv"
    )]
    Import(Import),
    /// Print the directory as a table, in the clear; the reason is recorded
    List(List),
    /// Make a code by which a phone of their own joins somebody of the directory
    #[command(
        after_help = "The code is printed once and alone; give it to whoever it is for. They text JOIN and the code to\n\
the reporting number from the phone they want to protect, within seven days. Works while the\n\
service runs.\n\n\
Example:\n  unhook people enrol --data /var/lib/unhook --directory-key 4711"
    )]
    Enrol(Enrol),
}

#[derive(clap::Args)]
struct Enrol {
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    whom: Enrolled,
}

/// Whom a code is for.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Enrolled {
    /// The person of this id
    #[arg(long, value_name = "ID")]
    person: Option<PersonId>,
    /// The person whom the directory knows by this key
    #[arg(long, value_name = "KEY")]
    directory_key: Option<String>,
}

#[derive(clap::Args)]
struct Import {
    #[command(flatten)]
    folder: DataFolder,
    /// The file, CSV or SCIM JSON
    file: PathBuf,
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    folder: DataFolder,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match arguments.command {
        Command::Import(import) => run_import(&import),
        Command::List(list) => run_list(&list),
        Command::Enrol(enrol) => run_enrol(&enrol),
    }
}

fn run_import(arguments: &Import) -> anyhow::Result<u8> {
    let path = arguments.file.display();
    let file = files::open(&arguments.file)?;
    let (bytes, _) = files::read_bounded(file, entries::LARGEST_FILE + 1)
        .with_context(|| format!("cannot read {path}"))?;
    let entries = entries::read(&bytes).map_err(|error| {
        Failure::new(exit::DATA, format!("nothing was imported from {path}:\n{error}"))
    })?;
    let vault = arguments.folder.open_or_make()?;
    record(&vault, "people-imported", &format!("{} entries", entries.len()), None)?;
    let imported = vault.import(&entries, now())?;
    println!(
        "{} added, {} changed, {} unchanged; {} contacts moved from one person to another",
        imported.added, imported.changed, imported.unchanged, imported.moved
    );
    Ok(0)
}

fn run_list(arguments: &List) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    record(&vault, "people-listed", "everyone", Some(&arguments.reason))?;
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEADER)?;
    for listed in vault.listed()? {
        table.write_record(row(&listed))?;
    }
    let table = table.into_inner().context("cannot write the table")?;
    std::io::stdout().write_all(&table)?;
    Ok(0)
}

fn run_enrol(arguments: &Enrol) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    let nobody = |whom: &str| {
        let message = format!(
            "nobody enrolled has {whom}; `unhook people import` brings the directory in, and who has \
             left it is given no code"
        );
        Failure::new(exit::DATA, message)
    };
    let person = match (&arguments.whom.person, &arguments.whom.directory_key) {
        (Some(person), _) => *person,
        (None, key) => {
            let key = key.as_deref().unwrap_or_default();
            let listed = vault.listed()?.into_iter().find(|listed| listed.key == key);
            listed.ok_or_else(|| nobody("this key"))?.person.id
        }
    };
    let made = Invitation::make(&vault, &vault, person, None, now())?;
    let made = made.ok_or_else(|| nobody("this id"))?;
    println!("{}", made.code);
    say(&format!(
        "text JOIN {} to the reporting number from the phone to protect, before {}",
        made.code,
        time(made.expires_at)
    ));
    Ok(0)
}

/// What `people import` reads; it passes over the first.
const HEADER: [&str; 8] =
    ["person", "key", "name", "phone", "mail", "account", "language", "status"];

/// Somebody with the contacts that are theirs now.
fn row(listed: &Listed) -> [String; 8] {
    let present = listed.identity.contacts.iter().filter(|(.., until)| until.is_none());
    let (mut phones, mut mails, mut accounts) = (vec![], vec![], vec![]);
    for (contact, ..) in present {
        match contact {
            Contact::Phone(number) => phones.push(number.to_string()),
            Contact::Mail(address) => mails.push(address.clone()),
            Contact::Account(account) => accounts.push(account.clone()),
        }
    }
    let person = &listed.person;
    let fields = [
        person.id.to_string(),
        listed.key.clone(),
        person.names.join(";"),
        phones.join(";"),
        mails.join(";"),
        accounts.join(";"),
        person.language.as_ref().map(Language::to_string).unwrap_or_default(),
        person.standing.name().to_owned(),
    ];
    fields.map(|field| harmless(&field))
}
