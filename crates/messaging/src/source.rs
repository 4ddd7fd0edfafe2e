//! Bounded lines out of a stream.

use std::io::{BufRead, BufReader, Read};

use crate::error::{RowError, RowProblem};

/// The longest row read, in bytes: a text of any channel is far below it. A longer one is
/// an error of its own and is passed over without being held.
pub const LONGEST_ROW: usize = 1 << 20;

/// Bytes asked for at once.
const BUFFER: usize = 1 << 16;

/// A stream of bytes and the line it has come to.
pub(crate) struct Source {
    pub(crate) reader: BufReader<Box<dyn Read + Send>>,
    /// Line breaks passed so far.
    pub(crate) breaks: u64,
    buffer: Vec<u8>,
}

/// A line without its break.
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u64,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(stream: Box<dyn Read + Send>) -> Self {
        let reader = BufReader::with_capacity(BUFFER, stream);
        Self { reader, breaks: 0, buffer: Vec::new() }
    }

    /// The next line that is not blank.
    pub(crate) fn next_filled(&mut self) -> Option<Result<Line, RowError>> {
        loop {
            match self.next_line()? {
                Ok(line) if line.text.trim().is_empty() => {}
                other => return Some(other),
            }
        }
    }

    /// The next line; bytes that are no UTF-8 are replaced.
    pub(crate) fn next_line(&mut self) -> Option<Result<Line, RowError>> {
        self.buffer.clear();
        let number = self.breaks + 1;
        let limit = LONGEST_ROW as u64 + 1;
        match self.reader.by_ref().take(limit).read_until(b'\n', &mut self.buffer) {
            Ok(0) => None,
            Ok(read) => {
                self.breaks += 1;
                if read > LONGEST_ROW {
                    self.skip_rest();
                    return Some(Err(RowError::at(number, RowProblem::TooLong)));
                }
                let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let text = String::from_utf8_lossy(line).into_owned();
                Some(Ok(Line { number, text }))
            }
            Err(error) => Some(Err(RowError::at(number, RowProblem::BreaksOff(error)))),
        }
    }

    /// Passes over the rest of a line that is too long, without holding it. A failure is left
    /// for the next read to meet.
    fn skip_rest(&mut self) {
        if self.buffer.ends_with(b"\n") {
            return;
        }
        while let Ok(buffer) = self.reader.fill_buf() {
            let found = buffer.iter().position(|byte| *byte == b'\n');
            let used = found.map_or(buffer.len(), |at| at + 1);
            self.reader.consume(used);
            if found.is_some() || used == 0 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: Vec<u8>) -> Vec<Result<Line, RowError>> {
        let mut source = Source::new(Box::new(std::io::Cursor::new(bytes)));
        std::iter::from_fn(|| source.next_line()).collect()
    }

    #[test]
    fn lines_lose_their_breaks_and_keep_their_numbers() {
        let read = lines(b"one\r\n\ntwo".to_vec());
        let read: Vec<(u64, &str)> =
            read.iter().flatten().map(|line| (line.number, line.text.as_str())).collect();
        assert_eq!(read, [(1, "one"), (2, ""), (3, "two")]);
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        for length in [LONGEST_ROW, LONGEST_ROW + 1, 3 * LONGEST_ROW] {
            let mut bytes = vec![b'x'; length];
            bytes.extend_from_slice(b"\nshort\n");
            let read = lines(bytes);
            assert!(matches!(&read[0], Err(error) if error.line == 1), "{length}");
            assert!(matches!(&read[1], Ok(line) if line.text == "short" && line.number == 2));
        }
    }
}
