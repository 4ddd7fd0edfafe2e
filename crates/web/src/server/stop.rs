//! Stopping: one says so, all who serve hear it.

use tokio::sync::watch;

/// Says when to stop. Dropping it says so too.
#[derive(Debug)]
pub struct Shutdown(watch::Sender<bool>);

/// Hears when to stop.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Shutdown {
    /// The two ends.
    #[must_use]
    pub fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopping(receiver))
    }

    /// Begins to stop.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Waits until stopping begins.
    pub async fn begun(&self) {
        // An error means that nobody is left to say so.
        let _ = self.0.clone().wait_for(|is_stopping| *is_stopping).await;
    }
}
