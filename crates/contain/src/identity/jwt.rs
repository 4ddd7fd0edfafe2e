//! Signed tokens in compact form (JWS, RFC 7515; JWT, RFC 7519): how a connector says who it is.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::{Secret, SettingsError};

/// A private key: RSA of 2048 bits or more (RS256), or of the curve P-256 (ES256).
pub(crate) enum Key {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// Reads a key as PKCS #8 in PEM (`BEGIN PRIVATE KEY`).
    pub(crate) fn from_pem(pem: &Secret) -> Result<Self, SettingsError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| {
            SettingsError::Key("it must be PKCS #8 in PEM, which begins with BEGIN PRIVATE KEY")
        })?;
        let der = der.secret_pkcs8_der();
        if let Ok(key) = RsaKeyPair::from_pkcs8(der) {
            return Ok(Self::Rsa(Box::new(key)));
        }
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_pkcs8(curve, der, &SystemRandom::new()).map_err(|_| {
            SettingsError::Key("it must be RSA of 2048 to 4096 bits, or of the curve P-256")
        })?;
        Ok(Self::Ec(Box::new(key)))
    }

    /// How it signs (RFC 7518, section 3.1).
    pub(crate) const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
        }
    }

    /// The public half (RFC 7517), under this id.
    pub(crate) fn public_jwk(&self, id: &str) -> Value {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = key.public().into();
                json!({
                    "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
                    "n": encode(&n), "e": encode(&e),
                })
            }
            Self::Ec(key) => {
                // Uncompressed: a byte 4, then both coordinates.
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({
                    "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
                    "x": encode(x), "y": encode(y),
                })
            }
        }
    }

    /// A token of this type (`typ`), signed.
    pub(crate) fn sign(&self, kind: &str, id: Option<&str>, claims: &Value) -> String {
        let mut header = json!({ "alg": self.algorithm(), "typ": kind });
        if let Some(id) = id {
            header["kid"] = id.into();
        }
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.signature(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn signature(&self, bytes: &[u8]) -> Vec<u8> {
        const WHY: &str = "the key was checked, and the system has randomness";
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).expect(WHY);
                signature
            }
            Self::Ec(key) => key.sign(&random, bytes).expect(WHY).as_ref().to_vec(),
        }
    }
}
