//! *Search*: texts by their words, senders and links, and the campaigns they belong to.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::accounts::SavedSearch;
use unhook_app::service::{Found, Query as Wanted};
use unhook_app::{Service, ServiceError};

use crate::console::campaign_card::{self, Card};
use crate::console::entry::escaped;
use crate::console::frame::{self, Frame, Here};
use crate::console::line::Line;
use crate::console::visit::{Filled, Visit};
use crate::problem::{Kind, Problem};

/// How many texts are shown.
const MOST: usize = 100;

/// How long what is asked, and the name of a search, may be, in characters.
const LONGEST: usize = 200;
const LONGEST_NAME: usize = 60;

#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    f: Frame,
    query: String,
    found: Option<Shown>,
    saved: Vec<Saved>,
}

struct Shown {
    says: String,
    cards: Vec<Card>,
    texts: Vec<Line>,
}

struct Saved {
    name: String,
    path: String,
}

pub(crate) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let query: String = asked.q.trim().chars().take(LONGEST).collect();
    let (wanted, by) = (Wanted::parse(&query), visit.by());
    let (found, saved) = visit
        .shared
        .look_up(move |service| {
            let found = wanted.map(|wanted| service.search(&wanted, MOST)).transpose()?;
            let saved = service.accounts().searches(by)?;
            Ok::<_, ServiceError>((found, saved))
        })
        .await?;
    Ok(frame::ok(&Page {
        f: visit.frame(Here::Search, &visit.words.nav.search),
        found: found.map(|found| shown(&visit, &found)),
        saved: saved.into_iter().map(|s| Saved { path: path(&s.query), name: s.name }).collect(),
        query,
    }))
}

fn shown(visit: &Visit, found: &Found) -> Shown {
    let (w, now) = (visit.words, visit.shared.service().now());
    let count = found.reports.len();
    let says = if found.has_more { &w.search.first } else { &w.search.found };
    Shown {
        says: format!("{} {}", says.of(count), w.search.searched.of(found.searched)),
        cards: found.campaigns.iter().map(|head| campaign_card::card(w, head, now)).collect(),
        texts: found.reports.iter().map(|report| Line::of(w, report, now)).collect(),
    }
}

/// Where a search is.
fn path(query: &str) -> String {
    format!("/search?q={}", escaped(query))
}

pub(crate) async fn save(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let query: String = form.text("q").chars().take(LONGEST).collect();
    let name: String = form.text("name").chars().take(LONGEST_NAME).collect();
    if query.is_empty() || name.is_empty() {
        return Err(Problem::because(Kind::Invalid, "give the search a name"));
    }
    let (to, by) = (path(&query), visit.by());
    let search = SavedSearch { name, query };
    let keep = move |service: &Service| {
        Ok::<_, ServiceError>(service.accounts().keep_search(by, &search)?)
    };
    if !visit.shared.look_up(keep).await? {
        return Err(Problem::because(Kind::Invalid, "that is too many; remove one first"));
    }
    Ok(Redirect::to(&to).into_response())
}

pub(crate) async fn remove(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let (name, by) = (form.text("name").to_owned(), visit.by());
    let forget = move |service: &Service| {
        Ok::<_, ServiceError>(service.accounts().forget_search(by, &name)?)
    };
    visit.shared.look_up(forget).await?;
    Ok(Redirect::to("/search").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_an_address() {
        assert_eq!(path("a b&c=ä"), "/search?q=a%20b%26c%3D%C3%A4");
    }
}
