//! People: who a pseudonym is, for a reason that is recorded before anything is shown, and codes by
//! which their own phones join them.
//!
//! The reason comes in a body and not in a query: addresses end up in logs.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Serialize;
use unhook_app::people::Identity;
use unhook_app::{Contact, Standing};
use unhook_model::PersonId;
use utoipa::ToSchema;

use super::rulings::LONGEST_REASON;
use crate::gate::Caller;
use crate::given::{Given, Segment};
use crate::problem::Problem;
use crate::web::Shared;
use crate::{time, words};

/// The shortest reason, in characters: a ticket's number.
const SHORTEST_REASON: usize = 3;

/// Why somebody wants to know.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealRequest {
    /// Why; it stands in the audit trail for ever.
    #[schema(
        min_length = 3,
        max_length = 500,
        pattern = r"^\s*\S[\s\S]+\S\s*$",
        example = "call back about report 4711"
    )]
    reason: String,
}

impl RevealRequest {
    pub(super) fn read(&self) -> Result<&str, Problem> {
        let reason = self.reason.trim();
        let (said, given) = (reason.chars().count(), self.reason.chars().count());
        if said >= SHORTEST_REASON && given <= LONGEST_REASON {
            return Ok(reason);
        }
        Err(Problem::value("/reason", "say why, in 3 to 500 characters"))
    }
}

/// Who a person is.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonBody {
    /// Their pseudonym.
    #[schema(format = "uuid")]
    id: String,
    /// What they are to the organization.
    #[schema(schema_with = words::standing)]
    standing: &'static str,
    /// The names they go by.
    names: Vec<String>,
    /// How they are reached.
    contacts: Vec<ContactBody>,
}

/// One way to reach a person.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
pub(crate) struct ContactBody {
    /// What it is: `phone`, `mail` or `account`.
    kind: &'static str,
    /// The number, address or account.
    value: String,
    /// From when on it was theirs.
    #[schema(format = "date-time")]
    from: String,
    /// Until when it was theirs; null while it is.
    #[schema(format = "date-time")]
    until: Option<String>,
}

impl PersonBody {
    fn of(id: PersonId, standing: Standing, identity: Identity) -> Self {
        let contacts = identity.contacts.into_iter().map(|(contact, from, until)| {
            let (kind, value) = match contact {
                Contact::Phone(number) => ("phone", number.to_string()),
                Contact::Mail(address) => ("mail", address),
                Contact::Account(name) => ("account", name),
            };
            ContactBody { kind, value, from: time::write(from), until: until.map(time::write) }
        });
        Self {
            id: id.to_string(),
            standing: standing.name(),
            names: identity.names,
            contacts: contacts.collect(),
        }
    }
}

/// Say who a person is.
#[utoipa::path(post, path = "/api/v1/people/{id}/reveal", tag = "people",
    operation_id = "reveal_person",
    request_body = RevealRequest,
    params(("id" = String, Path, format = "uuid", description = "The person's pseudonym")),
    responses((status = 200, description = "Who it is", body = PersonBody)))]
pub(crate) async fn reveal(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(person): Segment<PersonId>,
    Given(given): Given<RevealRequest>,
) -> Result<Json<PersonBody>, Problem> {
    let reason = given.read()?.to_owned();
    let found = shared.look_up(move |service| service.reveal(person, &reason, caller.by)).await?;
    let (standing, identity) = found.ok_or_else(|| Problem::not_found("person"))?;
    Ok(Json(PersonBody::of(person, standing, identity)))
}

/// A code by which one phone joins a person, the only time it is seen.
#[derive(Serialize, ToSchema)]
#[schema(as = Enrolment)]
pub(crate) struct EnrolmentMade {
    /// The page that says what to text; null where no texts come in.
    #[schema(format = "uri", example = "https://unhook.example/enrol/7K3M-Q9TX-2BHV")]
    link: Option<String>,
    /// The code itself: texted after `JOIN` to the reporting number, it is good once.
    #[schema(pattern = "^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$")]
    code: String,
    /// From when on it is good for nothing.
    #[schema(format = "date-time")]
    expires_at: String,
}

/// Make a code by which a phone of their own joins somebody of the directory.
#[utoipa::path(post, path = "/api/v1/people/{id}/enrolments", tag = "people",
    operation_id = "make_enrolment",
    params(("id" = String, Path, format = "uuid", description = "The person's pseudonym")),
    responses((status = 201, description = "Made", body = EnrolmentMade)))]
pub(crate) async fn enrol(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(person): Segment<PersonId>,
) -> Result<(StatusCode, Json<EnrolmentMade>), Problem> {
    let made = shared.look_up(move |service| service.invite(person, caller.by)).await?;
    let made = made.ok_or_else(|| Problem::not_found("person enrolled"))?;
    let code = made.code.to_string();
    let enrolment = shared.settings().enrolment.as_ref();
    let link = enrolment.map(|enrolment| enrolment.link(&code));
    let made = EnrolmentMade { link, code, expires_at: time::write(made.expires_at) };
    Ok((StatusCode::CREATED, Json(made)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::Timestamp;

    #[test]
    fn a_person_is_shown() {
        let from = Timestamp::from_unix_ms(1_658_357_340_000);
        let identity = Identity {
            names: vec!["Ana Acme".to_owned()],
            contacts: vec![(Contact::Mail("ana@acme.example".to_owned()), from, None)],
        };
        let body = PersonBody::of(PersonId::from_bytes([1; 16]), Standing::Staff, identity);
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"id":"01010101-0101-0101-0101-010101010101","standing":"staff","names":["Ana Acme"],"contacts":[{"kind":"mail","value":"ana@acme.example","from":"2022-07-20T22:49:00Z","until":null}]}"#
        );
    }

    #[test]
    fn a_reason_is_needed() {
        let read = |reason: &str| RevealRequest { reason: reason.to_owned() }.read().is_ok();
        assert!(read(" #42 "));
        for reason in ["", "  ", "ab", " a ", &"x".repeat(501)] {
            assert!(!read(reason), "{reason}");
        }
    }
}
