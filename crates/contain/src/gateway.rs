//! What is blocked, pushed to gateways that others run: so far one list at Cloudflare Gateway, on which
//! a DNS policy of the organization blocks.
//!
//! A [`Gateway`] makes the list equal to what is blocked, and remembers nothing that matters: it reads
//! the list when it begins, after anything that went wrong and every hour, and writes the difference. So what
//! was done half, what was done without an answer and what was lifted while it was away all end in the
//! same list. What it wrote carries a mark; what does not is somebody else's, and stays unless the
//! settings say that it may go. A list in which there are others' entries alone is not written to at all:
//! it is more likely another one than ours, and one on which a policy allows would let the actor through.
//!
//! It decides nothing: names come from [`unhook_app::Blocklist`] alone, in which each is proven.
//! `docs/gateway.md` says how it is set up. Start at [`Gateway::attempt`], which never waits.

mod lists;
mod push;
mod settings;

pub use lists::{MARK, MOST_CHANGED, MOST_LISTED};
pub use push::{Gateway, GatewayReading, LOOK_AGAIN, MOST_REFUSED, Next};
pub use settings::{
    ApiAddress, CLOUDFLARE, GatewayError, GatewaySettings, MOST_ITEMS, USUAL_ITEMS,
};
