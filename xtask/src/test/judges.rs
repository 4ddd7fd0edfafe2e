//! Other people's clients, by which tests judge ours: installed once below `target/judges/`,
//! each in a folder of its own, in a version that is written down here.
//!
//! A test finds them by [`FOLDER`]; set, it fails when one is missing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::shell;

/// The variable that tells tests where judges are.
pub(super) const FOLDER: &str = "UNHOOK_JUDGES";

/// Where a judge comes from.
enum Registry {
    /// PyPI: the folder becomes a virtual environment.
    Python,
    /// npm.
    Node,
}

struct Judge {
    /// Its folder, and how the tests call it.
    name: &'static str,
    registry: Registry,
    /// Packages with their versions.
    packages: &'static [&'static str],
}

const JUDGES: &[Judge] = &[
    Judge { name: "twilio-python", registry: Registry::Python, packages: &["twilio==9.13.0"] },
    Judge { name: "twilio-node", registry: Registry::Node, packages: &["twilio@6.2.0"] },
    Judge { name: "oidc-provider", registry: Registry::Node, packages: &["oidc-provider@9.13.3"] },
    Judge { name: "schemathesis", registry: Registry::Python, packages: &["schemathesis==4.32.5"] },
    Judge {
        name: "telnyx",
        registry: Registry::Python,
        packages: &["telnyx==4.189.0", "pynacl==1.6.2"],
    },
    Judge { name: "plivo", registry: Registry::Python, packages: &["plivo==4.63.0"] },
    Judge { name: "vonage", registry: Registry::Python, packages: &["vonage==4.9.1"] },
    Judge {
        name: "browser",
        registry: Registry::Node,
        packages: &["playwright-core@1.64.1", "axe-core@4.10.3"],
    },
    Judge { name: "slack", registry: Registry::Python, packages: &["slack-sdk==3.48.0"] },
    Judge { name: "okta", registry: Registry::Python, packages: &["okta==3.4.6"] },
    Judge { name: "msgraph", registry: Registry::Python, packages: &["msgraph-sdk==1.65.0"] },
    Judge {
        name: "google",
        registry: Registry::Python,
        packages: &["google-api-python-client==2.202.0", "google-auth==2.63.0"],
    },
    Judge {
        name: "scim",
        registry: Registry::Python,
        packages: &["scim2-server==0.8.3", "scim2-tester==0.5.2", "scim2-client[httpx2]==0.13.2"],
    },
    Judge {
        name: "jwt",
        registry: Registry::Python,
        packages: &["pyjwt==2.15.1", "cryptography==50.0.2"],
    },
    Judge { name: "aiosmtpd", registry: Registry::Python, packages: &["aiosmtpd==1.4.6"] },
    Judge { name: "jose", registry: Registry::Node, packages: &["jose@6.2.18"] },
    Judge { name: "cloudflare", registry: Registry::Python, packages: &["cloudflare==5.9.0"] },
];

/// Where judges are installed.
pub(super) fn folder(project: &Project) -> PathBuf {
    project.path("target/judges")
}

/// Installs what is missing or of another version.
pub(super) fn install(project: &Project) -> Result<()> {
    for judge in JUDGES {
        judge.install_or_say(project)?;
    }
    Ok(())
}

/// The browser's judge, installed: playwright-core, for what else looks at pages.
pub(crate) fn browser(project: &Project) -> Result<PathBuf> {
    let judge = JUDGES.iter().find(|judge| judge.name == "browser").context("it is listed")?;
    judge.install_or_say(project)?;
    Ok(folder(project).join(judge.name))
}

impl Judge {
    /// Installs it, or says how that is done by hand.
    fn install_or_say(&self, project: &Project) -> Result<()> {
        self.install(project).with_context(|| {
            let packages = self.packages.join(" ");
            format!(
                "the tests need {packages}, and it cannot be installed; is the registry \
                 reachable? By hand, in {}:\n\n  {}\n\nand write \"{packages}\" to the file \
                 `installed` there",
                folder(project).join(self.name).display(),
                self.by_hand()
            )
        })
    }

    fn install(&self, project: &Project) -> Result<()> {
        let home = folder(project).join(self.name);
        let mark = home.join("installed");
        let packages = self.packages.join(" ");
        if std::fs::read_to_string(&mark).is_ok_and(|installed| installed.trim() == packages) {
            return Ok(());
        }
        println!("installing {packages} for the tests");
        if home.exists() {
            std::fs::remove_dir_all(&home)?;
        }
        std::fs::create_dir_all(&home)?;
        match self.registry {
            Registry::Python => {
                shell::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
                let mut pip = Command::new(home.join("bin/pip"));
                pip.args(["install", "--quiet", "--disable-pip-version-check"]);
                shell::run(pip.args(self.packages))?;
            }
            Registry::Node => {
                let mut npm = Command::new("npm");
                npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
                shell::run(npm.arg("--prefix").arg(&home).args(self.packages))?;
            }
        }
        std::fs::write(&mark, packages)?;
        Ok(())
    }

    fn by_hand(&self) -> String {
        let packages = self.packages.join(" ");
        match self.registry {
            Registry::Python => format!("python3 -m venv . && bin/pip install {packages}"),
            Registry::Node => format!("npm install --prefix . {packages}"),
        }
    }
}
