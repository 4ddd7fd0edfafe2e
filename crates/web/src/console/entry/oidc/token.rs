//! The token in which a provider says who somebody is (OpenID Connect Core 1.0, "ID Token Validation";
//! JWS, RFC 7515; keys, RFC 7517 and 7518).
//!
//! Which way it is signed is the key's to say, not only the token's; `none` and shared secrets are
//! no way at all. All that must be there is required, in the type it must have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;
use unhook_app::accounts::LONGEST_NAME;
use unhook_model::Timestamp;

/// The longest token looked at, in bytes; with many groups it has some KiB.
const LONGEST: usize = 32 << 10;

/// The longest subject, in bytes (Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// How far the provider's clock may be from ours, in seconds.
const SKEW: i64 = 60;

/// How old a token may be that was made just now, in seconds.
const OLDEST: i64 = 10 * 60;

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenError {
    #[error("it is no signed token")]
    Unreadable,
    #[error("it is signed in a way that is not taken")]
    Algorithm,
    #[error("it is signed with a key that the provider does not show")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it has expired, or is not from just now")]
    Time,
}

/// What a token says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    pub(super) nonce: Option<String>,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// A claim that is a text or a list of texts.
    pub(super) fn texts(&self, claim: &str) -> Vec<&str> {
        match self.others.get(claim) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// What the provider calls them, fit to be an account's name.
    pub(super) fn called(&self) -> String {
        let names = ["name", "preferred_username", "email"];
        let called = names.iter().flat_map(|claim| self.texts(claim)).chain([self.sub.as_str()]);
        let is_fit =
            |name: &&str| name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
        called.map(str::trim).filter(|name| !name.is_empty()).find(is_fit).unwrap_or("?").to_owned()
    }

    fn is_for(&self, client: &str) -> bool {
        let is_named = match &self.aud {
            Audience::One(one) => one == client,
            Audience::Several(several) => several.iter().any(|one| one == client),
        };
        let needs_azp = matches!(&self.aud, Audience::Several(several) if several.len() > 1);
        match &self.azp {
            Some(azp) => is_named && azp == client,
            None => is_named && !needs_azp,
        }
    }
}

/// The provider's keys.
#[derive(Deserialize)]
pub(super) struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    /// What must be understood and is not (RFC 7515, section 4.1.11).
    crit: Option<Value>,
}

/// What a token says, if it is believed.
pub(super) fn verify(
    token: &str,
    keys: &Keys,
    issuer: &str,
    client: &str,
    now: Timestamp,
) -> Result<Claims, TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Unreadable);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Unreadable)?;
    let (head, body) = signed.split_once('.').ok_or(TokenError::Unreadable)?;
    let head: Head = serde_json::from_slice(&bytes(head)?).map_err(|_| TokenError::Unreadable)?;
    if head.crit.is_some() {
        return Err(TokenError::Algorithm);
    }
    check_signature(keys, &head, signed.as_bytes(), &bytes(signature)?)?;
    let claims: Claims =
        serde_json::from_slice(&bytes(body)?).map_err(|_| TokenError::Unreadable)?;
    if claims.iss != issuer {
        return Err(TokenError::Issuer);
    }
    if !claims.is_for(client) {
        return Err(TokenError::Audience);
    }
    let now = now.unix_ms().div_euclid(1_000);
    let age = now.saturating_sub(claims.iat);
    if claims.exp.saturating_add(SKEW) <= now || !(-SKEW..=OLDEST).contains(&age) {
        return Err(TokenError::Time);
    }
    if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
        return Err(TokenError::Unreadable);
    }
    Ok(claims)
}

fn check_signature(
    keys: &Keys,
    head: &Head,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), TokenError> {
    if !WAYS.contains(&head.alg.as_str()) {
        return Err(TokenError::Algorithm);
    }
    // A key of a kind that is not known is for others.
    let read = keys.keys.iter().filter_map(|key| Key::deserialize(key).ok());
    let mut fitting = read.filter(|key| key.fits(head)).peekable();
    if fitting.peek().is_none() {
        return Err(TokenError::UnknownKey);
    }
    let is_right = fitting.any(|key| key.verifies(&head.alg, signed, signature).is_some());
    if is_right { Ok(()) } else { Err(TokenError::Signature) }
}

/// The ways of signing that are taken (RFC 7518, section 3.1; RFC 8037).
const WAYS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

impl Key {
    fn fits(&self, head: &Head) -> bool {
        let kind = match head.alg.as_str() {
            "ES256" | "ES384" => "EC",
            "EdDSA" => "OKP",
            _ => "RSA",
        };
        self.kty == kind
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_ref().is_none_or(|alg| *alg == head.alg)
            && (head.kid.is_none() || self.kid == head.kid)
    }

