//! rspamd, the mail filter, on texts dressed up as mails.
//!
//! Its worker is started for each run and ended after it, so that all its time is charged to it; the
//! client's time, small beside it, is charged too.

use std::process::Command;

use anyhow::Result;

use super::finds::Finds;
use super::input::{Input, mail};
use super::measure::speed;
use super::{Job, Measured, Outcome, Peer};
use crate::shell::{self, Written};

pub(super) const PEER: Peer =
    Peer { name: "rspamd", what: "scan as mail, no network rules", compared_with: Job::Texts, run };

/// Enough to drown the start-up, few enough to wait for.
const TEXTS: usize = 2000;

/// One worker, without the rules that ask the network.
const CONFIGURATION: &str = "\
.include \"$CONFDIR/options.inc\"
options { pidfile = \"$FOLDER/rspamd.pid\"; control_socket = \"$FOLDER/rspamd.sock\"; dns { nameserver = [\"127.0.0.1:9\"]; timeout = 0.01s; retransmits = 0; } }
logging { type = \"file\"; filename = \"$FOLDER/rspamd.log\"; level = \"error\"; }
worker \"normal\" { bind_socket = \"127.0.0.1:11399\"; count = 1; }
.include \"$CONFDIR/metrics.conf\"
.include \"$CONFDIR/composites.conf\"
modules { path = \"$PLUGINSDIR\"; }
.include \"$CONFDIR/modules.conf\"
rbl { enabled = false; } surbl { enabled = false; } fuzzy_check { enabled = false; } asn { enabled = false; }
";

/// Starts it, waits until it answers, sends it the mails of a folder, ends it.
const SCRIPT: &str = "\
set -eu
rspamd --no-fork --insecure --config \"$1/rspamd.conf\" & daemon=$!
trap 'kill \"$daemon\" 2>/dev/null; wait \"$daemon\" || true' EXIT
for _ in $(seq 200); do rspamc -h 127.0.0.1:11399 stat >/dev/null 2>&1 && break; sleep 0.1; done
rspamc -h 127.0.0.1:11399 -n 1 symbols \"$2\"
";

fn run(input: &Input) -> Result<Outcome> {
    if !shell::is_there(Command::new("rspamd").arg("--version")) {
        return Ok(Outcome::Missing("apt-get install rspamd".to_owned()));
    }
    let folder = input.folder.join("rspamd");
    std::fs::create_dir_all(&folder)?;
    let configuration = CONFIGURATION.replace("$FOLDER", &folder.to_string_lossy());
    std::fs::write(folder.join("rspamd.conf"), configuration)?;
    let scan = |count: usize| -> Result<Command> {
        let mails = folder.join(format!("mails-{count}"));
        std::fs::create_dir_all(&mails)?;
        for text in input.texts.iter().take(count) {
            std::fs::write(mails.join(format!("{}.eml", text.id)), mail(&text.text))?;
        }
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(&folder).arg(mails);
        Ok(command)
    };
    let count = TEXTS.min(input.texts.len());
    let scanned = |written: &Written| Some(written.out.matches("\nSymbol: MIME_TRACE ").count());
    let speed = speed(scan, count, scanned)?;
    Ok(Outcome::Measured(Measured { speed, finds: Finds::default() }))
}
