//! Screens as Tesseract's table lists them, and the messages that they show.

use super::*;

/// How high letters are drawn here, how wide one is, and how far lines are apart.
const HIGH: u32 = 30;
const WIDE: u32 = 15;
const PITCH: u32 = 42;

/// Tesseract's table of an upright screen on which these words stand, from (left, top) on.
fn table(lines: &[(u32, u32, &str)]) -> String {
    let mut table = "1\t1\t0\t0\t0\t0\t0\t0\t900\t1947\t-1\t\n".to_owned();
    for (left, top, text) in lines {
        let mut left = *left;
        for word in text.split(' ') {
            let width = WIDE * u32::try_from(word.chars().count()).unwrap();
            table += &format!("5\t1\t1\t1\t1\t1\t{left}\t{top}\t{width}\t{HIGH}\t95\t{word}\n");
            left += width + WIDE / 2;
        }
    }
    table
}

/// The lines of a bubble on the left.
fn bubble(top: u32, lines: &[&'static str]) -> Vec<(u32, u32, &'static str)> {
    lines.iter().zip(0..).map(|(line, at)| (60, top + at * PITCH, *line)).collect()
}

fn read(lines: &[(u32, u32, &str)]) -> ReadPicture {
    message_of_table(&table(lines)).expect("there is a message")
}

#[track_caller]
fn check(lines: &[&'static str], expected: &str) {
    assert_eq!(read(&bubble(500, lines)).text, expected);
}

#[test]
fn a_screen_is_told_from_its_message() {
    let mut lines = vec![
        (60, 40, "9:41"),
        (700, 40, "5G 87%"),
        (330, 150, "+1 (201) 555-0123 ›"),
        (330, 250, "Text Message • SMS"),
        (340, 290, "Today 10:42 AM"),
    ];
    lines.extend(bubble(350, &["Your parcel waits at the", "warehouse, pay the fee"]));
    lines.extend([
        (60, 460, "10:42 AM • SMS"),
        (600, 560, "Who is this then"),
        (100, 1830, "Text Message"),
    ]);
    let read = read(&lines);
    assert_eq!(read.text, "Your parcel waits at the warehouse, pay the fee");
    assert_eq!(read.sender, Sender::parse("+12015550123"));
    assert_eq!(read.confidence, 95);
}

#[test]
fn a_picture_cut_to_the_message_loses_nothing_of_it() {
    let cut = table(&bubble(10, &["Your code is 4821, valid", "until 10:42 today"]))
        .replace("\t900\t1947\t", "\t900\t120\t");
    assert_eq!(message_of_table(&cut).unwrap().text, "Your code is 4821, valid until 10:42 today");
    assert_eq!(read(&[(60, 300, "Call me")]).text, "Call me");
}

#[test]
fn lines_go_on_where_the_next_word_had_no_room() {
    check(
        &["the parcel that we have", "could not be brought"],
        "the parcel that we have could not be brought",
    );
    check(
        &["Dear customer", "your parcel waits at the depot", "for you", "Thanks"],
        "Dear customer\nyour parcel waits at the depot for you\nThanks",
    );
}

#[test]
fn paragraphs_stay_apart() {
    let mut lines = bubble(500, &["one text of a kind that ends"]);
    lines.extend(bubble(500 + 2 * PITCH, &["and another"]));
    assert_eq!(read(&lines).text, "one text of a kind that ends\n\nand another");
}

#[test]
fn broken_links_become_whole() {
    check(
        &["pay at https://usps.com-", "track.example/verify"],
        "pay at https://usps.com-track.example/verify",
    );
    check(
        &["see", "https://usps.com-track.example", "/verify/parcel?id=82721"],
        "see https://usps.com-track.example/verify/parcel?id=82721",
    );
    check(
        &["look at www.acme-okta.example/", "login/17 at once"],
        "look at www.acme-okta.example/login/17 at once",
    );
    check(
        &["please tap now on cloudflare-", "okta.com to see it"],
        "please tap now on cloudflare-okta.com to see it",
    );
    check(
        &["https://a-long-name.example/abcd", "efgh4711 and so on"],
        "https://a-long-name.example/abcdefgh4711 and so on",
    );
}

#[test]
fn words_behind_a_link_stay_words() {
    check(&["pay at https://track.example", "tomorrow"], "pay at https://track.example tomorrow");
    check(
        &["see https://track.example/x.", "Then wait until we come"],
        "see https://track.example/x. Then wait until we come",
    );
    check(&["a well-", "known person"], "a well- known person");
}

#[test]
fn what_the_reader_tears_or_misreads_of_a_scheme_is_mended() {
    check(&["tap https: //acme.example/x"], "tap https://acme.example/x");
    check(&["tap httos://acme.example/x"], "tap https://acme.example/x");
    check(&["tap http:/acme.example/x"], "tap http://acme.example/x");
    check(&["note: this stays"], "note: this stays");
    check(&["ħttp:é"], "ħttp:é");
}

#[test]
fn senders_are_numbers_codes_and_ids_and_no_names() {
    let check = |head, expected: Option<&str>| {
        assert_eq!(sender(head).map(|sender| sender.as_text()).as_deref(), expected, "{head}");
    };
    check("‹ 12 +1 (201) 555-0123 ›", None);
    check("+1 (201) 555-0123 >", Some("+12015550123"));
    check("@ 28777", Some("28777"));
    check("MYBANK >", Some("MYBANK"));
    check("VM-MYBANK", Some("VM-MYBANK"));
    check("parcel8841@mail.example", Some("parcel8841@mail.example"));
    check("Mum", None);
    check("Anna Kim", None);
    check("iMessage", None);
    check("9:41", None);
    check("4821", None);
}

#[test]
fn faces_beside_bubbles_are_no_words() {
    let mut lines =
        bubble(500, &["your parcel waits at the", "depot, pay the fee today", "and it comes"]);
    lines.push((10, 500 + 2 * PITCH, "@"));
    assert_eq!(read(&lines).text, "your parcel waits at the depot, pay the fee today and it comes");
}

#[test]
fn guesses_and_emptiness_are_no_message() {
    assert_eq!(message_of_table(""), None);
    assert_eq!(message_of_table(&table(&[(60, 40, "9:41")])), None);
    assert_eq!(message_of_table(&table(&[(60, 700, ". , -")])), None);
    let guesses = table(&bubble(500, &["perhaps some words"])).replace("\t95\t", "\t30\t");
    assert_eq!(message_of_table(&guesses), None);
}
