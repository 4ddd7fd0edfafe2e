//! `[lists]`: where `unhook lists update` finds what must go on resolving.

use schemars::JsonSchema;
use serde::Deserialize;
use unhook_contain::Address;
use unhook_contain::lists::{COUNTING, List, PUBLIC_SUFFIXES, TRANCO, WARNING_LISTS, WarningName};

use super::Text;
use super::problem::Problem;

/// `[lists]`: where `unhook lists update` finds the names that are never blocked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ListsSection {
    /// The names that most people use, as Tranco publishes them ("https://tranco-list.eu/top-1m.csv.zip").
    #[schemars(with = "Option<String>")]
    tranco_url: Option<Text>,
    /// The address below which MISP's warning lists are, each as NAME/list.json ("https://raw.githubusercontent.com/MISP/misp-warninglists/main/lists/").
    #[schemars(with = "Option<String>")]
    warning_lists_url: Option<Text>,
    /// Which of the warning lists count; cisco_top1000, crl-hostname, captive-portals and bank-website unless said otherwise.
    #[schemars(with = "Option<Vec<String>>")]
    warning_lists: Option<Vec<Text>>,
    /// The Public Suffix List ("https://publicsuffix.org/list/public_suffix_list.dat").
    #[schemars(with = "Option<String>")]
    public_suffixes_url: Option<Text>,
    /// The file with the certificates (PEM) of those who vouch for these addresses; those of the web unless said otherwise.
    authorities_file: Option<String>,
}

/// The lists, each with where it is published.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) sources: Vec<(List, Address)>,
    pub(crate) authorities_file: Option<String>,
}

impl Lists {
    /// As the default has it.
    pub(crate) fn published() -> Self {
        values(&ListsSection::default(), &mut Vec::new())
    }
}

/// Checks the section.
pub(super) fn values(section: &ListsSection, problems: &mut Vec<Problem>) -> Lists {
    let mut address = |text: Option<&Text>, published: &str| {
        let given = text.map_or(published, |text| text.get_ref().as_str());
        let read = Address::parse(given);
        if let (Err(why), Some(text)) = (&read, text) {
            problems.push(Problem::at(text.span(), format!("`{given}` cannot be fetched: {why}")));
        }
        read.ok()
    };
    let tranco = address(section.tranco_url.as_ref(), TRANCO);
    let warnings = address(section.warning_lists_url.as_ref(), WARNING_LISTS);
    let suffixes = address(section.public_suffixes_url.as_ref(), PUBLIC_SUFFIXES);
    let mut names: Vec<WarningName> = Vec::new();
    match &section.warning_lists {
        None => names.extend(COUNTING.iter().filter_map(|name| name.parse().ok())),
        Some(given) => {
            for text in given {
                match text.get_ref().parse() {
                    Ok(name) if !names.contains(&name) => names.push(name),
                    Ok(_) => {}
                    Err(()) => {
                        let given = text.get_ref();
                        let message = format!(
                            "`{given}` is no warning list; write it as its folder is called, such as `bank-website`"
                        );
                        problems.push(Problem::at(text.span(), message));
                    }
                }
            }
        }
    }
    let warnings = names.into_iter().filter_map(|name| {
        let place = name.below(warnings.as_ref()?);
        Some((List::Warning(name), place))
    });
    let sources = tranco.map(|at| (List::Tranco, at)).into_iter().chain(warnings);
    let sources = sources.chain(suffixes.map(|at| (List::PublicSuffixes, at))).collect();
    Lists { sources, authorities_file: section.authorities_file.clone() }
}
