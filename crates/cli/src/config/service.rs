//! The sections that `unhook serve` reads.
//!
//! Secrets come from files of their own or from the environment; a path is meant from where
//! `unhook.toml` lies.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_app::people::Language;
use unhook_app::service::{Settings, TextSettings};
use unhook_app::telling::Severity;
use unhook_messaging::notify::Kind;
use unhook_model::PhoneNumber;

use super::Text;
use super::intake::{
    IosSection, PlivoSection, SlackSection, TeamsSection, TelnyxSection, VonageSection, Ways, ways,
};
use super::keys::nearest;
use super::local::{self, LocalWays, MaildirSection, ScreenshotsSection, SmtpSection};
use super::problem::Problem;

/// `[server]`: how it is reached.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ServerSection {
    /// Address and port for metrics and health, apart from the public ones ("127.0.0.1:9464").
    #[schemars(with = "Option<String>")]
    pub(crate) admin_listen: Option<Text>,
    /// The certificate chain for TLS, a PEM file; without one, TLS is the business of a proxy before it.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_certificate_file: Option<Text>,
    /// The private key of the certificate, a PEM file.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_private_key_file: Option<Text>,
    /// Networks of proxies whose X-Forwarded-For is believed ("10.0.0.0/8").
    #[schemars(with = "Vec<String>")]
    pub(crate) trusted_proxies: Vec<Text>,
    /// Whether anybody may paste a text at /report.
    pub(crate) public_form: bool,
}

/// `[intake]`: what comes in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct IntakeSection {
    /// The language of answers to people of whom none is known ("en").
    #[schemars(with = "Option<String>")]
    pub(crate) language: Option<Text>,
    /// Numbers that nobody uses, with their country code: a text that reaches one is evidence.
    #[schemars(with = "Vec<String>")]
    pub(crate) traps: Vec<Text>,
    /// The number that people forward texts to, as the page of enrolment shows it; `from` of Twilio or Telnyx unless said otherwise.
    #[schemars(with = "Option<String>")]
    pub(crate) reporting_number: Option<Text>,
    /// Whether the mail server hands in only mails that passed DMARC; otherwise nobody is believed to be who a mail says.
    pub(crate) mail_senders_checked: bool,
    /// How many texts somebody who is not enrolled may pass on in an hour; 10 unless said otherwise.
    pub(crate) stranger_hourly: Option<u32>,
    /// How many texts all of them together may pass on in a minute; 120 unless said otherwise.
    pub(crate) strangers_minutely: Option<u32>,
    /// How many days pictures and mails are kept as evidence; 90 unless said otherwise.
    pub(crate) attachment_days: Option<u32>,
    /// Texts through Twilio.
    pub(crate) twilio: Option<TwilioSection>,
    /// Texts through Telnyx.
    pub(crate) telnyx: Option<TelnyxSection>,
    /// Texts through Plivo.
    pub(crate) plivo: Option<PlivoSection>,
    /// Texts through Vonage.
    pub(crate) vonage: Option<VonageSection>,
    /// Messages passed on in Slack.
    pub(crate) slack: Option<SlackSection>,
    /// Messages passed on in Microsoft Teams.
    pub(crate) teams: Option<TeamsSection>,
    /// What the message filters of iPhones ask.
    pub(crate) ios: Option<IosSection>,
    /// What reads pictures of a screen.
    pub(crate) screenshots: Option<ScreenshotsSection>,
    /// Mails for the reporting address, by SMTP.
    pub(crate) smtp: Option<SmtpSection>,
    /// Mails for the reporting address, from a folder.
    pub(crate) maildir: Option<MaildirSection>,
}

/// `[intake.twilio]`: texts through Twilio, in at `POST /intake/twilio` and out through its API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct TwilioSection {
    /// The URL that Twilio calls, as it is written in Twilio's console.
    #[schemars(with = "Option<String>")]
    pub(crate) public_url: Option<Text>,
    /// The file that holds the auth token; or give it in UNHOOK_TWILIO_AUTH_TOKEN.
    #[schemars(with = "Option<String>")]
    pub(crate) auth_token_file: Option<Text>,
    /// The account, for texts that go out ("AC…"); without it none do.
    #[schemars(with = "Option<String>")]
    pub(crate) account_sid: Option<Text>,
    /// Whether pictures of texts are fetched from the account: as evidence, and read where a text has no words. False unless said otherwise.
    pub(crate) fetch_media: bool,
    /// The number that texts go out from, with its country code.
    #[schemars(with = "Option<String>")]
    pub(crate) from: Option<Text>,
    /// The messaging service that texts go out through, in place of `from` ("MG…").
    #[schemars(with = "Option<String>")]
    pub(crate) messaging_service_sid: Option<Text>,
    /// Where Twilio's API is, if not at its usual place.
    #[schemars(with = "Option<String>")]
    pub(crate) api_url: Option<Text>,
}

