//! Whom the service calls: somebody on call, or Twilio's API. A web server on loopback that keeps
//! what it is sent.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::http::headers;

/// How long something may take before the test fails rather than hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// The server. It ends with the test.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// What it does with what it is sent.
#[derive(Clone, Copy, Default)]
enum Mood {
    #[default]
    Takes,
    TurnsAway,
    Hangs,
}

#[derive(Default)]
struct State {
    mood: Mood,
    is_over: bool,
    /// How many requests were turned away, or left without an answer.
    turned_away: usize,
    /// Those that were left without an answer.
    left: Vec<TcpStream>,
    /// What was taken: an alert, or a form as it came.
    taken: Vec<Value>,
}

impl Receiver {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let server = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if server.lock().is_over {
                    return;
                }
                // Whoever breaks off, comes again.
                let _ = stream.and_then(|stream| server.answer(stream));
            }
        });
        Self { address, shared }
    }

    /// One that turns everybody away for now.
    pub(crate) fn down() -> Self {
        let receiver = Self::new();
        receiver.shared.lock().mood = Mood::TurnsAway;
        receiver
    }

    /// One that answers nobody for now.
    pub(crate) fn hanging() -> Self {
        let receiver = Self::new();
        receiver.shared.lock().mood = Mood::Hangs;
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, everything is taken.
    pub(crate) fn comes_back(&self) {
        self.shared.lock().mood = Mood::Takes;
    }

    /// Waits until it has turned somebody away.
    #[track_caller]
    pub(crate) fn wait_until_turned_away(&self) {
        self.shared.wait("nobody was turned away", |state| state.turned_away > 0);
    }

    /// Waits until something was taken.
    #[track_caller]
    pub(crate) fn wait_for_one(&self) {
        self.shared.wait("nothing came", |state| !state.taken.is_empty());
    }

    /// What was taken: the kinds of alerts, and forms as they came.
    pub(crate) fn taken(&self) -> Vec<String> {
        let kind = |taken: &Value| taken["type"].as_str().or(taken.as_str()).map(str::to_owned);
        self.shared.lock().taken.iter().filter_map(kind).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        // Wakes it up to see that; when that fails, the end of the process ends it.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    fn wait(&self, otherwise: &str, is_so: impl Fn(&State) -> bool) {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |state| !is_so(state));
        let (state, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!outcome.timed_out(), "{otherwise}: {:?}", state.taken);
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let body = read_body(&mut stream)?;
        let mut state = self.lock();
        let status = match state.mood {
            Mood::Takes => {
                let form = || String::from_utf8_lossy(&body).into();
                state.taken.push(serde_json::from_slice(&body).unwrap_or_else(|_| form()));
                "201 Created"
            }
            Mood::TurnsAway => {
                state.turned_away += 1;
                "503 Service Unavailable"
            }
            Mood::Hangs => {
                state.turned_away += 1;
                state.left.push(stream);
                self.changed.notify_all();
                return Ok(());
            }
        };
        drop(state);
        self.changed.notify_all();
        let head = "connection: close\r\ncontent-type: application/json\r\ncontent-length: 13";
        write!(stream, "HTTP/1.1 {status}\r\n{head}\r\n\r\n{{\"sid\":\"SM1\"}}")
    }
}

fn read_body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut bytes = Vec::new();
    loop {
        if let Some(body) = whole_body(&bytes) {
            return Ok(body);
        }
        let mut more = [0; 4096];
        match stream.read(&mut more)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&more[..count]),
        }
    }
}

/// The body of a request, once it has come in whole.
fn whole_body(bytes: &[u8]) -> Option<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let end = bytes.windows(END.len()).position(|window| window == END)?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let headers = headers(head.lines().skip(1));
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse().unwrap_or_default());
    let body = &bytes[end + END.len()..];
    (body.len() >= length).then(|| body[..length].to_vec())
}
