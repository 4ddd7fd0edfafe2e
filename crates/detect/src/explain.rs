//! An assessment in plain words for the person who got the message.

use unhook_model::{Assessment, ScamKind, Verdict};

/// One plain sentence of advice. It never says that a message is safe.
#[must_use]
pub fn advice(assessment: &Assessment) -> &'static str {
    match (assessment.verdict, assessment.kind) {
        (Verdict::Benign, Some(ScamKind::Promotion)) => {
            "Nothing found: this looks like advertising. If you do not know the sender, leave its links alone."
        }
        (Verdict::Benign, _) => {
            "Nothing found. If anything about it feels wrong, ask the sender in a way you already know."
        }
        (_, Some(ScamKind::Workplace)) => {
            "Do not sign in through this text: open your work pages the way you always do, and tell your security team."
        }
        (_, Some(ScamKind::Family)) => {
            "Do not answer or send money: call your relative on the number you already have."
        }
        (
            _,
            Some(ScamKind::WrongNumber | ScamKind::Job | ScamKind::Investment | ScamKind::Charity),
        ) => "Do not answer: strangers who write like this are after money, sooner or later.",
        (_, Some(ScamKind::CodeTheft)) => {
            "Do not pass the code on to anybody: whoever has it can get into your account."
        }
        (_, Some(ScamKind::Install)) => {
            "Do not install anything: apps come from your phone's store, never from a text."
        }
        (_, Some(ScamKind::Bank | ScamKind::Payment)) => {
            "Do not tap, call or pay: call your bank on the number printed on your card."
        }
        (
            _,
            Some(ScamKind::Delivery | ScamKind::Toll | ScamKind::Government | ScamKind::Refund),
        ) => "Do not tap or pay: open the official site or app yourself and look there.",
        (Verdict::Suspicious, _) => {
            "Be careful: do not tap, call or answer before you have asked the sender in a way you already know."
        }
        (Verdict::Malicious, _) => {
            "Do not tap, call or answer: delete it, and report it if you can."
        }
    }
}

/// A link with its teeth drawn (`hxxps://evil[.]example/x`), fit to be shown: nothing
/// turns it back into a live one by itself.
///
/// ```
/// use unhook_detect::explain::defang;
/// assert_eq!(defang("https://evil.example/a.b"), "hxxps://evil[.]example/a.b");
/// assert_eq!(defang("evil.example"), "evil[.]example");
/// ```
#[must_use]
pub fn defang(target: &str) -> String {
    let (scheme, rest) = match target.split_once("://") {
        Some(("https", rest)) => ("hxxps://", rest),
        Some(("http", rest)) => ("hxxp://", rest),
        _ => ("", target),
    };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    format!("{scheme}{}{}", rest[..host].replace('.', "[.]").replace('@', "[@]"), &rest[host..])
}
