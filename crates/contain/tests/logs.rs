//! The query logs that real resolvers write: Debian's Unbound and BIND.
//!
//! `UNHOOK_JUDGES` set, one that is missing fails the test.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use unhook_app::ledger::{By, LogKind, LogReader as _, Observed};
use unhook_app::resolving::Client;
use unhook_contain::logs::{LogSettings, Readers};
use unhook_model::Timestamp;

/// How often a resolver that starts is asked, and its log looked at, before the test gives up.
const MOST_TRIES: usize = 400;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(50);

/// How far a log's time may be from ours: the tests may wait for a busy machine.
const SKEW_MS: i64 = 120_000;

struct Resolver {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Resolver {
    fn start(program: &str, config: impl Fn(&Path, SocketAddr) -> String) -> Option<Self> {
        let folder = tempfile::tempdir().expect("there is room");
        let free = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let file = folder.path().join("config");
        fs::write(&file, config(folder.path(), address)).expect("there is room");
        let mut command = Command::new(program);
        command.env("TZ", "UTC").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let arguments = if program == "unbound" { ["-d", "-c"] } else { ["-f", "-c"] };
        match command.args(arguments).arg(file).spawn() {
            Ok(child) => Some(Self { child, address, folder }),
            Err(error) => {
                assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "{program}: {error}");
                None
            }
        }
    }

    /// Asks for the lure until the log tells of it, and gives the log back.
    fn log(&self) -> Vec<u8> {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is a time");
        let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x09Acme-Okta\x07example\0\0\x01\0\x01";
        for _ in 0..MOST_TRIES {
            let _ = socket.send_to(query, self.address);
            let _ = socket.recv(&mut [0; 512]);
            let log = fs::read(self.folder.path().join("queries")).unwrap_or_default();
            if String::from_utf8_lossy(&log).to_lowercase().contains("acme-okta.example") {
                return log;
            }
        }
        panic!("it never wrote down what it was asked");
    }
}

#[track_caller]
fn check(kind: LogKind, resolver: Option<Resolver>) {
    let Some(resolver) = resolver else { return };
    let log = resolver.log();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let now = Timestamp::from_unix_ms(since.as_millis() as i64);
    let settings =
        LogSettings { zone: Some("UTC".parse().expect("a zone")), ..LogSettings::default() };
    let log = Readers::new(settings).read(kind, &log, now).expect("it is read");
    // The last line may be half written.
    assert!(log.unread <= 1, "{log:?}");
    let Some(Observed::Touched(touch)) = log.observed.first() else { panic!("{log:?}") };
    assert_eq!(&*touch.name, "acme-okta.example");
    assert_eq!(touch.by, By::Client(Client::Address([127, 0, 0, 1].into())));
    assert!((now.unix_ms() - touch.at.unix_ms()).abs() < SKEW_MS, "{touch:?}");
}

fn unbound(time: &'static str) -> Option<Resolver> {
    Resolver::start("unbound", |folder, address| {
        let here = folder.display();
        format!(
            "server:\n  interface: {}\n  port: {}\n  directory: \"{here}\"\n  chroot: \"\"\n  \
             username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"{here}/queries\"\n  \
             log-queries: yes\n  num-threads: 1\n  {time}\n  \
             local-zone: \"acme-okta.example.\" redirect\n  \
             local-data: \"acme-okta.example. A 192.0.2.80\"\nremote-control:\n  \
             control-enable: no\n",
            address.ip(),
            address.port(),
        )
    })
}

fn bind(time: &'static str) -> Option<Resolver> {
    Resolver::start("named", |folder, address| {
        let here = folder.display();
        format!(
            "options {{ directory \"{here}\"; listen-on port {} {{ {}; }}; listen-on-v6 {{ none; }}; \
             recursion no; pid-file none; session-keyfile none; querylog yes; \
             dnssec-validation no; }};\n\
             controls {{ }};\n\
             logging {{ channel queries {{ file \"{here}/queries\"; print-time {time}; \
             print-category yes; print-severity yes; }}; category queries {{ queries; }}; }};\n",
            address.port(),
            address.ip(),
        )
    })
}

#[test]
fn what_unbound_writes_is_read() {
    check(LogKind::Unbound, unbound("log-time-ascii: no"));
    check(LogKind::Unbound, unbound("log-time-ascii: yes"));
}

#[test]
fn what_bind_writes_is_read() {
    for time in ["local", "iso8601", "iso8601-utc"] {
        check(LogKind::Bind, bind(time));
    }
}
