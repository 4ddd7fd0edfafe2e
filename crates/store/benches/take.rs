//! How many reports a second the service takes, each durable before it is answered, with
//! everything real but HTTP: `cargo bench -p unhook-store --bench take`.

use std::sync::Arc;
use std::time::Instant;

use unhook_app::journal::Partition;
use unhook_app::service::{Ports, Service, Settings};
use unhook_app::submission::{Submission, Way};
use unhook_detect::Knowledge;
use unhook_engine::Engine;
use unhook_model::{Message, Organization};
use unhook_store::{FileBlobs, SqliteJournal, SqliteVault, SqliteViews, SystemSurroundings};

/// Reports in one run.
const REPORTS: usize = 20_000;

/// Texts of which each report says one, with a number of its own.
const TEXTS: [&str; 4] = [
    "Your parcel is held at our depot, pay the fee of 1.99 at https://depot-fees.example/",
    "See you at the match on Saturday, bring the blue jacket and number",
    "Acme: your schedule changed, sign in at acme-okta.example to see it, reference",
    "Your appointment at the dentist is confirmed for Tuesday, reference",
];

fn submission(number: usize) -> Submission {
    let body = format!("{} {number}", TEXTS[number % TEXTS.len()]);
    Submission {
        key: None,
        way: Way::Api,
        from: None,
        to: None,
        message: Message::from_body(body),
        language: None,
        attachments: Vec::new(),
    }
}

async fn run(in_flight: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let vault = Arc::new(SqliteVault::open(folder.path())?);
    let ports = Ports {
        people: vault.clone(),
        blobs: Arc::new(FileBlobs::open(folder.path(), vault.clone())?),
        access: vault.clone(),
        bookmarks: vault.clone(),
        safe: vault.clone(),
        accounts: vault,
        views: Arc::new(SqliteViews::open(folder.path())?),
        surroundings: Arc::new(SystemSurroundings::new()),
        screen_reader: None,
        texter: None,
        identity_providers: Vec::new(),
        mailer: None,
        notifiers: Vec::new(),
    };
    let journal = SqliteJournal::open(folder.path())?;
    let knowledge = Arc::new(Knowledge::for_organization(&Organization::default()));
    let _ = knowledge.lookalikes();
    let (partition, judge) = (Partition::parse("acme")?, "bench".to_owned());
    let (engine, settings) = (Engine::default(), Settings::default());
    let running =
        Service::start(journal, partition, engine, ports, settings, knowledge, judge).await?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|task| {
            let service = Arc::clone(&running.service);
            tokio::spawn(async move {
                for number in (task..REPORTS).step_by(in_flight) {
                    service.take(submission(number)).await.expect("it is taken");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let rate = REPORTS as f64 / begun.elapsed().as_secs_f64();
    running.stop().await?;
    Ok(rate)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
    for in_flight in [16, 64, 256] {
        let rate = runtime.block_on(run(in_flight))?;
        println!("{in_flight:>4} in flight: {rate:>8.0} reports/s");
    }
    Ok(())
}
