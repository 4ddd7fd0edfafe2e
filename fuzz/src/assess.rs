//! Drives the whole detector with an arbitrary sender and body.
//!
//! Holds: the weights add up to the score, and the score makes the verdict and the
//! probability; every span marks whole characters of the body; a verdict above benign has a
//! kind; a long text has its note; the same input gives the same assessment; worse facts
//! never lower the score; a reason never repeats a live link, and advice never says that a
//! message is safe.

use std::sync::LazyLock;

use unhook_detect::text::LONGEST_READ;
use unhook_detect::{Knowledge, assess, explain, score};
use unhook_model::{
    Assessment, Brand, Fact, Facts, HostFacts, LogOdds, Message, Note, Organization,
    PageResemblance, Reputation, Sender, Timestamp, Verdict,
};

use crate::marked;

/// The built-in catalogue and an organization made up for this.
static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    Knowledge::for_organization(&Organization {
        name: "Acme Rockets".into(),
        brands: vec![Brand {
            name: "Acme Rockets".into(),
            aliases: vec!["Acme".into(), "小火箭".into()],
            domains: vec!["acmerockets.example".into()],
            senders: vec!["ACME-IT".into()],
            ..Brand::default()
        }],
        identity_providers: vec!["signin.example".into()],
        ..Organization::default()
    })
});

/// Builds what is known, before the first input.
pub fn prepare() {
    LazyLock::force(&KNOWLEDGE);
}

/// The input is a line with the sender, then the body.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (sender, body) = text.split_once('\n').unwrap_or(("", &text));
    let message = Message { sender: Sender::parse(sender), ..Message::from_body(body) };
    let assessment = assess(&message, &Facts::default(), &KNOWLEDGE);
    check_sum(&assessment);
    check_spans(&assessment, body);
    check_words(&assessment);
    let truncated = assessment.notes.iter().any(|note| matches!(note, Note::Truncated { .. }));
    assert!(truncated || body.len() <= LONGEST_READ);
    assert_eq!(assess(&message, &Facts::default(), &KNOWLEDGE), assessment);
    let worse = assess(&message, &worst_facts(&assessment), &KNOWLEDGE);
    assert!(worse.score >= assessment.score, "{worse:?} is less than {assessment:?}");
}

/// Everything bad that can be known of the sender and of each host.
fn worst_facts(assessment: &Assessment) -> Facts {
    const AT: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);
    fn known<T>(value: T) -> Fact<T> {
        Fact::Present { value, at: AT }
    }
    let hosts = assessment.links.iter().filter_map(|link| link.host.clone());
    let worst = HostFacts {
        registered_at: known(AT),
        first_certificate_at: known(AT),
        reputation: known(Reputation::Malicious),
        page: known(PageResemblance::AsksPasswordAsUs),
    };
    Facts {
        hosts: hosts.map(|host| (host, worst.clone())).collect(),
        sender_first_seen: known(AT),
        sender_reputation: known(Reputation::Malicious),
        recipient_names: Fact::Unavailable,
    }
}

fn check_sum(assessment: &Assessment) {
    let sum: LogOdds = assessment.evidence.iter().map(|evidence| evidence.weight).sum();
    assert_eq!(sum, assessment.score);
    assert_eq!(score::verdict(sum), assessment.verdict);
    assert_eq!(KNOWLEDGE.model().probability(sum), assessment.probability);
    assert!((0.0..=1.0).contains(&assessment.probability.value()));
    assert!(assessment.verdict == Verdict::Benign || assessment.kind.is_some());
    let sizes: Vec<i32> =
        assessment.evidence.iter().map(|evidence| evidence.weight.hundredths().abs()).collect();
    assert!(sizes.is_sorted_by(|one, other| one >= other), "not heaviest first: {sizes:?}");
}

fn check_spans(assessment: &Assessment, body: &str) {
    for evidence in &assessment.evidence {
        if let Some(span) = evidence.span {
            marked(body, span);
        }
    }
    for link in &assessment.links {
        marked(body, link.span);
        if let (Some(imitation), Some(host)) = (&link.imitates, &link.host) {
            assert!(!marked(host.as_str(), imitation.part).is_empty(), "{link:?}");
        }
    }
}

fn check_words(assessment: &Assessment) {
    for evidence in &assessment.evidence {
        let reason = &evidence.reason;
        assert!(!reason.is_empty() && !reason.contains("://"), "{evidence:?}");
    }
    assert!(!explain::advice(assessment).contains("safe"));
}
