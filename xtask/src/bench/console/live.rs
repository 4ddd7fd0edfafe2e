//! *Now*, watched from within while reports come in.

use std::fmt;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::all_taken;
use super::browser::{Browser, Busy, Seen};
use super::figures::{megabytes, milliseconds};
use crate::load::{self, Memory, Plan, Requests, Server};

/// For how long it is watched while nothing comes in, in seconds: what is seen then is the
/// machine's doing.
const QUIET: u64 = 10;

/// Sends reports and watches meanwhile; prints a table of what was seen.
pub(super) fn watch(
    server: &Server,
    browser: &mut Browser,
    plan: &Plan,
    requests: &Requests,
) -> Result<()> {
    let quiet = browser.quiet(QUIET.min(plan.seconds))?;
    let before = server.processor_seconds()?;
    let (driven, busy, memory) = thread::scope(|scope| {
        let busy = scope.spawn(|| browser.busy(plan.seconds));
        let memory = scope.spawn(|| weigh(server, Duration::from_secs(plan.seconds) / 2));
        let driven = load::send(plan, requests, std::future::pending())?;
        let (busy, memory) = (busy.join(), memory.join());
        let busy = busy.expect("watching does not panic")?;
        Ok::<_, anyhow::Error>((driven, busy, memory.expect("weighing does not panic")?))
    })?;
    all_taken(&driven)?;
    let seconds = driven.took.as_secs_f64();
    println!(
        "\n*Now* while {:.0} reports a second came in for {seconds:.0} s, each at {} of the server's \
         processor time, looking included; load average {}\n",
        driven.acknowledged() as f64 / seconds,
        milliseconds(
            (server.processor_seconds()? - before) * 1e3 / driven.acknowledged().max(1) as f64
        ),
        load::load_average()?
    );
    print(&quiet, &busy, memory);
    Ok(())
}

/// What the server holds at the start, in the middle and at the end.
fn weigh(server: &Server, half: Duration) -> Result<[Memory; 3]> {
    let start = server.memory()?;
    thread::sleep(half);
    let middle = server.memory()?;
    thread::sleep(half);
    Ok([start, middle, server.memory()?])
}

fn print(quiet: &Seen, busy: &Busy, memory: [Memory; 3]) {
    let row = |what: &str, value: &dyn fmt::Display| println!("| {what} | {value} |");
    row("what", &"measured");
    row("---", &"---");
    let Seen { gap, gaps, frames, task, tasks } = &busy.seen;
    row("longest gap between frames", &milliseconds(*gap));
    row("gaps over 100 ms", &format!("{gaps} of {frames}"));
    row("longest task; tasks over 100 ms", &format!("{}; {tasks}", milliseconds(*task)));
    let (gap, task) = (milliseconds(quiet.gap), milliseconds(quiet.task));
    row("while nothing comes in: longest gap; longest task", &format!("{gap}; {task}"));
    let heaps = busy.marks.iter().map(|mark| megabytes(mark.heap));
    row("the page's heap at the start, in the middle, at the end", &listed(heaps));
    let nodes = busy.marks.iter().map(|mark| format!("{:.0}", mark.nodes));
    row("its nodes, the same", &listed(nodes));
    let memory = memory.iter().map(|memory| megabytes(memory.now as f64));
    row("the server's memory, the same", &listed(memory));
    let refresh = milliseconds(busy.refresh);
    row(
        "times the page fetched its parts; half took at most",
        &format!("{}; {refresh}", busy.refreshes),
    );
}

fn listed(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(", ")
}
