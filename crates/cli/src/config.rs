//! `unhook.toml`: what an organization says of itself.
//!
//! The types here are the file's contract and the source of its JSON Schema. A key that is
//! not among them is refused with the nearest one that is; sections of later releases
//! are known and passed over; secrets never stand in the file ([`keys`]). What the values must
//! be is in [`values`], those of the service in [`service`]; every mistake is shown at its place ([`problem`]).

mod console;
mod gateway;
mod identity;
mod intake;
mod keys;
mod lists;
mod local;
mod logs;
mod mail;
pub(crate) mod playbook;
mod problem;
mod regimes;
mod response;
mod service;
mod values;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Deserialize;
use unhook_model::Organization;

use crate::files;
use console::ConsoleSection;
pub(crate) use console::{Console, Oidc};
pub(crate) use gateway::GatewayPlan;
use gateway::GatewaySection;
use identity::IdentitySection;
pub(crate) use identity::{Identity, IdentityKind, OktaAccess, ReceiverWay, Signals};
pub(crate) use intake::Ways;
pub(crate) use keys::nearest;
pub(crate) use lists::Lists;
use lists::ListsSection;
pub(crate) use local::{LocalWays, Screenshots};
use logs::LogsSection;
pub(crate) use mail::MailPlan;
use mail::MailSection;
pub(crate) use problem::{ConfigError, Problem};
use regimes::RegimeSection;
pub(crate) use response::{DeviceHost, DnsPlan, Response, RpzPlan, WarningPlan};
use response::{DnsSection, PlaybookSection, RpzSection};
use service::{IntakeSection, NotifySection, OnCallSection, ServerSection, TextsSection};
pub(crate) use service::{Notify, Server, Service, Twilio};
pub(crate) use values::{domain, is_short_line};

/// The longest file read, in bytes: room for ten thousand brands.
const LONGEST_FILE: usize = 16 << 20;

/// A text and its place in the file.
type Text = toml::Spanned<String>;

/// The whole file.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Config {
    /// Who is protected.
    #[serde(default)]
    organization: Option<OrganizationSection>,
    /// How the service is reached.
    #[serde(default)]
    server: ServerSection,
    /// What people look at and sign in to.
    #[serde(default)]
    console: ConsoleSection,
    /// What comes in.
    #[serde(default)]
    intake: IntakeSection,
    /// What texts that go out may cost.
    #[serde(default)]
    texts: TextsSection,
    /// When those on call hear again.
    #[serde(default)]
    on_call: OnCallSection,
    /// The ways to tell those on call.
    #[serde(default)]
    notify: Vec<NotifySection>,
    /// Where people sign in.
    #[serde(default)]
    identity: Vec<IdentitySection>,
    /// A resolver that does not find what is blocked.
    #[serde(default)]
    dns: Option<DnsSection>,
    /// How logs are read.
    #[serde(default)]
    logs: LogsSection,
    /// Where mails go out that a person approved.
    #[serde(default)]
    mail: Option<MailSection>,
    /// What is blocked, as a zone for resolvers.
    #[serde(default)]
    rpz: Option<RpzSection>,
    /// Gateways of others that block it, too.
    #[serde(default)]
    gateway: Vec<GatewaySection>,
    /// What is done about campaigns, and by whom.
    #[serde(default)]
    playbook: PlaybookSection,
    /// Where the names are found that are never blocked.
    #[serde(default)]
    lists: ListsSection,
    /// Who must be told by when once customers' data was touched.
    #[serde(default)]
    regimes: Vec<RegimeSection>,
}

/// `[organization]`: who is protected, and what genuinely belongs to it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OrganizationSection {
    /// The organization's name.
    #[schemars(with = "Option<String>")]
    name: Option<Text>,
    /// Countries its people live in, as ISO 3166-1 alpha-2 codes ("US").
    #[schemars(with = "Vec<String>")]
    countries: Vec<Text>,
    /// Its brands; the first is its own name as people write it.
    brands: Vec<BrandSection>,
    /// Domains it owns beyond those of its brands.
    #[schemars(with = "Vec<String>")]
    owned_domains: Vec<Text>,
    /// Hosts at vendors that genuinely serve it ("acme.myworkday.com").
    #[schemars(with = "Vec<String>")]
    vendor_tenants: Vec<Text>,
    /// Domains its people sign in at, its own at a provider ("acme.okta.com").
    #[schemars(with = "Vec<String>")]
    identity_providers: Vec<Text>,
    /// Sender IDs and short codes that genuinely text its people.
    #[schemars(with = "Vec<String>")]
    senders: Vec<Text>,
    /// Words of its own sign-in pages and tools, beside the built-in ones.
    #[schemars(with = "Vec<String>")]
    sign_in_words: Vec<Text>,
    /// Domains never to be flagged.
    #[schemars(with = "Vec<String>")]
    allow: Vec<Text>,
    /// Domains of partners: never flagged.
    #[schemars(with = "Vec<String>")]
    partners: Vec<Text>,
}

