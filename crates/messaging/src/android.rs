//! Backups written by Android's "SMS Backup & Restore"; its maker, SyncTech, describes the fields.
//!
//! A row is a text that reached the phone. What its owner sent, drafted or failed to send is
//! passed over: nobody lures with it, and its `address` is not who wrote it. The text parts of
//! one multimedia message are one text; one without any is no row.

use quick_xml::events::BytesStart;

use crate::error::{RowError, RowProblem};
use crate::fields::Fields;
use crate::rows::Row;
use crate::source::{LONGEST_ROW, Source};
use crate::tags::{Tag, next_tag};

/// `type` of an `<sms>` and `msg_box` of an `<mms>` that was received.
const RECEIVED: &str = "1";

/// `type` of an `<addr>` that names who sent the message (PduHeaders.FROM).
const FROM: &str = "137";

/// A backup being read.
#[derive(Default)]
pub(crate) struct Backup {
    has_begun: bool,
    /// The multimedia message at hand.
    multimedia: Option<Multimedia>,
    /// The row behind one that was never closed.
    held: Option<Result<Row, RowError>>,
}

struct Multimedia {
    line: u64,
    fields: Fields,
    body: Option<String>,
}

impl Backup {
    pub(crate) fn next(&mut self, source: &mut Source) -> Option<Result<Row, RowError>> {
        if let Some(row) = self.held.take() {
            return Some(row);
        }
        loop {
            let tag = match next_tag(source) {
                Some(Ok(tag)) => tag,
                Some(Err(error)) => return Some(Err(error)),
                None => return self.finish(),
            };
            if let Some(row) = self.take(&tag) {
                return Some(row);
            }
        }
    }

    /// Takes a tag; what it completes is a row.
    fn take(&mut self, tag: &Tag) -> Option<Result<Row, RowError>> {
        let begins = !std::mem::replace(&mut self.has_begun, true);
        match tag.name() {
            "sms" => {
                let open = self.finish();
                let row = sms(tag);
                if open.is_none() {
                    return row;
                }
                self.held = row;
                return open;
            }
            "mms" => {
                let open = self.finish();
                self.multimedia = multimedia(tag);
                return open;
            }
            "part" => self.add_part(tag),
            "addr" => self.add_address(tag),
            "/mms" => return self.finish(),
            "smses" => {}
            other if begins => {
                let name = other.chars().take(40).collect();
                return Some(Err(RowError::at(tag.line, RowProblem::NoBackup(name))));
            }
            _ => {}
        }
        None
    }

    /// The multimedia message at hand, complete or not.
    fn finish(&mut self) -> Option<Result<Row, RowError>> {
        self.multimedia.take()?.row().map(Ok)
    }

    fn add_part(&mut self, tag: &Tag) {
        let Some(message) = &mut self.multimedia else { return };
        if attribute(tag, "ct").as_deref() != Some("text/plain") {
            return;
        }
        let Some(text) = attribute(tag, "text").filter(|text| text != "null") else { return };
        let body = message.body.get_or_insert_default();
        if body.len() + text.len() < LONGEST_ROW {
            if !body.is_empty() {
                body.push('\n');
            }
            body.push_str(&text);
        }
    }

    fn add_address(&mut self, tag: &Tag) {
        let Some(message) = &mut self.multimedia else { return };
        if attribute(tag, "type").as_deref() == Some(FROM) {
            message.fields.sender = given(tag, "address").or(message.fields.sender.take());
        }
    }
}

fn sms(tag: &Tag) -> Option<Result<Row, RowError>> {
    if !is_received(tag, "type") {
        return None;
    }
    let body = attribute(tag, "body").filter(|_| tag.is_whole);
    Some(body.map(|body| row(tag.line, fields(tag), body)).ok_or_else(|| {
        let is_long = tag.text.len() >= LONGEST_ROW;
        RowError::at(tag.line, if is_long { RowProblem::TooLong } else { RowProblem::NoBody })
    }))
}

fn multimedia(tag: &Tag) -> Option<Multimedia> {
    let mut fields = fields(tag);
    fields.channel = Some("mms".to_owned());
    is_received(tag, "msg_box").then_some(Multimedia { line: tag.line, fields, body: None })
}

impl Multimedia {
    fn row(self) -> Option<Row> {
        Some(row(self.line, self.fields, self.body?))
    }
}

fn row(line: u64, fields: Fields, body: String) -> Row {
    let mut unread = Vec::new();
    let message = fields.message(body, &mut unread);
    Row { line, id: None, message, unread }
}

/// Who a message is from and when it came, as `<sms>` and `<mms>` say it.
fn fields(tag: &Tag) -> Fields {
    Fields { sender: given(tag, "address"), received: given(tag, "date"), ..Fields::default() }
}

/// Older backups do not say; then it was.
fn is_received(tag: &Tag, name: &str) -> bool {
    attribute(tag, name).is_none_or(|value| value == RECEIVED)
}

/// An attribute's value, unless it is the application's word for none.
fn given(tag: &Tag, name: &str) -> Option<String> {
    attribute(tag, name).filter(|value| value != "null")
}

/// An attribute's value, references resolved.
fn attribute(tag: &Tag, name: &str) -> Option<String> {
    let text = tag.text.trim_end_matches('/');
    let start = BytesStart::from_content(text, tag.name().len().min(text.len()));
    let found = start
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name.as_bytes())?;
    Some(resolve(std::str::from_utf8(&found.value).ok()?))
}

