//! The look-back as bytes, and back.
//!
//! A version, the key of the hashes, then name by name: its length (one byte), its letters, when it was first looked up,
//! how many look-ups follow, and each of those: who, what stands before the name, through what, and how many milliseconds
//! after the first. A length of zero ends the names; what follows are hashes of names not worth remembering.
//! Numbers begin with the least significant byte.
//!
//! Whoever writes may do so a page at a time, and let others have a turn in between. What is read may be anything: it is
//! never more than was written, within the bounds of the look-back, or it is damaged.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound;

use unhook_model::Timestamp;

use super::{Hashes, LookBack, MOST_KNOWN, MOST_LOOKED_BACK, MOST_OF_NAME, Recent};
use crate::ledger::{By, Via};
use crate::resolving::Client;

/// The version of all that follows.
const VERSION: u8 = 2;

/// How many names a page ends with at the latest, and how many look-ups at the earliest: some hundred microseconds' work.
const PAGE: usize = 2_048;

/// The longest name (RFC 1035, section 2.3.4), in bytes.
const LONGEST_NAME: usize = 255;

/// Why bytes are no look-back.
#[derive(Debug, thiserror::Error)]
#[error("what was kept of look-ups cannot be read: another version wrote it, or it is damaged")]
pub struct DamagedLookBack;

/// Behind which name a page ended.
#[derive(Clone, Debug)]
pub struct Cursor(Timestamp, Box<str>);

impl LookBack {
    /// All of it as bytes. They say who looked up what: they are not for any file but sealed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut cursor = self.encode_page(None, &mut bytes);
        while cursor.is_some() {
            cursor = self.encode_page(cursor.as_ref(), &mut bytes);
        }
        bytes
    }

    /// Writes the next page, the first where there is no cursor; says where the one after begins, as long as there is one.
    pub fn encode_page(&self, after: Option<&Cursor>, out: &mut Vec<u8>) -> Option<Cursor> {
        if after.is_none() {
            out.push(VERSION);
            out.extend_from_slice(&self.hashes.0.to_le_bytes());
            out.extend_from_slice(&self.hashes.1.to_le_bytes());
        }
        let after = after.map(|Cursor(first, name)| (*first, name.clone()));
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut weight = 0;
        for (first, name) in self.by_first.range((from, Bound::Unbounded)) {
            let Some(recent) = self.names.get(name).filter(|_| fits(name)) else { continue };
            encode_name(name, recent, out);
            weight += 1 + recent.touches.len();
            if weight >= PAGE {
                return Some(Cursor(*first, name.clone()));
            }
        }
        out.push(0);
        out.reserve(8 * self.known.len());
        self.known.iter().for_each(|hash| out.extend_from_slice(&hash.to_le_bytes()));
        None
    }

    /// Reads what [`LookBack::encode`] wrote.
    ///
    /// # Errors
    /// When it is not that.
    pub fn decode(bytes: &[u8]) -> Result<Self, DamagedLookBack> {
        decode(&mut Reader(bytes)).ok_or(DamagedLookBack)
    }
}

fn encode_name(name: &str, recent: &Recent, out: &mut Vec<u8>) {
    put_text(name, out);
    out.extend_from_slice(&recent.first.unix_ms().to_le_bytes());
    let has_room = |touch: &(&(By, Box<str>, Via, i64), &Timestamp)| {
        let (by, full, ..) = touch.0;
        let who = match by {
            By::Client(Client::Device(device)) => device,
            By::Client(Client::Address(_)) => "",
            By::Account(account) => account,
        };
        fits(full) && fits(who)
    };
    let touches: Vec<_> = recent.touches.iter().filter(has_room).collect();
    out.extend_from_slice(&(touches.len() as u32).to_le_bytes());
    for ((by, full, via, _), at) in touches {
        match by {
            By::Client(Client::Address(IpAddr::V4(address))) => {
                out.push(4);
                out.extend_from_slice(&address.octets());
            }
            By::Client(Client::Address(IpAddr::V6(address))) => {
                out.push(6);
                out.extend_from_slice(&address.octets());
            }
            By::Client(Client::Device(device)) => {
                out.push(0);
                put_text(device, out);
            }
            By::Account(account) => {
                out.push(1);
                put_text(account, out);
            }
        }
        put_text(full.strip_suffix(name).unwrap_or(full), out);
        out.push(code(*via));
        let after = at.unix_ms().saturating_sub(recent.first.unix_ms());
        // A name is remembered for three days.
        out.extend_from_slice(&u32::try_from(after).unwrap_or(u32::MAX).to_le_bytes());
    }
}

