//! What a phone is given so that it asks here wherever it is: a configuration profile for Apple's
//! systems, and the name that Android's private DNS asks for.
//!
//! Whoever has the profile has the device's token: it goes to the device and nowhere else.

use ring::digest::{SHA256, digest};

/// What a profile says.
#[derive(Clone, Copy, Debug)]
pub struct DeviceDns<'a> {
    /// Whose resolver it is, as the settings of the phone show it.
    pub organization: &'a str,
    /// The host where it answers over HTTPS, with the port if it is not 443: `dns.acme.example`.
    pub host: &'a str,
    /// The device's token: letters in lower case, digits and hyphens, 63 at most, so that it can be
    /// a part of a name.
    pub token: &'a str,
}

/// A configuration profile, `application/x-apple-aspen-config`, for iOS 14, iPadOS 14 and macOS 11
/// and later ("DNS Settings" in Apple's Device Management). The same device gets the same ids, so
/// that a new one takes the place of the old.
#[must_use]
pub fn ios_profile(device: &DeviceDns<'_>) -> Vec<u8> {
    let organization = escaped(device.organization);
    let url = escaped(&format!("https://{}/dns-query/{}", device.host, device.token));
    let identifier = escaped(&format!("{}.unhook.dns", device.host.replace(':', ".")));
    let (outer, inner) = (id(device, "profile"), id(device, "settings"));
    let profile = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>DNSSettings</key>
			<dict>
				<key>DNSProtocol</key>
				<string>HTTPS</string>
				<key>ServerURL</key>
				<string>{url}</string>
			</dict>
			<key>PayloadDisplayName</key>
			<string>{organization}: protected DNS</string>
			<key>PayloadIdentifier</key>
			<string>{identifier}.settings</string>
			<key>PayloadType</key>
			<string>com.apple.dnsSettings.managed</string>
			<key>PayloadUUID</key>
			<string>{inner}</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
		</dict>
	</array>
	<key>PayloadDescription</key>
	<string>Names that {organization} knows to be phishing do not resolve on this device. Which names it looks up is seen by {organization}.</string>
	<key>PayloadDisplayName</key>
	<string>{organization}: protected DNS</string>
	<key>PayloadIdentifier</key>
	<string>{identifier}</string>
	<key>PayloadOrganization</key>
	<string>{organization}</string>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>{outer}</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#
    );
    profile.into_bytes()
}

/// The name that is typed in at Android's "Private DNS provider hostname": the resolver's, behind
/// the device's token. The certificate there has to be for all names below the host.
#[must_use]
pub fn android_private_dns(device: &DeviceDns<'_>) -> String {
    let host = device.host.split(':').next().unwrap_or_default();
    format!("{}.{host}", device.token)
}

/// A UUID of version 8 (RFC 9562, section 5.8) from what the profile says.
fn id(device: &DeviceDns<'_>, part: &str) -> String {
    let hash = digest(&SHA256, format!("{}\0{}\0{part}", device.host, device.token).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceDns<'_> = DeviceDns {
        organization: "Acme <&> Sons",
        host: "dns.acme.example:8443",
        token: "0a1b2c3d",
    };

    #[test]
    fn android_asks_for_the_device_s_own_name() {
        assert_eq!(android_private_dns(&DEVICE), "0a1b2c3d.dns.acme.example");
    }

    #[test]
    fn a_profile_is_the_same_each_time_and_another_for_another_device() {
        assert_eq!(ios_profile(&DEVICE), ios_profile(&DEVICE));
        let other = DeviceDns { token: "ffffffff", ..DEVICE };
        assert_ne!(id(&DEVICE, "profile"), id(&other, "profile"));
        assert_ne!(id(&DEVICE, "profile"), id(&DEVICE, "settings"));
    }

    const PLISTLIB: &str = "
import plistlib, sys, uuid
profile = plistlib.loads(sys.stdin.buffer.read())
[settings] = profile['PayloadContent']
assert settings['PayloadType'] == 'com.apple.dnsSettings.managed'
dns = settings['DNSSettings']
assert dns['ServerURL'] == 'https://dns.acme.example:8443/dns-query/0a1b2c3d', dns
assert profile['PayloadOrganization'] == 'Acme <&> Sons'
assert uuid.UUID(profile['PayloadUUID']) != uuid.UUID(settings['PayloadUUID'])
";

    #[test]
    fn plistlib_reads_a_profile() {
        use std::io::Write as _;
        use std::process::{Command, Stdio};

        let python = Command::new("python3").args(["-c", PLISTLIB]).stdin(Stdio::piped()).spawn();
        let Ok(mut python) = python else {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "python3 is not installed");
            return;
        };
        python.stdin.take().unwrap().write_all(&ios_profile(&DEVICE)).unwrap();
        assert!(python.wait().unwrap().success());
    }
}
