//! Somebody at this machine who looks on in the console while a scenario is played, and after.

use tokio::task::{JoinError, JoinHandle};

/// Leads whoever looks on into the console: in a browser where there is one.
pub(super) fn invite(link: &str) {
    println!("Look on in the console, signed in: {link}");
    println!("(The link works once, for a minute.)\n");
    open(link);
}

/// Lets the console stand until Ctrl-C. By then the first link is used up, or over.
pub(super) async fn stay(
    link: impl Fn() -> anyhow::Result<Option<String>>,
    interrupted: &mut JoinHandle<()>,
) -> anyhow::Result<()> {
    if let Some(link) = link()? {
        println!("\nThe console stays open; Ctrl-C ends it and removes everything.");
        println!("Once more, signed in: {link}");
    }
    let _: Result<(), JoinError> = interrupted.await;
    Ok(())
}

/// Opens a browser, where somebody sits at a desk. Whether that succeeds is no matter: the link
/// stands on the terminal.
fn open(link: &str) {
    let has_desk = |name| std::env::var_os(name).is_some();
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if has_desk("DISPLAY") || has_desk("WAYLAND_DISPLAY") {
        "xdg-open"
    } else {
        return;
    };
    let quiet = std::process::Stdio::null;
    let mut command = std::process::Command::new(program);
    let _ = command.arg(link).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}
