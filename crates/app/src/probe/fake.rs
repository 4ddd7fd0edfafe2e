//! A probe for tests, that finds what it is told.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Probe, ProbeError};
use crate::people::Pending;

/// Finds the same each time.
#[derive(Debug)]
pub struct FakeProbe {
    name: String,
    finds: Result<String, ProbeError>,
    count: AtomicUsize,
}

impl FakeProbe {
    /// One of a name, that finds this.
    #[must_use]
    pub fn new(name: &str, finds: Result<&str, &str>) -> Self {
        let finds = finds.map(str::to_owned).map_err(|why| ProbeError(why.to_owned()));
        Self { name: name.to_owned(), finds, count: AtomicUsize::new(0) }
    }

    /// How often it was run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Probe for FakeProbe {
    fn name(&self) -> &str {
        &self.name
    }

    fn probe(&self) -> Pending<'_, Result<String, ProbeError>> {
        self.count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { self.finds.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use unhook_model::PhoneNumber;

    use super::*;
    use crate::probe::{TexterProbe, contract};
    use crate::telling::{DeliveryError, OutgoingId, Receipt, Texter};

    #[tokio::test]
    async fn it_keeps_the_contract() {
        assert!(contract::run(&FakeProbe::new("Acme", Ok("it works"))).await.is_ok());
        assert!(contract::run(&FakeProbe::new("Acme", Err("it is off"))).await.is_err());
    }

    /// Sends nothing, and says of its account what it is told.
    struct Account(Result<Receipt, DeliveryError>);

    impl Texter for Account {
        fn text<'a>(
            &'a self,
            _: OutgoingId,
            _: &'a PhoneNumber,
            _: &'a str,
        ) -> Pending<'a, Result<Receipt, DeliveryError>> {
            unreachable!("a probe sends nothing")
        }

        fn check(&self) -> Pending<'_, Result<Receipt, DeliveryError>> {
            Box::pin(async { self.0.clone() })
        }
    }

    async fn found(account: Result<Receipt, DeliveryError>) -> Result<String, String> {
        let probe = TexterProbe(Arc::new(Account(account)));
        contract::run(&probe).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn texts_out_are_tried_without_one() {
        let well = found(Ok(Receipt("AC…f0".to_owned()))).await.unwrap();
        assert!(well.contains("AC…f0") && well.contains("nothing was sent"), "{well}");
        let why = || "the account's credentials are not accepted".to_owned();
        let wrong = found(Err(DeliveryError::Refused { why: why() })).await.unwrap_err();
        assert!(wrong.contains(&why()) && wrong.contains("portal"), "{wrong}");
        let why = "no connection to Acme".to_owned();
        let away = found(Err(DeliveryError::Later { why, after: None })).await.unwrap_err();
        assert!(away.contains("no connection to Acme") && away.contains("try again"), "{away}");
    }
}
