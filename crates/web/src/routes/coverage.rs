//! How far protection reaches: who asks the DNS firewall, who follows the zone, and what a device is set up
//! with so that it asks here wherever it is.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Serialize;
use unhook_app::coverage::{
    Coverage, Devices, Follower, ProfileKind, ResolverStatus, UpstreamState, ZoneStatus,
};
use utoipa::{IntoParams, ToSchema};

use super::AfterQuery;
use crate::console::pages::evidence::download;
use crate::gate::Caller;
use crate::given::{FromSegment, Params, Segment, bad_request};
use crate::problem::{Kind, Problem};
use crate::time;
use crate::web::Shared;

/// How far protection reaches.
#[derive(Serialize, ToSchema)]
#[schema(as = Coverage)]
pub(crate) struct CoverageBody {
    /// Since when is counted: the start.
    #[schema(format = "date-time")]
    since: String,
    /// The DNS firewall; null where there is none.
    resolver: Option<ResolverBody>,
    /// The zone for resolvers; null where there is none.
    zone: Option<ZoneBody>,
}

/// The DNS firewall.
#[derive(Serialize, ToSchema)]
#[schema(as = ResolverCoverage)]
pub(crate) struct ResolverBody {
    /// How many names were looked up.
    #[schema(minimum = 0)]
    queries: u64,
    /// How many of them did not resolve because they are blocked.
    #[schema(minimum = 0)]
    blocked: u64,
    /// How many passed although nobody could say whether they are blocked.
    #[schema(minimum = 0)]
    without_policy: u64,
    /// Whether the policy failed when it was asked last: what is blocked resolves then.
    fails_open: bool,
    /// How many did not resolve because they are held.
    #[schema(minimum = 0)]
    held: u64,
    /// How many were answered with what was too old, since no upstream answered.
    #[schema(minimum = 0)]
    stale: u64,
    /// How many no upstream answered.
    #[schema(minimum = 0)]
    failed: u64,
    /// How many got no answer, by reason.
    dropped: BTreeMap<&'static str, u64>,
    /// How many are in no ledger and no count, since too many came at once.
    #[schema(minimum = 0)]
    untold: u64,
    /// The resolvers that it asks.
    upstreams: Vec<UpstreamBody>,
    /// About how many addresses asked in the last 7 days.
    #[schema(minimum = 0)]
    addresses_asked: u64,
    /// How many devices have a token; null where none has.
    #[schema(minimum = 0)]
    devices: Option<usize>,
    /// How many of those asked in the last 7 days. The others are not covered.
    #[schema(minimum = 0)]
    devices_asked: Option<usize>,
}

/// A resolver that the DNS firewall asks.
#[derive(Serialize, ToSchema)]
#[schema(as = DnsUpstream)]
pub(crate) struct UpstreamBody {
    /// Where it is.
    address: String,
    /// The zone that it is asked for; null for all that no other is.
    zone: Option<String>,
    /// Whether it answered when it was asked last.
    is_alive: bool,
    /// How many questions were sent to it.
    #[schema(minimum = 0)]
    asked: u64,
    /// How many of those it did not answer so that it could be used.
    #[schema(minimum = 0)]
    failed: u64,
}

impl UpstreamBody {
    fn of(state: UpstreamState) -> Self {
        let UpstreamState { address, zone, is_alive, asked, failed } = state;
        Self { address, zone, is_alive, asked, failed }
    }
}

impl ResolverBody {
    fn of(status: ResolverStatus, dropped: u64) -> Self {
        Self {
            fails_open: status.fails_open,
            held: status.held,
            stale: status.stale,
            failed: status.failed,
            dropped: status.dropped.into_iter().collect(),
            untold: status.untold + dropped,
            upstreams: status.upstreams.into_iter().map(UpstreamBody::of).collect(),
            queries: status.queries,
            blocked: status.blocked,
            without_policy: status.without_policy,
            addresses_asked: status.addresses,
            devices: status.devices.map(|share| share.configured),
            devices_asked: status.devices.map(|share| share.asked),
        }
    }
}

/// The zone for resolvers.
#[derive(Serialize, ToSchema)]
#[schema(as = ZoneCoverage)]
pub(crate) struct ZoneBody {
    /// Its name.
    zone: String,
    /// Its serial.
    #[schema(minimum = 0)]
    serial: u32,
    /// The resolvers that follow it, by address.
    followers: Vec<FollowerBody>,
}

