//! A data folder with its configuration, and the service run over it.
//!
//! A service that a test started is ended with the test, also when the test fails.

use std::cell::OnceCell;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Answer, Request};
use crate::receiver::Receiver;
use crate::twilio::{ACCOUNT, AUTH_TOKEN, PUBLIC_URL, Text};

/// How long something may take before the test fails rather than hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long until it is looked at again whether something is so.
const PAUSE: Duration = Duration::from_millis(10);

/// Everything that a token may allow.
const SCOPES: [&str; 7] = ["intake", "read", "read-people", "rule", "approve", "admin", "audit"];

const ORGANIZATION: &str = r#"
[organization]
name = "Acme Corporation"
partners = ["widgetworks.example"]

[[organization.brands]]
name = "Acmecorp"
domains = ["acmecorp.example"]
"#;

/// 32 bytes, as Standard Webhooks wants them.
const WEBHOOK_SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// What a command came to.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A data folder, `unhook.toml` and secrets beside it.
pub(crate) struct Place {
    folder: TempDir,
    /// For everything; made when it is first needed.
    token: OnceCell<String>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::called_at(PUBLIC_URL)
    }

    /// An empty folder: nobody has said yet whose it is.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        Self { folder, token: OnceCell::new() }
    }

    /// With this in place of the URL that Twilio calls.
    pub(crate) fn called_at(public_url: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let place = Self { folder, token: OnceCell::new() };
        place.write("auth-token", AUTH_TOKEN);
        place.write("webhook-secret", WEBHOOK_SECRET);
        let twilio = format!(
            "[intake.twilio]\npublic_url = \"{public_url}\"\nauth_token_file = \"auth-token\"\n"
        );
        place.write("unhook.toml", &format!("{ORGANIZATION}\n{twilio}"));
        place
    }

    /// With Twilio's API at this receiver, for texts that go out.
    pub(crate) fn texting(receiver: &Receiver) -> Self {
        Self::new().and(&format!(
            "account_sid = \"{ACCOUNT}\"\nfrom = \"+12015550199\"\napi_url = \"{}\"\n",
            receiver.url()
        ))
    }

    /// With somebody on call.
    pub(crate) fn calling(receiver: &Receiver) -> Self {
        Self::new().and(&format!(
            "\n[[notify]]\nkind = \"webhook\"\nname = \"on-call\"\nurl = \"{}\"\n\
             secret_file = \"webhook-secret\"\nfrom_severity = \"info\"\n",
            receiver.url()
        ))
    }

    /// With more lines at the end of `unhook.toml`.
    pub(crate) fn and(self, lines: &str) -> Self {
        let settings = fs::read_to_string(self.path("unhook.toml")).expect("it was written");
        self.write("unhook.toml", &(settings + lines));
        self
    }

    /// With somebody enrolled who has this number.
    pub(crate) fn knowing(self, number: &str) -> Self {
        let staff = format!("key,name,phone\n17,Ann Example,{number}\n");
        let staff = self.write("staff.csv", &staff);
        self.out(&["people", "import", staff.to_str().expect("temporary paths are UTF-8")]);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.path("data").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).expect("the folder can be written to");
        self.path(name)
    }

    /// A command over the data folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unhook"));
        command.args(arguments).arg("--data").arg(self.path("data"));
        command.env_remove("RUST_BACKTRACE").current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().expect("the program runs");
        Run {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).expect("it writes UTF-8"),
            err: String::from_utf8(output.stderr).expect("it says UTF-8"),
        }
    }

    /// Runs one that must succeed, and gives what it printed.
    #[track_caller]
    pub(crate) fn out(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.status, Some(0), "{arguments:?}: {}", run.err);
        run.out
    }

    /// A token for everything, the same each time.
    fn token(&self) -> String {
        let made = self.token.get_or_init(|| {
            let scopes = SCOPES.iter().flat_map(|scope| ["--scope", scope]);
            let arguments: Vec<&str> = ["token", "create"].into_iter().chain(scopes).collect();
            self.out(&arguments).trim_end().to_owned()
        });
        made.clone()
    }

    /// Starts the service.
    pub(crate) fn serve(&self) -> Serving {
        let mut command = self.command(&["serve", "--org", "unhook.toml"]);
        command.args(["--listen", "127.0.0.1:0"]);
        Serving::start(command, self.token())
    }

    /// Starts the service as [`Place::serve`] does, but where a file that grows too large is an
    /// error as on a full disk, and no signal that ends the process.
    pub(crate) fn serve_within_limits(&self) -> Serving {
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#, env!("CARGO_BIN_EXE_unhook")]);
        command.args(["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(self.path("data")).current_dir(self.folder.path()).stdin(Stdio::null());
        Serving::start(command, self.token())
    }

    /// Changes the last byte of a file of the data folder.
    pub(crate) fn damage(&self, name: &str) {
        let file = self.data(name);
        let mut bytes = fs::read(&file).expect("the file can be read");
        *bytes.last_mut().expect("it is not empty") ^= 1;
        fs::write(file, bytes).expect("it can be written");
    }

    /// Everything in the data folder, by the names of the files.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        read_all(&self.path("data"), &mut files);
        files
    }
}

fn read_all(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            read_all(&path, files);
        } else {
            let bytes = fs::read(&path).expect("the file can be read");
            files.push((path, bytes));
        }
    }
}

