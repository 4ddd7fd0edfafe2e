//! `[console]`: what people look at and sign in to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_app::Role;

use super::Text;
use super::problem::Problem;

/// Where the console listens unless said otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);

/// `[console]`: what people look at and sign in to, on a listener of its own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ConsoleSection {
    /// Whether there is a console; there is unless said otherwise.
    pub(crate) enabled: Option<bool>,
    /// Address and port it listens on; 127.0.0.1:8081 unless said otherwise.
    #[schemars(with = "Option<String>")]
    pub(crate) listen: Option<Text>,
    /// Where people find it ("https://unhook.acme.example"); http://localhost and the port unless said otherwise. Passkeys belong to this name.
    #[schemars(with = "Option<String>")]
    pub(crate) public_url: Option<Text>,
    /// The certificate chain for TLS, a PEM file; that of [server] unless said otherwise.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_certificate_file: Option<Text>,
    /// The private key of the certificate, a PEM file.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_private_key_file: Option<Text>,
    /// Sign-in through an OpenID provider, beside passkeys.
    pub(crate) oidc: Option<OidcSection>,
}

/// `[console.oidc]`: sign-in through an OpenID provider. Its redirect address is `public_url` and `/sign-in/callback`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct OidcSection {
    /// What people call it, as on the button; its host unless said otherwise.
    #[schemars(with = "Option<String>")]
    pub(crate) name: Option<Text>,
    /// The provider, exactly as it calls itself ("https://acme.okta.com").
    #[schemars(with = "Option<String>")]
    pub(crate) issuer: Option<Text>,
    /// What it calls this service.
    #[schemars(with = "Option<String>")]
    pub(crate) client_id: Option<Text>,
    /// The file that holds the client secret; or give it in UNHOOK_OIDC_CLIENT_SECRET. A public client has none.
    #[schemars(with = "Option<String>")]
    pub(crate) client_secret_file: Option<Text>,
    /// The claim that gives those a role who were not invited ("groups"); without it nobody comes in who was not.
    #[schemars(with = "Option<String>")]
    pub(crate) role_claim: Option<Text>,
    /// Which value of that claim is which role.
    pub(crate) roles: Vec<RoleSection>,
}

/// `[[console.oidc.roles]]`: one value of the claim, and the role that goes with it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct RoleSection {
    /// What the claim says ("unhook-analysts").
    #[schemars(with = "Option<String>")]
    pub(crate) value: Option<Text>,
    /// The role: "viewer", "analyst", "approver", "admin" or "auditor".
    #[schemars(with = "Option<String>")]
    pub(crate) role: Option<Text>,
}

/// The console, each value checked.
#[derive(Debug, Default)]
pub(crate) struct Console {
    /// As written.
    listen: Option<SocketAddr>,
    /// As written; `None` for this machine's name and the port it got.
    pub(crate) public_url: Option<String>,
    pub(crate) tls: Option<(String, String)>,
    pub(crate) oidc: Option<Oidc>,
}

/// Sign-in through an OpenID provider.
#[derive(Debug)]
pub(crate) struct Oidc {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret_file: Option<String>,
    pub(crate) role_claim: Option<String>,
    pub(crate) roles: Vec<(String, Role)>,
}

impl Console {
    /// Where it listens.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or(LISTEN)
    }

    /// Where it listens beside an API that takes whatever port is free: on one that is free, too.
    pub(crate) fn listen_beside(&self, api: SocketAddr) -> SocketAddr {
        let free = SocketAddr::new(LISTEN.ip(), 0);
        self.listen.unwrap_or(if api.port() == 0 { free } else { LISTEN })
    }

    /// Where people find it, on the port that it got.
    pub(crate) fn address(&self, port: u16, is_tls: bool) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None if is_tls => format!("https://localhost:{port}"),
            None => format!("http://localhost:{port}"),
        }
    }
}

