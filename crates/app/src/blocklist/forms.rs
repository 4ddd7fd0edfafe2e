//! What is blocked as files that devices fetch: a list of names, as firewalls poll it (an "external
//! dynamic list"), a hosts file, JSON.
//!
//! A form is written piece by piece, so that a million names are never one text in memory. Its
//! [`etag`] is made of the names and not of their order or of how they came to be blocked, so that a
//! device that has them already is told so after a restart, too.

use std::hash::{DefaultHasher, Hasher as _};

use super::Whole;

/// How many bytes a piece has, about.
const PIECE: usize = 64 << 10;

/// How the names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A name a line: external dynamic lists of firewalls. Such a list says of each device's own
    /// whether a name stands for what is below it.
    Names,
    /// `0.0.0.0 name`, a name a line: Pi-hole, AdGuard, dnsmasq, `/etc/hosts`. What is below a name
    /// is not blocked by a hosts file itself.
    Hosts,
    /// `{"names":[…]}`.
    Json,
}

impl Form {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Names | Self::Hosts => "text/plain; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// All of it, in pieces that are not empty.
    pub fn pieces(self, whole: &Whole) -> impl Iterator<Item = Vec<u8>> {
        let (before, after) = match self {
            Self::Names => ("", ""),
            Self::Hosts => ("# Names that Unhook blocks\n", ""),
            Self::Json => ("{\"names\":[", "]}\n"),
        };
        let mut names = whole.distinct();
        let mut is_first = true;
        let mut is_over = false;
        std::iter::from_fn(move || {
            if is_over {
                return None;
            }
            let mut piece = Vec::with_capacity(PIECE);
            if is_first {
                piece.extend_from_slice(before.as_bytes());
            }
            while piece.len() < PIECE - LONGEST_LINE {
                let Some(name) = names.next() else {
                    is_over = true;
                    piece.extend_from_slice(after.as_bytes());
                    break;
                };
                self.write(name, is_first, &mut piece);
                is_first = false;
            }
            Some(piece).filter(|piece| !piece.is_empty())
        })
    }

    fn write(self, name: &str, is_first: bool, piece: &mut Vec<u8>) {
        // A name has letters, digits, dots, hyphens and underscores: nothing to escape.
        let (before, after) = match self {
            Self::Names => ("", "\n"),
            Self::Hosts => ("0.0.0.0 ", "\n"),
            Self::Json if is_first => ("\"", "\""),
            Self::Json => (",\"", "\""),
        };
        for part in [before, name, after] {
            piece.extend_from_slice(part.as_bytes());
        }
    }
}

/// The longest line: a name and what stands around it.
const LONGEST_LINE: usize = 300;

/// A strong entity tag of a form (RFC 9110 §8.8.3), with its quotation marks: the same names in the
/// same form have the same, in whatever order. It costs a pass over them, so keep it with the revision.
#[must_use]
pub fn etag(form: Form, whole: &Whole) -> String {
    let (mut sum, mut count) = (0_u128, 0_u64);
    for name in whole.distinct() {
        count += 1;
        sum = sum.wrapping_add(u128::from(digest(name, 1)) << 64 | u128::from(digest(name, 2)));
    }
    let letter = match form {
        Form::Names => 'n',
        Form::Hosts => 'h',
        Form::Json => 'j',
    };
    format!("\"{letter}{count:x}-{sum:032x}\"")
}

/// Without a key, and so the same after a restart. Another algorithm in a later version of the compiler
/// costs each device one fetch.
fn digest(name: &str, kind: u8) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u8(kind);
    hasher.write(name.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{list, proven};
    use super::super::{Blocklist, Whole};
    use super::*;

    fn whole(singles: &[&str], listed: &[&str]) -> Whole {
        let blocklist = Blocklist::default();
        blocklist.change(proven(singles), &[]);
        blocklist.put_list(list("list", listed));
        blocklist.whole()
    }

    fn text(form: Form, whole: &Whole) -> String {
        String::from_utf8(form.pieces(whole).flatten().collect()).unwrap()
    }

    #[test]
    fn each_form_has_every_name_once() {
        let one = whole(&["a.test", "b.test"], &["b.test", "c_1.test"]);
        let lines = |text: String| {
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(text(Form::Names, &one)), ["a.test", "b.test", "c_1.test"]);
        let hosts = lines(text(Form::Hosts, &one));
        assert_eq!(hosts[1..], ["0.0.0.0 a.test", "0.0.0.0 b.test", "0.0.0.0 c_1.test"]);
        let json: serde_json::Value = serde_json::from_str(&text(Form::Json, &one)).unwrap();
        assert_eq!(json["names"].as_array().unwrap().len(), 3);
        let none = whole(&[], &[]);
        assert_eq!(text(Form::Names, &none), "");
        assert_eq!(text(Form::Json, &none), "{\"names\":[]}\n");
    }

    #[test]
    fn many_names_come_in_pieces() {
        let names: Vec<_> = (0..20_000).map(|n| format!("name-{n}.test")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let many = whole(&[], &names);
        for form in [Form::Names, Form::Hosts, Form::Json] {
            assert!(form.pieces(&many).count() > 3);
            assert!(form.pieces(&many).all(|piece| piece.len() <= PIECE));
        }
        assert_eq!(text(Form::Names, &many).lines().count(), 20_000);
        let json: serde_json::Value = serde_json::from_str(&text(Form::Json, &many)).unwrap();
        assert_eq!(json["names"].as_array().unwrap().len(), 20_000);
    }

    #[test]
    fn a_tag_is_of_the_names_alone() {
        let one = whole(&["a.test", "b.test"], &[]);
        assert_eq!(etag(Form::Names, &one), etag(Form::Names, &whole(&["b.test"], &["a.test"])));
        assert_ne!(etag(Form::Names, &one), etag(Form::Hosts, &one));
        for other in [whole(&["a.test"], &[]), whole(&["a.test", "c.test"], &[]), whole(&[], &[])] {
            assert_ne!(etag(Form::Names, &one), etag(Form::Names, &other));
        }
        let tag = etag(Form::Json, &one);
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() < 64);
    }
}
