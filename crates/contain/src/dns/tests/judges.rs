//! Other people's clients and an other people's resolver above: dig, kdig, curl, Unbound.

use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::net::TcpListener;

use super::clients::{Running, certificate};
use super::upstream::TestUpstream;
use super::*;

/// What a program says, if it is installed.
async fn judge(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    match tokio::task::spawn_blocking(move || command.output()).await.unwrap() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "{program}: {error}");
            None
        }
    }
}

fn says(said: &str, expected: &[&str]) {
    for expected in expected {
        assert!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
}

#[tokio::test]
async fn dig_is_answered_by_datagram_and_connection() {
    let honest = TestUpstream::honest().await;
    let running = Running::new(settings(&[&honest])).await;
    let port = running.udp.port().to_string();
    for way in ["+notcp", "+tcp"] {
        let base = ["@127.0.0.1", "-p", &port, "+time=20", "+tries=1", way];
        let dig = async |more: &[&str]| judge("dig", &[&base[..], more].concat()).await;
        let Some(said) = dig(&["wWw.BlockEd.test"]).await else { return };
        says(&said, &["status: NXDOMAIN", "EDE: 15 (Blocked)", "phishing", "10\tIN\tSOA"]);
        assert!(!said.contains("Warning") && !said.contains("malformed"), "{said}");
        let said = dig(&["held.test", "AAAA"]).await.unwrap();
        says(&said, &["status: NXDOMAIN", "EDE: 15", "held back"]);
        let said = dig(&["www.other.test"]).await.unwrap();
        says(&said, &["status: NOERROR", "192.0.2.1", "flags: qr rd ra;", "udp: 1232"]);
        says(&dig(&["blocked.test", "+noedns"]).await.unwrap(), &["status: NXDOMAIN"]);
        says(&dig(&["other.test", "ANY"]).await.unwrap(), &["RFC8482"]);
        says(&dig(&["other.test", "+opcode=notify"]).await.unwrap(), &["NOTIMP"]);
        says(&dig(&["version.bind", "CH", "TXT"]).await.unwrap(), &["REFUSED"]);
        let said = dig(&["other.test", "+edns=1", "+noednsneg"]).await.unwrap();
        says(&said, &["BADVERS"]);
    }
    let base = ["@127.0.0.1", "-p", &port, "+keepopen", "+tcp", "blocked.test", "a.blocked.test"];
    let said = judge("dig", &base).await.unwrap();
    assert_eq!(said.matches("NXDOMAIN").count(), 2, "{said}");
}

#[tokio::test]
async fn kdig_is_answered_over_tls() {
    let honest = TestUpstream::honest().await;
    let running = Running::new(settings(&[&honest])).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (config, pem) = certificate();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let devices = std::collections::HashMap::from([("0a1b2c3d".to_owned(), Arc::from("a phone"))]);
    running.server.serve_tls(listener, config, Arc::new(devices));
    let ca = format!("+tls-ca={}", ca.display());
    let base = ["@127.0.0.1", "-p", &port, "+tls", &ca, "+tls-hostname=0a1b2c3d.dns.test"];
    let all = [&base[..], &["blocked.test", "www.other.test"]].concat();
    let Some(said) = judge("kdig", &all).await else { return };
    says(&said, &["NXDOMAIN", "192.0.2.1", "EDE: 15 (Blocked)"]);
    running.server.hand_over();
    let heard = running.gate.heard.lock().unwrap();
    assert_eq!(heard.len(), 2);
    assert!(heard.iter().all(|told| told.client == Client::Device("a phone".into())));
}

/// Serves HTTPS as the binary does, on loopback.
async fn serve_https(routes: axum::Router) -> (u16, tempfile::TempDir) {
    let (config, pem) = certificate();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, routes) = (acceptor.clone(), routes.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = hyper_util::service::TowerToHyperService::new(routes);
                let stream = hyper_util::rt::TokioIo::new(stream);
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(stream, service).await;
            });
        }
    });
    (port, folder)
}

