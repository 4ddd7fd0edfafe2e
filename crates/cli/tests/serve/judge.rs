//! Schemathesis as a judge: it makes requests of the API's description, right ones and wrong
//! ones, and holds every answer against it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::{Place, Serving};

/// Set by `cargo xtask test`: the folder the judges were installed in. With it, none may be
/// missing.
const FOLDER: &str = "UNHOOK_JUDGES";

/// How many requests it makes of each route at a time, beside those that it makes always.
const EXAMPLES: &str = "5";

/// How long it goes on making them, in seconds.
const LONGEST: &str = "60";

/// What it looks at in each answer. Not whether what was written can be read at once: it can from
/// the position on that the answer names, of which the judge knows nothing.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    ignored_auth,unsupported_method,allow_header_conformance";

/// What it leaves out: a stream that does not end, mails, pictures and lists, which are not JSON, and what would
/// revoke its own token.
const LEFT_OUT: [&str; 5] = [
    "/api/v1/events",
    "/api/v1/intake/mail",
    "/api/v1/intake/screenshot",
    "/api/v1/blocks/import",
    "/api/v1/tokens/{id}",
];

/// How many of its lines are shown when it is not content.
const CLOSING_LINES: usize = 120;

#[test]
fn schemathesis_finds_no_answer_that_is_not_described() {
    let home = folder().join("schemathesis");
    if !home.join("installed").exists() {
        return absent(&home);
    }
    let place = Place::new();
    let serving = place.serve();
    let output = command(&home, &serving).current_dir(place.path("")).output();
    let output = output.expect("the judge starts");
    let told = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = told.lines().collect();
    let closing = lines[lines.len().saturating_sub(CLOSING_LINES)..].join("\n");
    assert!(output.status.success(), "{closing}\n{}", serving.log());
    // It is content, too, when it could ask nothing.
    let count = |what: &str| {
        let line = lines.iter().find_map(|line| line.trim().strip_prefix(what)).unwrap_or("");
        let counts = line.split('/').map(|count| count.trim().parse::<usize>().ok());
        counts.collect::<Option<Vec<usize>>>().unwrap_or_default()
    };
    let tested = count("Tested:").first().copied().unwrap_or_default();
    assert_eq!(count("Selected:"), [tested, tested + LEFT_OUT.len()], "{closing}");
    assert!(serving.is_ready(), "{}", serving.log());
}

fn command(home: &Path, serving: &Serving) -> Command {
    let mut command = Command::new(home.join("bin/schemathesis"));
    command.arg("run").arg(format!("http://{}/openapi.json", serving.address));
    command.args(["--header", &format!("Authorization: Bearer {}", serving.token)]);
    command.args(LEFT_OUT.iter().flat_map(|path| ["--exclude-path", path]));
    command.args(["--checks", CHECKS, "--max-examples", EXAMPLES, "--max-time", LONGEST]);
    command.args(["--seed", "1", "--no-shrink", "--generation-database", "none", "--no-color"]);
    command
}

pub(crate) fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return folder.into();
    }
    // This program lies in `target/debug/deps`.
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(3).expect("four folders up").join("judges")
}

pub(crate) fn absent(home: &Path) {
    assert!(std::env::var_os(FOLDER).is_none(), "{} is missing", home.display());
    // Past the harness, which shows nothing of a test that passes.
    let message = format!(
        "\nnothing was judged: there is no {}; `cargo xtask test` installs it\n",
        home.display()
    );
    std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes())
        .expect("standard error can be written");
}
