//! `[[identity]]`: where people sign in, so that sessions can be ended there.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;
use super::problem::Problem;

/// `[[identity]]`: one identity provider.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct IdentitySection {
    /// What it is: "okta", "entra", "google", "scim" or "shared-signals".
    #[schemars(with = "Option<String>")]
    kind: Option<Text>,
    /// What it is called in actions; its kind unless said otherwise.
    #[schemars(with = "Option<String>")]
    name: Option<Text>,
    /// Where it is: "https://acme.okta.com" for Okta, what `Users` lies below for SCIM.
    #[schemars(with = "Option<String>")]
    url: Option<Text>,
    /// The file that holds the token, for Okta (an API token) and SCIM (a bearer token).
    #[schemars(with = "Option<String>")]
    token_file: Option<Text>,
    /// The tenant's id or domain, for Entra.
    #[schemars(with = "Option<String>")]
    tenant: Option<Text>,
    /// The application's client id, for Entra, and for Okta with a private key.
    #[schemars(with = "Option<String>")]
    client_id: Option<Text>,
    /// The file that holds the service app's private key (PKCS #8, PEM), for Okta instead of `token_file`.
    #[schemars(with = "Option<String>")]
    private_key_file: Option<Text>,
    /// The id of that key, as Okta shows it; for shared signals, what receivers are to know it by.
    #[schemars(with = "Option<String>")]
    key_id: Option<Text>,
    /// What the service app was granted, with blanks between, for Okta; all that is of use unless said
    /// otherwise.
    #[schemars(with = "Option<String>")]
    scopes: Option<Text>,
    /// The file that holds the secret of an event hook, for Okta: 20 characters or more.
    #[schemars(with = "Option<String>")]
    event_hook_secret_file: Option<Text>,
    /// Whether sign-ins are read there; they are unless said otherwise.
    read_sign_ins: Option<bool>,
    /// The file that holds the application's client secret, for Entra.
    #[schemars(with = "Option<String>")]
    client_secret_file: Option<Text>,
    /// The key file of the service account, for Google: JSON, as Google hands it out. For shared signals the
    /// private key that signs (PKCS #8, PEM).
    #[schemars(with = "Option<String>")]
    key_file: Option<Text>,
    /// The admin in whose name the service account acts, for Google.
    #[schemars(with = "Option<String>")]
    admin: Option<Text>,
    /// The address at which receivers reach Unhook, for shared signals: "https://unhook.acme.example".
    #[schemars(with = "Option<String>")]
    issuer: Option<Text>,
    /// Who is told, of shared signals.
    receivers: Vec<ReceiverSection>,
    /// The file with authorities to trust instead of those of the web, in PEM.
    #[schemars(with = "Option<String>")]
    authorities_file: Option<Text>,
}

/// `[[identity.receivers]]`: one receiver of shared signals.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ReceiverSection {
    /// What it is called.
    #[schemars(with = "Option<String>")]
    name: Option<Text>,
    /// What it calls itself ("https://receiver.example"): every token is for it alone.
    #[schemars(with = "Option<String>")]
    audience: Option<Text>,
    /// The file that holds the token by which it is known, 20 characters or more; with `endpoint`, the bearer
    /// token that it wants to see there, if it wants one.
    #[schemars(with = "Option<String>")]
    token_file: Option<Text>,
    /// Hosts that it may have events pushed to; without any it polls.
    #[schemars(with = "Vec<String>")]
    push_hosts: Vec<Text>,
    /// Where events are pushed to without a stream, as Okta has it.
    #[schemars(with = "Option<String>")]
    endpoint: Option<Text>,
    /// Where it looks for whom an event is about: "standard", or "okta".
    #[schemars(with = "Option<String>")]
    dialect: Option<Text>,
}

/// One identity provider, each value checked. Files are not read yet.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) kind: IdentityKind,
    pub(crate) read_sign_ins: bool,
    pub(crate) event_hook_secret_file: Option<String>,
    pub(crate) authorities_file: Option<String>,
}

/// What it is, with what that takes.
#[derive(Clone, Debug)]
pub(crate) enum IdentityKind {
    Okta { url: String, credential: OktaAccess },
    Entra { tenant: String, client_id: String, client_secret_file: String },
    Google { key_file: String, admin: String },
    Scim { url: String, token_file: String },
    SharedSignals(Signals),
}

