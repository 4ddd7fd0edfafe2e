//! What an organization sets.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use unhook_engine::Popular;
use unhook_engine::notification::{self, Regime};
use unhook_engine::response::Playbook;
use unhook_model::PhoneNumber;

use crate::people::{Contact, Language};

/// What an organization sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it is called in answers.
    pub organization: String,
    /// What people read of whom nothing is known.
    pub language: Language,
    /// Numbers that nobody uses: a text that reaches one is evidence.
    pub traps: Vec<PhoneNumber>,
    /// Whether whoever hands mails in has made sure that their senders are who they say (DMARC);
    /// otherwise a mail is a stranger's, since anybody can write any name into it.
    pub mail_senders_checked: bool,
    /// How many texts a stranger may pass on in an hour.
    pub stranger_hourly: u32,
    /// How many texts all strangers together may pass on in a minute.
    pub strangers_minutely: u32,
    /// How many days pictures and mails are kept.
    pub attachment_days: u32,
    /// After how long a campaign that nobody acknowledged is called out again.
    pub escalate_after: Duration,
    /// What texts may cost.
    pub texts: TextSettings,
    /// Names that very many use, which are never blocked.
    pub popular: Arc<Popular>,
    /// Whether names that look like the organization do not resolve for a day after they were first
    /// looked up.
    pub hold: bool,
    /// What is done about campaigns, and by whom.
    pub playbook: Arc<Playbook>,
    /// Whom no playbook ever touches, as the directory knows them.
    pub break_glass: Vec<Contact>,
    /// Who must be told by when once customers' data was touched.
    pub regimes: Arc<[Regime]>,
    /// Identity providers whose sign-ins are not read here, by what the settings call them.
    pub unread_sign_ins: BTreeSet<String>,
    /// Where a notice to staff goes by mail: a distribution list.
    pub staff_address: Option<String>,
}

/// What texts that go out may cost.
#[derive(Clone, Debug)]
pub struct TextSettings {
    /// The most in 24 hours, answers on the way back not counted: those the provider's
    /// answer carries.
    pub daily: u64,
    /// The most answers in 24 hours to texts that come in; reports are taken all the same.
    pub daily_replies: u64,
    /// Beginnings of numbers, with `+`, that may be texted although nobody enrolled has them;
    /// without any, those of the organization's countries.
    pub allowed_prefixes: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            organization: String::new(),
            language: Language::ENGLISH,
            traps: Vec::new(),
            mail_senders_checked: false,
            stranger_hourly: 10,
            strangers_minutely: 120,
            attachment_days: 90,
            escalate_after: Duration::from_secs(15 * 60),
            texts: TextSettings { daily: 500, daily_replies: 10_000, allowed_prefixes: Vec::new() },
            popular: Arc::default(),
            hold: false,
            playbook: Arc::new(Playbook::careful()),
            break_glass: Vec::new(),
            regimes: notification::usual().into(),
            unread_sign_ins: BTreeSet::new(),
            staff_address: None,
        }
    }
}
