//! The page behind a link of enrolment: what to text, and to which number.
//!
//! It asks for nothing and looks nothing up: whether a code is good, only the phone hears that texts
//! it. So the page says the same whatever the code, and who opens it leaves no trace. It sets no
//! cookie, runs no script, and tells no other site its address.

mod translations;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use tokio::time::Instant;
use unhook_app::people::JoinCode;

use crate::given::{FromSegment, Segment};
use crate::page;
use crate::peer::{self, Peer};
use crate::problem::Problem;
use crate::settings::Enrolment;
use crate::web::Shared;
use translations::Words;

/// What the address of the page begins with.
pub(crate) const PATH: &str = "/enrol";

/// What is texted before the code; it is understood in every language.
const KEYWORD: &str = "JOIN";

pub(crate) fn router() -> Router<Shared> {
    Router::new().route(&format!("{PATH}/{{code}}"), get(show))
}

/// Something that has the form of a code, or has not.
impl FromSegment for Option<JoinCode> {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        Ok(JoinCode::parse(text))
    }
}

async fn show(
    State(shared): State<Shared>,
    peer: Option<Extension<Peer>>,
    Segment(code): Segment<Option<JoinCode>>,
    headers: HeaderMap,
) -> Response {
    let words = translations::choose(&headers);
    let peer = peer.map(|Extension(peer)| peer);
    let address = peer::client(peer, &headers, &shared.settings().trusted_proxies);
    if let Some(address) = address
        && let Err(seconds) = shared.visitors().take(address, Instant::now())
    {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut response = respond(&shared, words, status, Content::Trouble(words.too_many));
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return response;
    }
    let enrolment = shared.settings().enrolment.as_ref();
    match code.zip(enrolment) {
        Some((code, enrolment)) => {
            respond(&shared, words, StatusCode::OK, Content::Code(Code::new(enrolment, &code)))
        }
        None => respond(&shared, words, StatusCode::NOT_FOUND, Content::Trouble(words.incomplete)),
    }
}

fn respond(
    shared: &Shared,
    words: &'static Words,
    status: StatusCode,
    content: Content,
) -> Response {
    let enrolment = shared.settings().enrolment.as_ref();
    let organization = enrolment.map_or("", |enrolment| enrolment.organization.as_str());
    // The address holds the code.
    page::respond(status, write(words, organization, content), words.language, "no-referrer")
}

/// What the page is about.
enum Content {
    Trouble(&'static str),
    Code(Code),
}

/// What is to be texted, and where to.
struct Code {
    message: String,
    number: Option<String>,
}

impl Code {
    fn new(enrolment: &Enrolment, code: &JoinCode) -> Self {
        let number = enrolment.reporting_number.as_ref().map(ToString::to_string);
        Self { message: format!("{KEYWORD} {code}"), number }
    }

    /// A link that opens a new text (RFC 5724).
    fn address(&self) -> String {
        let number = self.number.as_deref().unwrap_or_default();
        format!("sms:{number}?body={}", self.message.replace(' ', "%20"))
    }
}

#[derive(Template)]
#[template(path = "enrolment.html")]
struct Page<'a> {
    words: &'static Words,
    language: &'static str,
    organization: &'a str,
    content: Content,
}

fn write(words: &'static Words, organization: &str, content: Content) -> String {
    // A string takes everything.
    Page { words, language: words.language, organization, content }.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::escaped;
    use unhook_model::PhoneNumber;

    fn enrolment(number: Option<&str>) -> Enrolment {
        Enrolment {
            organization: "Acme & Co".to_owned(),
            reporting_number: number.and_then(PhoneNumber::parse),
            public_url: "https://unhook.acme.example/".to_owned(),
        }
    }

    #[test]
    fn the_page_says_what_to_text_in_every_language() {
        let code = JoinCode::parse("7K3MQ9TX10HV").unwrap();
        for words in &translations::ALL {
            let content = |number| Content::Code(Code::new(&enrolment(number), &code));
            let known = write(words, "Acme", content(Some("+12015550123")));
            assert!(known.contains(">JOIN 7K3M-Q9TX-10HV</p>"), "{known}");
            assert!(known.contains("<b>+12015550123</b>"), "{known}");
            assert!(known.contains("href=\"sms:+12015550123?body=JOIN%207K3M-Q9TX-10HV\""));
            let unknown = write(words, "Acme", content(None));
            assert!(!unknown.contains("href") && unknown.contains(&escaped(words.to_usual)));
        }
    }

    #[test]
    fn a_link_leads_to_the_page() {
        let link = enrolment(None).link("7K3M-Q9TX-10HV");
        assert_eq!(link, "https://unhook.acme.example/enrol/7K3M-Q9TX-10HV");
    }

    #[test]
    fn nothing_runs_and_nothing_is_asked_for() {
        let page = write(&translations::ALL[0], "Acme", Content::Trouble("no"));
        for forbidden in ["<script", "<form", "<input", "src=", "onload", "onclick", "url("] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
