//! A name stops resolving: the DNS firewall and the zone beside the service, asked by `dig`, over an
//! upstream that knows one name.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::house::{Place, Serving, until};
use crate::http::Request;
use crate::reports::{ANN, LURE};

const BO: &str = "+12015550124";

/// Knows that every name is at 192.0.2.1.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Upstream {
    pub(crate) fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("it has one");
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let mut request = [0; 1_500];
            while let Ok((length, from)) = socket.recv_from(&mut request) {
                if ends.load(Ordering::Acquire) {
                    return;
                }
                let answer = answer(&request[..length]);
                let _ = socket.send_to(&answer, from);
            }
        });
        Self { address, is_over, thread: Some(thread) }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        let waker = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let _ = waker.send_to(b"over", self.address);
        let _ = self.thread.take().expect("once").join();
    }
}

/// The question again, with one address (RFC 1035, section 4.1).
fn answer(request: &[u8]) -> Vec<u8> {
    let question = 12 + request[12..].iter().position(|byte| *byte == 0).expect("a name") + 5;
    let mut answer = request[..question].to_vec();
    answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    answer
}

fn dig_is_there() -> bool {
    let mut command = Command::new("dig");
    let status = command.arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = status.is_ok();
    assert!(is_there || std::env::var_os("UNHOOK_JUDGES").is_none(), "dig is not installed");
    is_there
}

fn dig(at: SocketAddr, arguments: &[&str]) -> String {
    let mut command = Command::new("dig");
    command.args([&format!("@{}", at.ip()), "-p", &at.port().to_string(), "+time=5", "+tries=2"]);
    let output = command.args(arguments).output().expect("dig runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The place, the service, the resolver and the zone.
fn serve(upstream: &Upstream) -> (Place, Serving, SocketAddr, SocketAddr) {
    let place = Place::new().and(&format!(
        "[dns]\nlisten = \"127.0.0.1:0\"\nupstreams = [\"{}\"]\n\
         [rpz]\nzone = \"rpz.acme.example\"\nlisten = \"127.0.0.1:0\"\n\
         allow_transfer = [\"127.0.0.1\"]\n",
        upstream.address
    ));
    let staff = format!("key,name,phone\n1,Ana Example,{ANN}\n2,Bo Example,{BO}\n");
    let staff = place.write("staff.csv", &staff);
    place.out(&["people", "import", staff.to_str().expect("temporary paths are UTF-8")]);
    let mut serving = place.serve();
    let mut read = |what: &str| {
        let line = serving.read_line();
        let address = line.trim_end().strip_prefix(what).map(str::to_owned);
        address.expect(&line).parse().expect("an address")
    };
    let (resolver, zone) = (read("dns on "), read("zone on "));
    (place, serving, resolver, zone)
}

fn resolves(resolver: SocketAddr) -> bool {
    dig(resolver, &["+short", "www.acmecorp-okta.example"]).trim() == "192.0.2.1"
}

#[test]
fn a_name_that_is_blocked_is_not_found_and_is_in_the_zone_until_it_is_lifted() {
    if !dig_is_there() {
        return;
    }
    let upstream = Upstream::new();
    let (_place, serving, resolver, zone) = serve(&upstream);
    assert!(resolves(resolver));
    let block = json!({ "name": "acmecorp-okta.example", "reason": "imitates our sign-in" });
    serving.ask(Request::json("/api/v1/blocks", &block)).expect(201);
    let answer = dig(resolver, &["www.acmecorp-okta.example"]);
    assert!(answer.contains("NXDOMAIN") && answer.contains("EDE: 15"), "{answer}");
    let transferred = dig(zone, &["+tcp", "rpz.acme.example", "AXFR"]);
    assert!(transferred.contains("*.acmecorp-okta.example.rpz.acme.example."), "{transferred}");
    serving.ask(Request::delete("/api/v1/blocks/acmecorp-okta.example")).expect(204);
    assert!(resolves(resolver), "an undo is in effect at once");
}

/// The service where all but the resolver cannot begin.
struct Alone(Child);

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Names resolve, a probe of its health hears why nothing else does, and it ends badly.
#[track_caller]
pub(crate) fn assert_answers_alone(place: &Place, says: &str) {
    let arguments = ["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"];
    let mut command = place.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut alone = Alone(command.spawn().expect("the program runs"));
    let mut stderr = alone.0.stderr.take().expect("it is piped");
    let log = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text).expect("it says UTF-8")
    });
    let mut stdout = BufReader::new(alone.0.stdout.take().expect("it is piped"));
    let mut address = |what: &str| {
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it prints UTF-8");
        let address = line.trim_end().strip_prefix(what).expect(&line);
        address.parse::<SocketAddr>().expect("an address")
    };
    let (resolver, admin) = (address("dns on "), address("admin on http://"));
    assert!(resolves(resolver), "{says}");
    let health = Request::get("/readyz").send(admin).expect("it answers").expect(503).json();
    assert!(health["troubles"][0].as_str().expect("a text").contains(says), "{health}");
    let api = Request::get("/api/v1/blocks").send(admin).expect("it answers");
    assert_eq!(api.status, 404);
    kill_process(Pid::from_child(&alone.0), Signal::TERM).expect("it is there");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("it prints UTF-8");
    assert_eq!(rest, "", "it listens nowhere else");
    let status = alone.0.wait().expect("it ends");
    let log = log.join().expect("it is read");
    assert!(status.code().is_some_and(|code| code != 0), "{status}: {log}");
    assert!(log.contains("THE POLICY IS LOST") && log.contains(says), "{log}");
}

