//! Reports that are pictures.

use std::sync::Arc;

use unhook_app::screen::fake::FakeScreenReader;
use unhook_app::submission::Attachment;
use unhook_app::{PictureError, ScreenReader, ServiceError, Submission, Way};
use unhook_model::{Channel, Message, Verdict};

use crate::house::{HARMLESS, House, LURE, text};

fn picture(sender: &str, words: &str) -> Attachment {
    Attachment {
        name: "IMG_0042.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: FakeScreenReader::picture(sender, words),
    }
}

fn mail(key: &str, pictures: Vec<Attachment>) -> Submission {
    Submission { way: Way::Mail, attachments: pictures, ..text(1, key, "") }
}

fn reading() -> (House<unhook_app::journal::fake::FakeJournal>, Arc<FakeScreenReader>) {
    let mut house = House::new();
    let reader = Arc::new(FakeScreenReader::new());
    house.screen_reader = Some(Arc::clone(&reader) as Arc<dyn ScreenReader>);
    (house, reader)
}

#[tokio::test(start_paused = true)]
async fn a_picture_is_judged_as_the_text_that_it_shows() {
    let (house, reader) = reading();
    let running = house.start().await;
    let given = mail("a", vec![picture("+12015550177", LURE)]);
    let taken = running.service.take(given.clone()).await.expect("it is taken");
    assert_eq!(taken.verdict, Some(Verdict::Malicious));
    assert!(running.service.has_seen(taken.position.expect("kept")).await);
    let report = running.service.report(taken.report.expect("one")).expect("read").expect("one");
    let content = report.content.expect("it is kept");
    assert_eq!((content.body.as_str(), content.sender.as_deref()), (LURE, Some("+12015550177")));
    assert_eq!(content.attachments.len(), 1, "the picture is kept as evidence");
    let again = running.service.take(given).await.expect("it is taken");
    assert!(again.is_repeated);
    assert_eq!(reader.count(), 1, "what came before is not read again");
}

#[tokio::test(start_paused = true)]
async fn a_report_with_words_keeps_them() {
    let (house, reader) = reading();
    let running = house.start().await;
    let given = Submission { attachments: vec![picture("", LURE)], ..mail("a", Vec::new()) };
    let given = Submission { message: Message::from_body(HARMLESS), ..given };
    let taken = running.service.take(given).await.expect("it is taken");
    assert_eq!((taken.verdict, reader.count()), (Some(Verdict::Benign), 0));
}

#[tokio::test(start_paused = true)]
async fn some_pictures_are_read_and_what_cannot_be_is_passed_over() {
    let (house, reader) = reading();
    let running = house.start().await;
    let broken = Attachment { bytes: b"broken".to_vec(), ..picture("", "") };
    let pictures =
        vec![broken.clone(), picture("28777", "Dear customer, hello"), picture("", LURE)];
    let more = std::iter::repeat_with(|| picture("", HARMLESS)).take(5);
    let given = mail("a", pictures.into_iter().chain(more).collect());
    let taken = running.service.take(given).await.expect("it is taken");
    assert_eq!((taken.verdict, reader.count()), (Some(Verdict::Malicious), 2));
    let nothing = running.service.take(mail("b", vec![broken])).await;
    assert!(
        matches!(&nothing, Err(ServiceError::Invalid(why)) if why.contains("PNG")),
        "{nothing:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn another_picture_under_the_same_key_is_refused() {
    let (house, _) = reading();
    let running = house.start().await;
    running.service.take(mail("a", vec![picture("", LURE)])).await.expect("it is taken");
    let other = running.service.take(mail("a", vec![picture("", HARMLESS)])).await;
    assert!(matches!(other, Err(ServiceError::Invalid(_))), "{other:?}");
    running.stop().await.expect("it stops");
    let running = house.start().await;
    let again = running.service.take(mail("a", vec![picture("", LURE)])).await.expect("taken");
    assert!(again.is_repeated);
}

#[tokio::test(start_paused = true)]
async fn whoever_must_wait_is_told_to_try_again_and_loses_nothing() {
    let (house, reader) = reading();
    let running = house.start().await;
    reader.set_busy(true);
    let given = mail("a", vec![picture("", LURE)]);
    let busy = running.service.take(given.clone()).await;
    assert!(matches!(busy, Err(ServiceError::Unread(_))), "{busy:?}");
    reader.set_busy(false);
    let taken = running.service.take(given).await.expect("it is taken");
    assert_eq!((taken.is_repeated, taken.verdict), (false, Some(Verdict::Malicious)));
}

#[tokio::test(start_paused = true)]
async fn without_a_reader_the_answer_says_so() {
    let running = House::new().start().await;
    let given = mail("a", vec![picture("", LURE)]);
    let refused = running.service.take(given).await;
    assert!(
        matches!(&refused, Err(ServiceError::Invalid(why)) if why.contains("no reader is installed")),
        "{refused:?}"
    );
    let read = running.service.read_picture(b"a picture").await;
    assert!(matches!(read, Err(PictureError::NoReader)));
}

#[tokio::test(start_paused = true)]
async fn a_picture_by_text_is_read_or_answered_that_it_cannot_be() {
    let (house, _) = reading();
    house.enroll(1);
    let running = house.start().await;
    let given = |key: &str, bytes: Attachment| Submission {
        message: Message { channel: Channel::Mms, ..Message::from_body("") },
        attachments: vec![bytes],
        ..text(1, key, "")
    };
    let taken = running.service.take(given("a", picture("", LURE))).await.expect("it is taken");
    assert_eq!(taken.verdict, Some(Verdict::Malicious));
    let broken = Attachment { bytes: b"broken".to_vec(), ..picture("", "") };
    let taken = running.service.take(given("b", broken)).await.expect("it is answered");
    assert!(taken.report.is_none() && taken.answer.is_some());
}

#[tokio::test(start_paused = true)]
async fn strangers_have_no_more_pictures_read_than_texts_taken() {
    let (mut house, reader) = reading();
    house.settings.stranger_hourly = 2;
    let running = house.start().await;
    for key in ["a", "b", "c", "d"] {
        let _ = running.service.take(mail(key, vec![picture("", LURE)])).await;
    }
    assert_eq!(reader.count(), 2);
}