/// Checks the section; `None` for a console that is switched off.
pub(super) fn values(section: ConsoleSection, problems: &mut Vec<Problem>) -> Option<Console> {
    let mut refuse = |text: &Text, message: String| {
        problems.push(Problem::at(text.span(), message));
    };
    let listen = section.listen.as_ref().and_then(|text| {
        let address = text.get_ref().parse();
        if address.is_err() {
            let message = format!("`{}` is no address and port; write {LISTEN}", text.get_ref());
            refuse(text, message);
        }
        address.ok()
    });
    if let Some(text) = &section.public_url
        && let Err(error) = unhook_web::Console::new("", text.get_ref())
    {
        refuse(text, error.to_string());
    }
    let tls = match (&section.tls_certificate_file, &section.tls_private_key_file) {
        (Some(certificate), Some(key)) => {
            Some((certificate.get_ref().clone(), key.get_ref().clone()))
        }
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => {
            let message = "TLS needs both `tls_certificate_file` and `tls_private_key_file`";
            refuse(one, message.to_owned());
            None
        }
    };
    let oidc = section.oidc.and_then(|section| oidc(section, problems));
    let is_enabled = section.enabled.unwrap_or(true);
    let public_url = section.public_url.map(Text::into_inner);
    is_enabled.then_some(Console { listen, public_url, tls, oidc })
}

fn oidc(section: OidcSection, problems: &mut Vec<Problem>) -> Option<Oidc> {
    let (Some(issuer), Some(client_id)) = (&section.issuer, &section.client_id) else {
        problems.push(Problem::of_file("[console.oidc] needs `issuer` and `client_id`"));
        return None;
    };
    let host = issuer.get_ref().split("://").nth(1).and_then(|rest| rest.split('/').next());
    let name = section.name.as_ref().map_or(host.unwrap_or_default(), |name| name.get_ref());
    let owned = |text: &Option<Text>| text.as_ref().map(|text| text.get_ref().clone());
    let oidc = Oidc {
        name: name.to_owned(),
        issuer: issuer.get_ref().clone(),
        client_id: client_id.get_ref().clone(),
        client_secret_file: owned(&section.client_secret_file),
        role_claim: owned(&section.role_claim),
        roles: section.roles.iter().filter_map(|section| role(section, problems)).collect(),
    };
    if let (Some(claim), true) = (&section.role_claim, oidc.roles.is_empty()) {
        let message = "`role_claim` needs [[console.oidc.roles]], each with a `value` and a `role`";
        problems.push(Problem::at(claim.span(), message.to_owned()));
    }
    Some(oidc)
}

fn role(section: &RoleSection, problems: &mut Vec<Problem>) -> Option<(String, Role)> {
    let (Some(value), Some(name)) = (&section.value, &section.role) else {
        problems.push(Problem::of_file("each [[console.oidc.roles]] needs a `value` and a `role`"));
        return None;
    };
    let role = Role::from_name(name.get_ref());
    if role.is_none() {
        let known = Role::ALL.map(|(_, name)| name).join(", ");
        let message = format!("`{}` is no role; there are {known}", name.get_ref());
        problems.push(Problem::at(name.span(), message));
    }
    Some((value.get_ref().clone(), role?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Console>, Vec<String>> {
        let text = format!("[organization]\nname='x'\n{text}");
        match super::super::parse(&text) {
            Ok(settings) => Ok(settings.service.console),
            Err(problems) => Err(problems.into_iter().map(|p| p.message).collect()),
        }
    }

    #[test]
    fn there_is_a_console_on_this_machine_unless_said_otherwise() {
        let console = read("").unwrap().unwrap();
        assert_eq!(console.listen().to_string(), "127.0.0.1:8081");
        let beside = |api: &str| console.listen_beside(api.parse().unwrap()).to_string();
        assert_eq!(beside("127.0.0.1:8080"), "127.0.0.1:8081");
        assert_eq!(beside("0.0.0.0:0"), "127.0.0.1:0");
        assert_eq!(console.address(8081, false), "http://localhost:8081");
        assert_eq!(console.address(9, true), "https://localhost:9");
        assert!(read("[console]\nenabled=false").unwrap().is_none());
        let named = read("[console]\npublic_url='https://unhook.acme.example'").unwrap().unwrap();
        assert_eq!(named.address(9, true), "https://unhook.acme.example");
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_write() {
        for (text, expected) in [
            ("listen='8081'", "127.0.0.1:8081"),
            ("public_url='unhook.acme.example'", "https://unhook.acme.example"),
            ("public_url='https://a.example/console'", "no address of the console"),
            ("tls_private_key_file='k'", "needs both"),
            ("[console.oidc]\nissuer='https://id.example'", "client_id"),
            ("oidc={issuer='https://id.example',client_id='u',role_claim='g'}", "needs [["),
            (
                "oidc={issuer='https://id.example',client_id='u',roles=[{value='a',role='king'}]}",
                "there are viewer",
            ),
        ] {
            let problems = read(&format!("[console]\n{text}")).unwrap_err();
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{problems:?}");
        }
    }
}
