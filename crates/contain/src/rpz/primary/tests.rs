//! The zone's answers without a socket: a resolver that follows, strangers, signatures, noise.

use std::sync::LazyLock;
use std::time::Duration;

use domain::base::Ttl;
use domain::base::name::Name;
use domain::rdata::Cname;
use domain::tsig::{ClientSequence, ClientTransaction, ValidationError};
use unhook_app::blocklist::{NameSet, NamedSet};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_detect::Knowledge;
use unhook_engine::{Blockable, Protected};
use unhook_model::Hostname;

use super::*;
use crate::rpz::{SPACING, TsigKey};

const ZONE: &str = "rpz.acme.example";
const KEY: &str = "key unhook { secret \"c2VjcmV0IGluIGJhc2U2NCwgMzIgYnl0ZXMgb2YgaXQ=\"; };";
const FRIEND: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

static PROTECTED: LazyLock<Protected> =
    LazyLock::new(|| Protected::new(Arc::new(Knowledge::builtin()), Arc::default()));

fn proven(name: &str) -> Blockable {
    PROTECTED.permit(&Hostname::parse(name).unwrap()).unwrap()
}

struct Bench {
    primary: Primary,
    surroundings: Arc<TestSurroundings>,
}

fn bench(tsig: Option<&str>) -> Bench {
    let settings = RpzSettings {
        allow_transfer: vec!["192.0.2.0/24".parse().unwrap()],
        allow_unsigned: vec!["192.0.2.7".parse().unwrap()],
        tsig: tsig.map(|key| TsigKey::parse(key).unwrap()),
        ..RpzSettings::new(ZONE.parse().unwrap())
    };
    let blocklist = Arc::new(Blocklist::default());
    blocklist.change(vec![proven("first.test")], &[]);
    let surroundings =
        Arc::new(TestSurroundings::new(Timestamp::from_unix_ms(1_784_000_000_000), 7));
    let primary = Primary::new(settings, blocklist, Arc::clone(&surroundings) as _);
    Bench { primary, surroundings }
}

impl Bench {
    /// Blocks a name, and gives that a serial.
    fn block(&self, name: &str) -> u32 {
        self.surroundings.pass(SPACING.as_millis() as i64);
        self.primary.blocklist.change(vec![proven(name)], &[]);
        self.primary.publish()
    }

