//! The sheet, the scripts and the picture that pages use, embedded.
//!
//! Each has its digest in its address, so that a browser may keep it for ever and yet never shows
//! a page with those of another release.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::problem::{Kind, Problem};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    address: String,
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let address = format!("/assets/{name}?{:016x}", hasher.finish());
        Self { name, content_type, bytes, address }
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

static ALL: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        Asset::new(
            "console.css",
            "text/css; charset=utf-8",
            include_bytes!("../../assets/console.css"),
        ),
        Asset::new("console.js", SCRIPT, include_bytes!("../../assets/console.js")),
        Asset::new("entry.js", SCRIPT, include_bytes!("../../assets/entry.js")),
        Asset::new("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
    ]
});

/// Where a page finds one.
pub(crate) fn address(name: &str) -> &'static str {
    ALL.iter().find(|asset| asset.name == name).map_or("", |asset| asset.address.as_str())
}

/// The path at which they are.
pub(crate) const PATH: &str = "/assets/{name}";

pub(crate) async fn show(
    Path(name): Path<String>,
    RawQuery(digest): RawQuery,
) -> Result<Response, Problem> {
    let found = ALL.iter().find(|asset| asset.name == name);
    let asset = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    let is_this = digest.is_some_and(|digest| asset.address.ends_with(&format!("?{digest}")));
    let kept = if is_this { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_kept_and_another_is_not() {
        let get = async |name: &str, digest: Option<&str>| {
            show(Path(name.to_owned()), RawQuery(digest.map(str::to_owned))).await
        };
        let digest = address("console.css").split_once('?').unwrap().1;
        let kept = get("console.css", Some(digest)).await.unwrap();
        assert!(kept.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        let other = get("console.css", Some("0")).await.unwrap();
        assert_eq!(other.headers()["cache-control"], "no-cache");
        assert!(get("../words/en", None).await.is_err());
    }
}
