//! Fourteen days in which nothing happens: what HR, IT and forty suppliers write, passed on by those
//! who are not sure, and two million look-ups (a tenth of them in a debug build). Nothing may come of
//! it: no action, not even one that asks, and no answer that calls a genuine text malicious.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use unhook_app::Service;
use unhook_app::resolving::{Client, Gating, LookedUp};
use unhook_app::service::Settings;
use unhook_engine::response::playbook::Playbook;
use unhook_model::{Timestamp, Verdict};

use crate::house::{House, MINUTE, NOW, take};

const DAYS: i64 = 14;
const DAY: i64 = 24 * 60 * MINUTE;
const STAFF: u32 = 60;
const SUPPLIERS: usize = 40;
const LOOKUPS: u64 = if cfg!(debug_assertions) { 200_000 } else { 2_000_000 };

/// What the organization itself writes, from its own names and its vendors'.
const OWN: [&str; 12] = [
    "Acme HR: your payslip for this month is ready. See acme.example/payslips",
    "Acme: your schedule for week {n} has been published. View it at https://acme.example/rota",
    "Acme IT: your password expires in {n} days. Change it on your own laptop, as the intranet says.",
    "Acme IT: mail is down for maintenance tonight from 22:00 to 23:30. Nothing to do for you.",
    "Acme HR: open enrolment for health insurance ends on the {n}th. Details: hr.acme.example",
    "{n}4821 is your Acme sign-in code. It expires in 10 minutes. We will never call you to ask for it.",
    "Acme: the north office is closed today because of snow. Updates: intranet.acme.example",
    "Acme HR: please confirm your shift on the {n}th. Reply YES or NO.",
    "Acme security: we will never ask for your password by text. Forward suspicious messages to us.",
    "Acme IT: your new laptop is ready, collect it at desk {n} with your badge.",
    "Acme: your timesheet for week {n} is not handed in yet. Open acme.example/time as usual.",
    "Acme HR: your leave from the {n}th has been approved.",
];

/// What suppliers write, each from a name of its own.
const THEIRS: [&str; 8] = [
    "{s}: your order {n}0731 leaves our warehouse today. Track it: {h}/t/{n}",
    "{s}: your appointment is on the {n}th at 10:30. Reply C to confirm.",
    "{s}: invoice {n}4417 is available in your account at {h}",
    "{s}: your parcel with {n} items arrives between 14:00 and 16:00.",
    "{s}: your code is {n}2913. Do not share it with anyone.",
    "{s}: your subscription renews on the {n}th. Manage it at https://{h}/account",
    "{s}: thank you for your visit! How was it? {h}/feedback",
    "{s}: our technician comes on the {n}th between 8 and 10.",
];

/// Words that suppliers and sites are called by.
const WORDS: [&str; 20] = [
    "north", "garden", "paper", "metro", "river", "cable", "office", "stone", "fresh", "travel",
    "print", "solar", "blue", "clean", "market", "global", "union", "light", "coffee", "cargo",
];

/// Numbers that are the same every time (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[self.below(list.len() as u64) as usize]
    }
}

/// A supplier's name and host.
fn supplier(at: usize) -> (String, String) {
    let (one, two) =
        (WORDS[at % WORDS.len()], WORDS[(at * 7 + at / WORDS.len() + 3) % WORDS.len()]);
    (format!("{one} {two}"), format!("{one}{two}.example"))
}

/// A day's texts go in, each passed on by some who are not sure; how many, by what was said of them.
async fn texts(
    service: &Service,
    day: i64,
    numbers: &mut Numbers,
    said: &mut BTreeMap<Verdict, usize>,
) {
    let own = OWN.iter().map(|text| ((*text).to_owned(), 5));
    let theirs = (0..SUPPLIERS).map(|at| {
        let (name, host) = supplier(at);
        let text = THEIRS[(at + day as usize) % THEIRS.len()];
        (text.replace("{s}", &name).replace("{h}", &host), 2)
    });
    for (nth, (text, by)) in own.chain(theirs).enumerate() {
        let text = text.replace("{n}", &(day + 1).to_string());
        let first = numbers.below(u64::from(STAFF));
        for at in 0..by {
            let from = 1 + (first as u32 + at) % STAFF;
            let taken = take(service, from, &format!("{day}-{nth}-{at}"), &text).await;
            let verdict = taken.verdict.expect("a verdict");
            assert_ne!(verdict, Verdict::Malicious, "{text}");
            *said.entry(verdict).or_default() += 1;
        }
    }
}

/// A site as people visit them: their own, a supplier's, one that many use, one of the long tail.
fn site(numbers: &mut Numbers) -> String {
    const OFTEN: [&str; 8] = [
        "acme.example",
        "intranet.acme.example",
        "login.okta.com",
        "www.wikipedia.org",
        "www.google.com",
        "outlook.office365.com",
        "github.com",
        "cdn.jsdelivr.net",
    ];
    match numbers.below(10) {
        0..6 => numbers.of(&OFTEN).to_owned(),
        6..8 => supplier(numbers.below(SUPPLIERS as u64) as usize).1,
        _ => {
            let (one, two) = (numbers.of(&WORDS), numbers.of(&WORDS));
            format!("www.{one}-{two}{}.test", numbers.below(500))
        }
    }
}

/// A day's look-ups, the rare and new ones told as the resolver does.
fn lookups(service: &Service, at: Timestamp, numbers: &mut Numbers) {
    let gate = service.gate();
    let mut told = Vec::new();
    for nth in 0..LOOKUPS / DAYS as u64 {
        let name = site(numbers);
        assert_eq!(gate.gating(&name), Gating::Pass, "{name}");
        if nth % 50 == 0 {
            let client = IpAddr::V4(Ipv4Addr::new(10, 0, 0, numbers.below(60) as u8));
            let client = Client::Address(client);
            told.push(LookedUp { name: name.into(), client, at, was_blocked: false });
        }
        if told.len() == 500 {
            gate.looked_up(std::mem::take(&mut told));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn in_fourteen_ordinary_days_nothing_comes_of_it() {
    let mut house = House::new();
    // As it comes but for two things that would hide what it does: it neither waits nor lets pass
    // new names that look like us.
    let playbook = Playbook { careful_days: Some(0), ..Playbook::careful() };
    house.settings = Settings { hold: true, playbook: playbook.into(), ..house.settings };
    house.enroll_all(1..STAFF + 1);
    let running = house.start().await;
    let service = &running.service;
    let (mut numbers, mut said) = (Numbers(7), BTreeMap::new());
    for day in 0..DAYS {
        texts(service, day, &mut numbers, &mut said).await;
        lookups(service, Timestamp::from_unix_ms(NOW.unix_ms() + day * DAY), &mut numbers);
        house.surroundings.pass(DAY);
    }
    assert_eq!(service.actions(None, 9), [], "nothing was done or asked");
    assert_eq!(service.blocks(), []);
    assert_eq!(service.held(), []);
    let count: usize = said.values().sum();
    let doubted = said.get(&Verdict::Suspicious).copied().unwrap_or_default();
    assert_eq!(count, 14 * (12 * 5 + 40 * 2));
    assert!(doubted * 20 <= count, "one in twenty is doubted at most: {said:?}");
}
