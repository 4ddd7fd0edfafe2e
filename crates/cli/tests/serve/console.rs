//! The console on its own listener, and those who come in from the machine itself.

use std::net::SocketAddr;

use crate::house::{Place, Serving};
use crate::http::{Answer, Request};

/// Where the console is, as the second line says it.
fn console(serving: &mut Serving) -> SocketAddr {
    let line = serving.read_line();
    let port = line.trim_end().strip_prefix("console on http://localhost:").expect(&line);
    let address = format!("127.0.0.1:{port}").parse().expect("a port");
    let place = Request::get("/sign-in").send(address).expect("an answer");
    assert_eq!(place.status, 307, "a number leads to the name");
    address
}

fn get(console: SocketAddr, path: &str) -> Answer {
    let host = format!("localhost:{}", console.port());
    Request::get(path).header("host", &host).send(console).expect("an answer")
}

#[test]
fn the_console_is_apart_and_the_first_link_opens_it() {
    let place = Place::new();
    let mut serving = place.serve();
    let address = console(&mut serving);
    let line = serving.read_line();
    let link = line.trim_end().strip_prefix("first sign-in: ").expect(&line);
    let path = link.split_once(&format!("localhost:{}", address.port())).expect(link).1;
    let page = get(address, path);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("data-passkey=\"create\""), "{page:?}");
    assert_eq!(get(address, "/").status, 303);
    assert_eq!(get(address, "/api/v1/reports").status, 303, "the API is elsewhere");
    serving.send(&Request::get("/sign-in")).expect(404);
    // Accounts are made while it runs.
    let invite = ["console", "invite", "--name", "Ana Example", "--role", "analyst", "--url"];
    let url = format!("http://localhost:{}", address.port());
    let invited = place.out(&[&invite[..], &[&url]].concat());
    let path = invited.trim().strip_prefix(&url).expect(&invited);
    assert!(get(address, path).body.contains("Ana Example"));
    let again = place.out(&["console", "recover", "Ana Example", "--replace", "--url", &url]);
    assert_ne!(again, invited);
    assert_eq!(get(address, path).status, 404, "the newer link counts");
    let listed = place.out(&["console", "list"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].contains("\tadmin\t") && lines[1].contains("\tinvited\t"), "{listed}");
    assert!(lines[1].ends_with("\tAna Example"), "{listed}");
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let place = Place::new();
    place.out(&["token", "create", "--scope", "read"]);
    for (arguments, expected) in [
        (&["console", "recover", "Nobody"][..], "unhook console list"),
        (&["console", "invite", "--name", "", "--role", "viewer"], "in a few words"),
        (&["console", "invite", "--name", "A", "--role", "king"], "viewer, analyst, approver"),
        (&["console", "invite", "--name", "A", "--role", "viewer", "--url", "a"], "no address"),
    ] {
        let run = place.run(arguments);
        assert!(run.status != Some(0) && run.err.contains(expected), "{arguments:?}: {}", run.err);
    }
}
