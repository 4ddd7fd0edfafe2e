//! Rulings: what a person says of a campaign, a report or a name.

use axum::extract::{Extension, State};
use unhook_app::service::RulingRequest;
use unhook_app::views::NameRuling;
use unhook_engine::Ruling;
use unhook_model::Hostname;

use super::Written;
use crate::gate::Caller;
use crate::given::{AN_ID, Given, id};
use crate::openapi;
use crate::problem::Problem;
use crate::web::Shared;
use crate::words::{NAME_RULINGS, RULINGS, listed};

/// The longest reason, in characters.
pub(crate) const LONGEST_REASON: usize = 500;

/// What somebody says, of one of these.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulingBody {
    campaign: Option<String>,
    report: Option<String>,
    name: Option<String>,
    ruling: String,
    reason: Option<String>,
}

impl utoipa::ToSchema for RulingBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "Ruling".into()
    }
}

impl utoipa::PartialSchema for RulingBody {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let one = |key: &str, of: serde_json::Value, rulings: &[&str]| {
            serde_json::json!({
                "type": "object", "required": [key, "ruling"], "additionalProperties": false,
                "properties": {
                    key: of,
                    "ruling": { "type": "string", "enum": rulings },
                    "reason": { "type": ["string", "null"], "maxLength": LONGEST_REASON,
                        "description": "Why; it stands in the audit trail" }
                }
            })
        };
        let id =
            |what| serde_json::json!({ "type": "string", "format": "uuid", "description": what });
        let name = serde_json::json!({
            "type": "string", "maxLength": 253,
            "pattern": "^([A-Za-z0-9_-]{1,63}\\.)+[A-Za-z][A-Za-z0-9-]{0,62}$",
            "description": "A registrable domain or a host", "example": "acme-okta.example"
        });
        let rulings = RULINGS.map(|(_, name)| name);
        openapi::from_json(serde_json::json!({
            "description": "What somebody says of a campaign, a report or a name",
            "oneOf": [
                one("campaign", id("The campaign"), &rulings),
                one("report", id("The report"), &rulings),
                one("name", name, &NAME_RULINGS.map(NameRuling::name)),
            ]
        }))
    }
}

impl RulingBody {
    fn read(&self) -> Result<RulingRequest, Problem> {
        match (&self.campaign, &self.report, &self.name) {
            (Some(campaign), None, None) => {
                let campaign = id(campaign).ok_or_else(|| Problem::value("/campaign", AN_ID))?;
                Ok(RulingRequest::Campaign(campaign, ruling(&self.ruling)?))
            }
            (None, Some(report), None) => {
                let report = id(report).ok_or_else(|| Problem::value("/report", AN_ID))?;
                Ok(RulingRequest::Report(report, ruling(&self.ruling)?))
            }
            (None, None, Some(name)) => {
                let name = Hostname::parse(name)
                    .map_err(|error| Problem::value("/name", error.to_string()))?;
                Ok(RulingRequest::Name(name.as_str().to_owned(), name_ruling(&self.ruling)?))
            }
            _ => Err(Problem::value("", "give `campaign`, `report` or `name`, one of them")),
        }
    }

    fn reason(&self) -> Result<Option<String>, Problem> {
        let reason = self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        if reason.is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
            let detail = format!("give a reason of at most {LONGEST_REASON} characters");
            return Err(Problem::value("/reason", detail));
        }
        Ok(reason.map(str::to_owned))
    }
}

fn ruling(name: &str) -> Result<Ruling, Problem> {
    let found = RULINGS.iter().find(|(_, known)| *known == name).map(|(ruling, _)| *ruling);
    found.ok_or_else(|| {
        let known = listed(RULINGS.map(|(_, name)| name));
        Problem::value("/ruling", format!("one of {known}; `allow` is for names alone"))
    })
}

fn name_ruling(name: &str) -> Result<NameRuling, Problem> {
    NAME_RULINGS.into_iter().find(|ruling| ruling.name() == name).ok_or_else(|| {
        let known = listed(NAME_RULINGS.map(NameRuling::name));
        Problem::value("/ruling", format!("one of {known}"))
    })
}

/// What a ruling is about, for the audit trail.
fn subject(request: &RulingRequest) -> String {
    match request {
        RulingRequest::Campaign(id, _) => id.to_string(),
        RulingRequest::Report(id, _) => id.to_string(),
        RulingRequest::Name(name, _) => name.clone(),
    }
}

/// Say what a campaign, a report or a name is.
///
/// It takes effect at once: whoever was told otherwise is told anew.
#[utoipa::path(post, path = "/api/v1/rulings", tag = "rulings", request_body = RulingBody,
    responses((status = 200, description = "It is so", body = Written)))]
pub(crate) async fn rule(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Given(given): Given<RulingBody>,
) -> Result<axum::Json<Written>, Problem> {
    let (request, reason) = (given.read()?, given.reason()?);
    let by = caller.by;
    let (subject, action) = (subject(&request), format!("ruled-{}", given.ruling));
    let position = shared.service().rule(request, by).await?;
    shared.note(by, action, subject, reason).await;
    Ok(Written::at(position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::json;

    const ID: &str = "00112233-4455-6677-8899-aabbccddeeff";

    fn read(body: &str) -> Result<RulingRequest, String> {
        let given: RulingBody = json(body.as_bytes()).map_err(|p| format!("{p:?}"))?;
        given.read().map_err(|problem| problem.detail().unwrap_or_default().to_owned())
    }

    #[test]
    fn one_thing_is_ruled_on() {
        let id = ID.parse().unwrap();
        assert_eq!(
            read(&format!(r#"{{"campaign": "{ID}", "ruling": "benign"}}"#)),
            Ok(RulingRequest::Campaign(id, Ruling::Benign))
        );
        assert_eq!(
            read(&format!(r#"{{"report": "{ID}", "ruling": "malicious"}}"#)),
            Ok(RulingRequest::Report(ID.parse().unwrap(), Ruling::Malicious))
        );
        assert_eq!(
            read(r#"{"name": "Acme.EXAMPLE.", "ruling": "allow"}"#),
            Ok(RulingRequest::Name("acme.example".to_owned(), NameRuling::Allow))
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        let check = |body: &str, expected: &str| {
            let error = read(body).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(r#"{"ruling": "benign"}"#, "give `campaign`, `report` or `name`, one of them");
        let both = format!(r#"{{"campaign": "{ID}", "name": "a.example", "ruling": "benign"}}"#);
        check(&both, "one of them");
        let allow = format!(r#"{{"campaign": "{ID}", "ruling": "allow"}}"#);
        check(&allow, "one of `malicious`, `benign`; `allow` is for names alone");
        check(r#"{"name": "192.0.2.1", "ruling": "allow"}"#, "this is an IP address, not a name");
        check(r#"{"name": "a.example", "ruling": "bad"}"#, "one of `malicious`, `benign`, `allow`");
        check(r#"{"report": "7", "ruling": "benign"}"#, "`report`: an id is written as");
    }
}
