//! `kill -9` in the middle of what a playbook does: afterwards everything is done, or waits, or nobody
//! knows and a person looks; nothing is lost, and no mail goes out twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Place, Serving, until};
use crate::http::Request;
use crate::reports::{ANN, LURE};

const BO: &str = "+12015550124";
const NAME: &str = "acmecorp-okta.example";

/// How long something may take before the test fails rather than hangs.
const PATIENCE: Duration = Duration::from_secs(90);

const PLAYBOOK: &str = "name = \"acme\"\n\
    [[rules]]\nid = \"block\"\nmode = \"ask\"\naction = \"block\"\nwhen = { verdict = \"malicious\" }\n\
    [[rules]]\nid = \"suspend\"\nmode = \"ask\"\naction = \"suspend\"\nwhen = { exposure = \"received\" }\n";

/// Somebody else's server that answers what it is asked, or for now hangs in the middle.
struct Other {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    hangs: bool,
    is_over: bool,
    /// Those who wait for an answer.
    left: Vec<TcpStream>,
    /// What was done to whom, or which mails were taken.
    done: BTreeMap<String, BTreeSet<String>>,
    mails: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Other {
    /// One that hangs where it is asked to do something.
    fn hanging(answer: fn(&Shared, TcpStream) -> std::io::Result<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        shared.lock().hangs = true;
        let server = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if server.lock().is_over {
                    return;
                }
                let server = Arc::clone(&server);
                // Whoever breaks off, comes again.
                std::thread::spawn(move || drop(answer(&server, stream)));
            }
        });
        Self { address, shared }
    }

    #[track_caller]
    fn wait_until_hanging(&self, count: usize) {
        let state = self.shared.lock();
        let is_less = |state: &mut State| state.left.len() < count;
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, is_less);
        let (state, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!outcome.timed_out(), "{} hang of {count}", state.left.len());
    }

    fn comes_back(&self) {
        let mut state = self.shared.lock();
        state.hangs = false;
        state.left.clear();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        // Wakes it up to see that; when that fails, the end of the process ends it.
        let _ = TcpStream::connect(self.address);
    }
}

/// Okta's API as far as somebody is locked out by it. What ends sessions is done, and then hangs.
fn okta(shared: &Shared, mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
    let (status, body) = match (method, &parts[..]) {
        ("GET", ["logs"] | ["users", _, "factors" | "devices"]) => (200, json!([])),
        ("GET", ["users", login]) if login.ends_with("@acme.example") => {
            let id = login.trim_end_matches("@acme.example");
            (200, json!({ "id": id, "status": "ACTIVE", "profile": { "login": login } }))
        }
        ("DELETE" | "POST", ["users", id, what @ ..]) => {
            let mut state = shared.lock();
            let what = what.join(" ");
            let hangs = state.hangs && what == "sessions";
            state.done.entry((*id).to_owned()).or_default().insert(what);
            if hangs {
                state.left.push(stream);
                shared.changed.notify_all();
                return Ok(());
            }
            (200, json!({}))
        }
        _ => (404, json!({ "errorCode": "E0000007" })),
    };
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} said\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A mail server that takes a mail, and says so to nobody while it hangs.
fn post_office(shared: &Shared, mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 mail.acme.example ESMTP\r\n")?;
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let said = if line.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n")?;
            while line != ".\r\n" {
                line.clear();
                if lines.read_line(&mut line)? == 0 {
                    return Ok(());
                }
            }
            let mut state = shared.lock();
            state.mails += 1;
            if state.hangs {
                state.left.push(stream);
                shared.changed.notify_all();
                return Ok(());
            }
            "250 2.0.0 taken\r\n"
        } else if line.starts_with("EHLO") {
            "250 mail.acme.example\r\n"
        } else {
            "250 2.0.0 fine\r\n"
        };
        stream.write_all(said.as_bytes())?;
        line.clear();
    }
    Ok(())
}

