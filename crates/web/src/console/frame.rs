//! What every page has around it: its title, the way to the others, who looks at it.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use unhook_app::Scope;

use super::assets;
use super::viewer::Viewer;
use super::words::{self, Words};
use crate::web::Shared;

/// The cookie in which somebody chose light or dark.
const THEME: &str = "theme";

/// The cookie in which somebody switched single keys off (WCAG 2.2, 2.1.4).
const KEYS: &str = "keys";

/// Which page this is, of those that the rail leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Here {
    Now,
    Campaigns,
    Check,
    Search,
    People,
    Protection,
    Settings,
    Elsewhere,
}

/// What a page's template is given beside its own.
pub(crate) struct Frame {
    pub(crate) w: &'static Words,
    pub(crate) title: String,
    pub(crate) organization: String,
    pub(crate) theme: Option<&'static str>,
    pub(crate) viewer: Option<Viewer>,
    here: Here,
    waiting: usize,
    has_single_keys: bool,
}

/// One way to another page.
pub(crate) struct Place {
    pub(crate) path: &'static str,
    /// What is pressed after `g`.
    pub(crate) key: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) name: String,
    pub(crate) count: usize,
    pub(crate) is_here: bool,
}

/// One part of the settings.
pub(crate) struct Part {
    pub(crate) path: &'static str,
    pub(crate) name: String,
    pub(crate) is_here: bool,
}

impl Frame {
    /// A page in the words that `headers` ask for.
    pub(crate) fn new(shared: &Shared, headers: &HeaderMap) -> Self {
        let chosen = words::cookie(headers, THEME);
        Self {
            w: words::choose(headers),
            title: String::new(),
            organization: shared.service().organization(),
            theme: ["light", "dark"].into_iter().find(|theme| chosen == Some(theme)),
            viewer: None,
            here: Here::Elsewhere,
            waiting: 0,
            has_single_keys: words::cookie(headers, KEYS) != Some("off"),
        }
    }

    /// For somebody signed in.
    pub(crate) fn of(shared: &Shared, headers: &HeaderMap, viewer: Viewer, here: Here) -> Self {
        let waiting = viewer.waiting;
        Self { viewer: Some(viewer), here, waiting, ..Self::new(shared, headers) }
    }

    pub(crate) fn titled(self, title: impl ToString) -> Self {
        Self { title: title.to_string(), ..self }
    }

    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    pub(crate) fn single_keys(&self) -> &'static str {
        if self.has_single_keys { "on" } else { "off" }
    }

    /// Whether a passkey was shown a moment ago, as some of what can be done here takes.
    pub(crate) fn is_fresh(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.is_fresh)
    }

    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.may(scope))
    }

    pub(crate) fn places(&self) -> Vec<Place> {
        let nav = &self.w.nav;
        let place = |here, path, key, icon, name: &words::Text| Place {
            path,
            key,
            icon,
            name: name.to_string(),
            count: if here == Here::Now { self.waiting } else { 0 },
            is_here: here == self.here,
        };
        vec![
            place(Here::Now, "/", "n", "M3 12h4l3-8 4 16 3-8h4", &nav.now),
            place(
                Here::Campaigns,
                "/campaigns",
                "c",
                "M12 3v4m0 10v4M3 12h4m10 0h4M7.5 12a4.5 4.5 0 1 0 9 0 4.5 4.5 0 0 0-9 0",
                &nav.campaigns,
            ),
            place(Here::Check, "/check", "k", "m5 13 4 4L19 7", &nav.check),
            place(
                Here::Search,
                "/search",
                "s",
                "M4 11a7 7 0 1 0 14 0 7 7 0 0 0-14 0m12 5 4 4",
                &nav.search,
            ),
            place(
                Here::People,
                "/people",
                "p",
                "M8.5 8a3.5 3.5 0 1 0 7 0 3.5 3.5 0 0 0-7 0M5 20a7 7 0 0 1 14 0",
                &nav.people,
            ),
            place(
                Here::Protection,
                "/protection",
                "o",
                "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6z",
                &nav.protection,
            ),
            place(
                Here::Settings,
                "/settings",
                "e",
                "M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5v5m-6 5v5",
                &nav.settings,
            ),
        ]
    }

    /// The other languages.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &'static Words> {
        let here = self.w.language.as_str();
        words::all().iter().filter(move |words| words.language != here)
    }

    /// The parts of the settings, of those that whoever looks may see.
    pub(crate) fn settings_parts(&self, here: &str) -> Vec<Part> {
        let w = &self.w.settings;
        let all = [
            ("/settings", &w.organization, Scope::Read),
            ("/settings/connectors", &w.connectors, Scope::Read),
            ("/settings/automation", &w.automation, Scope::Read),
            ("/settings/team", &w.team, Scope::Admin),
            ("/settings/tokens", &w.tokens, Scope::Admin),
            ("/settings/audit", &w.audit, Scope::Audit),
        ];
        let seen = all.into_iter().filter(|(.., scope)| self.may(*scope));
        let part =
            |path, name: &words::Text| Part { path, name: name.to_string(), is_here: path == here };
        seen.map(|(path, name, _)| part(path, name)).collect()
    }

    pub(crate) fn keys(&self) -> [(&'static str, &words::Text); 7] {
        let nav = &self.w.nav;
        [
            ("p", &nav.key_commands),
            ("g …", &nav.key_go),
            ("/", &nav.key_search),
            ("j  k", &nav.key_move),
            ("Enter", &nav.key_open),
            ("t", &nav.key_theme),
            ("?", &nav.key_keys),
        ]
    }
}

/// A page as an answer.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response {
    // Templates write into a string, which takes everything.
    let html = page.render().unwrap_or_default();
    let mut response = (status, html).into_response();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// A page, as it should be.
pub(crate) fn ok(template: &impl Template) -> Response {
    page(StatusCode::OK, template)
}
