//! Colours and width of where output goes, and what may be written there.

use std::io::{IsTerminal, Write as _};

/// How to write to standard output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Whether colours may be used.
    pub(crate) colour: bool,
    /// Columns.
    pub(crate) width: usize,
}

/// A line wider than this is hard to read.
const WIDEST: usize = 100;

/// Narrower than this nothing fits.
const NARROWEST: usize = 32;

/// The width where there is no terminal to ask.
const USUAL: usize = 80;

impl Terminal {
    /// Colours when standard output is a terminal and `NO_COLOR` is unset or empty
    /// (no-color.org); the width from `COLUMNS`, else from the terminal.
    pub(crate) fn of_stdout() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let forced = std::env::var_os("CLICOLOR_FORCE")
            .is_some_and(|value| !value.is_empty() && value != "0");
        let columns = std::env::var("COLUMNS").ok().and_then(|value| value.parse().ok());
        let asked = || {
            let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
            Some(usize::from(width.0))
        };
        Self {
            colour: !no_colour && (forced || std::io::stdout().is_terminal()),
            width: columns.or_else(asked).unwrap_or(USUAL).clamp(NARROWEST, WIDEST),
        }
    }

    /// The text in a style, an SGR parameter list such as `1;31`.
    pub(crate) fn style(self, sgr: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{sgr}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Says on standard error what is wrong. Messages quote names and values of files, so they
/// are made harmless, line by line.
pub(crate) fn complain(message: &str) {
    let lines: Vec<String> = message.lines().map(harmless).collect();
    // Nothing can be done about a closed terminal here.
    let _ = writeln!(std::io::stderr(), "unhook: {}", lines.join("\n"));
}

/// Says on standard error what a person should know beside the output.
pub(crate) fn say(message: &str) {
    // Nothing can be done about a closed terminal here.
    let _ = writeln!(std::io::stderr(), "{}", harmless(message));
}

/// A text without anything that moves a terminal's cursor, reorders its line or hides in
/// it: controls, bidirectional marks and what has no width are shown by their number.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => shown.push(' '),
            _ if is_dangerous(c) => shown += &format!("‹U+{:04X}›", u32::from(c)),
            _ => shown.push(c),
        }
    }
    shown
}

/// Zero-width joiners and non-joiners.
const JOINERS: std::ops::RangeInclusive<char> = '\u{200c}'..='\u{200d}';

/// Whether a character would move the cursor, reorder the line or hide in it.
pub(crate) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is a joiner in its proper place: between parts of an emoji, or in a
/// script that needs it to be written.
pub(crate) fn is_proper_joiner(c: char, before: char) -> bool {
    let is_needed = match u32::from(before) {
        // From Hebrew on to the last script of South-East Asia.
        0x590..=0x1cff => {
            before.is_alphabetic() || unicode_width::UnicodeWidthChar::width(before) == Some(0)
        }
        // Symbols and emoji, and what varies them.
        0x2190..=0x2bff | 0xfe0f | 0x1f000..=0x1faff => true,
        _ => false,
    };
    JOINERS.contains(&c) && is_needed && !is_dangerous(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_moves_is_shown_by_its_number() {
        assert_eq!(
            harmless("a\u{1b}[2J\u{202e}\u{200b}\u{e0041}\n"),
            "a‹U+001B›[2J‹U+202E›‹U+200B›‹U+E0041› "
        );
        assert_eq!(harmless("Grüße 包裹 😀"), "Grüße 包裹 😀");
    }

    #[test]
    fn joiners_belong_to_emoji_and_to_scripts_that_need_them() {
        assert!(is_proper_joiner('\u{200d}', '👨'));
        assert!(is_proper_joiner('\u{200c}', 'ی'));
        assert!(!is_proper_joiner('\u{200d}', 'p'));
        assert!(!is_proper_joiner('\u{200d}', '›'));
    }
}
