//! What is known of a campaign, as a ZIP: for those who must be told, or who go on with it.
//!
//! Texts stand in it as they came, senders and links live: it is evidence, and says so. Whoever
//! reported stays a pseudonym. `manifest.json` has the SHA-256 of every other file, so that a copy
//! can be shown to be one.

use std::io::{Cursor, Write as _};

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::json;
use unhook_app::service::Dossier;
use unhook_model::{CampaignId, Timestamp};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::console::visit::Visit;
use crate::given::Segment;
use crate::problem::{Kind, Problem};
use crate::routes::campaigns::DetailBody;
use crate::routes::reports::ReportBody;
use crate::time;

const README: &str = "Evidence about one smishing campaign, exported from Unhook.

campaign.json   what it is, its domains and senders, and why its texts belong together
reports.jsonl   its texts as they came, one JSON object a line, with what was seen in each
history.json    what happened and what was decided, by whom, when
manifest.json   the SHA-256 of each of these files, and how many texts are in them:
                of a campaign of more than 20,000, the oldest

Links in it are live: open none. Times are UTC (RFC 3339). People are named by pseudonyms.
";

pub(crate) async fn export(
    visit: Visit,
    Segment(campaign): Segment<CampaignId>,
) -> Result<Response, Problem> {
    let by = visit.by();
    let made = visit
        .shared
        .look_up(move |service| {
            let now = service.now();
            let dossier = service.evidence(campaign)?;
            Ok::<_, unhook_app::ServiceError>(dossier.map(|dossier| archive(dossier, now)))
        })
        .await?;
    let bytes = made.ok_or_else(|| Problem::not_found("campaign"))?.map_err(|error| {
        tracing::error!(%error, "evidence could not be packed");
        Problem::new(Kind::Broken)
    })?;
    visit.shared.note(by, "evidence-exported", campaign, None).await;
    Ok(download(bytes, "application/zip", &format!("campaign-{campaign}.zip")))
}

/// A file to be kept. Its name has nothing that a header could not hold.
pub(crate) fn download(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// The files, each with its digest in the last.
fn archive(dossier: Dossier, now: Timestamp) -> std::io::Result<Vec<u8>> {
    let history: Vec<_> = dossier
        .history
        .iter()
        .map(|happened| {
            let (at, by) = (time::write(happened.at), happened.by.map(|by| by.to_string()));
            json!({ "at": at, "what": happened.what, "by": by, "reason": happened.reason })
        })
        .collect();
    let counts = json!({
        "texts": dossier.texts.len(),
        "texts_of_the_campaign": dossier.detail.summary.message_count,
        "ties": dossier.detail.ties.len(),
    });
    let reports = dossier.texts.into_iter().map(|text| ReportBody::in_full(text.report));
    let files = [
        ("README.txt", README.as_bytes().to_vec()),
        ("campaign.json", pretty(&DetailBody::of(dossier.detail))?),
        ("reports.jsonl", lines(reports)?),
        ("history.json", pretty(&history)?),
    ];
    let manifest = json!({ "exported_at": time::write(now), "counts": counts });
    pack(files, manifest)
}

/// A ZIP of these files and `manifest.json`, which has the digest of each beside what it is given.
pub(crate) fn pack<const N: usize>(
    files: [(&str, Vec<u8>); N],
    mut manifest: serde_json::Value,
) -> std::io::Result<Vec<u8>> {
    let sums = files.iter().map(|(name, bytes)| ((*name).to_owned(), json!(sum(bytes))));
    manifest["sha256"] = json!(sums.collect::<serde_json::Map<String, _>>());
    // As they are: a reader of any age opens it, and it is some hundred KiB.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files.into_iter().chain([("manifest.json", pretty(&manifest)?)]) {
        zip.start_file(name, options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

pub(crate) fn pretty(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    Ok(json)
}

pub(crate) fn lines(values: impl Iterator<Item = impl Serialize>) -> std::io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for value in values {
        serde_json::to_writer(&mut lines, &value)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn sum(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
