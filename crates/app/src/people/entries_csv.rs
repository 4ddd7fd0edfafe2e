//! A directory as a table: comma-separated values with a header (RFC 4180).
//!
//! Columns stand in any order: `key`, which must be there, `name`, `phone`, `mail`, `account`,
//! `language` and `status`. Several names, phones, mails or accounts are separated by `;`.

use super::Entry;
use super::entries::{Entries, EntriesError, Place, Raw};

/// The columns there are.
const COLUMNS: [&str; 7] = ["key", "name", "phone", "mail", "account", "language", "status"];

/// What a list of the directory has beside them, and an import passes over: an id is never
/// given from outside.
const PASSED_OVER: &str = "person";

/// Which column stands where.
struct Header {
    columns: Vec<&'static str>,
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>, EntriesError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    if !reader.read_record(&mut record).map_err(unreadable)? {
        return Err(EntriesError::Form(format!(
            "the file is empty; its first line names the columns: {}",
            COLUMNS.join(",")
        )));
    }
    let header = Header::read(&record)?;
    let mut entries = Entries::default();
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, csv::Position::line);
        header.add(&mut entries, Place { line, entry: None }, &record)?;
    }
    entries.finish()
}

impl Header {
    fn read(record: &csv::StringRecord) -> Result<Self, EntriesError> {
        let mut columns = Vec::new();
        for name in record {
            let name = name.trim();
            let mut known = COLUMNS.iter().chain([&PASSED_OVER]);
            let known = known.find(|known| known.eq_ignore_ascii_case(name));
            let known = known.ok_or_else(|| unknown(name))?;
            if columns.contains(known) {
                return Err(EntriesError::Form(format!("line 1: there are two columns `{known}`")));
            }
            columns.push(*known);
        }
        if columns.contains(&"key") {
            return Ok(Self { columns });
        }
        Err(EntriesError::Form(
            "line 1: there is no column `key`; it has what your directory calls a person for \
             ever, such as an employee number"
                .to_owned(),
        ))
    }

    fn add(
        &self,
        entries: &mut Entries,
        place: Place,
        record: &csv::StringRecord,
    ) -> Result<(), EntriesError> {
        if record.len() != self.columns.len() {
            return entries.complain(
                place,
                format!(
                    "there are {} fields, and the header has {}; a field with a comma in it stands \
                     in double quotes",
                    record.len(),
                    self.columns.len()
                ),
            );
        }
        let field = |name: &str| {
            let at = self.columns.iter().position(|column| *column == name);
            at.and_then(|at| record.get(at)).unwrap_or_default()
        };
        let given = |name: &str| Some(field(name).trim()).filter(|text| !text.is_empty());
        let raw = Raw {
            key: field("key"),
            names: field("name").split(';').collect(),
            phones: field("phone").split(';').collect(),
            mails: field("mail").split(';').collect(),
            accounts: field("account").split(';').collect(),
            language: given("language"),
            standing: given("status"),
        };
        entries.add(place, &raw)
    }
}

fn unknown(name: &str) -> EntriesError {
    let hint = if name.contains([';', '\t']) { " (separate the columns by commas)" } else { "" };
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    EntriesError::Form(format!(
        "line 1: `{shown}` is no column; there are {}{hint}",
        COLUMNS.join(", ")
    ))
}

