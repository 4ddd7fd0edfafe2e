//! What the audit trail hears of sign-in.

use tokio::time::Instant;
use unhook_app::{AuditEntry, Service};
use unhook_model::PersonId;

use crate::problem::Problem;
use crate::web::Shared;

/// Records what somebody is about to do, or has begun. It must not be done, or be undone, when this
/// fails.
pub(super) async fn record(
    shared: &Shared,
    by: PersonId,
    action: &'static str,
    subject: impl ToString,
    reason: Option<String>,
) -> Result<(), Problem> {
    let subject = subject.to_string();
    let action = action.to_owned();
    shared
        .look_up(move |service| {
            let at = service.now();
            service.access().record(&AuditEntry { at, by: Some(by), action, subject, reason })
        })
        .await
}

/// Records that an account was made, whose id nobody knew before. One that the audit trail does
/// not know of is disabled at once; an admin, who sees it, may enable it.
pub(super) async fn made(
    shared: &Shared,
    by: PersonId,
    account: PersonId,
    as_what: Option<String>,
) -> Result<(), Problem> {
    let recorded = record(shared, by, "account-made", account, as_what).await;
    if recorded.is_err() {
        let disable =
            move |service: &Service| service.accounts().set_disabled(account, Some(service.now()));
        shared.look_up(disable).await?;
    }
    recorded
}

/// Notes that somebody was not let in. Who that was is not known; `account` is whom they said to be.
pub(super) async fn refused(shared: &Shared, account: Option<PersonId>, why: &'static str) {
    let subject = account.map_or_else(|| "nobody".to_owned(), |account| account.to_string());
    tracing::warn!(account = subject, why, "a sign-in was refused");
    if !shared.console().is_for_the_trail(Instant::now()) {
        return;
    }
    let noted = shared.look_up(move |service| {
        let (at, action) = (service.now(), "sign-in-refused".to_owned());
        let reason = Some(why.to_owned());
        service.access().record(&AuditEntry { at, by: account, action, subject, reason })
    });
    if noted.await.is_err() {
        tracing::error!("the audit trail could not be written to");
    }
}
