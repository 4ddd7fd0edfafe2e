//! The tags of an XML file, one after the other, each within a bound.
//!
//! This is no XML parser. A backup may hold images of many megabytes in one attribute, and
//! references to half characters that no XML parser takes; what is wanted of it is tags
//! and their attributes. `<` never stands within a tag (XML 1.0 §3.1), so reading finds its
//! feet again there, whatever came before.

use std::io::BufRead;

use crate::error::{RowError, RowProblem};
use crate::source::{LONGEST_ROW, Source};

/// A tag without its angle brackets.
pub(crate) struct Tag {
    /// The line it begins on.
    pub(crate) line: u64,
    /// What stands in it; the beginning, when it is longer than [`LONGEST_ROW`].
    pub(crate) text: String,
    /// Whether it was read to its end and is within the bound.
    pub(crate) is_whole: bool,
}

impl Tag {
    /// Its name, with the slash of an end tag.
    pub(crate) fn name(&self) -> &str {
        let slash = usize::from(self.text.starts_with('/'));
        let end = self.text[slash..].find(|c: char| c.is_whitespace() || c == '/');
        end.map_or(&self.text, |end| &self.text[..slash + end])
    }
}

/// The next tag; comments and processing instructions are passed over.
pub(crate) fn next_tag(source: &mut Source) -> Option<Result<Tag, RowError>> {
    loop {
        let mut scanner = Scanner::new();
        match scanner.run(source) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                return Some(Err(RowError::at(source.breaks + 1, RowProblem::BreaksOff(error))));
            }
        }
        if scanner.kind == Kind::Element {
            return Some(Ok(Tag {
                line: scanner.line,
                text: String::from_utf8_lossy(&scanner.kept).into_owned(),
                is_whole: scanner.place == Place::Ended && !scanner.is_cut,
            }));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Element,
    Comment,
    Instruction,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Before the tag.
    Outside,
    Inside,
    /// Within a value, up to this quote.
    Quoted(u8),
    /// Behind the closing bracket.
    Ended,
    /// Before the bracket of another tag, which began within this one.
    Broken,
}

struct Scanner {
    kind: Kind,
    place: Place,
    line: u64,
    kept: Vec<u8>,
    is_cut: bool,
}

impl Scanner {
    fn new() -> Self {
        let (kind, place) = (Kind::Element, Place::Outside);
        Self { kind, place, line: 0, kept: Vec::new(), is_cut: false }
    }

    /// Reads up to the end of a tag; `false` when none begins.
    fn run(&mut self, source: &mut Source) -> std::io::Result<bool> {
        while !matches!(self.place, Place::Ended | Place::Broken) {
            let buffer = source.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(self.place != Place::Outside);
            }
            let mut used = 0;
            for byte in buffer {
                self.step(*byte, source.breaks + 1);
                if self.place == Place::Broken {
                    break;
                }
                used += 1;
                source.breaks += u64::from(*byte == b'\n');
                if self.place == Place::Ended {
                    break;
                }
            }
            source.reader.consume(used);
        }
        Ok(true)
    }

    fn step(&mut self, byte: u8, line: u64) {
        match (self.place, byte) {
            (Place::Outside, b'<') => {
                (self.place, self.line) = (Place::Inside, line);
                return;
            }
            (Place::Outside, _) => return,
            (Place::Inside, b'>') if self.ends_here() => self.place = Place::Ended,
            (Place::Inside | Place::Quoted(_), b'<') if self.kind == Kind::Element => {
                self.place = Place::Broken;
            }
            (Place::Inside, b'"' | b'\'') if self.kind == Kind::Element => {
                self.place = Place::Quoted(byte);
            }
            (Place::Quoted(quote), _) if byte == quote => self.place = Place::Inside,
            _ => {}
        }
        if matches!(self.place, Place::Inside | Place::Quoted(_)) {
            self.keep(byte);
        }
    }

    /// Whether a `>` ends what was read so far.
    fn ends_here(&self) -> bool {
        match self.kind {
            Kind::Comment => self.kept.len() >= 5 && self.kept.ends_with(b"--"),
            Kind::Instruction => self.kept.ends_with(b"?"),
            Kind::Element => true,
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.kept.len() < LONGEST_ROW {
            self.kept.push(byte);
        } else if self.kind == Kind::Element {
            self.is_cut = true;
        } else {
            // Of what is passed over only the end matters.
            self.kept.drain(3..LONGEST_ROW - 2);
            self.kept.push(byte);
        }
        match self.kept.as_slice() {
            b"!--" => self.kind = Kind::Comment,
            b"?" => self.kind = Kind::Instruction,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut source = Source::new(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())));
        let tags: Vec<String> = std::iter::from_fn(|| next_tag(&mut source))
            .flatten()
            .map(|tag| {
                let broken = if tag.is_whole { "" } else { "!" };
                format!("{}{broken} {}", tag.line, tag.text)
            })
            .collect();
        assert_eq!(tags, expected);
    }

    #[test]
    fn tags_with_their_lines() {
        check(
            "<?xml version='1.0'?>\n<!-- it's <a> -- comment -->\n<a b='1 > 0'>\nx</a><c\n d=\"'\"/>",
            &["3 a b='1 > 0'", "4 /a", "4 c\n d=\"'\"/"],
        );
        check("no tags", &[]);
    }

    #[test]
    fn a_broken_tag_costs_itself() {
        check("<a b='it's'>\n<c d='1'/>", &["1! a b='it's'>\n", "2 c d='1'/"]);
        check("<a <b>", &["1! a ", "1 b"]);
        check("<a", &["1! a"]);
    }

    #[test]
    fn a_tag_that_is_too_long_keeps_its_beginning() {
        let text = format!("<part ct='image' data='{}'/>\n<b>", "x".repeat(2 * LONGEST_ROW));
        let mut source = Source::new(Box::new(std::io::Cursor::new(text.into_bytes())));
        let part = next_tag(&mut source).unwrap().unwrap();
        assert!(!part.is_whole && part.name() == "part" && part.text.len() == LONGEST_ROW);
        assert_eq!(next_tag(&mut source).unwrap().unwrap().line, 2);
    }

    #[test]
    fn a_long_comment_is_passed_over() {
        let text = format!("<!--{}--><b>", "x".repeat(2 * LONGEST_ROW));
        check(&text, &["1 b"]);
    }
}
