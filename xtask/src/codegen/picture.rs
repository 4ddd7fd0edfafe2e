//! `docs/check.svg`: what `unhook check` shows in a terminal, for the README.
//!
//! Drawn from the program's own coloured output, so the picture never promises what the
//! program does not do. It reads in light and in dark.

use std::fmt::Write as _;

use anyhow::Result;

use super::program::Program;

/// The text in the picture. Its name is the one of July 2022, long dead.
const LURE: &str = "ALERT!! Your Cloudflare schedule has been updated, Please tap cloudflare-okta.com to view your changes.";

const LINE_HEIGHT: usize = 19;
const MARGIN: usize = 18;
/// Width of one character of a 14-pixel monospaced font, in tenths of a pixel.
const TENTHS_PER_COLUMN: usize = 84;

const STYLE: &str = "\
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
rect { fill: #f6f8fa; stroke: #d1d9e0 }
.b { font-weight: bold } .d { opacity: .65 }
.red { fill: #b3261e } .green { fill: #1a7f37 } .yellow { fill: #8a5a00 } .blue { fill: #0550ae } .cyan { fill: #0b6e75 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } rect { fill: #0d1117; stroke: #30363d }
.red { fill: #ff7b72 } .green { fill: #56d364 } .yellow { fill: #e3b341 } .blue { fill: #79c0ff } .cyan { fill: #56d4dd }
}
";

pub(super) fn write(program: &Program) -> Result<String> {
    let shown = program.show(&["check", "--fail-on", "never", LURE])?;
    Ok(draw(&format!("\u{1b}[2m$\u{1b}[0m unhook check \"…\"\n\n{}", shown.trim_end())))
}

/// A terminal's output as a picture.
fn draw(output: &str) -> String {
    let lines: Vec<Vec<Run>> = output.lines().map(runs).collect();
    let columns = lines.iter().map(|line| line.iter().map(Run::width).sum()).max().unwrap_or(0);
    let width = columns * TENTHS_PER_COLUMN / 10 + 2 * MARGIN;
    let height = lines.len() * LINE_HEIGHT + 2 * MARGIN;
    let mut text = String::new();
    for (row, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let y = MARGIN + row * LINE_HEIGHT + 14;
        let spans: String = line.iter().map(Run::draw).collect();
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "<text x=\"{MARGIN}\" y=\"{y}\" xml:space=\"preserve\">{spans}</text>");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         role=\"img\" aria-label=\"unhook check takes a lure apart\">\n<style>\n{STYLE}</style>\n\
         <rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n{text}</svg>\n",
        width - 1,
        height - 1
    )
}

/// A part of a line in one style.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    classes: Vec<&'static str>,
    text: String,
}

impl Run {
    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn draw(&self) -> String {
        let text = self.text.replace('&', "&amp;").replace('<', "&lt;");
        if self.classes.is_empty() {
            return text;
        }
        format!("<tspan class=\"{}\">{text}</tspan>", self.classes.join(" "))
    }
}

/// Splits a line at its SGR sequences (ECMA-48), the only ones the program writes.
fn runs(line: &str) -> Vec<Run> {
    let mut parts = line.split("\u{1b}[");
    let plain = parts.next().map(|text| (Vec::new(), text));
    let styled = parts.filter_map(|part| {
        let (codes, text) = part.split_once('m')?;
        Some((codes.split(';').filter_map(class).collect(), text))
    });
    plain
        .into_iter()
        .chain(styled)
        .filter(|(_, text)| !text.is_empty())
        .map(|(classes, text)| Run { classes, text: text.to_owned() })
        .collect()
}

fn class(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "b",
        "2" => "d",
        "31" => "red",
        "32" => "green",
        "33" => "yellow",
        "34" => "blue",
        "36" => "cyan",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_become_classes() {
        let run = |classes: &[&'static str], text: &str| Run {
            classes: classes.to_vec(),
            text: text.to_owned(),
        };
        assert_eq!(
            runs("a \u{1b}[1;31mbad\u{1b}[0m b"),
            [run(&[], "a "), run(&["b", "red"], "bad"), run(&[], " b")]
        );
    }

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        let picture = draw("a <script> & b");
        assert!(picture.contains(">a &lt;script> &amp; b</text>"), "{picture}");
    }
}
