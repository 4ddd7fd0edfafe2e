//! Forwarded mail in: the bytes of one mail as a submission.
//!
//! People pass a lure on by mail in three ways: they share a text from their phone, they forward
//! a mail that is one, or they send a picture of the screen. So of a mail that was forwarded the
//! part counts that was forwarded ([`forward`]), of a mail attached to a mail the attached one,
//! and pictures are handed over beside it.
//!
//! Who wrote is who `From` names, and `From` proves nothing by itself: whoever calls this must
//! have a mail server before it that checks DKIM and DMARC. No link is followed, no picture is
//! read, no part is unpacked.
//!
//! A mail is hostile input. It is walked once, part by part, transfer encodings undone only for
//! the parts that are wanted: mail inside mail inside Base64, which no honest program writes
//! (RFC 2046, section 5.2.1, forbids it), is a part like any other and never opened.

mod forward;
pub(crate) mod html;

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{HeaderName, Message as Mail, MessageParser, MessagePart, MimeHeaders, PartType};
use unhook_app::{Contact, Submission, Way};
use unhook_model::{Channel, Message, Sender};

/// The largest mail that is read, in bytes: a few pictures of a screen.
pub const LARGEST_MAIL: usize = 8 << 20;

/// The most parts, and so the deepest nesting, of a mail: forwarded ten times with pictures, it
/// has some fifty. The parser looks through the rest of the mail for each.
pub const MOST_PARTS: usize = 100;

/// The most lines of a mail: a picture of 8 MiB has 110,000. Each may cost memory as a header.
pub const MOST_LINES: usize = 200_000;

/// The most bytes of a text that are looked at, before what is no part of it is taken away; the
/// detector reads no more.
const LONGEST_TEXT: usize = 64 << 10;

/// The most pictures handed over; a phone shares ten at once.
pub const MOST_PICTURES: usize = 10;

/// The longest `Message-ID` and address, in bytes (RFC 5322, section 2.1.1; RFC 5321, 4.5.3.1.3).
const LONGEST_ID: usize = 998;
const LONGEST_ADDRESS: usize = 254;

/// Why a mail cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// More than a mail with pictures has.
    #[error("larger than {} MiB; send fewer pictures at once", LARGEST_MAIL >> 20)]
    TooLarge,
    /// More than a mail has that a person forwarded.
    #[error("more than {MOST_PARTS} parts; forward the message itself, not a whole conversation")]
    TooManyParts,
    /// More than a mail has that a person forwarded.
    #[error("more than {MOST_LINES} lines; forward the message itself")]
    TooManyLines,
    /// There are no headers.
    #[error("no mail: expected headers and a text, as in an .eml file")]
    NoMail,
    /// There is neither a text nor a picture.
    #[error("neither a text nor a picture in the mail")]
    Empty,
}

/// A mail that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailIn {
    /// What was passed on. Where there are only pictures, the body is empty.
    pub submission: Submission,
    /// The pictures that came with it, as many as [`MOST_PICTURES`].
    pub pictures: Vec<Picture>,
}

/// A picture that came with a mail. Its name and type are what the mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What the sender's program calls it; empty when it has no name.
    pub name: String,
    /// Its media type, in lower case: `image/png`.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads a mail.
///
/// # Errors
/// Says what the sender can do better. Whatever the bytes are, it never panics.
///
/// ```
/// use unhook_messaging::read_mail;
/// let mail = b"From: Kim <kim@acme.example>\r\nMessage-ID: <1@acme.example>\r\n\r\ntap here\r\n";
/// let read = read_mail(mail).unwrap();
/// assert_eq!(read.submission.message.body, "tap here");
/// assert_eq!(read.submission.key.as_deref(), Some("1@acme.example"));
/// ```
pub fn read_mail(bytes: &[u8]) -> Result<MailIn, MailError> {
    check_bounds(bytes)?;
    let mail = parser().parse(bytes).ok_or(MailError::NoMail)?;
    if mail.headers().is_empty() {
        return Err(MailError::NoMail);
    }
    let attached = attached(&mail);
    let pictures = pictures(&mail, attached);
    let message = match attached {
        Some(attached) => attached_message(attached),
        None => written_message(&mail, !pictures.is_empty()),
    };
    if message.body.is_empty() && pictures.is_empty() {
        return Err(MailError::Empty);
    }
    let key = mail.message_id().filter(|id| (1..=LONGEST_ID).contains(&id.len()));
    let submission = Submission {
        key: key.map(str::to_owned),
        way: Way::Mail,
        from: address(&mail).map(Contact::Mail),
        to: None,
        message,
        language: None,
        attachments: Vec::new(),
    };
    Ok(MailIn { submission, pictures })
}

