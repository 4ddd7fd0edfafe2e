//! `[[gateway]]`: gateways of others that block what is blocked here.

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_contain::gateway::{ApiAddress, MOST_ITEMS, USUAL_ITEMS};

use super::Text;
use super::problem::Problem;

/// `[[gateway]]`: a list at a gateway that is kept as what is blocked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct GatewaySection {
    /// What it is: "cloudflare".
    #[schemars(with = "Option<String>")]
    kind: Option<Text>,
    /// What it is called in the console; its kind unless said otherwise.
    #[schemars(with = "Option<String>")]
    name: Option<Text>,
    /// The account's id: 32 hexadecimal digits.
    #[schemars(with = "Option<String>")]
    account_id: Option<Text>,
    /// The list's id ("f174e90a-fafe-4643-bbbc-4a0ed4fc8415"). The list is Unhook's alone.
    #[schemars(with = "Option<String>")]
    list_id: Option<Text>,
    /// The file that holds the API token, which may edit Zero Trust and nothing else.
    #[schemars(with = "Option<String>")]
    token_file: Option<Text>,
    /// The most entries that the list has room for: 1000 unless said otherwise, 5000 on enterprise plans.
    #[schemars(with = "Option<usize>")]
    most_items: Option<toml::Spanned<usize>>,
    /// Whether entries that Unhook did not put there are removed; they stay unless said otherwise.
    takes_over: bool,
    /// Where the API is; Cloudflare's unless said otherwise.
    #[schemars(with = "Option<String>")]
    url: Option<Text>,
}

/// A list at a gateway, each value checked. Files are not read yet.
#[derive(Clone, Debug)]
pub(crate) struct GatewayPlan {
    pub(crate) name: String,
    pub(crate) account_id: String,
    pub(crate) list_id: String,
    pub(crate) token_file: String,
    pub(crate) most_items: usize,
    pub(crate) takes_over: bool,
    pub(crate) url: ApiAddress,
}

/// Checks the sections.
pub(super) fn values(sections: &[GatewaySection], problems: &mut Vec<Problem>) -> Vec<GatewayPlan> {
    let mut plans: Vec<GatewayPlan> = Vec::new();
    for section in sections {
        let Some(plan) = plan(section, problems) else { continue };
        if plans.iter().any(|known| known.name == plan.name) {
            let message = format!("two [[gateway]] are called `{}`; give one a `name`", plan.name);
            problems.push(Problem::of_file(message));
        }
        if let Some(list_id) = &section.list_id
            && plans.iter().any(|known| known.list_id == plan.list_id)
        {
            let message = "two [[gateway]] keep this list; leave one off";
            problems.push(Problem::at(list_id.span(), message));
        }
        plans.push(plan);
    }
    plans
}

fn plan(section: &GatewaySection, problems: &mut Vec<Problem>) -> Option<GatewayPlan> {
    let Some(kind) = &section.kind else {
        problems.push(Problem::of_file("[[gateway]] needs a `kind`: \"cloudflare\""));
        return None;
    };
    if kind.get_ref() != "cloudflare" {
        let message = format!("`{}` is no kind; write cloudflare", kind.get_ref());
        problems.push(Problem::at(kind.span(), message));
        return None;
    }
    let account_id = id("account_id", "account", 32..=32, &section.account_id, kind, problems);
    let list_id = id("list_id", "list", 32..=36, &section.list_id, kind, problems);
    let token_file = needed("token_file", &section.token_file, kind, problems);
    let most_items = section.most_items.as_ref().map_or(USUAL_ITEMS, |most| *most.get_ref());
    if let Some(most) = &section.most_items
        && !(1..=MOST_ITEMS).contains(&most_items)
    {
        let message = format!("`most_items` is between 1 and {MOST_ITEMS}");
        problems.push(Problem::at(most.span(), message));
    }
    let mut url = ApiAddress::default();
    if let Some(text) = &section.url {
        match text.get_ref().parse() {
            Ok(read) => url = read,
            Err(why) => problems.push(Problem::at(text.span(), format!("`url`: {why}"))),
        }
    }
    Some(GatewayPlan {
        name: section.name.as_ref().unwrap_or(kind).get_ref().clone(),
        account_id: account_id?,
        list_id: list_id?,
        token_file: token_file?.get_ref().clone(),
        most_items,
        takes_over: section.takes_over,
        url,
    })
}

/// A value that must be there.
fn needed<'a>(
    key: &str,
    text: &'a Option<Text>,
    kind: &Text,
    problems: &mut Vec<Problem>,
) -> Option<&'a Text> {
    if text.is_none() {
        let message = format!("[[gateway]] of the kind {} needs `{key}`", kind.get_ref());
        problems.push(Problem::at(kind.span(), message));
    }
    text.as_ref()
}

/// An id as the dashboard shows it.
fn id(
    key: &str,
    what: &str,
    length: std::ops::RangeInclusive<usize>,
    text: &Option<Text>,
    kind: &Text,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let text = needed(key, text, kind, problems)?;
    let id = text.get_ref();
    let is_digit = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    if length.contains(&id.len()) && id.bytes().all(is_digit) {
        return Some(id.to_ascii_lowercase());
    }
    let message = format!("`{id}` is no {what} id; copy it from Cloudflare's dashboard");
    problems.push(Problem::at(text.span(), message));
    None
}
