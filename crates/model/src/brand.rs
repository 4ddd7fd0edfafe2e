//! Who is imitated.

/// What a brand does: it decides which scams its name is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the plain word for its line of business")]
pub enum Sector {
    Post,
    Parcel,
    Toll,
    Tax,
    Government,
    Health,
    Bank,
    Telecom,
    Energy,
    Shop,
    Streaming,
    Social,
    Crypto,
    Payment,
    Identity,
    Travel,
    Technology,
    Workplace,
    Insurance,
}

impl Sector {
    /// Every sector with its name in data files.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::Post, "post"),
        (Self::Parcel, "parcel"),
        (Self::Toll, "toll"),
        (Self::Tax, "tax"),
        (Self::Government, "government"),
        (Self::Health, "health"),
        (Self::Bank, "bank"),
        (Self::Telecom, "telecom"),
        (Self::Energy, "energy"),
        (Self::Shop, "shop"),
        (Self::Streaming, "streaming"),
        (Self::Social, "social"),
        (Self::Crypto, "crypto"),
        (Self::Payment, "payment"),
        (Self::Identity, "identity"),
        (Self::Travel, "travel"),
        (Self::Technology, "technology"),
        (Self::Workplace, "workplace"),
        (Self::Insurance, "insurance"),
    ];

    /// The sector of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(sector, _)| *sector)
    }
}

/// A name that people trust, and what genuinely belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The name as people write it.
    pub name: String,
    /// Other full names ("US Postal Service").
    pub aliases: Vec<String>,
    /// Short forms that point to the brand only beside sign-in vocabulary ("vz").
    pub abbreviations: Vec<String>,
    /// What it does; `None` when an organization did not say.
    pub sector: Option<Sector>,
    /// ISO 3166-1 alpha-2 codes of the countries it serves; empty or `*` for all.
    pub countries: Vec<String>,
    /// BCP 47 primary subtags of the languages it writes in; empty or `*` for all.
    pub languages: Vec<String>,
    /// Domains it really uses, its main one first.
    pub domains: Vec<String>,
    /// Sender ids and short codes it really texts from.
    pub senders: Vec<String>,
    /// Whether the name is an everyday word: it then needs company to count as the brand.
    /// `None` lets the detector decide from how common the word is among registered names.
    pub ordinary_word: Option<bool>,
}
