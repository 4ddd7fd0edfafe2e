//! What somebody forwarded, told from what they and their program wrote around it.
//!
//! Programs announce a forwarded mail with a line ("---------- Forwarded message ---------",
//! "Begin forwarded message:") or none, and then repeat its headers in the language of their
//! user ("From:", "Von:", "De:", …), sometimes behind `>`. Two such lines, one after the other,
//! are taken as its beginning, and everything behind them as what was forwarded; a forward of a
//! forward is followed to the innermost. Without any, the whole text counts but the signature:
//! what follows "-- " (RFC 3676, section 4.3) or a line like "Sent from my iPhone".
//!
//! Deliberately simple. Words of the person's own that stand below what they forwarded stay.

/// A text, and who it says it is from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarded {
    pub(super) sender: Option<String>,
    pub(super) body: String,
}

/// How programs call the sender's header, in the languages of most of them.
const FROM: [&str; 12] =
    ["from", "von", "de", "da", "van", "od", "fra", "från", "kimden", "від", "от", "发件人"];

/// How they call the others.
const OTHERS: [&str; 42] = [
    "date",
    "sent",
    "to",
    "cc",
    "subject",
    "reply-to", // English
    "datum",
    "gesendet",
    "an",
    "betreff",
    "antwort an", // German
    "envoyé",
    "à",
    "objet", // French
    "enviado",
    "enviada em",
    "fecha",
    "para",
    "asunto",
    "assunto",
    "data", // Spanish, Portuguese
    "inviato",
    "a",
    "oggetto", // Italian
    "verzonden",
    "aan",
    "onderwerp", // Dutch
    "wysłano",
    "do",
    "temat", // Polish
    "sendt",
    "til",
    "emne",
    "skickat",
    "till",
    "ämne", // Danish, Norwegian, Swedish
    "gönderildi",
    "kime",
    "konu", // Turkish
    "发送时间",
    "收件人",
    "主题", // Chinese
];

/// Beginnings of the line that a phone's program adds below.
const PHONE_SIGNATURES: [&str; 7] = [
    "sent from my ",
    "sent from outlook",
    "get outlook for ",
    "von meinem ",
    "envoyé de mon ",
    "enviado desde mi ",
    "inviato da ",
];

/// How many forwards of forwards are followed.
const MOST_NESTED: usize = 8;

/// Reads the text of a mail.
pub(super) fn read(text: &str) -> Forwarded {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut rest = lines.as_slice();
    let mut forwarded: Option<Block> = None;
    for depth in 0..MOST_NESTED {
        // Further ones must stand at the very beginning: below words of a lure, two lines that
        // look like headers are the lure's.
        let found = if depth == 0 { find(rest) } else { find(first_lines(rest)) };
        let Some(block) = found else { break };
        rest = &rest[block.end..];
        forwarded = Some(block);
    }
    match forwarded {
        Some(Block { sender, is_quoted: true, .. }) => {
            Forwarded { sender, body: joined(unquoted(rest)) }
        }
        Some(Block { sender, .. }) => Forwarded { sender, body: joined(rest.iter().copied()) },
        None => Forwarded { sender: None, body: joined(without_signature(&lines).iter().copied()) },
    }
}

/// A run of headers of a mail that was forwarded.
struct Block {
    sender: Option<String>,
    /// Whether it stands behind `>`.
    is_quoted: bool,
    /// The line behind it.
    end: usize,
}

/// The first run of two or more headers, one of which names a sender.
fn find(lines: &[&str]) -> Option<Block> {
    let mut begin = 0;
    while begin < lines.len() {
        let run = lines[begin..].iter().take_while(|line| header(line).is_some()).count();
        let headers = lines[begin..begin + run].iter().filter_map(|line| header(line));
        let from = headers.clone().find(|(is_from, _)| *is_from);
        if let (true, Some((_, value))) = (run >= 2, from) {
            let is_quoted = lines[begin].starts_with('>');
            return Some(Block { sender: sender(value), is_quoted, end: begin + run });
        }
        begin += run.max(1);
    }
    None
}

/// The beginning of a text, as far as another forward may be announced in it.
fn first_lines<'a, 'b>(lines: &'b [&'a str]) -> &'b [&'a str] {
    let is_passed_over = |line: &&&str| {
        let bare = line.trim_start_matches(['>', ' ']);
        bare.is_empty() || is_announcement(bare)
    };
    let begin = lines.iter().take_while(is_passed_over).count();
    let headers = lines[begin..].iter().take_while(|line| header(line).is_some()).count();
    &lines[..begin + headers]
}

