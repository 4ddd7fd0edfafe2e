//! Identity providers, behind stand-ins that were written from the published descriptions of their
//! APIs. The vendors' own SDKs are set upon each first, so that it is honest, and then ours.
//!
//! `cargo xtask test` installs the SDKs and these tests then fail without them. Under a plain
//! `cargo test` on a machine that never ran it, they say so and judge nothing.

mod entra;
mod entra_api;
mod google;
mod google_api;
mod hook;
mod house;
mod judges;
mod matrix;
mod oauth;
mod okta;
mod okta_api;
mod polling;
mod scim;
mod server;
mod ssf;

use server::Server;

/// A file with who vouches for a stand-in, and the folder in which it is.
fn authority_file(server: &Server) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("authority.pem");
    std::fs::write(&path, &server.authority).expect("it can be written");
    (folder, path.display().to_string())
}

/// A moment as APIs write it.
fn written(at: &i64) -> String {
    jiff::Timestamp::from_millisecond(*at).expect("a moment").to_string()
}