    fn verifies(&self, alg: &str, signed: &[u8], signature: &[u8]) -> Option<()> {
        let rsa = |way: &'static RsaParameters| {
            let (n, e) = (bytes(self.n.as_ref()?).ok()?, bytes(self.e.as_ref()?).ok()?);
            RsaPublicKeyComponents { n, e }.verify(way, signed, signature).ok()
        };
        let curve = |name: &str, way: &'static dyn signature::VerificationAlgorithm| {
            if self.crv.as_deref() != Some(name) {
                return None;
            }
            let mut point = bytes(self.x.as_ref()?).ok()?;
            if let Some(y) = &self.y {
                point.insert(0, 4);
                point.extend(bytes(y).ok()?);
            }
            UnparsedPublicKey::new(way, point).verify(signed, signature).ok()
        };
        match alg {
            "RS256" => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            "PS256" => rsa(&signature::RSA_PSS_2048_8192_SHA256),
            "PS384" => rsa(&signature::RSA_PSS_2048_8192_SHA384),
            "PS512" => rsa(&signature::RSA_PSS_2048_8192_SHA512),
            "ES256" => curve("P-256", &signature::ECDSA_P256_SHA256_FIXED),
            "ES384" => curve("P-384", &signature::ECDSA_P384_SHA384_FIXED),
            "EdDSA" => curve("Ed25519", &signature::ED25519),
            _ => None,
        }
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Unreadable)
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_658_357_340;

    struct Signer {
        pair: EcdsaKeyPair,
        random: SystemRandom,
    }

    impl Signer {
        fn new() -> Self {
            let random = SystemRandom::new();
            let way = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(way, document.as_ref(), &random).unwrap();
            Self { pair, random }
        }

        fn key(&self) -> Value {
            let point = &self.pair.public_key().as_ref()[1..];
            let (x, y) =
                (URL_SAFE_NO_PAD.encode(&point[..32]), URL_SAFE_NO_PAD.encode(&point[32..]));
            json!({ "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "x": x, "y": y })
        }

        fn keys(&self) -> Keys {
            Keys { keys: vec![json!({ "kty": "rare" }), json!(7), self.key()] }
        }

        fn sign(&self, head: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(head), part(claims));
            let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
        }
    }

    fn head() -> Value {
        json!({ "alg": "ES256", "kid": "1" })
    }

    fn claims() -> Value {
        json!({
            "iss": "https://id.example", "sub": "248289", "aud": "unhook", "exp": NOW + 300,
            "iat": NOW, "nonce": "n", "groups": ["staff", "soc"], "name": "Ana",
        })
    }

    fn with(key: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[key] = value;
        claims
    }

    fn judge(token: &str, keys: &Keys) -> Result<Claims, TokenError> {
        let now = Timestamp::from_unix_ms(NOW * 1_000);
        verify(token, keys, "https://id.example", "unhook", now)
    }

    #[test]
    fn a_token_is_believed_with_all_that_must_be_in_it() {
        let signer = Signer::new();
        let read = judge(&signer.sign(&head(), &claims()), &signer.keys()).unwrap();
        assert_eq!((read.sub.as_str(), read.nonce.as_deref()), ("248289", Some("n")));
        assert_eq!(read.texts("groups"), ["staff", "soc"]);
        assert_eq!(read.called(), "Ana");
        for key in ["iss", "sub", "aud", "exp", "iat"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(key);
            let judged = judge(&signer.sign(&head(), &claims), &signer.keys());
            assert_eq!(judged.unwrap_err(), TokenError::Unreadable, "{key}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_token_is_refused() {
        let signer = Signer::new();
        let check = |claims: Value, expected| {
            let judged = judge(&signer.sign(&head(), &claims), &signer.keys());
            assert_eq!(judged.map(|_| ()), expected, "{claims}");
        };
        check(with("iss", json!("https://id.example/")), Err(TokenError::Issuer));
        check(with("iss", json!("https://evil.example")), Err(TokenError::Issuer));
        check(with("aud", json!("other")), Err(TokenError::Audience));
        check(with("aud", json!(["other", "another"])), Err(TokenError::Audience));
        check(with("aud", json!(["unhook", "other"])), Err(TokenError::Audience));
        check(with("aud", json!(["unhook"])), Ok(()));
        check(with("azp", json!("other")), Err(TokenError::Audience));
        check(with("exp", json!(NOW - 61)), Err(TokenError::Time));
        check(with("exp", json!("4102444800")), Err(TokenError::Unreadable));
        check(with("iat", json!(NOW - 601)), Err(TokenError::Time));
        check(with("iat", json!(NOW + 61)), Err(TokenError::Time));
        check(with("iat", json!(i64::MIN)), Err(TokenError::Time));
        check(with("sub", json!("")), Err(TokenError::Unreadable));
        check(with("sub", json!("a".repeat(256))), Err(TokenError::Unreadable));
    }

    #[test]
    fn a_signature_is_of_a_key_of_the_provider_in_a_way_of_that_key() {
        let (signer, stranger) = (Signer::new(), Signer::new());
        let keys = signer.keys();
        let check = |token: &str, expected| assert_eq!(judge(token, &keys).unwrap_err(), expected);
        check(&stranger.sign(&head(), &claims()), TokenError::Signature);
        let other = json!({ "alg": "ES256", "kid": "2" });
        check(&signer.sign(&other, &claims()), TokenError::UnknownKey);
        for alg in ["none", "None", "HS256", "ES512", ""] {
            check(&signer.sign(&json!({ "alg": alg }), &claims()), TokenError::Algorithm);
        }
        check(
            &signer.sign(&json!({ "alg": "RS256", "kid": "1" }), &claims()),
            TokenError::UnknownKey,
        );
        let critical = json!({ "alg": "ES256", "kid": "1", "crit": ["b64"] });
        check(&signer.sign(&critical, &claims()), TokenError::Algorithm);
        let token = signer.sign(&head(), &claims());
        let (signed, _) = token.rsplit_once('.').unwrap();
        check(&format!("{signed}."), TokenError::Signature);
        let swapped = signer.sign(&head(), &with("sub", json!("1")));
        let (_, signature) = swapped.rsplit_once('.').unwrap();
        check(&format!("{signed}.{signature}"), TokenError::Signature);
        for wrong in ["", ".", "..", "a.b.c", &"a".repeat(LONGEST + 1)] {
            check(wrong, TokenError::Unreadable);
        }
        let mut encrypting = signer.key();
        encrypting["use"] = json!("enc");
        let keys = Keys { keys: vec![encrypting] };
        assert_eq!(judge(&token, &keys).unwrap_err(), TokenError::UnknownKey);
    }
}
