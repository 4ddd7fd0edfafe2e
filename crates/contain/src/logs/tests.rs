//! Each reader with lines as the program's documentation has them.

use super::*;
use unhook_app::identity::SignInOutcome;
use unhook_app::ledger::{Holder, Lease};

/// 2022-07-20T22:49:00Z.
const NOON: i64 = 1_658_357_340_000;

fn readers() -> Readers {
    let zone = Some("UTC".parse().unwrap());
    Readers::new(LogSettings { zone, ..LogSettings::default() })
}

fn read(kind: LogKind, text: &str) -> ReadLog {
    let now = Timestamp::from_unix_ms(NOON + 5_000);
    readers().read(kind, text.as_bytes(), now).unwrap()
}

/// Reads a line that is a look-up of the lure by 192.0.2.1 at that moment, and none else.
#[track_caller]
fn check(kind: LogKind, line: &str) {
    let log = read(kind, line);
    assert_eq!(log.problems, []);
    let [Observed::Touched(touch)] = &*log.observed else { panic!("{line}: {log:?}") };
    let by = By::Client(Client::Address([192, 0, 2, 1].into()));
    assert_eq!((&*touch.name, &touch.by), ("acme-okta.example", &by), "{line}");
    assert_eq!(touch.at.unix_ms().div_euclid(1_000) * 1_000, NOON, "{line}");
}

/// Reads a line that is of no concern.
#[track_caller]
fn passes_over(kind: LogKind, line: &str) {
    let log = read(kind, line);
    assert_eq!((log.read, log.passed_over, log.unread), (0, 1, 0), "{line}: {log:?}");
}

/// Reads a line that cannot be read.
#[track_caller]
fn refuses(kind: LogKind, line: &str, expected: &str) {
    let log = read(kind, line);
    assert_eq!((log.read, log.unread), (0, 1), "{line}");
    assert!(log.problems[0].1.contains(expected), "{line}: {:?}", log.problems);
}

#[test]
fn unbound_is_read() {
    let kind = LogKind::Unbound;
    for line in [
        "[1658357340] unbound[7:0] info: 192.0.2.1 acme-okta.example. A IN",
        "[1658357340] unbound[7:0] info: query: 192.0.2.1 Acme-OKTA.example. HTTPS IN",
        "[1658357340] unbound[7:0] info: reply: 192.0.2.1 acme-okta.example. A IN NOERROR 0.0 0 51",
        "Jul 20 22:49:00 unbound[7:0] info: 192.0.2.1 acme-okta.example. AAAA IN",
        "Jul 20 22:49:00 resolver unbound: [7:0] info: 192.0.2.1 acme-okta.example. A IN",
        "2022-07-20T22:49:00.120+00:00 unbound[7:0] info: 192.0.2.1 acme-okta.example. A IN",
        "[1658357340] unbound[7:0] info: ::ffff:192.0.2.1 acme-okta.example. A IN",
    ] {
        check(kind, line);
    }
    passes_over(kind, "[1658357340] unbound[7:0] info: 192.0.2.1 acme-okta.example. MX IN");
    passes_over(kind, "[1658357340] unbound[7:0] notice: init module 0: validator");
    passes_over(kind, "[1658357340] unbound[7:0] info: start of service (unbound 1.22.0).");
    refuses(kind, "[x] unbound[7:0] info: 192.0.2.1 acme-okta.example. A IN", "no time");
    refuses(kind, "[1] unbound[7:0] info: client acme-okta.example. A IN", "no address");
}

