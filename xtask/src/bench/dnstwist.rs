//! dnstwist, which works the other way round: it makes the look-alikes of a domain, to be
//! looked up, and cannot be given a name to recognise.
//!
//! So its figure is names made per second, none of them looked up; and what it finds are
//! the look-alikes that are among the names it makes.

use std::process::Command;

use anyhow::Result;

use super::finds::Finds;
use super::input::Input;
use super::measure::{Speed, least, seconds};
use super::{Job, Measured, Outcome, Peer, python};
use crate::shell::{self, Written};

pub(super) const PEER: Peer =
    Peer { name: "dnstwist", what: "makes names, recognises none", compared_with: Job::Names, run };

/// Domains whose look-alikes are made on the clock: thousands each.
const DOMAINS: usize = 8;

/// Makes the look-alikes of the domains in the first file, and prints how many there are and
/// how many names of the second file are among them.
const SCRIPT: &str = "\
import os, sys, dnstwist
domains, wanted = (open(path, encoding='utf-8').read().split() for path in sys.argv[1:])
made, found = 0, set()
for domain in domains:
    names = dnstwist.run(domain=domain, format='list', output=os.devnull)
    names = [name['domain'] for name in names if name['fuzzer'] != '*original']
    made += len(names)
    found.update(set(wanted).intersection(names))
print(made, len(found))
";

/// What the script prints.
#[derive(Debug, PartialEq)]
struct Made {
    names: usize,
    lookalikes: usize,
}

fn run(input: &Input) -> Result<Outcome> {
    let Some(programs) = python::programs(input, PEER.name, &["dnstwist"])? else {
        return Ok(Outcome::Missing("needs python3-venv and the package index".to_owned()));
    };
    let script = input.file("dnstwist.py", SCRIPT)?;
    let wanted = input.file("lookalikes.txt", &input.brands.lookalikes.join("\n"))?;
    let domains: Vec<&str> = input.brands.brands.iter().map(|b| b.domain.as_str()).collect();
    let make = |domains: &[&str]| -> Result<Command> {
        let list = input.file(&format!("domains-{}.txt", domains.len()), &domains.join("\n"))?;
        let mut command = Command::new(programs.join("python"));
        // Isolated, or the script, called as it is, would import itself.
        command.arg("-I").arg(&script).arg(list).arg(&wanted);
        Ok(command)
    };
    let speed =
        speed(&mut make(&domains[..1])?, &mut make(&domains[..DOMAINS.min(domains.len())])?)?;
    let lookalikes = match input.brands.lookalikes.len() {
        0 => None,
        all => Some((made(&shell::written(&mut make(&domains)?)?)?.lookalikes, all)),
    };
    Ok(Outcome::Measured(Measured { speed, finds: Finds { lookalikes, alerts: None } }))
}

/// Charges it the difference between one domain and several.
fn speed(one: &mut Command, several: &mut Command) -> Result<Speed> {
    let run = |command: &mut Command| {
        let mut names = 0;
        let seconds = least(|| {
            let (seconds, written) = seconds(command)?;
            names = made(&written)?.names;
            Ok(seconds)
        })?;
        Ok::<_, anyhow::Error>((names, seconds))
    };
    let (few, start_up) = run(one)?;
    let (many, whole) = run(several)?;
    Speed::new(many.saturating_sub(few), whole - start_up)
}

fn made(written: &Written) -> Result<Made> {
    let numbers = written.out.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>();
    match numbers.as_deref() {
        Ok([names, lookalikes]) => Ok(Made { names: *names, lookalikes: *lookalikes }),
        _ => anyhow::bail!("dnstwist printed `{}`", written.out.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_prints_is_read() {
        let print = |out: &str| made(&Written { out: out.to_owned(), err: String::new() });
        assert_eq!(print("70 3\n").unwrap(), Made { names: 70, lookalikes: 3 });
        assert_eq!(
            print("invalid domain\n").unwrap_err().to_string(),
            "dnstwist printed `invalid domain`"
        );
    }
}
