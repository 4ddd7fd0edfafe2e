//! A mistake in `unhook.toml`, shown where it stands.

use std::fmt;
use std::ops::Range;
use std::path::Path;

/// One mistake.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Its place, in bytes of the text; none for the file as a whole.
    pub(super) span: Option<Range<usize>>,
    pub(super) message: String,
}

impl Problem {
    pub(crate) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into() }
    }

    pub(crate) fn of_file(message: impl Into<String>) -> Self {
        Self { span: None, message: message.into() }
    }

    pub(crate) fn of_toml(error: &toml::de::Error) -> Self {
        Self { span: error.span(), message: error.message().trim_end().replace('\n', "; ") }
    }
}

/// A file with mistakes, each with its place and what to type instead.
#[derive(Debug)]
pub(crate) struct ConfigError {
    shown: String,
}

impl ConfigError {
    pub(crate) fn new(path: &Path, text: &str, problems: Vec<Problem>) -> Self {
        let path = path.to_string_lossy();
        let first = problems.iter().take(MOST_PROBLEMS);
        let mut shown: Vec<String> = first.map(|problem| show(&path, text, problem)).collect();
        if problems.len() > MOST_PROBLEMS {
            shown.push(format!("{path}: and {} more", problems.len() - MOST_PROBLEMS));
        }
        Self { shown: shown.join("\n") }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::error::Error for ConfigError {}

/// The most mistakes that are shown at once: who made more made one of another kind.
const MOST_PROBLEMS: usize = 40;

/// The most characters of a line that are shown.
const MOST_SHOWN: usize = 100;

fn show(path: &str, text: &str, problem: &Problem) -> String {
    let message = &problem.message;
    let Some(span) = &problem.span else { return format!("{path}: {message}") };
    let start = text.floor_char_boundary(span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..start];
    let number = text[..start].matches('\n').count() + 1;
    let column = before.chars().count() + 1;
    // What stands behind the mistake is not shown: it may be a secret.
    let wrong = text[start..text.floor_char_boundary(span.end)].lines().next().unwrap_or("");
    if column + wrong.chars().count() > MOST_SHOWN {
        return format!("{path}:{number}:{column}: {message}");
    }
    let gutter = " ".repeat(number.to_string().len());
    let blank: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let marks = "^".repeat(wrong.chars().count().max(1));
    format!(
        "{path}:{number}:{column}: {message}\n  {number} │ {before}{wrong}\n  {gutter} │ {blank}{marks}"
    )
}
