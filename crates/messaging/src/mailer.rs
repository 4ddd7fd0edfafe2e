//! Mails out, over SMTP to one server that the organization has (RFC 5321, RFC 6409).
//!
//! The connection is encrypted, from the beginning or by STARTTLS (RFC 3207), unless the server is on this
//! machine; a server that does not offer it gets nothing. The conversation is held step by step,
//! so that it is known what an end of it means: before the mail's last line was handed over, it
//! certainly was not sent; behind it and without an answer, nobody knows.
//!
//! What a server answers is repeated only as its code: its words may hold addresses.

use std::net::IpAddr;
use std::time::Duration;

use lettre::address::{Address, Envelope};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use unhook_app::{DeliveryError, Mail, Mailer, Pending, Receipt, Secret};

/// How long a connection may take, name look-up and handshake included.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// How long each step before the mail itself may take; a server that greylists answers late on
/// purpose.
const STEP_TIME: Duration = Duration::from_secs(30);

/// How long the mail itself may take: a server scans it before it answers. RFC 5321, section
/// 4.5.3.2.6, has ten minutes; a mail of some KiB is scanned in one.
const DATA_TIME: Duration = Duration::from_secs(120);

/// How the evidence for machines is called.
const EVIDENCE: &str = "xarf.json";

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailTls {
    /// By STARTTLS, as on port 587.
    #[default]
    StartTls,
    /// From the beginning, as on port 465.
    Implicit,
    /// Not at all, on this machine alone.
    DangerNone,
}

/// Where mails go out.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// The address that mails come from.
    pub from: String,
    /// What is signed in with, if something is.
    pub account: Option<(String, Secret)>,
    /// Authorities to trust instead of those of the web, in PEM.
    pub authorities: Option<Vec<u8>>,
}

/// Why there is no mailer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailerError {
    /// Where mails come from is no address.
    #[error("`{0}` is no address; write it as security@acme.example")]
    From(String),
    /// The server is elsewhere, and nothing would be encrypted.
    #[error("without TLS mails go to this machine alone (127.0.0.1 or localhost), not to `{0}`")]
    Unencrypted(String),
    /// A password would be sent without encryption.
    #[error("without TLS nobody signs in; leave `user` away or turn TLS on")]
    Password,
    /// The authorities cannot be used.
    #[error("the authorities cannot be used: {0}")]
    Authorities(String),
}

/// Sends mails through one server.
pub struct SmtpMailer {
    settings: MailSettings,
    from: Address,
    hello: ClientId,
    tls: TlsParameters,
}

impl SmtpMailer {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// Says what is wrong with the settings.
    pub fn new(settings: MailSettings) -> Result<Self, MailerError> {
        let from = settings.from.parse::<Address>();
        let from = from.ok().filter(|_| unhook_app::mailing::is_address(&settings.from));
        let from = from.ok_or_else(|| MailerError::From(settings.from.clone()))?;
        if settings.tls == MailTls::DangerNone {
            if !is_this_machine(&settings.host) {
                return Err(MailerError::Unencrypted(settings.host));
            }
            if settings.account.is_some() {
                return Err(MailerError::Password);
            }
        }
        let tls = tls(&settings)?;
        let hello = ClientId::Domain(from.domain().to_owned());
        Ok(Self { settings, from, hello, tls })
    }

