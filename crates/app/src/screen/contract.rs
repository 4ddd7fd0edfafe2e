//! What any reader of pictures must do, as tests to run over it.

use super::{PictureError, ScreenReader};

/// Runs every case. `picture` is one that shows `words` and nothing else.
///
/// # Panics
/// If it breaks the contract, with what it did.
pub async fn run(reader: &dyn ScreenReader, picture: &[u8], words: &str) {
    what_it_shows_is_read(reader, picture, words).await;
    what_is_no_picture_is_refused(reader).await;
    a_picture_that_breaks_off_is_no_text(reader, picture).await;
}

async fn what_it_shows_is_read(reader: &dyn ScreenReader, picture: &[u8], words: &str) {
    let read = reader.read(picture).await.expect("it can be read");
    assert_eq!(read.text, words);
    assert!((1..=100).contains(&read.confidence), "{}", read.confidence);
    let again = reader.read(picture).await.expect("it can be read again");
    assert_eq!(again, read, "the same picture reads otherwise the second time");
}

async fn what_is_no_picture_is_refused(reader: &dyn ScreenReader) {
    for bytes in [&b""[..], b"tap acme-okta.example", b"%PDF-1.7\n", b"<svg></svg>"] {
        match reader.read(bytes).await {
            Err(PictureError::NotAPicture(why)) => assert!(why.contains("PNG"), "{why}"),
            other => panic!("no picture, and yet: {other:?}"),
        }
    }
}

async fn a_picture_that_breaks_off_is_no_text(reader: &dyn ScreenReader, picture: &[u8]) {
    for length in [9, 40] {
        let cut = &picture[..length.min(picture.len() - 1)];
        let read = reader.read(cut).await;
        assert!(matches!(read, Err(PictureError::NotAPicture(_))), "{length}: {read:?}");
    }
}