/// Shared signals: who says it, and to whom.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    pub(crate) issuer: String,
    pub(crate) key_id: String,
    pub(crate) key_file: String,
    pub(crate) receivers: Vec<Receiver>,
}

/// One receiver of shared signals.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) name: String,
    pub(crate) audience: String,
    pub(crate) is_okta: bool,
    pub(crate) way: ReceiverWay,
}

/// How a receiver is told.
#[derive(Clone, Debug)]
pub(crate) enum ReceiverWay {
    /// By the stream that it makes.
    Stream { token_file: String, push_hosts: Vec<String> },
    /// At this address, without one.
    Endpoint { url: String, token_file: Option<String> },
}

/// How Okta is to know us.
#[derive(Clone, Debug)]
pub(crate) enum OktaAccess {
    Token { file: String },
    ServiceApp { client_id: String, key_id: String, key_file: String, scopes: Option<String> },
}

/// Checks the sections.
pub(super) fn values(sections: &[IdentitySection], problems: &mut Vec<Problem>) -> Vec<Identity> {
    let mut providers: Vec<Identity> = Vec::new();
    for section in sections {
        let Some(provider) = provider(section, problems) else { continue };
        if providers.iter().any(|known| known.name == provider.name) {
            let message =
                format!("two [[identity]] are called `{}`; give one a `name`", provider.name);
            problems.push(Problem::of_file(message));
        }
        let is_transmitter = |own: &Identity| matches!(own.kind, IdentityKind::SharedSignals(_));
        if is_transmitter(&provider) && providers.iter().any(is_transmitter) {
            let message = "there is one [[identity]] of the kind shared-signals at most: its addresses are \
                           fixed; put all receivers into one";
            problems.push(Problem::of_file(message));
        }
        providers.push(provider);
    }
    providers
}

fn provider(section: &IdentitySection, problems: &mut Vec<Problem>) -> Option<Identity> {
    let Some(kind) = &section.kind else {
        let message = "[[identity]] needs a `kind`: \"okta\", \"entra\", \"google\", \"scim\" or \
                       \"shared-signals\"";
        problems.push(Problem::of_file(message));
        return None;
    };
    let read = Given { section, kind, problems: &mut *problems }.read()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if let (Some(secret), Some(name)) = (&section.event_hook_secret_file, &section.name)
        && !name.get_ref().bytes().all(is_plain)
    {
        let message = "the `name` of an [[identity]] with an event hook is part of its address: letters, \
                       digits, `-` and `_`";
        problems.push(Problem::at(secret.span(), message));
        return None;
    }
    Some(Identity {
        name: text(&section.name).unwrap_or_else(|| kind.get_ref().clone()),
        read_sign_ins: section.read_sign_ins.unwrap_or(true),
        event_hook_secret_file: text(&section.event_hook_secret_file),
        kind: read,
        authorities_file: text(&section.authorities_file),
    })
}

fn text(text: &Option<Text>) -> Option<String> {
    text.as_ref().map(|text| text.get_ref().clone())
}

/// A section of a kind, and what its keys say.
struct Given<'a> {
    section: &'a IdentitySection,
    kind: &'a Text,
    problems: &'a mut Vec<Problem>,
}

