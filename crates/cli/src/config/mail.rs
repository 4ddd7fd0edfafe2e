//! `[mail]`: where mails go out that a person approved.

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_app::mailing::is_address;
use unhook_messaging::MailTls;

use super::Text;
use super::problem::Problem;

/// The port for mails that a program hands in (RFC 6409), and the one that is encrypted from the
/// beginning (RFC 8314).
const PORTS: (u16, u16) = (587, 465);

/// `[mail]`: where mails go out that a person approved.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct MailSection {
    /// The organization's mail server, perhaps with a port ("mail.acme.example:587").
    #[schemars(with = "Option<String>")]
    server: Option<Text>,
    /// The address that mails come from and answers go to ("security@acme.example").
    #[schemars(with = "Option<String>")]
    from: Option<Text>,
    /// What is signed in as, if the server wants that.
    #[schemars(with = "Option<String>")]
    user: Option<Text>,
    /// The file that holds the password.
    #[schemars(with = "Option<String>")]
    password_file: Option<Text>,
    /// How the connection is encrypted: "starttls" (the default), "implicit", or "none" for a server on
    /// this machine.
    #[schemars(with = "Option<String>")]
    tls: Option<Text>,
    /// The file with authorities to trust instead of those of the web, in PEM.
    #[schemars(with = "Option<String>")]
    authorities_file: Option<Text>,
    /// The list that a notice to staff goes to ("all@acme.example").
    #[schemars(with = "Option<String>")]
    staff_address: Option<Text>,
}

/// Where mails go out, each value checked. Files are not read yet.
#[derive(Clone, Debug)]
pub(crate) struct MailPlan {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: MailTls,
    pub(crate) from: String,
    pub(crate) account: Option<(String, String)>,
    pub(crate) authorities_file: Option<String>,
    pub(crate) staff_address: Option<String>,
}

/// Checks the section.
pub(super) fn values(section: &MailSection, problems: &mut Vec<Problem>) -> Option<MailPlan> {
    let tls = tls(section, problems);
    let server = needed("server", "mail.acme.example:587", section.server.as_ref(), problems);
    let from = needed("from", "security@acme.example", section.from.as_ref(), problems);
    let place = server.and_then(|text| {
        let place = place(text.get_ref(), tls.unwrap_or_default());
        if place.is_none() {
            let message = "`server` is a name and perhaps a port, such as mail.acme.example:587";
            problems.push(Problem::at(text.span(), message.to_owned()));
        }
        place
    });
    let from = from.and_then(|text| address(text, problems));
    let staff = section.staff_address.as_ref().map(|text| address(text, problems));
    let account = match (&section.user, &section.password_file) {
        (Some(user), Some(file)) => Some((user.get_ref().clone(), file.get_ref().clone())),
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => {
            let message = "`user` and `password_file` belong together in [mail]";
            problems.push(Problem::at(one.span(), message.to_owned()));
            None
        }
    };
    let (host, port) = place?;
    Some(MailPlan {
        host,
        port,
        tls: tls?,
        from: from?,
        account,
        authorities_file: section.authorities_file.as_ref().map(|file| file.get_ref().clone()),
        staff_address: staff.flatten(),
    })
}

fn needed<'t>(
    key: &str,
    example: &str,
    text: Option<&'t Text>,
    problems: &mut Vec<Problem>,
) -> Option<&'t Text> {
    if text.is_none() {
        let message = format!("[mail] needs `{key}`, such as \"{example}\"");
        problems.push(Problem::of_file(message));
    }
    text
}

fn tls(section: &MailSection, problems: &mut Vec<Problem>) -> Option<MailTls> {
    let Some(text) = &section.tls else { return Some(MailTls::StartTls) };
    match text.get_ref().as_str() {
        "starttls" => Some(MailTls::StartTls),
        "implicit" => Some(MailTls::Implicit),
        "none" => Some(MailTls::DangerNone),
        other => {
            let message = format!("`{other}` is no `tls`; one of starttls, implicit, none");
            problems.push(Problem::at(text.span(), message));
            None
        }
    }
}

fn place(text: &str, tls: MailTls) -> Option<(String, u16)> {
    let usual = if tls == MailTls::Implicit { PORTS.1 } else { PORTS.0 };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
        None => (text, usual),
    };
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let is_host = !host.is_empty() && host.len() <= 253 && host.chars().all(is_known);
    is_host.then(|| (host.to_owned(), port))
}

fn address(text: &Text, problems: &mut Vec<Problem>) -> Option<String> {
    if !is_address(text.get_ref()) {
        let message =
            format!("`{}` is no address; write it as security@acme.example", text.get_ref());
        problems.push(Problem::at(text.span(), message));
        return None;
    }
    Some(text.get_ref().clone())
}
