//! The zone, judged by those it is for: Debian's Unbound, BIND and PowerDNS Recursor with the very
//! configurations that `docs/rpz.md` has, and `dig`.
//!
//! `UNHOOK_JUDGES` set, a judge that is missing fails the test.

mod dig;
mod docs;
mod network;
mod ours;
mod resolvers;
mod zone_file;
