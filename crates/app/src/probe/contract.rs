//! What any probe must do, as tests to run over it.

use super::{Probe, ProbeError};

/// The longest line that a page shows of one, in characters.
const LONGEST: usize = 400;

/// Runs every case; what was found is given back.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub async fn run(probe: &dyn Probe) -> Result<String, ProbeError> {
    let name = probe.name();
    assert!(!name.is_empty() && name.len() < 40 && !name.contains(['\n', '<']), "{name:?}");
    let found = probe.probe().await;
    let line = match &found {
        Ok(line) => line.clone(),
        Err(error) => error.to_string(),
    };
    assert!(!line.trim().is_empty(), "{name} says nothing");
    assert!(!line.contains('\n') && line.chars().count() <= LONGEST, "{name}: {line}");
    let again = probe.probe().await;
    assert_eq!(again.is_ok(), found.is_ok(), "{name}: trying it changed something: {again:?}");
    found
}
