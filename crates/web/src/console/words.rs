//! All that the console says, in each language it speaks.
//!
//! The texts are data, `words/*.toml`; which there are stands below. A page names them as fields,
//! so one that is missing is found by the compiler, and one that a language lacks by a test.
//! `{}` stands for what is put in; a pair is for one and for several.

use std::fmt;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use unhook_app::Way;
use unhook_engine::{Ruling, Stage};
use unhook_model::{ScamKind, Verdict};

/// A text, or a pair of which the first is for one and the second for any other number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Counted([String; 2]),
}

impl Text {
    /// For so many, with the number put in.
    pub(crate) fn of(&self, count: impl Count) -> String {
        let count = count.count();
        let text = match self {
            Self::Plain(text) => text,
            Self::Counted([one, _]) if count == 1 => one,
            Self::Counted([_, several]) => several,
        };
        text.replacen("{}", &count.to_string(), 1)
    }

    /// With something put in.
    pub(crate) fn with(&self, part: impl fmt::Display) -> String {
        self.as_str().replacen("{}", &part.to_string(), 1)
    }

    /// With two things put in, in their order.
    pub(crate) fn with_both(&self, one: impl fmt::Display, other: impl fmt::Display) -> String {
        let Some((before, rest)) = self.as_str().split_once("{}") else {
            return self.as_str().to_owned();
        };
        format!("{before}{one}{}", rest.replacen("{}", &other.to_string(), 1))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Counted([text, _]) => text,
        }
    }
}

/// A number of things. Templates have references.
pub(crate) trait Count {
    fn count(self) -> u64;
}

macro_rules! counts {
    ($($number:ty),*) => { $(
        impl Count for $number {
            fn count(self) -> u64 {
                u64::try_from(self).unwrap_or(u64::MAX)
            }
        }

        impl Count for &$number {
            fn count(self) -> u64 {
                (*self).count()
            }
        }
    )* };
}

counts!(u32, u64, usize);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is said of something by its name in outputs.
trait Named {
    fn named(&self, name: &str) -> Option<&Text>;
}

macro_rules! words {
    ($($section:ident { $($key:ident)* })*) => {
        /// All that the console says in one language.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Words {
            /// Its two letters.
            pub(crate) language: String,
            /// What it calls itself.
            pub(crate) name: String,
            $(pub(crate) $section: $section::Section,)*
        }
        $(pub(crate) mod $section {
            #[derive(Debug, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(crate) struct Section { $(pub(crate) $key: super::Text,)* }

            impl super::Named for Section {
                fn named(&self, name: &str) -> Option<&super::Text> {
                    match name.replace('-', "_").as_str() {
                        $(stringify!($key) => Some(&self.$key),)*
                        _ => None,
                    }
                }
            }
        })*
    };
}

