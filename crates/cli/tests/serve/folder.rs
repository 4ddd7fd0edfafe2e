//! A data folder that the service cannot have: it says why, and leaves everything alone.

use std::fs;

use rusqlite::Connection;

use crate::house::Place;
use crate::reports::{ANN, LURE};

#[test]
fn a_folder_is_for_one_service() {
    let place = Place::new();
    let serving = place.serve();
    let second = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
    assert_eq!((second.status, second.out.as_str()), (Some(75), ""), "{}", second.err);
    assert!(second.err.contains("in use"), "{}", second.err);
    serving.report(LURE, "+12015550123");
}

#[test]
fn a_folder_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    assert!(place.serve().stop().status.success());
    for (name, what) in [("journal.db", "journal"), ("vault.db", "vault")] {
        let version = |to: Option<i64>| {
            let file = Connection::open(place.data(name)).expect("it is a database");
            let is: i64 = file
                .query_row("PRAGMA user_version", [], |row| row.get(0))
                .expect("it has a version");
            if let Some(to) = to {
                file.pragma_update(None, "user_version", to).expect("it can be written");
            }
            is
        };
        let present = version(Some(99));
        let before = fs::read(place.data(name)).expect("it is there");
        let run = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
        assert_eq!((run.status, run.out.as_str()), (Some(65), ""), "{}", run.err);
        let says = format!("a newer version of Unhook wrote this {what} (its format is 99,");
        assert!(run.err.contains(&says), "{}", run.err);
        assert!(fs::read(place.data(name)).expect("it is there") == before, "{name} was changed");
        version(Some(present));
    }
    place.serve().report(LURE, "+12015550123");
}

#[test]
fn a_folder_that_cannot_be_opened_is_left_alone_and_views_are_made_again() {
    let place = Place::new();
    let serving = place.serve();
    let taken = serving.report(LURE, ANN);
    assert!(serving.stop().status.success());
    let refused = |status: i32, says: &str| {
        let run = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
        assert_eq!((run.status, run.out.as_str()), (Some(status), ""), "{}", run.err);
        assert!(run.err.contains(says), "{}", run.err);
    };
    let (key, copy) = (place.data("keys/master.key"), place.path("copy.key"));
    fs::rename(&key, &copy).expect("it can be lost");
    refused(66, "keys/master.key is missing");
    assert!(!key.exists());
    fs::rename(&copy, &key).expect("there is a copy");
    for name in ["journal.db", "vault.db"] {
        let whole = fs::read(place.data(name)).expect("it is there");
        fs::write(place.data(name), vec![b'x'; 4096]).expect("it can be written over");
        refused(65, "broken");
        assert_eq!(fs::read(place.data(name)).expect("it is there"), vec![b'x'; 4096]);
        fs::write(place.data(name), whole).expect("there is a copy");
    }
    fs::write(place.data("views.db"), vec![b'x'; 4096]).expect("it can be written over");
    fs::write(place.data("engine.snapshot"), "broken").expect("it can be written over");
    assert_eq!(place.serve().show_taken(&taken)["id"], taken["id"]);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let place = Place::new();
    let run = place.run(&["serve", "--org", "unhook.toml", "--listen", &address]);
    assert_eq!((run.status, run.out.as_str()), (Some(74), ""), "{}", run.err);
    assert!(run.err.contains(&format!("cannot listen on {address}")), "{}", run.err);
}