#[test]
fn bind_is_read() {
    let kind = LogKind::Bind;
    let said = "client @0x7f00 192.0.2.1#5353 (acme-okta.example): query: acme-okta.example IN A \
                +E(0)K (192.0.2.53)";
    for head in [
        "20-Jul-2022 22:49:00.123 queries: info: ",
        "20-Jul-2022 22:49:00.123 ",
        "2022-07-20T22:49:00.123Z queries: info: ",
        "2022-07-20T22:49:00.123 queries: info: ",
        "Jul 20 22:49:00 resolver named[7]: ",
    ] {
        check(kind, &format!("{head}{said}"));
    }
    check(
        kind,
        "20-Jul-2022 22:49:00.123 queries: info: client 192.0.2.1#5353 (acme-okta.example): \
         view internal: query: acme-okta.example IN AAAA + (192.0.2.53)",
    );
    passes_over(kind, "20-Jul-2022 22:49:00.123 general: info: managed-keys-zone: loaded");
    refuses(kind, &said.replace("192.0.2.1#5353", "somebody"), "no address");
    refuses(kind, &format!("32-Jul-2022 22:49:00.123 {said}"), "no time");
}

#[test]
fn coredns_is_read_with_a_time_before_it() {
    let kind = LogKind::Coredns;
    let said = "[INFO] 192.0.2.1:50759 - 29008 \"A IN acme-okta.example. udp 41 false 4096\" \
                NOERROR qr,rd,ra,ad 68 0.037990251s";
    check(kind, &format!("2022-07-20T22:49:00.123456789Z {said}"));
    check(kind, &format!("Jul 20 22:49:00 node coredns[7]: {said}"));
    refuses(kind, said, "kubectl logs --timestamps");
    passes_over(kind, "[INFO] plugin/reload: Running configuration SHA512 = 0a1b");
}

#[test]
fn zeek_is_read_in_both_forms() {
    let kind = LogKind::Zeek;
    let values = "1658357340.120000\tCx\t192.0.2.1\t5353\t192.0.2.53\t53\tudp\t7\t-\t\
                  acme-okta.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR";
    check(kind, values);
    check(
        kind,
        "{\"ts\":1658357340.12,\"uid\":\"Cx\",\"id.orig_h\":\"192.0.2.1\",\"query\":\
         \"acme-okta.example\",\"qtype_name\":\"A\"}",
    );
    check(
        kind,
        "{\"ts\":\"2022-07-20T22:49:00.120000Z\",\"id.orig_h\":\"192.0.2.1\",\"query\":\
         \"acme-okta.example\",\"qtype_name\":\"AAAA\"}",
    );
    let other = "#separator \\x09\n#path\tdns\n#fields\tts\tquery\tid.orig_h\tqtype_name\n\
                 1658357340.12\tacme-okta.example\t192.0.2.1\tA\n#close\t2022";
    let log = read(kind, other);
    assert_eq!((log.read, log.passed_over, log.unread), (1, 4, 0), "{log:?}");
    let conn = "#path\tconn\n#fields\tts\tuid\n1658357340.12\tCx";
    assert_eq!(read(kind, conn).passed_over, 3);
    refuses(kind, "1658357340.12\tCx", "2 columns, where 14 are expected");
    refuses(kind, "#path\tdns\n#fields\tts\tuid", "the head has no");
}

#[test]
fn json_is_read_by_its_mapping() {
    let default =
        r#"{"time":"2022-07-20T22:49:00Z","name":"acme-okta.example","client":"192.0.2.1"}"#;
    check(LogKind::Json, default);
    let touches = TouchMapping {
        time: "event.at".to_owned(),
        name: "url".to_owned(),
        account: "user.mail".to_owned(),
        ..TouchMapping::default()
    };
    let readers = Readers::new(LogSettings { touches, ..LogSettings::default() });
    let line = r#"{"event":{"at":1658357340120},"url":"https://u@Acme-Okta.example:8443/a?b=c",
        "user":{"mail":"Ann@acme.example"}}"#
        .replace('\n', "");
    let log = readers.read(LogKind::Json, line.as_bytes(), Timestamp::from_unix_ms(0)).unwrap();
    let [Observed::Touched(touch)] = &*log.observed else { panic!("{log:?}") };
    assert_eq!(touch.by, By::Account("ann@acme.example".into()));
    assert_eq!((&*touch.name, touch.via), ("acme-okta.example", Via::Proxy));
    refuses(LogKind::Json, "{", "no JSON");
    refuses(LogKind::Json, r#"{"time":1,"name":"a.example"}"#, "no client and no account");
    passes_over(LogKind::Json, "[]");
}