words! {
    nav {
        skip label now campaigns check search people protection settings first_steps account waiting
        commands palette keys keys_toggle keys_on keys_off theme close sign_out key_commands
        key_go key_search key_move key_open key_theme key_keys
    }
    verdict {
        malicious suspicious benign
    }
    stage {
        emerging active contained closed
    }
    ago {
        now minutes hours days
    }
    protection {
        lead waiting nothing_waits blocked nothing_blocked held held_how imitates release lifted would_have
        would_have_how block evict suspend asked declined lapsed superseded holds over agreed
        was_undone was_over was_protected campaign rule would_run missing approve
        decline why_not undo by_rule by_person until block_name block_how name why
        block_do reach resolver looked_up not_resolved without_policy fails_open upstream_dead too_many untold zone serial
        nobody_follows current behind lag_unknown nobody_asks seen_to is_back identity not_reached lists no_lists actions
        no_actions gateway in_its_list behind_since no_room not_taken not_ours
        hits hit_by no_hits hits_title hits_since would_reported would_looked_up would_staff
        covered not_covered addresses covered_how devices followers profile profile_how profile_device profile_ios profile_android
    }
    mails {
        title lead back rule_first no_way no_staff registrar host carrier staff to subject body
        evidence approve ask once approved nothing waiting sent refused unknown unknown_how
        was_sent was_not
    }
    trouble {
        not_found forbidden invalid unavailable broken back
    }
    entry {
        sign_in sign_in_how with_passkey with_provider lost no_passkeys_here welcome join_as
        join_how label make_passkey step_up step_up_how show_passkey arrived arrived_how go_on
        gone gone_how wait wait_how refused refused_how provider_away provider_away_how
        unsupported cancelled failed took_too_long not_believed needs_script
    }
    account {
        role passkeys passkeys_how last_used never_used since rename name remove add
        confirm_first come_in_again none_yet sessions sessions_how this_one unknown_browser end end_others by_passkey
        by_oidc by_link until bound done removed last
    }
    team {
        title how invite name_of role_of send_link invited invited_how copy_link disable enable tokens
        end_sessions change again disabled no_way_in you bound passkeys sessions accounts
        viewer viewer_may analyst analyst_may approver approver_may admin admin_may auditor
        auditor_may
    }
    now {
        stale again lead is_new figures texts_today answered_in open_campaigns all_campaigns waits
        waits_hint urgent no_campaigns feed no_texts nothing_waits times look reviewed
        health service in_order last_text hours_title trend_title stranger_campaign
        stranger_statements harmless_burst outcome_unknown action_asked warning_typed warning_mistake
        something_else
    }
    campaign {
        ask_malicious ask_benign show_all unseen texts reporters sentence sentence_one and_more all list_lead stages older
        since last acknowledge rule_malicious rule_benign ruled_malicious ruled_benign
        export timeline timeline_title as_table when texts_column lure graph graph_title
        senders wordings domains all_texts pick picked split exposure
        rung_received rung_visited rung_submitted rung_session rung_data people
        short_received short_visited short_submitted short_session short_data seen_here
        nothing_seen not_observable_count climbs climbs_title unknown_clients notifications
        reveal reason revealed revealed_lead notice notice_text notice_to to_reporters
        to_everyone notice_send notice_ask why_joined no_ties ties tie_near_text tie_domain
        tie_sender tie_page tie_person tie_split one other cut mend merge_with merge history
    }
    report {
        title erased from campaign says about reporter stranger answer told links
        attachments judged_by
    }
    anatomy {
        why sum copy copied inert
    }
    check {
        unread is_cut line lead text sender judge no_text likely picture picture_hint read_picture export
        export_hint read_export nothing_kept
    }
    search {
        lead what hint found first searched saved none_saved name save remove
    }
    people {
        lead enrolled enrolled_hint import import_hint file import_do imported enrol
        enrol_hint contact enrol_do no_number nobody code code_until privacy privacy_text
        roll roll_lead roll_open everybody without_phone no_phone phones joined since stopped nobody_listed next_page
    }
    settings {
        confirm_why organization connectors automation team tokens audit organization_lead changed who
        genuine name brand brand_hint domains domains_hint countries countries_hint save
        identity_providers vendor_tenants senders more owned_domains aliases abbreviations
        sign_in_words partners allow connectors_lead ways_in ways_in_hint ways_out
        no_ways_out texts_out set_up not_set_up from_severity try_it works works_not tests tests_hint automation_lead
        rule_answer rule_answer_text rule_call rule_call_text rule_correct rule_correct_text
        rule_strangers rule_strangers_text rule_keep rule_keep_text rule_never
        rule_never_text tokens_lead token_made copy no_tokens revoke revoke_ask make_token
        token_name token_scopes token_days make tokens_by tokens_by_hint revoke_all all_tokens made_by maker_unknown audit_lead by did to_what at_the_machine
    }
    connector {
        unused delivered waiting failed unknown
    }
    way {
        text api form mail chat
    }
    kind {
        other delivery account bank government toll refund workplace family wrong_number job
        investment prize loan install subscription code_theft charity gambling extortion
        payment promotion
    }
    notifications {
        title lead campaign table customers customers_title open_count nobody withdrawn owned_by
        no_owner erased touched_by more left_out picked informed informed_at not_needed open note
        note_hint when when_hint keep owner owner_hint assign deadlines aware_since aware_seen
        not_aware say_aware aware_when aware_why until over minutes_left hours_left days_left settle
        no_advice names names_shown show_names export to_authority to_customers to_people to_public
    }
    event {
        became_aware notification_open notification_informed notification_not_needed
        customers_assigned customers_revealed notifications_exported
        first_report campaign_opened campaign_active campaign_escalated campaign_closed
        credentials_submitted campaign_acknowledged ruled_malicious ruled_benign
        campaigns_merged campaign_split tie_cut tie_mended notice_sent mail_approved evidence_exported
        person_revealed people_imported enrolment_made organization_changed token_made
        token_revoked connector_tried attention_reviewed test_report_sent account_made
        account_disabled account_enabled account_recovered role_changed invitation_made
        entry_made passkey_added passkey_removed oidc_bound signed_in step_up session_ended
        sessions_ended sign_in_refused
    }
    first {
        yourself yourself_hint lead organization organization_text change people people_text people_done way_in
        way_in_text form number how how_form how_texts how_api report report_text test done
    }
}

