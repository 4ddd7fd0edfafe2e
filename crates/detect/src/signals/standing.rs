//! Whose a link is, and who could have put there what it leads to.

use unhook_model::{Imitation, Link, LinkKind};

use crate::knowledge::{HostKind, Knowledge, Owner, is_tenant};

/// A link and whose it is.
#[derive(Clone, Debug)]
pub struct LinkStanding {
    /// The link; `imitates` is filled in.
    pub link: Link,
    /// Port, path, query and fragment.
    pub tail: String,
    /// To whom its host belongs, if anybody known.
    pub owner: Option<Owner>,
    /// The service that lent the name, if one did.
    pub kind: Option<HostKind>,
}

impl LinkStanding {
    /// Looks up whose a link is.
    pub(super) fn of(mut link: Link, tail: String, knowledge: &Knowledge) -> Self {
        let host = link.host.as_ref();
        let kind = host.and_then(|host| knowledge.host_kind(host));
        // What anybody can publish below a brand's name is not the brand's, nor where its
        // redirectors lead.
        let is_lent = kind.is_some()
            || host
                .is_some_and(|host| is_tenant(host.as_str()) || is_lent_page(host.as_str(), &tail));
        let lent = |owner: &Owner| matches!(owner, Owner::Brand(_)) && is_lent;
        let owner = host.and_then(|host| knowledge.owner_of(host)).filter(|owner| !lent(owner));
        if owner.is_none() && kind != Some(HostKind::Shortener) && link.kind != LinkKind::ChatHandle
        {
            link.imitates = host.and_then(|host| imitation(host.as_str(), knowledge));
        }
        Self { link, tail, owner, kind }
    }

    /// Whether it opens a page: no number, address or chat.
    #[must_use]
    pub fn is_web(&self) -> bool {
        matches!(self.link.kind, LinkKind::Url | LinkKind::BareHost | LinkKind::IpAddress)
    }

    /// Whether it opens a page that nobody known vouches for.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.is_web() && self.owner.is_none()
    }
}

/// Pages of well-known names that are anybody's, or send their visitor wherever their address
/// says.
const LENT_PAGES: [(&str, &str); 8] = [
    ("dropbox.com", "/s/"),
    ("dropbox.com", "/scl/"),
    ("google.com", "/url?"),
    ("google.com", "/amp/"),
    ("linkedin.com", "/slink"),
    ("linkedin.com", "/redir"),
    ("youtube.com", "/redirect"),
    ("facebook.com", "/l.php"),
];

fn is_lent_page(host: &str, tail: &str) -> bool {
    LENT_PAGES.iter().any(|(domain, path)| {
        let is_there =
            host.strip_suffix(domain).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        is_there && tail.starts_with(path)
    })
}

fn imitation(host: &str, knowledge: &Knowledge) -> Option<Imitation> {
    knowledge.lookalikes().examine(host).map(|found| found.to_imitation())
}
