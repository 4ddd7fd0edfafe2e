//! What every safe does, whatever it is made of.

use super::{Item, LARGEST_RECORD, Safe, SafeError};

/// Runs the contract over one that keeps nothing yet. `erase` erases somebody, whoever it is.
///
/// # Panics
/// When it does not keep its word.
pub fn run(safe: &dyn Safe, mut erase: impl FnMut()) {
    let load = |item| safe.load(item).expect("it can be read");
    let keep = |item, content: &[u8]| safe.keep(item, content).expect("it is kept");
    for item in Item::ALL {
        assert_eq!(load(item), None, "nothing was kept yet");
        assert_eq!(load(item), None, "nor by having looked");
    }
    for content in [&b"one"[..], b"", &[7; 100_000], b"the last counts"] {
        keep(Item::LookBack, content);
        assert_eq!(load(Item::LookBack).as_deref(), Some(content));
    }
    assert_eq!(load(Item::SignalStreams), None, "each is by itself");
    keep(Item::SignalStreams, b"streams");
    let too_large = safe.keep(Item::LookBack, &vec![0; LARGEST_RECORD + 1]);
    assert!(matches!(too_large, Err(SafeError::TooLarge { .. })), "{too_large:?}");
    assert_eq!(load(Item::LookBack).as_deref(), Some(&b"the last counts"[..]));

    erase();
    let kept = safe.keep(Item::LookBack, b"they are in it");
    assert!(matches!(kept, Err(SafeError::Erased)), "{kept:?}");
    assert_eq!(load(Item::LookBack), None, "they may be in it");
    keep(Item::LookBack, b"they are not");
    assert_eq!(load(Item::LookBack).as_deref(), Some(&b"they are not"[..]));
    assert_eq!(load(Item::SignalStreams).as_deref(), Some(&b"streams"[..]));
    keep(Item::SignalStreams, b"streams, and more");

    erase();
    assert_eq!(load(Item::LookBack), None, "loaded before anything was kept");
}
