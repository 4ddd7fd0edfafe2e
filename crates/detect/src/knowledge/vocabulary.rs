//! What known phrases mean.

/// What a phrase is a sign of. Its name is that of its table in `data/phrases/*.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is described in docs/signals.md by the signal that reads it")]
pub enum Category {
    Urgency,
    Threat,
    PaymentRequest,
    Secrecy,
    CredentialRequest,
    CodeRequest,
    CallBack,
    ReplyHook,
    WrongNumber,
    FamilyImpersonation,
    JobOffer,
    Investment,
    InstallRequest,
    DeliveryProblem,
    AccountProblem,
    Prize,
    Refund,
    TollOrFine,
    Loan,
    Workplace,
    SubscriptionCharge,
    AdultOrGambling,
    CharityOrRelationship,
    TapLink,
    Promotion,
    OptOut,
    OneTimeCode,
    TransactionNotice,
    DeliveryNotice,
    AppointmentNotice,
    ScamWarning,
    PersonalChat,
    Negation,
    Condition,
}

impl Category {
    /// Every category with its name in data files, in the order of the type.
    pub const ALL: [(Self, &'static str); 34] = [
        (Self::Urgency, "urgency"),
        (Self::Threat, "threat"),
        (Self::PaymentRequest, "payment-request"),
        (Self::Secrecy, "secrecy"),
        (Self::CredentialRequest, "credential-request"),
        (Self::CodeRequest, "code-request"),
        (Self::CallBack, "call-back"),
        (Self::ReplyHook, "reply-hook"),
        (Self::WrongNumber, "wrong-number"),
        (Self::FamilyImpersonation, "family-impersonation"),
        (Self::JobOffer, "job-offer"),
        (Self::Investment, "investment"),
        (Self::InstallRequest, "install-request"),
        (Self::DeliveryProblem, "delivery-problem"),
        (Self::AccountProblem, "account-problem"),
        (Self::Prize, "prize"),
        (Self::Refund, "refund"),
        (Self::TollOrFine, "toll-or-fine"),
        (Self::Loan, "loan"),
        (Self::Workplace, "workplace"),
        (Self::SubscriptionCharge, "subscription-charge"),
        (Self::AdultOrGambling, "adult-or-gambling"),
        (Self::CharityOrRelationship, "charity-or-relationship"),
        (Self::TapLink, "tap-link"),
        (Self::Promotion, "promotion"),
        (Self::OptOut, "opt-out"),
        (Self::OneTimeCode, "one-time-code"),
        (Self::TransactionNotice, "transaction-notice"),
        (Self::DeliveryNotice, "delivery-notice"),
        (Self::AppointmentNotice, "appointment-notice"),
        (Self::ScamWarning, "scam-warning"),
        (Self::PersonalChat, "personal-chat"),
        (Self::Negation, "negation"),
        (Self::Condition, "condition"),
    ];

    /// Whether its phrases ask for something, and so ask for nothing after a [`Negation`]
    /// ("never send the code"), unless that is part of a [`Condition`] ("if you do not
    /// confirm").
    ///
    /// [`Negation`]: Self::Negation
    /// [`Condition`]: Self::Condition
    #[must_use]
    pub fn is_request(self) -> bool {
        matches!(
            self,
            Self::PaymentRequest
                | Self::CredentialRequest
                | Self::CodeRequest
                | Self::CallBack
                | Self::ReplyHook
                | Self::InstallRequest
                | Self::TapLink
        )
    }

    /// The category of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(category, _)| *category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_stand_at_their_own_index() {
        for (index, (category, name)) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category as usize, index, "{name}");
        }
    }
}
