//! What a registrar, a host, a sender's carrier and staff are told of a campaign: composed for a
//! person to read, change and approve. Pure: the same campaign gives the same drafts.
//!
//! Nothing of a reporter or a recipient gets into a draft. Indicators are the actor's: names that may be
//! blocked, and senders that are nobody's here. What the detector saw is said by the names of
//! signals, not in its sentences, which may repeat a text. The text itself is quoted only as far as several
//! people got the same ([`quote`]). Whatever a person then makes of a draft is looked at again ([`Case::check`]).
//!
//! A staff notice has no link, number or word of the lure. In the others, names are defanged; the
//! attachment for machines ([`xarf`]) alone has them live, since its standard asks for a URL.
//!
//! Start at [`drafts`].

mod case;
mod private;
mod quote;
mod xarf;

use std::fmt::Write as _;

use unhook_detect::explain::defang;
use unhook_engine::response::LetterKind;
use unhook_model::Timestamp;

pub use case::{Case, Collected, Gathered, NameSeen, SenderSeen, Spell};
pub use private::Private;

/// The most names, and the most senders, that get drafts of their own: a campaign has a few.
pub const MOST_DRAFTED: usize = 10;

/// The most names, senders and signals that one mail lists; whoever needs more asks.
const MOST_LISTED: usize = 20;

/// The longest mail, in bytes: a screen or two; a commit has room for it.
pub const LONGEST_BODY: usize = 16 << 10;

/// The longest subject, in characters: what programs show.
pub const LONGEST_SUBJECT: usize = 200;

/// A mail that could be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// To whom.
    pub kind: LetterKind,
    /// What of the campaign it is about: a name or a sender; nothing for staff.
    pub about: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// The evidence for machines that goes with it, as JSON.
    pub evidence: Option<String>,
}

/// All that can be sent about a campaign. `notice` is what staff are told, subject and body, in the
/// organization's language.
#[must_use]
pub fn drafts(case: &Case, notice: (String, String)) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for name in case.names.iter().take(MOST_DRAFTED) {
        if name.has_registrar {
            drafts.push(about_name(case, name, LetterKind::Registrar));
        }
        drafts.push(about_name(case, name, LetterKind::Host));
    }
    drafts.extend(case.senders.iter().take(MOST_DRAFTED).map(|sender| about_sender(case, sender)));
    let (subject, body) = notice;
    let (kind, about) = (LetterKind::Staff, String::new());
    drafts.push(Draft { kind, about, subject, body, evidence: None });
    drafts
}

fn about_name(case: &Case, name: &NameSeen, kind: LetterKind) -> Draft {
    let (shown, whom) = (defang(name.name.as_str()), &case.organization);
    let ask = match kind {
        LetterKind::Registrar => format!(
            "the name {shown} is registered with you, as far as we know. It is used to phish people \
             of {whom} by text message. Please look into it and suspend it."
        ),
        _ => format!(
            "you host what answers at {shown}, as far as we know. It is used to phish people of {whom} \
             by text message. Please look into it and take it down."
        ),
    };
    Draft {
        kind,
        about: name.name.to_string(),
        subject: format!("Phishing of {whom} at {shown}"),
        body: body(case, &ask),
        evidence: Some(xarf::about_name(case, name)),
    }
}

fn about_sender(case: &Case, sender: &SenderSeen) -> Draft {
    let whom = &case.organization;
    let shown = defang(&sender.sender);
    let ask = format!(
        "texts that phish people of {whom} come from {shown}, which is one of yours or reaches us \
         through you, as far as we know. Please look into it and stop them."
    );
    Draft {
        kind: LetterKind::Carrier,
        about: sender.sender.clone(),
        subject: format!("Phishing texts to people of {whom} from {shown}"),
        body: body(case, &ask),
        evidence: Some(xarf::about_sender(case, sender)),
    }
}

fn body(case: &Case, ask: &str) -> String {
    let mut body = format!("Hello,\n\n{ask}\n");
    let names = case.names.iter().map(|name| {
        let why = name.imitates.as_ref().map(|(_, why)| format!("; {why}")).unwrap_or_default();
        format!("{}: {}{why}", defang(name.name.as_str()), seen(&name.seen))
    });
    section(&mut body, "Where the texts lead (times in UTC)", names);
    let senders = case.senders.iter();
    let senders = senders.map(|one| format!("{}: {}", defang(&one.sender), seen(&one.seen)));
    section(&mut body, "Who they come from", senders);
    section(&mut body, "How we know", how_we_know(case));
    if let Some(quote) = &case.quote {
        _ = write!(body, "\nWhat they say, without whatever is somebody's own\n  {quote}\n");
    }
    body.push_str(
        "\nDots are written as [.] so that nobody follows a link by mistake. The attached xarf.json \
         says the same for machines (XARF 4). Who got the texts and who reported them we keep to ourselves.\n",
    );
    _ = write!(body, "\nOur reference: {}\n{}", case.campaign, case.organization);
    if let Some(from) = &case.from {
        _ = write!(body, ", {from}");
    }
    body.push('\n');
    body
}

fn section(body: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    _ = write!(body, "\n{title}\n");
    for line in lines.by_ref().take(MOST_LISTED) {
        _ = writeln!(body, "- {line}");
    }
    let more = lines.count();
    if more > 0 {
        _ = writeln!(body, "- and {more} more");
    }
}

fn how_we_know(case: &Case) -> Vec<String> {
    let people = counted(case.people, "person", "people");
    let mut lines = vec![
        format!("{people} passed on {}", seen(&case.seen)),
        "a person of our security team looked at them and ruled them an attack".to_owned(),
    ];
    let signals = case.signals.iter().take(MOST_LISTED);
    let signals: Vec<String> =
        signals.map(|(id, count)| format!("{} ({count})", id.replace('-', " "))).collect();
    if !signals.is_empty() {
        lines.push(format!("our detector saw, in so many of them: {}", signals.join(", ")));
    }
    lines
}

fn seen(seen: &Spell) -> String {
    let texts = counted(seen.texts, "text", "texts");
    format!("{texts}, first {}, last {}", moment(seen.first), moment(seen.last))
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// A moment in UTC, to the second.
fn moment(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
