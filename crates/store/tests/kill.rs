//! `kill -9` under load: a child appends as fast as it can and says what was acknowledged; it
//! is killed in the midst of it, and every commit it spoke of must be there, whole and at its place.
//!
//! A killed process loses what it had in memory, not what it handed to the system; what a
//! power cut takes is tried in `power`. This is a program of its own, without the usual test
//! runner, because it starts itself as the child.
//!
//! `cargo test -p unhook-store --test kill -- 200` kills two hundred times.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use unhook_app::journal::{
    Commit, CommitId, EncodedEvent, EventKind, Journal as _, Partition, Position,
};
use unhook_store::SqliteJournal;

/// Kills, unless an argument says how many.
const ROUNDS: u64 = 10;

/// Appenders at once, each with a partition of its own.
const APPENDERS: u64 = 16;

/// The most acknowledgements a child lives for.
const LONGEST_LIFE: u64 = 400;

/// The argument that makes this program the child.
const CHILD: &str = "append-until-killed";

/// What the child says of one commit: its appender, its number, its position.
type Acknowledged = BTreeMap<(u64, u64), Position>;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [mode, folder] = arguments.as_slice()
        && mode == CHILD
    {
        return child(Path::new(folder));
    }
    let rounds = arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let folder = tempfile::tempdir().expect("folder");
    let mut acknowledged = Acknowledged::new();
    for round in 1..=rounds {
        acknowledged.extend(live_and_die(folder.path(), round));
        check(folder.path(), &acknowledged);
    }
    let count = acknowledged.len();
    assert!(count as u64 > rounds, "only {count} commits were acknowledged");
    println!("killed {rounds} times; {count} acknowledged commits, none lost");
}

/// Starts a child, kills it after some acknowledgements, and returns all it got to say.
fn live_and_die(folder: &Path, round: u64) -> Acknowledged {
    let mut child = Command::new(env::current_exe().expect("own path"))
        .arg(CHILD)
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("child");
    let life = 1 + round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % LONGEST_LIFE;
    let mut said = Acknowledged::new();
    let mut lines = BufReader::new(child.stdout.take().expect("stdout"));
    let mut line = String::new();
    while lines.read_line(&mut line).expect("read") > 0 {
        // The kill may cut the last line.
        if let Some(said_now) = line.strip_suffix('\n') {
            let (key, position) = parse(said_now).unwrap_or_else(|| panic!("{said_now}"));
            said.insert(key, position);
        }
        if said.len() as u64 == life {
            kill(&mut child);
        }
        line.clear();
    }
    let status = child.wait().expect("wait");
    assert!(!status.success() && said.len() as u64 >= life, "it ended by itself: {status}");
    said
}

/// `SIGKILL` where there are signals.
fn kill(child: &mut Child) {
    child.kill().expect("kill");
}

fn parse(line: &str) -> Option<((u64, u64), Position)> {
    let mut numbers = line.split(' ').map(|text| text.parse().ok());
    let (appender, number) = (numbers.next()??, numbers.next()??);
    Some(((appender, number), Position::from_raw(numbers.next()??)))
}

/// Every commit acknowledged is there, and what is there besides is whole and in order.
fn check(folder: &Path, acknowledged: &Acknowledged) {
    let journal = SqliteJournal::open(folder).expect("open");
    let mut there = Acknowledged::new();
    for appender in 0..APPENDERS {
        let all = runtime().block_on(read_all(&journal, appender));
        for (number, (position, found)) in (0..).zip(all) {
            assert!(found == commit(number), "commit {number} of {appender} is another");
            there.insert((appender, number), position);
        }
    }
    for (key, position) in acknowledged {
        assert_eq!(there.get(key), Some(position), "{key:?} was acknowledged");
    }
    journal.close().expect("close");
}

async fn read_all(journal: &SqliteJournal, appender: u64) -> Vec<(Position, Commit)> {
    const PAGE: NonZeroUsize = NonZeroUsize::new(1_000).expect("not zero");
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|(position, _)| *position);
        let page = journal.read(&partition(appender), after, PAGE).await.expect("read");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Appends until killed.
fn child(folder: &Path) {
    let journal = Arc::new(SqliteJournal::open(folder).expect("open"));
    runtime().block_on(async {
        let tasks = (0..APPENDERS).map(|appender| append_for_ever(Arc::clone(&journal), appender));
        tasks.collect::<JoinSet<()>>().join_all().await;
    });
}

/// Goes on where the child before was killed.
async fn append_for_ever(journal: Arc<SqliteJournal>, appender: u64) {
    let all = read_all(&journal, appender).await;
    let mut last = all.last().map(|(position, _)| *position);
    for number in all.len() as u64.. {
        let position = journal.append(&partition(appender), last, &commit(number)).await;
        let position = position.expect("append");
        // Standard output is written line by line, so the parent hears of each at once.
        writeln!(std::io::stdout(), "{appender} {number} {}", position.to_raw()).expect("say");
        last = Some(position);
    }
}

fn partition(appender: u64) -> Partition {
    Partition::parse(&format!("appender-{appender}")).expect("partition")
}

/// The commit of a number: always the same, of a size between nothing and some pages.
fn commit(number: u64) -> Commit {
    let size = (number * 7_919 % 9_000) as usize;
    let payload = vec![(number % 251) as u8; size];
    let kind = EventKind::parse("seen").expect("kind");
    let id = CommitId::from_bytes(u128::from(number).to_be_bytes());
    Commit { id, events: vec![EncodedEvent { kind, version: 1, payload }] }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("runtime")
}
