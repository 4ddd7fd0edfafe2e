//! A small SMTP server (RFC 5321) that takes mails for the reporting address, and nothing else.
//!
//! A mail server, a gateway or a phone's mail program hands a mail in; it is answered 250 once the
//! report is durable, 451 when it should come again, and 5xx when it never will be taken. It
//! relays nothing: whoever is not named in the settings is no recipient here. It knows `EHLO`,
//! `MAIL`, `RCPT`, `DATA`, `RSET`, `NOOP`, `QUIT` with `SIZE`, `8BITMIME` and `PIPELINING`, and
//! `STARTTLS` where there is a certificate.
//!
//! What a session says is worked out without a socket ([`session`]); lines end with CRLF and
//! nothing else, and a mail with CRLF, a dot and CRLF: two programs that read the end of a mail in
//! two ways let a third write mails in somebody's name ("SMTP smuggling"). [`server`] is the
//! sockets, with bounds on everything that costs.
//!
//! Who wrote is who `From` names, and it proves nothing by itself, as with every mail
//! ([`read_mail`](crate::read_mail)): what the envelope says is not used at all.

mod data;
mod probe;
mod server;
mod session;

pub use data::{Body, BodyEnd};
pub use probe::SmtpProbe;
pub use server::{
    COMMAND_TIME, DATA_TIME, MOST_CONNECTIONS, SESSION_TIME, SmtpServer, SmtpSettings,
};
pub use session::{
    LONGEST_LINE, MOST_COMMANDS, MOST_MISTAKES, MOST_RECIPIENTS, Recipients, Session, Step,
};
