//! How long files and functions are: a report, never a gate.

use std::fmt::Write as _;

use anyhow::Result;

use crate::project::{Project, Source};

/// Four files in five should have fewer lines of code.
const LONG_FILE: usize = 300;

/// Almost no function should have more lines.
const LONG_FUNCTION: usize = 60;

pub(super) fn report(project: &Project) -> Result<String> {
    let sources = project.sources("", "rs")?;
    let mut report = String::new();
    let mut long = 0;
    for source in &sources {
        let lines = code_lines(&source.text);
        if lines > LONG_FILE {
            long += 1;
            writeln!(report, "  {}: {lines} lines of code", source.path)?;
        }
        for (name, lines) in long_functions(source) {
            writeln!(report, "  {}: `{name}` has {lines} lines", source.path)?;
        }
    }
    let share = 100 * long / sources.len().max(1);
    Ok(format!(
        "sizes: {} files, {long} ({share} %) over {LONG_FILE} lines of code\n{report}",
        sources.len()
    ))
}

/// Lines that hold code, tests and comments not counted.
fn code_lines(text: &str) -> usize {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Functions over the limit. Relies on rustfmt: a function ends with a brace as far in as
/// the line it began on.
fn long_functions(source: &Source) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|line| *line == closing).unwrap_or(0);
        if length > LONG_FUNCTION {
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let words = line.trim_start();
    let (before, after) = words.split_once("fn ")?;
    let qualifiers = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];
    let declared = before.split_whitespace().all(|word| qualifiers.contains(&word));
    let name = after.split(['(', '<']).next()?;
    (declared && !line.trim_end().ends_with('}')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_counted_without_comments_and_tests() {
        let text =
            "//! Page.\n\nfn a() {\n    // why\n    b();\n}\n\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(code_lines(text), 3);
    }

    #[test]
    fn long_functions_are_named() {
        let body = "        x();\n".repeat(LONG_FUNCTION);
        let text = format!(
            "impl A {{\n    pub(super) fn long(\n{body}    }}\n\n    fn short() {{}}\n}}\n"
        );
        let found = long_functions(&Source { path: String::new(), text });
        assert_eq!(found, [("long".to_owned(), LONG_FUNCTION + 2)]);
    }
}
