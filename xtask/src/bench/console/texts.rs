//! What the console is filled with: campaigns of very different sizes, each with its wording, its
//! domain and its senders, and harmless texts of which no two are alike. All follows from a
//! number, so that it is the same in every run; numbers and names in it are reserved.

use anyhow::{Result, ensure};

use crate::load;

/// How many people are enrolled, who pass texts on in turn: a directory of some size.
pub(super) const PEOPLE: u64 = 2_000;

/// How many numbers each campaign is sent from.
const SENDERS: u64 = 5;

/// Texts of a small campaign; most are.
const FEW: u64 = 10;

/// Of so many campaigns one has hundreds of texts.
const BIG_EVERY: u64 = 20;

/// So many of all texts are of these, and so many of the largest, in hundredths.
const IN_BIG: u64 = 30;
const IN_LARGEST: u64 = 5;

/// Fewer texts for each campaign leave no room for the largest.
const FEWEST_EACH: u64 = 20;

/// As many as there are wordings.
pub(super) const MOST_CAMPAIGNS: u64 =
    OPENINGS.len() as u64 * MATTERS.len() as u64 * ENDS.len() as u64;

/// The most texts that it can be filled with: what a search looks through is a fifth of it.
pub(super) const MOST_REPORTS: u64 = 1_000_000;

/// Greater than that and prime, so that its multiples come to every place once.
const STRIDE: u64 = 1_000_003;

/// What begins a lure, and the first part of where it leads.
const OPENINGS: [(&str, &str); 16] = [
    ("USPS: your parcel {n} is held at the depot", "usps-track"),
    ("E-ZPass: an unpaid toll {n} is on your vehicle", "ezpass-toll"),
    ("Your bank card ending {n} was limited", "bank-verify"),
    ("ACME-ALERT: your schedule {n} was changed", "acme-okta"),
    ("Tax office: a refund of {n} was approved for you", "tax-refund"),
    ("Your mobile line {n} will be disconnected", "mobile-renew"),
    ("Acme IT: your password of account {n} expires", "acme-sso"),
    ("DHL: delivery {n} failed, nobody was at home", "dhl-redeliver"),
    ("Netflix: payment {n} for your plan was declined", "netflix-billing"),
    ("Acme HR: your payroll transfer {n} was returned", "acme-payroll"),
    ("PayPal: sign-in {n} from a new device in Lima", "paypal-secure"),
    ("Court notice {n}: you have missed jury duty", "court-notice"),
    ("Your cloud storage {n} is full, photos will go", "icloud-space"),
    ("Amazon: order {n} of 899.00 was charged to you", "amazon-order"),
    ("Health insurance: your card {n} has lapsed", "health-card"),
    ("Acme VPN: your device {n} is no longer enrolled", "acme-vpn"),
];

const MATTERS: [&str; 16] = [
    "confirm your address and pay the fee of 1.99",
    "settle the balance or a penalty of fifty follows",
    "verify your details so that nothing gets lost",
    "sign in with your work account to keep access",
    "answer three questions and enter your date of birth",
    "enter the code that we have just sent to you",
    "update the card that you have given us before",
    "claim your money by naming an account for it",
    "tell us that it was not you and secure the account",
    "choose another day and leave your phone number",
    "download the form and send it back with a picture",
    "renew your membership with the link you find here",
    "cancel the charge by giving us the number on the back",
    "accept the new terms with your usual password",
    "prove who you are with your driving licence",
    "restore the service by going through our check",
];

const ENDS: [&str; 16] = [
    "within twelve hours or legal action is taken",
    "before the end of business today, no exceptions",
    "by Friday at noon at the very latest",
    "now, since this message is the last warning",
    "immediately to avoid a suspension of services",
    "today, the office cannot help you afterwards",
    "until midnight, then your case will be closed",
    "at once because we saw unusual activity",
    "in the next thirty minutes while it is held",
    "this week or it goes back to the sender",
    "before your account is removed for good",
    "without delay, your employer has been told",
    "as long as the offer stands, only tonight",
    "so that your credit score is not affected",
    "or collection costs are added every day",
    "urgently, a colleague waits for your answer",
];

/// Of what harmless texts are made.
const WORDS: [&str; 64] = [
    "lunch",
    "garden",
    "train",
    "evening",
    "blue",
    "folder",
    "coffee",
    "ticket",
    "river",
    "music",
    "window",
    "Sunday",
    "recipe",
    "mountain",
    "kitchen",
    "bicycle",
    "teacher",
    "winter",
    "library",
    "orange",
    "meeting",
    "football",
    "grandma",
    "holiday",
    "umbrella",
    "picture",
    "station",
    "breakfast",
    "neighbour",
    "morning",
    "chocolate",
    "battery",
    "painting",
    "concert",
    "airport",
    "sandwich",
    "doctor",
    "birthday",
    "cousin",
    "harbour",
    "jacket",
    "village",
    "market",
    "summer",
    "candle",
    "piano",
    "forest",
    "soup",
    "theatre",
    "carpet",
    "bridge",
    "lemon",
    "puppy",
    "museum",
    "ladder",
    "pepper",
    "island",
    "blanket",
    "sister",
    "tomato",
    "bakery",
    "pocket",
    "camera",
    "yellow",
];

/// How many words each has.
const LENGTH: u32 = 12;

