//! Names stop resolving, and resolve again: one by one, or as lists of many.
//!
//! Every block is proven first ([`Protected`](unhook_engine::Protected)), and whatever comes to be known
//! proves all of them again. What was decided stands in the journal before any name stops
//! resolving, and who lifts a block says why.

use std::collections::HashSet;

use unhook_engine::response::{Block, Event, Lift, ListHead, Listing};
use unhook_model::{CampaignId, Hostname, PersonId, Timestamp};

use super::{Service, ServiceError};
use crate::journal::Position;
use crate::record::Record;

/// The most blocks of single names at once: those of years. More are a list.
pub const MOST_BLOCKS: usize = 100_000;

/// The most names in one list.
pub const MOST_LISTED: usize = 4_000_000;

/// The most lists.
pub const MOST_LISTS: usize = 64;

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// The longest name of a list, in bytes.
pub const LONGEST_LIST: usize = 64;

/// How many names one commit takes into a list or out of it: some 200 KiB of them.
const MOST_IN_COMMIT: usize = 5_000;

/// How many refused names an answer shows.
pub const MOST_REFUSED_SHOWN: usize = 20;

/// A block as somebody asks for it.
#[derive(Clone, Debug)]
pub struct BlockRequest {
    /// The name: a registrable domain or a host below one.
    pub name: String,
    /// Why, in a line.
    pub reason: String,
    /// Because of which campaign.
    pub campaign: Option<CampaignId>,
    /// Until when; until somebody lifts it, if not given.
    pub expires_at: Option<Timestamp>,
}

/// A list as somebody brings it in: it replaces the one of its name.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// What it is called.
    pub list: String,
    /// Its names.
    pub names: Vec<String>,
    /// What it is, in a line.
    pub reason: String,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
}

/// What became of a list that was brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListImport {
    /// How many names are new in it.
    pub added: usize,
    /// How many are no longer in it.
    pub removed: usize,
    /// How many are in it now.
    pub count: usize,
    /// How many were not taken.
    pub refused: usize,
    /// Some of those, with the reason.
    pub refusals: Vec<(String, String)>,
}

impl Service {
    /// The names that do not resolve, for those who answer for the organization.
    #[must_use]
    pub fn blocklist(&self) -> &std::sync::Arc<crate::blocklist::Blocklist> {
        self.responding.blocklist()
    }

