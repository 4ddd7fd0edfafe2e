//! Commands over a data folder, as an administrator and a script use them.

use std::path::Path;

use tempfile::TempDir;

use crate::common::{Run, run};

const STAFF: &str = "key,name,phone,status\n\
    17,Ann Example,+12015550123;+12015550124,\n\
    18,Bob Example,+12015550125,family\n";

/// A data folder and files beside it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).expect("write");
        self.path(name)
    }

    /// Runs a command over the folder.
    fn run(&self, arguments: &[&str]) -> Run {
        let data = self.path("data");
        run(&[arguments, &["--data", &data]].concat())
    }

    /// Runs one that must succeed, and gives what it printed.
    fn out(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.err);
        run.out
    }

    fn import(&self) -> String {
        self.out(&["people", "import", &self.write("staff.csv", STAFF)])
    }

    fn list(&self) -> String {
        self.out(&["people", "list", "--reason", "a test"])
    }
}

#[test]
fn a_token_is_printed_once_and_alone() {
    let place = Place::new();
    let create =
        place.run(&["token", "create", "--scope", "read", "--scope", "intake", "--expires", "90d"]);
    assert_eq!(create.status, 0, "{}", create.err);
    let bearer = create.out.trim_end();
    assert!(bearer.starts_with("unhook_") && bearer.len() == 50, "{bearer}");
    assert!(create.err.contains("keep a copy elsewhere"), "{}", create.err);
    let list = place.out(&["token", "list"]);
    assert!(list.contains("\tintake,read\t") && list.contains("expires"), "{list}");
    assert!(!list.contains(bearer));
    let id = list.split('\t').next().expect("an id");
    place.out(&["token", "revoke", id]);
    assert!(place.out(&["token", "list"]).contains("revoked"));
    let again = place.run(&["token", "revoke", id]);
    assert_eq!(again.status, 65);
    assert!(again.err.contains("not revoked yet"), "{}", again.err);
}

#[test]
fn the_directory_goes_in_and_comes_out() {
    let place = Place::new();
    assert!(place.import().starts_with("2 added, 0 changed, 0 unchanged; 0 contacts"));
    assert!(place.import().starts_with("0 added, 0 changed, 2 unchanged; 0 contacts"));
    let list = place.list();
    assert!(list.contains(",17,Ann Example,") && list.contains(",family\n"), "{list}");
    let file = place.write("list.csv", &list);
    assert!(place.out(&["people", "import", &file]).starts_with("0 added, 0 changed, 2"));
    let scim = r#"[{"id": "17", "displayName": "Ann Other", "active": false,
        "phoneNumbers": [{"value": "tel:+1-201-555-0125"}]}]"#;
    let file = place.write("scim.json", scim);
    let imported = place.out(&["people", "import", &file]);
    assert!(imported.starts_with("0 added, 1 changed, 0 unchanged; 1 contacts"), "{imported}");
    assert!(place.list().contains(",17,Ann Other,+12015550125,,,,former\n"));
}

#[test]
fn a_code_is_printed_alone_for_somebody_enrolled() {
    let place = Place::new();
    place.import();
    let enrol = place.run(&["people", "enrol", "--directory-key", "17"]);
    assert_eq!(enrol.status, 0, "{}", enrol.err);
    let code = enrol.out.trim_end();
    let groups: Vec<usize> = code.split('-').map(str::len).collect();
    assert_eq!(groups, [4, 4, 4], "{code}");
    assert!(enrol.err.contains(&format!("JOIN {code} to the reporting number")), "{}", enrol.err);
    let list = place.list();
    let row = list.lines().find(|line| line.contains(",17,")).expect("a row");
    let id = row.split(',').next().expect("an id");
    assert_ne!(place.out(&["people", "enrol", "--person", id]).trim_end(), code);
    let left = place.write("left.csv", "key,name,status\n17,Ann Example,former\n");
    place.out(&["people", "import", &left]);
    for whom in [["--person", id], ["--directory-key", "17"], ["--directory-key", "99"]] {
        let run = place.run(&[&["people", "enrol"], &whom[..]].concat());
        assert_eq!((run.status, run.out.as_str()), (65, ""), "{}", run.err);
        assert!(run.err.contains("nobody enrolled has"), "{}", run.err);
    }
    assert_eq!(place.run(&["people", "enrol"]).status, 64);
}

