//! What every keeper of bookmarks does, whatever it is made of.

use unhook_model::Timestamp;

use super::Bookmarks;

/// Runs the contract over one that keeps nothing yet.
///
/// # Panics
/// When it does not keep its word.
pub fn run(bookmarks: &dyn Bookmarks) {
    let read = |provider: &str| bookmarks.read_until(provider).expect("it can be read");
    let keep = |provider: &str, at: i64| {
        bookmarks.keep(provider, Timestamp::from_unix_ms(at)).expect("it is kept");
    };
    assert_eq!(read("okta"), None, "nothing was read yet");
    keep("okta", 1_000);
    keep("entra 'x'", 5);
    assert_eq!(read("okta"), Some(Timestamp::from_unix_ms(1_000)));
    assert_eq!(read("entra 'x'"), Some(Timestamp::from_unix_ms(5)), "each has its own");
    keep("okta", 2_000);
    assert_eq!(read("okta"), Some(Timestamp::from_unix_ms(2_000)), "the last counts");
    assert_eq!(read("Okta"), None, "names are as they are written");
}
