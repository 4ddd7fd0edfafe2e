//! Why the web cannot be served.

/// Why the web cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// What should name a range of addresses does not.
    #[error("`{text}` is no network; write one such as 10.0.0.0/8, fd00::/8 or 192.0.2.7")]
    Network {
        /// What was written.
        text: String,
    },
    /// A file of certificates or the key cannot be read.
    #[error("cannot read {path}")]
    File {
        /// Which file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// There is no certificate in the file that should have some.
    #[error("{path} holds no certificate in PEM form")]
    NoCertificate {
        /// Which file.
        path: std::path::PathBuf,
    },
    /// There is no private key in the file that should have it.
    #[error("{path} holds no private key in PEM form")]
    NoKey {
        /// Which file.
        path: std::path::PathBuf,
    },
    /// Certificate and key are no pair, or of a kind that cannot be used.
    #[error("the certificate and its key cannot be used together")]
    Certificate(#[source] tokio_rustls::rustls::Error),
}
