//! Backups written by Android's "SMS Backup & Restore".
//!
//! The file is read tag by tag, because it is no proper XML: characters beyond the basic
//! plane are written as two references to surrogates (`&#55357;&#56832;`).

use quick_xml::events::BytesStart;
use unhook_model::Message;

use crate::rows::{Fields, Lines, Row, RowError};

/// A backup being read.
#[derive(Default)]
pub(crate) struct Backup {
    /// Who the multimedia message at hand is from.
    address: Option<String>,
}

impl Backup {
    pub(crate) fn next(&mut self, lines: &mut Lines) -> Option<Result<Row, RowError>> {
        loop {
            let tag = match lines.next_until(b'>')? {
                Ok(tag) => tag,
                Err(error) => return Some(Err(error)),
            };
            let line = lines.number + 1;
            let Some((_, tag)) = tag.rsplit_once('<') else { continue };
            let tag = tag.trim_end_matches(['>', '/']);
            let name = tag.split_whitespace().next().unwrap_or("");
            match name {
                "sms" => return Some(sms(line, tag)),
                "mms" => self.address = attribute(tag, "address"),
                "part" if attribute(tag, "ct").as_deref() == Some("text/plain") => {
                    if let Some(body) = attribute(tag, "text") {
                        let fields = Fields { sender: self.address.clone(), ..Fields::default() };
                        return Some(fields.message(line, body).map(|message| row(line, message)));
                    }
                }
                _ => {}
            }
        }
    }
}

fn sms(line: u64, tag: &str) -> Result<Row, RowError> {
    let body = attribute(tag, "body")
        .ok_or_else(|| RowError::at(line, "an <sms> without a readable `body`"))?;
    let fields = Fields {
        sender: attribute(tag, "address"),
        received: attribute(tag, "date").filter(|date| date.parse::<i64>().is_ok()),
        ..Fields::default()
    };
    Ok(row(line, fields.message(line, body)?))
}

fn row(line: u64, message: Message) -> Row {
    Row { line, id: None, message }
}

/// An attribute's value, references resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = BytesStart::from_content(tag, tag.find(char::is_whitespace).unwrap_or(tag.len()));
    let found = start
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|a| a.key.as_ref() == name.as_bytes())?;
    Some(resolve(std::str::from_utf8(&found.value).ok()?))
}

/// Resolves references, pairs of surrogates among them; what is none stays as it is.
fn resolve(value: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        units.extend(rest[..at].encode_utf16());
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| Some((end, reference(&rest[1..end])?))) {
            Some((end, code)) => {
                match u16::try_from(code) {
                    Ok(unit) => units.push(unit),
                    Err(_) => units.extend(
                        char::from_u32(code).unwrap_or('\u{fffd}').encode_utf16(&mut [0; 2]).iter(),
                    ),
                }
                rest = &rest[end + 1..];
            }
            None => {
                units.push(u16::from(b'&'));
                rest = &rest[1..];
            }
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

fn reference(name: &str) -> Option<u32> {
    Some(match name {
        "amp" => u32::from(b'&'),
        "lt" => u32::from(b'<'),
        "gt" => u32::from(b'>'),
        "quot" => u32::from(b'"'),
        "apos" => u32::from(b'\''),
        _ => match name.strip_prefix("#x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => name.strip_prefix('#')?.parse().ok()?,
        },
    })
}
