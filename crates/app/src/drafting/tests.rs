//! Drafts, and all the ways in which something of somebody's, or a live lure, might get into one.

use std::collections::BTreeMap;

use base64::Engine as _;
use proptest::prelude::*;
use unhook_model::{CampaignId, Hostname, PersonId, PhoneNumber, Timestamp};

use super::*;
use crate::people::Contact;

/// 2022-07-20T22:49:00Z.
const NOW: i64 = 1_658_357_340_000;

const LURE: &str =
    "ALERT!! Your Acme schedule has been updated, Tap acme-okta.example to view your changes";

fn host(name: &str) -> Hostname {
    Hostname::parse(name).unwrap()
}

fn report(owner: u8, body: &str) -> Collected {
    Collected {
        owner: PersonId::from_bytes([owner; 16]),
        at: Timestamp::from_unix_ms(NOW + i64::from(owner) * 1_000),
        sender: Some("+12015550123".to_owned()),
        body: body.to_owned(),
        signals: vec!["lookalike-domain".to_owned(), "recipient-name".to_owned()],
        names: vec![host("acme-okta.example")],
    }
}

/// Ana Lima and Bo Chen got one each.
fn private() -> Private {
    let mut private = Private::default();
    private.add_name("Ana Lima");
    private.add_name("Bo Chen");
    private.add_contact(&Contact::Phone(PhoneNumber::parse("+12015550177").unwrap()));
    private.add_contact(&Contact::Mail("bo.chen@acme.example".to_owned()));
    private.add_contact(&Contact::Account("alima".to_owned()));
    private
}

fn gathered(reports: Vec<Collected>) -> Gathered {
    let reason = "it sets Acme beside other words in a name that is not Acme's";
    Gathered {
        organization: "Acme".to_owned(),
        from: Some("security@acme.example".to_owned()),
        campaign: CampaignId::from_bytes([2; 16]),
        reports,
        private: private(),
        imitations: BTreeMap::from([(
            host("acme-okta.example"),
            ("Acme".to_owned(), reason.to_owned()),
        )]),
    }
}

fn case(reports: Vec<Collected>) -> Case {
    Case::new(gathered(reports)).expect("there are reports")
}

fn notice() -> (String, String) {
    ("A fake text is going round".to_owned(), "Do not tap, and tell us.\n".to_owned())
}

fn all(case: &Case) -> Vec<Draft> {
    drafts(case, notice())
}

/// Everything that leaves the house with a draft, with what is encoded in it.
fn whole(draft: &Draft) -> String {
    let mut whole = format!("{}\n{}\n", draft.subject, draft.body);
    if let Some(evidence) = &draft.evidence {
        whole.push_str(evidence);
        let report: serde_json::Value = serde_json::from_str(evidence).unwrap();
        if let Some(payload) = report["evidence"][0]["payload"].as_str() {
            let quote = base64::prelude::BASE64_STANDARD.decode(payload).unwrap();
            whole.push_str(&String::from_utf8(quote).unwrap());
        }
    }
    whole
}

/// No draft of these reports says this.
#[track_caller]
fn never(reports: Vec<Collected>, secrets: &[&str]) {
    for draft in all(&case(reports)) {
        let whole = whole(&draft).to_lowercase();
        for secret in secrets {
            assert!(!whole.contains(&secret.to_lowercase()), "{secret} in {whole}");
        }
    }
}

fn two(body: &str) -> Vec<Collected> {
    vec![report(1, body), report(2, body)]
}

#[test]
fn each_gets_what_concerns_them() {
    let drafts = all(&case(two(LURE)));
    let kinds: Vec<(&str, &str)> =
        drafts.iter().map(|draft| (draft.kind.name(), draft.about.as_str())).collect();
    let name = "acme-okta.example";
    let expected =
        [("registrar", name), ("host", name), ("carrier", "+12015550123"), ("staff", "")];
    assert_eq!(kinds, expected);
}