/// A resolver that follows the zone.
#[derive(Serialize, ToSchema)]
#[schema(as = ZoneFollower)]
pub(crate) struct FollowerBody {
    /// Its address.
    address: String,
    /// When it was last seen; null if it never was.
    #[schema(format = "date-time")]
    seen: Option<String>,
    /// How many changes it is behind; null when that is not known.
    #[schema(minimum = 0)]
    lag: Option<u64>,
}

impl ZoneBody {
    fn of(status: ZoneStatus) -> Self {
        let follower = |follower: Follower| FollowerBody {
            address: follower.address,
            seen: follower.seen.map(time::write),
            lag: follower.lag,
        };
        let followers = status.followers.into_iter().map(follower).collect();
        Self { zone: status.zone, serial: status.serial, followers }
    }
}

/// How far protection reaches.
///
/// Counts are of this process since its start. A device that did not ask asks somewhere else or
/// is off: it is not covered, which does not mean that it is safe.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "blocks", operation_id = "show_coverage",
    params(AfterQuery),
    responses((status = 200, description = "How far", body = CoverageBody)))]
pub(crate) async fn show(
    State(shared): State<Shared>,
    Params(_): Params<AfterQuery>,
) -> Result<Json<CoverageBody>, Problem> {
    let coverage = shared.settings().coverage.as_deref();
    let dropped = shared.service().dropped_lookups();
    Ok(Json(CoverageBody {
        since: time::write(shared.service().hits_since()),
        resolver: coverage
            .and_then(Coverage::resolver)
            .map(|status| ResolverBody::of(status, dropped)),
        zone: coverage.and_then(Coverage::zone).map(ZoneBody::of),
    }))
}

/// The name of a device, as the file of devices has it.
pub(crate) struct DeviceName(String);

/// The longest that is looked for, in bytes.
const LONGEST_NAME: usize = 200;

impl FromSegment for DeviceName {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        if text.is_empty() || text.len() > LONGEST_NAME {
            return Err(bad_request("a device's name is expected, as `devices_file` has it"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Which profile.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProfileQuery {
    /// For which device: `ios` or `android`.
    #[param(inline, example = "ios")]
    kind: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

/// What a device is set up with so that it asks here wherever it is.
///
/// The device's token is in it: it goes to that device and nowhere else. That it was given is in the
/// audit trail.
#[utoipa::path(get, path = "/api/v1/devices/{name}/profile", tag = "blocks",
    operation_id = "show_device_profile",
    params(("name" = String, Path, description = "The device, as `devices_file` calls it"), ProfileQuery),
    responses((status = 200, description = "A configuration profile for Apple's systems, or what is \
        to be typed in at Android's private DNS",
        content((String = "application/x-apple-aspen-config"), (String = "text/plain")))))]
pub(crate) async fn profile(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(DeviceName(device)): Segment<DeviceName>,
    Params(query): Params<ProfileQuery>,
) -> Result<Response, Problem> {
    give(&shared, &device, query.kind.as_deref().unwrap_or_default(), caller.by).await
}

/// Gives a profile, and says so in the audit trail before.
pub(crate) async fn give(
    shared: &Shared,
    device: &str,
    kind: &str,
    by: unhook_model::PersonId,
) -> Result<Response, Problem> {
    let (asked, file, media_type) = match kind {
        "ios" => (ProfileKind::Ios, "dns.mobileconfig", "application/x-apple-aspen-config"),
        "android" => (ProfileKind::Android, "dns.txt", "text/plain; charset=utf-8"),
        _ => return Err(bad_request("say `kind`: ios or android")),
    };
    let devices = shared.settings().devices.as_deref().ok_or_else(|| {
        let why =
            "there are none yet: set `devices_file` and `device_host` in [dns] of unhook.toml";
        Problem::because(Kind::NotFound, why)
    })?;
    let profile = Devices::profile(devices, device, asked);
    let profile = profile.ok_or_else(|| Problem::not_found("device of this name"))?;
    shared.note(by, "device-profile-given", device, Some(kind.to_owned())).await;
    Ok(download(profile, media_type, file))
}
