//! Devices that are wherever they are, and known by a token of their own.

use std::collections::HashMap;
use std::sync::Arc;

/// Which device has a token.
pub trait Devices: Send + Sync {
    /// The name of the device that has this token.
    fn device(&self, token: &str) -> Option<Arc<str>>;
}

/// Tokens with the names of their devices, as they were when it was made.
impl Devices for HashMap<String, Arc<str>> {
    fn device(&self, token: &str) -> Option<Arc<str>> {
        self.get(token).cloned()
    }
}