impl Words {
    pub(crate) fn verdict_word(&self, verdict: Verdict) -> &Text {
        match verdict {
            Verdict::Malicious => &self.verdict.malicious,
            Verdict::Suspicious => &self.verdict.suspicious,
            Verdict::Benign => &self.verdict.benign,
        }
    }

    pub(crate) fn stage_word(&self, stage: Stage) -> &Text {
        match stage {
            Stage::Emerging => &self.stage.emerging,
            Stage::Active => &self.stage.active,
            Stage::Contained => &self.stage.contained,
            Stage::Closed => &self.stage.closed,
        }
    }

    pub(crate) fn ruling_word(&self, ruling: Ruling) -> &Text {
        match ruling {
            Ruling::Malicious => &self.campaign.ruled_malicious,
            Ruling::Benign => &self.campaign.ruled_benign,
        }
    }

    pub(crate) fn way_word(&self, way: Way) -> &Text {
        self.way.named(way.name()).unwrap_or(&self.way.api)
    }

    pub(crate) fn kind_word(&self, kind: ScamKind) -> &Text {
        self.kind.named(kind.name()).unwrap_or(&self.kind.other)
    }

    /// What happened, by its short name; one that has no words is shown as it is.
    pub(crate) fn event_word(&self, name: &str) -> String {
        self.event.named(name).map_or_else(|| name.to_owned(), ToString::to_string)
    }
}

static ALL: LazyLock<[Words; 3]> = LazyLock::new(|| {
    [
        include_str!("../../words/en.toml"),
        include_str!("../../words/de.toml"),
        include_str!("../../words/es.toml"),
    ]
    .map(|text| toml::from_str(text).expect("a test reads every language"))
});

/// The cookie in which somebody chose a language.
const CHOSEN: &str = "language";

/// The words in the language that was chosen, or else that the browser asks for.
pub(crate) fn choose(headers: &HeaderMap) -> &'static Words {
    let chosen = cookie(headers, CHOSEN);
    let spoken = |language: &str| ALL.iter().find(|words| words.language == language);
    chosen
        .and_then(spoken)
        .unwrap_or_else(|| crate::page::preferred(headers, &*ALL, |words| words.language.as_str()))
}

/// Every language.
pub(crate) fn all() -> &'static [Words] {
    &*ALL
}

/// What a cookie of ours says that is no secret.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything_and_puts_in_the_same() {
        let english: toml::Table = toml::from_str(include_str!("../../words/en.toml")).unwrap();
        for text in [include_str!("../../words/de.toml"), include_str!("../../words/es.toml")] {
            let other: toml::Table = toml::from_str(text).unwrap();
            for (section, keys) in english.iter().filter(|(_, keys)| keys.is_table()) {
                for (key, text) in keys.as_table().unwrap() {
                    let theirs = &other[section][key];
                    let count = |value: &toml::Value| value.to_string().matches("{}").count();
                    assert_eq!(count(text), count(theirs), "{section}.{key}");
                    assert_eq!(text.is_array(), theirs.is_array(), "{section}.{key}");
                }
            }
        }
        assert_eq!(all().len(), 3);
    }

    #[test]
    fn a_choice_goes_before_the_browser() {
        let headers = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, "de-AT, es;q=0.5".parse().unwrap());
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers
        };
        assert_eq!(choose(&headers("a=b")).language, "de");
        assert_eq!(choose(&headers("a=b; language=es")).language, "es");
        assert_eq!(choose(&headers("language=xx")).language, "de");
        assert_eq!(choose(&HeaderMap::new()).language, "en");
    }

    #[test]
    fn whatever_has_a_name_has_words() {
        for words in all() {
            for (kind, name) in ScamKind::ALL {
                let other = kind != ScamKind::Other && words.kind.named(name).is_none();
                assert!(!other, "{name}");
            }
            assert!(Way::ALL.iter().all(|(_, name)| words.way.named(name).is_some()));
        }
        assert_eq!(all()[0].event_word("campaign-opened"), "Those on call were told");
        assert_eq!(all()[0].event_word("of-tomorrow"), "of-tomorrow");
    }

    #[test]
    fn numbers_choose_their_form() {
        let pair = Text::Counted(["{} text".to_owned(), "{} texts".to_owned()]);
        assert_eq!((pair.of(1_u64), pair.of(0_usize)), ("1 text".to_owned(), "0 texts".to_owned()));
        let both = Text::Plain("{} of {}".to_owned());
        assert_eq!(both.with_both("{}", 2), "{} of 2");
    }
}
