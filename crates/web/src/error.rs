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
    /// What should be the console's public address is none.
    #[error(
        "`{text}` is no address of the console; write scheme, name and perhaps a port, such as \
         https://unhook.acme.example"
    )]
    PublicUrl {
        /// What was written.
        text: String,
    },
    /// What should be an OpenID provider's address is none.
    #[error(
        "`{text}` is no issuer; write it as the provider does, such as https://id.acme.example"
    )]
    Issuer {
        /// What was written.
        text: String,
    },
    /// Passkeys cannot be set up for the console's address.
    #[error("passkeys cannot be set up for {host}")]
    Passkeys {
        /// The host.
        host: String,
        /// Why.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A key of the message filter is none, or there is none.
    #[error(
        "a key of the message filter has at least 20 letters, digits, `-` and `_`, one key a line"
    )]
    FilterKey,
    /// What should name an app does not.
    #[error("`{text}` is no app; write team and bundle, such as A1B2C3D4E5.com.acme.filter")]
    FilterApp {
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
