//! Who has which state of the zone, as the console shows it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use unhook_model::Timestamp;

/// The most that are remembered; beyond it, who was not seen for longest is forgotten.
pub const MOST_SUBSCRIBERS: usize = 256;

/// How somebody was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was told that there is something new, and said that it heard.
    Told,
    /// It asked for the serial.
    Asked,
    /// It asked for what is new, and had it already.
    Current,
    /// It took what is new (IXFR).
    Difference,
    /// It took the whole (AXFR).
    Whole,
}

/// One resolver that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Its address.
    pub address: IpAddr,
    /// The serial it has, as far as is known.
    pub serial: Option<u32>,
    /// When it was last seen; never, if it is only to be told of changes.
    pub seen: Option<Timestamp>,
    /// How it was last seen.
    pub how: Option<How>,
    /// The last serial it was told of and said that it heard (NOTIFY).
    pub told: Option<u32>,
    /// How often it took the whole.
    pub wholes: u64,
    /// How often it took what was new.
    pub differences: u64,
    /// How many changes it is behind; `None` when that is not known, as after a restart.
    pub lag: Option<u64>,
}

/// The zone and who follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpzStatus {
    /// The zone's name.
    pub zone: String,
    /// Its serial.
    pub serial: u32,
    /// Who follows, by address.
    pub subscribers: Vec<Subscriber>,
}

#[derive(Debug)]
pub(super) struct Subscribers(Mutex<HashMap<IpAddr, Subscriber>>);

impl Subscribers {
    /// Whoever is to be told is known before it comes.
    pub(super) fn new(notify: &[SocketAddr]) -> Self {
        let subscribers = Self(Mutex::default());
        for address in notify {
            subscribers.change(address.ip(), |_| ());
        }
        subscribers
    }

    /// Somebody asked for the serial.
    pub(super) fn polled(&self, address: IpAddr, now: Timestamp) {
        self.change(address, |subscriber| subscriber.see(How::Asked, now));
    }

    /// Somebody said what it has.
    pub(super) fn has(&self, address: IpAddr, serial: u32) {
        self.change(address, |subscriber| subscriber.serial = Some(serial));
    }

    /// Somebody took what leads to a serial.
    pub(super) fn took(&self, address: IpAddr, serial: u32, how: How, now: Timestamp) {
        self.change(address, |subscriber| {
            subscriber.serial = Some(serial);
            match how {
                How::Whole => subscriber.wholes += 1,
                How::Difference => subscriber.differences += 1,
                How::Told | How::Asked | How::Current => {}
            }
            subscriber.see(how, now);
        });
    }

    /// Somebody heard of a serial.
    pub(super) fn heard(&self, address: IpAddr, serial: u32, now: Timestamp) {
        self.change(address, |subscriber| {
            subscriber.told = Some(serial);
            subscriber.see(How::Told, now);
        });
    }

    /// All of them, each with what `lag` says of the serial it has.
    pub(super) fn snapshot(&self, lag: impl Fn(u32) -> Option<u64>) -> Vec<Subscriber> {
        let mut all: Vec<_> = self.entries().values().cloned().collect();
        all.sort_by_key(|subscriber| subscriber.address);
        for subscriber in &mut all {
            subscriber.lag = subscriber.serial.and_then(&lag);
        }
        all
    }

    fn change(&self, address: IpAddr, change: impl FnOnce(&mut Subscriber)) {
        let address = address.to_canonical();
        let mut entries = self.entries();
        if entries.len() >= MOST_SUBSCRIBERS && !entries.contains_key(&address) {
            let oldest = entries.values().min_by_key(|entry| entry.seen).map(|entry| entry.address);
            oldest.and_then(|oldest| entries.remove(&oldest));
        }
        change(entries.entry(address).or_insert_with(|| Subscriber::new(address)));
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<IpAddr, Subscriber>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    const fn new(address: IpAddr) -> Self {
        Self {
            address,
            serial: None,
            seen: None,
            how: None,
            told: None,
            wholes: 0,
            differences: 0,
            lag: None,
        }
    }

    const fn see(&mut self, how: How, now: Timestamp) {
        self.seen = Some(now);
        self.how = Some(how);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_remembered_as_were_seen_lately() {
        let known = SocketAddr::from(([198, 51, 100, 1], 53));
        let subscribers = Subscribers::new(&[known]);
        assert_eq!(subscribers.snapshot(|_| None).len(), 1);
        for n in 0..=MOST_SUBSCRIBERS {
            let address = IpAddr::from([10, 0, (n / 256) as u8, (n % 256) as u8]);
            subscribers.took(address, 7, How::Whole, Timestamp::from_unix_ms(n as i64));
        }
        let all = subscribers.snapshot(|serial| Some(u64::from(serial)));
        assert_eq!(all.len(), MOST_SUBSCRIBERS);
        assert_eq!(all[0].address, IpAddr::from([10, 0, 0, 1]), "the one seen first is gone");
        assert_eq!(all[0].lag, Some(7));
    }
}
