//! Whose turn it is on a connection of many requests: ours while one of them is answered, the
//! other end's once it has all that there is to take.
//!
//! Silence in our turn is our own affair: a handler is at work, a live page waits for news. Silence
//! in theirs is what a connection must not be held open by: no request, one that never becomes
//! whole, an answer that lies there.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The turns of one connection.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug)]
struct State {
    /// How many answers we are at.
    ours: usize,
    /// How many bytes the heads of all requests have that are not done.
    heads: usize,
    /// When it was last our turn.
    since: Instant,
}

impl Turns {
    pub(super) fn new() -> Self {
        let state = State { ours: 0, heads: 0, since: Instant::now() };
        Self(Arc::new(watch::Sender::new(state)))
    }

    /// Begins a request whose head has so many bytes, if all there are stay within `most`.
    pub(super) fn begin(&self, head: usize, most: usize) -> Option<Turn> {
        let has_room = self.0.send_if_modified(|state| {
            let has_room = state.heads + head <= most;
            if has_room {
                state.heads += head;
                state.ours += 1;
            }
            has_room
        });
        has_room.then(|| Turn { turns: self.clone(), head, is_ours: true })
    }

    /// Waits until the other end has done nothing for so long in its turn.
    pub(super) async fn silent(&self, time: Duration) {
        let mut states = self.0.subscribe();
        loop {
            // There is a sender as long as this is here.
            let Ok(since) = states.wait_for(|state| state.ours == 0).await.map(|s| s.since) else {
                return;
            };
            sleep_until(since + time).await;
            let now = *states.borrow();
            if now.ours == 0 && now.since == since {
                return;
            }
        }
    }
}

/// One request's, from its head until its answer was taken or given up.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    head: usize,
    is_ours: bool,
}

impl Turn {
    fn ours(&mut self) {
        if !std::mem::replace(&mut self.is_ours, true) {
            self.turns.0.send_modify(|state| state.ours += 1);
        }
    }

    fn theirs(&mut self) {
        if std::mem::replace(&mut self.is_ours, false) {
            self.turns.0.send_modify(|state| {
                state.ours -= 1;
                state.since = Instant::now();
            });
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.theirs();
        self.turns.0.send_modify(|state| state.heads -= self.head);
    }
}

/// An answer that is dealt piece by piece, so that one sees whether it is taken, and no more of it
/// waits to be sent than a piece.
pub(super) struct Dealt {
    answer: Body,
    rest: Bytes,
    piece: usize,
    turn: Turn,
}

impl Dealt {
    pub(super) fn new(answer: Body, piece: usize, turn: Turn) -> Self {
        Self { answer, rest: Bytes::new(), piece, turn }
    }
}

impl HttpBody for Dealt {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let dealt = &mut *self;
        dealt.turn.ours();
        if dealt.rest.is_empty() {
            match ready!(Pin::new(&mut dealt.answer).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => dealt.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        dealt.turn.theirs();
        let piece = dealt.rest.split_to(dealt.piece.min(dealt.rest.len()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.answer.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let hint = self.answer.size_hint();
        hint.exact().map_or(hint, |exact| SizeHint::with_exact(exact + rest))
    }
}
