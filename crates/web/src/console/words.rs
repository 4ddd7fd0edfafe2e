//! All that the console says, in each language it speaks.
//!
//! The texts are data, `words/*.toml`; which there are stands below. A page names them as fields,
//! so one that is missing is found by the compiler, and one that a language lacks by a test.
//! `{}` stands for what is put in; a pair is for one and for several.

use std::fmt;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use serde::Deserialize;

/// A text, or a pair of which the first is for one and the second for any other number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Counted([String; 2]),
}

impl Text {
    /// For so many, with the number put in.
    pub(crate) fn of(&self, count: impl TryInto<u64>) -> String {
        let count = count.try_into().unwrap_or(u64::MAX);
        let text = match self {
            Self::Plain(text) => text,
            Self::Counted([one, _]) if count == 1 => one,
            Self::Counted([_, several]) => several,
        };
        text.replacen("{}", &count.to_string(), 1)
    }

    /// With something put in.
    pub(crate) fn with(&self, part: impl fmt::Display) -> String {
        self.as_str().replacen("{}", &part.to_string(), 1)
    }

    /// With two things put in, in their order.
    pub(crate) fn with_both(&self, one: impl fmt::Display, other: impl fmt::Display) -> String {
        let Some((before, rest)) = self.as_str().split_once("{}") else {
            return self.as_str().to_owned();
        };
        format!("{before}{one}{}", rest.replacen("{}", &other.to_string(), 1))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Counted([text, _]) => text,
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! words {
    ($($section:ident { $($key:ident)* })*) => {
        /// All that the console says in one language.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Words {
            /// Its two letters.
            pub(crate) language: String,
            /// What it calls itself.
            pub(crate) name: String,
            $(pub(crate) $section: $section::Section,)*
        }
        $(pub(crate) mod $section {
            #[derive(Debug, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(crate) struct Section { $(pub(crate) $key: super::Text,)* }
        })*
    };
}

words! {
    nav {
        skip label now campaigns check search people settings first_steps account waiting commands
        palette keys keys_toggle keys_on keys_off theme close sign_out key_commands key_go key_search key_move key_open
        key_theme key_keys
    }
    verdict { malicious suspicious benign }
    stage { emerging active contained closed }
    ago { now minutes hours days }
    trouble { not_found forbidden invalid unavailable broken back }
}

static ALL: LazyLock<[Words; 3]> = LazyLock::new(|| {
    [
        include_str!("../../words/en.toml"),
        include_str!("../../words/de.toml"),
        include_str!("../../words/es.toml"),
    ]
    .map(|text| toml::from_str(text).expect("a test reads every language"))
});

/// The cookie in which somebody chose a language.
const CHOSEN: &str = "language";

/// The words in the language that was chosen, or else that the browser asks for.
pub(crate) fn choose(headers: &HeaderMap) -> &'static Words {
    let chosen = cookie(headers, CHOSEN);
    let spoken = |language: &str| ALL.iter().find(|words| words.language == language);
    chosen
        .and_then(spoken)
        .unwrap_or_else(|| crate::page::preferred(headers, &*ALL, |words| words.language.as_str()))
}

/// Every language.
pub(crate) fn all() -> &'static [Words] {
    &*ALL
}

/// What a cookie of ours says that is no secret.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything_and_puts_in_the_same() {
        let english: toml::Table = toml::from_str(include_str!("../../words/en.toml")).unwrap();
        for text in [include_str!("../../words/de.toml"), include_str!("../../words/es.toml")] {
            let other: toml::Table = toml::from_str(text).unwrap();
            for (section, keys) in english.iter().filter(|(_, keys)| keys.is_table()) {
                for (key, text) in keys.as_table().unwrap() {
                    let theirs = &other[section][key];
                    let count = |value: &toml::Value| value.to_string().matches("{}").count();
                    assert_eq!(count(text), count(theirs), "{section}.{key}");
                    assert_eq!(text.is_array(), theirs.is_array(), "{section}.{key}");
                }
            }
        }
        assert_eq!(all().len(), 3);
    }

    #[test]
    fn a_choice_goes_before_the_browser() {
        let headers = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, "de-AT, es;q=0.5".parse().unwrap());
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers
        };
        assert_eq!(choose(&headers("a=b")).language, "de");
        assert_eq!(choose(&headers("a=b; language=es")).language, "es");
        assert_eq!(choose(&headers("language=xx")).language, "de");
        assert_eq!(choose(&HeaderMap::new()).language, "en");
    }

    #[test]
    fn numbers_choose_their_form() {
        let pair = Text::Counted(["{} text".to_owned(), "{} texts".to_owned()]);
        assert_eq!((pair.of(1_u64), pair.of(0_usize)), ("1 text".to_owned(), "0 texts".to_owned()));
        let both = Text::Plain("{} of {}".to_owned());
        assert_eq!(both.with_both("{}", 2), "{} of 2");
    }
}
