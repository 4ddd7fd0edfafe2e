//! Colours and width of where output goes.

use std::io::IsTerminal;

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

impl Terminal {
    /// Colours when standard output is a terminal and `NO_COLOR` is unset or empty; the
    /// width from `COLUMNS`, else 80.
    pub(crate) fn of_stdout() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let columns = std::env::var("COLUMNS").ok().and_then(|value| value.parse().ok());
        Self {
            colour: !no_colour && (forced || std::io::stdout().is_terminal()),
            width: columns.unwrap_or(80_usize).clamp(NARROWEST, WIDEST),
        }
    }

    /// The text in a style, an SGR parameter list such as `1;31`.
    pub(crate) fn style(self, sgr: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{sgr}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A text without anything that moves a terminal's cursor or reorders its line: controls
/// and bidirectional marks are shown by their number.
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

pub(crate) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
