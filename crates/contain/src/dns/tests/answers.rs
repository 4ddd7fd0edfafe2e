//! Answers of upstreams, honest ones and others.

use domain::base::iana::{Opcode, Rcode};
use domain::base::{MessageBuilder, Name, Question, Serial, Ttl};
use domain::rdata::{A, Cname, Soa};

use super::super::answer::{self, Age};
use super::*;

type Owner = Name<Vec<u8>>;
type Answer = domain::base::message_builder::AnswerBuilder<Vec<u8>>;

fn name(text: &str) -> Owner {
    text.parse().unwrap()
}

fn request(text: &str, rtype: Rtype) -> (Request, Vec<u8>) {
    let bytes = ask(text, rtype);
    (Request::read(&bytes).unwrap(), bytes)
}

fn sent(text: &str) -> Sent {
    let (request, bytes) = request(text, Rtype::A);
    let question = request.question(&bytes).to_vec();
    Sent { id: 7, question, name: request.name, rtype: Rtype::A }
}

fn reply(text: &str) -> Answer {
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_id(7);
    builder.header_mut().set_qr(true);
    let mut builder = builder.question();
    builder.push(Question::new_in(name(text), Rtype::A)).unwrap();
    builder.answer()
}

fn a(owner: &str, ttl: u32) -> (Owner, Ttl, A) {
    (name(owner), Ttl::from_secs(ttl), A::from_octets(192, 0, 2, 1))
}

fn cname(owner: &str, to: &str) -> (Owner, Ttl, Cname<Owner>) {
    (name(owner), Ttl::from_secs(300), Cname::new(name(to)))
}

fn soa(ttl: u32, minimum: u32) -> (Owner, Ttl, Soa<Owner>) {
    let zero = Ttl::ZERO;
    let minimum = Ttl::from_secs(minimum);
    let soa = Soa::new(name("a.test"), name("b.test"), Serial(1), zero, zero, zero, minimum);
    (name("test"), Ttl::from_secs(ttl), soa)
}

fn read(answer: Answer) -> Result<Kept, Unusable> {
    Kept::read(&sent("www.other.test"), &answer.finish())
}

#[test]
fn an_answer_counts_as_long_as_its_shortest_record() {
    let mut answer = reply("www.other.test");
    answer.push(a("www.other.test", 300)).unwrap();
    answer.push(a("www.other.test", 60)).unwrap();
    let kept = read(answer).unwrap();
    assert_eq!((kept.ttl(), kept.others().count()), (60, 0));
}

#[test]
fn nothing_counts_for_ever() {
    for (said, counts) in [(u32::MAX, 0), (0x8000_0000, 0), (0x7fff_ffff, MOST_TTL), (0, 0)] {
        let mut answer = reply("www.other.test");
        answer.push(a("www.other.test", said)).unwrap();
        let kept = read(answer).unwrap();
        assert_eq!(kept.ttl(), counts);
        let (request, bytes) = request("www.other.test", Rtype::A);
        let mut out = Vec::new();
        assert!(answer::pass_on(&kept, Age::Fresh(0), &request, &bytes, 1_232, &mut out));
        assert_eq!(first(&message(&out)).ttl().as_secs(), counts);
    }
}

#[test]
fn that_there_is_nothing_counts_as_its_zone_says() {
    for (ttl, minimum, counts) in
        [(300, 60, 60), (60, 300, 60), (86_400, 86_400, MOST_NEGATIVE_TTL)]
    {
        for rcode in [Rcode::NXDOMAIN, Rcode::NOERROR] {
            let mut answer = reply("www.other.test");
            answer.header_mut().set_rcode(rcode);
            let mut authority = answer.authority();
            authority.push(soa(ttl, minimum)).unwrap();
            let kept = Kept::read(&sent("www.other.test"), &authority.finish()).unwrap();
            assert_eq!(kept.ttl(), counts, "{rcode}");
        }
    }
    let answer = reply("www.other.test");
    assert_eq!(read(answer).unwrap().ttl(), 0, "nobody says how long");
    let mut answer = reply("www.other.test");
    answer.push(cname("www.other.test", "nothing.test")).unwrap();
    assert_eq!(read(answer).unwrap().ttl(), 0, "another name without data, and nobody says");
}

#[test]
fn what_answers_something_else_is_a_stranger() {
    let changed = |change: fn(&mut Answer)| {
        let mut answer = reply("www.other.test");
        change(&mut answer);
        read(answer).unwrap_err()
    };
    assert_eq!(changed(|answer| answer.header_mut().set_id(8)), Unusable::Stranger);
    assert_eq!(changed(|answer| answer.header_mut().set_qr(false)), Unusable::Stranger);
    assert_eq!(changed(|a| a.header_mut().set_opcode(Opcode::NOTIFY)), Unusable::Stranger);
    assert_eq!(read(reply("www.another.test")).unwrap_err(), Unusable::Stranger);
    assert_eq!(read(reply("WWW.other.test")).unwrap_err(), Unusable::OtherCase);
    assert_eq!(changed(|answer| answer.header_mut().set_tc(true)), Unusable::Truncated);
    let failed = |rcode| {
        let mut answer = reply("www.other.test");
        answer.header_mut().set_rcode(rcode);
        read(answer).unwrap_err()
    };
    for rcode in [Rcode::SERVFAIL, Rcode::REFUSED, Rcode::NOTIMP, Rcode::FORMERR] {
        assert_eq!(failed(rcode), Unusable::Failed(None));
    }
}

