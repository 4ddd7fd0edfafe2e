//! What the tests need beyond a compiler, and how to get it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// A program the tests call.
struct Need {
    program: &'static str,
    /// How to ask whether it is there.
    probe: &'static [&'static str],
    /// The command that installs it.
    install: &'static [&'static str],
}

const NEEDS: [Need; 10] = [
    Need {
        program: "rustfmt",
        probe: &["rustfmt", "--version"],
        install: &["rustup", "component", "add", "rustfmt"],
    },
    Need {
        program: "clippy",
        probe: &["cargo", "clippy", "--version"],
        install: &["rustup", "component", "add", "clippy"],
    },
    Need {
        program: "a C linker",
        probe: &["cc", "--version"],
        install: &["apt-get", "install", "--yes", "--no-install-recommends", "gcc", "libc6-dev"],
    },
    Need {
        program: "python3 with venv",
        probe: &["python3", "-c", "import venv, ensurepip"],
        install: &["apt-get", "install", "--yes", "--no-install-recommends", "python3-venv"],
    },
    Need {
        program: "node with npm",
        probe: &["npm", "--version"],
        install: &["apt-get", "install", "--yes", "--no-install-recommends", "nodejs", "npm"],
    },
    Need {
        program: "chromium",
        probe: &["chromium", "--version"],
        install: &["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
    },
    Need {
        program: "tesseract",
        probe: &["tesseract", "--version"],
        install: &["apt-get", "install", "--yes", "--no-install-recommends", "tesseract-ocr"],
    },
    Need {
        program: "resolvers that follow the zone",
        probe: &[
            "sh",
            "-c",
            "test -x /usr/sbin/unbound && test -x /usr/sbin/named && \
             test -x /usr/sbin/pdns_recursor && dig -v",
        ],
        install: &[
            "apt-get",
            "install",
            "--yes",
            "--no-install-recommends",
            "unbound",
            "bind9",
            "bind9-dnsutils",
            "pdns-recursor",
        ],
    },
    Need {
        program: "kdig",
        probe: &["kdig", "--version"],
        install: &["apt-get", "install", "--yes", "--no-install-recommends", "knot-dnsutils"],
    },
    Need {
        program: "the fonts of phones",
        probe: &["sh", "-c", "fc-list | grep -q Roboto && fc-list | grep -q Liberation"],
        install: &[
            "apt-get",
            "install",
            "--yes",
            "--no-install-recommends",
            "fontconfig",
            "fonts-roboto-unhinted",
            "fonts-liberation",
        ],
    },
];

/// Installs what is missing, or says what to install and stops.
pub(super) fn install() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !is_there(need)).collect();
    let mut left = Vec::new();
    for need in missing {
        println!("{} is missing: {}", need.program, need.install.join(" "));
        if shell::run(&mut command(need.install)).is_err() || !is_there(need) {
            left.push(format!("{}: {}", need.program, need.install.join(" ")));
        }
    }
    if !left.is_empty() {
        bail!("install these first, then run the tests again:\n\n  {}", left.join("\n  "));
    }
    Ok(())
}

fn is_there(need: &Need) -> bool {
    shell::is_there(&mut command(need.probe))
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}
