//! One file for each thing the detector can see.
//!
//! A signal looks at a [`Scene`] and says what it saw. It knows nothing of other signals,
//! of verdicts or of weights learned elsewhere. To add one, write its file (the page at its
//! top becomes its section of `docs/signals.md`), and name it in [`register`].

mod scene;
mod standing;
#[cfg(test)]
pub(crate) mod testing;

use std::borrow::Cow;

use unhook_model::{LogOdds, ScamKind, SignalId, Span};

pub use scene::{Mention, Scene};
pub use standing::LinkStanding;

/// How settled a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// New: its meaning may still change.
    Preview,
    /// Its meaning stays.
    Stable,
    /// Its id is kept and never fires.
    Retired,
}

/// One thing the detector can see.
#[derive(Debug)]
pub struct Signal {
    /// Its name, for ever.
    pub id: SignalId,
    /// How settled it is.
    pub stage: Stage,
    /// What it adds per step before anything was learned. Training starts from it, stays
    /// near it where data is thin, and never changes its sign.
    pub weight: LogOdds,
    /// The kinds of message it speaks for when it fires.
    pub kinds: &'static [ScamKind],
    /// Looks.
    pub look: fn(&Scene<'_>) -> Sight,
}

/// The most steps a signal can count.
pub const MOST_STEPS: u8 = 4;

/// What a signal saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nothing.
    Nothing,
    /// It had nothing to look at: a look-up is missing.
    Unavailable,
    /// Something.
    Seen {
        /// How much, from 1 to [`MOST_STEPS`]; the weight counts once per step, so more of
        /// it never weighs less.
        steps: u8,
        /// Where in the original text, if in a place.
        span: Option<Span>,
        /// What, in a sentence for a person. It never repeats a live link.
        reason: Cow<'static, str>,
    },
}

impl Sight {
    /// One step of something, seen somewhere or nowhere in particular.
    #[must_use]
    pub fn seen(span: impl Into<Option<Span>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::steps(1, span, reason)
    }

    /// One step where there is such a place.
    #[must_use]
    pub fn at(span: Option<Span>, reason: &'static str) -> Self {
        span.map_or(Self::Nothing, |span| Self::seen(span, reason))
    }

    /// Several steps of something.
    #[must_use]
    pub fn steps(
        steps: u8,
        span: impl Into<Option<Span>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Seen { steps: steps.clamp(1, MOST_STEPS), span: span.into(), reason: reason.into() }
    }
}

/// Declares the signals' files and lists them in the order they look.
macro_rules! register {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*

        /// Every signal, in the order they look.
        pub static ALL: &[&Signal] = &[$(&$file::SIGNAL),*];
    };
}

register! {
    account_problem,
    app_file_link,
    appointment_notice,
    bad_reputation,
    bare_link,
    brand_link_mismatch,
    brand_sender_mismatch,
    call_back,
    charity_or_relationship,
    chat_link,
    cheap_suffix_link,
    code_request,
    credential_request,
    deceptive_host,
    delivery_notice,
    delivery_problem,
    disguised_link,
    dynamic_dns_link,
    email_sender,
    family_impersonation,
    foreign_script_host,
    foreign_sender,
    free_hosting_link,
    gambling_or_adult,
    good_reputation,
    hidden_characters,
    install_request,
    investment,
    ip_address_link,
    job_offer,
    known_indicator,
    known_link,
    known_sender,
    leet_words,
    loan,
    lookalike_domain,
    lookalike_letters,
    machine_made_host,
    new_sender,
    one_time_code,
    opt_out,
    organization_impersonation,
    organization_link,
    page_mimicry,
    payment_request,
    personal_chat,
    pretext_link,
    prize,
    recipient_name,
    refund,
    reply_hook,
    scam_warning,
    scrambled_letters,
    secrecy,
    short_link_shape,
    spaced_letters,
    styled_letters,
    subscription_charge,
    tap_link,
    telling_host,
    threat,
    toll_or_fine,
    transaction_notice,
    urgency,
    url_shortener,
    userinfo_link,
    workplace_lure,
    wrong_number,
    young_certificate,
    young_domain,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let mut ids: Vec<&str> = ALL.iter().map(|signal| signal.id.as_str()).collect();
        ids.sort_unstable();
        for id in &ids {
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{id}");
        }
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands twice");
    }
}
