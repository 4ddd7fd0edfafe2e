//! The file of devices that ask the DNS firewall wherever they are: a token, a space and a name a line; and
//! what each is set up with.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use unhook_app::coverage::{self, ProfileKind};
use unhook_contain::dns::{DeviceDns, android_private_dns, ios_profile};

use crate::failure::{Failure, exit};
use crate::files;

/// The longest file of devices, in bytes: a hundred thousand of them.
const LONGEST_DEVICES_FILE: usize = 8 << 20;

/// The shortest token: nobody guesses as many letters.
const SHORTEST_TOKEN: usize = 20;

/// Reads it: names by tokens.
pub(crate) fn read(file: &Path) -> anyhow::Result<HashMap<String, Arc<str>>> {
    let place = || format!("cannot read {}", file.display());
    let (bytes, _) =
        files::read_bounded(files::open(file)?, LONGEST_DEVICES_FILE).with_context(place)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut devices = HashMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_token = |token: &str| {
            let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            token.len() >= SHORTEST_TOKEN && token.len() <= 63 && token.chars().all(is_known)
        };
        match line.split_once(char::is_whitespace) {
            Some((token, name)) if is_token(token) => {
                devices.insert(token.to_owned(), name.trim().into());
            }
            // What stands there is not shown: it is a secret, perhaps.
            _ => {
                let why = format!(
                    "{}:{number}: a line is a token of {SHORTEST_TOKEN} to 63 small letters and \
                     digits, a space, and the device's name",
                    file.display()
                );
                return Err(Failure::new(exit::DATA, why).into());
            }
        }
    }
    Ok(devices)
}

/// What a device is set up with.
pub(crate) fn profile(device: &DeviceDns<'_>, kind: ProfileKind) -> Vec<u8> {
    match kind {
        ProfileKind::Ios => ios_profile(device),
        ProfileKind::Android => format!(
            "Settings, Network and internet, Private DNS, Private DNS provider hostname:\n{}\n",
            android_private_dns(device)
        )
        .into_bytes(),
    }
}

/// The devices of the file, and the host by which they reach Unhook.
pub(crate) struct Profiles {
    organization: String,
    host: String,
    tokens: BTreeMap<Arc<str>, String>,
}

impl Profiles {
    /// Of two devices with one name, it knows one.
    pub(crate) fn new(
        organization: String,
        host: String,
        devices: &HashMap<String, Arc<str>>,
    ) -> Self {
        let tokens = devices.iter().map(|(token, name)| (Arc::clone(name), token.clone()));
        Self { organization, host, tokens: tokens.collect() }
    }
}

impl coverage::Devices for Profiles {
    fn names(&self) -> Vec<Arc<str>> {
        self.tokens.keys().cloned().collect()
    }

    fn profile(&self, device: &str, kind: ProfileKind) -> Option<Vec<u8>> {
        let token = self.tokens.get(device)?;
        let (organization, host) = (&*self.organization, &*self.host);
        Some(profile(&DeviceDns { organization, host, token }, kind))
    }
}
