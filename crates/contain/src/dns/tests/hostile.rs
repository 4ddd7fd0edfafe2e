//! Upstreams that are dead, slow, old, lying, or somebody else.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::base::iana::Rcode;
use domain::base::opt::exterr::ExtendedError;
use domain::base::{Name, Serial, Ttl};
use domain::rdata::{A, Soa};

use super::upstream::{TestUpstream, Via, address, alias, asked_name, asked_type, reply};
use super::*;

/// A name with so many letters that it never comes in lower case by chance.
const LONG: &str = "www.a-name-with-very-many-letters-in-it.other.test";

fn rcode(answer: &[u8]) -> Rcode {
    message(answer).header().rcode()
}

fn addresses(answer: &[u8]) -> Vec<String> {
    let message = message(answer);
    let answer = message.answer().unwrap().limit_to::<A>();
    answer.map(|record| record.unwrap().data().to_string()).collect()
}

fn strange(bare: &Bare) -> u64 {
    bare.core.status().upstreams.iter().map(|upstream| upstream.strange).sum()
}

#[tokio::test]
async fn an_answer_with_another_id_or_question_is_none() {
    let upstream = TestUpstream::new(|asked, _| {
        let mut forged = reply(asked, Rcode::NOERROR);
        forged.header_mut().set_id(!asked.header().id());
        forged.push((asked_name(asked), Ttl::HOUR, A::from_octets(203, 0, 113, 66))).unwrap();
        let other = query(asked.header().id(), "www.bank.test", Rtype::A, None).unwrap();
        let other = address(&message(&other), 3_600).finish();
        vec![forged.finish(), other, b"nonsense".to_vec(), address(asked, 60).finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let answer = bare.answer(&ask(LONG, Rtype::A)).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"]);
    assert_eq!(strange(&bare), 3);
}

#[tokio::test]
async fn an_answer_from_another_port_is_not_even_read() {
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let upstream = TestUpstream::new(move |asked, via| {
        let Via::Datagram(peer) = via else { return Vec::new() };
        let mut forged = reply(asked, Rcode::NOERROR);
        forged.push((asked_name(asked), Ttl::HOUR, A::from_octets(203, 0, 113, 66))).unwrap();
        stranger.send_to(&forged.finish(), peer).unwrap();
        vec![address(asked, 60).finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let answer = bare.answer(&ask(LONG, Rtype::A)).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"]);
    assert_eq!(strange(&bare), 0);
}

#[tokio::test]
async fn questions_go_out_with_capitals_and_from_ports_and_with_ids_that_differ() {
    let seen: Arc<Mutex<Vec<_>>> = Arc::default();
    let put = Arc::clone(&seen);
    let upstream = TestUpstream::new(move |asked, via| {
        let Via::Datagram(peer) = via else { panic!("by TCP") };
        let said = (peer.port(), asked.header().id(), asked_name(asked).to_string());
        put.lock().unwrap().push(said);
        vec![address(asked, 0).finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    for _ in 0..20 {
        assert_eq!(addresses(&bare.answer(&ask(LONG, Rtype::A)).await), ["192.0.2.1"]);
    }
    let seen = seen.lock().unwrap();
    let distinct = |mut values: Vec<String>| {
        values.sort();
        values.dedup();
        values.len()
    };
    assert!(distinct(seen.iter().map(|(port, _, _)| port.to_string()).collect()) > 10);
    assert!(distinct(seen.iter().map(|(_, id, _)| id.to_string()).collect()) > 10);
    assert_eq!(distinct(seen.iter().map(|(_, _, name)| name.clone()).collect()), 20);
}

#[tokio::test]
async fn a_name_that_lost_its_capitals_is_asked_for_by_tcp() {
    let upstream = TestUpstream::new(|asked, via| match via {
        Via::Stream => vec![address(asked, 60).finish()],
        Via::Datagram(_) => {
            let mut answer = address(asked, 60).finish();
            answer[12..].make_ascii_lowercase();
            vec![answer]
        }
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let answer = bare.answer(&ask(LONG, Rtype::A)).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"]);
    assert_eq!((upstream.asked(), strange(&bare)), ((1, 1), 1));
}

#[tokio::test]
async fn whoever_guesses_makes_it_ask_by_tcp() {
    let upstream = TestUpstream::new(|asked, via| match via {
        Via::Stream => vec![address(asked, 60).finish()],
        Via::Datagram(_) => {
            let guess = |id: u16| {
                let mut forged = address(asked, 60);
                forged.header_mut().set_id(asked.header().id().wrapping_add(id));
                forged.finish()
            };
            (1..100).map(guess).collect()
        }
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let answer = bare.answer(&ask(LONG, Rtype::A)).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"]);
    assert_eq!(upstream.asked(), (1, 1));
}

#[tokio::test]
async fn what_does_not_fit_is_asked_for_by_tcp_over_one_connection() {
    let upstream = TestUpstream::new(|asked, via| {
        let mut answer = reply(asked, Rcode::NOERROR);
        if via == Via::Stream {
            for n in 0..100 {
                let a = A::from_octets(192, 0, 2, n);
                answer.push((asked_name(asked), Ttl::from_secs(60), a)).unwrap();
            }
        } else {
            answer.header_mut().set_tc(true);
        }
        vec![answer.finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    for name in ["one.other.test", "two.other.test"] {
        let answer = bare.answer(&ask(name, Rtype::A)).await;
        assert!(message(&answer).header().tc(), "too large for a datagram to the client, too");
    }
    assert_eq!(upstream.asked(), (2, 2));
    assert_eq!(bare.core.status().truncated, 2);
}

#[tokio::test]
async fn a_name_that_leads_to_a_blocked_one_does_not_resolve() {
    let upstream = TestUpstream::new(|asked, _| {
        let mut answer = alias(asked, &["harmless.test", "cdn.blocked.test"]);
        let a = A::from_octets(192, 0, 2, 1);
        answer.push(("cdn.blocked.test".parse::<Name<Vec<u8>>>().unwrap(), Ttl::HOUR, a)).unwrap();
        vec![answer.finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    for from_cache in [0, 1] {
        let answer = bare.answer(&ask(LONG, Rtype::A)).await;
        assert_eq!(rcode(&answer), Rcode::NXDOMAIN);
        assert_eq!(extended(&answer).unwrap().0, ExtendedErrorCode::BLOCKED);
        let heard = bare.heard();
        assert_eq!(heard.len(), 1);
        assert_eq!((&*heard[0].name, heard[0].was_blocked), ("cdn.blocked.test", true));
        assert_eq!(bare.core.status().from_cache, from_cache);
    }
}

#[tokio::test]
async fn names_that_lead_in_circles_are_no_answer_and_another_is_asked() {
    let liar = TestUpstream::new(|asked, _| {
        let name = asked_name(asked).to_string();
        vec![alias(asked, &["b.test", &name]).finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&liar]));
    assert_eq!(rcode(&bare.answer(&ask(LONG, Rtype::A)).await), Rcode::SERVFAIL);
    let honest = TestUpstream::honest().await;
    let bare = Bare::new(settings(&[&liar, &honest]));
    assert_eq!(addresses(&bare.answer(&ask(LONG, Rtype::A)).await), ["192.0.2.1"]);
}

#[tokio::test]
async fn what_nobody_asked_for_poisons_nothing() {
    let liar = TestUpstream::new(|asked, _| {
        let mut answer = address(asked, 60).additional();
        let bank: Name<Vec<u8>> = "www.bank.test".parse().unwrap();
        answer.push((bank, Ttl::HOUR, A::from_octets(203, 0, 113, 66))).unwrap();
        vec![answer.finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&liar]));
    bare.answer(&ask(LONG, Rtype::A)).await;
    let answer = bare.answer(&ask("www.bank.test", Rtype::A)).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"], "it was asked for by itself");
    assert_eq!(liar.asked(), (2, 0));
}

#[tokio::test]
async fn that_there_is_no_such_name_is_remembered_as_its_zone_says() {
    let upstream = TestUpstream::new(|asked, _| {
        let mut answer = reply(asked, Rcode::NXDOMAIN).authority();
        let zone: Name<Vec<u8>> = "test".parse().unwrap();
        let minimum = if asked_type(asked) == Rtype::A { Ttl::HOUR } else { Ttl::ZERO };
        let (zero, serial) = (Ttl::ZERO, Serial(1));
        let soa = Soa::new(zone.clone(), zone.clone(), serial, zero, zero, zero, minimum);
        answer.push((zone, Ttl::HOUR, soa)).unwrap();
        vec![answer.finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    for _ in 0..3 {
        assert_eq!(rcode(&bare.answer(&ask(LONG, Rtype::A)).await), Rcode::NXDOMAIN);
    }
    assert_eq!(upstream.asked(), (1, 0));
    for _ in 0..3 {
        assert_eq!(rcode(&bare.answer(&ask(LONG, Rtype::AAAA)).await), Rcode::NXDOMAIN);
    }
    assert_eq!(upstream.asked(), (4, 0));
}

#[tokio::test]
async fn one_that_is_dead_is_asked_last() {
    let (dead, honest) = (TestUpstream::silent().await, TestUpstream::honest().await);
    let bare = Bare::new(settings(&[&dead, &honest]));
    for n in 0..6 {
        let answer = bare.answer(&ask(&format!("n{n}.other.test"), Rtype::A)).await;
        assert_eq!(addresses(&answer), ["192.0.2.1"]);
    }
    assert_eq!((dead.asked(), honest.asked()), ((3, 0), (6, 0)));
    let status = bare.core.status();
    assert_eq!((status.upstreams[0].is_alive, status.upstreams[0].failed), (false, 3));
    assert!(status.upstreams[1].is_alive);
}

#[tokio::test]
async fn when_nobody_answers_that_is_said_in_time_and_remembered() {
    let dead = TestUpstream::silent().await;
    let bare = Bare::new(settings(&[&dead]));
    let answer = bare.answer(&ask(LONG, Rtype::A)).await;
    assert_eq!(rcode(&answer), Rcode::SERVFAIL);
    assert_eq!(extended(&answer).unwrap().0, ExtendedErrorCode::NO_REACHABLE_AUTHORITY);
    let asked = dead.asked();
    assert_eq!(rcode(&bare.answer(&ask(LONG, Rtype::A)).await), Rcode::SERVFAIL);
    assert_eq!(dead.asked(), asked, "not at once again");
}

#[tokio::test]
async fn an_old_answer_is_better_than_none() {
    let is_alive = Arc::new(AtomicBool::new(true));
    let alive = Arc::clone(&is_alive);
    let upstream = TestUpstream::new(move |asked, _| {
        if alive.load(Ordering::SeqCst) { vec![address(asked, 0).finish()] } else { Vec::new() }
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let asked = ask(LONG, Rtype::A);
    assert_eq!(extended(&bare.answer(&asked).await), None);
    is_alive.store(false, Ordering::SeqCst);
    let answer = bare.answer(&asked).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"]);
    assert_eq!(extended(&answer).unwrap().0, ExtendedErrorCode::STALE_ANSWER);
    assert_eq!(first(&message(&answer)).ttl().as_secs(), 30);
    let count = upstream.asked();
    assert_eq!(extended(&bare.answer(&asked).await).unwrap().0, ExtendedErrorCode::STALE_ANSWER);
    assert_eq!(upstream.asked(), count, "upstream is left alone for a while");
    assert_eq!(bare.core.status().stale, 2);
}

#[tokio::test]
async fn the_same_question_of_many_is_sent_once() {
    let honest = TestUpstream::honest().await;
    let bare = Bare::new(settings(&[&honest]));
    let asked = ask(LONG, Rtype::A);
    let answers = futures_util::future::join_all((0..50).map(|_| bare.answer(&asked))).await;
    assert!(answers.iter().all(|answer| addresses(answer) == ["192.0.2.1"]));
    assert_eq!(honest.asked(), (1, 0));
}

#[tokio::test]
async fn signatures_are_passed_on_to_whoever_wants_them() {
    let wanted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wanted);
    let upstream = TestUpstream::new(move |asked, _| {
        let wants = asked.opt().unwrap().dnssec_ok();
        count.fetch_add(usize::from(wants), Ordering::SeqCst);
        let mut answer = address(asked, 60);
        answer.header_mut().set_ad(wants);
        vec![answer.finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let edns = Edns { datagram: 1_232, wants_dnssec: true };
    let signed = query(7, LONG, Rtype::A, Some(edns)).unwrap();
    for _ in 0..2 {
        let plain = message(&bare.answer(&ask(LONG, Rtype::A)).await);
        assert!(!plain.header().ad() && !plain.opt().unwrap().dnssec_ok());
        let signed = message(&bare.answer(&signed).await);
        assert!(signed.header().ad() && signed.opt().unwrap().dnssec_ok());
    }
    assert_eq!((upstream.asked(), wanted.load(Ordering::SeqCst)), ((2, 0), 1));
    let mut unchecked = signed.clone();
    unchecked[3] |= 0x10;
    assert!(message(&bare.answer(&unchecked).await).header().cd());
    assert_eq!(upstream.asked(), (3, 0), "what was not checked is another answer");
}

#[tokio::test]
async fn zones_of_the_house_are_asked_for_where_they_are_known() {
    let (outside, inside) = (TestUpstream::honest().await, TestUpstream::honest().await);
    let mut settings = settings(&[&outside]);
    let zone = |name: &str| Zone { name: name.into(), upstreams: vec![inside.as_setting()] };
    settings.zones = vec![zone("corp.test"), zone("10.in-addr.arpa")];
    let bare = Bare::new(settings);
    for name in ["corp.test", "WWW.Corp.test", "4.3.2.10.in-addr.arpa"] {
        bare.answer(&ask(name, Rtype::A)).await;
    }
    assert_eq!((inside.asked(), outside.asked()), ((3, 0), (0, 0)));
    for name in ["notcorp.test", "corp.test.example"] {
        bare.answer(&ask(name, Rtype::A)).await;
    }
    assert_eq!((inside.asked(), outside.asked()), ((3, 0), (2, 0)));
}

#[tokio::test]
async fn what_upstream_says_of_a_failure_is_passed_on() {
    let upstream = TestUpstream::new(|asked, _| {
        let mut answer = reply(asked, Rcode::SERVFAIL).additional();
        let bogus = ExtendedError::<Vec<u8>>::new(ExtendedErrorCode::DNSSEC_BOGUS, None).unwrap();
        answer.opt(|opt| opt.push(&bogus)).unwrap();
        vec![answer.finish()]
    })
    .await;
    let bare = Bare::new(settings(&[&upstream]));
    let answer = bare.answer(&ask(LONG, Rtype::A)).await;
    assert_eq!(rcode(&answer), Rcode::SERVFAIL);
    assert_eq!(extended(&answer).unwrap().0, ExtendedErrorCode::DNSSEC_BOGUS);
    assert_eq!(upstream.asked(), (1, 0), "it has said what it has to say");
}

#[tokio::test]
async fn when_the_policy_fails_names_resolve_and_it_is_said() {
    let honest = TestUpstream::honest().await;
    let bare = Bare::new(settings(&[&honest]));
    let answer = bare.answer(&ask("panic.test", Rtype::A)).await;
    assert_eq!(addresses(&answer), ["192.0.2.1"]);
    let status = bare.core.status();
    assert_eq!((status.without_policy, status.fails_open), (1, true));
    bare.answer(&ask("other.test", Rtype::A)).await;
    assert!(!bare.core.status().fails_open, "it answers again");
}