#[test]
fn names_are_followed_in_whatever_order_they_come() {
    let mut answer = reply("www.other.test");
    answer.push(a("cdn.blocked.test", 60)).unwrap();
    answer.push(cname("b.test", "cdn.blocked.test")).unwrap();
    answer.push(cname("www.other.test", "B.test")).unwrap();
    let kept = read(answer).unwrap();
    assert_eq!(kept.others().collect::<Vec<_>>(), ["b.test", "cdn.blocked.test"]);
}

#[test]
fn names_that_lead_in_circles_or_nowhere_are_refused() {
    for chain in [
        vec![("www.other.test", "www.other.test")],
        vec![("www.other.test", "b.test"), ("b.test", "www.other.test")],
        vec![("www.other.test", "b.test"), ("b.test", "c.test"), ("c.test", "b.test")],
    ] {
        let mut answer = reply("www.other.test");
        chain.iter().for_each(|(from, to)| answer.push(cname(from, to)).unwrap());
        assert_eq!(read(answer).unwrap_err(), Unusable::Malformed, "{chain:?}");
    }
    let mut answer = reply("www.other.test");
    answer.push(cname("www.other.test", "n0.test")).unwrap();
    for n in 0..LONGEST_CHAIN {
        answer.push(cname(&format!("n{n}.test"), &format!("n{}.test", n + 1))).unwrap();
    }
    assert_eq!(read(answer).unwrap_err(), Unusable::Malformed, "too long");
}

#[test]
fn records_that_nobody_asked_for_are_refused() {
    let mut answer = reply("www.other.test");
    answer.push(a("www.other.test", 60)).unwrap();
    answer.push(a("www.bank.test", 60)).unwrap();
    assert_eq!(read(answer).unwrap_err(), Unusable::Malformed);
}

#[test]
fn bytes_cut_anywhere_are_no_answer() {
    let mut answer = reply("www.other.test");
    answer.push(cname("www.other.test", "b.test")).unwrap();
    answer.push(a("b.test", 60)).unwrap();
    let whole = answer.finish();
    for end in 0..whole.len() {
        assert!(Kept::read(&sent("www.other.test"), &whole[..end]).is_err(), "{end}");
    }
    assert!(Kept::read(&sent("www.other.test"), &whole).is_ok());
}

#[test]
fn an_answer_is_passed_on_as_it_was_asked_for() {
    let mut answer = reply("www.other.test");
    answer.header_mut().set_ad(true);
    answer.header_mut().set_aa(true);
    answer.push(a("www.other.test", 60)).unwrap();
    let mut answer = answer.additional();
    answer.push(a("more.test", 60)).unwrap();
    let large = answer.opt(|opt| {
        opt.set_udp_payload_size(4_000);
        Ok(())
    });
    large.unwrap();
    answer.push(a("behind.test", 60)).unwrap();
    let kept = Kept::read(&sent("www.other.test"), &answer.finish()).unwrap();

    let (mut request, bytes) = request("wWw.oTHER.test", Rtype::A);
    request.id = 99;
    let mut out = Vec::new();
    assert!(answer::pass_on(&kept, Age::Fresh(25), &request, &bytes, 1_232, &mut out));
    let passed = message(&out);
    let header = passed.header();
    assert_eq!((header.id(), header.qr(), header.rd(), header.ra()), (99, true, true, true));
    assert!(!header.aa() && !header.ad(), "nobody asked whether it is authentic");
    assert_eq!(out[12..28], bytes[12..28], "capitals");
    let record = first(&passed);
    assert_eq!((record.owner().to_string(), record.ttl().as_secs()), ("www.other.test".into(), 35));
    assert_eq!(passed.header_counts().arcount(), 2, "what came behind EDNS is left out");
    assert_eq!(passed.opt().unwrap().udp_payload_size(), LARGEST_DATAGRAM);

    request.authentic_data = true;
    assert!(answer::pass_on(&kept, Age::Stale, &request, &bytes, 1_232, &mut out));
    assert!(message(&out).header().ad());
    assert_eq!(first(&message(&out)).ttl().as_secs(), 30);
    assert_eq!(extended(&out).unwrap().0, ExtendedErrorCode::STALE_ANSWER);
}

#[test]
fn what_does_not_fit_asks_for_tcp() {
    let mut answer = reply("www.other.test");
    (0..30).for_each(|_| answer.push(a("www.other.test", 60)).unwrap());
    let kept = read(answer).unwrap();
    let (request, bytes) = request("www.other.test", Rtype::A);
    let mut out = Vec::new();
    let whole = kept.wire.len() + 17;
    assert!(answer::pass_on(&kept, Age::Fresh(0), &request, &bytes, whole, &mut out));
    assert!(!answer::pass_on(&kept, Age::Fresh(0), &request, &bytes, whole - 1, &mut out));
    let passed = message(&out);
    assert!(passed.header().tc());
    assert_eq!(passed.header_counts().ancount(), 0);
    let question = passed.sole_question().unwrap();
    assert_eq!(question.qname().to_string(), "www.other.test");
}
