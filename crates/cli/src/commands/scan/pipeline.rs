//! Rows through many threads and out again in order.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use unhook_messaging::{Row, RowError, Rows};

/// Rows that travel together: enough that passing them on costs nothing.
const CHUNK: usize = 256;

/// Chunks on their way at once, per worker.
const CHUNKS_PER_WORKER: usize = 4;

/// Things that travel together.
struct Chunk<T> {
    items: Vec<T>,
    /// Whether the input may make us wait for what comes next: whoever reads the output
    /// should have what there is.
    waits: bool,
}

/// Does `work` on every row, on many threads, and hands the results to `take` in the order
/// of the rows, until they end or `take` has had enough. Memory is bounded by the rows on
/// their way.
pub(super) fn run<R: Send>(
    rows: Rows,
    workers: usize,
    work: impl Fn(Result<Row, RowError>) -> R + Sync,
    take: impl FnMut(Vec<R>, bool) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    thread::scope(|scope| {
        // One channel to and from each worker; chunks are dealt out and collected in turn,
        // which keeps their order.
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for _ in 0..workers {
            let (to, chunks) = sync_channel(CHUNKS_PER_WORKER);
            let (done, from) = sync_channel(CHUNKS_PER_WORKER);
            let work = &work;
            scope.spawn(move || labour(&chunks, &done, work));
            inputs.push(to);
            outputs.push(from);
        }
        scope.spawn(move || deal(rows, &inputs));
        collect(&outputs, take)
    })
}

/// Deals rows out in chunks, in turn, until they end or nobody wants them.
fn deal(mut rows: Rows, inputs: &[SyncSender<Chunk<Result<Row, RowError>>>]) {
    for input in inputs.iter().cycle() {
        let mut chunk = Chunk { items: Vec::with_capacity(CHUNK), waits: false };
        while chunk.items.len() < CHUNK && !chunk.waits {
            let Some(row) = rows.next() else { break };
            chunk.items.push(row);
            chunk.waits = rows.may_wait();
        }
        if chunk.items.is_empty() || input.send(chunk).is_err() {
            return;
        }
    }
}

fn labour<T, R>(chunks: &Receiver<Chunk<T>>, done: &SyncSender<Chunk<R>>, work: impl Fn(T) -> R) {
    for chunk in chunks {
        let items = chunk.items.into_iter().map(&work).collect();
        if done.send(Chunk { items, waits: chunk.waits }).is_err() {
            return;
        }
    }
}

/// Collects chunks in the order they were dealt out. The first worker without one had none
/// dealt, and so had nobody after it.
fn collect<R>(
    outputs: &[Receiver<Chunk<R>>],
    mut take: impl FnMut(Vec<R>, bool) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    for output in outputs.iter().cycle() {
        let Ok(chunk) = output.recv() else { break };
        if take(chunk.items, chunk.waits)?.is_break() {
            break;
        }
    }
    Ok(())
}
