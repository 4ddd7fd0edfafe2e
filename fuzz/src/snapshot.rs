//! Drives the reader of the engine's snapshots.
//!
//! Holds: any bytes are refused or read; what is read is written as the very same bytes, and
//! reads as the same state.

use unhook_engine::Engine;

/// The bytes are those of a snapshot.
pub fn run(data: &[u8]) {
    let Ok(engine) = Engine::from_snapshot(data) else { return };
    let again = engine.snapshot();
    let read = Engine::from_snapshot(&again).expect("what we write we read");
    assert_eq!(read.state(), engine.state());
}
