//! The console in Chromium, as people use it: `console/walk.mjs` walks it from the first link to an
//! exported campaign, holds every page against axe-core, and leaves pictures of all of them in
//! `target/screenshots/`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::house::Place;
use crate::judge::{absent, folder};

/// Where pictures of the pages go.
fn screenshots() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    std::fs::create_dir_all(&target).expect("the folder of what is built can be written to");
    target
}

#[test]
fn the_console_is_walked_from_nothing_to_an_exported_campaign() {
    let judge = folder().join("browser");
    if !judge.join("installed").exists() {
        return absent(&judge);
    }
    let place = Place::empty();
    let mut serving = place.serve();
    let console = serving.read_line();
    let console = console.trim().strip_prefix("console on ").expect("the console is there");
    let first = serving.read_line();
    let first = first.trim().strip_prefix("first sign-in: ").expect("nobody can sign in yet");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve/console/walk.mjs");
    let output = Command::new("node")
        .arg(script)
        .env("API", format!("http://{}", serving.address))
        .env("CONSOLE", console)
        .env("JOIN", first)
        .env("JUDGE", &judge)
        .env("SHOTS", screenshots())
        .env("WORK", place.path(""))
        .output()
        .expect("node is there");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", serving.log());
    assert!(said.lines().any(|line| line == "done"), "{said}");
    evidence_is_whole(&place.path("evidence.zip"));
    let written = std::fs::read_to_string(place.path("unhook.toml")).expect("it was written");
    assert!(written.contains("name = \"Zenithar\"") && written.contains("public_form = true"));
}

/// Every file in it has the digest that its manifest says.
fn evidence_is_whole(path: &Path) {
    let file = std::fs::File::open(path).expect("evidence was exported");
    let mut zip = zip::ZipArchive::new(file).expect("it is a ZIP");
    let mut read = |name: &str| {
        let mut bytes = Vec::new();
        let mut entry = zip.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        entry.read_to_end(&mut bytes).expect("it can be read");
        bytes
    };
    let manifest: Value = serde_json::from_slice(&read("manifest.json")).expect("JSON");
    let sums = manifest["sha256"].as_object().expect("digests");
    assert_eq!(sums.len(), 4, "{manifest}");
    for (name, sum) in sums {
        let digest = digest(&SHA256, &read(name));
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sum.as_str(), Some(hex.as_str()), "{name}");
    }
    let reports = String::from_utf8(read("reports.jsonl")).expect("UTF-8");
    assert!(reports.lines().count() >= 8 && !reports.contains("Zoe"), "people are pseudonyms");
    let history: Value = serde_json::from_slice(&read("history.json")).expect("JSON");
    let said = history.to_string();
    assert!(said.contains("campaign-split") && said.contains("campaigns-merged"), "{said}");
}
