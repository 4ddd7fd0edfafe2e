//! Zeek's `dns.log`: tab-separated values with their head, or JSON.
//!
//! A part of a log without its head is read as Zeek writes it by default.

use serde_json::Value;

use super::json::{self, text};
use super::times::{Clock, epoch};
use super::{Line, looked_up, nothing};

/// The most columns that a head may have; Zeek's has some thirty.
const MOST_COLUMNS: usize = 256;

/// Where the columns are.
#[derive(Debug)]
pub(super) struct Zeek {
    time: usize,
    client: usize,
    name: usize,
    kind: usize,
    /// Whether the log is another than `dns`.
    is_other: bool,
}

impl Default for Zeek {
    /// `ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype
    /// qtype_name …`.
    fn default() -> Self {
        Self { time: 0, client: 2, name: 9, kind: 13, is_other: false }
    }
}

impl Zeek {
    pub(super) fn read(&mut self, line: &str, clock: Clock<'_>) -> Line {
        if line.starts_with('{') {
            return read_json(line, clock);
        }
        if let Some(head) = line.strip_prefix('#') {
            return self.head(head);
        }
        if self.is_other {
            return nothing();
        }
        let last = self.time.max(self.client).max(self.name).max(self.kind);
        let columns: Vec<&str> = line.split('\t').take(last + 1).collect();
        if columns.len() <= last {
            return Err(format!("{} columns, where {} are expected", columns.len(), last + 1));
        }
        let (name, kind) = (columns[self.name], columns[self.kind]);
        if name == "-" {
            return nothing();
        }
        let time = columns[self.time];
        let at = match time.parse::<f64>() {
            Ok(seconds) => epoch(seconds)?,
            Err(_) => clock.rfc3339(time)?,
        };
        looked_up(name, kind, columns[self.client], at)
    }

    fn head(&mut self, head: &str) -> Line {
        if let Some(path) = head.strip_prefix("path\t") {
            self.is_other = path != "dns";
        }
        let Some(fields) = head.strip_prefix("fields\t") else { return nothing() };
        let fields: Vec<&str> = fields.split('\t').take(MOST_COLUMNS).collect();
        let place = |wanted: &str| fields.iter().position(|field| *field == wanted);
        match (place("ts"), place("id.orig_h"), place("query"), place("qtype_name")) {
            (Some(time), Some(client), Some(name), Some(kind)) => {
                *self = Self { time, client, name, kind, is_other: self.is_other };
                nothing()
            }
            _ if self.is_other => nothing(),
            _ => {
                self.is_other = true;
                Err("the head has no `ts`, `id.orig_h`, `query` and `qtype_name`".to_owned())
            }
        }
    }
}

fn read_json(line: &str, clock: Clock<'_>) -> Line {
    let entry: Value = json::read(line)?;
    let (Some(client), Some(name)) = (text(&entry["id.orig_h"]), text(&entry["query"])) else {
        return nothing();
    };
    let kind = text(&entry["qtype_name"]).unwrap_or_default();
    looked_up(name, kind, client, json::time(&entry["ts"], clock)?)
}
