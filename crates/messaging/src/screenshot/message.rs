//! The message of a screen out of its lines.
//!
//! What is no message is told by its place and its shape, and hardly by words, which are of any
//! language: the clock and the battery at the top, the sender in the head, the day in the
//! middle, the bar to type in at the bottom, answers on the right. What is left are bubbles.
//! A line that ended because the next word had no room goes on in the next; another ended
//! because its writer wanted it to. Links that were broken over lines become whole.

use unhook_app::ReadPicture;
use unhook_model::{PhoneNumber, Sender};

use super::page::{Line, Page, Word};

/// Below this mean the words are guesses, in hundredths.
const LEAST_CONFIDENCE: f32 = 40.0;

/// The fewest letters and digits of a message.
const LEAST_LETTERS: usize = 4;

/// The message that a screen shows, out of the table that Tesseract writes (`tsv`); `None` when
/// there is none, or what was read are guesses.
///
/// ```
/// use unhook_messaging::screenshot::message_of_table;
/// let table = "5\t1\t1\t1\t1\t1\t40\t400\t80\t30\t96\ttap\n\
///              5\t1\t1\t1\t1\t2\t130\t400\t90\t30\t95\there";
/// assert_eq!(message_of_table(table).unwrap().text, "tap here");
/// assert_eq!(message_of_table("no table"), None);
/// ```
#[must_use]
pub fn message_of_table(table: &str) -> Option<ReadPicture> {
    let page = Page::read(table);
    let parts = Parts::of(&page);
    let sender = parts.head.iter().find_map(|line| sender(&line.text()));
    // A picture that was cut to a few words may look like a head.
    let lines = if parts.body.is_empty() { parts.head } else { parts.body };
    let lines = without_faces(without_answers(&page, lines));
    let lines: Vec<&Line> = lines.iter().collect();
    let text = joined(&lines);
    let words = || lines.iter().flat_map(|line| &line.words);
    let confidence = words().map(|word| word.confidence).sum::<f32>() / words().count() as f32;
    let is_text = text.chars().filter(|c| c.is_alphanumeric()).count() >= LEAST_LETTERS;
    if !is_text || confidence < LEAST_CONFIDENCE {
        return None;
    }
    Some(ReadPicture { text, sender, confidence: confidence.round() as u8 })
}

/// A screen, sorted.
#[derive(Debug, Default)]
struct Parts<'p> {
    /// Who it is from, perhaps.
    head: Vec<&'p Line>,
    body: Vec<&'p Line>,
}

impl<'p> Parts<'p> {
    fn of(page: &'p Page) -> Self {
        let mut parts = Self::default();
        let mut is_head = page.is_upright();
        let mut is_before_labels = is_head;
        for (at, line) in page.lines.iter().enumerate() {
            if is_status_bar(page, line) || is_bottom_bar(page, line) {
                continue;
            }
            if is_label(page, line) {
                // What stood above the first is the head of the conversation.
                if is_before_labels && is_above(page, line, LABELLED_HEAD) {
                    parts.head.append(&mut parts.body);
                }
                (is_head, is_before_labels) = (false, false);
                continue;
            }
            let next = page.lines.get(at + 1);
            is_head &=
                is_in_head(page, line) && (sender(&line.text()).is_some() || !goes_on(line, next));
            if is_head { parts.head.push(line) } else { parts.body.push(line) }
        }
        parts
    }
}

/// The part of an upright screen, in hundredths, in which the clock stands.
const STATUS_BAR: u32 = 6;

/// The part in which the head of a conversation stands.
const HEAD: u32 = 20;

/// The part in which a day or a time ends the head.
const LABELLED_HEAD: u32 = 27;

/// The part at the bottom with the bar to type in.
const BOTTOM_BAR: u32 = 10;

fn is_above(page: &Page, line: &Line, hundredths: u32) -> bool {
    u64::from(line.middle()) * 50 < u64::from(page.height) * u64::from(hundredths)
}

/// The clock, the carrier and the battery.
fn is_status_bar(page: &Page, line: &Line) -> bool {
    page.is_upright()
        && is_above(page, line, STATUS_BAR)
        && (line.words.len() <= 2 || line.words.iter().any(|word| is_clock(&word.text)))
        && sender(&line.text()).is_none()
}

fn is_in_head(page: &Page, line: &Line) -> bool {
    is_above(page, line, HEAD) && line.words.len() <= 5
}

/// A bar to type in has a word or two, in any language.
fn is_bottom_bar(page: &Page, line: &Line) -> bool {
    page.is_upright() && !is_above(page, line, 100 - BOTTOM_BAR) && line.words.len() <= 3
}

