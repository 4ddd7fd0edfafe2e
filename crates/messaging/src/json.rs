//! A row of JSON Lines.

use std::borrow::Cow;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::columns::Field;
use crate::error::{RowError, RowProblem};
use crate::fields::{Fields, Unread};
use crate::rows::{Row, RowId};
use crate::source::Line;

/// Reads an object; `text_key` names the key of the text where the usual names are not meant.
pub(crate) fn row(line: &Line, text_key: Option<&str>) -> Result<Row, RowError> {
    let at = |problem| RowError::at(line.number, problem);
    let object = Object::read(&line.text, text_key)
        .map_err(|error| at(RowProblem::NotJson(message(&error))))?;
    let mut unread = Vec::new();
    let id = object.id(&mut unread).map_err(at)?;
    read(&object, text_key, &mut unread)
        .map(|message| Row { line: line.number, id: id.clone(), message, unread })
        .map_err(|problem| RowError { line: line.number, id, problem })
}

fn read(
    object: &Object<'_>,
    text_key: Option<&str>,
    unread: &mut Vec<Unread>,
) -> Result<unhook_model::Message, RowProblem> {
    let value = match text_key {
        Some(key) => object.by_key(key)?,
        None => object.field(Field::Text)?,
    };
    let Some(Scalar::Text(body)) = value.map(Scalar::of) else {
        return Err(RowProblem::NoText(text_key.unwrap_or("text").to_owned()));
    };
    let fields = Fields {
        sender: object.scalar(Field::Sender, "sender", unread)?,
        recipient: object.scalar(Field::Recipient, "recipient", unread)?,
        received: object.scalar(Field::Received, "received_at", unread)?,
        channel: object.scalar(Field::Channel, "channel", unread)?,
    };
    Ok(fields.message(body, unread))
}

/// What is wrong, without the place: every row is one line.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line 1 column ") {
        Some((problem, column)) => format!("{problem} at column {column}"),
        None => text,
    }
}

/// The entries of an object that mean something here.
struct Object<'a>(Vec<Entry<'a>>);

struct Entry<'a> {
    key: Cow<'a, str>,
    /// Which field it goes by, and how sure that is.
    field: Option<(Field, usize)>,
    /// As written.
    value: &'a RawValue,
}

impl<'a> Object<'a> {
    fn read(text: &'a str, text_key: Option<&str>) -> serde_json::Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let object = reader.deserialize_map(ObjectVisitor { text_key })?;
        reader.end()?;
        Ok(object)
    }

    fn by_key(&self, key: &str) -> Result<Option<&'a RawValue>, RowProblem> {
        let mut found = self.0.iter().filter(|entry| entry.key == key);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(RowProblem::KeyTwice(key.to_owned())),
            (found, None) => Ok(found.map(|entry| entry.value)),
        }
    }

    /// The value of a field, by the surest of the names it goes by.
    fn field(&self, wanted: Field) -> Result<Option<&'a RawValue>, RowProblem> {
        let ranked = self.0.iter().filter_map(|entry| {
            let (field, rank) = entry.field?;
            (field == wanted).then_some((rank, entry))
        });
        match ranked.min_by_key(|(rank, _)| *rank) {
            Some((_, entry)) => self.by_key(&entry.key),
            None => Ok(None),
        }
    }

    /// The value of a field as text; what is neither text nor a number is passed over.
    fn scalar(
        &self,
        field: Field,
        name: &'static str,
        unread: &mut Vec<Unread>,
    ) -> Result<Option<String>, RowProblem> {
        Ok(self.field(field)?.and_then(|value| match Scalar::of(value) {
            Scalar::Text(text) | Scalar::Number(text) => Some(text),
            Scalar::Null => None,
            Scalar::Other => {
                unread.push(Unread::new(name, value.get()));
                None
            }
        }))
    }

    fn id(&self, unread: &mut Vec<Unread>) -> Result<Option<RowId>, RowProblem> {
        Ok(self.field(Field::Id)?.and_then(|value| match Scalar::of(value) {
            Scalar::Text(text) => Some(RowId::Text(text)),
            Scalar::Number(number) => Some(RowId::Number(number)),
            Scalar::Null => None,
            Scalar::Other => {
                unread.push(Unread::new("id", value.get()));
                None
            }
        }))
    }
}

