//! Drives the readers of published lists: Tranco's ranking, plain and packed, MISP's warning lists, and
//! the Public Suffix List.
//!
//! Holds: bytes are the list or are none, with words that say why; no more names come than there is room
//! for in them; the same bytes read the same.

use unhook_contain::lists::{Content, List, MOST_RANKED};

/// How much more a packed list may be than its bytes: deflate makes at most a thousand of one.
const UNPACKED: usize = 1_040;

/// The first line is the list; the rest is what was published.
pub fn run(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let (Some(list), Some(bytes)) = (lines.next(), lines.next()) else { return };
    let (list, most) = match list {
        b"tranco" => (List::Tranco, MOST_RANKED.min(bytes.len() * UNPACKED)),
        b"warning" => {
            let name = "bank-website".parse().expect("it is the name of a list");
            (List::Warning(name), bytes.len())
        }
        b"suffixes" => (List::PublicSuffixes, bytes.len()),
        _ => return,
    };
    let read = Content::read(&list, bytes);
    assert_eq!(read, Content::read(&list, bytes), "the same bytes read otherwise");
    match read {
        Ok(content) => assert!(!content.is_empty() && content.len() <= most, "{}", content.len()),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}
