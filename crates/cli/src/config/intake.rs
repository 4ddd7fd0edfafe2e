//! `[intake.*]` beside Twilio: other providers of texts, chats, and the filters of phones.
//!
//! As in `service`, secrets come from files of their own or from the environment.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;
use super::problem::Problem;
use super::service::IntakeSection;

/// `[intake.telnyx]`: texts through Telnyx, in at `POST /intake/telnyx` and out through its API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct TelnyxSection {
    /// Telnyx's public key, as its portal shows it: calls are signed with its other half.
    #[schemars(with = "Option<String>")]
    pub(crate) public_key: Option<Text>,
    /// The file that holds an API key, for texts that go out, answers among them; or give it in UNHOOK_TELNYX_API_KEY. Used with `from` or `messaging_profile_id`.
    #[schemars(with = "Option<String>")]
    pub(crate) api_key_file: Option<Text>,
    /// The number that texts go out from, with its country code.
    #[schemars(with = "Option<String>")]
    pub(crate) from: Option<Text>,
    /// The messaging profile that texts go out through, in place of `from`.
    #[schemars(with = "Option<String>")]
    pub(crate) messaging_profile_id: Option<Text>,
    /// Where Telnyx's API is, if not at its usual place.
    #[schemars(with = "Option<String>")]
    pub(crate) api_url: Option<Text>,
}

/// `[intake.plivo]`: texts through Plivo, in at `POST /intake/plivo` and answered there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct PlivoSection {
    /// The URL that Plivo calls, as it is written in Plivo's console.
    #[schemars(with = "Option<String>")]
    pub(crate) public_url: Option<Text>,
    /// The file that holds the auth token; or give it in UNHOOK_PLIVO_AUTH_TOKEN.
    #[schemars(with = "Option<String>")]
    pub(crate) auth_token_file: Option<Text>,
}

/// `[intake.vonage]`: texts through Vonage's Messages API, in at `POST /intake/vonage`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct VonageSection {
    /// The file that holds the account's signature secret; or give it in UNHOOK_VONAGE_SIGNATURE_SECRET.
    #[schemars(with = "Option<String>")]
    pub(crate) signature_secret_file: Option<Text>,
}

/// `[intake.slack]`: messages passed on by a shortcut in Slack, in at `POST /intake/slack`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct SlackSection {
    /// The file that holds the app's signing secret; or give it in UNHOOK_SLACK_SIGNING_SECRET.
    #[schemars(with = "Option<String>")]
    pub(crate) signing_secret_file: Option<Text>,
}

/// `[intake.teams]`: messages to an outgoing webhook in Microsoft Teams, in at `POST /intake/teams`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct TeamsSection {
    /// The file that holds the webhook's security token; or give it in UNHOOK_TEAMS_SECURITY_TOKEN.
    #[schemars(with = "Option<String>")]
    pub(crate) security_token_file: Option<Text>,
}

/// `[intake.ios]`: what the message filters of iPhones ask, at `POST /intake/ios/{key}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct IosSection {
    /// The file that holds the keys that may stand in the path, one a line; or give one in UNHOOK_IOS_KEY.
    #[schemars(with = "Option<String>")]
    pub(crate) keys_file: Option<Text>,
    /// The apps whose texts iOS may send here, team and bundle ("A1B2C3D4E5.com.acme.filter"): what Apple looks up.
    #[schemars(with = "Vec<String>")]
    pub(crate) apps: Vec<Text>,
}

/// The ways in beside Twilio, each value checked; where a secret is in no file, it is in the
/// environment.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    pub(crate) telnyx: Option<Telnyx>,
    pub(crate) plivo: Option<Plivo>,
    pub(crate) vonage: Option<OfSecret>,
    pub(crate) slack: Option<OfSecret>,
    pub(crate) teams: Option<OfSecret>,
    pub(crate) ios: Option<Ios>,
}

