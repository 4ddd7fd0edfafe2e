//! Requests, and what becomes of them before anybody is asked.

use domain::base::iana::{Class, OptRcode, Rcode};
use domain::base::{MessageBuilder, Name, ParsedName, Question};
use domain::rdata::{A, Aaaa, Soa};

use super::*;

fn refused(bytes: &[u8], expected: Rcode) {
    let (step, out) = step(bytes, Denial::default());
    assert!(matches!(step, Step::Refused), "{step:?}");
    let answer = message(&out);
    assert_eq!(answer.header().rcode(), expected);
    assert!(answer.header().qr());
    assert_eq!(answer.header().id(), message(bytes).header().id());
}

fn dropped(bytes: &[u8], expected: Dropped) {
    let (step, out) = step(bytes, Denial::default());
    assert!(matches!(step, Step::Drop(why) if why == expected), "{step:?}");
    assert!(out.is_empty(), "nothing is said");
}

#[test]
fn a_blocked_name_does_not_exist_and_all_below_it() {
    for name in ["blocked.test", "wWw.BLOCKED.test", "a.b.blocked.test"] {
        for rtype in [Rtype::A, Rtype::AAAA, Rtype::HTTPS, Rtype::TXT, Rtype::ANY] {
            let asked = ask(name, rtype);
            let (step, out) = step(&asked, Denial::default());
            assert!(matches!(step, Step::Denied { is_held: false, .. }), "{name}: {step:?}");
            let answer = message(&out);
            assert_eq!(answer.header().rcode(), Rcode::NXDOMAIN);
            assert!(answer.is_answer(&message(&asked)), "the question is the one that was put");
            assert_eq!(out[12..12 + name.len() + 6], asked[12..12 + name.len() + 6], "capitals");
            let soa = answer.authority().unwrap().next().unwrap().unwrap();
            assert_eq!(soa.owner().to_string().to_lowercase(), "blocked.test");
            let soa = soa.to_record::<Soa<ParsedName<_>>>().unwrap().unwrap();
            assert_eq!(soa.ttl().as_secs(), BLOCKED_TTL);
            assert_eq!(soa.data().minimum().as_secs(), BLOCKED_TTL);
            let (code, text) = extended(&out).unwrap();
            assert_eq!(code, ExtendedErrorCode::BLOCKED);
            assert!(text.contains("phishing"), "{text}");
        }
    }
}

#[test]
fn what_is_said_of_a_blocked_name_can_be_chosen() {
    for (denied_as, code) in [
        (DeniedAs::Blocked, ExtendedErrorCode::BLOCKED),
        (DeniedAs::Censored, ExtendedErrorCode::CENSORED),
        (DeniedAs::Filtered, ExtendedErrorCode::FILTERED),
    ] {
        let denial = Denial { denied_as, page: None };
        let (_, out) = step(&ask("blocked.test", Rtype::A), denial);
        assert_eq!(extended(&out).unwrap().0, code);
    }
    let (step, out) = step(&ask("www.held.test", Rtype::A), Denial::default());
    assert!(matches!(step, Step::Denied { is_held: true, .. }));
    assert!(extended(&out).unwrap().1.contains("held back"));
}

#[test]
fn who_speaks_no_edns_hears_none() {
    let asked = query(7, "blocked.test", Rtype::A, None).unwrap();
    let (_, out) = step(&asked, Denial::default());
    assert_eq!(message(&out).header_counts().arcount(), 0);
    assert_eq!(message(&out).header().rcode(), Rcode::NXDOMAIN);
}

#[test]
fn a_page_that_warns_has_addresses_and_nothing_else() {
    let page = Page { v4: Some([192, 0, 2, 7].into()), v6: None };
    let denial = Denial { page: Some(page), ..Denial::default() };
    let (_, out) = step(&ask("www.blocked.test", Rtype::A), denial);
    let answer = message(&out);
    let record = first(&answer);
    let record = record.to_record::<A>().unwrap().unwrap();
    assert_eq!(record.owner().to_string(), "www.blocked.test");
    assert_eq!((record.data().addr(), record.ttl().as_secs()), (page.v4.unwrap(), BLOCKED_TTL));
    for rtype in [Rtype::AAAA, Rtype::TXT, Rtype::HTTPS] {
        let (_, out) = step(&ask("blocked.test", rtype), denial);
        let answer = message(&out);
        assert_eq!(answer.header().rcode(), Rcode::NOERROR, "{rtype}");
        assert_eq!(answer.header_counts().ancount(), 0, "{rtype}");
        assert_eq!(answer.header_counts().nscount(), 1, "{rtype}");
    }
    let page = Page { v4: None, v6: Some("2001:db8::7".parse().unwrap()) };
    let denial = Denial { page: Some(page), ..Denial::default() };
    let (_, out) = step(&ask("blocked.test", Rtype::AAAA), denial);
    let answer = message(&out);
    let record = first(&answer);
    let record = record.to_record::<Aaaa>().unwrap().unwrap();
    assert_eq!(Some(record.data().addr()), page.v6);
}