/// The bytes are UTF-8 and all in memory, so this does not happen.
fn unreadable(error: csv::Error) -> EntriesError {
    EntriesError::Form(format!("the table cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entries::{self, MOST_PROBLEMS};
    use super::super::{Contact, Language, Standing};
    use super::*;

    fn check(table: &str, expected: &str) {
        let error = entries::read(table.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, expected, "{table}");
    }

    #[test]
    fn a_table_gives_its_entries() {
        let table = "\u{feff}Status,Key,name,phone,mail,account,language\r\n\
            ,17,\"Example, Ann; Annie\",+1 (201) 555-0123; +12015550124,Ann@Acme.example,ANN,pt-BR\r\n\
            \r\n\
            family,18,,,,,\r\n";
        let entries = entries::read(table.as_bytes()).unwrap();
        assert_eq!(entries.len(), 2);
        let ann = &entries[0];
        assert_eq!((ann.key.as_str(), ann.standing), ("17", Standing::Staff));
        assert_eq!(ann.names, ["Example, Ann", "Annie"]);
        assert_eq!(ann.language, Language::parse("pt"));
        let contacts: Vec<String> = ann.contacts.iter().map(|c| format!("{c:?}")).collect();
        assert_eq!(contacts.len(), 4, "{contacts:?}");
        assert_eq!(ann.contacts[2], Contact::Mail("ann@acme.example".to_owned()));
        assert_eq!(ann.contacts[3], Contact::Account("ann".to_owned()));
        assert_eq!((entries[1].standing, entries[1].contacts.len()), (Standing::Family, 0));
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_what_to_write() {
        check(
            "key,phone\na,+12015550123\nb,555-0124\nc,\n,+12015550125\n",
            "line 3: `555-0124` is no number with its country; write it as in +12015550123\n\
             line 5: the key is empty; give what your directory calls this person for ever",
        );
        check("key\n1\n2\n1\n", "line 4: the key `1` stands in line 2 already");
        check(
            "key,phone\na,+12015550123\nb,+1-201-555-0123\n",
            "line 3: `+12015550123` belongs to line 2 already; leave it out of one",
        );
        check(
            "key,name\n1,a,b\n",
            "line 2: there are 3 fields, and the header has 2; a field with a comma in it stands \
             in double quotes",
        );
        check(
            "key,mail\n1,nobody\n",
            "line 2: `nobody` is no address; write it as in ann@acme.example",
        );
        check(
            "key,language\n1,Dutch\n",
            "line 2: `Dutch` is no language; write two letters, as in en or pt",
        );
        check(
            "key,status\n1,stranger\n",
            "line 2: `stranger` is no status; there are staff, family, former and break-glass",
        );
        check(
            "key,name\n1,\"a\nb\"\n",
            "line 2: the name has a line break or another control character in it",
        );
    }

    #[test]
    fn what_is_no_table_is_told_as_a_whole() {
        let columns = "key, name, phone, mail, account, language, status";
        check(
            "",
            "the file is empty; its first line names the columns: key,name,phone,mail,account,language,status",
        );
        check("key,telephone\n", &format!("line 1: `telephone` is no column; there are {columns}"));
        check(
            "key;name\n",
            &format!(
                "line 1: `key;name` is no column; there are {columns} (separate the columns by commas)"
            ),
        );
        check("key,key\n", "line 1: there are two columns `key`");
        check(
            "name,phone\n",
            "line 1: there is no column `key`; it has what your directory calls a person for \
             ever, such as an employee number",
        );
        let error = entries::read(b"key\n1\n\xff\n").unwrap_err();
        assert_eq!(error.to_string(), "line 3 is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn there_are_bounds() {
        let large = vec![b'a'; entries::LARGEST_FILE + 1];
        assert_eq!(entries::read(&large), Err(EntriesError::TooLarge));
        let mut many = "key\n".to_owned();
        (0..=entries::MOST_ENTRIES).for_each(|n| many.push_str(&format!("{n}\n")));
        assert_eq!(entries::read(many.as_bytes()), Err(EntriesError::TooMany));
        let wrong = format!("key,phone\n{}", "1,x\n".repeat(1_000));
        let Err(EntriesError::Entries(problems)) = entries::read(wrong.as_bytes()) else {
            panic!()
        };
        assert_eq!(problems.len(), MOST_PROBLEMS);
        let long = format!("key\n{}\n", "a".repeat(entries::LONGEST_FIELD + 1));
        assert!(entries::read(long.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_entries_or_a_mistake(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = entries::read(&bytes);
        }

        #[test]
        fn any_rows_are_entries_or_a_mistake(rows in "key,name,phone\n([0-9a-c+;,\" \n]{0,80})") {
            if let Ok(entries) = entries::read(rows.as_bytes()) {
                prop_assert!(entries.iter().all(|entry| !entry.key.is_empty()));
            }
        }
    }
}