/// `[texts]`: what texts that go out may cost.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct TextsSection {
    /// The most texts in 24 hours beside the answers to reports; 500 unless said otherwise.
    pub(crate) daily: Option<u64>,
    /// The most answers in 24 hours to texts that come in; 10000 unless said otherwise.
    pub(crate) daily_replies: Option<u64>,
    /// Beginnings of numbers that may be texted although nobody enrolled has them ("+49"); without any, those of the organization's countries.
    #[schemars(with = "Vec<String>")]
    pub(crate) allowed_prefixes: Vec<Text>,
}

/// `[on_call]`: when those on call hear again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct OnCallSection {
    /// After how many minutes a campaign that nobody acknowledged is called out again; 15 unless said otherwise.
    pub(crate) escalate_after_minutes: Option<u32>,
}

/// `[[notify]]`: one way to tell those on call.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct NotifySection {
    /// What it is called in the delivery log.
    #[schemars(with = "Option<String>")]
    pub(crate) name: Option<Text>,
    /// What it is: "webhook", "slack", "teams", "pagerduty" or "syslog".
    #[schemars(with = "Option<String>")]
    pub(crate) kind: Option<Text>,
    /// Where it is, for a webhook or a PagerDuty that is elsewhere.
    #[schemars(with = "Option<String>")]
    pub(crate) url: Option<Text>,
    /// The file that holds the URL, for Slack and Teams, whose URLs are secrets.
    #[schemars(with = "Option<String>")]
    pub(crate) url_file: Option<Text>,
    /// The file that holds the secret a webhook is signed with ("whsec_…"), perhaps with a second line for the one before.
    #[schemars(with = "Option<String>")]
    pub(crate) secret_file: Option<Text>,
    /// The file that holds PagerDuty's routing key.
    #[schemars(with = "Option<String>")]
    pub(crate) routing_key_file: Option<Text>,
    /// Where syslog is: "udp://host:514", "tcp://host:601" or "tls://host:6514".
    #[schemars(with = "Option<String>")]
    pub(crate) address: Option<Text>,
    /// From which urgency on it is told: "info", "warning" or "critical".
    #[schemars(with = "Option<String>")]
    pub(crate) from_severity: Option<Text>,
}

/// How the service works: the sections, each value checked. What lies in other files is not
/// read yet.
#[derive(Debug, Default)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) server: Server,
    /// None where it is switched off.
    pub(crate) console: Option<super::Console>,
    pub(crate) twilio: Option<Twilio>,
    pub(crate) ways: Ways,
    /// The ways in that are no provider's.
    pub(crate) local: LocalWays,
    /// The number that people forward texts to, if it is known.
    pub(crate) reporting_number: Option<PhoneNumber>,
    pub(crate) notifiers: Vec<Notify>,
    /// What is done about campaigns.
    pub(crate) response: super::Response,
    /// Where people sign in.
    pub(crate) identity: Vec<super::Identity>,
}

/// How it is reached.
#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) admin_listen: Option<String>,
    pub(crate) tls: Option<(String, String)>,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) public_form: bool,
}

/// How texts come in and go out.
#[derive(Debug)]
pub(crate) struct Twilio {
    pub(crate) public_url: String,
    pub(crate) auth_token_file: Option<String>,
    pub(crate) account_sid: Option<String>,
    pub(crate) fetch_media: bool,
    pub(crate) from: Option<String>,
    pub(crate) messaging_service_sid: Option<String>,
    pub(crate) api_url: Option<String>,
}

/// One way to tell those on call.
#[derive(Debug)]
pub(crate) struct Notify {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) from_severity: Severity,
    pub(crate) url: Option<String>,
    pub(crate) url_file: Option<String>,
    pub(crate) secret_file: Option<String>,
    pub(crate) routing_key_file: Option<String>,
    pub(crate) address: Option<String>,
}

