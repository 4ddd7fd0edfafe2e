//! Devices and browsers that come over TLS, as curl does: a phone that asks by the profile it was given,
//! and the page that warns with a certificate of the organization's.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cut::{Upstream, assert_answers_alone};
use crate::house::{Place, Serving, until};

const HOST: &str = "dns.acme.example";
const TOKEN: &str = "0a1b2c3d4e5f6a7b8c9d0e1f";

/// Keeps a key and a certificate for these names beside the configuration, which vouches for itself.
fn certify(place: &Place, file: &str, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let own = rcgen::generate_simple_self_signed(names).expect("a key");
    place.write(&format!("{file}.pem"), &own.cert.pem());
    place.write(&format!("{file}-key.pem"), &own.signing_key.serialize_pem());
}

/// What curl gets of an address whose host is really there. `None` where there is no curl.
fn curl(place: &Place, authority: &str, at: SocketAddr, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "60", "--noproxy", "*", "--cacert"]);
    command.arg(place.path(authority)).arg("--connect-to").arg(format!("::{at}"));
    command.args(arguments).current_dir(place.path("")).stdin(Stdio::null());
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {said}");
            Some(output.stdout)
        }
        Err(error) => {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "curl: {error}");
            None
        }
    }
}

/// What kdig says of a name that it asks the device's path for, over HTTP/2. `None` where there is no
/// kdig.
fn kdig(place: &Place, at: SocketAddr, name: &str) -> Option<String> {
    let port = at.port().to_string();
    let ca = format!("+tls-ca={}", place.path("server.pem").display());
    let (host, path) = (format!("+tls-hostname={HOST}"), format!("+https=/dns-query/{TOKEN}"));
    let mut command = Command::new("kdig");
    command.args(["@127.0.0.1", "-p", &port, &path, &host, &ca, "+timeout=60", name]);
    match command.stdin(Stdio::null()).output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "kdig: {error}");
            None
        }
    }
}

/// The service over TLS, as curl reaches it.
struct Api<'s> {
    place: &'s Place,
    serving: &'s Serving,
}

impl Api<'_> {
    fn ask(&self, path: &str, arguments: &[&str]) -> Option<String> {
        let bearer = format!("authorization: Bearer {}", self.serving.token);
        let url = format!("https://{HOST}{path}");
        let all = [&["--fail-with-body", "-H", &bearer, &url][..], arguments].concat();
        let said = curl(self.place, "server.pem", self.serving.address, &all)?;
        Some(String::from_utf8(said).expect("it is a text"))
    }

    fn show(&self, path: &str) -> Value {
        let said = self.ask(path, &[]).expect("curl was there");
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Which version of HTTP curl spoke, when it wanted each of the two.
    fn versions(&self, url: &str) -> [String; 2] {
        ["--http1.1", "--http2"].map(|version| {
            let all = [version, "-o", "refused", "-w", "%{http_version}", url];
            let said = curl(self.place, "server.pem", self.serving.address, &all);
            String::from_utf8(said.expect("curl was there")).expect("it is a text")
        })
    }

    /// What the answer to a question is, and how many addresses it has (RFC 1035, section 4.1.1).
    fn look_up(&self, url: &str, name: &str) -> (u8, u8) {
        let mut asked = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            asked.push(u8::try_from(label.len()).expect("it is short"));
            asked.extend(label.as_bytes());
        }
        asked.extend([0, 0, 1, 0, 1]);
        std::fs::write(self.place.path("asked"), asked).expect("there is room");
        let kind = "content-type: application/dns-message";
        let all = ["--fail", "-H", kind, "--data-binary", "@asked", url];
        let answer = curl(self.place, "server.pem", self.serving.address, &all);
        let answer = answer.expect("curl was there");
        (answer[3] & 15, answer[7])
    }
}

/// The address that a profile has a device ask at.
fn address_in(profile: &str) -> String {
    let after = profile.split("<key>ServerURL</key>").nth(1).expect(profile);
    let text = after.split("<string>").nth(1).and_then(|rest| rest.split("</string>").next());
    text.expect(profile).to_owned()
}

