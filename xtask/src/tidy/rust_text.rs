//! The parts of a Rust file that show examples: documentation and the strings of tests.
//!
//! A rough reader, no parser: it knows strings, comments and characters well enough to
//! tell an example from code, and relies on tests coming last, as STYLE asks.

/// Lines of documentation, without their marks.
pub(super) fn documentation(text: &str) -> String {
    let marks = ["//! ", "/// "];
    let lines = text.lines().filter_map(|line| {
        let line = line.trim_start();
        marks.iter().find_map(|mark| line.strip_prefix(mark))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The part of a file that is only compiled for tests: all of it for files of tests.
pub(super) fn tests<'a>(path: &str, text: &'a str) -> &'a str {
    let whole = ["/tests/", "/benches/", "/testing"].iter().any(|part| path.contains(part));
    if whole {
        return text;
    }
    text.find("#[cfg(test)]\nmod tests").map_or("", |start| &text[start..])
}

/// What stands in the string literals of code, escapes undone, one string a line.
pub(super) fn strings(code: &str) -> String {
    let mut found = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let before = &rest[..at];
        let here = &rest[at..];
        rest = if here.starts_with("//") {
            here.find('\n').map_or("", |end| &here[end..])
        } else if here.starts_with('"') {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let raw = before.trim_end_matches('#').ends_with('r');
            let (inside, after) = if raw { raw_string(here, hashes) } else { string(here) };
            found += &(if raw { inside.to_owned() } else { unescaped(inside) });
            found.push('\n');
            after
        } else if here.starts_with('\'') {
            after_character(here)
        } else {
            &here[1..]
        };
    }
    found
}

fn raw_string(here: &str, hashes: usize) -> (&str, &str) {
    let closing = format!("\"{}", "#".repeat(hashes));
    here[1..].split_once(closing.as_str()).unwrap_or((&here[1..], ""))
}

fn string(here: &str) -> (&str, &str) {
    let inside = &here[1..];
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (&inside[..at], &inside[at + 1..]),
            _ => {}
        }
    }
    (inside, "")
}

/// Passes over a character literal, or over the mark of a lifetime.
fn after_character(here: &str) -> &str {
    let inside = &here[1..];
    let skip =
        if inside.starts_with('\\') { 2 } else { inside.chars().next().map_or(0, char::len_utf8) };
    let close = inside[skip.min(inside.len())..].find('\'').map(|at| skip + at);
    match close {
        // `'\u{202e}'` is the longest there is.
        Some(at) if inside.starts_with('\\') && at <= 9 => &inside[at + 1..],
        Some(at) if at == skip => &inside[at + 1..],
        _ => inside,
    }
}

fn unescaped(inside: &str) -> String {
    let mut text = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('u')) => {
                let digits: String = chars
                    .by_ref()
                    .take_while(|c| *c != '}')
                    .filter(char::is_ascii_hexdigit)
                    .collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            ('\\', Some('n' | 't' | 'r' | '\n')) => text.push(' '),
            ('\\', Some(other)) => text.push(other),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[&str]) {
        assert_eq!(strings(code).lines().collect::<Vec<_>>(), expected, "{code}");
    }

    #[test]
    fn strings_are_told_from_code() {
        check(r#"let a = "one"; signal.id("two");"#, &["one", "two"]);
        check(r#"'"' "x" '\'' "y" b"z""#, &["x", "y", "z"]);
        check("fn f<'a>(x: &'a str) { \"in\" }", &["in"]);
        check("// \"not this\"\n\"this\"", &["this"]);
        check(r#""a \"quoted\" \u{430}b""#, &["a \"quoted\" \u{430}b"]);
        check("r#\"raw \"inner\" end\"#, \"next\"", &["raw \"inner\" end", "next"]);
        check("\"open", &["open"]);
    }

    #[test]
    fn only_tests_and_documentation_are_examples() {
        let text = "//! Page.\nfn f() { \"code\" }\n#[cfg(test)]\nmod tests {\n    \"t\"\n}\n";
        assert_eq!(strings(tests("crates/a/src/b.rs", text)), "t\n");
        assert_eq!(strings(tests("crates/a/tests/b.rs", text)), "code\nt\n");
        assert_eq!(documentation("//! One.\nfn f() {}\n    /// Two.\n"), "One.\nTwo.");
    }
}