const SEVERITIES: [(&str, Severity); 3] =
    [("info", Severity::Info), ("warning", Severity::Warning), ("critical", Severity::Critical)];

/// Checks the sections.
pub(super) fn values(
    server: ServerSection,
    intake: IntakeSection,
    texts: TextsSection,
    on_call: OnCallSection,
    notify: Vec<NotifySection>,
    problems: &mut Vec<Problem>,
) -> Service {
    let local = local::ways(&intake, problems);
    let mut checker = Checker { problems };
    let twilio = intake.twilio.as_ref().and_then(|section| checker.twilio(section));
    let texts_go_out = twilio.as_ref().is_some_and(|twilio| twilio.account_sid.is_some());
    let ways = ways(&intake, texts_go_out, checker.problems);
    let said = intake.reporting_number.as_ref().map(|text| checker.number(text));
    let usual = twilio.as_ref().and_then(|twilio| twilio.from.as_deref());
    let usual = usual.or(ways.telnyx.as_ref().and_then(|telnyx| telnyx.from.as_deref()));
    let reporting_number = said.unwrap_or_else(|| usual.and_then(PhoneNumber::parse));
    Service {
        reporting_number,
        settings: checker.settings(&intake, texts, &on_call),
        server: checker.server(server),
        console: None,
        response: super::Response::default(),
        identity: Vec::new(),
        twilio,
        ways,
        local,
        notifiers: checker.notifiers(&notify),
    }
}