    /// The names that were blocked one by one, in order.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        self.responding.state().blocks().cloned().collect()
    }

    /// Whether this very name was blocked by itself.
    #[must_use]
    pub fn is_blocked(&self, name: &Hostname) -> bool {
        self.responding.state().block(name).is_some()
    }

    /// Blocks that were lifted, the newest first, at most `limit`.
    #[must_use]
    pub fn lifted(&self, limit: usize) -> Vec<(Block, Lift, Timestamp)> {
        self.responding.state().lifted().take(limit).cloned().collect()
    }

    /// The lists of names, by name.
    #[must_use]
    pub fn block_lists(&self) -> Vec<(String, ListHead)> {
        let state = self.responding.state();
        state.lists().map(|(name, head)| (name.to_owned(), head.clone())).collect()
    }

    /// A name stops resolving, with all below it. One that is blocked already is blocked as asked for
    /// now.
    ///
    /// # Errors
    /// Says why not, and what to give instead.
    pub async fn block(
        &self,
        request: BlockRequest,
        by: PersonId,
    ) -> Result<(Block, Position), ServiceError> {
        let name = readable(&request.name)?;
        let reason = said("reason", &request.reason)?;
        let now = self.now();
        if request.expires_at.is_some_and(|end| end <= now) {
            return Err(ServiceError::Invalid("`expires_at` lies in the past".to_owned()));
        }
        let name = self.responding.guard().permit(&name)?.into_name();
        {
            let state = self.responding.state();
            if state.block(&name).is_none() && state.blocks().count() >= MOST_BLOCKS {
                let why = format!("{MOST_BLOCKS} names are blocked; lift some, or import a list");
                return Err(ServiceError::Invalid(why));
            }
        }
        let block = Block {
            name,
            reason,
            campaign: request.campaign,
            action: None,
            by: Some(by),
            at: now,
            expires_at: request.expires_at,
        };
        let event = Event::Blocked(block.clone());
        let ((), position) =
            self.decide(move |draft| draft.record(Record::Response(event.clone()))).await?;
        Ok((block, self.last_position(position)?))
    }

    /// A name that was blocked resolves again; `None` when it was not blocked by itself.
    ///
    /// # Errors
    /// Says why not.
    pub async fn lift(
        &self,
        name: &Hostname,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        if self.responding.state().block(name).is_none() {
            return Ok(None);
        }
        self.lift_all(vec![(name.clone(), Lift::Undone)], Some(by)).await
    }

    async fn lift_all(
        &self,
        names: Vec<(Hostname, Lift)>,
        by: Option<PersonId>,
    ) -> Result<Option<Position>, ServiceError> {
        let at = self.now();
        let mut last = None;
        for some in names.chunks(MOST_IN_COMMIT) {
            let some = some.to_vec();
            let ((), position) = self
                .decide(move |draft| {
                    for (name, why) in some.iter().cloned() {
                        draft.record(Record::Response(Event::Lifted { name, why, by, at }));
                    }
                })
                .await?;
            last = position;
        }
        Ok(last)
    }

    /// Lifts what is over, and after what is known changed, what must not be blocked any more.
    pub(super) async fn tend_blocks(&self) -> Result<(), ServiceError> {
        let to_be_proven = self.responding.is_to_be_proven();
        let tended = self.lift_what_ended(to_be_proven).await;
        if tended.is_err() && to_be_proven {
            self.responding.prove_again();
        }
        tended
    }

    async fn lift_what_ended(&self, to_be_proven: bool) -> Result<(), ServiceError> {
        let now = self.now();
        let lifted = self.ended(now, to_be_proven);
        self.lift_all(lifted, None).await?;
        for list in self.lists_over(now) {
            let reason = "its time was over".to_owned();
            let empty = ListRequest { list, names: Vec::new(), reason, expires_at: None };
            self.replace_list(empty, None).await?;
        }
        if to_be_proven {
            // No older list takes the place of one that is brought in meanwhile.
            let _turn = self.importing.lock().await;
            for (list, _) in self.block_lists() {
                self.responding.put_list(&*self.ports.views, &list)?;
            }
        }
        Ok(())
    }

    /// The blocks whose time is over, and those that must not be.
    fn ended(&self, now: Timestamp, to_be_proven: bool) -> Vec<(Hostname, Lift)> {
        let guard = self.responding.guard();
        let why = |block: &Block| {
            if block.expires_at.is_some_and(|end| end <= now) {
                return Some(Lift::Expired);
            }
            let must_not_be = to_be_proven && guard.permit(&block.name).is_err();
            must_not_be.then_some(Lift::Protected)
        };
        let state = self.responding.state();
        state.blocks().filter_map(|block| Some((block.name.clone(), why(block)?))).collect()
    }

    fn lists_over(&self, now: Timestamp) -> Vec<String> {
        let state = self.responding.state();
        let over = state.lists().filter(|(_, head)| head.expires_at.is_some_and(|end| end <= now));
        over.map(|(name, _)| name.to_owned()).collect()
    }

    /// Brings a list of names in, in the place of the one with its name; an empty one takes it away.
    /// What is no name, or must not be blocked, is left out and said.
    ///
    /// # Errors
    /// Says why not. What was brought in before an error stays; the same list may be given again.
    pub async fn import_list(
        &self,
        request: ListRequest,
        by: PersonId,
    ) -> Result<ListImport, ServiceError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if request.list.is_empty()
            || request.list.len() > LONGEST_LIST
            || !request.list.chars().all(is_name)
        {
            let why = format!(
                "a list's name has up to {LONGEST_LIST} letters, digits, hyphens and dots, not `{}`",
                request.list.chars().take(LONGEST_LIST).collect::<String>(),
            );
            return Err(ServiceError::Invalid(why));
        }
        if request.names.len() > MOST_LISTED {
            return Err(ServiceError::Invalid(format!("a list has at most {MOST_LISTED} names")));
        }
        let is_new = !self.responding.state().lists().any(|(name, _)| name == request.list);
        if is_new && self.responding.state().lists().count() >= MOST_LISTS {
            return Err(ServiceError::Invalid(format!("there are {MOST_LISTS} lists; empty one")));
        }
        let request = ListRequest { reason: said("reason", &request.reason)?, ..request };
        self.replace_list(request, Some(by)).await
    }

    async fn replace_list(
        &self,
        request: ListRequest,
        by: Option<PersonId>,
    ) -> Result<ListImport, ServiceError> {
        // One after the other, so that each sees what the one before left.
        let _turn = self.importing.lock().await;
        let ListRequest { list, names, reason, expires_at } = request;
        let mut import = ListImport::default();
        let mut wanted = HashSet::with_capacity(names.len());
        let guard = self.responding.guard().clone();
        for text in names {
            match readable(&text).and_then(|name| guard.permit(&name)) {
                Ok(proven) => _ = wanted.insert(proven.into_name()),
                Err(why) => import.refuse(text, &why),
            }
        }
        let mut removed = Vec::new();
        self.ports.views.listed(&list, &mut |name| {
            if !wanted.remove(&name) {
                removed.push(name);
            } else {
                import.count += 1;
            }
        })?;
        let mut added: Vec<Hostname> = wanted.into_iter().collect();
        added.sort_unstable();
        (import.added, import.removed) = (added.len(), removed.len());
        import.count += added.len();
        let (at, count) = (self.now(), import.count as u64);
        let listing = Listing { list, added, removed, count, reason, by, at, expires_at };
        self.keep_listing(listing).await?;
        Ok(import)
    }

    /// Keeps what a list became, as many names at a time as a commit takes, and puts it into effect.
    async fn keep_listing(&self, listing: Listing) -> Result<(), ServiceError> {
        let list = listing.list.clone();
        let mut last = None;
        for part in parts(listing) {
            let ((), position) = self
                .decide(move |draft| {
                    draft.record(Record::Response(Event::Listed(part.clone())));
                })
                .await?;
            last = position.or(last);
        }
        if let Some(position) = last {
            self.has_seen(position).await;
        }
        Ok(self.responding.put_list(&*self.ports.views, &list)?)
    }
}

