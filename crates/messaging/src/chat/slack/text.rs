//! Slack's way of writing a message, as the text that a person sees with the addresses its links
//! lead to.
//!
//! Source: Slack, "Formatting message text": `<address|label>` is a link, `<@…>`, `<#…>` and
//! `<!…>` are mentions, and `&`, `<`, `>` are escaped.

/// Schemes that Slack puts before what somebody wrote without one.
const SCHEMES: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];

/// The plain text of a message.
#[must_use]
pub fn plain(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, behind)) = rest.split_once('<') {
        push_unescaped(&mut text, before);
        let Some((inside, behind)) = behind.split_once('>') else {
            // Nothing that Slack wrote: it stays as it is.
            text.push('<');
            rest = behind;
            continue;
        };
        push_reference(&mut text, inside);
        rest = behind;
    }
    push_unescaped(&mut text, rest);
    text
}

fn push_reference(text: &mut String, inside: &str) {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    if target.starts_with(['@', '#', '!']) {
        return push_unescaped(text, label.unwrap_or_default());
    }
    let Some(label) = label else { return push_unescaped(text, target) };
    push_unescaped(text, label);
    // A label that says something else than its address is where a lure hides what it is.
    if !says(label, target) {
        text.push_str(" (");
        push_unescaped(text, target);
        text.push(')');
    }
}

fn says(label: &str, target: &str) -> bool {
    let bare = SCHEMES.iter().find_map(|scheme| target.strip_prefix(scheme));
    label == target
        || bare.is_some_and(|bare| label == bare || bare.strip_suffix('/') == Some(label))
}

/// Each of Slack's three escapes undone, once.
fn push_unescaped(text: &mut String, escaped: &str) {
    let mut rest = escaped;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
        let found = known.iter().find(|(escape, _)| rest.starts_with(escape));
        let (length, character) = found.map_or((1, '&'), |(escape, c)| (escape.len(), *c));
        text.push(character);
        rest = &rest[length..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_is_seen_with_where_its_links_lead() {
        let check = |message, expected| assert_eq!(plain(message), expected, "{message}");
        check("your parcel is held", "your parcel is held");
        check("tap <http://acme-okta.example|acme-okta.example> now", "tap acme-okta.example now");
        check("<https://acme-okta.example/>", "https://acme-okta.example/");
        check("<https://lure.example/x|acme.example>", "acme.example (https://lure.example/x)");
        check(
            "<tel:+12015550123|+12015550123> <mailto:a@b.example|a@b.example>",
            "+12015550123 a@b.example",
        );
        check(
            "<@U1> in <#C1|general>, <!here>: a &amp;lt; b &lt;c&gt; &copy;",
            " in general, : a &lt; b <c> &copy;",
        );
        check("<https://a.example?x=1&amp;y=2|>", "https://a.example?x=1&y=2");
    }

    #[test]
    fn what_slack_did_not_write_stays() {
        let check = |message, expected| assert_eq!(plain(message), expected, "{message}");
        check("a < b", "a < b");
        check("<<<", "<<<");
        check("<>|>", "|>");
        check("", "");
    }
}
