//! Requests and answers as one reads them, without what differs from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::http::{Answer, Request};

/// Headers that say nothing of the contract.
const LEFT_OUT: [&str; 3] = ["connection", "content-length", "date"];

/// Gives ids names in the order in which they came up, for all goldens of a conversation.
#[derive(Default)]
pub(crate) struct Redaction(BTreeMap<String, usize>);

impl Redaction {
    /// A request and its answer.
    pub(crate) fn exchange(&mut self, request: &Request, answer: &Answer) -> String {
        let mut text = format!("{} {}\n", request.method, self.path(&request.path));
        let kind = request.headers.iter().find(|(name, _)| name == "content-type");
        if !request.body.is_empty() {
            let is_json = kind.is_some_and(|(_, kind)| kind == "application/json");
            text += &self.body(&request.body, is_json);
        }
        let _ = writeln!(text, "\n{}", answer.status);
        for (name, value) in &answer.headers {
            if !LEFT_OUT.contains(&name.as_str()) {
                let value = if name == "unhook-position" { "<position>" } else { value };
                let _ = writeln!(text, "{name}: {value}");
            }
        }
        let is_json = answer.header("content-type").is_some_and(|kind| kind.contains("json"));
        text + &self.body(&answer.body, is_json)
    }

    fn path(&mut self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parts = path.split('/').map(|part| self.text(part)).collect::<Vec<_>>().join("/");
        if query.is_empty() { parts } else { format!("{parts}?after=<position>") }
    }

    fn body(&mut self, body: &str, is_json: bool) -> String {
        if !is_json {
            return format!("{body}\n");
        }
        let mut value = serde_json::from_str(body).expect("it says that it is JSON");
        self.value("", &mut value);
        serde_json::to_string_pretty(&value).expect("plain values have JSON") + "\n"
    }

    fn value(&mut self, key: &str, value: &mut Value) {
        match value {
            Value::String(text) if key == "position" => "<position>".clone_into(text),
            Value::String(text) => *text = self.text(text),
            // What training may change.
            Value::Number(number) if !number.is_u64() => *value = "<number>".into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(key, item)),
            Value::Object(pairs) => {
                pairs.iter_mut().for_each(|(key, value)| self.value(key, value));
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        if is_id(text) {
            let next = self.0.len() + 1;
            return format!("<id {}>", self.0.entry(text.to_owned()).or_insert(next));
        }
        if is_time(text) { "<time>".to_owned() } else { text.to_owned() }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T' && bytes[bytes.len() - 1] == b'Z'
}
