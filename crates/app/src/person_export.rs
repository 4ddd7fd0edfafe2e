//! All that is kept of one person, for that person to read.
//!
//! Who they are, what they passed on and what was seen in it, unsealed. It is not for anybody
//! else: whoever makes one records the reason first. What others reported is not in it, even
//! where it names this person: it is sealed under the others' keys.

use serde::Serialize;
use unhook_model::{PersonId, Timestamp};

use crate::people::{Contact, Identity, People, PeopleError};
use crate::record::Content;
use crate::service::ServiceError;
use crate::views::{ReportRow, Views};

/// The version of the shape below: keys are added, never changed.
const SCHEMA_VERSION: u32 = 1;

/// All that is kept of one person. Its JSON is a contract; times are as RFC 3339 has them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonExport {
    schema_version: u32,
    person: String,
    standing: &'static str,
    language: Option<String>,
    names: Vec<String>,
    contacts: Vec<ExportedContact>,
    /// Whether they asked not to be texted; null where views were not asked.
    texts_are_stopped: Option<bool>,
    /// What they passed on, oldest first; null where views were not asked.
    reports: Option<Vec<ExportedReport>>,
    /// When they said that they had given something away; null where views were not asked.
    statements: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ExportedContact {
    kind: &'static str,
    value: String,
    from: String,
    until: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ExportedReport {
    report: String,
    at: String,
    way: &'static str,
    channel: &'static str,
    verdict: &'static str,
    content: Option<Content>,
}

/// Gathers all that is kept of a person; `None` for one who was never met, or was erased.
/// Without views, only who they are.
///
/// # Errors
/// When something cannot be read; half an export would be worse than none.
pub fn export(
    people: &dyn People,
    views: Option<&dyn Views>,
    id: PersonId,
) -> Result<Option<PersonExport>, ServiceError> {
    let (Some(person), Some(identity)) = (people.person(id)?, people.identity(id)?) else {
        return Ok(None);
    };
    let mut export = PersonExport {
        schema_version: SCHEMA_VERSION,
        person: id.to_string(),
        standing: person.standing.name(),
        language: person.language.map(|language| language.to_string()),
        names: identity.names.clone(),
        contacts: contacts(identity),
        texts_are_stopped: None,
        reports: None,
        statements: None,
    };
    if let Some(views) = views {
        export.texts_are_stopped = Some(views.is_stopped(id)?);
        let rows = views.reports_of(id)?;
        let reports: Result<_, PeopleError> = rows.iter().map(|row| report(people, row)).collect();
        export.reports = Some(reports?);
        let mut statements = views.statements(usize::MAX)?;
        statements.retain(|statement| statement.person == id);
        export.statements = Some(statements.iter().map(|statement| time(statement.at)).collect());
    }
    Ok(Some(export))
}

fn contacts(identity: Identity) -> Vec<ExportedContact> {
    let exported = identity.contacts.into_iter().map(|(contact, from, until)| {
        let (kind, value) = match contact {
            Contact::Phone(number) => ("phone", number.to_string()),
            Contact::Mail(address) => ("mail", address),
            Contact::Account(account) => ("account", account),
        };
        ExportedContact { kind, value, from: time(from), until: until.map(time) }
    });
    exported.collect()
}

fn report(people: &dyn People, row: &ReportRow) -> Result<ExportedReport, PeopleError> {
    let content = people.unseal(row.owner, &row.content)?;
    let content = content.map(|json| serde_json::from_slice(&json)).transpose();
    Ok(ExportedReport {
        report: row.report.to_string(),
        at: time(row.at),
        way: row.way.name(),
        channel: row.channel.name(),
        verdict: row.judged.verdict.name(),
        content: content.map_err(|error| PeopleError::Broken(error.into()))?,
    })
}

/// As RFC 3339 has it, or in milliseconds for a moment that no calendar has.
fn time(at: Timestamp) -> String {
    let milliseconds = at.unix_ms();
    match jiff::Timestamp::from_millisecond(milliseconds) {
        Ok(moment) => moment.to_string(),
        Err(_) => milliseconds.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::{Channel, PhoneNumber, ReportId, Verdict};

    use super::*;
    use crate::people::fake::FakePeople;
    use crate::people::{Entry, Language, Standing};
    use crate::record::{Answered, Judged};
    use crate::submission::Way;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

    async fn somebody(people: &FakePeople) -> PersonId {
        let contact = Contact::Phone(PhoneNumber::parse("+12015550123").unwrap());
        let entry = Entry {
            key: "17".to_owned(),
            names: vec!["Ann Example".to_owned()],
            standing: Standing::Staff,
            language: Language::parse("pt"),
            contacts: vec![contact.clone()],
        };
        people.import(&[entry], NOW).unwrap();
        people.meet(&contact, NOW).await.unwrap().id
    }

    #[tokio::test]
    async fn who_they_are_is_in_it() {
        let people = FakePeople::new();
        let id = somebody(&people).await;
        let json = serde_json::to_value(export(&people, None, id).unwrap().unwrap()).unwrap();
        let expected = serde_json::json!({
            "schema_version": 1,
            "person": id.to_string(),
            "standing": "staff",
            "language": "pt",
            "names": ["Ann Example"],
            "contacts": [{
                "kind": "phone",
                "value": "+12015550123",
                "from": "2022-07-20T22:49:00Z",
                "until": null,
            }],
            "texts_are_stopped": null,
            "reports": null,
            "statements": null,
        });
        assert_eq!(json, expected);
        people.erase(id, NOW).unwrap();
        assert_eq!(export(&people, None, id).unwrap(), None);
        people.set_unavailable(true);
        assert!(matches!(export(&people, None, id), Err(ServiceError::Unavailable(_))));
    }

    #[tokio::test]
    async fn what_they_passed_on_is_unsealed() {
        let people = FakePeople::new();
        let owner = somebody(&people).await;
        let content = Content { body: "tap acme-okta.example".to_owned(), ..Content::default() };
        let sealed = people.seal(owner, &serde_json::to_vec(&content).unwrap()).unwrap().unwrap();
        let judged = Judged {
            verdict: Verdict::Malicious,
            score: 500,
            kind: None,
            signals: vec![],
            by: String::new(),
        };
        let mut row = ReportRow {
            report: ReportId::from_bytes([1; 16]),
            at: NOW,
            way: Way::Text,
            channel: Channel::Sms,
            owner,
            reporter: Some(owner),
            language: Language::ENGLISH,
            judged,
            answered: Answered { verdict: Verdict::Malicious, is_ruled: false, at: NOW },
            content: sealed,
        };
        let exported = report(&people, &row).unwrap();
        assert_eq!(exported.content, Some(content));
        assert_eq!((exported.way, exported.channel), ("text", "sms"));
        row.content = people.seal(owner, b"no JSON").unwrap().unwrap();
        assert!(matches!(report(&people, &row), Err(PeopleError::Broken(_))));
    }
}