struct ObjectVisitor<'k> {
    text_key: Option<&'k str>,
}

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with a `text`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut known = Vec::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let field = Field::of(&key);
            if field.is_some() || self.text_key == Some(&*key) {
                known.push(Entry { key, field, value: map.next_value()? });
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Object(known))
    }
}

/// A value that is no list or object, as text.
enum Scalar {
    Text(String),
    Number(String),
    Null,
    Other,
}

impl Scalar {
    fn of(value: &RawValue) -> Self {
        let raw = value.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::Deserializer::from_str(raw)
                .deserialize_bytes(LenientText)
                .map_or(Self::Other, Self::Text),
            Some(b'-' | b'0'..=b'9') => Self::Number(raw.to_owned()),
            Some(b'n') => Self::Null,
            _ => Self::Other,
        }
    }
}

/// A string, whose half surrogate pairs are replaced: a text that was cut within a character
/// is still to be judged.
struct LenientText;

impl Visitor<'_> for LenientText {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Row, RowError> {
        row(&Line { number: 3, text: text.to_owned() }, None)
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("line 3: ") && error.contains(expected), "{error}");
    }

    #[test]
    fn every_field() {
        let row = read(
            r#"{"id": 12345678901234567890123, "text": "a\nb", "sender": 28777, "recipient": "+1 201 555 0123",
                "received_at": 1658357340, "channel": "RCS", "labels": {"text": [1]}}"#,
        )
        .unwrap();
        assert_eq!(row.id, Some(RowId::Number("12345678901234567890123".into())));
        assert_eq!(row.message.body, "a\nb");
        assert_eq!(row.message.sender, unhook_model::Sender::parse("28777"));
        assert!(row.message.recipient.is_some() && row.message.received_at.is_some());
        assert_eq!(row.message.channel, unhook_model::Channel::Rcs);
        assert!(row.unread.is_empty());
    }

    #[test]
    fn other_names_nulls_and_odd_values() {
        let row = read(r#"{"id": null, "Body": "a", "from": {"number": 1}, "to": null}"#).unwrap();
        assert_eq!((row.id, row.message.body.as_str()), (None, "a"));
        assert_eq!(row.unread[0].field, "sender");
        assert_eq!(read(r#"{"message": "a", "text": "b"}"#).unwrap().message.body, "b");
    }

    #[test]
    fn a_text_cut_within_a_character_is_read() {
        let row = read(r#"{"text": "tap \ud83d now \ud83d\ude00"}"#).unwrap();
        assert!(row.message.body.starts_with("tap \u{fffd}"));
        assert!(row.message.body.ends_with(" now \u{1f600}"));
    }

    #[test]
    fn what_is_no_row() {
        check("not json", "expected one JSON object per line");
        check("[1]", "expected one JSON object per line");
        check(r#"{"text": "a"} x"#, "trailing characters at column");
        check(r#"{"text": "a""#, "EOF");
        check(r#"{"text": 3}"#, "no text");
        check(r#"{"text": null}"#, "no text");
        check("{}", "expected a string under `text`");
        check(r#"{"text": "a", "text": "b"}"#, "the key `text` stands twice");
        check(&"[".repeat(100_000), "expected one JSON object per line");
        check(&format!("{{\"x\": {}", "[".repeat(100_000)), "expected one JSON object");
    }

    #[test]
    fn a_bad_row_keeps_its_id() {
        let error = read(r#"{"id": "r-7", "text": 3}"#).unwrap_err();
        assert_eq!(error.id, Some(RowId::Text("r-7".into())));
    }
}
