//! `unhook lists`: what must go on resolving, as others publish it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use unhook_contain::Address;
use unhook_contain::lists::fetch::LONGEST_ANSWER;
use unhook_contain::lists::{Content, FetchError, Fetcher, Kept, List, Shelf, ShelfError};

use super::serve::beside;
use crate::config::{self, Lists};
use crate::data_folder::{DataFolder, now, time};
use crate::failure::{Failure, exit};
use crate::{files, house, terminal};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Fetch the newest lists, or read them from a folder
    Update(Update),
    /// Say which lists are in use
    Show(Show),
}

#[derive(clap::Args)]
#[command(
    after_help = "Each list that is what it should be takes the place of the one before; of one that is not, the one before \
stays. The service reads them when it starts.\n\n\
Exit status: 0 all lists are new, 65 one is not what it should be, 66 nothing is in the folder,\n75 one could not be fetched now.\n\n\
Example:\n  unhook lists update --org unhook.toml --data /var/lib/unhook"
)]
struct Update {
    #[command(flatten)]
    folder: DataFolder,
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Read the published files from this folder, on a machine without a network
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Show {
    #[command(flatten)]
    folder: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    match arguments.command {
        Command::Update(arguments) => update(&arguments),
        Command::Show(arguments) => show(&arguments),
    }
}

fn update(arguments: &Update) -> anyhow::Result<u8> {
    arguments.folder.require()?;
    let lists = match &arguments.org {
        Some(file) => config::read(file)?.lists,
        None => Lists::published(),
    };
    let shelf = Shelf::of(&arguments.folder.data);
    let kept: Vec<List> = lists.sources.iter().map(|(list, _)| list.clone()).collect();
    let outcomes = match &arguments.from {
        Some(folder) => from_folder(&kept, folder, &shelf)?,
        None => {
            let org = arguments.org.as_deref().unwrap_or(Path::new("unhook.toml"));
            from_network(&lists, org, &shelf)?
        }
    };
    shelf.drop_others(&kept)?;
    let statuses = outcomes.into_iter().map(|(list, outcome)| match outcome {
        Ok(kept) => {
            println!("{}: {} names, from {}", kept.name, kept.count, kept.source);
            0
        }
        Err(error) => {
            terminal::complain(&format!("{}, which stays as it was: {error:#}", list.name()));
            status_of(&error)
        }
    });
    let statuses: Vec<u8> = statuses.collect();
    let worst = [exit::DATA, exit::CANNOT_CREATE, exit::LATER];
    let worst = worst.into_iter().find(|status| statuses.contains(status));
    if statuses.contains(&0) {
        terminal::say("a service that runs reads them when it is started again");
    }
    Ok(worst.or_else(|| statuses.iter().copied().max()).unwrap_or(0))
}

type Outcome = (List, anyhow::Result<Kept>);

/// What a folder has of the lists; what it has not stays as it is.
fn from_folder(lists: &[List], folder: &Path, shelf: &Shelf) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for list in lists {
        let files = list.published_as().into_iter().map(|name| folder.join(name));
        let Some(file) = files.into_iter().find(|file| file.is_file()) else {
            let wanted = list.published_as().join(" or ");
            terminal::say(&format!("{} stays as it was: there is no {wanted}", list.name()));
            continue;
        };
        outcomes.push((list.clone(), from_file(list, &file, shelf)));
    }
    if outcomes.is_empty() {
        let message = format!("there is none of the lists in {}", folder.display());
        return Err(Failure::new(exit::NO_INPUT, message).into());
    }
    Ok(outcomes)
}

fn from_file(list: &List, file: &Path, shelf: &Shelf) -> anyhow::Result<Kept> {
    let (bytes, is_longer) = files::read_bounded(files::open(file)?, LONGEST_ANSWER)
        .with_context(|| format!("cannot read {}", file.display()))?;
    if is_longer {
        let message = format!("it has more than {} MiB", LONGEST_ANSWER >> 20);
        return Err(Failure::new(exit::DATA, message).into());
    }
    keep(list, &file.display().to_string(), &bytes, shelf)
}

/// One after the other: none is in a hurry, and each may have ten megabytes.
fn from_network(lists: &Lists, org: &Path, shelf: &Shelf) -> anyhow::Result<Vec<Outcome>> {
    let authorities = lists.authorities_file.as_ref().map(|file| {
        let file = beside(org).join(file);
        std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
    });
    let fetcher = Fetcher::new(authorities.transpose()?.as_deref())?;
    house::block_on(async {
        let mut outcomes = Vec::new();
        for (list, address) in &lists.sources {
            outcomes.push((list.clone(), fetch(&fetcher, list, address, shelf).await));
        }
        Ok(outcomes)
    })
}

async fn fetch(
    fetcher: &Fetcher,
    list: &List,
    address: &Address,
    shelf: &Shelf,
) -> anyhow::Result<Kept> {
    let bytes = fetcher.fetch(address).await?;
    keep(list, &address.to_string(), &bytes, shelf)
}

fn keep(list: &List, source: &str, bytes: &[u8], shelf: &Shelf) -> anyhow::Result<Kept> {
    let content = Content::read(list, bytes)
        .map_err(|error| Failure::new(exit::DATA, format!("{source}: {error}")))?;
    Ok(shelf.keep(list, &content, source, bytes, now())?)
}

fn status_of(error: &anyhow::Error) -> u8 {
    if let Some(error) = error.downcast_ref::<FetchError>() {
        return match error {
            FetchError::Later { .. } => exit::LATER,
            _ => exit::DATA,
        };
    }
    match error.downcast_ref::<ShelfError>() {
        Some(ShelfError::Shrunk { .. }) => exit::DATA,
        Some(_) => exit::CANNOT_CREATE,
        None => crate::failure::status_of(error),
    }
}

fn show(arguments: &Show) -> anyhow::Result<u8> {
    arguments.folder.require()?;
    let (lists, problems) = Shelf::of(&arguments.folder.data).lists();
    problems.iter().for_each(|why| terminal::complain(why));
    if arguments.json {
        let lists: Vec<_> = lists.iter().map(object).collect();
        println!("{}", serde_json::to_string_pretty(&json!({ "lists": lists }))?);
    } else {
        for list in &lists {
            let Kept { name, count, source, .. } = list;
            println!("{name}: {count} names of {}, from {source}", time(list.fetched));
        }
        if lists.is_empty() {
            println!("only the built-in lists; `unhook lists update` fetches newer ones");
        }
    }
    Ok(if problems.is_empty() { 0 } else { exit::DATA })
}

fn object(list: &Kept) -> serde_json::Value {
    json!({
        "name": list.name,
        "names": list.count,
        "source": list.source,
        "fetched": time(list.fetched),
        "sha256": list.sha256,
    })
}
