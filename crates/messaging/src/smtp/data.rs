//! A mail's bytes as they come after `DATA` (RFC 5321, section 4.5.2).

/// A mail on its way in.
#[derive(Debug, Default)]
pub struct Body {
    bytes: Vec<u8>,
    state: State,
    most: usize,
    /// How many bytes came, kept or not.
    count: usize,
    is_malformed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    LineStart,
    /// Behind a dot at the start of a line.
    Dot,
    /// Behind that and a carriage return.
    DotReturn,
    Text,
    /// Behind a carriage return.
    Return,
}

/// How a mail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// Whole, with the dots undone that were put before lines that begin with one.
    Whole(Vec<u8>),
    /// It has a line end that is none.
    Malformed,
    /// It is larger than it may be.
    TooLarge,
}

impl Body {
    /// A mail of at most so many bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// How many bytes came, kept or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes what came; where the mail ends in it, says how many bytes belong to it.
    pub fn take(&mut self, chunk: &[u8]) -> Option<usize> {
        for (at, byte) in chunk.iter().enumerate() {
            if self.push(*byte) {
                self.count += at + 1;
                return Some(at + 1);
            }
        }
        self.count += chunk.len();
        None
    }

    /// How it ended; to be asked once it has.
    #[must_use]
    pub fn end(self) -> BodyEnd {
        if self.is_malformed {
            BodyEnd::Malformed
        } else if self.bytes.len() > self.most {
            BodyEnd::TooLarge
        } else {
            BodyEnd::Whole(self.bytes)
        }
    }

    /// Takes a byte; whether it was the last.
    fn push(&mut self, byte: u8) -> bool {
        use State::{Dot, DotReturn, LineStart, Return, Text};
        self.state = match (self.state, byte) {
            (DotReturn, b'\n') => return true,
            (Return, b'\n') => {
                self.keep(b'\r');
                self.keep(b'\n');
                LineStart
            }
            // A carriage return or a line feed by itself ends no line.
            (Return | DotReturn, b'\r') => self.malformed(Return),
            (Return | DotReturn, _) | (_, b'\n') => self.malformed(Text),
            (Dot, b'\r') => DotReturn,
            (LineStart, b'.') => Dot,
            (_, b'\r') => Return,
            (_, byte) => {
                self.keep(byte);
                Text
            }
        };
        false
    }

    fn malformed(&mut self, state: State) -> State {
        self.is_malformed = true;
        self.bytes = Vec::new();
        state
    }

    /// Keeps a byte, and one more than there may be.
    fn keep(&mut self, byte: u8) {
        if !self.is_malformed && self.bytes.len() <= self.most {
            self.bytes.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Option<(BodyEnd, usize)> {
        let mut body = Body::new(100);
        let length = body.take(bytes)?;
        Some((body.end(), length))
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[u8]) {
        let (end, length) = read(bytes).unwrap();
        assert_eq!((end, length), (BodyEnd::Whole(expected.to_vec()), bytes.len()));
    }

    #[test]
    fn a_mail_ends_with_a_dot_on_a_line_of_its_own() {
        check(b"one\r\ntwo\r\n.\r\n", b"one\r\ntwo\r\n");
        check(b".\r\n", b"");
        check(b"..\r\n...a\r\n.b\r\n.\r\n", b".\r\n..a\r\nb\r\n");
        assert_eq!(read(b"one\r\n.\r\nQUIT\r\n").unwrap().1, 8);
        assert_eq!(read(b"one\r\n."), None);
    }

    #[test]
    fn nothing_else_ends_one() {
        for smuggled in [
            &b"one\n.\nMAIL FROM:<a@b.example>\r\n.\r\n"[..],
            b"one\n.\r\nMAIL\r\n.\r\n",
            b"one\r.\rMAIL\r\n.\r\n",
            b"one\r\n.\nMAIL\r\n.\r\n",
            b"one\r\n.\rMAIL\r\n.\r\n",
            b"one\r\r\n.\r\n",
            b"\n.\r\n\r\n.\r\n",
        ] {
            let (end, length) = read(smuggled).unwrap();
            assert_eq!((end, length), (BodyEnd::Malformed, smuggled.len()), "{smuggled:?}");
        }
    }

    #[test]
    fn too_large_a_mail_is_read_to_its_end_and_not_held() {
        let mut body = Body::new(100);
        assert_eq!(body.take(&[b'x'; 5_000]), None);
        assert!(body.bytes.len() <= 101 && body.count() == 5_000);
        assert_eq!(body.take(b"\r\n.\r\n"), Some(5));
        assert_eq!(body.end(), BodyEnd::TooLarge);
    }

    proptest! {
        #[test]
        fn what_is_stuffed_comes_out_as_it_was(lines in prop::collection::vec("[.a]{0,4}", 0..6)) {
            let whole: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = lines
                .iter()
                .map(|line| format!("{}{line}\r\n", if line.starts_with('.') { "." } else { "" }))
                .collect();
            let (end, _) = read((stuffed + ".\r\n").as_bytes()).unwrap();
            prop_assert_eq!(end, BodyEnd::Whole(whole.into_bytes()));
        }

        #[test]
        fn how_it_is_cut_does_not_matter(bytes in "[.a\r\n]{0,40}", cut in 0_usize..40) {
            let bytes = bytes.as_bytes();
            let (one, other) = bytes.split_at(cut.min(bytes.len()));
            let mut body = Body::new(100);
            let end = body.take(one).or_else(|| body.take(other).map(|end| end + one.len()));
            let whole = read(bytes);
            prop_assert_eq!(end, whole.as_ref().map(|(_, length)| *length));
            if let Some((how, _)) = whole {
                prop_assert_eq!(body.end(), how);
            }
        }
    }
}
