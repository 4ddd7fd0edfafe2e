//! Drives the readers of host names, telephone numbers, senders and times.
//!
//! Holds: what was read, written and read again is the same, whatever its case; a host name
//! has the length and letters of one and is no address; its registrable domain and suffix
//! are its end; a line's host is part of the line; a time is one at which texts were sent.

use unhook_detect::lookalike::host_of_line;
use unhook_detect::text::host::{registrable, suffix};
use unhook_messaging::parse_time;
use unhook_model::{Hostname, PhoneNumber, Sender};

/// From the year of the first text to 2100, in milliseconds since the Unix epoch.
const TIMES: std::ops::Range<i64> = 694_224_000_000..4_102_444_800_000;

/// The input is lines, each read as a host, a number, a sender and a time.
pub fn run(data: &[u8]) {
    for line in data.split(|b| *b == b'\n').take(16) {
        check_line(line);
        let text = String::from_utf8_lossy(line);
        check_host(&text);
        check_number(&text);
        check_sender(&text);
        if let Some(at) = parse_time(&text) {
            assert!(TIMES.contains(&at.unix_ms()), "{text:?} is {at:?}");
        }
    }
}

fn check_line(line: &[u8]) {
    let Some(host) = host_of_line(line) else { return };
    assert!(!host.is_empty());
    assert!(line.windows(host.len()).any(|part| part == host), "{host:?} is not in {line:?}");
}

fn check_host(text: &str) {
    let Ok(host) = Hostname::parse(text) else { return };
    let name = host.as_str();
    assert_eq!(Hostname::parse(name).as_ref(), Ok(&host));
    assert_eq!(Hostname::parse(&format!("{name}.")).as_ref(), Ok(&host));
    assert_eq!(Hostname::parse(&name.to_ascii_uppercase()).as_ref(), Ok(&host));
    assert!(name.is_ascii() && name.len() <= 253 && name == name.to_ascii_lowercase());
    assert!(name.split('.').count() >= 2 && name.split('.').all(|l| (1..=63).contains(&l.len())));
    assert!(name.parse::<std::net::IpAddr>().is_err(), "{name} is an address");
    let last = name.rsplit('.').next().and_then(|label| label.strip_prefix("0x"));
    assert!(last.is_none_or(|hex| !hex.bytes().all(|b| b.is_ascii_hexdigit())), "{name}");
    assert!(name.ends_with(suffix(name)), "{name}: {}", suffix(name));
    if let Some(domain) = registrable(name) {
        assert!(host.is_within(domain) && domain.ends_with(suffix(name)), "{name}: {domain}");
        assert_eq!(registrable(domain), Some(domain));
    }
}

fn check_number(text: &str) {
    let Some(number) = PhoneNumber::parse(text) else { return };
    let digits = number.digits();
    assert!((3..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(PhoneNumber::parse(&number.to_string()), Some(number), "from {text:?}");
}

fn check_sender(text: &str) {
    let Some(sender) = Sender::parse(text) else {
        assert!(text.trim().is_empty(), "{text:?} is no sender");
        return;
    };
    let written = sender.as_text();
    assert!(!written.is_empty() && written.len() <= 120, "{} bytes kept", written.len());
    assert_eq!(Sender::parse(&written), Some(sender), "from {text:?}");
}
