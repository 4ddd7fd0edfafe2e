//! Ids of what the journal speaks of.

use std::fmt;
use std::str::FromStr;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 32 hexadecimal digits, as in 019332b4-8d2e-7c41-9a3f-2b6c1d0e4f5a")]
pub struct IdError;

/// Writes sixteen bytes as a UUID is written (RFC 9562, section 4).
fn write(bytes: [u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

/// Reads a UUID, with or without its hyphens, in either case.
fn read(text: &str) -> Result<[u8; 16], IdError> {
    let mut bytes = [0; 16];
    let mut digits = 0;
    for c in text.chars().filter(|c| *c != '-') {
        let digit = c.to_digit(16).ok_or(IdError)? as u8;
        let byte = bytes.get_mut(digits / 2).ok_or(IdError)?;
        *byte = *byte << 4 | digit;
        digits += 1;
    }
    if digits == 32 { Ok(bytes) } else { Err(IdError) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => { $(
        $(#[$doc])*
        ///
        /// Sixteen bytes. Whoever makes one makes a UUID of version 7, so ids are ordered by
        /// the time they were made.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                read(text).map(Self)
            }
        }
    )* };
}

ids! {
    /// A text that somebody reported.
    ReportId,
    /// Texts that belong together.
    CampaignId,
    /// One thing done about a campaign.
    ActionId,
    /// A person of the organization, by a name that says nothing of who it is.
    PersonId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = ReportId::from_bytes(std::array::from_fn(|at| at as u8 * 17));
        assert_eq!(id.to_string(), "00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("00112233445566778899AABBCCDDEEFF".parse(), Ok(id));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "0", "zz112233-4455-6677-8899-aabbccddeeff", &"0".repeat(33)] {
            assert_eq!(text.parse::<ReportId>(), Err(IdError), "{text}");
        }
    }
}