/// Only the headers that are used. The transfer encoding is read in a way that the parser does
/// not act on: see the page.
fn parser() -> MessageParser {
    MessageParser::new()
        .with_mime_headers()
        .header_content_type(HeaderName::ContentTransferEncoding)
        .header_address(HeaderName::From)
        .header_text(HeaderName::Subject)
        .header_id(HeaderName::MessageId)
        .default_header_ignore()
}

fn check_bounds(bytes: &[u8]) -> Result<(), MailError> {
    if bytes.len() > LARGEST_MAIL {
        return Err(MailError::TooLarge);
    }
    if bytes.iter().filter(|b| **b == b'\n').count() > MOST_LINES {
        return Err(MailError::TooManyLines);
    }
    if count_of_types(bytes) > MOST_PARTS {
        return Err(MailError::TooManyParts);
    }
    Ok(())
}

/// How often `Content-Type` stands anywhere, in any case and with any blanks in it: every part
/// that holds parts needs one. The parser passes blanks in a header's name over, so this does.
fn count_of_types(bytes: &[u8]) -> usize {
    const NAME: &[u8] = b"content-type";
    let mut count = 0;
    let mut matched = 0;
    for byte in bytes.iter().filter(|b| !b.is_ascii_whitespace()) {
        let byte = byte.to_ascii_lowercase();
        // Its first letter stands nowhere else in it, so a mismatch begins anew.
        matched = if byte == NAME[matched] { matched + 1 } else { usize::from(byte == NAME[0]) };
        if matched == NAME.len() {
            count += 1;
            matched = 0;
        }
    }
    count
}

/// Who wrote, in lower case; nobody when that is not one address.
fn address(mail: &Mail<'_>) -> Option<String> {
    let mut froms = mail.header_values(HeaderName::From);
    let from = froms.next()?.as_address()?;
    let mut addresses = from.iter().filter_map(|one| one.address.as_deref());
    let one = addresses.next()?.trim();
    let is_alone = addresses.next().is_none() && froms.next().is_none();
    let is_address = one.len() <= LONGEST_ADDRESS
        && one
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !one.contains(char::is_whitespace);
    (is_alone && is_address).then(|| one.to_lowercase())
}

/// The mail attached to a mail, what was passed on "as an attachment"; of one in another, the
/// innermost.
fn attached<'x, 'a>(mail: &'a Mail<'x>) -> Option<&'a Mail<'x>> {
    let inner = |mail: &'a Mail<'x>| mail.parts.iter().find_map(|part| part.message());
    std::iter::successors(inner(mail), |mail| inner(mail)).last()
}

/// A mail that was attached: its own words, and its own sender.
fn attached_message(mail: &Mail<'_>) -> Message {
    let sender = address(mail).and_then(|address| Sender::parse(&address));
    let body = text(mail).trim().to_owned();
    Message { channel: Channel::Email, sender, ..Message::from_body(body) }
}

/// A text that somebody forwarded or pasted, by itself or below words of their own. Where there
/// are pictures and no words, the pictures are what was passed on, and not the subject.
fn written_message(mail: &Mail<'_>, has_pictures: bool) -> Message {
    let read = forward::read(&text(mail));
    let sender = read.sender.as_deref().and_then(Sender::parse);
    let channel = match sender {
        Some(Sender::Email(_)) => Channel::Email,
        _ => Channel::Sms,
    };
    let body = if read.body.is_empty() && !has_pictures { subject(mail) } else { read.body };
    Message { channel, sender, ..Message::from_body(body) }
}

