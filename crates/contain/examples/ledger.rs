//! Reads a log of a resolver and joins it to a hundred campaigns, as fast as it goes, for
//! `cargo xtask bench ledger`.
//!
//! `ledger write FOLDER LINES` makes `log` and `names`; `ledger join FOLDER` reads them in parts as the API
//! gets them, and prints lines, seconds of a processor and what came of it. Nothing here is random: the
//! same numbers give the same log.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use unhook_app::ledger::{Accounts, Holder, Lease, Ledger, LogKind, LogReader as _, LookBack};
use unhook_app::ledger::{Observed, Watched};
use unhook_app::resolving::Client;
use unhook_contain::logs::Readers;
use unhook_detect::Knowledge;
use unhook_engine::Protected;
use unhook_model::{CampaignId, Hostname, PersonId, Timestamp};

/// 2022-07-20T22:49:00Z, in seconds.
const BEGIN: u64 = 1_658_357_340;

const CAMPAIGNS: u64 = 100;
const CLIENTS: u64 = 10_000;
const USUAL: u64 = 20_000;

/// How much is read at once, in bytes.
const PART: usize = 8 << 20;

struct House;

impl Accounts for House {
    fn person(&self, account: &str) -> Option<PersonId> {
        let number: u64 = account.strip_prefix("person-")?.parse().ok()?;
        Some(PersonId::from_bytes((u128::from(number) + 1).to_be_bytes()))
    }

    fn mark(&self, client: &Client) -> String {
        format!("{client:?}")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "write", folder, lines] => write(Path::new(folder), lines.parse()?),
        [_, "join", folder] => join(Path::new(folder)),
        _ => Err("write FOLDER LINES, or join FOLDER".into()),
    }
}

/// A number that looks like chance.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn lure(n: u64) -> String {
    format!("acme-okta-{n}.example")
}

fn address(n: u64) -> String {
    format!("10.{}.{}.{}", n / 65_536 % 256, n / 256 % 256, n % 256)
}

fn write(folder: &Path, lines: u64) -> Result<(), Box<dyn Error>> {
    let mut log = String::new();
    for n in 0..lines {
        let chance = mixed(n + 1);
        let name = match chance % 1_000 {
            0 => format!("www.{}", lure(chance / 1_000 % CAMPAIGNS)),
            1..30 => format!("host-{}.seldom-{}.example", n % 7, chance % 1_000_000),
            _ => format!("cdn.usual-{}.example", (chance / 1_000 % USUAL).min(chance % USUAL)),
        };
        let client = address(mixed(chance) % CLIENTS);
        let second = BEGIN + n / 100;
        writeln!(log, "[{second}] unbound[7:0] info: {client} {name}. A IN")?;
    }
    fs::write(folder.join("log"), log)?;
    let names: Vec<String> = (0..CAMPAIGNS).map(lure).collect();
    fs::write(folder.join("names"), names.join("\n") + "\n")?;
    Ok(())
}

fn join(folder: &Path) -> Result<(), Box<dyn Error>> {
    let log = fs::read(folder.join("log"))?;
    let names = fs::read_to_string(folder.join("names"))?;
    let campaign = |n: usize| CampaignId::from_bytes((n as u128 + 1).to_be_bytes());
    let watched = names.lines().enumerate();
    let watched = watched.map(|(n, name)| Ok((Hostname::parse(name)?, campaign(n))));
    let watched = Watched::of(watched.collect::<Result<Vec<_>, Box<dyn Error>>>()?);
    let protected = Protected::new(Arc::new(Knowledge::builtin()), Arc::default());
    let mut ledger = Ledger::default();
    let at = |second: u64| Timestamp::from_unix_ms((second * 1_000).cast_signed());
    let leases = (0..CLIENTS).map(|n| {
        Observed::Leased(Lease {
            client: Client::Address(address(n).parse().expect("it is written as one")),
            holder: Holder::Account(format!("person-{n}").into()),
            from: at(BEGIN - 60),
            until: Some(at(BEGIN + 1_000_000)),
            key: None,
        })
    });
    ledger.take(leases, &watched, &House);
    let begun = Instant::now();
    let (mut look_back, readers) = (LookBack::default(), Readers::default());
    let (mut lines, mut joined, mut unread) = (0, 0, 0);
    let mut rest = &log[..];
    while !rest.is_empty() {
        let end = rest[..rest.len().min(PART)].iter().rposition(|byte| *byte == b'\n');
        let (part, more) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
        let read = readers.read(LogKind::Unbound, part, at(BEGIN))?;
        (lines, unread) = (lines + read.read, unread + read.unread);
        for observed in &read.observed {
            let Observed::Touched(touch) = observed else { continue };
            if watched.find(&touch.name).is_none() {
                look_back.add(touch, |name| {
                    Hostname::parse(name).map_or(true, |name| protected.permit(&name).is_err())
                });
            }
        }
        joined += ledger.take(read.observed, &watched, &House).joined;
        rest = more;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{lines} {unread} {joined} {} {} {seconds}",
        ledger.exposures().len(),
        look_back.len()
    );
    Ok(())
}