impl Given<'_> {
    fn read(&mut self) -> Option<IdentityKind> {
        match self.kind.get_ref().as_str() {
            "okta" => self.okta(),
            "scim" => {
                let url = self.need("url", &self.section.url);
                let token_file = self.need("token_file", &self.section.token_file);
                Some(IdentityKind::Scim { url: url?, token_file: token_file? })
            }
            "entra" => self.entra(),
            "google" => {
                let key_file = self.need("key_file", &self.section.key_file);
                let admin = self.need("admin", &self.section.admin);
                Some(IdentityKind::Google { key_file: key_file?, admin: admin? })
            }
            "shared-signals" => self.shared_signals(),
            other => {
                let kinds = "okta, entra, google, scim, shared-signals";
                let message = format!("`{other}` is no kind; one of {kinds}");
                self.problems.push(Problem::at(self.kind.span(), message));
                None
            }
        }
    }

    /// What a key says, without which nothing goes.
    fn need(&mut self, key: &str, given: &Option<Text>) -> Option<String> {
        if given.is_none() {
            let message = format!("[[identity]] of the kind {} needs `{key}`", self.kind.get_ref());
            self.problems.push(Problem::at(self.kind.span(), message));
        }
        text(given)
    }

    fn okta(&mut self) -> Option<IdentityKind> {
        let section = self.section;
        let url = self.need("url", &section.url);
        let credential = match text(&section.private_key_file) {
            None => {
                self.need("token_file", &section.token_file).map(|file| OktaAccess::Token { file })
            }
            Some(key_file) => {
                let client_id = self.need("client_id", &section.client_id);
                let key_id = self.need("key_id", &section.key_id);
                let scopes = text(&section.scopes);
                client_id.zip(key_id).map(|(client_id, key_id)| OktaAccess::ServiceApp {
                    client_id,
                    key_id,
                    key_file,
                    scopes,
                })
            }
        };
        Some(IdentityKind::Okta { url: url?, credential: credential? })
    }

    fn entra(&mut self) -> Option<IdentityKind> {
        let section = self.section;
        let tenant = self.need("tenant", &section.tenant);
        let client_id = self.need("client_id", &section.client_id);
        let client_secret_file = self.need("client_secret_file", &section.client_secret_file);
        Some(IdentityKind::Entra {
            tenant: tenant?,
            client_id: client_id?,
            client_secret_file: client_secret_file?,
        })
    }

    fn shared_signals(&mut self) -> Option<IdentityKind> {
        let section = self.section;
        let issuer = self.need("issuer", &section.issuer);
        let key_id = self.need("key_id", &section.key_id);
        let key_file = self.need("key_file", &section.key_file);
        let receivers = receivers(section, self.kind, self.problems);
        Some(IdentityKind::SharedSignals(Signals {
            issuer: issuer?,
            key_id: key_id?,
            key_file: key_file?,
            receivers: receivers?,
        }))
    }
}

