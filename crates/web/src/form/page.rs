//! The page of the form: one template, filled with texts that are escaped on their way in.

use super::translations::Words;
use crate::page::{escaped, fill};

/// What came of what was sent.
pub(super) enum Outcome<'a> {
    /// Nothing was sent yet.
    Nothing,
    /// It was taken; this is what to tell.
    Answer(&'a str),
    /// It was not, and why.
    Trouble(&'a str),
}

/// A part in double braces is put in escaped; `outcome` is made here, of escaped parts.
const TEMPLATE: &str = include_str!("page.html");

/// The page in a language.
pub(super) fn write(words: &Words, organization: &str, outcome: &Outcome<'_>) -> String {
    let outcome = match outcome {
        Outcome::Nothing => String::new(),
        Outcome::Answer(text) => {
            format!("<p class=\"answer\" role=\"status\">{}</p>", escaped(text))
        }
        Outcome::Trouble(text) => {
            format!("<p class=\"trouble\" role=\"alert\">{}</p>", escaped(text))
        }
    };
    fill(TEMPLATE, |name| match name {
        "outcome" => outcome.clone(),
        "organization" => escaped(organization),
        name => escaped(words.named(name)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::translations::ALL;
    use super::*;

    #[test]
    fn the_page_in_english() {
        insta::assert_snapshot!(write(&ALL[0], "Acme & Co", &Outcome::Nothing));
    }

    #[test]
    fn nothing_put_in_becomes_markup_or_another_part() {
        let hostile = "<script>alert(1)</script>{{organization}}\"'&";
        for outcome in [Outcome::Answer(hostile), Outcome::Trouble(hostile)] {
            let page = write(&ALL[0], "<b>Acme</b>", &outcome);
            assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
            let expected =
                "&lt;script&gt;alert(1)&lt;/script&gt;{{organization}}&quot;&#39;&amp;</p>";
            assert!(page.contains(expected), "{page}");
        }
    }

    #[test]
    fn every_part_is_put_in_in_every_language() {
        for words in &ALL {
            let page = write(words, "Acme", &Outcome::Nothing);
            assert!(!page.contains("{{") && !page.contains("}}"), "{page}");
            assert!(page.contains(&format!("<html lang=\"{}\">", words.language)), "{page}");
            for name in ["title", "introduction", "text", "sender", "send", "privacy"] {
                assert!(!words.named(name).is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn nothing_runs_and_nothing_is_loaded() {
        for forbidden in ["<script", "src=", "href=", "onload", "onclick", "@import", "url("] {
            assert!(!TEMPLATE.contains(forbidden), "{forbidden}");
        }
    }
}