#[test]
fn a_device_asks_as_its_profile_says_and_is_counted_as_itself() {
    let upstream = Upstream::new();
    let place = Place::new().and(&format!(
        "[server]\ntls_certificate_file = \"server.pem\"\ntls_private_key_file = \"server-key.pem\"\n\
         [dns]\nlisten = \"127.0.0.1:0\"\nupstreams = [\"{}\"]\n\
         devices_file = \"devices\"\ndevice_host = \"{HOST}\"\n",
        upstream.address
    ));
    certify(&place, "server", &[HOST]);
    place.write("devices", &format!("{TOKEN} Ana's phone\n{} Bo's phone\n", "b".repeat(20)));
    let serving = place.serve();
    let api = Api { place: &place, serving: &serving };
    let Some(profile) = api.ask("/api/v1/devices/Ana%27s%20phone/profile?kind=ios", &[]) else {
        return;
    };
    let url = address_in(&profile);
    let printed = ["dns", "profile", "--device", "Ana's phone", "--host", HOST, "--kind", "ios"];
    let printed = Command::new(env!("CARGO_BIN_EXE_unhook"))
        .args(printed)
        .current_dir(place.path(""))
        .output()
        .expect("the program runs");
    assert_eq!(
        address_in(&String::from_utf8_lossy(&printed.stdout)),
        url,
        "both ways say the same"
    );

    let resolver = || api.show("/api/v1/coverage")["resolver"].clone();
    assert_eq!((&resolver()["devices"], &resolver()["devices_asked"]), (&2.into(), &0.into()));
    let block = r#"{"name": "acmecorp-okta.example", "reason": "imitates our sign-in"}"#;
    api.ask("/api/v1/blocks", &["-H", "content-type: application/json", "-d", block]);
    assert_eq!(api.look_up(&url, "www.acmecorp.example"), (0, 1));
    assert_eq!(api.look_up(&url, "www.acmecorp-okta.example"), (3, 0), "it is not found");
    until("it is counted", || resolver()["devices_asked"] == 1);
    assert_eq!(resolver()["addresses_asked"], 0, "it is the device, and no address");
    assert_eq!(api.versions(&url), ["1.1", "2"]);
    if let Some(said) = kdig(&place, serving.address, "www.acmecorp.example") {
        let says = |expected: &str| assert!(said.contains(expected), "{expected}:\n{said}");
        ["HTTP/2-POST", HOST, "status: NOERROR", "192.0.2.1"].into_iter().for_each(says);
    }
    until("the look-up counts", || {
        let blocked = api.show("/api/v1/blocks")["items"][0].clone();
        (&blocked["hits"], &blocked["clients"]) == (&1.into(), &1.into())
    });
    // Whoever guesses is told nothing.
    let other = url.replace(TOKEN, &"c".repeat(24));
    let all = ["-o", "refused", "-w", "%{http_code}", &other];
    assert_eq!(curl(&place, "server.pem", serving.address, &all).expect("curl was there"), b"404");
}

fn warning(upstream: &Upstream, certificate: &str) -> Place {
    let place = Place::new().and(&format!(
        "[dns]\nlisten = \"127.0.0.1:0\"\nupstreams = [\"{}\"]\n\
         [dns.warning]\naddresses = [\"192.0.2.10\"]\nlisten = \"127.0.0.1:0\"\n\
         listen_tls = \"127.0.0.1:0\"\ntls_certificate_file = \"{certificate}\"\n\
         tls_private_key_file = \"page-key.pem\"\n",
        upstream.address
    ));
    certify(&place, "page", &["*.acmecorp-okta.example"]);
    place
}

#[test]
fn the_page_that_warns_comes_over_tls_with_a_certificate_of_the_organizations() {
    let upstream = Upstream::new();
    let place = warning(&upstream, "page.pem");
    let mut serving = place.serve();
    let address = (0..3).find_map(|_| {
        let line = serving.read_line();
        line.trim_end().strip_prefix("warning over TLS on ").map(str::to_owned)
    });
    let address: SocketAddr = address.expect("it says where").parse().expect("an address");
    let block = serde_json::json!({ "name": "acmecorp-okta.example", "reason": "a lure" });
    serving.ask(crate::http::Request::json("/api/v1/blocks", &block)).expect(201);
    let url = "https://www.acmecorp-okta.example/?user=ana";
    for version in ["--http2", "--http1.1"] {
        let all = [version, "-H", "accept: text/html", "-w", "\n%{http_code}", url];
        let Some(page) = curl(&place, "page.pem", address, &all) else { return };
        let page = String::from_utf8(page).expect("it is a text");
        assert!(page.ends_with("\n403") && page.contains("acmecorp-okta[.]example"), "{page}");
        assert!(!page.contains("user=ana"), "{page}");
    }
}

#[test]
fn a_certificate_that_is_none_is_said_to_be_and_where() {
    let upstream = Upstream::new();
    for (file, says) in [
        ("missing.pem", "missing.pem"),
        ("unhook.toml", "unhook.toml"),
        // Another's key.
        ("other.pem", "other.pem"),
    ] {
        let place = warning(&upstream, file).and("[server]\nadmin_listen = \"127.0.0.1:0\"\n");
        certify(&place, "other", &["other.example"]);
        assert_answers_alone(&place, "dns.warning");
        assert_answers_alone(&place, says);
        let looked = place.run(&["doctor", "--org", "unhook.toml"]).out;
        assert!(looked.contains("WRONG  warning page: [dns.warning] cannot use"), "{looked}");
    }
}
