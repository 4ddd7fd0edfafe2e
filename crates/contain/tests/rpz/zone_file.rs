//! The zone as a file, which BIND's own checker reads.

use std::process::Command;

use unhook_app::blocklist::{Blocklist, NameSet, NamedSet};
use unhook_contain::rpz::write_zone_file;

use crate::ours::{ZONE, proven};

#[test]
fn bind_reads_the_file() {
    let blocklist = Blocklist::default();
    blocklist.change(vec![proven("evil.test"), proven("_odd.xn--bcher-kva.test")], &[]);
    let names = NameSet::new([proven("evil.test"), proven("listed.test")]);
    blocklist.put_list(NamedSet { name: "list".into(), names });
    let mut file = Vec::new();
    write_zone_file(&ZONE.parse().unwrap(), 7, &blocklist.whole(), &mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    assert_eq!(text.lines().count(), 4 + 2 * 3, "{text}");
    assert!(text.contains("\n*.evil.test CNAME .\n"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone");
    std::fs::write(&path, &text).unwrap();
    let checked = Command::new("named-checkzone").arg("-D").arg(ZONE).arg(&path).output();
    match checked {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("*.listed.test.rpz"), "{said}");
        }
        Err(error) => assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "{error}"),
    }
}
