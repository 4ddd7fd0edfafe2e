//! Our own listener takes what goes out, and reads in it what was written.

use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use unhook_app::mailing::contract;
use unhook_app::{Intake, Pending, ServiceError, Submission, Taken};
use unhook_messaging::smtp::{Recipients, SmtpServer, SmtpSettings};

use super::{mailer, settings};

/// Takes whatever comes.
#[derive(Default)]
struct Kept(Mutex<Vec<Submission>>);

impl Intake for Kept {
    fn take(&self, submission: Submission) -> Pending<'_, Result<Taken, ServiceError>> {
        self.0.lock().expect("it goes as it should").push(submission);
        let (report, verdict, answer, position) = (None, None, None, None);
        let taken = Taken { report, verdict, is_repeated: false, answer, position };
        Box::pin(async { Ok(taken) })
    }
}

#[tokio::test]
async fn it_is_taken_and_read_as_it_was_written() {
    let kept = Arc::new(Kept::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings_of_server = SmtpSettings {
        host: "unhook.acme.example".to_owned(),
        recipients: Recipients::new(&["report@acme.example".to_owned()]).unwrap(),
        clients: Vec::new(),
        tls: None,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let server = SmtpServer::new(settings_of_server, Arc::clone(&kept) as Arc<dyn Intake>);
    let server = tokio::spawn(server.serve(listener, async {
        let _ = stopped.await;
    }));
    let mailer = mailer(settings(port));
    let taken = unhook_app::Mailer::send(&mailer, &contract::mail(1, "report@acme.example")).await;
    taken.expect("it is taken");
    stop.send(()).unwrap();
    server.await.unwrap();
    let kept = kept.0.lock().unwrap();
    let body = &kept[0].message.body;
    assert!(
        body.contains("déjà vu") || body.contains("please look at evil[.]test – thank you."),
        "{body}"
    );
}
