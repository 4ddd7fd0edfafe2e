//! SpamAssassin, the mail filter, on texts dressed up as mails.
//!
//! Its rules are those it is shipped with or was updated to; what it would learn it keeps in
//! a home of its own.

use std::process::Command;

use anyhow::Result;

use super::finds::Finds;
use super::input::Input;
use super::measure::speed;
use super::{Job, Measured, Outcome, Peer};
use crate::shell::{self, Written};

pub(super) const PEER: Peer = Peer {
    name: "spamassassin",
    what: "scan as mail, local rules alone",
    compared_with: Job::Texts,
    run,
};

/// It takes tens of milliseconds each.
const TEXTS: usize = 100;

fn run(input: &Input) -> Result<Outcome> {
    if !shell::is_there(Command::new("spamassassin").arg("--version")) {
        return Ok(Outcome::Missing("apt-get install spamassassin".to_owned()));
    }
    let home = input.folder.join(PEER.name);
    std::fs::create_dir_all(&home)?;
    let scan = |count| {
        let mut command = Command::new("spamassassin");
        command.env("HOME", &home).args(["--local", "--nocreate-prefs", "--mbox"]);
        command.arg(input.mailbox(count)?);
        Ok(command)
    };
    let speed = speed(scan, TEXTS.min(input.texts.len()), scanned)?;
    Ok(Outcome::Measured(Measured { speed, finds: Finds::default() }))
}

/// It prints the mails with its verdict in the head of each.
fn scanned(written: &Written) -> Option<usize> {
    Some(written.out.lines().filter(|line| line.starts_with("X-Spam-Status: ")).count())
}
