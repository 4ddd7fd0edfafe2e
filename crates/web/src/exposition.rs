//! Metrics in Prometheus' text format, version 0.0.4, written by hand: it is a few rules.

use std::fmt::Write as _;

use unhook_app::coverage::ResolverStatus;
use unhook_app::service::{Counter, Counts};

use crate::traffic::{BUCKETS, Label, Series};

/// What the format is called.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const REQUESTS: &str = "unhook_http_request_duration_seconds";

/// What the use cases and the web count.
pub(crate) fn write(counts: &Counts, traffic: &[(Label, Series)]) -> String {
    let mut text = String::new();
    counters(&mut text, counts);
    for (name, value) in &counts.gauges {
        heading(&mut text, &format!("unhook_{name}"), "gauge");
        // Writing to a string does not fail, here and below.
        let _ = writeln!(text, "unhook_{name} {value}");
    }
    if !traffic.is_empty() {
        heading(&mut text, REQUESTS, "histogram");
    }
    for (label, series) in traffic {
        histogram(&mut text, label, series);
    }
    text
}

/// All samples of a metric stand together below one heading, in whatever order they come.
fn counters(text: &mut String, counts: &Counts) {
    let mut names: Vec<&str> = Vec::new();
    for counter in &counts.counters {
        if !names.contains(&counter.name) {
            names.push(counter.name);
        }
    }
    for name in names {
        heading(text, &format!("unhook_{name}"), "counter");
        for counter in counts.counters.iter().filter(|counter| counter.name == name) {
            let _ = writeln!(text, "unhook_{name}{} {}", braces(&counter.labels), counter.value);
        }
    }
}

fn histogram(text: &mut String, (route, method, status): &Label, series: &Series) {
    let status = status.to_string();
    let labels = [("route", route.clone()), ("method", (*method).to_owned()), ("status", status)];
    let mut up_to = 0;
    for (end, count) in BUCKETS.iter().zip(series.buckets) {
        up_to += count;
        let with_end = [&labels[..], &[("le", end.to_string())]].concat();
        let _ = writeln!(text, "{REQUESTS}_bucket{} {up_to}", braces(&with_end));
    }
    let with_end = [&labels[..], &[("le", "+Inf".to_owned())]].concat();
    let _ = writeln!(text, "{REQUESTS}_bucket{} {}", braces(&with_end), series.count);
    let _ = writeln!(text, "{REQUESTS}_sum{} {}", braces(&labels), series.seconds);
    let _ = writeln!(text, "{REQUESTS}_count{} {}", braces(&labels), series.count);
}

fn heading(text: &mut String, name: &str, kind: &str) {
    let _ = writeln!(text, "# TYPE {name} {kind}");
}

fn braces(labels: &[(&str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What the DNS firewall counts, and how it is.
pub(crate) fn resolver(status: &ResolverStatus) -> String {
    let counter = |name, labels, value| Counter { name, labels, value };
    let plain = [
        ("dns_queries_total", status.queries),
        ("dns_blocked_total", status.blocked),
        ("dns_held_total", status.held),
        ("dns_stale_total", status.stale),
        ("dns_failed_total", status.failed),
        ("dns_without_policy_total", status.without_policy),
        ("dns_untold_total", status.untold),
    ];
    let plain = plain.map(|(name, value)| counter(name, Vec::new(), value));
    let dropped = status.dropped.iter().map(|(why, count)| {
        counter("dns_dropped_total", vec![("reason", (*why).to_owned())], *count)
    });
    let gauges = vec![("dns_fails_open", f64::from(u8::from(status.fails_open)))];
    let mut text =
        write(&Counts { counters: plain.into_iter().chain(dropped).collect(), gauges }, &[]);
    const UP: &str = "unhook_dns_upstream_up";
    if !status.upstreams.is_empty() {
        heading(&mut text, UP, "gauge");
    }
    for upstream in &status.upstreams {
        let zone = upstream.zone.clone().unwrap_or_default();
        let labels = [("upstream", upstream.address.clone()), ("zone", zone)];
        let _ = writeln!(text, "{UP}{} {}", braces(&labels), u8::from(upstream.is_alive));
    }
    text
}

/// What the process takes; nothing where the system does not say.
pub(crate) fn process() -> String {
    const NAME: &str = "process_resident_memory_bytes";
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let Some(bytes) = resident_bytes(&status) else { return String::new() };
    format!("# TYPE {NAME} gauge\n{NAME} {bytes}\n")
}

/// The resident set in Linux's status of a process (proc_pid_status(5)), which says it in
/// KiB whatever the size of a page.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_as_the_format_wants_it() {
        let counter = |name, labels, value| Counter { name, labels, value };
        let counts = Counts {
            counters: vec![
                counter("reports_total", vec![("way", "text".to_owned())], 3),
                counter("errors_total", vec![], 1),
                counter("reports_total", vec![("way", "a \"b\" \\ c\n".to_owned())], 4),
            ],
            gauges: vec![("campaigns_open", 2.5)],
        };
        let series = Series { count: 3, seconds: 3.2, buckets: [1, 0, 1, 0, 0, 0] };
        let label = ("/api/v1/reports/{id}".to_owned(), "GET", 200);
        insta::assert_snapshot!(write(&counts, &[(label, series)]));
    }

    #[test]
    fn nothing_counted_is_nothing_written() {
        assert_eq!(write(&Counts::default(), &[]), "");
    }

    #[test]
    fn the_resident_set_is_read() {
        assert_eq!(resident_bytes("VmPeak: 9 kB\nVmRSS:\t    1234 kB\n"), Some(1_263_616));
        assert_eq!(resident_bytes("VmRSS: many"), None);
        assert_eq!(resident_bytes(""), None);
    }
}