/// Whether a text is as long as one may be; another is no name, and is left out.
const fn fits(text: &str) -> bool {
    text.len() <= LONGEST_NAME
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    debug_assert!(fits(text), "what does not fit is left out");
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

/// The numbers are for ever.
const fn code(via: Via) -> u8 {
    match via {
        Via::Resolver => 0,
        Via::Blocked => 1,
        Via::Proxy => 2,
        Via::WarningPage => 3,
        Via::Statement => 4,
    }
}

fn via(code: u8) -> Option<Via> {
    let all = [Via::Resolver, Via::Blocked, Via::Proxy, Via::WarningPage, Via::Statement];
    all.get(usize::from(code)).copied()
}

/// What is left to be read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.byte()?;
        let (text, rest) = self.0.split_at_checked(usize::from(length))?;
        self.0 = rest;
        str::from_utf8(text).ok()
    }
}

fn decode(reader: &mut Reader<'_>) -> Option<LookBack> {
    if reader.byte()? != VERSION {
        return None;
    }
    let hashes = Hashes(reader.u64()?, reader.u64()?);
    let mut look_back = LookBack { hashes, ..LookBack::default() };
    loop {
        let name = reader.text()?;
        if name.is_empty() {
            break;
        }
        let recent = decode_name(name, reader)?;
        look_back.count += recent.touches.len();
        if look_back.count > MOST_LOOKED_BACK {
            return None;
        }
        look_back.by_first.insert((recent.first, name.into()));
        if look_back.names.insert(name.into(), recent).is_some() {
            return None;
        }
    }
    let (known, rest) = reader.0.as_chunks::<8>();
    if !rest.is_empty() || known.len() > MOST_KNOWN {
        return None;
    }
    look_back.known.extend(known.iter().map(|hash| u64::from_le_bytes(*hash)));
    Some(look_back)
}

