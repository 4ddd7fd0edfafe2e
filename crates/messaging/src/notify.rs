//! Ways to tell those on call: a signed webhook, a Slack-style and a Teams-style channel,
//! PagerDuty, and syslog.
//!
//! Each stands behind the port [`Notifier`]: it sends one alert once and says how that went.
//! When to tell, and whether to tell again, is decided elsewhere. An [`Alert`] has nothing
//! personal and no live link, and nothing here adds any; what it does hold was in part written by
//! strangers, so [`told`] cleans and bounds it once, and each way escapes it as its receiver
//! reads. Everything that goes over HTTP goes through [`http`], and so does the judgement of
//! what became of it. What is secret, also an address that lets whoever knows it write to a channel, comes
//! from a file and shows up in no error, log or `Debug`.
//!
//! Start reading at [`notifier`], then one way: `webhook` is the plainest.

pub(crate) mod http;
mod pagerduty;
mod problem;
mod settings;
mod slack;
mod syslog;
mod teams;
mod told;
mod webhook;

use unhook_app::{Alert, DeliveryError, Notifier, Pending, Receipt, Severity};

pub use http::EndpointError;
pub use problem::{NotifyProblem, NotifySettingsError};
pub use settings::{Kind, NotifySettings, notifier};
pub use syslog::AddressError;
use told::Told;

/// How one kind of receiver is told.
trait Channel: Send + Sync {
    /// Whether hearing the same alert twice is as good as hearing it once.
    const MAY_REPEAT: bool;

    /// Tells, once.
    fn tell<'a>(&'a self, told: &'a Told) -> Pending<'a, Result<Receipt, DeliveryError>>;
}

/// A channel under the name that the settings give it.
struct Named<C> {
    name: String,
    from_severity: Severity,
    channel: C,
}

impl<C: Channel> Notifier for Named<C> {
    fn name(&self) -> &str {
        &self.name
    }

    fn least_severity(&self) -> Severity {
        self.from_severity
    }

    fn may_repeat(&self) -> bool {
        C::MAY_REPEAT
    }

    fn notify<'a>(&'a self, alert: &'a Alert) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(async move {
            let told = Told::of(alert);
            self.channel.tell(&told).await
        })
    }
}
