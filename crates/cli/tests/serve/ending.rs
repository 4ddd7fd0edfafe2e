//! How it says that it is there, and how it ends.

use rustix::process::Signal;

use crate::house::Place;
use crate::http::Request;

#[test]
fn the_address_is_printed_on_one_line_and_from_then_on_it_ends_well() {
    let place = Place::new();
    for signal in [Signal::TERM, Signal::INT, Signal::TERM] {
        let serving = place.serve();
        assert_eq!(serving.greeting, format!("listening on http://{}\n", serving.address));
        assert!(serving.address.ip().is_loopback() && serving.address.port() != 0);
        serving.report("Acmecorp: tap acmecorp-okta.example to sign in", "+12015550123");
        let ended = serving.end_with(signal);
        assert!(ended.status.success(), "{}: {}", ended.status, ended.log);
        let console = ended.out.strip_prefix("console on http://localhost:");
        let (port, first) = console.and_then(|rest| rest.split_once('\n')).expect(&ended.out);
        assert!(port.parse::<u16>().is_ok_and(|port| port != 0), "{}", ended.out);
        let link = format!("first sign-in: http://localhost:{port}/join/");
        assert!(first.starts_with(&link) && first.lines().count() == 1, "{}", ended.out);
        assert!(ended.log.contains("ended"), "{}", ended.log);
        std::fs::remove_file(place.data("engine.snapshot")).expect("it kept what it knew");
    }
}

#[test]
fn the_address_for_everybody_comes_before_that_for_operators() {
    let place = Place::new()
        .and("\n[console]\nenabled = false\n\n[server]\nadmin_listen = \"127.0.0.1:0\"\n");
    let serving = place.serve();
    serving.send(&Request::get("/metrics")).expect(404);
    serving.send(&Request::get("/readyz")).expect(200);
    let ended = serving.stop();
    let admin = ended.out.strip_prefix("admin on http://127.0.0.1:");
    assert!(admin.is_some_and(|port| port.trim_end().parse::<u16>().is_ok()), "{}", ended.out);
}

#[test]
fn where_no_passkey_works_it_says_what_to_set_and_prints_no_link() {
    let at = |url: &str| {
        let place = Place::new().and(&format!("\n[console]\npublic_url = \"{url}\"\n"));
        place.serve().stop().out
    };
    for (url, expected) in [
        ("https://192.0.2.10:8081", "names only, not for IP addresses: give the console a name"),
        ("https://[2001:db8::1]", "names only, not for IP addresses"),
        ("http://unhook.acme.example", "over TLS only"),
    ] {
        let out = at(url);
        assert!(out.starts_with(&format!("console on {url}\nnobody can sign in there: ")), "{out}");
        assert!(out.contains(expected) && out.contains("`public_url`"), "{out}");
        assert!(!out.contains("first sign-in") && !out.contains("/join/"), "{out}");
    }
    let named = at("https://unhook.acme.example");
    assert!(named.contains("first sign-in: https://unhook.acme.example/join/"), "{named}");
}

#[test]
fn what_was_acknowledged_is_there_after_the_end() {
    let place = Place::new();
    let serving = place.serve();
    let taken = serving.report("Acmecorp: tap acmecorp-okta.example to sign in", "+12015550123");
    assert!(serving.stop().status.success());
    let shown = place.serve().show_taken(&taken);
    assert_eq!(shown["verdict"], taken["verdict"]);
}