fn decode_name(name: &str, reader: &mut Reader<'_>) -> Option<Recent> {
    let first = i64::from_le_bytes(reader.array()?);
    let count = reader.u32()? as usize;
    if count > MOST_OF_NAME {
        return None;
    }
    let mut touches = BTreeMap::new();
    for _ in 0..count {
        let by = match reader.byte()? {
            0 => By::Client(Client::Device(reader.text()?.into())),
            1 => By::Account(reader.text()?.into()),
            4 => By::Client(Client::Address(reader.array::<4>()?.into())),
            6 => By::Client(Client::Address(reader.array::<16>()?.into())),
            _ => return None,
        };
        let full = format!("{}{name}", reader.text()?);
        let via = via(reader.byte()?)?;
        let at = first.checked_add(i64::from(reader.u32()?))?;
        let key = (by, full.into(), via, at.div_euclid(super::APART));
        if touches.insert(key, Timestamp::from_unix_ms(at)).is_some() {
            return None;
        }
    }
    Some(Recent { first: Timestamp::from_unix_ms(first), touches })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::{LOOK_BACK, Touch};

    const HOUR: i64 = 3_600_000;

    fn touches() -> impl Strategy<Value = Vec<Touch>> {
        let by = prop_oneof![
            any::<[u8; 4]>().prop_map(|address| By::Client(Client::Address(address.into()))),
            any::<[u8; 16]>().prop_map(|address| By::Client(Client::Address(address.into()))),
            "[a-zé-]{0,20}".prop_map(|device| By::Client(Client::Device(device.into()))),
            "[a-z@.é]{0,20}".prop_map(|account| By::Account(account.into())),
        ];
        let name = ("(www\\.|a\\.b\\.)?", 0..40_u32);
        let name = name.prop_map(|(host, number)| format!("{host}name-{number}.example"));
        let touch = (by, name, 0..5_u8, -HOUR..60 * HOUR);
        let touch = touch.prop_map(|(by, name, code, at)| Touch {
            name: name.into(),
            by,
            at: Timestamp::from_unix_ms(at),
            via: via(code).expect("there are five"),
        });
        vec(touch, 0..200)
    }

    fn look_back(touches: &[Touch]) -> LookBack {
        let mut look_back = LookBack::default();
        let is_common = |name: &str| name.ends_with("0.example");
        touches.iter().for_each(|touch| look_back.add(touch, is_common));
        look_back
    }

    fn assert_same(one: &LookBack, other: &LookBack) {
        assert_eq!(one.names, other.names);
        assert_eq!(one.by_first, other.by_first);
        assert_eq!((&one.known, one.hashes), (&other.known, other.hashes));
        assert_eq!(one.count, other.count);
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_was_written(touches in touches()) {
            let written = look_back(&touches);
            assert_same(&LookBack::decode(&written.encode()).unwrap(), &written);
        }

        #[test]
        fn what_is_cut_off_before_the_hashes_is_damaged(touches in touches(), cut in any::<prop::sample::Index>()) {
            let written = look_back(&touches);
            let bytes = written.encode();
            let names = bytes.len() - 8 * written.known.len();
            prop_assert!(LookBack::decode(&bytes[..cut.index(names)]).is_err());
            prop_assert!(LookBack::decode(&[&bytes[..], b"x"].concat()).is_err());
        }

        /// Whoever changed them, and wherever: sealed, no such bytes come here at all.
        #[test]
        fn changed_bytes_are_damaged_or_within_bounds(
            touches in touches(),
            changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = look_back(&touches).encode();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            within_bounds(&bytes);
        }

        #[test]
        fn any_bytes_are_damaged_or_within_bounds(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = VERSION;
            within_bounds(&bytes);
        }
    }

    fn within_bounds(bytes: &[u8]) {
        let Ok(mut read) = LookBack::decode(bytes) else { return };
        assert!(read.len() <= bytes.len() && read.known.len() <= bytes.len());
        // It goes on with it as with its own.
        read.add(&touches_one(5), |_| false);
        read.sweep(Timestamp::from_unix_ms(i64::MAX), |_| false);
        assert!(read.names.keys().all(|name| !name.is_empty()));
    }

    fn touches_one(number: u32) -> Touch {
        Touch {
            name: format!("name-{number}.example").into(),
            by: By::Client(Client::Device("laptop".into())),
            at: Timestamp::from_unix_ms(HOUR + i64::from(number)),
            via: Via::Resolver,
        }
    }

    #[test]
    fn pages_come_to_the_same_as_all_at_once() {
        let touches: Vec<Touch> = (0..3 * PAGE as u32).map(touches_one).collect();
        let written = look_back(&touches);
        let (mut bytes, mut pages) = (Vec::new(), 1);
        let mut cursor = written.encode_page(None, &mut bytes);
        while cursor.is_some() {
            cursor = written.encode_page(cursor.as_ref(), &mut bytes);
            pages += 1;
        }
        assert!(pages > 3, "{pages}");
        assert_same(&LookBack::decode(&bytes).unwrap(), &written);
    }

    #[test]
    fn more_than_is_ever_remembered_is_damaged() {
        let header = [&[VERSION][..], &[0; 16]].concat();
        let too_many = (MOST_OF_NAME as u32 + 1).to_le_bytes();
        let name = [&[1, b'x'][..], &[0; 8], &too_many, &[0; 1_000_000]].concat();
        assert!(LookBack::decode(&[&header[..], &name].concat()).is_err());
        let known = vec![7; 1 + 8 * (MOST_KNOWN + 1)];
        assert!(LookBack::decode(&[&header[..], &[0], &known[1..]].concat()).is_err());
    }

    /// A key and what comes of it stand in files.
    #[test]
    fn the_hash_of_a_name_never_changes() {
        assert_ne!(Hashes(1, 2).of("news.example"), Hashes(1, 3).of("news.example"));
        // The first line of the vectors of SipHash's authors: a key of 0 to 15, and no byte.
        let key = |bytes: [u8; 8]| u64::from_le_bytes(bytes);
        let hashes = Hashes(key([0, 1, 2, 3, 4, 5, 6, 7]), key([8, 9, 10, 11, 12, 13, 14, 15]));
        assert_eq!(hashes.of("").to_le_bytes(), [0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72]);
    }

    #[test]
    fn what_everybody_looks_up_is_not_new_after_a_restart() {
        let mut before = LookBack::default();
        before.add(&touches_one(1), |_| true);
        before.add(&touches_one(2), |_| false);
        let mut after = LookBack::decode(&before.encode()).unwrap();
        after.add(&touches_one(1), |_| false);
        assert_eq!(after.len(), 1);
        let over = Timestamp::from_unix_ms(2 * HOUR).plus(LOOK_BACK);
        after.sweep(over, |_| false);
        assert!(after.is_empty());
    }
}