    async fn deliver(&self, mail: &Mail) -> Result<Receipt, DeliveryError> {
        let to = mail.to.parse::<Address>().ok();
        let to = to.filter(|_| unhook_app::mailing::is_address(&mail.to));
        let to = to.ok_or_else(|| refused("its address is none"))?;
        let bytes = self.written(mail, &to)?;
        let mut connection = self.connected().await?;
        let sent = self.hand_over(&mut connection, &to, &bytes).await;
        // What became of the mail is known by now.
        let _ = tokio::time::timeout(CONNECT_TIME, connection.abort()).await;
        sent
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, DeliveryError> {
        let MailSettings { host, port, tls, account, .. } = &self.settings;
        let wrapper = (*tls == MailTls::Implicit).then(|| self.tls.clone());
        let place = (host.as_str(), *port);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            place,
            Some(CONNECT_TIME),
            &self.hello,
            wrapper,
            None,
        );
        let mut connection = before(STEP_TIME, "the connection", connecting).await?;
        if *tls == MailTls::StartTls {
            if !connection.can_starttls() {
                let why = "the server does not offer STARTTLS, and without it nothing is sent";
                return Err(refused(why));
            }
            let upgrading = connection.starttls(self.tls.clone(), &self.hello);
            before(STEP_TIME, "STARTTLS", upgrading).await?;
        }
        if let Some((user, password)) = account {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let signing = connection.auth(DEFAULT_MECHANISMS, &credentials);
            before(STEP_TIME, "signing in", signing).await?;
        }
        Ok(connection)
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &Address,
        bytes: &[u8],
    ) -> Result<Receipt, DeliveryError> {
        let from = connection.command(From::new(Some(self.from.clone()), Vec::new()));
        before(STEP_TIME, "MAIL FROM", from).await?;
        let rcpt = connection.command(Rcpt::new(to.clone(), Vec::new()));
        before(STEP_TIME, "RCPT TO", rcpt).await?;
        before(STEP_TIME, "DATA", connection.command(Data)).await?;
        let answer = tokio::time::timeout(DATA_TIME, connection.message(bytes)).await;
        match answer {
            Ok(Ok(response)) => Ok(Receipt(code(&response))),
            Ok(Err(error)) if error.status().is_some() => Err(judged("the mail", &error)),
            Ok(Err(_)) => {
                let why = "the connection broke before the server said that it has the mail";
                Err(DeliveryError::Unknown { why: why.to_owned() })
            }
            Err(_) => {
                let seconds = DATA_TIME.as_secs();
                let why = format!("the server did not say in {seconds} seconds whether it has it");
                Err(DeliveryError::Unknown { why })
            }
        }
    }

    /// The mail as it travels: lines of ASCII, whatever it says.
    fn written(&self, mail: &Mail, to: &Address) -> Result<Vec<u8>, DeliveryError> {
        let plain = SinglePart::plain(mail.body.clone());
        let builder = Message::builder()
            .from(Mailbox::new(None, self.from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(mail.subject.clone())
            .date_now()
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.domain())))
            .envelope(
                Envelope::new(Some(self.from.clone()), vec![to.clone()])
                    .map_err(|_| refused("it has no addressee"))?,
            );
        let message = match &mail.evidence {
            None => builder.singlepart(plain),
            Some(evidence) => {
                let kind = ContentType::parse("application/json").expect("it is a media type");
                let attached = Attachment::new(EVIDENCE.to_owned()).body(evidence.clone(), kind);
                builder.multipart(MultiPart::mixed().singlepart(plain).singlepart(attached))
            }
        };
        let message = message.map_err(|_| refused("it cannot be written as a mail"))?;
        Ok(message.formatted())
    }
}

impl Mailer for SmtpMailer {
    fn from(&self) -> &str {
        &self.settings.from
    }

    fn send<'a>(&'a self, mail: &'a Mail) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.deliver(mail))
    }
}

fn tls(settings: &MailSettings) -> Result<TlsParameters, MailerError> {
    let unusable =
        |error: lettre::transport::smtp::Error| MailerError::Authorities(error.to_string());
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.authorities {
        builder = builder.certificate_store(CertificateStore::None);
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(unusable)?);
    }
    builder.build().map_err(unusable)
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A step before the mail was handed over: whatever it ends with, nothing was sent.
async fn before<T>(
    limit: Duration,
    what: &str,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, DeliveryError> {
    match tokio::time::timeout(limit, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(judged(what, &error)),
        Err(_) => Err(later(format!("{what} took longer than {} seconds", limit.as_secs()))),
    }
}

/// What a server's refusal, or the lack of an answer, means before anything was handed over. That a
/// certificate is wrong or a password not taken may be mended, so it is tried again.
fn judged(what: &str, error: &lettre::transport::smtp::Error) -> DeliveryError {
    let is_about_us = matches!(what, "signing in" | "STARTTLS" | "the connection");
    match error.status() {
        Some(status) if error.is_permanent() && !is_about_us => {
            refused(format!("the server answered {what} with {status}"))
        }
        Some(status) => later(format!("the server answered {what} with {status}")),
        None if error.is_tls() => later(format!("{what}: TLS failed; is the certificate trusted?")),
        None if error.is_client() => {
            later(format!("{what}: the server offers no way that is known"))
        }
        None => later(format!("{what} broke off")),
    }
}

fn code(response: &Response) -> String {
    format!("the server took it ({})", response.code())
}

fn later(why: impl Into<String>) -> DeliveryError {
    DeliveryError::Later { why: why.into(), after: None }
}

fn refused(why: impl Into<String>) -> DeliveryError {
    DeliveryError::Refused { why: why.into() }
}
