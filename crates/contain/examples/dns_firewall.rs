//! A resolver with many names that it blocks, for `cargo xtask bench dns`.
//!
//! `dns_firewall LISTEN UPSTREAM FILE` blocks the names of a file, one a line, and answers. It says
//! what that took on a line of its own; each further line of its input is another file, which takes
//! the place of the first.

use std::io::BufRead as _;
use std::sync::Arc;
use std::time::Instant;

use unhook_app::Blocklist;
use unhook_app::blocklist::{NameSet, NamedSet};
use unhook_app::surroundings::Surroundings;
use unhook_contain::dns::{DnsFirewall, DnsSettings, bind_udp};
use unhook_detect::Knowledge;
use unhook_engine::Protected;
use unhook_model::{Hostname, Timestamp};

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Machine;

impl Surroundings for Machine {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp::from_unix_ms(since.map_or(0, |since| since.as_millis() as i64))
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, upstream, file] = &arguments[..] else {
        return Err("dns_firewall LISTEN UPSTREAM FILE".into());
    };
    let blocklist = Arc::new(Blocklist::default());
    let settings = DnsSettings::new(vec![upstream.parse()?]);
    let server =
        DnsFirewall::start(settings, Arc::<Blocklist>::clone(&blocklist), Arc::new(Machine));
    let cores = std::thread::available_parallelism()?.get();
    server.serve_udp(bind_udp(listen.parse()?, cores)?)?;
    let protected = Protected::new(Arc::new(Knowledge::builtin()), Arc::default());
    load(&blocklist, &protected, file)?;
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lock().lines() {
            load(&blocklist, &protected, line?.trim())?;
        }
        Ok::<_, Failure>(())
    })
    .await?
}

fn load(blocklist: &Blocklist, protected: &Protected, file: &str) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file)?;
    let begun = Instant::now();
    let lines: Vec<&str> = text.lines().collect();
    let mut names = NameSet::default();
    names.add_proven(&lines, |line| protected.permit(&Hostname::parse(line).ok()?).ok());
    let (count, proven) = (names.len(), begun.elapsed());
    blocklist.put_list(NamedSet { name: "bench".into(), names });
    let (proven, all) = (proven.as_millis(), begun.elapsed().as_millis());
    println!("loaded {count} names in {all} ms, of which {proven} ms to prove them");
    Ok(())
}