/// `[[organization.brands]]`: a name that people trust.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BrandSection {
    /// The name as people write it.
    #[schemars(with = "Option<String>")]
    name: Option<Text>,
    /// Other full names.
    #[schemars(with = "Vec<String>")]
    aliases: Vec<Text>,
    /// Short forms that point to the brand only beside sign-in words ("vz").
    #[schemars(with = "Vec<String>")]
    abbreviations: Vec<Text>,
    /// Domains it really uses, its main one first.
    #[schemars(with = "Vec<String>")]
    domains: Vec<Text>,
    /// Sender IDs and short codes it really texts from.
    #[schemars(with = "Vec<String>")]
    senders: Vec<Text>,
    /// Whether the name is an everyday word; left out, Unhook decides from registered names.
    ordinary_word: Option<bool>,
    /// Its line of business, as in the built-in catalogue ("bank").
    #[schemars(with = "Option<String>")]
    sector: Option<Text>,
    /// Countries it serves.
    #[schemars(with = "Vec<String>")]
    countries: Vec<Text>,
    /// Languages it writes in.
    #[schemars(with = "Vec<String>")]
    languages: Vec<Text>,
}

/// What a file says, of the organization and for the service.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Who is protected.
    pub(crate) organization: Organization,
    /// How the service works.
    pub(crate) service: Service,
    /// Where the names are that are never blocked.
    pub(crate) lists: Lists,
}

