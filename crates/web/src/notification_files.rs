//! A campaign's notification list as files: a table for those who tell customers, and an archive for
//! those who have to show later what it rested upon.
//!
//! No cell is a formula to a spreadsheet: what applications call their customers, strangers may have
//! written.

use serde_json::json;
use unhook_app::service::{CustomerNames, Notifications};
use unhook_engine::notification::{Customer, Said, Status};
use unhook_engine::response::Exposed;
use unhook_model::{PersonId, Timestamp};

use crate::console::pages::evidence::{lines, pack, pretty};
use crate::routes::notifications::NotificationsBody;
use crate::time;

const README: &str = "Whom a smishing campaign makes it necessary to tell, exported from Unhook.

customers.csv    each customer once for each account by which something of theirs was touched: the name as
                 the application has it, when, how it stands, who is responsible
deadlines.csv    what each rule asks for by when, counted from when the organization became aware
evidence.jsonl   what was seen of each account that touched something, one JSON object a line
list.json        the same list without names, as the API gives it
manifest.json    the SHA-256 of each of these files

`position` is the place of a line in the journal, `at` when something happened, `noted_at` when it became
known. A customer that does not stand was put on the list by evidence that was withdrawn. Times are UTC
(RFC 3339). Members of staff are named by pseudonyms, but for those who are responsible. Nothing
here says whether a rule applies.
";

const COLUMNS: [&str; 16] = [
    "customer",
    "name",
    "application",
    "touched_by",
    "at",
    "noted_at",
    "position",
    "stands",
    "status",
    "informed_at",
    "note",
    "said_by",
    "said_at",
    "said_position",
    "owner",
    "owner_name",
];

/// The customers as a table, with names if there are some to show.
pub(crate) fn customers(list: &Notifications, names: &CustomerNames) -> Vec<u8> {
    let mut table = Table::of(&COLUMNS);
    for (id, customer) in &list.customers {
        let name = names.customers.get(id).map(|(_, name)| name.clone()).unwrap_or_default();
        let stands = list.stands(customer).to_string();
        for ((application, person), touched) in &customer.touches {
            let mut row = vec![
                id.to_string(),
                name.clone(),
                application.clone(),
                person.to_string(),
                time::write(touched.at),
                time::write(touched.noted_at),
                touched.position.to_string(),
                stands.clone(),
            ];
            row.extend(standing(customer.status.as_ref()));
            row.extend(owner(customer, names));
            table.add(row);
        }
    }
    table.end()
}

/// How it stands: the status, when they were told, the note, and who said so when and where.
fn standing(said: Option<&Said<Status>>) -> [String; 6] {
    let Some(said) = said else {
        let mut cells: [String; 6] = std::array::from_fn(|_| String::new());
        Status::Open.name().clone_into(&mut cells[0]);
        return cells;
    };
    let (informed_at, note) = parts(&said.what);
    [
        said.what.name().to_owned(),
        informed_at.map(time::write).unwrap_or_default(),
        note.to_owned(),
        said.by.to_string(),
        time::write(said.at),
        said.position.to_string(),
    ]
}

/// When somebody was told, and the note to it.
pub(crate) fn parts(status: &Status) -> (Option<Timestamp>, &str) {
    match status {
        Status::Open => (None, ""),
        Status::Informed { at, how } => (Some(*at), how),
        Status::NotNeeded { why } => (None, why),
    }
}

fn owner(customer: &Customer, names: &CustomerNames) -> [String; 2] {
    let owner = customer.owner.as_ref().and_then(|said| said.what);
    let name = |owner: &PersonId| names.owners.get(owner).cloned().unwrap_or_default();
    [
        owner.map(|owner| owner.to_string()).unwrap_or_default(),
        owner.as_ref().map(name).unwrap_or_default(),
    ]
}

