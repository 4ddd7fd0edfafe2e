//! The sockets below sessions: lines and mails in, bounded in length, number and time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use unhook_app::submission::Intake;

use super::data::{Body, BodyEnd};
use super::session::{LONGEST_LINE, Recipients, Session, Step};
use crate::mail::LARGEST_MAIL;
use crate::mailbox::{Outcome, hand_in};

/// The most connections at once. Each may hold a mail.
pub const MOST_CONNECTIONS: usize = 32;

/// How long a command may take to come; mail servers send them at once.
pub const COMMAND_TIME: Duration = Duration::from_secs(60);

/// How long a session may last until its next command: a mail server is done within one, and
/// another may wait for the place.
pub const SESSION_TIME: Duration = Duration::from_secs(10 * 60);

/// How long a mail may take to come: 8 MiB over a slow line.
pub const DATA_TIME: Duration = Duration::from_secs(180);

/// How long an answer may take to be taken, or TLS to begin.
const WRITE_TIME: Duration = Duration::from_secs(20);

/// How much of a mail that cannot be taken is read, so that its sender hears why.
const MOST_DRAINED: usize = 4 * LARGEST_MAIL;

/// How long sessions may take to end when the server does: a mail that is whole is answered.
const ENDING_TIME: Duration = Duration::from_secs(10);

/// Bytes asked for at once.
const CHUNK: usize = 16 << 10;

/// How mails are taken.
#[derive(Clone)]
pub struct SmtpSettings {
    /// What the server calls itself.
    pub host: String,
    /// Who may be written to.
    pub recipients: Recipients,
    /// Who may connect; anybody where none is named.
    pub clients: Vec<IpAddr>,
    /// TLS for `STARTTLS`.
    pub tls: Option<TlsAcceptor>,
}

/// A server of mails.
#[derive(Clone)]
pub struct SmtpServer {
    settings: Arc<SmtpSettings>,
    intake: Arc<dyn Intake>,
}

impl SmtpServer {
    /// That hands mails to these use cases.
    #[must_use]
    pub fn new(settings: SmtpSettings, intake: Arc<dyn Intake>) -> Self {
        Self { settings: Arc::new(settings), intake }
    }