/// The organization of a file, or one without properties when there is none.
pub(crate) fn organization(path: Option<&Path>) -> anyhow::Result<Organization> {
    path.map_or_else(|| Ok(Organization::default()), |path| Ok(read(path)?.organization))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Settings> {
    read_with(path, parse)
}

/// Reads a file that may not say yet whose it is: the console asks for that.
pub(crate) fn read_begun(path: &Path) -> anyhow::Result<Settings> {
    read_with(path, parse_begun)
}

fn read_with(
    path: &Path,
    parse: fn(&str) -> Result<Settings, Vec<Problem>>,
) -> anyhow::Result<Settings> {
    let place = || format!("cannot read {}", path.display());
    let (bytes, is_longer) =
        files::read_bounded(files::open(path)?, LONGEST_FILE).with_context(place)?;
    let text = if is_longer {
        Err(Problem::of_file("longer than 16 MiB; is this the right file?"))
    } else {
        String::from_utf8(bytes)
            .map_err(|_| Problem::of_file("not in UTF-8; save it as UTF-8 and try again"))
    };
    let text = text.map_err(|problem| ConfigError::new(path, "", vec![problem]))?;
    parse(&text).map_err(|problems| ConfigError::new(path, &text, problems).into())
}

/// Reads the text of a file; its mistakes come in the order of their places.
pub(crate) fn parse(text: &str) -> Result<Settings, Vec<Problem>> {
    const MISSING: &str = "there is no [organization] in it; `unhook init` writes a first one";
    let has_one = |table: &toml::Table| table.contains_key("organization");
    let is_missing = toml::from_str::<toml::Table>(text).is_ok_and(|table| !has_one(&table));
    let mut result = parse_begun(text);
    if is_missing {
        let mut problems = result.err().unwrap_or_default();
        problems.insert(0, Problem::of_file(MISSING));
        result = Err(problems);
    }
    result
}

/// Reads the text of a file that may not say yet whose it is.
pub(crate) fn parse_begun(text: &str) -> Result<Settings, Vec<Problem>> {
    // A byte order mark is kept as a space, so that places stay true.
    let text = &text.replacen('\u{feff}', "   ", usize::from(text.starts_with('\u{feff}')));
    let table = toml::de::DeTable::parse(text).map_err(|error| vec![Problem::of_toml(&error)])?;
    let mut problems = Vec::new();
    keys::check(table.get_ref(), &mut problems);
    let settings = match toml::from_str::<Config>(text) {
        Ok(config) => config.settings(&mut problems),
        Err(error) => {
            problems.push(Problem::of_toml(&error));
            Settings::default()
        }
    };
    problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

impl Config {
    fn settings(self, problems: &mut Vec<Problem>) -> Settings {
        let Self { organization, server, console, intake, texts, on_call, notify, .. } = self;
        let response =
            response::values(self.dns.as_ref(), self.rpz.as_ref(), &self.playbook, problems);
        let identity = identity::values(&self.identity, problems);
        let regimes = regimes::values(&self.regimes, problems);
        let gateways = gateway::values(&self.gateway, problems);
        let lists = lists::values(&self.lists, problems);
        let service = service::values(server, intake, texts, on_call, notify, problems);
        let usual = service.settings;
        let regimes = regimes.unwrap_or_else(|| Arc::clone(&usual.regimes));
        let mail = self.mail.as_ref().and_then(|section| mail::values(section, problems));
        let logs = logs::values(self.logs, problems);
        let response = Response { logs, mail, gateways, ..response };
        Settings {
            organization: values::model(organization, problems),
            service: Service {
                settings: unhook_app::service::Settings { regimes, ..usual },
                console: console::values(console, problems),
                response,
                identity,
                ..service
            },
            lists,
        }
    }
}

/// The JSON Schema of the file.
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(Config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let problems = parse(text).unwrap_err();
        let error = ConfigError::new(Path::new("u.toml"), text, problems).to_string();
        let heads: Vec<&str> = error.lines().filter(|line| line.starts_with("u.toml")).collect();
        assert_eq!(heads.len(), expected.len(), "{error}");
        for (head, expected) in heads.iter().zip(expected) {
            assert!(head.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_stable_keys_are_read() {
        let text = "\u{feff}[organization]\nname = 'Acme'\n[[organization.brands]]\nname = 'Acme'\naliases = ['ACME Inc']\ndomains = ['Acme.example']\n";
        let organization = parse(text).unwrap().organization;
        assert_eq!(organization.name, "Acme");
        assert_eq!(organization.brands[0].aliases, ["ACME Inc"]);
        assert_eq!(organization.brands[0].domains, ["acme.example"]);
    }

    #[test]
    fn a_name_left_out_is_that_of_the_first_brand() {
        assert_eq!(
            parse("[[organization.brands]]\nname = 'Acme'").unwrap().organization.name,
            "Acme"
        );
    }

    #[test]
    fn unknown_keys() {
        check(
            "[organisation]\nname='x'",
            &["u.toml: there is no [organization]", "did you mean `organization`?"],
        );
        check(
            "[organization]\nname='a'\nnmae='x'",
            &["u.toml:3:1: unknown key `nmae`; did you mean `name`?"],
        );
        check(
            "[organization]\nname='a'\nbrands=[{name='x', domain=[]}]",
            &["u.toml:3:20: unknown key `domain`; did you mean `domains`?"],
        );
        check("[organization]\nname='a'\nzzzzzzzz=1", &["known here: allow, brands,"]);
    }

    #[test]
    fn wrong_values() {
        check(
            "[organization]\nname=3",
            &["u.toml:2:6: invalid type: integer `3`, expected a string"],
        );
        check("a = ", &["u.toml:1:"]);
        check("[organization]\nname=' '", &["u.toml:2:6: `name` is empty"]);
        check("[organization]\nowned_domains=[]", &["`name` is missing"]);
        check(
            "[organization]\nname='a'\nallow=['https://x.example/y', '*.y.example', 'co.uk', 'a b']",
            &[
                "write `x.example`",
                "write `y.example`",
                "`co.uk` is a public suffix",
                "`a b` is no domain",
            ],
        );
        check("[[organization.brands]]\ndomains=[]", &["a brand needs a `name`"]);
        check(
            "[[organization.brands]]\nname='x'\n[[organization.brands]]\nname='x'",
            &["u.toml:4:6: the brand `x` stands twice"],
        );
        check(
            "[[organization.brands]]\nname='x'\nsector='bnak'\ncountries=['UK', 'USA']\nlanguages=['english']",
            &["did you mean `bank`?", "write `GB`", "two letters", "`en`"],
        );
    }

    #[test]
    fn ways_in_are_checked() {
        let check = |text: &str, expected: &[&str]| {
            check(&format!("{text}\n[organization]\nname='x'"), expected);
        };
        check("[intake.smtp]\nrecipients=['report@x.example']", &["needs `listen`"]);
        check("[intake.smtp]\nlisten='127.0.0.1:25'", &["needs `recipients`"]);
        check(
            "[intake]\nmail_senders_checked=true\n[intake.smtp]\nlisten='0.0.0.0:25'\nrecipients=['@x.example']",
            &["u.toml:4:8: with `mail_senders_checked`, anybody who reaches this"],
        );
        check(
            "[intake.smtp]\nlisten='x'\n[intake.maildir]\n[intake.screenshots]\nlanguage=['eng']",
            &["needs a `folder`", "`x` is no address and port", "did you mean `languages`?"],
        );
        check(
            "[intake.smtp]\nlisten='127.0.0.1:25'\nrecipients=['x']\nclients=['mail.x.example']",
            &["`x` is no recipient", "`mail.x.example` is no IP address"],
        );
    }

    #[test]
    fn the_way_for_mails_out_is_checked() {
        let check = |text: &str, expected: &[&str]| {
            check(&format!("[mail]\n{text}\n[organization]\nname='x'"), expected);
        };
        check("", &["[mail] needs `server`", "[mail] needs `from`"]);
        check(
            "server='a b'\nfrom='security'\ntls='ssl'\nuser='x'",
            &["u.toml:2:8: `server` is", "`security` is no address", "no `tls`", "belong together"],
        );
        let text = "[organization]\nname='x'\n[mail]\nserver='mail.x.example'\nfrom='a@x.example'\ntls='implicit'";
        let mail = parse(text).unwrap().service.response.mail.expect("it is set");
        assert_eq!((mail.host.as_str(), mail.port), ("mail.x.example", 465));
    }

    #[test]
    fn gateways_are_checked() {
        let check = |text: &str, expected: &[&str]| {
            check(&format!("[organization]\nname='x'\n[[gateway]]\n{text}"), expected);
        };
        let ids = "account_id='023e105f4ecef8ad9ca31a8372d0c353'\n\
                   list_id='f174e90a-fafe-4643-bbbc-4a0ed4fc8415'\ntoken_file='t'";
        check("name='x'", &["[[gateway]] needs a `kind`"]);
        check("kind='zscaler'", &["u.toml:4:6: `zscaler` is no kind"]);
        check(
            "kind='cloudflare'",
            &["needs `account_id`", "needs `list_id`", "needs `token_file`"],
        );
        check(
            "kind='cloudflare'\naccount_id='acme'\nlist_id='../x'\ntoken_file='t'",
            &["u.toml:5:12: `acme` is no account id", "u.toml:6:9: `../x` is no list id"],
        );
        let with = |more: &str| format!("kind='cloudflare'\n{ids}\n{more}");
        check(&with("most_items=0"), &["u.toml:8:12: `most_items` is between 1 and 5000"]);
        check(&with("most_items=5001"), &["u.toml:8:12: `most_items` is between 1 and 5000"]);
        check(&with("url='http://api.example'"), &["u.toml:8:5: `url`: it is plain http"]);
        check(
            &with(&format!("[[gateway]]\nkind='cloudflare'\n{ids}")),
            &["are called `cloudflare`", "u.toml:11:9: two [[gateway]] keep this list"],
        );
        check(&with("tokenfile='x'"), &["did you mean `token_file`?"]);
    }

    #[test]
    fn lists_come_from_encrypted_places() {
        check(
            "[organization]\nname='x'\n[lists]\ntranco_url='http://lists.example/'\nwarning_lists=['../x']\npublic_sufixes_url=1",
            &["is plain http", "`../x` is no warning list", "did you mean `public_suffixes_url`?"],
        );
        let settings = "[organization]\nname='x'\n[lists]\nwarning_lists=['bank-website']\nwarning_lists_url='http://127.0.0.1:8000/misp'";
        let lists = parse(settings).unwrap().lists;
        let places: Vec<_> = lists.sources.iter().map(|(_, place)| place.to_string()).collect();
        assert_eq!(places[1], "http://127.0.0.1:8000/misp/bank-website/list.json");
        assert_eq!(places.len(), 3);
        assert_eq!(Lists::published().sources.len(), 6);
    }

    #[test]
    fn sections_of_later_releases_are_passed_over() {
        assert!(parse("[watch]\nlisten='127.0.0.1:53'\nx.y=1\n[organization]\nname='x'").is_ok());
    }

    #[test]
    fn secrets_are_refused_and_not_shown() {
        let text = "[organization]\nname='x'\n[watch]\nslack_token='xoxb-1'\ntoken_url='https://x.example'\n[share]\nurl='https://a:hunter2@x.example/'\nkey_file='k'";
        check(text, &["`watch.slack_token`", "`share.url`"]);
        let problems = parse(text).unwrap_err();
        let shown = ConfigError::new(Path::new("u.toml"), text, problems).to_string();
        assert!(
            shown.contains("slack_token_file")
                && !shown.contains("xoxb")
                && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn of_many_mistakes_the_first_are_shown() {
        let keys: String = (0..5000).map(|number| format!("zz{number} = 1\n")).collect();
        let text = format!("[organization]\nname = 'x'\n{keys}");
        let problems = parse(&text).unwrap_err();
        let shown = ConfigError::new(Path::new("u.toml"), &text, problems).to_string();
        assert!(shown.contains("u.toml:42:1: ") && !shown.contains("u.toml:43:1: "), "{shown}");
        assert!(shown.ends_with("\nu.toml: and 4960 more"), "{shown}");
    }

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        let text = "[organization]\nname = 'x'\n  'nämé' = 'x' # why";
        let shown =
            ConfigError::new(Path::new("u.toml"), text, parse(text).unwrap_err()).to_string();
        assert!(shown.contains("u.toml:3:3: "), "{shown}");
        assert!(shown.contains("\n  3 │   'nämé'\n    │   ^^^^^^"), "{shown}");
    }
}
