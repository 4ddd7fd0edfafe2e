//! The files of the comparison: a million generated names that nobody has, as a list and as a
//! zone; questions; configurations.

use std::fmt::Write as _;
use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Names that upstream knows.
pub(super) const PASSED: usize = 1_000;

/// Questions for names that are blocked, picked all over the list.
const ASKED: usize = 100_000;

pub(super) struct Files {
    /// A name a line.
    pub(super) list: PathBuf,
    /// Questions, as dnsperf reads them.
    pub(super) blocked: PathBuf,
    pub(super) passed: PathBuf,
    pub(super) unbound: PathBuf,
    pub(super) upstream: PathBuf,
    pub(super) unbound_port: u16,
    pub(super) upstream_port: u16,
    pub(super) our_port: u16,
    pub(super) names: usize,
}

/// A generated name: of the length that lures have.
pub(super) fn blocked_name(number: usize) -> String {
    format!("account-verify-{number:07}.example")
}

pub(super) fn passed_name(number: usize) -> String {
    format!("www.name-{number}.test")
}

const COMMON: &str = r#"
server:
    interface: 127.0.0.1@PORT
    do-daemonize: no
    use-syslog: no
    verbosity: 0
    username: ""
    chroot: ""
    directory: "FOLDER"
    pidfile: "FOLDER/pid-PORT"
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    do-ip6: no
    so-reuseport: yes
"#;

const FILTERING: &str = r#"
    num-threads: CORES
    module-config: "respip iterator"
    msg-cache-slabs: 2
    rrset-cache-slabs: 2
    local-zone: "test." nodefault
    local-zone: "example." nodefault
rpz:
    name: "policy.bench."
    zonefile: "FOLDER/policy.zone"
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@UPSTREAM
remote-control:
    control-enable: yes
    control-interface: "FOLDER/control"
    control-use-cert: no
"#;

impl Files {
    pub(super) fn write(folder: &Path, names: usize) -> Result<Self> {
        let file = |name: &str| folder.join(name);
        let (mut list, mut zone) = (String::new(), String::new());
        zone.push_str("$TTL 10\n@ SOA localhost. nobody.invalid. 1 3600 1200 604800 10\n");
        zone.push_str("@ NS localhost.\n");
        for number in 0..names {
            let name = blocked_name(number);
            writeln!(list, "{name}")?;
            writeln!(zone, "{name} CNAME .")?;
        }
        fs::write(file("list"), list)?;
        fs::write(file("policy.zone"), zone)?;
        let step = (names / ASKED).max(1);
        let questions = (0..names).step_by(step).map(|n| format!("{} A\n", blocked_name(n)));
        fs::write(file("blocked"), questions.collect::<String>())?;
        let questions = (0..PASSED).map(|n| format!("{} A\n", passed_name(n)));
        fs::write(file("passed"), questions.collect::<String>())?;

        let [unbound_port, upstream_port, our_port] = free_ports()?;
        let cores = std::thread::available_parallelism()?.get().to_string();
        let filled = |text: &str, port: u16| {
            let text = text.replace("PORT", &port.to_string()).replace("CORES", &cores);
            let text = text.replace("UPSTREAM", &upstream_port.to_string());
            text.replace("FOLDER", &folder.display().to_string())
        };
        fs::write(file("unbound.conf"), filled(COMMON, unbound_port) + &filled(FILTERING, 0))?;
        let mut upstream = filled(COMMON, upstream_port);
        upstream.push_str("    local-zone: \"test.\" static\n");
        for n in 0..PASSED {
            let name = passed_name(n);
            writeln!(upstream, "    local-data: \"{name}. 3600 IN A 192.0.2.1\"")?;
        }
        fs::write(file("upstream.conf"), upstream)?;
        Ok(Self {
            list: file("list"),
            blocked: file("blocked"),
            passed: file("passed"),
            unbound: file("unbound.conf"),
            upstream: file("upstream.conf"),
            unbound_port,
            upstream_port,
            our_port,
            names,
        })
    }
}

fn free_ports() -> Result<[u16; 3]> {
    let socket = || UdpSocket::bind("127.0.0.1:0");
    let sockets = [socket()?, socket()?, socket()?];
    let mut ports = [0; 3];
    for (port, socket) in ports.iter_mut().zip(&sockets) {
        *port = socket.local_addr()?.port();
    }
    Ok(ports)
}
