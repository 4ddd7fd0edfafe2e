//! `[[identity]]`: where people sign in, so that sessions can be ended there.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;
use super::problem::Problem;

/// `[[identity]]`: one identity provider.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct IdentitySection {
    /// What it is: "okta", "entra", "google" or "scim".
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
    /// The id of that key, as Okta shows it.
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
    /// The key file of the service account, for Google: JSON, as Google hands it out.
    #[schemars(with = "Option<String>")]
    key_file: Option<Text>,
    /// The admin in whose name the service account acts, for Google.
    #[schemars(with = "Option<String>")]
    admin: Option<Text>,
    /// The file with authorities to trust instead of those of the web, in PEM.
    #[schemars(with = "Option<String>")]
    authorities_file: Option<Text>,
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
        providers.push(provider);
    }
    providers
}

fn provider(section: &IdentitySection, problems: &mut Vec<Problem>) -> Option<Identity> {
    let Some(kind) = &section.kind else {
        let message = "[[identity]] needs a `kind`: \"okta\", \"entra\", \"google\" or \"scim\"";
        problems.push(Problem::of_file(message));
        return None;
    };
    let mut need = |key: &str, text: &Option<Text>| {
        if text.is_none() {
            let message = format!("[[identity]] of the kind {} needs `{key}`", kind.get_ref());
            problems.push(Problem::at(kind.span(), message));
        }
        text.as_ref().map(|text| text.get_ref().clone())
    };
    let read = match kind.get_ref().as_str() {
        "okta" => {
            let url = need("url", &section.url);
            let credential = match &section.private_key_file {
                None => {
                    need("token_file", &section.token_file).map(|file| OktaAccess::Token { file })
                }
                Some(file) => {
                    let client_id = need("client_id", &section.client_id);
                    let key_id = need("key_id", &section.key_id);
                    let scopes = section.scopes.as_ref().map(|text| text.get_ref().clone());
                    client_id.zip(key_id).map(|(client_id, key_id)| OktaAccess::ServiceApp {
                        client_id,
                        key_id,
                        key_file: file.get_ref().clone(),
                        scopes,
                    })
                }
            };
            IdentityKind::Okta { url: url?, credential: credential? }
        }
        "scim" => {
            let (url, token) = (need("url", &section.url), need("token_file", &section.token_file));
            IdentityKind::Scim { url: url?, token_file: token? }
        }
        "entra" => {
            let tenant = need("tenant", &section.tenant);
            let client_id = need("client_id", &section.client_id);
            let secret = need("client_secret_file", &section.client_secret_file);
            IdentityKind::Entra {
                tenant: tenant?,
                client_id: client_id?,
                client_secret_file: secret?,
            }
        }
        "google" => {
            let key_file = need("key_file", &section.key_file);
            let admin = need("admin", &section.admin);
            IdentityKind::Google { key_file: key_file?, admin: admin? }
        }
        other => {
            let message = format!("`{other}` is no kind; one of okta, entra, google, scim");
            problems.push(Problem::at(kind.span(), message));
            return None;
        }
    };
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.get_ref().clone());
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