fn deadlines(list: &Notifications) -> Vec<u8> {
    let mut table = Table::of(&[
        "rule",
        "who",
        "within",
        "due_at",
        "source",
        "status",
        "informed_at",
        "note",
        "said_by",
        "said_at",
        "said_position",
    ]);
    for deadline in &list.deadlines {
        let regime = &deadline.regime;
        let mut row = vec![
            regime.name.clone(),
            regime.who.name().to_owned(),
            regime.within.to_string(),
            deadline.due_at.map(time::write).unwrap_or_default(),
            regime.source.clone(),
        ];
        row.extend(standing(deadline.status.as_ref()));
        table.add(row);
    }
    table.end()
}

/// The archive of a list with the names behind it.
pub(crate) fn archive(
    list: Notifications,
    names: &CustomerNames,
    now: Timestamp,
    as_of: Option<u64>,
) -> std::io::Result<Vec<u8>> {
    let seen = list.evidence.values().flatten().map(|exposure| {
        let person = match &exposure.who {
            Exposed::Person(person) => person.to_string(),
            Exposed::Unknown(mark) => mark.clone(),
        };
        json!({
            "person": person,
            "rung": exposure.rung.name(),
            "source": exposure.source,
            "at": time::write(exposure.at),
            "evidence": exposure.evidence,
            "confidence": exposure.confidence,
        })
    });
    let manifest = json!({
        "exported_at": time::write(now),
        "campaign": list.campaign.to_string(),
        "aware_at": list.aware_at.map(time::write),
        "as_of_position": as_of.map(|position| position.to_string()),
        "counts": {
            "customers": list.customers.len(),
            "open": list.open_count,
            "left_out": list.left_out,
        },
    });
    let files = [
        ("README.txt", README.as_bytes().to_vec()),
        ("customers.csv", customers(&list, names)),
        ("deadlines.csv", deadlines(&list)),
        ("evidence.jsonl", lines(seen)?),
        ("list.json", pretty(&NotificationsBody::of(&list))?),
    ];
    pack(files, manifest)
}

/// A table as RFC 4180 has it.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn of(head: &[&str]) -> Self {
        let mut table = Self(csv::Writer::from_writer(Vec::new()));
        table.add(head.iter().map(|cell| (*cell).to_owned()));
        table
    }

    fn add(&mut self, cells: impl IntoIterator<Item = String>) {
        // Memory takes everything, and all rows are of one length.
        let _ = self.0.write_record(cells.into_iter().map(inert));
    }

    fn end(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

/// What a spreadsheet takes for the beginning of a formula, or of a command in one.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet runs (CWE-1236): an apostrophe goes before what it would.
fn inert(cell: String) -> String {
    let is_formula = cell.trim_start_matches(' ').starts_with(FORMULA);
    if is_formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use unhook_engine::notification::Touched;
    use unhook_model::CampaignId;

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 16])
    }

    #[test]
    fn what_strangers_wrote_is_no_formula_and_no_second_cell() {
        let at = Timestamp::from_unix_ms(1_658_357_340_000);
        let touched = Touched { at, noted_at: at, position: 7 };
        let key = ("=console\",\"x".to_owned(), person(2));
        let customer =
            Customer { touches: BTreeMap::from([(key, touched)]), ..Customer::default() };
        let list = Notifications {
            campaign: CampaignId::from_bytes([1; 16]),
            aware_at: None,
            aware: None,
            deadlines: Vec::new(),
            customers: BTreeMap::from([(person(3), customer)]),
            open_count: 1,
            evidence: BTreeMap::new(),
            left_out: 0,
        };
        let evil = " =HYPERLINK(\"http://lure.example\")\r\n+1".to_owned();
        let names = CustomerNames {
            customers: BTreeMap::from([(person(3), ("console".to_owned(), evil))]),
            ..CustomerNames::default()
        };
        let table = customers(&list, &names);
        let mut read = csv::Reader::from_reader(&*table);
        let rows: Vec<_> = read.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 1);
        assert!(rows[0][1].starts_with("' =HYPERLINK") && rows[0][2].starts_with("'=console"));
        assert_eq!((&rows[0][7], &rows[0][8]), ("false", "open"));
        for cell in ["@a", "\t=a", "＝a", "-1"] {
            assert!(inert(cell.to_owned()).starts_with('\''), "{cell}");
        }
        assert_eq!(inert("Acme - a shop".to_owned()), "Acme - a shop");
    }
}
