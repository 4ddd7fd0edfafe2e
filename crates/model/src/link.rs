//! What a message asks its reader to use.

use crate::host::Hostname;
use crate::span::Span;

/// A link, number, handle or address in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it stands in the original text.
    pub span: Span,
    /// What it is.
    pub kind: LinkKind,
    /// It, refanged and normalised: a URL without its dressing, an E.164 number, a handle.
    /// Hostile: show it defanged, never as a live link.
    pub target: String,
    /// The host it leads to, when that is a name.
    pub host: Option<Hostname>,
    /// The registrable domain of `host` by the Public Suffix List, private section
    /// included (`evil.pages.dev`, not `pages.dev`); `None` when the host is a suffix itself.
    pub registrable: Option<String>,
    /// How it hides from filters.
    pub disguises: Vec<Disguise>,
    /// What its host imitates, if anything.
    pub imitates: Option<Imitation>,
}

/// What a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkKind {
    /// A URL with a scheme.
    Url,
    /// A host, perhaps with a path, without a scheme (`cloudflare-okta.com`).
    BareHost,
    /// An address in place of a host name.
    IpAddress,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A chat account (`wa.me/…`, `t.me/…`).
    ChatHandle,
}

impl LinkKind {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::BareHost => "bare-host",
            Self::IpAddress => "ip-address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::ChatHandle => "chat-handle",
        }
    }
}

/// A way a link hides from filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Disguise {
    /// `hxxp`, `[.]`, `(dot)`.
    Defanged,
    /// Spaces around its dots or letters.
    Spaced,
    /// "dot com" in words.
    Spelled,
    /// Full-width or other Unicode forms of its characters or dots.
    Unicode,
    /// A name before `@` that looks like the host.
    Userinfo,
    /// An address written as one number, in octal or in hexadecimal.
    OddAddress,
    /// A host in Punycode.
    Punycode,
}

impl Disguise {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Defanged => "defanged",
            Self::Spaced => "spaced",
            Self::Spelled => "spelled",
            Self::Unicode => "unicode",
            Self::Userinfo => "userinfo",
            Self::OddAddress => "odd-address",
            Self::Punycode => "punycode",
        }
    }
}

/// What a host name imitates, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imitation {
    /// The brand's name; `None` for a sign-in kit's name without a brand
    /// (`newpasskey.example`).
    pub brand: Option<String>,
    /// By which trick.
    pub kind: LookalikeKind,
    /// How sure.
    pub level: LookalikeLevel,
    /// From 0 to 100, higher is surer; comparable within one release only.
    pub score: u8,
    /// The part of the name that imitates, as a byte range of the host.
    pub part: Span,
    /// Why, in a sentence for a person.
    pub reason: String,
}

/// The trick by which a name looks like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LookalikeKind {
    /// The brand as a whole word beside others (`acme-sso.example`).
    Combosquat,
    /// The brand joined to other words without a hyphen (`myacmesso.example`).
    Joined,
    /// The brand's label under another suffix (`acme.support`).
    TldSwap,
    /// The brand in a label above a foreign registrable domain (`acme.com.evil.example`).
    Subdomain,
    /// A mistyping: a letter more, less, other or swapped.
    Typo,
    /// Characters that look alike (`acrne`, `аcme`).
    Homoglyph,
    /// Hyphens inside the brand (`ac-me.example`).
    Hyphenation,
    /// A short form the organization named (`vz-sso.example`).
    Abbreviation,
    /// Spelled otherwise, said the same.
    SoundAlike,
    /// Sign-in vocabulary alone (`registerpasskey.example`).
    IdentityKit,
}

impl LookalikeKind {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Combosquat => "combosquat",
            Self::Joined => "joined",
            Self::TldSwap => "tld-swap",
            Self::Subdomain => "subdomain",
            Self::Typo => "typo",
            Self::Homoglyph => "homoglyph",
            Self::Hyphenation => "hyphenation",
            Self::Abbreviation => "abbreviation",
            Self::SoundAlike => "sound-alike",
            Self::IdentityKit => "identity-kit",
        }
    }
}

/// How sure a look-alike is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LookalikeLevel {
    /// Fit to look at.
    Watch,
    /// Fit to act on.
    High,
}

impl LookalikeLevel {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::High => "high",
        }
    }
}