/// What programs write between and around bubbles, without their punctuation.
const LABELS: [&str; 21] = [
    "text message",
    "text message sms",
    "text message rcs",
    "sms",
    "mms",
    "rcs",
    "imessage",
    "rcs message",
    "sms mms",
    "today",
    "yesterday",
    "delivered",
    "read",
    "now sms",
    "now",
    "just now",
    "unread",
    "report junk",
    "report spam",
    "tap to load preview",
    "the sender is not in your contact list",
];

/// A day, a time, the kind of a conversation: a line of its own that nobody wrote.
fn is_label(page: &Page, line: &Line) -> bool {
    let text = line.text();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let plain = words.collect::<Vec<_>>().join(" ").to_lowercase();
    if LABELS.contains(&plain.as_str()) {
        return true;
    }
    let Some(clock) = line.words.iter().position(|word| is_clock(&word.text)) else {
        return false;
    };
    // A time, and at most its half of the day and the kind of the message.
    let is_time_alone = clock == 0 && line.words.len() <= 4 && line.words[1..].iter().all(is_aside);
    is_time_alone || line.words.len() <= 6 && is_centred(page, line)
}

/// "AM", "p.m.", "•", "SMS".
fn is_aside(word: &Word) -> bool {
    let letters: String = word.text.chars().filter(char::is_ascii_alphabetic).collect();
    let known = ["", "am", "pm", "sms", "mms", "rcs"];
    known.contains(&letters.to_ascii_lowercase().as_str()) && !word.text.contains(char::is_numeric)
}

/// Whether a line stands in the middle, as what nobody said does.
fn is_centred(page: &Page, line: &Line) -> bool {
    let margin = page.width / 8;
    (line.left() + line.right()).abs_diff(page.width) < margin
        && line.left() > margin
        && line.right() + margin < page.width
}

/// "10:42", "9.41".
fn is_clock(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    let Some((hour, minute)) = digits.split_once([':', '.']) else { return false };
    let number = |part: &str, most: u32| part.parse::<u32>().is_ok_and(|number| number <= most);
    (1..=2).contains(&hour.len()) && minute.len() == 2 && number(hour, 24) && number(minute, 59)
}

/// Whether the next line continues a paragraph: one left edge, and no more than a line between.
fn goes_on(line: &Line, next: Option<&Line>) -> bool {
    next.is_some_and(|next| {
        line.left().abs_diff(next.left()) < line.height() / 2
            && !is_apart(line, next, line.height())
    })
}

/// Whether more than the room between lines is between two; `height` is that of usual lines.
fn is_apart(line: &Line, next: &Line, height: u32) -> bool {
    // Lines stand 1.2 to 1.4 of the size of their letters apart, which is a little more than
    // their height; an empty line, or the rim of a bubble, makes it twice that.
    next.middle().saturating_sub(line.middle()) > 2 * (height * 19 / 10)
}

/// Whom a head names, where that is an address: a number, a short code, a sender id, a mail
/// address. Names out of contacts have small letters or blanks.
fn sender(text: &str) -> Option<Sender> {
    /// The longest sender id (3GPP TS 23.040).
    const LONGEST_ID: usize = 11;
    let text = text.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '(' | ')')));
    // What stands beside a name: arrows, counts, symbols read as letters.
    let number = text.trim_matches(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '(')));
    let has_letters = text.chars().filter(|c| c.is_alphabetic()).count() > 2;
    if !has_letters && PhoneNumber::parse(number).is_some_and(|number| number.digits().len() >= 5) {
        return Sender::parse(number);
    }
    let mut words = text.split_whitespace().filter(|word| word.chars().count() > 2);
    let word = words.next().filter(|_| words.next().is_none())?;
    if word.contains('@') {
        return Sender::parse(word).filter(|sender| matches!(sender, Sender::Email(_)));
    }
    let is_id = word.len() <= LONGEST_ID
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'&'))
        && word.bytes().skip(1).any(|b| b.is_ascii_uppercase())
        && !word.ends_with("essage");
    is_id.then(|| Sender::parse(word)).flatten()
}

/// Without what the phone's owner answered, which stands on the right.
fn without_answers<'p>(page: &Page, lines: Vec<&'p Line>) -> Vec<&'p Line> {
    let is_answer =
        |line: &Line| line.left() > page.width * 3 / 10 && line.right() > page.width * 17 / 20;
    let is_received = |line: &Line| line.left() < page.width / 5;
    if !page.is_upright() || !lines.iter().any(|line| is_received(line)) {
        return lines;
    }
    lines.into_iter().filter(|line| !is_answer(line)).collect()
}

