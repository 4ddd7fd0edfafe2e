//! TLS from files of certificates, which can be read again while it serves.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::server::TlsStream;

use crate::WebError;

/// What HTTP/2 is called in a handshake (RFC 9113, section 3.1).
const HTTP2: &[u8] = b"h2";

/// TLS with the certificate of two files.
#[derive(Clone)]
pub struct Tls {
    files: Arc<Files>,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
}

struct Files {
    certificates: PathBuf,
    key: PathBuf,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificates", &self.files.certificates).finish()
    }
}

impl Tls {
    /// With a chain of certificates and its key, both in PEM form.
    ///
    /// # Errors
    /// When the files cannot be read, or are no pair.
    pub fn from_files(
        certificates: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, WebError> {
        let files = Files { certificates: certificates.into(), key: key.into() };
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read()?))));
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(WebError::Certificate)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { files: Arc::new(files), current, acceptor })
    }

    /// Reads the files again, as after a certificate was renewed. Connections there are stay
    /// as they are.
    ///
    /// # Errors
    /// When the files cannot be read, or are no pair; the certificate stays as it was.
    pub fn reload(&self) -> Result<(), WebError> {
        let fresh = Arc::new(self.files.read()?);
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What begins TLS with the certificate as it is at the time, for a listener of another
    /// protocol.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    pub(super) async fn accept<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.acceptor.accept(stream).await
    }
}

/// Whether the two ends agreed on HTTP/2. Who names no protocol speaks HTTP/1.1.
pub(super) fn is_http2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}

impl Files {
    fn read(&self) -> Result<CertifiedKey, WebError> {
        let pem = read(&self.certificates)?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, PemError>>()
            .map_err(|_| self.no_certificate())?;
        if chain.is_empty() {
            return Err(self.no_certificate());
        }
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?)
            .map_err(|_| WebError::NoKey { path: self.key.clone() })?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(WebError::Certificate)
    }

    fn no_certificate(&self) -> WebError {
        WebError::NoCertificate { path: self.certificates.clone() }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, WebError> {
    std::fs::read(path).map_err(|cause| WebError::File { path: path.to_owned(), cause })
}

/// The certificate as it is now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
