//! The page of the form.

use askama::Template;

use super::translations::Words;

/// What came of what was sent.
pub(super) enum Outcome<'a> {
    /// Nothing was sent yet.
    Nothing,
    /// It was taken; this is what to tell.
    Answer(&'a str),
    /// It was not, and why.
    Trouble(&'a str),
}

#[derive(Template)]
#[template(path = "form.html")]
struct Page<'a> {
    words: &'a Words,
    language: &'static str,
    organization: &'a str,
    answer: Option<&'a str>,
    trouble: Option<&'a str>,
}

/// The page in a language.
pub(super) fn write(words: &Words, organization: &str, outcome: &Outcome<'_>) -> String {
    let (answer, trouble) = match outcome {
        Outcome::Nothing => (None, None),
        Outcome::Answer(text) => (Some(*text), None),
        Outcome::Trouble(text) => (None, Some(*text)),
    };
    let page = Page { words, language: words.language, organization, answer, trouble };
    // A string takes everything.
    page.render().unwrap_or_default()
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
        let hostile = "<script>alert(1)</script>{{ organization }}\"'&";
        for outcome in [Outcome::Answer(hostile), Outcome::Trouble(hostile)] {
            let page = write(&ALL[0], "<b>Acme</b>", &outcome);
            assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
            assert!(page.contains("alert(1)") && page.contains("{{ organization }}"), "{page}");
        }
    }

    #[test]
    fn nothing_runs_and_nothing_is_loaded() {
        for words in &ALL {
            let page = write(words, "Acme", &Outcome::Answer("Thank you"));
            assert!(page.contains(&format!("<html lang=\"{}\">", words.language)), "{page}");
            for forbidden in ["<script", "src=", "href=", "onload", "onclick", "@import", "url("] {
                assert!(!page.contains(forbidden), "{forbidden}");
            }
        }
    }
}