#[tokio::test]
async fn curl_resolves_names_over_https() {
    /// What curl ends with: a name that does not resolve, and a port where nobody listens.
    const NO_SUCH_NAME: Option<i32> = Some(6);
    const NOBODY_LISTENS: Option<i32> = Some(7);
    let here = TestUpstream::new(|asked, _| {
        let mut answer = super::upstream::reply(asked, domain::base::iana::Rcode::NOERROR);
        if super::upstream::asked_type(asked) == Rtype::A {
            let a = domain::rdata::A::from_octets(127, 0, 0, 1);
            let name = super::upstream::asked_name(asked);
            answer.push((name, domain::base::Ttl::HOUR, a)).unwrap();
        }
        vec![answer.finish()]
    })
    .await;
    let running = Running::new(settings(&[&here])).await;
    let devices = std::collections::HashMap::from([("0a1b2c3d".to_owned(), Arc::from("a phone"))]);
    let (port, folder) = serve_https(running.server.https(Arc::new(devices))).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (token, name, expected) in [
        ("0a1b2c3d", "www.other.test", NOBODY_LISTENS),
        ("0a1b2c3d", "www.blocked.test", NO_SUCH_NAME),
        ("ffffffff", "www.other.test", NO_SUCH_NAME),
    ] {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--noproxy", "*", "--max-time", "30", "--cacert"]);
        curl.arg(folder.path().join("ca.pem")).arg("--doh-url");
        curl.arg(format!("https://localhost:{port}/dns-query/{token}"));
        curl.arg(format!("http://{name}:{closed}/")).stdin(Stdio::null());
        match tokio::task::spawn_blocking(move || curl.status()).await.unwrap() {
            Ok(status) => assert_eq!(status.code(), expected, "{token} {name}"),
            Err(error) => assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "curl: {error}"),
        }
    }
    running.server.hand_over();
    assert!(!running.gate.heard.lock().unwrap().is_empty());
}

/// A resolver with an authority of its own: local data, and nothing else.
const UNBOUND: &str = r#"
server:
    interface: 127.0.0.1@PORT
    do-daemonize: no
    use-syslog: no
    verbosity: 0
    username: ""
    chroot: ""
    directory: "FOLDER"
    pidfile: "FOLDER/pid"
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    local-zone: "test." static
    local-data: "test. 300 IN SOA a.test. b.test. 1 300 300 300 77"
    local-data: "www.other.test. 60 IN A 192.0.2.8"
    local-data: "alias.other.test. 60 IN CNAME www.other.test."
    local-data: "mail.other.test. 60 IN MX 10 www.other.test."
remote-control:
    control-enable: no
"#;

struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn unbound_is_a_good_upstream() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = UNBOUND.replace("PORT", &port.to_string());
    let config = config.replace("FOLDER", &folder.path().display().to_string());
    let file = folder.path().join("unbound.conf");
    std::fs::write(&file, config).unwrap();
    let unbound = Command::new("unbound").arg("-c").arg(&file).spawn();
    let unbound = match unbound {
        Ok(unbound) => Child(unbound),
        Err(error) => {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "unbound: {error}");
            return;
        }
    };
    let mut settings = DnsSettings::new(vec![format!("127.0.0.1:{port}").parse().unwrap()]);
    settings.bounds.patience = Duration::from_secs(20);
    let bare = Bare::new(settings);
    // Until it is there: each question finds a closed port and is asked anew.
    let mut tries = 0;
    let answer = loop {
        let name = format!("n{tries}.other.test");
        let answer = bare.answer(&ask(&name, Rtype::A)).await;
        if message(&answer).header().rcode() != domain::base::iana::Rcode::SERVFAIL {
            break answer;
        }
        tries += 1;
        assert!(tries < 200_000, "unbound does not answer");
        tokio::task::yield_now().await;
    };
    let answer = message(&answer);
    assert_eq!(answer.header().rcode(), domain::base::iana::Rcode::NXDOMAIN);
    assert_eq!(answer.authority().unwrap().count(), 1);
    let record = |answer: &[u8]| {
        let message = message(answer);
        (message.header_counts().ancount(), first(&message).ttl().as_secs())
    };
    for _ in 0..2 {
        let (count, ttl) = record(&bare.answer(&ask("wwW.other.test", Rtype::A)).await);
        assert_eq!(count, 1);
        assert!(ttl <= 60);
    }
    assert_eq!(record(&bare.answer(&ask("mail.other.test", Rtype::MX)).await).0, 1);
    assert_eq!(bare.core.status().upstreams[0].strange, 0, "it keeps capitals and ids");
    drop(unbound);
}
