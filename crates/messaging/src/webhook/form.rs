//! The parameters of a call: a form as browsers send it (WHATWG URL, section 5.1), or one
//! flat JSON object.
//!
//! Stricter than browsers: a broken escape or bytes that are no UTF-8 are an error, because a
//! text that was read otherwise than its sender meant it must not be judged.

use serde_json::Value;

use super::{MOST_PARAMETERS, ProviderError};

/// Parameters in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a form.
    pub(crate) fn from_form(body: &[u8]) -> Result<Self, ProviderError> {
        let pairs = body.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
        let mut parameters = Self::default();
        for pair in pairs {
            let (name, value) = match pair.iter().position(|b| *b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &pair[..0]),
            };
            parameters.add(decoded(name)?, decoded(value)?)?;
        }
        Ok(parameters)
    }

    /// Reads a JSON object. What is neither text, number nor truth value is passed over: no
    /// parameter of a text is.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, ProviderError> {
        let value: serde_json::Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| ProviderError::Malformed("no JSON object"))?;
        let mut parameters = Self::default();
        for (name, value) in value {
            match value {
                Value::String(text) => parameters.add(name, text)?,
                Value::Number(number) => parameters.add(name, number.to_string())?,
                Value::Bool(truth) => parameters.add(name, truth.to_string())?,
                Value::Null | Value::Array(_) | Value::Object(_) => {}
            }
        }
        Ok(parameters)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), ProviderError> {
        if self.0.len() == MOST_PARAMETERS {
            return Err(ProviderError::Malformed("too many parameters"));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The value of a parameter; an error when it has two.
    ///
    /// The signature does not say where a name ends and a value begins, so of several values
    /// none is trusted to be the one that was meant.
    pub(crate) fn value(&self, name: &'static str) -> Result<Option<&str>, ProviderError> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(ProviderError::Unusable(name));
        }
        Ok(first.map(String::as_str))
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, ProviderError> {
        self.value(name)?.ok_or(ProviderError::Missing(name))
    }

    /// A parameter whose name ends in a number.
    pub(crate) fn numbered(&self, stem: &str, number: usize) -> Option<&str> {
        let of = |name: &str| name.strip_prefix(stem)?.parse::<usize>().ok();
        self.0.iter().find(|(name, _)| of(name) == Some(number)).map(|(_, value)| value.as_str())
    }

    /// As Twilio signs them: by name, then value, each pair once.
    ///
    /// The order is that of bytes. Python's SDK agrees; JavaScript's orders UTF-16 units, which
    /// differs only between two values of one name with characters beyond U+FFFF.
    pub(crate) fn signed_order(&self) -> Vec<(&str, &str)> {
        let mut pairs = self.sorted();
        pairs.dedup();
        pairs
    }

    /// By name, then value.
    pub(crate) fn sorted(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self.0.iter().map(|(name, value)| (&**name, &**value)).collect();
        pairs.sort_unstable();
        pairs
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

fn decoded(text: &[u8]) -> Result<String, ProviderError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        rest = behind;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let [high, low, behind @ ..] = rest else { return Err(broken_escape()) };
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                rest = behind;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| ProviderError::Malformed("not UTF-8"))
}

fn digit(letter: u8) -> Result<u8, ProviderError> {
    let digit = char::from(letter).to_digit(16).ok_or_else(broken_escape)?;
    Ok(u8::try_from(digit).expect("a hexadecimal digit is below sixteen"))
}

fn broken_escape() -> ProviderError {
    ProviderError::Malformed("a percent sign without two hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let check = |form: &str, expected: &[(&str, &str)]| {
            let expected: Parameters = expected.iter().copied().collect();
            assert_eq!(Parameters::from_form(form.as_bytes()).unwrap(), expected, "{form}");
        };
        check("Body=a+b%20c&From=%2B12015550123", &[("Body", "a b c"), ("From", "+12015550123")]);
        check("a=&b&=c&&d=e=f", &[("a", ""), ("b", ""), ("", "c"), ("d", "e=f")]);
        check("Body=%F0%9F%8E%A3+%c3%a4ä", &[("Body", "🎣 ää")]);
        check("", &[]);
    }

    #[test]
    fn broken_forms_are_refused() {
        for form in ["a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "a=%c3%28"] {
            assert!(Parameters::from_form(form.as_bytes()).is_err(), "{form}");
        }
        let most = "a=1&".repeat(MOST_PARAMETERS);
        assert!(Parameters::from_form(most.as_bytes()).is_ok());
        assert!(Parameters::from_form((most + "a=1").as_bytes()).is_err());
    }

    #[test]
    fn json_objects_are_flat() {
        let json = r#"{"Body": "a", "NumMedia": 0, "Deep": {"Body": "b"}, "None": null}"#;
        let expected: Parameters = [("Body", "a"), ("NumMedia", "0")].into_iter().collect();
        assert_eq!(Parameters::from_json(json.as_bytes()).unwrap(), expected);
        assert!(Parameters::from_json(b"[1]").is_err());
        assert!(Parameters::from_json(b"{").is_err());
    }

    #[test]
    fn of_two_values_none_is_taken() {
        let twice: Parameters = [("Body", "a"), ("Body", "b")].into_iter().collect();
        assert!(matches!(twice.value("Body"), Err(ProviderError::Unusable("Body"))));
        let same: Parameters = [("Body", "a"), ("Body", "a")].into_iter().collect();
        assert_eq!(same.value("Body").unwrap(), Some("a"));
        assert!(matches!(same.required("From"), Err(ProviderError::Missing("From"))));
    }
}
