//! Real resolvers, which follow us.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use unhook_contain::rpz::RpzSettings;

use crate::docs::{key, snippet};
use crate::network::{Found, find, internet, until, until_begun};
use crate::ours::{Ours, ZONE, free_port, settings};

/// A resolver that runs until it is dropped.
struct Resolver {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = fs::read_to_string(self.folder.path().join("said")).unwrap_or_default();
            let tail: Vec<_> = said.lines().rev().take(60).collect();
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}

impl Resolver {
    /// `None` where it is not installed, which `UNHOOK_JUDGES` forbids.
    fn start(
        program: &str,
        address: SocketAddr,
        folder: TempDir,
        arguments: &[&str],
    ) -> Option<Self> {
        let said = File::create(folder.path().join("said")).expect("there is room");
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(said.try_clone().expect("it is open")).stderr(said);
        match command.spawn() {
            Ok(child) => Some(Self { child, address, folder }),
            Err(error) => {
                assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "{program}: {error}");
                None
            }
        }
    }
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("there is room");
    path.to_str().expect("it is text").to_owned()
}

fn unbound(ours: SocketAddr, address: SocketAddr, internet: SocketAddr) -> Option<Resolver> {
    let folder = tempfile::tempdir().expect("there is room");
    let here = folder.path().to_str().expect("it is text");
    let policy = snippet(
        "`/etc/unbound/unbound.conf.d/unhook.conf`",
        &[
            ("192.0.2.53@5300", format!("{}@{}", ours.ip(), ours.port())),
            ("/var/lib/unbound", here.to_owned()),
            ("192.0.2.53/32", format!("{}/32", ours.ip())),
        ],
    );
    let config = format!(
        "server:\n  interface: {}\n  port: {}\n  directory: {here}\n  chroot: \"\"\n  \
         username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  verbosity: 3\n  \
         do-not-query-localhost: no\n  num-threads: 1\n  local-zone: test. nodefault\n  \
         access-control: 127.0.0.1/32 refuse\n\
         remote-control:\n  control-enable: no\n\
         forward-zone:\n  name: \".\"\n  forward-addr: {}@{}\n{policy}",
        address.ip(),
        address.port(),
        internet.ip(),
        internet.port()
    );
    let config = write(folder.path(), "unbound.conf", &config);
    Resolver::start("/usr/sbin/unbound", address, folder, &["-d", "-c", &config])
}

fn bind(ours: SocketAddr, address: SocketAddr, internet: SocketAddr) -> Option<Resolver> {
    let folder = tempfile::tempdir().expect("there is room");
    let here = folder.path().to_str().expect("it is text");
    let key = write(folder.path(), "rpz.key", &key());
    let policy = snippet("`/etc/bind/named.conf.options`", &[]);
    let zone = snippet(
        "`/etc/bind/named.conf.local`",
        &[
            ("/etc/bind/rpz.key", key),
            ("192.0.2.53 port 5300", format!("{} port {}", ours.ip(), ours.port())),
            ("/var/cache/bind", here.to_owned()),
        ],
    );
    let config = format!(
        "options {{\n directory \"{here}\";\n pid-file none;\n session-keyfile none;\n \
         listen-on port {} {{ {}; }};\n listen-on-v6 {{ none; }};\n recursion yes;\n \
         dnssec-validation no;\n forward only;\n forwarders {{ {} port {}; }};\n \
         empty-zones-enable no;\n{policy}}};\ncontrols {{ }};\n{zone}",
        address.port(),
        address.ip(),
        internet.ip(),
        internet.port()
    );
    let config = write(folder.path(), "named.conf", &config);
    Resolver::start("/usr/sbin/named", address, folder, &["-g", "-n", "1", "-c", &config])
}

fn power_dns(ours: SocketAddr, address: SocketAddr, internet: SocketAddr) -> Option<Resolver> {
    let folder = tempfile::tempdir().expect("there is room");
    let here = folder.path().to_str().expect("it is text").to_owned();
    let zone = snippet("`/etc/powerdns/unhook.lua`", &[("192.0.2.53:5300", ours.to_string())]);
    let lua = write(folder.path(), "unhook.lua", &zone);
    let policy = snippet("`/etc/powerdns/recursor.conf`", &[("/etc/powerdns/unhook.lua", lua)]);
    let config = format!(
        "local-address={}\nlocal-port={}\nsocket-dir={here}\ndaemon=no\ndisable-syslog=yes\n\
         threads=1\npdns-distributes-queries=no\ndnssec=off\nloglevel=6\nsecurity-poll-suffix=\n\
         forward-zones-recurse=.={internet}\nhint-file=\n{policy}",
        address.ip(),
        address.port()
    );
    let config = config.replace("hint-file=\n", "");
    write(folder.path(), "recursor.conf", &config);
    let arguments = [format!("--config-dir={here}")];
    Resolver::start("/usr/sbin/pdns_recursor", address, folder, &[&arguments[0]])
}

/// What every resolver must do, whatever its name.
async fn follows(
    name: &str,
    with: impl Fn(&[SocketAddr]) -> RpzSettings,
    start: impl FnOnce(SocketAddr, SocketAddr, SocketAddr) -> Option<Resolver>,
) {
    let address = free_port().await;
    let ours = Ours::start(with(&[address])).await;
    let Some(resolver) = start(ours.address, address, internet().await) else { return };
    let at = resolver.address;

    // What was blocked before it began, and all below.
    until_begun(at, "first.test", Found::NoSuchName).await;
    until(at, "listed.test", Found::NoSuchName).await;
    assert_eq!(find(at, "a.b.first.test").await, Found::NoSuchName);
    assert_eq!(find(at, "good.test").await, Found::Address);

    // A change, of a name that was just asked for.
    assert_eq!(find(at, "evil.test").await, Found::Address);
    let mut blocked = Vec::new();
    let mut lifted = Vec::new();
    for _ in 0..5 {
        ours.block("evil.test");
        blocked.push(until(at, "evil.test", Found::NoSuchName).await);
        assert_eq!(find(at, "www.evil.test").await, Found::NoSuchName, "what is below it");
        assert_eq!(find(at, "notevil.test").await, Found::Address);
        ours.lift("evil.test");
        lifted.push(until(at, "evil.test", Found::Address).await);
        assert_eq!(find(at, "www.evil.test").await, Found::Address);
    }
    let it = ours.rpz.status().subscribers[0].clone();
    assert!(it.wholes == 1 && it.differences >= 9 && it.seen.is_some(), "{it:?}");
    assert!(it.lag.is_some_and(|lag| lag <= 1), "{it:?}");
    println!("{name}: blocked after {blocked:?}, free after {lifted:?}");

    // A process of ours that knows nothing of the one before it.
    ours.block("forgotten.test");
    until(at, "forgotten.test", Found::NoSuchName).await;
    let ours = ours.restart(with(&[address])).await;
    until(at, "forgotten.test", Found::Address).await;
    assert_eq!(find(at, "first.test").await, Found::NoSuchName);
    ours.block("after.test");
    until(at, "after.test", Found::NoSuchName).await;
    assert_eq!(find(at, "good.test").await, Found::Address);
    assert_eq!(ours.rpz.status().zone, ZONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unbound_follows() {
    // It cannot sign.
    let with = |notify: &[SocketAddr]| RpzSettings {
        allow_unsigned: vec!["127.0.0.1".parse().unwrap()],
        ..settings(notify)
    };
    follows("Unbound", with, unbound).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bind_follows() {
    follows("BIND", settings, bind).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_dns_recursor_follows() {
    follows("PowerDNS Recursor", settings, power_dns).await;
}
