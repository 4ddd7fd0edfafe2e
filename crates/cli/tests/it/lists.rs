//! `unhook lists`, against a server on loopback and over a folder.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use crate::common::{Run, run, unhook};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let made = run(&["token", "create", "--scope", "read", "--data", &place.path("data")]);
        assert_eq!(made.status, 0, "{}", made.err);
        std::fs::create_dir(place.0.path().join("published")).expect("a folder");
        place
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn publish(&self, name: &str, content: &str) {
        std::fs::write(self.0.path().join("published").join(name), content).expect("written");
    }

    fn publish_all(&self) {
        self.publish("top-1m.csv", &ranking(2_000));
        self.publish("public_suffix_list.dat", &suffixes());
        for name in ["cisco_top1000", "crl-hostname", "captive-portals", "bank-website"] {
            self.publish(&format!("{name}.json"), &warnings(name));
        }
    }

    fn take_folder(&self) -> Run {
        run(&["lists", "update", "--data", &self.path("data"), "--from", &self.path("published")])
    }

    fn show(&self) -> Vec<(String, u64)> {
        let shown = run(&["lists", "show", "--json", "--data", &self.path("data")]);
        assert_eq!(shown.status, 0, "{}", shown.err);
        let shown: serde_json::Value = serde_json::from_str(&shown.out).expect("JSON");
        let lists = shown["lists"].as_array().expect("lists").iter();
        let list = |list: &serde_json::Value| {
            assert_eq!(list["sha256"].as_str().map(str::len), Some(64), "{list}");
            let name = list["name"].as_str().expect("a name").to_owned();
            (name, list["names"].as_u64().expect("a number"))
        };
        lists.map(list).collect()
    }
}

fn ranking(count: usize) -> String {
    (1..=count).map(|rank| format!("{rank},name-{rank}.test\n")).collect()
}

fn suffixes() -> String {
    let rules: String = (0..2_000).map(|number| format!("suffix{number}.test\n")).collect();
    format!("{rules}// ===END ICANN DOMAINS===\n// ===END PRIVATE DOMAINS===\n")
}

fn warnings(name: &str) -> String {
    let names: Vec<String> =
        (0..20).map(|n| format!(".{}{n}.test", name.replace('_', ""))).collect();
    serde_json::json!({ "name": name, "type": "hostname", "list": names }).to_string()
}

/// Serves what `answer` says of each path, one connection after the other.
fn serving(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = format!("http://{}", listener.local_addr().expect("it has one"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4_096];
            let length = stream.read(&mut request).unwrap_or(0);
            let head = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            // Whoever has read enough closes the connection.
            let _ = stream.write_all(answer(path).as_bytes());
        }
    });
    at
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn config(place: &Place, at: &str) -> String {
    let text = format!(
        "[organization]\nname = 'Acme'\n[lists]\ntranco_url = '{at}/top-1m.csv'\n\
         warning_lists_url = '{at}/misp'\nwarning_lists = ['bank-website']\n\
         public_suffixes_url = '{at}/suffixes'\n"
    );
    let file = place.path("unhook.toml");
    std::fs::write(&file, text).expect("written");
    file
}

fn named(lists: &[(&str, u64)]) -> Vec<(String, u64)> {
    lists.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn a_folder_brings_lists_to_a_machine_without_a_network() {
    let place = Place::new();
    assert_eq!(place.take_folder().status, 66);
    place.publish("top-1m.csv", &ranking(2_000));
    let one = place.take_folder();
    assert_eq!(one.status, 0, "{}", one.err);
    assert!(one.err.contains("there is no public_suffix_list.dat"), "{}", one.err);
    place.publish_all();
    assert_eq!(place.take_folder().status, 0);
    assert_eq!(place.show().len(), 6);
    place.publish("bank-website.json", "<html>");
    let half = place.take_folder();
    assert_eq!(half.status, 65);
    assert!(half.err.contains("warning-bank-website, which stays as it was"), "{}", half.err);
    assert_eq!(place.show().len(), 6);
}

#[test]
fn each_list_is_taken_or_left_by_itself() {
    let place = Place::new();
    let at = serving(|path| match path {
        "/top-1m.csv" => ok(&ranking(2_000)),
        "/misp/bank-website/list.json" => ok(&warnings("bank")),
        _ => "HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n".to_owned(),
    });
    let file = config(&place, &at);
    let update = run(&["lists", "update", "--data", &place.path("data"), "--org", &file]);
    assert_eq!(update.status, 75, "{}", update.err);
    assert!(update.err.contains("public-suffixes, which stays as it was"), "{}", update.err);
    assert_eq!(place.show(), named(&[("tranco", 2_000), ("warning-bank-website", 20)]));
}

#[cfg(unix)]
#[test]
fn a_kill_in_the_middle_leaves_what_stood() {
    let place = Place::new();
    place.publish("top-1m.csv", &ranking(2_000));
    assert_eq!(place.take_folder().status, 0);
    // Says that much comes, gives a part of it, and waits.
    let (begun, has_begun) = std::sync::mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = format!("http://{}", listener.local_addr().expect("it has one"));
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request);
        let half = format!("HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n{}", ranking(3_000));
        stream.write_all(half.as_bytes()).expect("written");
        begun.send(()).expect("the test waits");
        let _ = stream.read(&mut request);
    });
    let file = config(&place, &at);
    let mut command = unhook(&["lists", "update", "--data", &place.path("data"), "--org", &file]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    has_begun.recv().expect("it asked");
    child.kill().expect("it runs still");
    child.wait().expect("it ended");
    assert_eq!(place.show(), named(&[("tranco", 2_000)]));
    // What a kill while writing leaves is not looked at, and is written over.
    let left = place.path("data/lists/tranco.new");
    std::fs::write(&left, "# unhook list 1\n# source: x").expect("written");
    assert_eq!(place.show(), named(&[("tranco", 2_000)]));
    assert_eq!(place.take_folder().status, 0);
    assert!(!Path::new(&left).exists());
}