#[test]
fn a_time_without_a_zone_needs_a_setting() {
    let line = "20-Jul-2022 22:49:00.123 client 192.0.2.1#5 (a): query: a.example IN A + (::1)";
    let log = Readers::default().read(LogKind::Bind, line.as_bytes(), Timestamp::from_unix_ms(0));
    assert!(log.unwrap().problems[0].1.contains("`zone`"));
    for (zone, earlier) in [("+02:00", 2), ("-05:30", -6), ("Europe/Berlin", 2), ("UTC", 0)] {
        let settings = LogSettings { zone: Some(zone.parse().unwrap()), ..LogSettings::default() };
        let now = Timestamp::from_unix_ms(0);
        let log = Readers::new(settings).read(LogKind::Bind, line.as_bytes(), now).unwrap();
        let [Observed::Touched(touch)] = &*log.observed else { panic!("{zone}: {log:?}") };
        let hours = (NOON + 123 - touch.at.unix_ms()).div_euclid(3_600_000);
        assert_eq!(hours, earlier, "{zone}");
    }
    for zone in ["", "Mars", "+2", "+99:00", "+01:61"] {
        assert!(zone.parse::<Zone>().is_err(), "{zone}");
    }
}

#[test]
fn a_day_without_a_year_is_the_last_such_day() {
    let line = "Dec 31 23:59:00 unbound[7:0] info: 192.0.2.1 a.example. A IN";
    let log = read(LogKind::Unbound, line);
    let [Observed::Touched(touch)] = &*log.observed else { panic!("{log:?}") };
    assert!(touch.at.unix_ms() < NOON, "it was last year's");
}

#[test]
fn sign_ins_are_read_as_lines_lists_and_pages() {
    let entra = |code: i64| {
        format!(
            r#"{{"id":"1","userPrincipalName":"ann@acme.example","createdDateTime":"2022-07-20T22:49:00Z","status":{{"errorCode":{code}}}}}"#
        )
    };
    let page = format!("{{\"value\":[{},{}]}}", entra(0), entra(50_126));
    let lines = format!("{}\n\n{}\n{{}}", entra(0), entra(50_126));
    for (text, unread) in [(page, 0), (lines, 1), (format!("[{},{}]", entra(0), entra(50_126)), 0)]
    {
        let log = read(LogKind::Entra, &text);
        assert_eq!((log.read, log.unread), (2, unread), "{text}: {log:?}");
        let outcomes = log.observed.iter().map(|observed| match observed {
            Observed::SignedIn(sign_in) => sign_in.outcome,
            other => panic!("{other:?}"),
        });
        assert_eq!(
            outcomes.collect::<Vec<_>>(),
            [SignInOutcome::Success, SignInOutcome::WrongPassword]
        );
    }
    let okta = r#"{"uuid":"1","eventType":"policy.rule.update"}"#;
    passes_over(LogKind::Okta, okta);
}