fn place(directory: &Other, office: &Other) -> Place {
    let place = Place::new().and(&format!(
        "[playbook]\nfile = \"playbook.toml\"\n\
         [[identity]]\nkind = \"okta\"\nurl = \"http://{}\"\ntoken_file = \"okta-token\"\n\
         [mail]\nserver = \"{}\"\ntls = \"none\"\nfrom = \"security@acme.example\"\n",
        directory.address, office.address
    ));
    place.write("playbook.toml", PLAYBOOK);
    place.write("okta-token", "00token");
    let staff = format!(
        "key,name,phone,mail\n1,Ana Example,{ANN},ana@acme.example\n2,Bo Example,{BO},bo@acme.example\n"
    );
    let staff = place.write("staff.csv", &staff);
    place.out(&["people", "import", staff.to_str().expect("temporary paths are UTF-8")]);
    place
}

/// Two people get a text and report it; somebody rules it an attack. Which campaign.
fn attack(place: &Place, serving: &Serving) -> String {
    serving.report(LURE, ANN);
    let taken = serving.report(LURE, BO);
    let campaign = serving.show_taken(&taken)["campaign"].as_str().expect("a campaign").to_owned();
    let list = json!({ "phones": [ANN, BO], "at": "2022-07-20T22:49:00Z" });
    let recipients = format!("/api/v1/campaigns/{campaign}/recipients");
    let token = place.out(&["token", "create", "--scope", "logs"]);
    serving.send(&Request::json(&recipients, &list).bearer(token.trim_end())).expect(200);
    let ruling = json!({ "campaign": campaign, "ruling": "malicious" });
    serving.ask(Request::json("/api/v1/rulings", &ruling)).expect(200);
    campaign
}

fn actions(serving: &Serving, what: &str) -> Vec<Value> {
    let all = serving.list("/api/v1/actions");
    all.into_iter().filter(|action| action["what"] == what).collect()
}

/// How the steps at the provider stand, of every action of a kind.
fn outcomes(serving: &Serving, what: &str) -> Vec<Value> {
    let all = actions(serving, what);
    let steps = all.iter().flat_map(|action| action["steps"].as_array().expect("steps"));
    steps.map(|step| step["outcome"].clone()).collect()
}

#[test]
fn what_a_playbook_was_doing_at_a_kill_is_done_or_known_not_to_be_and_no_mail_goes_twice() {
    let (directory, office) = (Other::hanging(okta), Other::hanging(post_office));
    let place = place(&directory, &office);
    let serving = place.serve();
    let campaign = attack(&place, &serving);
    until("all is asked", || {
        actions(&serving, "block").len() == 1 && actions(&serving, "suspend").len() == 2
    });
    for action in [actions(&serving, "block"), actions(&serving, "suspend")].concat() {
        let approve = format!("/api/v1/actions/{}/approve", action["id"].as_str().expect("an id"));
        serving.ask(Request::json(&approve, &json!({}))).expect(200);
    }
    let mail = json!({ "kind": "registrar", "about": NAME, "to": "abuse@registrar.example" });
    let drafts = format!("/api/v1/campaigns/{campaign}/drafts");
    serving.ask(Request::json(&drafts, &mail)).expect(202);
    directory.wait_until_hanging(2);
    office.wait_until_hanging(1);
    serving.kill();

    directory.comes_back();
    office.comes_back();
    let serving = place.serve();
    until("everybody is locked out", || {
        let outcomes = outcomes(&serving, "suspend");
        !outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome != "waiting")
    });
    for who in ["ana", "bo"] {
        let done = directory.shared.lock().done[who].clone();
        let all = ["lifecycle expire_password", "lifecycle suspend", "sessions"];
        assert_eq!(done, all.map(str::to_owned).into(), "{who}");
    }
    for action in serving.list("/api/v1/actions") {
        assert_eq!(action["state"], "approved", "{action}");
    }
    assert!(!outcomes(&serving, "suspend").iter().any(|outcome| *outcome == "failed"));
    assert_eq!(serving.list("/api/v1/blocks")[0]["name"], NAME);
    let mails = serving.list(&format!("/api/v1/campaigns/{campaign}/mails"));
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["state"], "unknown", "whether it went out, nobody knows");
    let waits = serving.list("/api/v1/attention");
    assert!(waits.iter().any(|waits| waits["matter"] == "outcome-unknown"), "{waits:?}");
    // Nor does it go by another way, or with the end of the process.
    serving.ask(Request::json(&drafts, &mail)).expect(409);
    assert!(serving.stop().status.success());
    assert_eq!(office.shared.lock().mails, 1);
}
