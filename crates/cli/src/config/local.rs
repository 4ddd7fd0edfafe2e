//! The ways in that are no provider's: what reads pictures, the SMTP listener, a maildir.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_messaging::smtp::Recipients;

use super::Text;
use super::problem::Problem;

/// `[intake.screenshots]`: what reads pictures of a screen.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ScreenshotsSection {
    /// Languages of the texts, as Tesseract names them ("eng", "deu"); English unless said otherwise.
    #[schemars(with = "Vec<String>")]
    pub(crate) languages: Vec<Text>,
    /// The program, if it is not found as `tesseract`.
    #[schemars(with = "Option<String>")]
    pub(crate) program: Option<Text>,
}

/// `[intake.smtp]`: mails for the reporting address, by SMTP.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct SmtpSection {
    /// Address and port to listen on ("127.0.0.1:2525").
    #[schemars(with = "Option<String>")]
    pub(crate) listen: Option<Text>,
    /// Who may be written to: addresses ("report@acme.example") and whole domains ("@phish.acme.example").
    #[schemars(with = "Vec<String>")]
    pub(crate) recipients: Vec<Text>,
    /// IP addresses that may connect, as those of your mail servers; anybody who can reach it unless said otherwise.
    #[schemars(with = "Vec<String>")]
    pub(crate) clients: Vec<Text>,
    /// What it calls itself; "unhook" unless said otherwise.
    #[schemars(with = "Option<String>")]
    pub(crate) host: Option<Text>,
}

/// `[intake.maildir]`: mails for the reporting address, from a folder.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct MaildirSection {
    /// The maildir, which holds `new` and `cur`.
    #[schemars(with = "Option<String>")]
    pub(crate) folder: Option<Text>,
}

/// The ways in, each value checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalWays {
    pub(crate) screenshots: Option<Screenshots>,
    pub(crate) smtp: Option<Smtp>,
    pub(crate) maildir: Option<String>,
}

/// What reads pictures.
#[derive(Clone, Debug)]
pub(crate) struct Screenshots {
    pub(crate) languages: Vec<String>,
    pub(crate) program: Option<String>,
}

/// The SMTP listener.
#[derive(Clone, Debug)]
pub(crate) struct Smtp {
    pub(crate) listen: SocketAddr,
    pub(crate) host: String,
    pub(crate) recipients: Recipients,
    pub(crate) clients: Vec<IpAddr>,
}

/// Checks the sections.
pub(super) fn ways(
    section: &super::service::IntakeSection,
    problems: &mut Vec<Problem>,
) -> LocalWays {
    let owned = |text: &Text| text.get_ref().clone();
    let screenshots = section.screenshots.as_ref().map(|section| Screenshots {
        languages: section.languages.iter().map(owned).collect(),
        program: section.program.as_ref().map(owned),
    });
    let smtp = section
        .smtp
        .as_ref()
        .and_then(|smtp| self::smtp(smtp, section.mail_senders_checked, problems));
    let maildir = section.maildir.as_ref().and_then(|section| {
        if section.folder.is_none() {
            problems.push(Problem::of_file("[intake.maildir] needs a `folder`"));
        }
        section.folder.as_ref().map(owned)
    });
    LocalWays { screenshots, smtp, maildir }
}

fn smtp(section: &SmtpSection, senders_checked: bool, problems: &mut Vec<Problem>) -> Option<Smtp> {
    let Some(text) = &section.listen else {
        let message = "[intake.smtp] needs `listen`, such as \"127.0.0.1:2525\"";
        problems.push(Problem::of_file(message));
        return None;
    };
    let Ok(listen) = text.get_ref().parse::<SocketAddr>() else {
        let message = format!("`{}` is no address and port; write 127.0.0.1:2525", text.get_ref());
        problems.push(Problem::at(text.span(), message));
        return None;
    };
    if section.recipients.is_empty() {
        let message = "[intake.smtp] needs `recipients`, such as [\"report@acme.example\"]";
        problems.push(Problem::of_file(message));
    }
    for one in &section.recipients {
        if Recipients::new(&[one.get_ref().clone()]).is_err() {
            let message = format!(
                "`{}` is no recipient; write report@acme.example, or @acme.example for all of it",
                one.get_ref()
            );
            problems.push(Problem::at(one.span(), message));
        }
    }
    let mut clients = Vec::new();
    for one in &section.clients {
        match one.get_ref().parse() {
            Ok(client) => clients.push(client),
            Err(_) => {
                let message = format!("`{}` is no IP address; write 192.0.2.25", one.get_ref());
                problems.push(Problem::at(one.span(), message));
            }
        }
    }
    if senders_checked && clients.is_empty() && !listen.ip().is_loopback() {
        let message = "with `mail_senders_checked`, anybody who reaches this could write as anybody; \
            name your mail servers under `clients`";
        problems.push(Problem::at(text.span(), message));
    }
    let all: Vec<String> = section.recipients.iter().map(|one| one.get_ref().clone()).collect();
    Some(Smtp {
        listen,
        host: section.host.as_ref().map_or("unhook", |host| host.get_ref()).to_owned(),
        recipients: Recipients::new(&all).ok()?,
        clients,
    })
}
