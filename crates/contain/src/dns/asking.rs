//! Who asked in the last seven days, counted: what share of devices this covers.
//!
//! A device that asks somewhere else is not covered, which is all that can be said of it. Devices are
//! known by name; of addresses nothing is kept but in which of many slots a keyed hash of them falls, and
//! the hour. It all begins anew with the process.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use unhook_app::resolving::Client;

/// Slots for addresses, four bytes each. With a tenth as many addresses the count is right within one
/// in a hundred; with ten times as many it says no more than that there are that many.
const SLOTS: usize = 65_536;

/// For how long after it asked somebody counts, in seconds.
const COUNTED_FOR: u32 = 7 * 24 * HOUR;

const HOUR: u32 = 3_600;

/// When whom was last heard: hours since the start, from one; zero is never.
#[derive(Debug)]
pub(super) struct Asking {
    slots: Box<[AtomicU32]>,
    /// As many as have a token.
    devices: RwLock<HashMap<Arc<str>, AtomicU32>>,
    hasher: RandomState,
}

impl Asking {
    pub(super) fn new() -> Self {
        let slots = (0..SLOTS).map(|_| AtomicU32::new(0)).collect();
        Self { slots, devices: RwLock::default(), hasher: RandomState::new() }
    }

    /// Somebody asked, `now` seconds after the start.
    pub(super) fn asked(&self, client: &Client, now: u32) {
        let hour = hour(now);
        match client {
            Client::Address(address) => {
                let slot = &self.slots[self.hasher.hash_one(address) as usize % SLOTS];
                hear(slot, hour);
            }
            Client::Device(name) => self.device_asked(name, hour),
        }
    }

    fn device_asked(&self, name: &Arc<str>, hour: u32) {
        {
            let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(heard) = devices.get(name) {
                return hear(heard, hour);
            }
        }
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        hear(devices.entry(Arc::clone(name)).or_default(), hour);
    }

    /// How many devices asked lately.
    pub(super) fn devices(&self, now: u32) -> usize {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.values().filter(|heard| is_recent(heard, now)).count()
    }

    /// About how many addresses did: from how many slots are empty (linear counting, Whang et al.
    /// 1990).
    pub(super) fn addresses(&self, now: u32) -> u64 {
        let empty = self.slots.iter().filter(|heard| !is_recent(heard, now)).count().max(1);
        let slots = SLOTS as f64;
        (-slots * (empty as f64 / slots).ln()).round() as u64
    }
}

fn hour(now: u32) -> u32 {
    now / HOUR + 1
}

/// Nearly always it says so already, and a look is cheaper than a change.
fn hear(heard: &AtomicU32, hour: u32) {
    if heard.load(Ordering::Relaxed) != hour {
        heard.store(hour, Ordering::Relaxed);
    }
}

fn is_recent(heard: &AtomicU32, now: u32) -> bool {
    let heard = heard.load(Ordering::Relaxed);
    heard != 0 && hour(now) - heard.min(hour(now)) <= COUNTED_FOR / HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> Client {
        Client::Address(std::net::Ipv4Addr::from(n).into())
    }

    #[test]
    fn whoever_asked_counts_for_a_week() {
        let asking = Asking::new();
        assert_eq!((asking.devices(0), asking.addresses(0)), (0, 0));
        let device = |name: &str| Client::Device(name.into());
        for client in [device("one"), device("one"), device("two"), address(1), address(1)] {
            asking.asked(&client, 10);
        }
        assert_eq!((asking.devices(10), asking.addresses(10)), (2, 1));
        let late = COUNTED_FOR + HOUR - 1;
        assert_eq!((asking.devices(late), asking.addresses(late)), (2, 1));
        asking.asked(&device("two"), late);
        assert_eq!((asking.devices(late + 1), asking.addresses(late + 1)), (1, 0));
    }

    #[test]
    fn a_flood_of_addresses_takes_no_room_and_is_counted_about_right() {
        for many in [100, 1_000, 6_000, 60_000] {
            let asking = Asking::new();
            (0..many).for_each(|n| asking.asked(&address(n), 1));
            let (counted, many) = (asking.addresses(1) as f64, f64::from(many));
            assert!((counted / many - 1.0).abs() < 0.05, "{counted} for {many}");
        }
        let asking = Asking::new();
        asking.slots.iter().for_each(|slot| slot.store(1, Ordering::Relaxed));
        assert!(asking.addresses(1) > 10 * SLOTS as u64, "full is a number, too");
    }
}
