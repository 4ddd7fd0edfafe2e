//! Host names out of the lines that lists of names are made of.

/// The host in a line: a bare name, a URL, or a certificate's wildcard (`*.example.com`);
/// without port, path, user and trailing dot. `None` when nothing is left, as for comments.
///
/// ```
/// use unhook_detect::lookalike::host_of_line;
/// assert_eq!(host_of_line(b" https://user@login.example.com:8443/x?y "), Some(&b"login.example.com"[..]));
/// assert_eq!(host_of_line(b"*.example.com."), Some(&b"example.com"[..]));
/// assert_eq!(host_of_line(b"# a comment"), None);
/// ```
#[must_use]
pub fn host_of_line(line: &[u8]) -> Option<&[u8]> {
    let mut host = line.trim_ascii();
    if host.first() == Some(&b'#') {
        return None;
    }
    // A bare name, the commonest by far, holds nothing that must be cut off.
    if host.iter().fold(false, |any, b| any | CUTS[usize::from(*b)]) {
        host = bare(host);
    }
    let host = host.strip_suffix(b".").unwrap_or(host);
    let host = host.strip_prefix(b".").unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

/// Bytes that end or begin something that is no part of a host.
static CUTS: [bool; 256] = {
    let mut cuts = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        cuts[byte] = matches!(byte as u8, b'/' | b':' | b'@' | b'*' | b'?' | b' ' | b'\t' | b',');
        byte += 1;
    }
    cuts
};

fn bare(line: &[u8]) -> &[u8] {
    let scheme = line.windows(3).position(|window| window == b"://").map_or(0, |at| at + 3);
    let rest = &line[scheme..];
    let end = rest
        .iter()
        .position(|b| matches!(b, b'/' | b'?' | b'#' | b' ' | b'\t' | b','))
        .unwrap_or(rest.len());
    let authority = &rest[..end];
    let start = authority.iter().rposition(|b| *b == b'@').map_or(0, |at| at + 1);
    let host = &authority[start..];
    let end = host.iter().position(|b| *b == b':').unwrap_or(host.len());
    let host = &host[..end];
    host.strip_prefix(b"*.").unwrap_or(host)
}
