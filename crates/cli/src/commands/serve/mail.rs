//! The way for mails to go out, wired.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use unhook_app::{Mailer, Secret};
use unhook_messaging::{MailSettings, SmtpMailer};

use crate::config::MailPlan;

/// What sends mails, if something does.
pub(super) fn mailer(
    plan: Option<&MailPlan>,
    beside: &Path,
) -> anyhow::Result<Option<Arc<dyn Mailer>>> {
    let Some(plan) = plan else { return Ok(None) };
    let cannot = |file: &Path| format!("[mail]: cannot read {}", file.display());
    let password = |file: &String| {
        let file = beside.join(file);
        Secret::from_file(&file).with_context(|| cannot(&file))
    };
    let account = plan.account.as_ref();
    let account = account
        .map(|(user, file)| Ok::<_, anyhow::Error>((user.clone(), password(file)?)))
        .transpose()?;
    let authorities = plan.authorities_file.as_ref().map(|file| {
        let file = beside.join(file);
        std::fs::read(&file).with_context(|| cannot(&file))
    });
    let mailer = SmtpMailer::new(MailSettings {
        host: plan.host.clone(),
        port: plan.port,
        tls: plan.tls,
        from: plan.from.clone(),
        account,
        authorities: authorities.transpose()?,
    });
    Ok(Some(Arc::new(mailer.context("[mail]")?)))
}