    fn reply(&self, request: &[u8], from: IpAddr, transport: Transport) -> Message<Vec<u8>> {
        match self.primary.answer(request, from, transport) {
            Outcome::Reply(reply) => Message::from_octets(reply).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn rcode(&self, request: &[u8]) -> Rcode {
        self.reply(request, FRIEND, Transport::Udp).header().rcode()
    }

    /// What a transfer tells: `=` and a serial, or a name.
    fn transfer(&self, request: &[u8]) -> Vec<String> {
        let Outcome::Transfer(mut transfer) = self.primary.answer(request, FRIEND, Transport::Tcp)
        else {
            panic!("no transfer")
        };
        let (serial, how) = (transfer.serial(), transfer.how());
        let told = transfer.messages(|| self.primary.now()).flat_map(|message| told(&message));
        let told = told.collect();
        self.primary.taken(FRIEND, serial, how);
        told
    }
}

fn told(message: &[u8]) -> Vec<String> {
    let message = Message::from_octets(message).unwrap();
    let records = message.answer().unwrap().map(|record| record.unwrap());
    let line = |record: domain::base::ParsedRecord<'_, &[u8]>| {
        if let Ok(Some(soa)) = record.to_record::<Soa<_>>() {
            return Some(format!("={}", soa.data().serial()));
        }
        let cname = record.to_record::<Cname<_>>().unwrap()?;
        assert!(cname.data().cname().is_root());
        assert_eq!(cname.ttl(), Ttl::from_secs(5));
        Some(cname.owner().to_string().strip_suffix(".rpz.acme.example").unwrap().to_owned())
    };
    records.filter_map(line).collect()
}

fn query(rtype: Rtype) -> AdditionalBuilder<Vec<u8>> {
    query_of(ZONE, rtype)
}

fn query_of(name: &str, rtype: Rtype) -> AdditionalBuilder<Vec<u8>> {
    let mut query = MessageBuilder::new_vec();
    query.header_mut().set_id(0x1234);
    let mut query = query.question();
    query.push((name.parse::<Name<Vec<u8>>>().unwrap(), rtype)).unwrap();
    query.additional()
}

fn ixfr(serial: u32) -> AdditionalBuilder<Vec<u8>> {
    let zone: crate::rpz::Zone = ZONE.parse().unwrap();
    let mut query = query(Rtype::IXFR).authority();
    query.push(zone.soa(Serial(serial))).unwrap();
    query.additional()
}

#[test]
fn a_resolver_follows_from_the_whole_by_differences() {
    let bench = bench(None);
    let first = bench.primary.publish();
    let head = |serial: u32| format!("={serial}");
    let whole = bench.transfer(&query(Rtype::AXFR).finish());
    assert_eq!(whole, [head(first), "first.test".into(), "*.first.test".into(), head(first)]);

    let second = bench.block("second.test");
    bench.surroundings.pass(SPACING.as_millis() as i64);
    bench.primary.blocklist.change(Vec::new(), &[Hostname::parse("first.test").unwrap()]);
    let third = bench.primary.publish();
    assert!(Serial(first) < Serial(second) && Serial(second) < Serial(third));
    assert_eq!(bench.primary.status().subscribers[0].lag, Some(2));
    let difference = bench.transfer(&ixfr(first).finish());
    let removed = ["first.test", "*.first.test"].map(str::to_owned);
    let added = ["second.test", "*.second.test"].map(str::to_owned);
    let mut expected = vec![head(third), head(first)];
    expected.extend(removed.clone());
    expected.push(head(third));
    expected.extend(added);
    expected.push(head(third));
    assert_eq!(difference, expected);
    let subscriber = bench.primary.status().subscribers[0].clone();
    assert_eq!((subscriber.serial, subscriber.lag), (Some(third), Some(0)));
    assert_eq!(subscriber.how, Some(How::Difference));

    let later = bench.transfer(&ixfr(second).finish());
    assert_eq!(
        later,
        [&[head(third), head(second)], &removed[..], &[head(third), head(third)]].concat()
    );
    assert_eq!(bench.transfer(&ixfr(third).finish()), [head(third)]);
    assert_eq!(bench.transfer(&ixfr(third.wrapping_add(9)).finish()), [head(third)], "it is ahead");
    let unknown = bench.transfer(&ixfr(first.wrapping_sub(9)).finish());
    assert_eq!(unknown.len(), 4, "the whole: {unknown:?}");
}

#[test]
fn what_has_no_serial_yet_is_not_told_with_another() {
    let bench = bench(None);
    let first = bench.primary.publish();
    bench.surroundings.pass(SPACING.as_millis() as i64);
    bench.primary.blocklist.change(vec![proven("second.test")], &[]);
    let soa = bench.reply(&query(Rtype::SOA).finish(), FRIEND, Transport::Udp);
    assert_eq!(told(soa.as_slice()), [format!("={first}")]);
    assert_eq!(bench.transfer(&ixfr(first).finish()), [format!("={first}")]);
    let whole = bench.transfer(&query(Rtype::AXFR).finish());
    assert_eq!(whole.len(), 6, "it is in the whole, whose serial is its own");
    assert_ne!(whole[0], format!("={first}"));
}

#[test]
fn a_long_zone_comes_in_several_signed_messages() {
    let bench = bench(Some(KEY));
    let names = (0..5_000).map(|n| proven(&format!("login-{n}.evil.test")));
    bench.primary.blocklist.put_list(NamedSet { name: "list".into(), names: NameSet::new(names) });
    let mut request = query(Rtype::AXFR);
    let key = Arc::clone(bench.primary.settings.tsig.as_ref().unwrap().key());
    let mut client = ClientSequence::request(key, &mut request, bench.primary.now()).unwrap();
    let request = request.finish();
    let Outcome::Transfer(mut transfer) = bench.primary.answer(&request, FRIEND, Transport::Tcp)
    else {
        panic!("no transfer")
    };
    let (mut count, mut records) = (0, Vec::new());
    for message in transfer.messages(|| bench.primary.now()) {
        assert!(message.len() <= usize::from(u16::MAX));
        let mut message = Message::from_octets(message).unwrap();
        client.answer(&mut message, bench.primary.now()).unwrap();
        records.extend(told(message.as_slice()));
        count += 1;
    }
    client.done().unwrap();
    assert!(count > 3, "{count}");
    assert_eq!(records.len(), 2 + 2 * 5_001);
    assert_eq!(records.first(), records.last());
    records.sort();
    records.dedup();
    assert_eq!(records.len(), 1 + 2 * 5_001, "none is lost between two messages");
}

#[test]
fn nobody_else_learns_anything() {
    let bench = bench(Some(KEY));
    for rtype in [Rtype::SOA, Rtype::AXFR, Rtype::IXFR, Rtype::A] {
        for transport in [Transport::Udp, Transport::Tcp] {
            for (name, from) in [(ZONE, STRANGER), (ZONE, FRIEND), ("evil.test", FRIEND)] {
                let reply = bench.reply(&query_of(name, rtype).finish(), from, transport);
                assert_eq!(reply.header().rcode(), Rcode::REFUSED, "{name} {rtype} {from}");
                assert_eq!(reply.header_counts().ancount(), 0);
            }
        }
    }
    // Who need not sign may, from there and nowhere else.
    let reply =
        bench.reply(&query(Rtype::SOA).finish(), "192.0.2.7".parse().unwrap(), Transport::Udp);
    assert_eq!(reply.header().rcode(), Rcode::NOERROR);
}

#[test]
fn a_signature_is_good_or_says_what_is_wrong() {
    let bench = bench(Some(KEY));
    let ask = |key: &str, late: Duration| {
        let key = Arc::clone(TsigKey::parse(key).unwrap().key());
        let now = signed_at(bench.surroundings.now().minus(late));
        let mut request = query(Rtype::SOA);
        let client = ClientTransaction::request(key, &mut request, now).unwrap();
        let mut reply = bench.reply(&request.finish(), FRIEND, Transport::Udp);
        let checked = client.answer(&mut reply, bench.primary.now());
        (reply, checked)
    };
    let (reply, checked) = ask(KEY, Duration::ZERO);
    assert!(reply.header().rcode() == Rcode::NOERROR && checked.is_ok());
    let (_, checked) = ask(&KEY.replace("c2V", "c3V"), Duration::ZERO);
    assert!(matches!(checked, Err(ValidationError::ServerBadSig)));
    let (_, checked) = ask(&KEY.replace("unhook", "other"), Duration::ZERO);
    assert!(matches!(checked, Err(ValidationError::ServerBadKey)));
    let (reply, _) = ask(KEY, Duration::from_secs(301));
    assert_eq!(reply.header().rcode(), Rcode::NOTAUTH, "replayed, or by a wrong clock");
    let (_, checked) = ask(KEY, Duration::from_secs(299));
    assert!(checked.is_ok());
    let open = self::bench(None);
    let key = Arc::clone(TsigKey::parse(KEY).unwrap().key());
    let mut request = query(Rtype::AXFR);
    ClientTransaction::request(key, &mut request, bench.primary.now()).unwrap();
    assert_eq!(
        open.reply(&request.finish(), FRIEND, Transport::Tcp).header().rcode(),
        Rcode::NOTAUTH
    );
}

#[test]
fn what_is_malformed_is_said_or_dropped() {
    let bench = bench(None);
    let good = query(Rtype::SOA).finish();
    for cut in 0..good.len() {
        match bench.primary.answer(&good[..cut], FRIEND, Transport::Udp) {
            Outcome::Drop => assert!(cut < HEADER),
            Outcome::Reply(reply) => assert_eq!(reply[3] & 0x0f, Rcode::FORMERR.to_int()),
            Outcome::Transfer(_) => panic!("of a part of a request"),
        }
    }
    let mut answer = good.clone();
    answer[2] |= 0x80;
    assert!(matches!(bench.primary.answer(&answer, FRIEND, Transport::Udp), Outcome::Drop));
    let mut notify = good.clone();
    notify[2] |= 4 << 3;
    assert_eq!(bench.rcode(&notify), Rcode::REFUSED);
    let mut pointing_to_itself = good[..HEADER].to_vec();
    pointing_to_itself.extend_from_slice(&[0xc0, 12, 0, 6, 0, 1]);
    assert_eq!(bench.rcode(&pointing_to_itself), Rcode::FORMERR);
    // Sixty questions that are two bytes each would be answered with sixty names.
    let mut many = good.clone();
    many[5] = 61;
    (0..60).for_each(|_| many.extend_from_slice(&[0xc0, 12, 0, 6, 0, 1]));
    let reply = bench.reply(&many, FRIEND, Transport::Udp);
    assert_eq!((reply.header().rcode(), reply.as_slice().len()), (Rcode::FORMERR, HEADER));
    assert_eq!(bench.rcode(&query(Rtype::IXFR).finish()), Rcode::FORMERR, "no serial");
    assert_eq!(bench.rcode(&query(Rtype::AXFR).finish()), Rcode::REFUSED, "not by UDP");
    let mut newer = query(Rtype::SOA);
    let version = |opt: &mut domain::base::message_builder::OptBuilder<'_, _>| {
        opt.set_version(1);
        Ok(())
    };
    newer.opt(version).unwrap();
    let reply = bench.reply(&newer.finish(), FRIEND, Transport::Udp);
    assert_eq!(reply.opt_rcode(), OptRcode::BADVERS);
}
