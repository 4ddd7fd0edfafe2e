//! `cargo xtask bench console`: how fast the console is with many reports, and what it does while
//! more of them come in.
//!
//! It starts the release-built `unhook serve` on a folder of its own, fills it through the API
//! ([`texts`]), signs in by Chromium with a passkey ([`browser`]), and measures each page: at the
//! server, over one connection of a client on loopback, and as Chromium shows it. Then it
//! watches *Now* from within while reports come in at a rate. Program, generator and browser share
//! the machine; what else ran is told as the load average. It asserts nothing.
//!
//! The figures are lines of tables as `docs/benchmarks.md` has them.

mod arguments;
mod browser;
mod figures;
mod live;
mod pages;
mod texts;

use anyhow::{Context as _, Result, ensure};

use super::unhook;
use crate::load::{self, Driven, Kind, Place, Plan, Requests, Server};
use crate::project::Project;
use crate::test::judges;
use arguments::Arguments;
use browser::Browser;
use figures::megabytes;
use pages::Visitor;
use texts::{PEOPLE, Texts};

/// How many connections fill it.
const CONNECTIONS: usize = 64;

/// The longest that filling may take, in seconds.
const LONGEST_FILL: u64 = 3 * 3_600;

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    let arguments = Arguments::read(arguments)?;
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => unhook::build(project)?,
    };
    let judge = judges::browser(project)?;
    let place = Place::make(project, program, Kind::Reports)?;
    place.enrol(PEOPLE)?;
    let mut server = place.serve()?;
    let console = said(&mut server, "console on ")?;
    let link = said(&mut server, "first sign-in: ")?;
    let large = fill(&place, &server, arguments.texts)?;
    let mut browser = Browser::start(&project.path(browser::SCRIPT), &judge, &console, &link)?;
    let visitor = Visitor::new(&console, browser.cookie())?;
    pages::all(&visitor, &mut browser, &large)?;
    if arguments.seconds > 0 {
        let plan = plan(&server, arguments.texts, Some((arguments.rate, arguments.seconds)));
        let requests = requests(&place, arguments.texts);
        live::watch(&server, &mut browser, &plan, &requests)?;
    }
    // It holds a stream open.
    drop(browser);
    server.stop()
}

/// What the server says in its next line.
fn said(server: &mut Server, what: &str) -> Result<String> {
    let line = server.line()?;
    let rest = line.strip_prefix(what).with_context(|| format!("no `{what}` but `{line}`"))?;
    Ok(rest.to_owned())
}

/// What a look is taken at alone.
struct Large {
    /// The largest campaign.
    campaign: String,
    /// A report of it.
    report: String,
}

fn requests(place: &Place, texts: Texts) -> Requests {
    let token = place.token().to_owned();
    Requests::new(move |number| {
        load::report(&format!("bench-{number}"), &texts.report(number), &token)
    })
}

/// What is sent: all that it is filled with, or what comes after that, at a rate for so many
/// seconds.
fn plan(server: &Server, texts: Texts, live: Option<(u32, u64)>) -> Plan {
    Plan {
        address: server.address(),
        connections: CONNECTIONS,
        rate: live.map(|(rate, _)| rate),
        seconds: live.map_or(LONGEST_FILL, |(_, seconds)| seconds),
        most: live.map_or(texts.reports(), |_| u64::from(u32::MAX)),
        first: live.map_or(0, |_| texts.reports()),
    }
}

/// Fills the server, and finds the largest campaign.
fn fill(place: &Place, server: &Server, texts: Texts) -> Result<Large> {
    let plan = plan(server, texts, None);
    let driven = load::send(&plan, &requests(place, texts), std::future::pending())?;
    all_taken(&driven)?;
    let of_largest = driven.sent.iter().find(|sent| texts.campaign(sent.number) == Some(0));
    let report = of_largest.and_then(|sent| sent.report.clone());
    let report = report.context("no report of the largest campaign was taken")?;
    let made = load::made(server.address(), place.token(), &driven, &report)?;
    let seconds = driven.took.as_secs_f64();
    println!(
        "{} reports in {} campaigns, filled in {seconds:.0} s ({:.0} a second); {} resident; load average {}\n",
        made.reports,
        made.campaigns,
        driven.acknowledged() as f64 / seconds,
        megabytes(server.memory()?.now as f64),
        load::load_average()?
    );
    let campaign = made.campaign.context("the largest campaign is none")?;
    Ok(Large { campaign, report })
}

fn all_taken(driven: &Driven) -> Result<()> {
    let wrong = driven.sent.iter().find(|sent| !sent.is_acknowledged());
    ensure!(wrong.is_none(), "report {wrong:?} was not taken");
    ensure!(driven.lost == 0, "{} reports were sent without an answer", driven.lost);
    Ok(())
}
