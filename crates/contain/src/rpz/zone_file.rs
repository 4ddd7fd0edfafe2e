//! The zone as a file (RFC 1035 §5), for resolvers that only load one: what they have is as old as
//! the file, and most answer nobody while they load a million names.

use std::io::{self, Write};

use domain::base::Serial;
use unhook_app::blocklist::Whole;

use super::zone::{TTL, Zone};

/// Writes all that is blocked, as a zone with this serial.
///
/// # Errors
/// When it cannot be written.
pub fn write_zone_file(
    zone: &Zone,
    serial: u32,
    whole: &Whole,
    to: &mut impl Write,
) -> io::Result<()> {
    let soa = zone.soa(Serial(serial));
    let head = soa.data();
    writeln!(to, "$ORIGIN {zone}.")?;
    writeln!(to, "$TTL {}", TTL.as_secs())?;
    let times = [head.refresh(), head.retry(), head.expire(), head.minimum()];
    write!(to, "@ SOA localhost. localhost. {serial}")?;
    for time in times {
        write!(to, " {}", time.as_secs())?;
    }
    writeln!(to, "\n@ NS localhost.")?;
    for name in zone.held(whole.distinct()) {
        writeln!(to, "{name} CNAME .\n*.{name} CNAME .")?;
    }
    Ok(())
}
