//! The server killed in the middle of a load, again and again, on the same folder. What it had
//! acknowledged must be there when it is back, and a request that is sent again must find the
//! report that it was.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use anyhow::Result;

use super::arguments::{Arguments, Kind};
use super::drive::{self, Plan};
use super::place::Place;
use super::requests::Requests;
use super::verify;

/// The longest that a server lives under load.
const LONGEST_LIFE: u64 = 2_500;

/// One request in so many is sent again.
const AGAIN: usize = 20;

pub(super) fn run(place: &Place, arguments: &Arguments, rounds: u32) -> Result<()> {
    let requests = Requests::of(Kind::Reports, place.token());
    let (mut server, mut first, mut read) = (place.serve()?, 0, 0);
    for round in 1..=rounds {
        let plan = Plan {
            address: server.address(),
            connections: arguments.connections,
            rate: arguments.rate,
            seconds: arguments.seconds,
            most: arguments.most,
            first,
        };
        let life = Duration::from_millis(RandomState::new().hash_one(round) % LONGEST_LIFE);
        let (killed, victim) = (RefCell::new(Ok(())), &mut server);
        let kill = async {
            tokio::time::sleep(life).await;
            *killed.borrow_mut() = victim.kill();
        };
        let driven = drive::run(&plan, &requests, kill)?;
        killed.into_inner()?;
        // Also when all was sent before the moment came.
        server.kill()?;
        first += plan.most;
        server = place.serve()?;
        let found = verify::each(server.address(), place.token(), &driven.sent, &requests, AGAIN)?;
        println!(
            "round {round}: killed after {} ms, {found} acknowledged and found, {} without an answer; back in {:.2} s",
            life.as_millis(),
            driven.lost,
            server.took().as_secs_f64()
        );
        read += found;
    }
    println!("{rounds} kills, {read} acknowledged reports, none lost");
    server.stop()
}
