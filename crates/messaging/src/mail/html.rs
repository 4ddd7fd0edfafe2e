//! HTML as the text that a person sees, with the addresses that its links lead to.
//!
//! No browser: what a style hides is seen here. That is a choice, since hidden words are there to
//! mislead filters or people, and both are worth seeing.

use mail_parser::decoders::html::add_html_token;

/// The most HTML that is looked at, in bytes: a newsletter has 100 KiB.
const LARGEST: usize = 256 << 10;

/// The most links whose addresses are kept; the detector looks at no more.
const MOST_LINKS: usize = 24;

/// The longest address that is kept, in bytes; browsers show far less.
const LONGEST_LINK: usize = 2048;

/// The text of HTML. An address that a link leads to and the text does not show stands at the
/// end, on a line of its own: it is where a lure hides what it is.
pub(crate) fn text(html: &str) -> String {
    let html = &html[..html.floor_char_boundary(LARGEST)];
    let mut text = words(html);
    for link in links(html).take(MOST_LINKS) {
        if !text.contains(&link) {
            text.push('\n');
            text.push_str(&link);
        }
    }
    text
}

/// Elements whose content is not for people.
const UNSEEN: [&str; 5] = ["head", "script", "style", "template", "title"];

/// Elements that begin a line of their own.
const LINES: [&str; 17] = [
    "blockquote",
    "br",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "table",
    "td",
    "tr",
    "ul",
];

/// The longest reference to a character that is looked for, in bytes.
const LONGEST_REFERENCE: usize = 34;

/// HTML without its tags.
fn words(html: &str) -> String {
    let mut words = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        push(&mut words, &rest[..at]);
        let (behind, is_line) = match &rest[at..] {
            reference if reference.starts_with('&') => (character(&mut words, reference), false),
            tag => behind_tag(tag),
        };
        match behind {
            Some(behind) => rest = behind,
            // No tag and no reference after all.
            None => {
                words.push_str(&rest[at..=at]);
                rest = &rest[at + 1..];
            }
        }
        if is_line && !words.is_empty() && !words.ends_with('\n') {
            words.push('\n');
        }
    }
    push(&mut words, rest);
    words
}

/// Adds words, blanks between them as one.
fn push(words: &mut String, text: &str) {
    for c in text.chars() {
        if !c.is_ascii_whitespace() {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with([' ', '\n']) {
            words.push(' ');
        }
    }
}

/// Adds the character that a reference (`&amp;`) stands for, and gives what is behind it.
fn character<'a>(words: &mut String, text: &'a str) -> Option<&'a str> {
    let end = text.as_bytes().iter().take(LONGEST_REFERENCE).position(|b| *b == b';')?;
    let reference = &text[..=end];
    let is_one = reference[1..end].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#');
    is_one.then(|| {
        add_html_token(words, reference.as_bytes(), false);
        &text[end + 1..]
    })
}

/// What is behind a tag, a comment or an element that nobody sees; and whether a line ends here.
fn behind_tag(text: &str) -> (Option<&str>, bool) {
    if let Some(comment) = text.strip_prefix("<!--") {
        return (Some(comment.split_once("-->").map_or("", |(_, behind)| behind)), false);
    }
    let name = text[1..].trim_start_matches('/');
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?')) {
        return (None, false);
    }
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = name[..length].to_ascii_lowercase();
    let behind = &text[tag_length(text)..];
    if UNSEEN.contains(&name.as_str()) && !text.starts_with("</") {
        return (Some(behind_element(behind, &name)), false);
    }
    (Some(behind), LINES.contains(&name.as_str()))
}

/// How long a tag is; a `>` within quotes is no end.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// What is behind the end of an element; nothing when it has none.
fn behind_element<'a>(text: &'a str, name: &str) -> &'a str {
    let ends = text.match_indices("</").filter(|(at, _)| {
        text.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name))
    });
    ends.map(|(at, _)| &text[at..]).next().unwrap_or("")
}

/// The addresses of `href="http…"`, in order.
fn links(html: &str) -> impl Iterator<Item = String> {
    let attributes = html.match_indices('=').filter(|(at, _)| {
        let before = html[..*at].trim_end();
        before.len() >= 4 && before.as_bytes()[before.len() - 4..].eq_ignore_ascii_case(b"href")
    });
    attributes.filter_map(|(at, _)| {
        let value = html[at + 1..].trim_start();
        let (quote, value) = match value.chars().next()? {
            quote @ ('"' | '\'') => (Some(quote), &value[1..]),
            _ => (None, value),
        };
        let window = &value[..value.floor_char_boundary(LONGEST_LINK)];
        let end = window.find(|c: char| match quote {
            Some(quote) => c == quote,
            None => c.is_whitespace() || c == '>',
        });
        let link = words(window[..end?].trim());
        let is_web = ["http://", "https://"].iter().any(|scheme| {
            link.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        });
        is_web.then_some(link)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(text(html).trim(), expected, "{html}");
    }

    #[test]
    fn where_a_link_leads_is_seen() {
        check(
            "<p>Sign in <a href=\"https://acme-okta.example/a?b=1&amp;c=2\">here</a></p>",
            "Sign in here\n\nhttps://acme-okta.example/a?b=1&c=2",
        );
        check("<a HREF = 'HTTP://a.example'>x</a>", "x\nHTTP://a.example");
        check("<a href=http://a.example>x</a>", "x\nhttp://a.example");
        check("<a href='http://a.example'>http://a.example</a>", "http://a.example");
        check("<a href='mailto:a@b.example'>x</a> y href=", "x y href=");
    }

    #[test]
    fn what_people_see_is_left() {
        check("<title>t</title><STYLE>a{}</Style>ü<script>b</script>", "ü");
        check("a<br>b<p>c</p> <b>d</b>  \n e", "a\nb\nc\nd e");
        check(
            "<p title='a>b'>x <!-- <p>y --> z &lt;b&gt; &#x1F3A3; &nosuch; &",
            "x z <b> 🎣 &nosuch; &",
        );
        check("1 < 2 <3 a<style>gone", "1 < 2 <3 a");
        check("a<b", "a");
    }

    #[test]
    fn html_is_bounded() {
        let many = "<a href='http://a.example'>".repeat(20_000);
        assert!(text(&many).len() < LARGEST);
        let long = format!("<a href='http://{}'>x", "é".repeat(4000));
        assert_eq!(text(&long).trim(), "x");
    }
}
