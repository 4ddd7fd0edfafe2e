//! How figures are written.

/// From milliseconds; those under ten to a tenth.
pub(super) fn milliseconds(time: f64) -> String {
    if time < 9.95 { format!("{time:.1} ms") } else { format!("{time:.0} ms") }
}

/// From bytes, in thousands.
pub(super) fn kilobytes(bytes: f64) -> String {
    format!("{:.0} KB", bytes / 1e3)
}

/// From bytes.
pub(super) fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_times_have_tenths() {
        assert_eq!(
            [0.04, 9.94, 9.96, 431.6].map(milliseconds),
            ["0.0 ms", "9.9 ms", "10 ms", "432 ms"]
        );
        assert_eq!(
            (kilobytes(61_900.0), megabytes(4_260_000.0)),
            ("62 KB".into(), "4.3 MB".into())
        );
    }
}
