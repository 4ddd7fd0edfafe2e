//! The file of devices that ask the DNS firewall wherever they are: a token, a space and a name a line.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

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
