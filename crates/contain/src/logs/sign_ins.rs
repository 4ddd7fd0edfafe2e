//! Sign-in logs of identity providers: JSON Lines, one list, or a page of the provider's API.

use serde_json::Value;
use unhook_app::ledger::{LogKind, Observed, ReadLog};

use super::{Line, count, plain};
use crate::identity::{entra, google, okta};

pub(super) fn read(kind: LogKind, bytes: &[u8]) -> ReadLog {
    let mut log = ReadLog::default();
    if let Some(entries) = whole(bytes) {
        for (index, entry) in entries.iter().enumerate() {
            let entry = serde_json::to_vec(entry).map_err(|why| why.to_string());
            count(&mut log, index + 1, entry.and_then(|entry| read_one(kind, &entry)));
        }
        return log;
    }
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if !line.is_empty() {
            let read = plain(line).and_then(|line| read_one(kind, line.as_bytes()));
            count(&mut log, index + 1, read);
        }
    }
    log
}

/// The entries of what is one piece of JSON: a list, a page, or a single entry.
fn whole(bytes: &[u8]) -> Option<Vec<Value>> {
    let whole: Value = serde_json::from_slice(bytes).ok()?;
    match whole {
        Value::Array(entries) => Some(entries),
        Value::Object(mut page) => match page.remove("value").or_else(|| page.remove("items")) {
            Some(Value::Array(entries)) => Some(entries),
            _ => None,
        },
        _ => None,
    }
}

fn read_one(kind: LogKind, entry: &[u8]) -> Line {
    let list = [b"[", entry, b"]"].concat();
    let (sign_ins, unread) = match kind {
        LogKind::Okta => okta::read_log(&list),
        LogKind::Entra => entra::read_log(&list).map(|(read, unread, _)| (read, unread)),
        _ => google::read_log(&list).map(|(read, unread, _)| (read, unread)),
    }
    .ok_or("no JSON")?;
    if unread > 0 {
        return Err("an entry without a name, a time or an id".to_owned());
    }
    Ok(sign_ins.into_iter().map(|sign_in| Observed::SignedIn(Box::new(sign_in))).collect())
}