/// A line by which programs announce a forward: framed by hyphens or underscores, or Apple's.
fn is_announcement(line: &str) -> bool {
    let is_framed =
        ["--", "__"].iter().any(|frame| line.starts_with(frame) && line.ends_with(frame));
    is_framed || (line.ends_with(':') && line.to_lowercase().contains("forward"))
}

/// Whether a line is a header of a mail that was forwarded: whether it names the sender, and
/// what it says.
fn header<'a>(line: &&'a str) -> Option<(bool, &'a str)> {
    let bare = line.trim_start_matches(['>', ' ', '*']);
    let (name, value) = bare.split_once([':', '\u{ff1a}'])?;
    // Outlook sets names in bold, which plain text shows as stars; French puts a blank before
    // the colon.
    let name = name.trim_matches([' ', '\u{a0}', '*']).to_lowercase();
    let value = value.trim_matches([' ', '*']);
    let is_from = FROM.contains(&name.as_str());
    (is_from || OTHERS.contains(&name.as_str())).then_some((is_from, value))
}

/// Of `Name <address>` and of Outlook's `Name [mailto:address]` the address; else all of it, as
/// a phone's export has a number.
fn sender(value: &str) -> Option<String> {
    let within = |open: &str, close: char| {
        let (_, rest) = value.rsplit_once(open)?;
        rest.split_once(close).map(|(address, _)| address)
    };
    let inner = within("<", '>').or_else(|| within("[mailto:", ']')).unwrap_or(value).trim();
    let bare = inner.trim_start_matches("mailto:").trim_matches('"');
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// The lines behind `>`, without it; what follows them is the person's own.
fn unquoted<'a, 'b>(lines: &'b [&'a str]) -> impl Iterator<Item = &'a str> + 'b {
    let quoted = lines.iter().take_while(|line| line.is_empty() || line.starts_with('>'));
    quoted.map(|line| {
        let line = line.strip_prefix('>').unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    })
}

fn without_signature<'a, 'b>(lines: &'b [&'a str]) -> &'b [&'a str] {
    let end = lines.iter().position(|line| *line == "--").unwrap_or(lines.len());
    let lines = &lines[..end];
    let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(0);
    let is_signature = lines.get(last).is_some_and(|line| {
        let line = line.to_lowercase();
        PHONE_SIGNATURES.iter().any(|known| line.starts_with(known))
    });
    if is_signature { &lines[..last] } else { lines }
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, sender: Option<&str>, body: &str) {
        let expected = Forwarded { sender: sender.map(str::to_owned), body: body.to_owned() };
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn forwards_of_many_programs_are_read() {
        check(
            "Is this real?\n\n---------- Forwarded message ---------\n\
             From: IT Desk <desk@acme-okta.example>\nDate: Wed, 20 Jul 2022\nSubject: Now\n\
             To: <kim@acme.example>\n\n\nYour schedule changed.\n",
            Some("desk@acme-okta.example"),
            "Your schedule changed.",
        );
        check(
            "Anfang der weitergeleiteten Nachricht:\n\n> Von: +1 201 555 0123\n> Betreff: Neu\n>\n\
             > Tippen Sie\n> hier\n\nVon meinem iPhone gesendet",
            Some("+1 201 555 0123"),
            "Tippen Sie\nhier",
        );
        check("> From: 28777\n> Date: today\n>\n> tap\n>\n> here", Some("28777"), "tap\n\nhere");
        check(
            "________________________________\n*Von:* A B [mailto:a@b.example]\n*Gesendet:* heute\n\nHallo",
            Some("a@b.example"),
            "Hallo",
        );
        check("De\u{a0}: MaBanque\nObjet\u{a0}: Colis\n\nCliquez", Some("MaBanque"), "Cliquez");
        check("发件人\u{ff1a}10086\n主题\u{ff1a}提醒\n点击", Some("10086"), "点击");
    }

    #[test]
    fn a_forward_of_a_forward_is_followed() {
        check(
            "FYI\nFrom: a@a.example\nTo: b@b.example\n\n\n---- Original Message ----\n\
             From: c@c.example\nTo: d@d.example\n\nTap\nFrom: me\nTo: you\n",
            Some("c@c.example"),
            "Tap\nFrom: me\nTo: you",
        );
    }

    #[test]
    fn without_a_forward_all_of_it_counts_but_the_signature() {
        check(
            "Your parcel: tap a.example\n\nSent from my phone\n",
            None,
            "Your parcel: tap a.example",
        );
        check("Tap here\n-- \nKim\nAcme\n", None, "Tap here");
        check("From: the heart\nwe thank you", None, "From: the heart\nwe thank you");
        check("To: you\nSubject: me\nhello", None, "To: you\nSubject: me\nhello");
        check("", None, "");
    }
}