/// All receivers, if each is as it should be. What is kept of one is kept by its name, so names are told apart.
fn receivers(
    section: &IdentitySection,
    kind: &Text,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Receiver>> {
    let before = problems.len();
    let mut receivers: Vec<Receiver> = Vec::new();
    for given in &section.receivers {
        let Some(receiver) = receiver(given, kind, problems) else { continue };
        if receivers.iter().any(|known| known.name == receiver.name) {
            let message = format!("two [[identity.receivers]] are called `{}`", receiver.name);
            problems.push(Problem::at(kind.span(), message));
        }
        receivers.push(receiver);
    }
    if section.receivers.is_empty() {
        let message = "shared signals need somebody who is told: [[identity.receivers]]";
        problems.push(Problem::at(kind.span(), message));
    }
    (problems.len() == before).then_some(receivers)
}

fn receiver(given: &ReceiverSection, kind: &Text, problems: &mut Vec<Problem>) -> Option<Receiver> {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.get_ref().clone());
    let mut need = |key: &str, given: &Option<Text>| {
        if given.is_none() {
            let message = format!("[[identity.receivers]] needs `{key}`");
            problems.push(Problem::at(kind.span(), message));
        }
        text(given)
    };
    let (name, audience) = (need("name", &given.name), need("audience", &given.audience));
    let way = match &given.endpoint {
        Some(url) => Some(ReceiverWay::Endpoint {
            url: url.get_ref().clone(),
            token_file: text(&given.token_file),
        }),
        None => need("token_file", &given.token_file).map(|token_file| ReceiverWay::Stream {
            token_file,
            push_hosts: given.push_hosts.iter().map(|host| host.get_ref().clone()).collect(),
        }),
    };
    if let (Some(endpoint), false) = (&given.endpoint, given.push_hosts.is_empty()) {
        let message = "a receiver has an `endpoint`, or a stream with `push_hosts`; leave one out";
        problems.push(Problem::at(endpoint.span(), message));
        return None;
    }
    let is_okta = match &given.dialect {
        None => false,
        Some(dialect) => match dialect.get_ref().as_str() {
            "standard" => false,
            "okta" => true,
            other => {
                let message = format!("`{other}` is no dialect; \"standard\" or \"okta\"");
                problems.push(Problem::at(dialect.span(), message));
                return None;
            }
        },
    };
    Some(Receiver { name: name?, audience: audience?, is_okta, way: way? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const OKTA: &str = "kind = 'okta'\nurl = 'https://acme.okta.com'\n";

    fn read(lines: &str) -> Result<Identity, String> {
        let text = format!("[organization]\nname = 'Acme'\n[[identity]]\n{lines}");
        let said = |problems: Vec<Problem>| {
            problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
        };
        let mut settings = config::parse(&text).map_err(said)?;
        Ok(settings.service.identity.remove(0))
    }

    #[test]
    fn sign_ins_are_read_unless_somebody_says_no() {
        let with = |line: &str| read(&format!("{OKTA}token_file = 't'\n{line}")).unwrap();
        assert!(with("").read_sign_ins);
        assert!(!with("read_sign_ins = false").read_sign_ins);
        assert_eq!(with("").name, "okta");
        let wrong = read(&format!("{OKTA}token_file = 't'\nread_sign_ins = 'no'"));
        assert!(wrong.is_err(), "{wrong:?}");
    }

    #[test]
    fn okta_knows_us_by_a_token_or_by_a_key_with_its_id() {
        let token = read(&format!("{OKTA}token_file = 't'")).unwrap().kind;
        assert!(
            matches!(&token, IdentityKind::Okta { credential: OktaAccess::Token { file }, .. } if file == "t")
        );
        let key = format!("{OKTA}private_key_file = 'k.pem'\n");
        let all = read(&format!("{key}client_id = '0oa1'\nkey_id = 'k1'")).unwrap().kind;
        let IdentityKind::Okta { credential: OktaAccess::ServiceApp { scopes, .. }, .. } = &all
        else {
            panic!("{all:?}")
        };
        assert_eq!(*scopes, None);
        let missing = |lines: &str, key: &str| {
            let error = read(lines).unwrap_err();
            assert!(error.contains(&format!("needs `{key}`")), "{error}");
        };
        missing(OKTA, "token_file");
        missing(&format!("{key}key_id = 'k1'"), "client_id");
        missing(&format!("{key}client_id = '0oa1'"), "key_id");
    }

    #[test]
    fn the_name_of_one_with_a_hook_is_part_of_an_address() {
        let hook = format!("{OKTA}token_file = 't'\nevent_hook_secret_file = 's'\n");
        let good = read(&format!("{hook}name = 'acme-eu_1'")).unwrap();
        assert_eq!(good.event_hook_secret_file.as_deref(), Some("s"));
        for name in ["a/b", "{name}", "a b", "*rest"] {
            let error = read(&format!("{hook}name = '{name}'")).unwrap_err();
            assert!(error.contains("part of its address"), "{name}: {error}");
        }
    }

    #[test]
    fn receivers_of_shared_signals_poll_take_pushes_or_have_no_stream() {
        let own = "kind = 'shared-signals'\nissuer = 'https://unhook.acme.example'\nkey_id = 'k1'\n\
                   key_file = 'k.pem'\n";
        let receiver = "[[identity.receivers]]\nname = 'a'\naudience = 'https://a.example'\n";
        let okta = "[[identity.receivers]]\nname = 'b'\naudience = 'https://b.example'\n\
                    endpoint = 'https://b.example/e'\ndialect = 'okta'\n";
        let read_both = read(&format!("{own}{receiver}token_file = 't'\n{okta}")).unwrap();
        let IdentityKind::SharedSignals(signals) = read_both.kind else { panic!("another kind") };
        let [first, second] = &signals.receivers[..] else { panic!("two were given") };
        assert!(
            matches!(&first.way, ReceiverWay::Stream { push_hosts, .. } if push_hosts.is_empty())
        );
        assert!(second.is_okta && matches!(second.way, ReceiverWay::Endpoint { .. }));
        for key in ["issuer", "key_id", "key_file"] {
            let lines: String = own
                .lines()
                .filter(|line| !line.starts_with(key))
                .map(|l| format!("{l}\n"))
                .collect();
            let error = read(&format!("{lines}{receiver}token_file = 't'")).unwrap_err();
            assert!(error.contains(&format!("needs `{key}`")), "{error}");
        }
    }
}