/// The subject without what programs write before it; phones put a shared text there.
fn subject(mail: &Mail<'_>) -> String {
    const PREFIXES: [&str; 8] = ["fwd:", "fw:", "wg:", "re:", "aw:", "tr:", "rv:", "i:"];
    let mut subject = cut(mail.subject().unwrap_or_default()).trim();
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| {
        let head = subject.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| &subject[prefix.len()..])
    }) {
        subject = rest.trim_start();
    }
    subject.to_owned()
}

/// The words of a mail: all its plain text; without any, its HTML as text.
fn text(mail: &Mail<'_>) -> String {
    let of_kind = |kind: &'static str| {
        mail.parts.iter().filter(move |part| {
            part.is_content_type("text", kind) || (kind == "plain" && has_no_type(part))
        })
    };
    let mut text = String::new();
    for part in of_kind("plain").filter(|part| !is_file(part)) {
        push_paragraph(&mut text, &part_text(mail, part));
    }
    if text.trim().is_empty() {
        for part in of_kind("html").filter(|part| !is_file(part)) {
            push_paragraph(&mut text, &html::text(&part_text(mail, part)));
        }
    }
    text
}

fn push_paragraph(text: &mut String, paragraph: &str) {
    if text.len() < LONGEST_TEXT && !paragraph.trim().is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        let room = LONGEST_TEXT - text.len();
        text.push_str(&paragraph[..paragraph.floor_char_boundary(room)]);
    }
}

/// Without a type, a part is plain text (RFC 2045, section 5.2).
fn has_no_type(part: &MessagePart<'_>) -> bool {
    part.content_type().is_none() && matches!(part.body, PartType::Text(_))
}

fn is_file(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|disposition| disposition.is_attachment())
}

fn part_text(mail: &Mail<'_>, part: &MessagePart<'_>) -> String {
    let bytes = part_bytes(mail, part);
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    match charset.and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decode) => decode(&bytes),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// The bytes of a part, its transfer encoding undone; as they are where that is broken.
fn part_bytes<'a>(mail: &'a Mail<'_>, part: &MessagePart<'_>) -> Cow<'a, [u8]> {
    let (begin, end) = (part.offset_body as usize, part.offset_end as usize);
    let raw = mail.raw_message.get(begin..end).unwrap_or_default();
    let encoding =
        part.headers.iter().find(|header| header.name == HeaderName::ContentTransferEncoding);
    let encoding = encoding.and_then(|header| header.value.as_content_type());
    let decoded = match encoding.map(|encoding| encoding.ctype().to_ascii_lowercase()).as_deref() {
        Some("base64") => base64_decode(raw),
        Some("quoted-printable") => quoted_printable_decode(raw),
        _ => None,
    };
    decoded.map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// Pictures of a mail, and of the mail attached to it.
fn pictures(mail: &Mail<'_>, attached: Option<&Mail<'_>>) -> Vec<Picture> {
    let mails = std::iter::once(mail).chain(attached);
    let parts = mails.flat_map(|mail| mail.parts.iter().map(move |part| (mail, part)));
    parts.filter_map(|(mail, part)| picture(mail, part)).take(MOST_PICTURES).collect()
}

fn picture(mail: &Mail<'_>, part: &MessagePart<'_>) -> Option<Picture> {
    /// Longer names are of no use to anybody.
    const LONGEST_NAME: usize = 255;
    let kind = part.content_type().filter(|kind| kind.ctype().eq_ignore_ascii_case("image"))?;
    let content_type = format!("image/{}", kind.subtype()?.to_ascii_lowercase());
    let bytes = part_bytes(mail, part).into_owned();
    let name = part.attachment_name().unwrap_or_default().chars().take(LONGEST_NAME).collect();
    (!bytes.is_empty()).then_some(Picture { name, content_type, bytes })
}

/// As much of a text as is looked at.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_TEXT)]
}

#[cfg(test)]
mod tests;