#[test]
fn a_wrong_file_imports_nothing_and_says_what_to_write() {
    let place = Place::new();
    place.import();
    let before = place.list();
    let file = place.write("wrong.csv", "key,phone\ns,+12015550126\nt,555-0127\n");
    let run = place.run(&["people", "import", &file]);
    assert_eq!((run.status, run.out.as_str()), (65, ""));
    let says = "line 3: `555-0127` is no number with its country; write it as in +12015550123";
    assert!(run.err.contains("nothing was imported") && run.err.contains(says), "{}", run.err);
    assert_eq!(place.list(), before);
}

#[test]
fn a_person_is_exported_erased_and_gone() {
    let place = Place::new();
    place.import();
    let whom = ["--phone", "+1 201 555 0123", "--reason", "request 17"];
    let export = place.out(&[&["export-person"][..], &whom].concat());
    let export: serde_json::Value = serde_json::from_str(&export).expect("JSON");
    assert_eq!(export["names"][0], "Ann Example");
    assert_eq!(export["contacts"].as_array().map(Vec::len), Some(2));
    assert!(place.out(&[&["erase"][..], &whom].concat()).ends_with("erased\n"));
    let again = place.run(&[&["erase"][..], &whom].concat());
    assert_eq!(again.status, 65, "{}", again.err);
    assert!(!place.list().contains("Ann"));
    let erasures = std::fs::read_to_string(place.path("data/erasures")).expect("a list");
    assert_eq!(erasures.trim_end(), export["person"].as_str().expect("an id"));
    for wrong in [&["erase", "--phone", "555-0123", "--reason", "x"][..], &["erase"]] {
        assert_eq!(place.run(wrong).status, 64);
    }
    let no_reason = place.run(&["erase", "--phone", "+12015550125", "--reason", " "]);
    assert!(no_reason.status == 64 && no_reason.err.contains("give a reason"));
}

#[test]
fn a_backup_goes_back_and_erasures_stay_made() {
    let place = Place::new();
    place.import();
    let (backup, key) = (place.path("backup"), place.path("old.key"));
    assert!(place.out(&["backup", "--to", &backup]).contains("without the master key"));
    assert!(!Path::new(&backup).join("keys").exists());
    place.out(&["keys", "backup", "--to", &key]);
    place.out(&["erase", "--phone", "+12015550123", "--reason", "request 17"]);
    assert_eq!(place.run(&["restore", "--from", &backup]).status, 73);
    let restored = place.out(&["restore", "--from", &backup, "--replace"]);
    assert!(restored.contains("1 people erased again"), "{restored}");
    assert!(!place.list().contains("Ann") && place.list().contains("Bob"));
    assert!(place.out(&["keys", "rotate"]).starts_with("1 keys wrapped"));
    assert!(place.list().contains("Bob"));
    let run = place.run(&["restore", "--from", &backup, "--replace"]);
    assert!(run.status == 66 && run.err.contains("not this vault's master key"), "{}", run.err);
    assert!(place.list().contains("Bob"));
    place.out(&["restore", "--from", &backup, "--replace", "--key", &key]);
    assert!(place.list().contains("Bob") && !place.list().contains("Ann"));
}

#[test]
fn a_mistyped_folder_is_not_made() {
    let place = Place::new();
    for arguments in [
        &["token", "list"][..],
        &["people", "list", "--reason", "x"],
        &["erase", "--phone", "+12015550123", "--reason", "x"],
        &["backup", "--to", &place.path("backup")],
        &["keys", "rotate"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.status, 66, "{arguments:?}: {}", run.err);
        assert!(run.err.contains("nothing of Unhook's"), "{}", run.err);
    }
    assert!(!Path::new(&place.path("data")).exists());
}
