//! The evidence for machines: a report of the eXtended Abuse Reporting Format, version 4 (xarf.org), of
//! the category `content` and the type `phishing`.
//!
//! The standard asks for a URL: it is the name alone, since a path may say to whom it was sent.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Case, NameSeen, SenderSeen, Spell, moment};

/// The version of the format.
const VERSION: &str = "4.0.0";

pub(super) fn about_name(case: &Case, name: &NameSeen) -> String {
    report(case, name.name.as_str(), name, &name.seen).to_string()
}

/// The sender is what the report is about, and the name is where its texts lead.
pub(super) fn about_sender(case: &Case, sender: &SenderSeen) -> String {
    match case.names.first() {
        Some(name) => report(case, &sender.sender, name, &sender.seen).to_string(),
        None => texts_alone(case, sender).to_string(),
    }
}

fn report(case: &Case, source: &str, name: &NameSeen, seen: &Spell) -> Value {
    let mut report = head(case, source, seen);
    let name_only = name.name.as_str();
    report["category"] = json!("content");
    report["type"] = json!("phishing");
    report["url"] = json!(format!("http://{name_only}/"));
    report["domain"] = json!(name_only);
    report["attack_vector"] = json!("phishing");
    report["verification_method"] = json!("user_report");
    report["verified_at"] = json!(moment(seen.last));
    if let Some((brand, _)) = &name.imitates {
        report["target_brand"] = json!(brand);
    }
    report
}

/// A campaign without a name leads nowhere that could be called content.
fn texts_alone(case: &Case, sender: &SenderSeen) -> Value {
    let mut report = head(case, &sender.sender, &sender.seen);
    report["category"] = json!("messaging");
    report["type"] = json!("spam");
    report["protocol"] = json!("sms");
    report
}

fn head(case: &Case, source: &str, seen: &Spell) -> Value {
    let contact = case.from.clone().unwrap_or_default();
    let domain = contact.split('@').nth(1).unwrap_or_default();
    let who = json!({ "org": case.organization, "contact": contact, "domain": domain });
    let mut report = json!({
        "xarf_version": VERSION,
        "report_id": case.campaign.to_string(),
        "timestamp": moment(seen.first),
        "reporter": who,
        "sender": who,
        "source_identifier": source,
        "evidence_source": "user_report",
        "description": format!(
            "Phishing by text message: {} texts from {} to {}, ruled an attack by a person",
            seen.texts, moment(seen.first), moment(seen.last)
        ),
    });
    if let Some(quote) = &case.quote {
        report["evidence"] = json!([{
            "content_type": "text/plain",
            "description": "What the texts say, without whatever is somebody's own",
            "payload": BASE64_STANDARD.encode(quote),
            "size": quote.len(),
        }]);
    }
    report
}
