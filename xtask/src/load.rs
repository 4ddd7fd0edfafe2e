//! `cargo xtask load`: many reports at once, and what the service makes of them.
//!
//! It starts the release-built `unhook serve` on a folder of its own and a free port, sends what
//! a gateway or Twilio would send, and says how many were acknowledged a second, how long each
//! took, and what the server needed for it. Then it looks for every report that was
//! acknowledged: one that is missing is a failure, as is any answer but an acknowledgement.
//!
//! With `--kill N` the server is killed in the middle, N times, and started again on the same
//! folder. With `--starts` it is stopped at the end and started with its snapshot and without.
//!
//! Loopback only, and bounded in time and count: it is for trying one's own machine. It runs
//! beside what it measures, so figures are of both together; the processor time of each
//! is told apart.

mod arguments;
mod drive;
mod figures;
mod http;
mod kill;
mod place;
mod requests;
mod server;
mod texts;
mod verify;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

use crate::bench;
use crate::project::Project;
use arguments::Arguments;
use figures::Cost;

pub(crate) use arguments::{Kind, number};
pub(crate) use drive::{Driven, Plan, run as send};
pub(crate) use figures::{load_average, median};
pub(crate) use http::Connection;
pub(crate) use place::Place;
pub(crate) use requests::{Requests, report};
pub(crate) use server::{Memory, Server};
pub(crate) use verify::{made, runtime};
pub(crate) use webhook::phone;

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    let arguments = Arguments::read(arguments)?;
    if let Some((address, token)) = &arguments.running {
        return against(*address, token, &arguments);
    }
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => bench::unhook::build(project)?,
    };
    let place = Place::make(project, program, arguments.kind)?;
    match arguments.kills {
        Some(rounds) => kill::run(&place, &arguments, rounds),
        None => alone(&place, &arguments),
    }
}

/// Measures a server that is not ours: what it needs is not known then.
fn against(address: SocketAddr, token: &str, arguments: &Arguments) -> Result<()> {
    let requests = Requests::of(arguments.kind, token);
    let driven = drive(address, &requests, arguments)?;
    println!("{}", figures::of(&driven, None)?);
    look(address, token, arguments, &driven)
}

/// Measures a server that is started for it.
fn alone(place: &Place, arguments: &Arguments) -> Result<()> {
    println!("a sync of this disk takes {:.2} ms (median)", place.sync_time()? * 1e3);
    let server = place.serve()?;
    let requests = Requests::of(arguments.kind, place.token());
    let at_rest = server.memory()?;
    let before = server.processor_seconds()?;
    let driven = drive(server.address(), &requests, arguments)?;
    let cost = Cost {
        server_seconds: server.processor_seconds()? - before,
        memory_at_rest: at_rest,
        memory: server.memory()?,
        folder: place.folder_size()?,
    };
    println!("{}", figures::of(&driven, Some(&cost))?);
    look(server.address(), place.token(), arguments, &driven)?;
    println!("memory afterwards: {} MB", server.memory()?.now >> 20);
    if arguments.starts {
        starts(place, server)?;
    }
    Ok(())
}

fn drive(address: SocketAddr, requests: &Requests, arguments: &Arguments) -> Result<Driven> {
    let plan = Plan {
        address,
        connections: arguments.connections,
        rate: arguments.rate,
        seconds: arguments.seconds,
        most: arguments.most,
        first: 0,
    };
    drive::run(&plan, requests, std::future::pending())
}

/// Looks whether all that was acknowledged is there, and nothing was refused.
fn look(address: SocketAddr, token: &str, arguments: &Arguments, driven: &Driven) -> Result<()> {
    let (wrong, sent) = (driven.sent.len() - driven.acknowledged(), driven.sent.len());
    if arguments.kind == Kind::Reports {
        println!("{}", verify::all(address, token, driven)?);
    }
    ensure!(
        wrong == 0 && driven.lost == 0,
        "{wrong} of {sent} refused, {} without an answer",
        driven.lost
    );
    Ok(())
}

/// How long it takes to begin again: with the snapshot that a good end leaves, and without.
fn starts(place: &Place, server: Server) -> Result<()> {
    server.stop()?;
    let snapshot: PathBuf = place.data().join("engine.snapshot");
    ensure!(snapshot.exists(), "a good end leaves a snapshot");
    for what in ["with the snapshot", "with the snapshot again", "without"] {
        if what == "without" {
            std::fs::remove_file(&snapshot).context("the snapshot cannot be removed")?;
        }
        let server = place.serve()?;
        let (took, memory) = (server.took().as_secs_f64(), server.memory()?);
        println!("start {what}: {took:.2} s, then {} MB at rest", memory.now >> 20);
        server.stop()?;
    }
    Ok(())
}