#[track_caller]
fn lease(kind: LogKind, text: &str) -> Lease {
    let log = read(kind, text);
    assert_eq!(log.problems, []);
    match log.observed.into_iter().next() {
        Some(Observed::Leased(lease)) => lease,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn leases_of_both_servers_are_read() {
    let kea = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,\
               state,user_context,pool_id\n\
               192.0.2.1,02:00:00:00:00:0A,,3600,1658360940,1,0,0,laptop,0,,0";
    let isc = "# The format of this file is documented in the dhcpd.leases(5) manual page.\n\
               lease 192.0.2.1 {\n  starts 3 2022/07/20 22:49:00;\n  ends 3 2022/07/20 23:49:00;\n  \
               binding state active;\n  hardware ethernet 02:00:00:00:00:0a;\n  \
               client-hostname \"laptop\";\n}";
    for text in [kea, isc] {
        let lease = lease(LogKind::Dhcp, text);
        assert_eq!(lease.holder, Holder::Device("02:00:00:00:00:0a".into()));
        assert_eq!(lease.from.unix_ms(), NOON);
        assert_eq!(lease.until.map(Timestamp::unix_ms), Some(NOON + 3_600_000));
    }
    passes_over(LogKind::Dhcp, "192.0.2.1,02:00:00:00:00:0a,,3600,1658360940,1,0,0,laptop,1,,0");
    refuses(LogKind::Dhcp, "192.0.2.1,02:00:00:00:00:0a,,an hour,1,1,0,0,laptop,0", "no time");
}

#[test]
fn those_who_know_people_are_read() {
    let radius = lease(
        LogKind::Radius,
        r#"{"User-Name":"Ann","Framed-IP-Address":"192.0.2.1","Acct-Status-Type":"Stop","Acct-Session-Id":"7","Acct-Session-Time":60,"Event-Timestamp":"2022-07-20T22:49:00Z"}"#,
    );
    assert_eq!(radius.holder, Holder::Account("ann".into()));
    assert_eq!(radius.from.unix_ms(), NOON - 60_000);
    assert_eq!(radius.until.map(Timestamp::unix_ms), Some(NOON));
    let begun = lease(
        LogKind::Radius,
        r#"{"User-Name":{"type":"string","value":["ann"]},"Framed-IP-Address":{"value":["192.0.2.1"]},"Acct-Status-Type":{"value":["Start"]},"Acct-Session-Id":{"value":["7"]},"Event-Timestamp":{"value":[1658357280]}}"#,
    );
    assert_eq!((begun.key, begun.until), (radius.key, None));
    passes_over(LogKind::Radius, r#"{"Acct-Status-Type":"Accounting-On"}"#);
    let vpn = lease(
        LogKind::Vpn,
        r#"{"account":"ann@acme.example","address":"192.0.2.1","from":1658357340}"#,
    );
    assert_eq!((vpn.from.unix_ms(), vpn.until), (NOON, None));
    refuses(LogKind::Vpn, r#"{"account":"ann","from":1}"#, "no `address`");
    let log = read(
        LogKind::Mdm,
        r#"{"account":"ann@acme.example","devices":["02:00:00:00:00:0A","laptop"],"from":0}"#,
    );
    assert_eq!((log.read, log.observed.len()), (1, 2));
}

#[test]
fn what_cannot_be_read_is_counted_and_the_first_shown() {
    let good = "[1658357340] unbound[7:0] info: 192.0.2.1 acme-okta.example. A IN";
    let bad = "[1658357340] unbound[7:0] info: nobody acme-okta.example. A IN";
    let text = format!("{good}\n\n{}{good}\r\n", format!("{bad}\n").repeat(40));
    let log = read(LogKind::Unbound, &text);
    assert_eq!((log.read, log.unread, log.problems.len()), (2, 40, MOST_PROBLEMS));
    assert_eq!(log.problems[0], (3, "no address of a client".to_owned()));
    let huge = "x".repeat(LONGEST_LINE + 1);
    refuses(LogKind::Unbound, &huge, "longer than");
    let log = readers().read(LogKind::Bind, b"\xff\xfe", Timestamp::from_unix_ms(0)).unwrap();
    assert_eq!(log.problems, [(1, "not UTF-8".to_owned())]);
}

#[test]
fn a_lookup_of_more_than_a_name_is_none() {
    let long = format!("[1] unbound[7:0] info: 192.0.2.1 {}. A IN", "a".repeat(254));
    refuses(LogKind::Unbound, &long, "no name");
    refuses(LogKind::Unbound, "[1] unbound[7:0] info: 192.0.2.1 ä.example. A IN", "no name");
}
