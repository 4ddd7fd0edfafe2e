//! What people might pass on, made up by number: lures that come in waves, so that they join
//! campaigns, and harmless texts that differ in their numbers. Names and numbers in them are
//! reserved and lead nowhere.

/// How many reports one wave of a lure has.
const WAVE: u64 = 400;

const LURES: [&str; 6] = [
    "USPS: your parcel {n} is held for an unpaid fee of 1.99. Pay today: https://usps-{w}.example/t",
    "ACME-ALERT: your password expires today. Keep it at https://acme-okta-{w}.example/login?{n}",
    "Your bank account {n} is locked after a sign-in from abroad. Verify: http://bank-{w}.example/v",
    "E-ZPass: unpaid toll, reference {n}. Settle within 12 hours: https://toll-{w}.example/pay",
    "Hi, this is Maria from HR. Your payroll was returned, confirm at https://pay-{w}.example/{n}",
    "DHL: package {n} could not be delivered, choose a new day https://dhl-{w}.example/day",
];

const HARMLESS: [&str; 6] = [
    "Your code is {n}. Do not share it with anyone.",
    "Table for {n} on Friday is confirmed. Reply C to cancel.",
    "Mum, I am late by {n} minutes, start without me",
    "Your order {n} has left our warehouse and comes tomorrow before noon.",
    "Reminder: appointment {n} with Dr Lee on Monday at 9. Call the practice to change it.",
    "ok see you at gate {n}, bring the blue folder please",
];

/// The text of this number: one in three is a lure.
pub(super) fn text(number: u64) -> String {
    let (third, wave) = (number / 3, number / WAVE);
    let template = if number.is_multiple_of(3) {
        LURES[(wave % LURES.len() as u64) as usize]
    } else {
        HARMLESS[(third % HARMLESS.len() as u64) as usize]
    };
    let differs = number.wrapping_mul(7_919) % 1_000_000;
    template.replace("{n}", &differs.to_string()).replace("{w}", &wave.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_has_the_same_text() {
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
        assert!((0..100).all(|number| !text(number).contains(['{', '}', '"', '\\'])));
    }

    #[test]
    fn lures_come_in_waves() {
        let host = |number| text(number).split("//").nth(1).map(|rest| rest[..8].to_owned());
        assert_eq!(host(0), host(3));
        assert_ne!(text(0).split('/').nth(2), text(3 * WAVE).split('/').nth(2));
    }
}