/// Texts by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts {
    reports: u64,
    campaigns: u64,
}

impl Texts {
    /// So many texts, of which most are in so many campaigns.
    pub(super) fn new(reports: u64, campaigns: u64) -> Result<Self> {
        ensure!((1..=MOST_REPORTS).contains(&reports), "`--reports` is 1 to {MOST_REPORTS}");
        ensure!(
            (1..=MOST_CAMPAIGNS).contains(&campaigns),
            "`--campaigns` is 1 to {MOST_CAMPAIGNS}"
        );
        ensure!(
            reports >= campaigns * FEWEST_EACH,
            "{campaigns} campaigns need {} reports or more",
            campaigns * FEWEST_EACH
        );
        Ok(Self { reports, campaigns })
    }

    pub(super) fn reports(self) -> u64 {
        self.reports
    }

    /// How many texts the largest campaign has.
    fn largest(self) -> u64 {
        self.reports * IN_LARGEST / 100
    }

    fn big(self) -> u64 {
        (self.campaigns / BIG_EVERY).max(1).min(self.campaigns - 1)
    }

    /// The campaign of a text, the largest being the first; `None` for a harmless one. Beyond
    /// what it is filled with, they come in turn again.
    pub(super) fn campaign(self, number: u64) -> Option<u64> {
        let place = (number % self.reports) * STRIDE % self.reports;
        let Some(place) = place.checked_sub(self.largest()) else { return Some(0) };
        let (big, in_big) = (self.big(), self.reports * IN_BIG / 100);
        if big > 0 && place < in_big {
            return Some(1 + place % big);
        }
        let small = 1 + big + place.saturating_sub(if big > 0 { in_big } else { 0 }) / FEW;
        (small < self.campaigns).then_some(small)
    }

    /// The report of this number, as JSON; nothing in it has to be escaped.
    pub(super) fn report(self, number: u64) -> String {
        let (text, sender) = match self.campaign(number) {
            Some(campaign) => {
                (lure(campaign, number), PEOPLE + campaign * SENDERS + number % SENDERS)
            }
            None => (harmless(number), PEOPLE + self.campaigns * SENDERS + number % PEOPLE),
        };
        let (sender, reporter) = (load::phone(sender), load::phone(mixed(number) % PEOPLE));
        format!(r#"{{"text":"{text}","sender":"{sender}","reporter":{{"phone":"{reporter}"}}}}"#)
    }
}

fn lure(campaign: u64, number: u64) -> String {
    let (first, rest) = (campaign % 16, campaign / 16);
    let (opening, host) = OPENINGS[first as usize];
    let (matter, end) = (MATTERS[(rest % 16) as usize], ENDS[(rest / 16) as usize]);
    let opening = opening.replace("{n}", &(1_000 + mixed(number) % 9_000).to_string());
    format!("{opening}, {matter} {end}: https://{host}-{campaign}.example/{number}")
}

fn harmless(number: u64) -> String {
    let word = |place| WORDS[(mixed(number ^ (u64::from(place) << 40)) % 64) as usize];
    (0..LENGTH).map(word).collect::<Vec<_>>().join(" ")
}

/// Bits that look like chance: the end of SplitMix64 (Steele, Lea and Flood, 2014).
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn sizes(reports: u64, campaigns: u64) -> BTreeMap<Option<u64>, u64> {
        let texts = Texts::new(reports, campaigns).unwrap();
        let mut sizes = BTreeMap::new();
        (0..reports).for_each(|number| *sizes.entry(texts.campaign(number)).or_default() += 1);
        sizes
    }

    #[test]
    fn one_campaign_is_large_some_have_hundreds_and_many_have_ten() {
        let sizes = sizes(100_000, 2_000);
        assert_eq!((sizes[&Some(0)], sizes[&Some(1)], sizes[&Some(1_999)]), (5_000, 300, 10));
        assert_eq!(sizes.len(), 2_001);
        assert!(sizes[&None] > 40_000);
    }

    #[test]
    fn few_reports_make_all_campaigns_too() {
        for (reports, campaigns) in [(20, 1), (40, 2), (300, 15)] {
            let sizes = sizes(reports, campaigns);
            let made = sizes.keys().flatten().count() as u64;
            assert_eq!(made, campaigns, "{reports}: {sizes:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (reports, campaigns) in [(0, 1), (100, 0), (100, 6), (1_000_000, 4_097), (1_000_001, 1)]
        {
            assert!(Texts::new(reports, campaigns).is_err(), "{reports}, {campaigns}");
        }
    }

    #[test]
    fn a_number_is_the_same_report_and_valid_json() {
        let texts = Texts::new(1_000, 20).unwrap();
        for number in 0..2_000 {
            let report = texts.report(number);
            assert_eq!(report, texts.report(number));
            let read: serde_json::Value = serde_json::from_str(&report).unwrap();
            assert!(!read["text"].as_str().unwrap().contains('{'), "{report}");
        }
    }

    #[test]
    fn every_campaign_has_a_wording_of_its_own() {
        let wording = |campaign| lure(campaign, 0).split(": https").next().unwrap().to_owned();
        let all: std::collections::BTreeSet<String> = (0..MOST_CAMPAIGNS).map(wording).collect();
        assert_eq!(all.len() as u64, MOST_CAMPAIGNS);
    }
}
