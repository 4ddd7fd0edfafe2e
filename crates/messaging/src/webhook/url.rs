//! The URL that a provider calls, for the signatures that cover it.

use super::ProviderError;

/// A public URL without the slash at its end.
pub(crate) fn public_url(url: &str) -> Result<String, ProviderError> {
    let url = url.trim().trim_end_matches('/');
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if host.is_none() || url.contains(['?', '#', ' ']) {
        return Err(ProviderError::Setting(
            "the public URL must look like https://sms.acme.example, without ? and #",
        ));
    }
    Ok(url.to_owned())
}