#[test]
fn a_mail_says_what_was_seen_and_when() {
    let drafts = all(&case(two(LURE)));
    let expected = "Hello,\n\n\
        the name acme-okta[.]example is registered with you, as far as we know. It is used to phish \
        people of Acme by text message. Please look into it and suspend it.\n\n\
        Where the texts lead (times in UTC)\n\
        - acme-okta[.]example: 2 texts, first 2022-07-20T22:49:01Z, last 2022-07-20T22:49:02Z; it sets \
        Acme beside other words in a name that is not Acme's\n\n\
        Who they come from\n\
        - +12015550123: 2 texts, first 2022-07-20T22:49:01Z, last 2022-07-20T22:49:02Z\n\n\
        How we know\n\
        - 2 people passed on 2 texts, first 2022-07-20T22:49:01Z, last 2022-07-20T22:49:02Z\n\
        - a person of our security team looked at them and ruled them an attack\n\
        - our detector saw, in so many of them: lookalike domain (2), recipient name (2)\n\n\
        What they say, without whatever is somebody's own\n  \
        ALERT!! Your Acme schedule has been updated, Tap acme-okta[.]example to view your changes\n\n\
        Dots are written as [.] so that nobody follows a link by mistake. The attached xarf.json says \
        the same for machines (XARF 4). Who got the texts and who reported them we keep to ourselves.\n\n\
        Our reference: 02020202-0202-0202-0202-020202020202\nAcme, security@acme.example\n";
    assert_eq!(drafts[0].body, expected);
    assert_eq!(drafts[0].subject, "Phishing of Acme at acme-okta[.]example");
}

#[test]
fn the_evidence_has_what_the_standard_asks_for() {
    let drafts = all(&case(two(LURE)));
    let read = |at: usize| -> serde_json::Value {
        serde_json::from_str(drafts[at].evidence.as_deref().unwrap()).unwrap()
    };
    let (name, sender) = (read(0), read(2));
    for report in [&name, &sender] {
        for key in [
            "xarf_version",
            "report_id",
            "timestamp",
            "category",
            "type",
            "source_identifier",
            "url",
        ] {
            assert!(report[key].is_string(), "{key}");
        }
        for key in ["org", "contact", "domain"] {
            assert!(report["reporter"][key].is_string() && report["sender"][key].is_string());
        }
        assert_eq!((&report["category"], &report["type"]), (&"content".into(), &"phishing".into()));
    }
    assert_eq!(name["source_identifier"], "acme-okta.example");
    assert_eq!(name["url"], "http://acme-okta.example/");
    assert_eq!(name["target_brand"], "Acme");
    assert_eq!(sender["source_identifier"], "+12015550123");
    assert_eq!(drafts[3].evidence, None);
}

#[test]
fn a_name_below_a_lent_suffix_has_no_registrar() {
    let reports = vec![Collected { names: vec![host("acme-login.pages.dev")], ..report(1, LURE) }];
    let drafts = all(&case(reports));
    assert!(drafts.iter().all(|draft| draft.kind != LetterKind::Registrar));
    assert!(drafts.iter().any(|draft| draft.about == "acme-login.pages.dev"));
}

#[test]
fn of_one_persons_texts_nothing_is_quoted() {
    never(vec![report(1, LURE), report(1, LURE)], &["schedule", "What they say"]);
}

#[test]
fn what_was_written_to_one_alone_is_left_out() {
    let reports = vec![
        report(
            1,
            "Hi Carla, your Acme schedule changed, order 4711, see acme-okta.example/t/carla",
        ),
        report(2, "Hi Dirk, your Acme schedule changed, order 4712, see acme-okta.example/t/dirk"),
    ];
    never(reports.clone(), &["carla", "dirk", "4711", "4712", "/t/"]);
    let quote = case(reports).quote.unwrap();
    assert_eq!(quote, "Hi […] your Acme schedule changed, order […] see acme-okta[.]example/[…]");
}

#[test]
fn names_of_those_who_got_one_are_left_out_wherever_they_stand() {
    never(
        two("Hi Ana, Lima and BO: the Acme schedule has changed for CHEN today"),
        &["ana,", "lima", "chen"],
    );
    never(two("Dear ana-lima, your alima account of Acme is locked for today"), &["lima"]);
}

