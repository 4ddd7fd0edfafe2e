//! Against the real program where it is installed, and against programs that misbehave.

use super::*;
use crate::screenshot::picture::tests::png_of;

/// Set by `cargo xtask test`, which installs Tesseract: with it, it may not be missing.
const FOLDER: &str = "UNHOOK_JUDGES";

async fn installed() -> Option<Tesseract> {
    match Tesseract::find(None, &[]).await {
        Ok(tesseract) => Some(tesseract),
        Err(error) => {
            assert!(std::env::var_os(FOLDER).is_none(), "{error}");
            None
        }
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let Some(tesseract) = installed().await else { return };
    unhook_app::screen::contract::run(&tesseract, PICTURE, WORDS).await;
}

#[tokio::test]
async fn a_picture_without_letters_has_no_text() {
    let Some(tesseract) = installed().await else { return };
    let empty = png_of(300, 500, &[255; 300 * 500]);
    assert!(matches!(tesseract.read(&empty).await, Err(PictureError::NoText)));
}

#[tokio::test]
async fn languages_are_asked_for_by_name() {
    if installed().await.is_none() {
        return;
    }
    let find = async |language: &str| Tesseract::find(None, &[language.to_owned()]).await;
    assert!(find("eng").await.is_ok());
    let error = find("xxx").await.unwrap_err();
    assert!(matches!(error, TesseractError::LanguageNotThere { .. }), "{error}");
    for wrong in ["", "en", "../eng", "eng+deu", "-l eng"] {
        assert!(matches!(find(wrong).await, Err(TesseractError::NoLanguage(_))), "{wrong}");
    }
}

#[tokio::test]
async fn it_says_when_it_is_not_there() {
    let error = Tesseract::find(Some(Path::new("/nowhere/tesseract")), &[]).await.unwrap_err();
    assert!(matches!(error, TesseractError::NotThere(_)), "{error}");
    assert!(error.to_string().contains("apt install tesseract-ocr"));
}

/// A program that says which languages it has, and otherwise does this.
#[cfg(unix)]
async fn playing(folder: &Path, does: &str) -> Tesseract {
    use std::os::unix::fs::PermissionsExt as _;
    let program = folder.join("tesseract");
    let script =
        format!("#!/bin/sh\nif [ \"$1\" = --list-langs ]; then echo eng; exit; fi\n{does}\n");
    // Written beside and moved: a program that is open for writing cannot be started.
    let draft = folder.join("draft");
    std::fs::write(&draft, script).unwrap();
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::rename(&draft, &program).unwrap();
    Tesseract::find(Some(&program), &[]).await.unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_gives_a_picture_up_does_so_again_and_one_that_dies_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let failing = playing(folder.path(), "cat > /dev/null; exit 3").await;
    assert!(matches!(failing.read(PICTURE).await, Err(PictureError::NoText)));
    let killed = playing(folder.path(), "cat > /dev/null; kill -9 $$").await;
    assert!(matches!(killed.read(PICTURE).await, Err(PictureError::Unavailable(_))));
    let endless = playing(folder.path(), "exec yes").await;
    assert!(matches!(endless.read(PICTURE).await, Err(PictureError::Unavailable(_))));
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_hangs_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("pid");
    let does = format!("echo $$ > {}.new; mv {0}.new {0}; exec tail -f /dev/null", mark.display());
    let mut hanging = playing(folder.path(), &does).await;
    hanging.time = Duration::from_millis(300);
    assert!(matches!(hanging.read(PICTURE).await, Err(PictureError::TooSlow)));
    if let Ok(pid) = std::fs::read_to_string(&mark) {
        let process = PathBuf::from(format!("/proc/{}/cwd", pid.trim()));
        while process.exists() {
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_so_many_wait() {
    let folder = tempfile::tempdir().unwrap();
    let hanging = playing(folder.path(), "exec tail -f /dev/null").await;
    let reads: Vec<_> = (0..MOST_AT_ONCE + MOST_WAITING).map(|_| hanging.read(PICTURE)).collect();
    let mut reads: Vec<_> = reads.into_iter().map(Box::pin).collect();
    for read in &mut reads {
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(read.as_mut().poll(context).is_pending())
        });
        assert!(polled.await);
    }
    assert!(matches!(hanging.read(PICTURE).await, Err(PictureError::Busy)));
    reads.pop();
    let last = hanging.read(PICTURE);
    tokio::select! {
        biased;
        result = last => assert!(!matches!(result, Err(PictureError::Busy))),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn it_is_tried_with_a_picture_of_ours() {
    let found = async |reader: Option<Tesseract>| {
        let probe = ScreenProbe(reader.map(Arc::new));
        unhook_app::probe::contract::run(&probe).await.map_err(|error| error.to_string())
    };
    let why = found(None).await.unwrap_err();
    assert!(why.contains("apt install tesseract-ocr"), "{why}");
    if let Some(tesseract) = installed().await {
        let well = found(Some(tesseract)).await.unwrap();
        assert!(well.starts_with("tesseract ") && well.contains("languages: eng"), "{well}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_reads_other_words_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let word = r"printf '5\t1\t1\t1\t1\t1\t40\t40\t300\t40\t96\tcheese\n'";
    for does in ["cat >/dev/null".to_owned(), format!("cat >/dev/null; {word}")] {
        let reader = ScreenProbe(Some(Arc::new(playing(folder.path(), &does).await)));
        let why = unhook_app::probe::contract::run(&reader).await.unwrap_err().to_string();
        assert!(why.contains("other words") && why.contains("tesseract-ocr-eng"), "{why}");
    }
}