    /// Lets clients in until `stop`, and then ends well.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (ending, ended) = watch::channel(false);
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut sessions = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            // A place first: who comes beyond waits in the kernel.
            let place = tokio::select! {
                () = &mut stop => break,
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            while sessions.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) => {
                    let (server, ended) = (self.clone(), ended.clone());
                    let ip = peer.ip().to_canonical();
                    sessions.spawn(async move {
                        let _place = place;
                        server.meet(stream, ip, ended).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(listener);
        let _ = ending.send(true);
        let all = async { while sessions.join_next().await.is_some() {} };
        if tokio::time::timeout(ENDING_TIME, all).await.is_err() {
            tracing::warn!("a client of the SMTP listener did not end in time");
        }
    }

    async fn meet(&self, stream: TcpStream, ip: IpAddr, ended: watch::Receiver<bool>) {
        let clients = &self.settings.clients;
        let _ = stream.set_nodelay(true);
        let over = Instant::now() + SESSION_TIME;
        let mut wire = Wire { stream, buffer: Vec::new(), over, ended };
        if !clients.is_empty() && !clients.contains(&ip) {
            tracing::warn!("somebody who is not among `clients` reached the SMTP listener");
            let _ = wire.say("554 5.7.1 you are not let in here").await;
            return;
        }
        let settings = &self.settings;
        let recipients = settings.recipients.clone();
        let mut session = Session::new(&settings.host, recipients, settings.tls.is_some());
        if wire.say(&session.greeting()).await.is_err() {
            return;
        }
        let wants_tls = self.talk(&mut session, &mut wire).await;
        if let (Ok(true), Some(tls)) = (wants_tls, &settings.tls) {
            let Wire { stream, ended, .. } = wire;
            let begun = tokio::time::timeout(WRITE_TIME, tls.accept(stream)).await;
            let Ok(Ok(stream)) = begun else { return };
            session.secured();
            let mut wire = Wire { stream, buffer: Vec::new(), over, ended };
            let _ = self.talk(&mut session, &mut wire).await;
            let _ = wire.stream.shutdown().await;
        }
    }

    /// Goes on until the end, or until TLS begins.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        session: &mut Session,
        wire: &mut Wire<S>,
    ) -> std::io::Result<bool> {
        loop {
            let line = match wire.line().await {
                Ok(Heard::Line(line)) => line,
                Ok(Heard::Closed) => return Ok(false),
                Ok(Heard::Never(why)) => {
                    wire.say(why).await?;
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            match session.line(&line) {
                Step::Reply(text) => wire.say(&text).await?,
                Step::Close(text) => {
                    wire.say(&text).await?;
                    return Ok(false);
                }
                Step::StartTls(text) => {
                    // What was sent along would count as said under TLS.
                    if !wire.buffer.is_empty() {
                        wire.say("503 5.5.1 wait for the answer to STARTTLS").await?;
                        return Ok(false);
                    }
                    wire.say(&text).await?;
                    return Ok(true);
                }
                Step::Data(text) => {
                    wire.say(&text).await?;
                    let Some(end) = wire.body().await? else {
                        wire.say("421 4.4.2 the mail did not come to its end").await?;
                        return Ok(false);
                    };
                    session.reset();
                    wire.say(&self.take(end).await).await?;
                }
            }
        }
    }

    /// Takes a mail; the answer to it.
    async fn take(&self, end: BodyEnd) -> String {
        let bytes = match end {
            BodyEnd::Whole(bytes) => bytes,
            BodyEnd::Malformed => return "554 5.6.0 lines of a mail end with CRLF".to_owned(),
            BodyEnd::TooLarge => {
                return "552 5.3.4 larger than 8 MiB; send fewer pictures at once".to_owned();
            }
        };
        match hand_in(&*self.intake, bytes).await {
            Outcome::Taken => "250 2.0.0 taken".to_owned(),
            Outcome::Refused(why) => {
                tracing::warn!(why, "a mail was refused");
                format!("554 5.6.0 {}", one_line(&why))
            }
            Outcome::Later(why) | Outcome::Away(why) => {
                tracing::warn!(why, "a mail cannot be taken for now");
                "451 4.3.0 not available for now; try again".to_owned()
            }
        }
    }
}

/// A reason as it fits into an answer.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 400;
    let plain = text.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' });
    plain.take(LONGEST).collect()
}

/// A connection, and what came of it already.
struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
    /// When the session is over.
    over: Instant,
    ended: watch::Receiver<bool>,
}

/// What came instead of a line, or one.
enum Heard {
    Line(Vec<u8>),
    Closed,
    /// Nothing that can be answered but by this and the end.
    Never(&'static str),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        let line = format!("{text}\r\n");
        let write = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(WRITE_TIME, write).await?
    }

    /// The next line, without its end.
    async fn line(&mut self) -> std::io::Result<Heard> {
        let until = (Instant::now() + COMMAND_TIME).min(self.over);
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                if line.len() > LONGEST_LINE {
                    return Ok(Heard::Never("500 5.5.2 the line is too long"));
                }
                return Ok(match line.strip_suffix(b"\r\n") {
                    Some(line) => Heard::Line(line.to_vec()),
                    None => Heard::Never("500 5.5.2 lines end with CRLF"),
                });
            }
            if self.buffer.len() > LONGEST_LINE {
                return Ok(Heard::Never("500 5.5.2 the line is too long"));
            }
            let mut chunk = [0; CHUNK];
            let mut ended = self.ended.clone();
            let read = tokio::select! {
                read = timeout_at(until, self.stream.read(&mut chunk)) => read,
                _ = ended.wait_for(|ended| *ended) => {
                    return Ok(Heard::Never("421 4.3.2 the service is ending"));
                }
            };
            match read {
                Err(_) => return Ok(Heard::Never("421 4.4.2 nothing came for too long")),
                Ok(read) => match read? {
                    0 => return Ok(Heard::Closed),
                    count => self.buffer.extend_from_slice(&chunk[..count]),
                },
            }
        }
    }

    /// A mail to its end; `None` when that does not come.
    async fn body(&mut self) -> std::io::Result<Option<BodyEnd>> {
        let until = Instant::now() + DATA_TIME;
        let mut body = Body::new(LARGEST_MAIL);
        let mut came = std::mem::take(&mut self.buffer);
        loop {
            if let Some(end) = body.take(&came) {
                self.buffer = came.split_off(end);
                return Ok(Some(body.end()));
            }
            if body.count() > MOST_DRAINED {
                return Ok(None);
            }
            came.resize(CHUNK, 0);
            let Ok(read) = timeout_at(until, self.stream.read(&mut came)).await else {
                return Ok(None);
            };
            let count = read?;
            if count == 0 {
                return Ok(None);
            }
            came.truncate(count);
        }
    }
}

#[cfg(test)]
mod tests;