/// Resolves references; what is none stays as it is. The application writes a character
/// beyond the basic plane as two references, one to each half of its surrogate pair
/// (`&#55357;&#56832;`), so the text is put together from UTF-16.
fn resolve(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        units.extend(rest[..at].encode_utf16());
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';');
        if let Some((end, code)) = end.and_then(|end| Some((end, reference(&rest[1..end])?))) {
            push_code(&mut units, code);
            rest = &rest[end + 1..];
        } else {
            units.push(u16::from(b'&'));
            rest = &rest[1..];
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// `&#x0010ffff;`
const LONGEST_REFERENCE: usize = 12;

fn push_code(units: &mut Vec<u16>, code: u32) {
    match u16::try_from(code) {
        Ok(unit) => units.push(unit),
        Err(_) => {
            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
}

fn reference(name: &str) -> Option<u32> {
    Some(match name {
        "amp" => u32::from('&'),
        "lt" => u32::from('<'),
        "gt" => u32::from('>'),
        "quot" => u32::from('"'),
        "apos" => u32::from('\''),
        _ => match name.strip_prefix("#x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => name.strip_prefix('#')?.parse().ok()?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Vec<Result<Row, RowError>> {
        let mut source = Source::new(Box::new(std::io::Cursor::new(xml.as_bytes().to_vec())));
        let mut backup = Backup::default();
        std::iter::from_fn(|| backup.next(&mut source)).take(20).collect()
    }

    #[track_caller]
    fn check(xml: &str, expected: &[&str]) {
        let shown: Vec<String> = read(xml)
            .into_iter()
            .map(|row| match row {
                Ok(row) => {
                    let sender = row.message.sender.map_or("-".into(), |sender| sender.as_text());
                    format!("{} {sender}: {}", row.line, row.message.body)
                }
                Err(error) => format!("! {error}"),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_the_application_writes() {
        check(
            r#"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<!--File Created By SMS Backup & Restore; it's a <smses> -->
<?xml-stylesheet type="text/xsl" href="sms.xsl"?>
<smses count="3" backup_set="x" type="full">
  <sms protocol="0" address="28777" date="1658357340000" type="1" subject="null" body="a &amp; b &#55357;&#56832;&#10;c" read="1" />
  <sms protocol="0" address="+12015550123" date="1658357340000" type="2" body="sent" />
  <sms protocol="0" address="null" date="1658357340000" type="1" body="it&apos;s &quot;here&quot; > now" />
</smses>"#,
            &["5 28777: a & b \u{1f600}\nc", "7 -: it's \"here\" > now"],
        );
    }

    #[test]
    fn multimedia_messages() {
        let part = |ct, text| format!("<part seq=\"0\" ct=\"{ct}\" text=\"{text}\" />");
        let parts = |parts: &[String]| {
            format!(
                "<parts>{}</parts><addrs><addr address=\"+12015550199\" type=\"137\"/><addr address=\"+12015550123\" type=\"151\"/></addrs>",
                parts.concat()
            )
        };
        let with_text = parts(&[
            part("application/smil", "null"),
            part("text/plain", "a"),
            part("text/plain", "b"),
        ]);
        let without = parts(&[part("image/jpeg", "null")]);
        check(
            &format!(
                "<smses>\n<mms address=\"+12015550123~+12015550199\" msg_box=\"1\">{with_text}</mms>\n<mms msg_box=\"1\">{without}</mms>\n<mms msg_box=\"2\">{with_text}</mms>\n<sms body='c'/></smses>"
            ),
            &["2 +12015550199: a\nb", "5 -: c"],
        );
    }

    #[test]
    fn an_image_of_many_megabytes_is_no_bad_row() {
        let image = format!("<part ct=\"image/png\" data=\"{}\"/>", "x".repeat(3 * LONGEST_ROW));
        check(
            &format!("<mms address=\"28777\">{image}<part ct=\"text/plain\" text=\"a\"/></mms>"),
            &["1 28777: a"],
        );
    }

    #[test]
    fn damage_costs_one_row() {
        let long = "x".repeat(LONGEST_ROW);
        check(
            &format!(
                "<smses>\n<sms address='a'/>\n<sms body='it's'/>\n<sms body='{long}'/>\n<sms body='b'/>"
            ),
            &[
                "! line 2: an <sms> without a readable `body`",
                "! line 3: an <sms> without a readable `body`",
                "! line 4: longer than 1024 KiB, passed over; is it one text?",
                "5 -: b",
            ],
        );
    }

    #[test]
    fn a_multimedia_message_never_closed_is_a_row_in_its_place() {
        let open = |text| format!("<mms msg_box='1'><part ct='text/plain' text='{text}'/>\n");
        check(
            &format!("{}<sms body='b'/>\n{}{}<sms/>", open("a"), open("c"), open("d")),
            &[
                "1 -: a",
                "2 -: b",
                "3 -: c",
                "4 -: d",
                "! line 5: an <sms> without a readable `body`",
            ],
        );
    }

    #[test]
    fn other_xml_is_refused() {
        check(
            "<?xml version='1.0'?>\n<calls count='1'><call/></calls>",
            &[
                "! line 2: <calls> is no backup of texts: expected <smses>, as SMS Backup & Restore writes it",
            ],
        );
    }

    #[test]
    fn references() {
        for (value, expected) in [
            ("&#x1F600;", "\u{1f600}"),
            ("&#55357; &#56832;", "\u{fffd} \u{fffd}"),
            ("&#1114112;&nope;&", "\u{fffd}&nope;&"),
            ("&&amp;amp;", "&&amp;"),
            ("&é;", "&é;"),
        ] {
            assert_eq!(resolve(value), expected, "{value}");
        }
    }
}
