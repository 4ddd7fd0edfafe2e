//! `unhook dns profile`: what a device is given so that it asks the DNS firewall wherever it is.
//!
//! It prints the device's token, which is a secret; it makes none, and sends it nowhere.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use unhook_app::coverage::ProfileKind;
use unhook_contain::dns::DeviceDns;

use crate::config::DeviceHost;
use crate::failure::{Failure, exit};
use crate::{commands, config, devices};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print what one device is set up with
    Profile(Profile),
}

#[derive(clap::Args)]
#[command(
    after_help = "The device is one of `devices_file` in [dns]. What is printed has its token: it goes to that device and \
nowhere else.\n\n\
Example:\n  unhook dns profile --device \"Ana's phone\" --host dns.acme.example --kind ios > ana.mobileconfig"
)]
struct Profile {
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE", default_value = "unhook.toml")]
    org: PathBuf,
    /// The device, by its name in the file of devices
    #[arg(long, value_name = "NAME")]
    device: String,
    /// The host where Unhook answers, with the port if it is not 443
    #[arg(long, value_name = "HOST", value_parser = host)]
    host: String,
    /// Which device: a profile for Apple's, or the name that Android asks for
    #[arg(long, value_enum)]
    kind: Kind,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Ios,
    Android,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let Command::Profile(profile) = &arguments.command;
    let settings = config::read(&profile.org)?;
    let file = settings.service.response.dns.as_ref().and_then(|dns| dns.devices_file.as_ref());
    let none = || Failure::new(exit::DATA, "[dns] has no `devices_file`; see docs/dns.md");
    let file = commands::serve::beside(&profile.org).join(file.ok_or_else(none)?);
    let devices = devices::read(&file)?;
    let found = devices.iter().find(|(_, name)| ***name == *profile.device);
    let unknown = || {
        let why = format!("no device is called `{}` in {}", profile.device, file.display());
        Failure::new(exit::DATA, why)
    };
    let (token, _) = found.ok_or_else(unknown)?;
    let organization = &settings.organization.name;
    let device = DeviceDns { organization, host: &profile.host, token };
    let kind = match profile.kind {
        Kind::Ios => ProfileKind::Ios,
        Kind::Android => ProfileKind::Android,
    };
    let text = devices::profile(&device, kind);
    std::io::stdout().write_all(&text).context("cannot write")?;
    Ok(0)
}

/// A host, with a port perhaps.
fn host(text: &str) -> Result<String, &'static str> {
    let how = "write the host alone, as in dns.acme.example or dns.acme.example:8443";
    text.parse().map(|DeviceHost(host)| host).map_err(|()| how)
}