/// Collects what is wrong, and goes on.
struct Checker<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Checker<'_> {
    fn refuse(&mut self, text: &Text, message: String) {
        self.problems.push(Problem::at(text.span(), message));
    }

    fn settings(
        &mut self,
        intake: &IntakeSection,
        texts: TextsSection,
        on_call: &OnCallSection,
    ) -> Settings {
        let usual = Settings::default();
        let minutes = |minutes: u32| Duration::from_secs(60 * u64::from(minutes));
        let traps = intake.traps.iter().filter_map(|trap| self.number(trap)).collect();
        Settings {
            // As `[dns]` says.
            hold: false,
            // As each `[[identity]]` says.
            unread_sign_ins: usual.unread_sign_ins,
            language: intake
                .language
                .as_ref()
                .and_then(|l| self.language(l))
                .unwrap_or(usual.language),
            traps,
            mail_senders_checked: intake.mail_senders_checked,
            stranger_hourly: intake.stranger_hourly.unwrap_or(usual.stranger_hourly),
            strangers_minutely: intake.strangers_minutely.unwrap_or(usual.strangers_minutely),
            attachment_days: intake.attachment_days.unwrap_or(usual.attachment_days),
            escalate_after: on_call.escalate_after_minutes.map_or(usual.escalate_after, minutes),
            texts: TextSettings {
                daily: texts.daily.unwrap_or(usual.texts.daily),
                daily_replies: texts.daily_replies.unwrap_or(usual.texts.daily_replies),
                allowed_prefixes: self.prefixes(texts.allowed_prefixes),
            },
            organization: usual.organization,
            popular: usual.popular,
            playbook: usual.playbook,
            break_glass: usual.break_glass,
            regimes: usual.regimes,
            // As `[mail]` says.
            staff_address: None,
        }
    }

    fn language(&mut self, text: &Text) -> Option<Language> {
        let language = Language::parse(text.get_ref());
        if language.is_none() {
            let message =
                format!("`{}` is no language; write two letters, such as `en`", text.get_ref());
            self.refuse(text, message);
        }
        language
    }

    fn number(&mut self, text: &Text) -> Option<PhoneNumber> {
        let number = PhoneNumber::parse(text.get_ref()).filter(PhoneNumber::is_international);
        if number.is_none() {
            let message = format!(
                "`{}` is no number with its country code; write it as +12015550123",
                text.get_ref()
            );
            self.refuse(text, message);
        }
        number
    }

    fn prefixes(&mut self, prefixes: Vec<Text>) -> Vec<String> {
        for prefix in &prefixes {
            let digits = prefix.get_ref().strip_prefix('+');
            let is_prefix =
                digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
            if !is_prefix {
                let message = format!(
                    "`{}` is no beginning of a number; write `+` and digits, such as +49",
                    prefix.get_ref()
                );
                self.refuse(prefix, message);
            }
        }
        prefixes.into_iter().map(Text::into_inner).collect()
    }

    fn server(&mut self, section: ServerSection) -> Server {
        let tls = match (section.tls_certificate_file, section.tls_private_key_file) {
            (Some(certificate), Some(key)) => Some((certificate.into_inner(), key.into_inner())),
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                let message = "TLS needs both `tls_certificate_file` and `tls_private_key_file`";
                self.refuse(&one, message.to_owned());
                None
            }
        };
        Server {
            admin_listen: section.admin_listen.map(Text::into_inner),
            tls,
            trusted_proxies: section.trusted_proxies.into_iter().map(Text::into_inner).collect(),
            public_form: section.public_form,
        }
    }

    fn twilio(&mut self, section: &TwilioSection) -> Option<Twilio> {
        let owned = |text: &Option<Text>| text.as_ref().map(|text| text.get_ref().clone());
        let Some(public_url) = &section.public_url else {
            let message = "[intake.twilio] needs `public_url`, the URL that Twilio calls";
            self.problems.push(Problem::of_file(message));
            return None;
        };
        if !public_url.get_ref().starts_with("http") {
            let message =
                "`public_url` is a whole URL, such as https://unhook.example/intake/twilio";
            self.refuse(public_url, message.to_owned());
        }
        if section.fetch_media && section.account_sid.is_none() {
            let message = "`fetch_media` needs the account that pictures lie with: `account_sid`";
            self.refuse(public_url, message.to_owned());
        }
        if let (Some(account), None, None) =
            (&section.account_sid, &section.from, &section.messaging_service_sid)
        {
            let message = "texts go out from a number: write `from` or `messaging_service_sid`";
            self.refuse(account, message.to_owned());
        }
        Some(Twilio {
            public_url: public_url.get_ref().clone(),
            auth_token_file: owned(&section.auth_token_file),
            account_sid: owned(&section.account_sid),
            fetch_media: section.fetch_media,
            from: owned(&section.from),
            messaging_service_sid: owned(&section.messaging_service_sid),
            api_url: owned(&section.api_url),
        })
    }

    fn notifiers(&mut self, sections: &[NotifySection]) -> Vec<Notify> {
        let mut notifiers: Vec<Notify> = Vec::new();
        for section in sections {
            let Some(notify) = self.notify(section) else { continue };
            if notifiers.iter().any(|known| known.name == notify.name)
                && let Some(name) = &section.name
            {
                let message = format!("two ways to tell are called `{}`", notify.name);
                self.refuse(name, message);
            }
            notifiers.push(notify);
        }
        notifiers
    }

    fn notify(&mut self, section: &NotifySection) -> Option<Notify> {
        let owned = |text: &Option<Text>| text.as_ref().map(|text| text.get_ref().clone());
        let Some(kind_text) = &section.kind else {
            let message =
                "each [[notify]] needs a `kind`: webhook, slack, teams, pagerduty or syslog";
            self.problems.push(Problem::of_file(message));
            return None;
        };
        let kind = self.one_of(kind_text, &Kind::ALL.map(|(kind, name)| (name, kind)))?;
        let from_severity = match &section.from_severity {
            Some(text) => self.one_of(text, &SEVERITIES)?,
            // A pager wakes people up.
            None if kind == Kind::PagerDuty => Severity::Critical,
            None => Severity::Warning,
        };
        Some(Notify {
            name: owned(&section.name).unwrap_or_else(|| kind_text.get_ref().clone()),
            kind,
            from_severity,
            url: owned(&section.url),
            url_file: owned(&section.url_file),
            secret_file: owned(&section.secret_file),
            routing_key_file: owned(&section.routing_key_file),
            address: owned(&section.address),
        })
    }

    fn one_of<T: Copy>(&mut self, text: &Text, known: &[(&str, T)]) -> Option<T> {
        let typed = text.get_ref().as_str();
        let found = known.iter().find(|(name, _)| *name == typed).map(|(_, value)| *value);
        if found.is_none() {
            let names = known.iter().map(|(name, _)| *name);
            let message = match nearest(typed, names.clone()) {
                Some(name) => format!("`{typed}` is not known; did you mean `{name}`?"),
                None => {
                    let names: Vec<&str> = names.collect();
                    format!("`{typed}` is not known; known are {}", names.join(", "))
                }
            };
            self.refuse(text, message);
        }
        found
    }
}