#[test]
fn numbers_and_addresses_are_left_out_however_they_are_written() {
    let secrets = ["5550177", "555 0177", "bo.chen", "chen@", "550-177"];
    for body in [
        "Your Acme number +1 201 555 0177 is locked, call us about it today",
        "Your Acme number (201) 555-0177 is locked, call us about it today",
        "Your Acme mail bo.chen@acme.example is locked, write about it today",
        "Your Acme mail <bo.chen@acme.example> is locked, see about it today",
        "Your Acme code is locked: 201.555.0177/a tell us about it today",
    ] {
        never(two(body), &secrets);
    }
}

#[test]
fn what_only_the_detector_says_is_not_repeated() {
    let mut reports = two(LURE);
    reports[0].signals.push("organization-link".to_owned());
    let all = all(&case(reports));
    assert!(all[0].body.contains("organization link (1)"));
}

#[test]
fn a_sender_that_is_somebodys_is_none() {
    let of = |sender: &str| {
        let mut reports = two(LURE);
        reports[0].sender = Some(sender.to_owned());
        reports[1].sender = None;
        let drafts = all(&case(reports));
        drafts.iter().filter(|draft| draft.kind == LetterKind::Carrier).count()
    };
    for nobody in ["+1 201 555 0177", "Ana Lima", "Mum", "bo.chen@acme.example", "5550177", "alima"]
    {
        assert_eq!(of(nobody), 0, "{nobody}");
    }
    assert_eq!(of("+12015550123"), 1);
    assert_eq!(of("28777"), 1);
    let both: Vec<Collected> = two(LURE)
        .into_iter()
        .map(|report| Collected { sender: Some("ACME-IT".to_owned()), ..report })
        .collect();
    assert!(all(&case(both)).iter().any(|draft| draft.about == "ACME-IT"));
}

#[test]
fn no_link_is_live_but_in_the_evidence() {
    let bodies = [
        LURE,
        "Your Acme schedule changed, see https://acme-okta.example/a?b=c and http://bit.ly/xYz today",
        "Your Acme schedule changed, see acme-okta(dot)example and acme-okta . example today",
        "Your Acme schedule changed, see login.acme-okta.example:8443/x or //acme-okta.example today",
        "Your Acme schedule changed,see<http://acme-okta.example>today or wa.me/12015550123",
    ];
    for body in bodies {
        for draft in all(&case(two(body))) {
            let said = format!("{}{}", draft.subject, draft.body);
            for live in
                ["acme-okta.example", "bit.ly", "http://", "https://", "wa.me", "xYz", "b=c"]
            {
                assert!(!said.contains(live), "{live} in {said}");
            }
        }
    }
}

#[test]
fn the_staff_notice_has_nothing_of_the_lure() {
    let staff = all(&case(two(LURE))).pop().unwrap();
    assert_eq!((staff.subject, staff.body), notice());
    assert_eq!(staff.evidence, None);
}

/// What is said of a draft that a person changed so.
fn said(kind: LetterKind, to: &str, change: &str) -> Result<(), String> {
    let case = case(two(LURE));
    let draft = all(&case).into_iter().find(|draft| draft.kind == kind).unwrap();
    let body = format!("{}\n{change}", draft.body);
    case.check(&draft, to, &draft.subject, &body)
}

const ABUSE: &str = "abuse@registrar.example";

#[test]
fn a_draft_may_go_out_as_it_is_and_with_more_said() {
    for kind in [LetterKind::Registrar, LetterKind::Host, LetterKind::Carrier, LetterKind::Staff] {
        assert_eq!(said(kind, ABUSE, ""), Ok(()), "{kind:?}");
        let more = "It may be the actor of 2022-07-20 22:49, see acme-okta[.]example.";
        assert_eq!(said(kind, ABUSE, more), Ok(()), "{kind:?}");
    }
}

#[test]
fn what_a_person_adds_of_somebody_is_refused() {
    let refused = |change: &str| said(LetterKind::Host, ABUSE, change).expect_err(change);
    for (change, what) in [
        ("Ana Lima got it", "the name"),
        ("ana   lima got it", "the name"),
        ("Lima, Ana", "the name"),
        ("it was Bo", "the name"),
        ("sent to +1 (201) 555-0177", "the number"),
        ("sent to 2015550177", "the number"),
        ("ask Bo.Chen@acme.example", "the address"),
        ("account alima", "the address"),
    ] {
        assert!(refused(change).contains(what), "{change}: {}", refused(change));
        assert!(!refused(change).to_lowercase().contains("lima"), "nothing of it is repeated");
    }
}

