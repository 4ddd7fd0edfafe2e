//! Examples of what use cases answer, and a stand-in for tokens that cannot be recorded.

use unhook_app::access::fake::FakeAccess;
use unhook_app::record::{
    Answered, Content, Judged, Outgoing, OutgoingState, Recipient, Seen, Telling,
};
use unhook_app::service::{CampaignDetail, CampaignSummary, Report, TieView};
use unhook_app::views::{OutgoingRow, ReportRow};
use unhook_app::{
    Access, AccessError, AuditEntry, Grant, Language, OutgoingId, Scope, Sealed, Severity, Way,
};
use unhook_engine::{Ruling, Stage, TieNumber};
use unhook_model::{CampaignId, Channel, PersonId, ReportId, Timestamp, Verdict};

use crate::gate::{Bearer, Caller};

/// Tokens without a trail: nothing can be recorded.
#[derive(Default)]
pub(crate) struct Untrailed(FakeAccess);

impl Access for Untrailed {
    fn grant(&self, bearer: &str) -> Result<Option<Grant>, AccessError> {
        self.0.grant(bearer)
    }

    fn make(
        &self,
        name: &str,
        scopes: &[Scope],
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(String, Grant), AccessError> {
        self.0.make(name, scopes, at, expires_at)
    }

    fn grants(&self) -> Result<Vec<Grant>, AccessError> {
        self.0.grants()
    }

    fn revoke(&self, by: PersonId, at: Timestamp) -> Result<bool, AccessError> {
        self.0.revoke(by, at)
    }

    fn record(&self, _entry: &AuditEntry) -> Result<(), AccessError> {
        Err(AccessError("no room".into()))
    }

    fn makers(
        &self,
    ) -> Result<std::collections::BTreeMap<PersonId, Option<PersonId>>, AccessError> {
        self.0.makers()
    }

    fn trail_about(&self, subject: &str) -> Result<Vec<AuditEntry>, AccessError> {
        self.0.trail_about(subject)
    }

    fn trail(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEntry)>, AccessError> {
        self.0.trail(before, limit)
    }
}

/// The moment of the examples.
pub(crate) const AT: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

fn report_id(number: u8) -> ReportId {
    ReportId::from_bytes([number; 16])
}

fn campaign_id(number: u8) -> CampaignId {
    CampaignId::from_bytes([number; 16])
}

/// Somebody with a token.
pub(crate) fn caller() -> Caller {
    Caller { by: PersonId::from_bytes([0x0a; 16]), bearer: Bearer::from("1") }
}

/// A report of somebody enrolled.
pub(crate) fn report() -> Report {
    let seen = Seen {
        signal: "lookalike-domain".to_owned(),
        weight: 312,
        reason: "`acme-okta[.]example` imitates Acme".to_owned(),
        span: Some((4, 21)),
    };
    let row = ReportRow {
        report: report_id(1),
        at: AT,
        way: Way::Text,
        channel: Channel::Sms,
        owner: PersonId::from_bytes([3; 16]),
        reporter: Some(PersonId::from_bytes([3; 16])),
        language: Language::ENGLISH,
        judged: Judged {
            verdict: Verdict::Malicious,
            score: 431,
            kind: Some("workplace".to_owned()),
            signals: vec!["lookalike-domain".to_owned()],
            by: "digest".to_owned(),
        },
        answered: Answered { verdict: Verdict::Malicious, is_ruled: false, at: AT },
        content: Sealed(Vec::new()),
    };
    let content = Content {
        body: "tap acme-okta.example".to_owned(),
        sender: Some("+12015550123".to_owned()),
        recipient: Some("+12015550199".to_owned()),
        received_at: Some(AT.unix_ms()),
        evidence: vec![seen],
        attachments: Vec::new(),
        links: vec!["acme-okta[.]example".to_owned()],
    };
    Report { row, campaign: Some(campaign_id(2)), content: Some(content) }
}

/// A campaign of two reports.
pub(crate) fn campaign() -> CampaignDetail {
    let tie = TieView {
        number: TieNumber(0),
        one: report_id(1),
        other: report_id(4),
        because: "near-text 0.93".to_owned(),
        stands: true,
    };
    let summary = CampaignSummary {
        id: campaign_id(2),
        stage: Stage::Active,
        message_count: 2,
        reporter_count: 2,
        first_at: AT,
        last_at: Timestamp::from_unix_ms(AT.unix_ms() + 60_000),
        verdict: Verdict::Malicious,
        ruling: Some(Ruling::Malicious),
        acknowledged_at: None,
    };
    CampaignDetail {
        summary,
        names: vec![campaign_id(2)],
        reports: vec![report_id(1), report_id(4)],
        domains: vec!["acme-okta.example".to_owned()],
        senders: vec!["+12015550123".to_owned()],
        ties: vec![tie],
    }
}

/// One delivery of each kind.
pub(crate) fn deliveries() -> Vec<OutgoingRow> {
    let person = Recipient::Person(PersonId::from_bytes([3; 16]));
    let on_call = Recipient::Notifier("pager".to_owned());
    let alert = Telling::Alert {
        kind: "campaign-opened".to_owned(),
        severity: Severity::Critical,
        campaign: Some(campaign_id(2)),
        report: None,
    };
    let correction = Telling::Correction { report: report_id(1), verdict: Verdict::Benign };
    let notice = Telling::Notice {
        campaign: campaign_id(2),
        text: "A fake text is going round.".to_owned(),
    };
    let told = [(person.clone(), correction), (on_call, alert), (person, notice)];
    let row = |(number, (to, what))| OutgoingRow {
        outgoing: Outgoing {
            id: OutgoingId::from_bytes([number; 16]),
            to,
            what,
            at: AT,
            due_at: AT,
        },
        state: OutgoingState::Delivered,
        is_attempting: false,
        attempts: 1,
        last_at: Some(AT),
        note: "200".to_owned(),
    };
    (0x10..).zip(told).map(row).collect()
}
