//! UTF-8 out of a stream that says by its byte order mark how it is written.

use std::io::{BufRead, BufReader, Read, Result};

/// The byte order marks known, and which end of a unit comes first; `None` for UTF-8.
const MARKS: [(&[u8], Option<Order>); 3] = [
    (b"\xef\xbb\xbf", None),
    (b"\xff\xfe", Some(Order::LittleEndian)),
    (b"\xfe\xff", Some(Order::BigEndian)),
];

/// The longest of [`MARKS`].
const LONGEST_MARK: usize = 3;

#[derive(Clone, Copy)]
enum Order {
    LittleEndian,
    BigEndian,
}

/// Drops a byte order mark, and turns UTF-16 into UTF-8 where the mark says so: spreadsheets
/// on Windows save "Unicode text" that way.
pub(crate) fn utf8(mut stream: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>> {
    let mut start = Vec::with_capacity(LONGEST_MARK);
    stream.by_ref().take(LONGEST_MARK as u64).read_to_end(&mut start)?;
    let found = MARKS.iter().find(|(mark, _)| start.starts_with(mark));
    let (length, order) = found.map_or((0, None), |(mark, order)| (mark.len(), *order));
    start.drain(..length);
    let rest = std::io::Cursor::new(start).chain(stream);
    Ok(match order {
        None => Box::new(rest),
        Some(order) => Box::new(Utf16::new(rest, order)),
    })
}

/// UTF-8 out of UTF-16; what is no character is replaced.
struct Utf16<R> {
    units: Units<R>,
    /// A unit read ahead that begins no pair.
    held: Option<u16>,
    /// UTF-8 not handed out yet.
    ready: Vec<u8>,
}

struct Units<R> {
    reader: BufReader<R>,
    order: Order,
}

/// UTF-8 made at once, in bytes.
const PIECE: usize = 1 << 13;

impl<R: Read> Units<R> {
    /// The next unit; half a unit at the end is replaced.
    fn next(&mut self) -> Result<Option<u16>> {
        let (Some(first), second) = (self.byte()?, self.byte()?) else { return Ok(None) };
        Ok(Some(match (second, self.order) {
            (None, _) => 0xfffd,
            (Some(second), Order::LittleEndian) => u16::from_le_bytes([first, second]),
            (Some(second), Order::BigEndian) => u16::from_be_bytes([first, second]),
        }))
    }

    fn byte(&mut self) -> Result<Option<u8>> {
        let byte = self.reader.fill_buf()?.first().copied();
        self.reader.consume(usize::from(byte.is_some()));
        Ok(byte)
    }
}

impl<R: Read> Utf16<R> {
    fn new(reader: R, order: Order) -> Self {
        let units = Units { reader: BufReader::new(reader), order };
        Self { units, held: None, ready: Vec::new() }
    }

    fn next_char(&mut self) -> Result<Option<char>> {
        let unit = match self.held.take() {
            Some(unit) => unit,
            None => match self.units.next()? {
                Some(unit) => unit,
                None => return Ok(None),
            },
        };
        let pair = if matches!(unit, 0xd800..=0xdbff) { self.units.next()? } else { None };
        let mut decoded = char::decode_utf16(std::iter::once(unit).chain(pair));
        let first = decoded.next().and_then(std::result::Result::ok);
        if first.is_none() {
            self.held = pair;
        }
        Ok(Some(first.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        // At least one character, then as many as are there without waiting.
        while self.ready.is_empty()
            || (self.ready.len() < PIECE && !self.units.reader.buffer().is_empty())
        {
            let Some(c) = self.next_char()? else { break };
            self.ready.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        let count = self.ready.len().min(out.len());
        out[..count].copy_from_slice(&self.ready[..count]);
        self.ready.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let mut text = Vec::new();
        let mut stream = utf8(Box::new(std::io::Cursor::new(bytes.to_vec()))).unwrap();
        stream.read_to_end(&mut text).unwrap();
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }

    #[test]
    fn marks_are_dropped() {
        check(b"\xef\xbb\xbfone", "one");
        check(b"one", "one");
        check(b"", "");
        check(b"\xef\xbb", "\u{fffd}");
    }

    #[test]
    fn utf16_becomes_utf8() {
        for (mark, bytes) in [
            (b"\xff\xfe", u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (b"\xfe\xff", u16::to_be_bytes as fn(u16) -> [u8; 2]),
        ] {
            let text = "tap \u{1f600}\r\nnow é".repeat(3000);
            let units: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            check(&[mark.as_slice(), &units].concat(), &text);
        }
    }

    #[test]
    fn what_is_no_character_is_replaced() {
        check(b"\xff\xfe\x3d\xd8a\0\x00", "\u{fffd}a\u{fffd}");
    }
}