impl ListImport {
    fn refuse(&mut self, text: String, why: &ServiceError) {
        self.refused += 1;
        if self.refusals.len() < MOST_REFUSED_SHOWN {
            self.refusals.push((text.chars().take(253).collect(), why.to_string()));
        }
    }
}

/// A listing in parts that fit into a commit each. There is always one: it says the reason anew.
fn parts(mut listing: Listing) -> Vec<Listing> {
    let (added, removed) =
        (std::mem::take(&mut listing.added), std::mem::take(&mut listing.removed));
    let count = (added.len() + removed.len()).div_ceil(MOST_IN_COMMIT).max(1);
    let mut changes =
        added.into_iter().map(|n| (true, n)).chain(removed.into_iter().map(|n| (false, n)));
    let part = |_| {
        let mut part = listing.clone();
        for (is_new, name) in changes.by_ref().take(MOST_IN_COMMIT) {
            if is_new { &mut part.added } else { &mut part.removed }.push(name);
        }
        part
    };
    (0..count).map(part).collect()
}

/// A name as somebody wrote it, perhaps defanged.
fn readable(text: &str) -> Result<Hostname, ServiceError> {
    let text = text.trim().replace("[.]", ".");
    let shown: String = text.chars().take(253).collect();
    Hostname::parse(&text)
        .map_err(|why| ServiceError::Invalid(format!("`{shown}` cannot be blocked: {why}")))
}

/// A line that somebody wrote, within bounds.
pub(super) fn said(field: &str, text: &str) -> Result<String, ServiceError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_REASON {
        let why = format!("say a `{field}`, in 1 to {LONGEST_REASON} characters");
        return Err(ServiceError::Invalid(why));
    }
    Ok(text.to_owned())
}
