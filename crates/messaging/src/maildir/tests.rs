//! A maildir against a stand-in of the use cases, and against Python's own.

use std::process::Command;

use unhook_app::ServiceError;

use super::*;
use crate::mailbox::tests::FakeIntake;

struct Box {
    folder: tempfile::TempDir,
    intake: Arc<FakeIntake>,
}

impl Box {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        Self { folder, intake: Arc::default() }
    }

    fn maildir(&self) -> Maildir {
        let intake = Arc::clone(&self.intake) as Arc<dyn Intake>;
        Maildir::open(self.folder.path(), intake).unwrap()
    }

    fn deliver(&self, name: &str, id: &str, body: &str) {
        let mail = format!("From: kim@acme.example\nMessage-ID: <{id}@acme.example>\n\n{body}\n");
        std::fs::write(self.folder.path().join("new").join(name), mail).unwrap();
    }

    fn names(&self, part: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join(part)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn mails_are_taken_in_order_and_moved() {
    let mails = Box::new();
    mails.deliver("2.b", "2", "second");
    mails.deliver("1.a", "1", "first");
    std::fs::write(mails.folder.path().join("new/.hidden"), "x").unwrap();
    let round = mails.maildir().round().await;
    assert_eq!(round, Round { taken: 2, ..Round::default() });
    assert_eq!(mails.intake.bodies(), ["first", "second"]);
    assert_eq!(mails.names("cur"), ["1.a:2,S", "2.b:2,S"]);
    assert_eq!(mails.names("new"), [".hidden"]);
}

#[tokio::test]
async fn a_mail_that_was_taken_before_a_crash_counts_once() {
    let mails = Box::new();
    mails.deliver("1.a", "1", "first");
    mails.maildir().round().await;
    // As if it had not been moved.
    std::fs::rename(mails.folder.path().join("cur/1.a:2,S"), mails.folder.path().join("new/1.a"))
        .unwrap();
    assert_eq!(mails.maildir().round().await.taken, 1);
    assert_eq!(mails.intake.bodies(), ["first"]);
    assert_eq!(mails.names("cur"), ["1.a:2,S"]);
}

#[tokio::test]
async fn what_cannot_be_taken_now_stays() {
    let mails = Box::new();
    mails.deliver("1.a", "1", "first");
    mails.deliver("2.b", "2", "second");
    mails.intake.fail_next(ServiceError::Unavailable("a test".into()));
    assert!(mails.maildir().round().await.is_stuck);
    assert_eq!(mails.names("new"), ["1.a", "2.b"]);
    assert_eq!(mails.maildir().round().await.taken, 2);
}

#[tokio::test(start_paused = true)]
async fn one_sender_holds_up_nobody_else() {
    let mut mails = Box::new();
    mails.intake = Arc::new(FakeIntake { flooding: Some("mallory"), ..FakeIntake::default() });
    for name in ["1.a", "2.b"] {
        let mail = format!("From: mallory@evil.example\nMessage-ID: <{name}@x.example>\n\nfree\n");
        std::fs::write(mails.folder.path().join("new").join(name), mail).unwrap();
    }
    mails.deliver("3.c", "3", "of somebody else");
    let mut maildir = mails.maildir();
    let round = maildir.round().await;
    assert_eq!(round, Round { taken: 1, aside: 2, ..Round::default() });
    assert_eq!(mails.intake.bodies(), ["of somebody else"]);
    assert_eq!(mails.names("new"), ["1.a", "2.b"]);
    assert_eq!(maildir.round().await, Round::default(), "they are not tried again at once");
    tokio::time::advance(ASIDE).await;
    assert_eq!(maildir.round().await.aside, 2);
}

#[tokio::test]
async fn what_can_never_be_taken_is_put_aside_and_holds_nobody_up() {
    let mails = Box::new();
    std::fs::write(mails.folder.path().join("new/0.x"), "no mail").unwrap();
    std::fs::write(mails.folder.path().join("new/1.x"), vec![b'x'; LARGEST_MAIL + 1]).unwrap();
    std::fs::create_dir(mails.folder.path().join("new/2.x")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", mails.folder.path().join("new/3.x")).unwrap();
    mails.deliver("4.a", "1", "first");
    let round = mails.maildir().round().await;
    assert_eq!((round.taken, round.is_stuck), (1, false));
    assert_eq!(mails.intake.bodies(), ["first"]);
    assert_eq!(mails.names(REFUSED).len(), if cfg!(unix) { 4 } else { 3 });
}

#[test]
fn a_folder_that_is_no_maildir_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let intake: Arc<dyn Intake> = Arc::new(FakeIntake::default());
    let error = Maildir::open(folder.path(), intake).err().unwrap();
    assert!(error.to_string().contains("`new` and `cur`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn it_looks_again_and_stops_when_told() {
    let mails = Box::new();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let watching = tokio::spawn(mails.maildir().watch(async {
        let _ = stopped.await;
    }));
    tokio::time::sleep(EVERY / 2).await;
    mails.deliver("1.a", "1", "first");
    while mails.intake.bodies().is_empty() {
        tokio::time::sleep(EVERY).await;
    }
    stop.send(()).unwrap();
    watching.await.unwrap();
    assert_eq!(mails.intake.bodies(), ["first"]);
}

/// Python's own maildir, with a mail that its own library wrote.
#[tokio::test]
async fn what_pythons_mailbox_delivers_is_taken() {
    const SCRIPT: &str = "
import mailbox, sys
from email.message import EmailMessage
mail = EmailMessage()
mail['From'] = 'Kim <kim@acme.example>'
mail['Subject'] = 'Fwd: is this real?'
mail['Message-ID'] = '<py@acme.example>'
mail.set_content('Ihr Paket wartet: zahlen Sie die Gebühr auf dhl-parcel.example')
mailbox.Maildir(sys.argv[1], factory=None, create=True).add(mail)
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mails");
    let python = Command::new("python3").arg("-c").arg(SCRIPT).arg(&path).status();
    match python {
        Ok(status) => assert!(status.success()),
        Err(error) => {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "{error}");
            return;
        }
    }
    let intake = Arc::new(FakeIntake::default());
    let mut maildir = Maildir::open(&path, Arc::clone(&intake) as Arc<dyn Intake>).unwrap();
    assert_eq!(maildir.round().await.taken, 1);
    assert_eq!(intake.bodies(), ["Ihr Paket wartet: zahlen Sie die Gebühr auf dhl-parcel.example"]);
    let taken = intake.taken.lock().unwrap();
    assert_eq!(taken[0].key.as_deref(), Some("py@acme.example"));
}

#[tokio::test]
async fn a_folder_is_tried_without_a_mail() {
    let mails = Box::new();
    mails.maildir();
    mails.deliver("1.a", "1", "first");
    let probe = MaildirProbe(mails.folder.path().to_owned());
    let well = unhook_app::probe::contract::run(&probe).await.unwrap();
    assert!(well.contains("wait there: 1"), "{well}");
    assert_eq!((mails.names("new"), mails.names("cur")), (vec!["1.a".to_owned()], vec![]));
    std::fs::remove_dir(mails.folder.path().join("cur")).unwrap();
    let error = unhook_app::probe::contract::run(&probe).await.unwrap_err().to_string();
    assert!(error.contains("cannot be taken") && error.contains("leave to write"), "{error}");
}