/// The service at work.
pub(crate) struct Serving {
    process: Process,
    stdout: BufReader<ChildStdout>,
    log: Log,
    /// What it printed when it was ready.
    pub(crate) greeting: String,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

/// What it said, once it has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// What it printed after its greeting.
    pub(crate) out: String,
    pub(crate) log: String,
}

impl Serving {
    fn start(mut command: Command, token: String) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process(command.spawn().expect("the program runs"));
        let log = Log::of(process.0.stderr.take().expect("it is piped"));
        let mut stdout = BufReader::new(process.0.stdout.take().expect("it is piped"));
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).expect("it prints UTF-8");
        let place = greeting.trim_end().strip_prefix("listening on ");
        let address = place.and_then(|place| place.split_once("://")).map(|(_, address)| address);
        let address = address.and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{greeting:?}: {}", log.text()));
        Self { process, stdout, log, greeting, address, token }
    }

    /// The next line that it prints.
    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it prints UTF-8");
        line
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process.0)
    }

    /// Sends as it is, with no token.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        let answer = request.send(self.address);
        answer.unwrap_or_else(|error| panic!("{error}: {}", self.log.text()))
    }

    /// Sends with the token for everything.
    #[track_caller]
    pub(crate) fn ask(&self, request: Request) -> Answer {
        self.send(&request.bearer(&self.token))
    }

    /// What a path of the API shows.
    #[track_caller]
    pub(crate) fn show(&self, path: &str) -> Value {
        self.ask(Request::get(path)).expect(200).json()
    }

    /// The items of a list.
    #[track_caller]
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        let list = self.show(path);
        list["items"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
    }

    /// What is found of a report, by what was answered when it was taken.
    #[track_caller]
    pub(crate) fn show_taken(&self, taken: &Value) -> Value {
        let (id, position) = (taken["id"].as_str(), taken["position"].as_str());
        let (id, position) = (id.expect("a report"), position.expect("it is durable"));
        self.show(&format!("/api/v1/reports/{id}?after={position}"))
    }

    /// How everything stands that somebody is to be told, newest first.
    #[track_caller]
    pub(crate) fn deliveries(&self) -> Vec<Value> {
        let deliveries = self.list("/api/v1/deliveries");
        deliveries.iter().map(|delivery| delivery["state"].clone()).collect()
    }

    /// Passes a text on, and gives what the service made of it.
    #[track_caller]
    pub(crate) fn report(&self, text: &str, reporter: &str) -> Value {
        let body = json!({ "text": text, "reporter": { "phone": reporter } });
        self.ask(Request::json("/api/v1/reports", &body)).expect(202).json()
    }

    /// Has Twilio hand a text over, and gives what the sender is answered.
    #[track_caller]
    pub(crate) fn text(&self, sid: &str, from: &str, body: &str) -> String {
        self.send(&Text { sid, from, body }.call()).expect(200).body
    }

    /// Whether it says that it can take texts.
    pub(crate) fn is_ready(&self) -> bool {
        let answer = self.send(&Request::get("/readyz"));
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
        answer.status == 200
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until the log says this.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, what: &str) {
        self.log.wait_for(what);
    }

    /// Ends it as an operator does.
    #[track_caller]
    pub(crate) fn stop(self) -> Ended {
        self.end_with(Signal::TERM)
    }

    /// Ends it by this signal.
    #[track_caller]
    pub(crate) fn end_with(self, signal: Signal) -> Ended {
        kill_process(self.pid(), signal).expect("it runs");
        let Self { mut process, mut stdout, log, .. } = self;
        let (sender, printed) = mpsc::channel();
        // What it prints ends when it does.
        std::thread::spawn(move || {
            let mut out = String::new();
            let read = stdout.read_to_string(&mut out).map(|_| out);
            drop(sender.send(read));
        });
        let out = printed.recv_timeout(PATIENCE).expect("it ends").expect("it prints UTF-8");
        let status = process.0.wait().expect("it is ours");
        Ended { status, out, log: log.whole() }
    }

    /// Ends it as a power cut does, as far as the process goes.
    pub(crate) fn kill(mut self) {
        self.process.0.kill().expect("it runs");
        self.process.0.wait().expect("it is ours");
    }
}

/// A process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process says, as it says it.
struct Log {
    shared: Arc<(Mutex<String>, Condvar)>,
    reader: JoinHandle<()>,
}

impl Log {
    fn of(stderr: ChildStderr) -> Self {
        let shared = Arc::<(Mutex<String>, Condvar)>::default();
        let ours = Arc::clone(&shared);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut text = ours.0.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
                drop(text);
                ours.1.notify_all();
            }
        });
        Self { shared, reader }
    }

    fn text(&self) -> String {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[track_caller]
    fn wait_for(&self, what: &str) {
        let text = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.shared.1.wait_timeout_while(text, PATIENCE, |text| !text.contains(what));
        let (text, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!outcome.timed_out(), "the log never says {what:?}:\n{text}");
    }

    /// All of it, once the process has ended.
    fn whole(self) -> String {
        self.reader.join().expect("reading does not panic");
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Looks until something is so, and fails if it never comes to be: of what another process does to
/// its files and views, nobody tells a test.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: it never came to be");
        std::thread::sleep(PAUSE);
    }
}
