//! A name that was asked for, in the two forms that are needed: as in packets, and as text.

use domain::base::ParsedName;

/// A name in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedName {
    /// Labels, each behind its length, with the empty one at the end.
    wire: Vec<u8>,
    /// With dots between the labels and none at the end.
    text: String,
}

impl AskedName {
    /// In lower case; names are equal whatever their case is (RFC 4343).
    pub(super) fn new<Octets: AsRef<[u8]>>(name: &ParsedName<Octets>) -> Self {
        let mut wire = Vec::with_capacity(64);
        let mut text = String::with_capacity(64);
        for label in name.iter() {
            let label = label.as_slice();
            wire.push(label.len() as u8);
            if label.is_empty() {
                break;
            }
            if !text.is_empty() {
                text.push('.');
            }
            for byte in label {
                let byte = byte.to_ascii_lowercase();
                wire.push(byte);
                push_escaped(&mut text, byte);
            }
        }
        Self { wire, text }
    }

    /// As in packets, in lower case.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// As text. A dot within a label is escaped, so that it divides nothing.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What of the name in packets is left when as many labels are taken away as there are before
    /// `start` in its text.
    pub(super) fn wire_from(&self, start: usize) -> &[u8] {
        let labels = self.text.get(..start).unwrap_or("").bytes().filter(|byte| *byte == b'.');
        labels.fold(&self.wire[..], |rest, _| {
            rest.get(usize::from(rest[0]) + 1..).filter(|rest| !rest.is_empty()).unwrap_or(&[0])
        })
    }

    /// Whether it is a zone's name or below it; the zone in lower case and as text.
    pub(super) fn is_within(&self, zone: &str) -> bool {
        let Some(rest) = self.text.strip_suffix(zone) else { return false };
        zone.is_empty() || rest.is_empty() || rest.ends_with('.')
    }
}

/// As in zone files (RFC 1035, section 5.1).
fn push_escaped(text: &mut String, byte: u8) {
    match byte {
        b'.' | b'\\' => {
            text.push('\\');
            text.push_str(if byte == b'.' { "046" } else { "092" });
        }
        0x21..=0x7e => text.push(char::from(byte)),
        _ => {
            text.push('\\');
            for digit in [byte / 100, byte / 10 % 10, byte % 10] {
                text.push(char::from(b'0' + digit));
            }
        }
    }
}
