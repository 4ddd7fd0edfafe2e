//! The real server, killed in the middle of taking reports and started again on the same folder.
//! What it had acknowledged is there, and a report that is sent again is the one that it was.
//!
//! `cargo xtask load --kill N` does the same for as long as one likes, at full rate.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_unhook");

const ROUNDS: u32 = 3;

/// Who send at the same time, so that some are always on the way when the server dies.
const SENDERS: u32 = 8;

/// After how many acknowledgements it is killed.
const ENOUGH: usize = 40;

/// A server's settings, its token and its data.
struct Place {
    folder: TempDir,
    token: String,
}

impl Place {
    fn new() -> Self {
        let mut place = Self { folder: tempfile::tempdir().expect("folder"), token: String::new() };
        let (file, data) = (place.path("unhook.toml"), place.path("data"));
        let name = ["init", "--name", "Acme Corporation", "--domain", "acme.example", "-o"];
        place.unhook(Command::new(PROGRAM).args(name).arg(file));
        let scopes = ["token", "create", "--scope", "intake", "--scope", "read", "--data"];
        place.token = place.unhook(Command::new(PROGRAM).args(scopes).arg(data));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn unhook(&self, command: &mut Command) -> String {
        let output = command.stdin(Stdio::null()).output().expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    fn serve(&self) -> (Server, SocketAddr) {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0", "--org"]).arg(self.path("unhook.toml"));
        command.arg("--data").arg(self.path("data")).stdin(Stdio::null()).stderr(Stdio::null());
        let mut server = Server(command.stdout(Stdio::piped()).spawn().expect("the binary runs"));
        let mut out = BufReader::new(server.0.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it prints");
        let address = line.trim().strip_prefix("listening on http://").expect(&line);
        (server, address.parse().expect("an address"))
    }
}

/// A server, gone with the test.
struct Server(Child);

impl Server {
    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection that stays.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    fn new(address: SocketAddr, token: &str) -> std::io::Result<Self> {
        Ok(Self { stream: BufReader::new(TcpStream::connect(address)?), token: token.to_owned() })
    }

    /// Passes the text of a number on; the same number is the same report.
    fn report(&mut self, number: u32) -> std::io::Result<Answer> {
        let text = format!("ACME: keep your password {number}: https://acme-okta.example/login");
        let body = serde_json::json!({ "text": text }).to_string();
        let head = format!(
            "POST /api/v1/reports HTTP/1.1\r\nIdempotency-Key: n-{number}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        self.ask(&head, &body)
    }

    fn show(&mut self, id: &str) -> std::io::Result<Answer> {
        self.ask(&format!("GET /api/v1/reports/{id} HTTP/1.1\r\n"), "")
    }

    fn ask(&mut self, head: &str, body: &str) -> std::io::Result<Answer> {
        let rest = format!("Host: localhost\r\nAuthorization: Bearer {}\r\n\r\n{body}", self.token);
        self.stream.get_mut().write_all(format!("{head}{rest}").as_bytes())?;
        let broke_off = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let status = self.line()?.get(9..12).and_then(|status| status.parse().ok());
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body: serde_json::Value = serde_json::from_slice(&body)?;
        let id = body["id"].as_str().unwrap_or_default().to_owned();
        Ok(Answer { status: status.ok_or_else(broke_off)?, id })
    }

    /// A line of a head, without its end.
    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

struct Answer {
    status: u16,
    id: String,
}

/// Sends until the server dies, and tells each number that was acknowledged with its report.
fn send(mut client: Client, next: &AtomicU32, told: &mpsc::Sender<(u32, String)>) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Ok(answer) = client.report(number) else { return };
        assert_eq!(answer.status, 202, "report {number}");
        told.send((number, answer.id)).expect("somebody listens");
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let place = Place::new();
    let next = Arc::new(AtomicU32::new(0));
    let (mut server, mut address) = place.serve();
    for round in 0..ROUNDS {
        let (told, heard) = mpsc::channel();
        let senders = (0..SENDERS).map(|_| {
            let client = Client::new(address, &place.token).expect("it listens");
            let (next, told) = (Arc::clone(&next), told.clone());
            thread::spawn(move || send(client, &next, &told))
        });
        let senders: Vec<_> = senders.collect();
        drop(told);
        let mut acknowledged: Vec<(u32, String)> = heard.iter().take(ENOUGH).collect();
        server.kill();
        acknowledged.extend(heard);
        senders.into_iter().for_each(|sender| sender.join().expect("all are acknowledged"));
        assert!(acknowledged.len() >= ENOUGH, "round {round}: {}", acknowledged.len());
        (server, address) = place.serve();
        let mut client = Client::new(address, &place.token).expect("it listens");
        for (number, id) in acknowledged {
            let shown = client.show(&id).expect("it answers");
            assert_eq!((shown.status, &shown.id), (200, &id), "round {round}, report {number}");
            let again = client.report(number).expect("it answers");
            assert_eq!((again.status, &again.id), (200, &id), "round {round}, report {number}");
        }
    }
}