#[test]
fn what_a_person_makes_live_is_refused() {
    for kind in [LetterKind::Registrar, LetterKind::Carrier, LetterKind::Staff] {
        let why = said(kind, ABUSE, "see http://ACME-okta.example/x").unwrap_err();
        assert!(why.contains("acme-okta[.]example"), "{why}");
    }
}

#[test]
fn a_notice_cannot_be_made_the_lure() {
    let refused = |change: &str| said(LetterKind::Staff, ABUSE, change).unwrap_err();
    assert!(refused("call +1 201 555 0123").contains("a number of the lure"));
    let words = "your ACME schedule has been - updated, really";
    assert!(refused(words).contains("words of the lure"));
    assert_eq!(said(LetterKind::Host, ABUSE, words), Ok(()), "others may read them");
}

#[test]
fn nobody_who_sent_or_got_it_is_written_to() {
    let why = said(LetterKind::Host, "abuse@mail.acme-okta.example", "").unwrap_err();
    assert!(why.contains("whoever sent the lure"), "{why}");
    let why = said(LetterKind::Host, "bo.chen@acme.example", "").unwrap_err();
    assert!(why.contains("somebody who got"), "{why}");
}

#[test]
fn what_cannot_be_seen_or_begins_another_header_is_refused() {
    let case = case(two(LURE));
    let draft = &all(&case)[0];
    let long = "x".repeat(LONGEST_BODY + 1);
    for (subject, body) in [
        ("", "b"),
        (" ", "b"),
        ("s\r\nBcc: x@y.example", "b"),
        ("s\n", "b"),
        ("s\u{202e}", "b"),
        ("s", ""),
        ("s", "a\u{0}b"),
        ("s", "a\u{200b}b"),
        ("s", long.as_str()),
        (&"s".repeat(LONGEST_SUBJECT + 1), "b"),
    ] {
        assert!(case.check(draft, ABUSE, subject, body).is_err(), "{subject:?}");
    }
}

#[test]
fn a_flood_makes_no_flood_of_drafts() {
    let many = (0..100_u8).map(|n| Collected {
        names: vec![host(&format!("evil{n}.example"))],
        sender: Some(format!("+1201555{:04}", 1_000 + u32::from(n))),
        ..report(n, LURE)
    });
    let drafts = all(&case(many.collect()));
    assert_eq!(drafts.len(), 3 * MOST_DRAFTED + 1);
    assert!(drafts.iter().all(|draft| draft.body.len() <= LONGEST_BODY));
    assert!(drafts[0].body.contains("- and 80 more"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a text is, and wherever somebody's data stand in it, they do not come out again.
    #[test]
    fn nothing_of_anybody_comes_out(
        parts in prop::collection::vec("[ -~]{0,12}|[ à-ÿ\u{200b}\u{202e}\n.:/@-]{0,6}|Acme schedule ", 1..12),
        secret in prop::sample::select(vec![
            "Ana Lima", "LIMA", "chen", "+1 201 555 0177", "2015550177", "bo.chen@acme.example", "alima",
        ]),
        at in 0_usize..12,
        sender in "[ -~]{0,20}",
    ) {
        let mut parts = parts;
        parts.insert(at.min(parts.len()), format!(" {secret} "));
        let body = parts.concat();
        let mut reports = two(&body);
        reports[0].sender = Some(format!("{sender}{secret}"));
        for draft in all(&case(reports)) {
            let whole = whole(&draft);
            prop_assert_eq!(private().found_in(&whole, &notice().1), None, "{}", whole);
        }
    }

    #[test]
    fn whatever_a_text_is_it_gives_drafts_that_may_go_out(body in any::<String>(), sender in any::<String>()) {
        let mut reports = two(&body);
        reports[1].sender = Some(sender);
        let case = case(reports);
        for draft in all(&case).iter().filter(|draft| draft.kind != LetterKind::Staff) {
            prop_assert_eq!(case.check(draft, ABUSE, &draft.subject, &draft.body), Ok(()));
        }
    }
}