#[test]
fn what_is_no_query_gets_no_answer() {
    dropped(&[], Dropped::Malformed);
    dropped(&[0; 11], Dropped::Malformed);
    let mut answer = ask("blocked.test", Rtype::A);
    answer[2] |= 0x80;
    dropped(&answer, Dropped::Answer);
}

#[test]
fn what_nobody_needs_is_refused() {
    let with = |change: fn(&mut Vec<u8>)| {
        let mut bytes = ask("www.other.test", Rtype::A);
        change(&mut bytes);
        bytes
    };
    refused(&with(|bytes| bytes[2] |= 5 << 3), Rcode::NOTIMP);
    refused(&with(|bytes| bytes[5] = 0), Rcode::FORMERR);
    refused(&with(|bytes| bytes[5] = 2), Rcode::FORMERR);
    refused(&with(|bytes| bytes[7] = 1), Rcode::FORMERR);
    refused(&with(|bytes| bytes[9] = 1), Rcode::FORMERR);
    refused(&with(|bytes| bytes[11] = 2), Rcode::FORMERR);
    refused(&with(|bytes| bytes[10] = 0xff), Rcode::FORMERR);
    refused(&with(|bytes| bytes.truncate(20)), Rcode::FORMERR);
    refused(&with(|bytes| bytes[12] = 64), Rcode::FORMERR);
    refused(&ask("other.test", Rtype::AXFR), Rcode::REFUSED);
    refused(&ask("other.test", Rtype::IXFR), Rcode::REFUSED);
    let mut builder = MessageBuilder::new_vec().question();
    builder.push(Question::new(Name::<Vec<u8>>::root_vec(), Rtype::TXT, Class::CH)).unwrap();
    refused(&builder.finish(), Rcode::REFUSED);
}

#[test]
fn names_that_lead_in_circles_are_refused() {
    for pointer in [[0xc0, 12], [0xc0, 14], [0xc0, 0], [0xff, 0xff]] {
        let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend_from_slice(&pointer);
        bytes.extend_from_slice(&[0, 1, 0, 1]);
        refused(&bytes, Rcode::FORMERR);
        let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a'];
        bytes.extend_from_slice(&pointer);
        bytes.extend_from_slice(&[0, 1, 0, 1]);
        refused(&bytes, Rcode::FORMERR);
    }
}

#[test]
fn a_version_of_edns_that_nobody_knows_is_said_to_be_unknown() {
    let mut bytes = ask("www.other.test", Rtype::A);
    let version = bytes.len() - 5;
    bytes[version] = 1;
    let (step, out) = step(&bytes, Denial::default());
    assert!(matches!(step, Step::Refused));
    assert_eq!(message(&out).opt_rcode(), OptRcode::BADVERS);
}

#[test]
fn everything_is_answered_with_little() {
    let (step, out) = step(&ask("www.other.test", Rtype::ANY), Denial::default());
    assert!(matches!(step, Step::Answered));
    let answer = message(&out);
    assert_eq!(first(&answer).rtype(), Rtype::HINFO);
    assert!(out.len() < 80);
}

#[test]
fn a_dot_within_a_label_divides_nothing() {
    let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(b"\x0cblocked.test\x05other\0\0\x01\0\x01");
    let (step, _) = step(&bytes, Denial::default());
    let Step::Ask(request) = step else { panic!("{step:?}") };
    assert_eq!(request.name.text(), "blocked\\046test.other");
    assert_eq!(request.name.wire_from(17), b"\x05other\0");
}

#[test]
fn a_policy_that_fails_lets_everything_pass_and_says_so() {
    let mut lost = false;
    let bytes = ask("panic.test", Rtype::A);
    let heard = |ruling: &Ruling| lost = *ruling == Ruling::Lost;
    let step = consider(&bytes, &TestGate::default(), Denial::default(), heard, &mut Vec::new());
    assert!(matches!(step, Step::Ask(_)));
    assert!(lost);
}

#[test]
fn a_datagram_is_as_large_as_its_reader_says_within_bounds() {
    for (said, expected) in [(None, 512), (Some(0), 512), (Some(900), 900), (Some(4_096), 1_232)] {
        let edns = said.map(|datagram| Edns { datagram, wants_dnssec: false });
        let bytes = query(7, "a.test", Rtype::A, edns).unwrap();
        assert_eq!(Request::read(&bytes).unwrap().datagram(), expected);
    }
}
