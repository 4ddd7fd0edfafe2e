//! SpamAssassin, the mail filter, on texts dressed up as mails.

use std::process::Command;

use anyhow::Result;

use super::input::Input;
use super::measure::speed;
use super::{Job, Outcome, Peer};
use crate::shell;

pub(super) const PEER: Peer = Peer {
    name: "spamassassin",
    what: "scan as mail, local rules alone",
    compared_with: Job::Texts,
    run,
};

/// It takes tens of milliseconds each.
const TEXTS: usize = 200;

fn run(input: &Input) -> Result<Outcome> {
    if !shell::is_there(Command::new("spamassassin").arg("--version")) {
        return Ok(Outcome::Missing("apt-get install spamassassin".to_owned()));
    }
    let scan = |count| -> Result<Command> {
        let mut command = Command::new("spamassassin");
        command.args(["--local", "--mbox"]).arg(input.mailbox(count)?);
        Ok(command)
    };
    let count = TEXTS.min(input.texts.len());
    speed(&mut scan(1)?, &mut scan(count)?, count).map(Outcome::Measured)
}