/// Texts in and out through Telnyx.
#[derive(Debug)]
pub(crate) struct Telnyx {
    pub(crate) public_key: String,
    pub(crate) api_key_file: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) messaging_profile_id: Option<String>,
    pub(crate) api_url: Option<String>,
}

impl Telnyx {
    /// Whether texts go out through it.
    pub(crate) fn sends(&self) -> bool {
        self.from.is_some() || self.messaging_profile_id.is_some()
    }
}

/// Texts in through Plivo.
#[derive(Debug)]
pub(crate) struct Plivo {
    pub(crate) public_url: String,
    pub(crate) auth_token_file: Option<String>,
}

/// A way that a secret is all there is to.
#[derive(Debug)]
pub(crate) struct OfSecret {
    pub(crate) file: Option<String>,
}

/// Phones that ask.
#[derive(Debug)]
pub(crate) struct Ios {
    pub(crate) keys_file: Option<String>,
    pub(crate) apps: Vec<String>,
}

/// Checks the sections. `texts_go_out`: whether they do already, by another provider.
pub(super) fn ways(
    intake: &IntakeSection,
    texts_go_out: bool,
    problems: &mut Vec<Problem>,
) -> Ways {
    let of_secret = |file: &Option<Text>| OfSecret { file: owned(file.as_ref()) };
    let telnyx = intake.telnyx.as_ref().and_then(|section| telnyx(section, problems));
    if texts_go_out && telnyx.as_ref().is_some_and(Telnyx::sends) {
        problems.push(Problem::of_file(
            "texts go out through one provider: leave out `from` and `messaging_profile_id` of \
             [intake.telnyx], or `account_sid` of [intake.twilio]",
        ));
    }
    Ways {
        telnyx,
        plivo: intake.plivo.as_ref().and_then(|section| plivo(section, problems)),
        vonage: intake.vonage.as_ref().map(|section| of_secret(&section.signature_secret_file)),
        slack: intake.slack.as_ref().map(|section| of_secret(&section.signing_secret_file)),
        teams: intake.teams.as_ref().map(|section| of_secret(&section.security_token_file)),
        ios: intake.ios.as_ref().map(|section| Ios {
            keys_file: owned(section.keys_file.as_ref()),
            apps: section.apps.iter().map(|app| app.get_ref().clone()).collect(),
        }),
    }
}

fn telnyx(section: &TelnyxSection, problems: &mut Vec<Problem>) -> Option<Telnyx> {
    let Some(public_key) = &section.public_key else {
        let message = "[intake.telnyx] needs `public_key`, as Telnyx's portal shows it";
        problems.push(Problem::of_file(message));
        return None;
    };
    if let (Some(file), None, None) =
        (&section.api_key_file, &section.from, &section.messaging_profile_id)
    {
        let message = "texts go out from a number: write `from` or `messaging_profile_id`";
        problems.push(Problem::at(file.span(), message.to_owned()));
    }
    Some(Telnyx {
        public_key: public_key.get_ref().clone(),
        api_key_file: owned(section.api_key_file.as_ref()),
        from: owned(section.from.as_ref()),
        messaging_profile_id: owned(section.messaging_profile_id.as_ref()),
        api_url: owned(section.api_url.as_ref()),
    })
}

fn plivo(section: &PlivoSection, problems: &mut Vec<Problem>) -> Option<Plivo> {
    let Some(public_url) = &section.public_url else {
        let message = "[intake.plivo] needs `public_url`, the URL that Plivo calls";
        problems.push(Problem::of_file(message));
        return None;
    };
    if !public_url.get_ref().starts_with("http") {
        let message = "`public_url` is a whole URL, such as https://unhook.example/intake/plivo";
        problems.push(Problem::at(public_url.span(), message.to_owned()));
    }
    Some(Plivo {
        public_url: public_url.get_ref().clone(),
        auth_token_file: owned(section.auth_token_file.as_ref()),
    })
}

fn owned(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.get_ref().clone())
}
