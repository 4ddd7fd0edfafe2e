//! The log of the service: on standard error, as text or JSON, without anything personal.

use tracing_subscriber::fmt;

/// How the log is written.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Form {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Begins to write it, once in a process.
pub(crate) fn begin(form: Form) {
    let log = fmt().with_writer(std::io::stderr).with_target(false);
    // A second time changes nothing.
    let _ = match form {
        Form::Text => log.with_ansi(false).try_init(),
        Form::Json => log.json().flatten_event(true).try_init(),
    };
}
