//! How the parts of a snapshot are written: numbers in seven bits a byte, least first; counts
//! before what they count; a byte before what may be one of several things.
//!
//! Reading never panics, and takes no memory that the bytes do not pay for: a count says when to
//! stop, and what it counts is made one by one. Damage is `None`; that the bytes are whole is
//! known before. Where to start: [`Encode`].

use std::collections::{BTreeMap, BTreeSet};

use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

use crate::event::{Cause, Indicator, Reason, Ruling, SplitNumber, Stage, TieNumber};
use crate::{Similarity, TextSketch};

/// What can be in a snapshot.
pub(crate) trait Encode: Sized {
    fn write(&self, bytes: &mut Vec<u8>);

    fn read(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// What is still to be read.
pub(crate) struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn array<const COUNT: usize>(&mut self) -> Option<[u8; COUNT]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn slice(&mut self, count: usize) -> Option<&'b [u8]> {
        let (slice, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(slice)
    }
}

/// A struct, field by field.
macro_rules! fields {
    ($name:ident { $($field:tt),* }) => {
        impl $crate::snapshot::encoding::Encode for $name {
            fn write(&self, bytes: &mut Vec<u8>) {
                $($crate::snapshot::encoding::Encode::write(&self.$field, bytes);)*
            }

            fn read(bytes: &mut $crate::snapshot::encoding::Bytes<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::snapshot::encoding::Encode::read(bytes)?),* })
            }
        }
    };
}
pub(crate) use fields;

/// An enum, by a byte and what the variant holds.
macro_rules! variants {
    ($name:ident { $($tag:literal => $variant:ident $(($field:ident))?),* }) => {
        impl Encode for $name {
            fn write(&self, bytes: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($field))? => {
                        bytes.push($tag);
                        $($field.write(bytes);)?
                    })*
                }
            }

            fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
                match bytes.array()? {
                    $([$tag] => Some(Self::$variant $(({ let $field = Encode::read(bytes)?; $field }))?),)*
                    _ => None,
                }
            }
        }
    };
}

variants! { Verdict { 0 => Benign, 1 => Suspicious, 2 => Malicious } }
variants! { Ruling { 0 => Malicious, 1 => Benign } }
variants! { Stage { 0 => Emerging, 1 => Active, 2 => Contained, 3 => Closed } }
variants! { Cause { 0 => Verdict(verdict), 1 => Burst } }
variants! { Indicator { 0 => Domain(host), 1 => Sender(number), 2 => Page(fingerprint) } }
variants! { Reason { 0 => NearText(similarity), 1 => Shared(shared), 2 => Ruled(by), 3 => Split(split) } }
fields! { TieNumber { 0 } }
fields! { SplitNumber { 0 } }

macro_rules! ids {
    ($($name:ident)*) => { $(
        impl Encode for $name {
            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_bytes());
            }

            fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
                bytes.array().map(Self::from_bytes)
            }
        }
    )* };
}

ids! { ReportId CampaignId PersonId }

impl Encode for u64 {
    fn write(&self, bytes: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 128 {
            bytes.push(rest as u8 | 128);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut number = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let [byte] = bytes.array()?;
            let part = Self::from(byte & 127);
            number |= part << shift;
            if byte < 128 {
                // One number is written in one way.
                let is_shortest = byte > 0 || shift == 0;
                return (number >> shift == part && is_shortest).then_some(number);
            }
        }
        None
    }
}

impl Encode for u32 {
    fn write(&self, bytes: &mut Vec<u8>) {
        u64::from(*self).write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        u64::read(bytes)?.try_into().ok()
    }
}

impl Encode for bool {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push((*self).into());
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        match bytes.array()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Encode for Timestamp {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.unix_ms().to_le_bytes());
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.array().map(|array| Self::from_unix_ms(i64::from_le_bytes(array)))
    }
}

impl Encode for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).write(bytes);
        bytes.extend(self.as_bytes());
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let length = u64::read(bytes)?.try_into().ok()?;
        std::str::from_utf8(bytes.slice(length)?).ok().map(str::to_owned)
    }
}

impl Encode for Hostname {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.as_str().to_owned().write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Self::parse(&String::read(bytes)?).ok()
    }
}

impl Encode for TextSketch {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_bytes());
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Self::from_bytes(bytes.slice(Self::BYTES)?).ok()
    }
}

impl Encode for Similarity {
    fn write(&self, bytes: &mut Vec<u8>) {
        u32::from(self.to_raw()).write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        u32::read(bytes)?.try_into().ok().map(Self::from_raw)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.is_some().write(bytes);
        self.iter().for_each(|value| value.write(bytes));
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        if bool::read(bytes)? { T::read(bytes).map(Some) } else { Some(None) }
    }
}

impl<One: Encode, Other: Encode> Encode for (One, Other) {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.0.write(bytes);
        self.1.write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some((One::read(bytes)?, Other::read(bytes)?))
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).write(bytes);
        self.iter().for_each(|value| value.write(bytes));
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let count = u64::read(bytes)?;
        (0..count).map(|_| T::read(bytes)).collect()
    }
}

impl<T: Encode + Ord> Encode for BTreeSet<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).write(bytes);
        self.iter().for_each(|value| value.write(bytes));
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Vec::read(bytes).map(Self::from_iter)
    }
}

impl<Key: Encode + Ord, T: Encode> Encode for BTreeMap<Key, T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).write(bytes);
        for (key, value) in self {
            key.write(bytes);
            value.write(bytes);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        Vec::read(bytes).map(Self::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            number.write(&mut bytes);
            assert_eq!(u64::read(&mut Bytes::new(&bytes)), Some(number));
            assert_eq!(u64::read(&mut Bytes::new(&bytes[1..])).is_some(), bytes.len() > 1);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bytes in [
            &[][..],
            &[128],
            &[128, 0],
            &[255; 10],
            &[255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
        ] {
            assert_eq!(u64::read(&mut Bytes::new(bytes)), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_count_takes_no_memory_by_itself() {
        let mut bytes = Vec::new();
        u64::MAX.write(&mut bytes);
        assert_eq!(Vec::<u64>::read(&mut Bytes::new(&bytes)), None);
        assert_eq!(String::read(&mut Bytes::new(&bytes)), None);
    }
}
