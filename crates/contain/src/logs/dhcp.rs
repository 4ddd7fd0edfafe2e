//! Leases of DHCP: Kea's lease files (CSV, versions 4 and 6) and ISC's `dhcpd.leases`.
//!
//! A lease says which device had an address, by its hardware address, or its name where it has none;
//! whose the device is, says MDM. Times are in UTC in both.

use std::net::IpAddr;

use unhook_app::ledger::{Holder, Lease, Observed};
use unhook_app::resolving::Client;
use unhook_model::Timestamp;

use super::times::{Clock, Zone, epoch, number};
use super::{Line, field, ip, nothing, one};

/// The most columns of a file of Kea's; it has fewer than twenty.
const MOST_COLUMNS: usize = 64;

/// What Kea calls a lease that a client declined.
const DECLINED: &str = "1";

#[derive(Debug)]
pub(super) struct Dhcp {
    columns: Columns,
    /// The lease of ISC's that is being read.
    open: Option<Open>,
}

#[derive(Debug)]
struct Columns {
    address: usize,
    hardware: Option<usize>,
    lasts: usize,
    expires: usize,
    name: Option<usize>,
    state: Option<usize>,
}

#[derive(Debug)]
struct Open {
    address: IpAddr,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    hardware: Option<Box<str>>,
    name: Option<Box<str>>,
}

impl Default for Dhcp {
    /// As Kea's version 4 has them.
    fn default() -> Self {
        let columns = Columns {
            address: 0,
            hardware: Some(1),
            lasts: 3,
            expires: 4,
            name: Some(8),
            state: Some(9),
        };
        Self { columns, open: None }
    }
}

impl Dhcp {
    pub(super) fn read(&mut self, line: &str) -> Line {
        let line = line.trim();
        if self.open.is_some() || line.starts_with("lease ") {
            return self.isc(line);
        }
        if line.starts_with("address,") {
            return self.head(line);
        }
        if line.starts_with('#') || !line.contains(',') {
            return nothing();
        }
        self.kea(line)
    }

    fn head(&mut self, line: &str) -> Line {
        let names: Vec<&str> = line.split(',').take(MOST_COLUMNS).collect();
        let place = |wanted: &str| names.iter().position(|name| *name == wanted);
        let (Some(address), Some(lasts), Some(expires)) =
            (place("address"), place("valid_lifetime"), place("expire"))
        else {
            return Err("the head has no `address`, `valid_lifetime` and `expire`".to_owned());
        };
        let (hardware, name, state) = (place("hwaddr"), place("hostname"), place("state"));
        self.columns = Columns { address, hardware, lasts, expires, name, state };
        nothing()
    }

    fn kea(&self, line: &str) -> Line {
        let values: Vec<&str> = line.split(',').take(MOST_COLUMNS).collect();
        let value = |place: usize| values.get(place).copied().unwrap_or_default();
        let known = |place: Option<usize>| place.and_then(|place| field(value(place), true));
        let columns = &self.columns;
        if columns.state.is_some_and(|state| value(state) == DECLINED) {
            return nothing();
        }
        let seconds = |place| number::<u32>(value(place)).ok_or("no time");
        let (lasts, expires) = (seconds(columns.lasts)?, seconds(columns.expires)?);
        let device = known(columns.hardware).or_else(|| known(columns.name));
        // One that was given back at once, or of nobody.
        let Some(device) = device.filter(|_| lasts > 0) else { return nothing() };
        one(Observed::Leased(Lease {
            client: Client::Address(ip(value(columns.address))?),
            holder: Holder::Device((&*device).into()),
            from: epoch(f64::from(expires) - f64::from(lasts))?,
            until: Some(epoch(f64::from(expires))?),
            key: None,
        }))
    }

    /// A line of `lease 192.0.2.1 { starts 3 2022/07/20 22:49:00; … }`.
    fn isc(&mut self, line: &str) -> Line {
        if let Some(rest) = line.strip_prefix("lease ") {
            let address = ip(rest.trim_end_matches('{').trim())?;
            self.open = Some(Open { address, from: None, until: None, hardware: None, name: None });
            return nothing();
        }
        if line == "}" {
            return self.open.take().map_or_else(nothing, Open::close);
        }
        let Some(open) = &mut self.open else { return nothing() };
        let mut words = line.trim_end_matches(';').split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("starts"), Some(_)) => open.from = moment(words.next(), words.next()),
            (Some("ends"), Some(_)) => open.until = moment(words.next(), words.next()),
            (Some("hardware"), Some(_)) => {
                open.hardware = words.next().and_then(|address| field(address, true));
            }
            (Some("client-hostname"), Some(name)) => {
                open.name = field(name.trim_matches('"'), true)
            }
            _ => {}
        }
        nothing()
    }
}

impl Open {
    fn close(self) -> Line {
        let Some(device) = self.hardware.or(self.name) else { return nothing() };
        one(Observed::Leased(Lease {
            client: Client::Address(self.address),
            holder: Holder::Device((&*device).into()),
            from: self.from.ok_or("a lease without a beginning")?,
            until: self.until,
            key: None,
        }))
    }
}

/// `2022/07/20 22:49:00`, in UTC; `never` is none.
fn moment(date: Option<&str>, time: Option<&str>) -> Option<Timestamp> {
    let utc: Zone = "UTC".parse().ok()?;
    let clock = Clock { zone: Some(&utc), now: Timestamp::from_unix_ms(0) };
    clock.rfc3339(&format!("{}T{}", date?.replace('/', "-"), time?)).ok()
}