#[test]
fn names_resolve_whatever_cannot_begin_and_it_is_said_why() {
    if !dig_is_there() {
        return;
    }
    let upstream = Upstream::new();
    let place = Place::new().and(&format!(
        "[server]\nadmin_listen = \"127.0.0.1:0\"\n\
         [dns]\nlisten = \"127.0.0.1:0\"\nupstreams = [\"{}\"]\n",
        upstream.address
    ));
    place.out(&["token", "create", "--scope", "read"]);
    let token = place.path("auth-token");
    let aside = place.path("aside");
    std::fs::rename(&token, &aside).expect("it can be moved");
    assert_answers_alone(&place, "auth-token");
    std::fs::rename(&aside, &token).expect("it can be moved back");
    std::fs::write(place.data("vault.db"), [7; 8_192]).expect("it can be written");
    assert_answers_alone(&place, "database");
    place.write("unhook.toml", "[dns]\nlisten = 5\n");
    let run = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
    assert!(run.status.is_some_and(|code| code != 0) && run.out.is_empty(), "{}", run.err);
}

#[test]
fn what_a_newer_list_protects_is_blocked_no_more_after_the_next_start() {
    let place = Place::new();
    let serving = place.serve();
    let block = |name: &str| json!({ "name": name, "reason": "a mistake" });
    serving.ask(Request::json("/api/v1/blocks", &block("much-visited.test"))).expect(201);
    serving.stop();

    let ranking: String = (2..=1_000).map(|rank| format!("{rank},name-{rank}.test\n")).collect();
    place.write("top-1m.csv", &format!("1,much-visited.test\n{ranking}"));
    let from = place.path("");
    place.out(&["lists", "update", "--from", from.to_str().expect("temporary paths are UTF-8")]);

    let serving = place.serve();
    until("the block is lifted", || serving.list("/api/v1/blocks").is_empty());
    let again = serving.ask(Request::json("/api/v1/blocks", &block("www.name-1000.test")));
    assert!(again.status >= 400, "{}", again.status);
    serving.ask(Request::json("/api/v1/blocks", &block("name-1001.test"))).expect(201);
    serving.stop();
}

#[test]
fn two_reports_and_an_approval_cut_a_lure_off() {
    if !dig_is_there() {
        return;
    }
    let upstream = Upstream::new();
    let (_place, serving, resolver, _) = serve(&upstream);
    serving.report(LURE, ANN);
    serving.report(LURE, BO);
    let mut asked = Vec::new();
    until("the playbook asks", || {
        asked = serving.list("/api/v1/actions");
        !asked.is_empty()
    });
    assert!(resolves(resolver), "in the first days it asks");
    let approve = format!("/api/v1/actions/{}/approve", asked[0]["id"].as_str().expect("an id"));
    serving.ask(Request::json(&approve, &json!({}))).expect(200);
    assert!(!resolves(resolver));
    // What was decided outlives the process.
    serving.kill();
}

/// What the page that warns answers somebody who wants to open a name.
fn open(warning: SocketAddr, host: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(warning).expect("it listens");
    let agent = "user-agent: Mozilla/5.0 (X11; Linux x86_64)\r\naccept: text/html";
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: {host}\r\n{agent}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn a_blocked_name_leads_to_a_page_that_warns_if_there_is_one() {
    if !dig_is_there() {
        return;
    }
    let upstream = Upstream::new();
    let place = Place::new().and(&format!(
        "[dns]\nlisten = \"127.0.0.1:0\"\nupstreams = [\"{}\"]\n\
         [dns.warning]\naddresses = [\"192.0.2.10\", \"2001:db8::10\"]\nlisten = \"127.0.0.1:0\"\n",
        upstream.address
    ));
    let mut serving = place.serve();
    let mut read = |what: &str| {
        let line = serving.read_line();
        let address = line.trim_end().strip_prefix(what).map(str::to_owned);
        address.expect(&line).parse().expect("an address")
    };
    let (resolver, warning) = (read("dns on "), read("warning on "));
    let block = json!({ "name": "acmecorp-okta.example", "reason": "imitates our sign-in" });
    serving.ask(Request::json("/api/v1/blocks", &block)).expect(201);
    let ask = |rtype: &str| dig(resolver, &["www.acmecorp-okta.example", rtype]);
    let answer = ask("A");
    assert!(answer.contains("NOERROR") && answer.contains("EDE: 15"), "{answer}");
    let record = answer.lines().find(|line| line.contains("\tA\t")).expect("an address");
    assert!(record.contains(" 10\tIN") && record.ends_with("192.0.2.10"), "{record}");
    assert!(ask("AAAA").contains("2001:db8::10"));
    let answer = ask("HTTPS");
    assert!(answer.contains("NOERROR") && answer.contains("ANSWER: 0"), "{answer}");
    let page = open(warning, "www.acmecorp-okta.example", "GET /?user=ana", "");
    assert!(page.starts_with("HTTP/1.1 403") && page.contains("acmecorp-okta[.]example"), "{page}");
    let said = open(warning, "www.acmecorp-okta.example", "POST /", "said=typed");
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    until("it came up for the team", || {
        let waits = serving.list("/api/v1/attention");
        waits.iter().any(|waits| waits["matter"] == "warning-typed:acmecorp-okta.example")
    });
}
