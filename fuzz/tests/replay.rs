//! Runs every seed through its target on a stable compiler: what was once found stays
//! mended, and no target rots between two runs of the fuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use unhook_fuzz::TARGETS;

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

#[test]
fn every_seed_holds() {
    for (name, target) in TARGETS {
        let files = fs::read_dir(seeds().join(name)).unwrap();
        let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{name} has no seeds");
        for path in paths {
            // The harness shows this only when the seed fails.
            println!("{}", path.display());
            target(&fs::read(&path).unwrap());
        }
    }
}

#[test]
fn every_folder_of_seeds_has_a_target() {
    let folders: BTreeSet<String> = fs::read_dir(seeds())
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, targets);
}

#[test]
fn nothing_and_noise_hold() {
    for (_, target) in TARGETS {
        target(b"");
        target(&[0xff; 4096]);
        target(&(0..=255).cycle().take(5000).collect::<Vec<u8>>());
    }
}