/// Without the little round pictures that stand left of bubbles and are read as a letter or two.
fn without_faces(lines: Vec<&Line>) -> Vec<Line> {
    let mut lefts: Vec<u32> = lines.iter().map(|line| line.left()).collect();
    lefts.sort_unstable();
    let usual = lefts.get(lefts.len() / 2).copied().unwrap_or(0);
    let is_face = |word: &Word| {
        word.left + word.height() / 2 < usual
            && word.right < usual
            && word.text.chars().filter(|c| c.is_alphanumeric()).count() <= 2
    };
    let cut = lines.into_iter().map(|line| {
        let words = line.words.iter().skip_while(|word| is_face(word)).cloned();
        Line { words: words.collect() }
    });
    cut.filter(|line| !line.words.is_empty()).collect()
}

/// The lines as text.
fn joined(lines: &[&Line]) -> String {
    let mut heights: Vec<u32> = lines.iter().map(|line| line.height()).collect();
    heights.sort_unstable();
    let height = heights.get(heights.len() / 2).copied().unwrap_or(0);
    let widest = lines.iter().map(|line| line.right()).max().unwrap_or(0);
    let mut text = String::new();
    let mut last: Option<&Line> = None;
    for line in lines {
        match last {
            None => {}
            Some(last) if is_apart(last, line, height) => text.push_str("\n\n"),
            Some(last) => text.push_str(between(last, line, widest, height)),
        }
        push(&mut text, line, height);
        last = Some(line);
    }
    text
}

/// What parts two lines of a bubble.
fn between(line: &Line, next: &Line, widest: u32, height: u32) -> &'static str {
    let blank = height * 3 / 10;
    let (last, first) = (line.last(), next.first());
    let width = first.right - first.left;
    if line.right() + blank + width <= widest {
        // The next word had room: the writer wanted a new line.
        return "\n";
    }
    let is_full = line.right() + height * 3 / 5 >= widest;
    let is_alone = line.words.len() == 1;
    if is_broken_link(&last.text, &first.text, is_full && is_alone) { "" } else { " " }
}

/// Whether a link goes on in the next line. Programs break one behind `/`, `-` or `?`, and where
/// it has a line to itself and more than that, anywhere.
fn is_broken_link(end: &str, begin: &str, fills_line: bool) -> bool {
    let begins_small = begin.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if end.ends_with('-') && end.len() > 1 && is_link(begin) {
        return true;
    }
    if !is_link(end) {
        return false;
    }
    match end.chars().next_back() {
        Some('-' | '?' | '&' | '=' | '_' | '%') => true,
        Some('/' | '.' | ':') => begins_small || has_marks(begin),
        _ => has_marks(begin) && (fills_line || begin.starts_with(['/', '?', '-', '='])),
    }
}

/// Whether a word is a link or the beginning of one.
fn is_link(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '<', '"', '\'']);
    let has_dot = word.split('.').zip(word.split('.').skip(1)).any(|(before, after)| {
        before.ends_with(|c: char| c.is_alphanumeric())
            && after.starts_with(|c: char| c.is_alphanumeric())
    });
    word.contains("://") || word.starts_with("www.") || has_dot
}

/// Whether a word has what links have and words have not.
fn has_marks(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', '!', '?', ')', ':']);
    word.contains(|c: char| c.is_ascii_digit() || "/=?&_%#~".contains(c)) || is_link(word)
}

/// Adds the words of a line. Within a link the reader sees blanks that are none.
fn push(text: &mut String, line: &Line, height: u32) {
    let mut last: Option<&Word> = None;
    for word in &line.words {
        if let Some(last) = last {
            let gap = word.left.saturating_sub(last.right);
            let is_torn = last.text.ends_with("://")
                || matches!(last.text.as_str(), "http:" | "https:") && word.text.starts_with('/')
                || gap * 6 < height && (is_link(&last.text) || is_link(&word.text));
            if !is_torn {
                text.push(' ');
            }
        }
        text.push_str(&mended(&word.text));
        last = Some(word);
    }
}

/// A word whose scheme was misread: `https:` is never anything else.
fn mended(word: &str) -> String {
    for scheme in ["https", "http"] {
        let Some((head, rest)) = word.get(..scheme.len()).zip(word.get(scheme.len()..)) else {
            continue;
        };
        let Some(rest) = rest.strip_prefix(':') else { continue };
        let differ = head.bytes().zip(scheme.bytes()).filter(|(one, other)| one != other).count();
        let slashes = rest.len() - rest.trim_start_matches('/').len();
        if differ <= 1 && (1..=3).contains(&slashes) {
            return format!("{scheme}://{}", &rest[slashes..]);
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests;
