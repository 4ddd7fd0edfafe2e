//! Campaigns made up with their truth: what the engine ties together is what was meant to be.
//!
//! Each of forty campaigns has three wordings, three domains and two senders, and what one
//! report shares with the next is left to chance: nothing at all, now and then. Among them
//! come harmless texts, the same one sometimes from several people.

use std::collections::BTreeMap;

use unhook_detect::text::Text;
use unhook_detect::text::hashing::mix;
use unhook_engine::{Engine, Indicator, Input, Received, TextSketch};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

const CAMPAIGNS: u64 = 40;
const REPORTS: u64 = 2000;

/// Of so many reports one is harmless.
const HARMLESS_EVERY: u64 = 5;

/// Openings, matters and ends, of which each wording takes its own.
const OPENINGS: [&str; 8] = [
    "Your parcel is waiting at the depot",
    "There is an unpaid toll on your vehicle",
    "We have limited the use of your card",
    "Your shift plan was changed by your manager",
    "A tax refund was approved in your name",
    "Your mobile line will be disconnected",
    "Somebody signed in from a new device",
    "Your benefits enrolment has not been finished",
];
const MATTERS: [&str; 5] = [
    "please confirm your address and pay the small fee",
    "settle the amount due or a penalty of fifty is added",
    "check your details again so that nothing is lost",
    "sign in with your work account and accept the new terms",
    "answer the three questions that you find on our page",
];
const ENDS: [&str; 3] =
    ["within twelve hours", "before the end of business today", "by Friday at noon at the latest"];

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = mix(self.0.wrapping_add(0x9e37_79b9_7f4a_7c15));
        self.0 % limit
    }
}

/// One report: which campaign it is of, and what comes in.
fn report(number: u64, chance: &mut Chance) -> (Option<u64>, Received, Verdict) {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    let at = Timestamp::from_unix_ms(number as i64 * 600_000);
    let reporter = Some(PersonId::from_bytes([chance.below(250) as u8; 16]));
    let received = |body: &str, indicators| Received {
        report: ReportId::from_bytes(bytes),
        at,
        reporter,
        sketch: TextSketch::of(&Text::read(body)),
        indicators,
    };
    if chance.below(HARMLESS_EVERY) == 0 {
        let body =
            format!("Table for {} is booked, ask for {}", chance.below(9), chance.below(400));
        return (None, received(&body, Vec::new()), Verdict::Benign);
    }
    let campaign = chance.below(CAMPAIGNS);
    let (wording, domain, sender) = (chance.below(3), chance.below(3), chance.below(2));
    let domain = format!("c{campaign}-{domain}.example");
    let body = format!(
        "{} number {}: {}, {} {} at https://{domain}/x",
        OPENINGS[(campaign % 8) as usize],
        chance.below(9000),
        MATTERS[(campaign / 8) as usize],
        ["kindly", "and do so", "if you can"][wording as usize],
        ENDS[wording as usize],
    );
    let mut indicators = Vec::new();
    if chance.below(4) > 0 {
        indicators.push(Indicator::Domain(Hostname::parse(&domain).expect("a host")));
    }
    if chance.below(2) > 0 {
        indicators.push(Indicator::Sender(format!("sender {}", campaign * 2 + sender)));
    }
    (Some(campaign), received(&body, indicators), Verdict::Suspicious)
}

/// The F1 of pairs put together, and how many reports of a campaign were in none.
fn measure(truth: &BTreeMap<ReportId, Option<u64>>, engine: &Engine) -> (f64, usize) {
    let pairs = |count: u64| count * count.saturating_sub(1) / 2;
    let mut cells: BTreeMap<(Option<u64>, CampaignId), u64> = BTreeMap::new();
    let (mut meant, mut found) = (BTreeMap::new(), BTreeMap::new());
    let mut alone = 0;
    for (report, campaign) in truth {
        let Some(tied) = engine.state().campaign_of(*report) else {
            alone += usize::from(campaign.is_some());
            continue;
        };
        *cells.entry((*campaign, tied.id())).or_default() += 1;
        *found.entry(tied.id()).or_insert(0) += 1;
        if campaign.is_some() {
            *meant.entry(*campaign).or_insert(0) += 1;
        }
    }
    let right: u64 = cells.iter().filter(|((c, _), _)| c.is_some()).map(|(_, n)| pairs(*n)).sum();
    let meant: u64 = meant.values().copied().map(pairs).sum();
    let found: u64 = found.values().copied().map(pairs).sum();
    (2.0 * right as f64 / (meant + found) as f64, alone)
}

#[test]
fn what_belongs_together_is_tied_together() {
    let (mut engine, mut chance) = (Engine::default(), Chance(7));
    let mut truth = BTreeMap::new();
    for number in 0..REPORTS {
        let (campaign, received, verdict) = report(number, &mut chance);
        truth.insert(received.report, campaign);
        let fresh = CampaignId::from_bytes(received.report.to_bytes());
        let events = engine.decide(&Input::Report { received, verdict, fresh });
        engine.apply(number, &events.expect("reports are not refused"));
    }
    let (f1, alone) = measure(&truth, &engine);
    assert_eq!(alone, 0, "every lure is of a campaign");
    assert!(f1 >= 0.95, "F1 of {f1:.3}");
}
