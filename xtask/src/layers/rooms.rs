//! The rooms of the house and the arrows between them: the one table to change when a
//! crate is added. Why it is so stands in ARCHITECTURE.md.

/// A crate's place in the house.
pub(super) struct Room {
    /// Its folder under `crates/`.
    pub(super) name: &'static str,
    /// The rooms it may use.
    pub(super) below: &'static [&'static str],
    /// For a pure room, the only outside crates it may use: none of them does I/O, reads a
    /// clock, rolls dice or looks at the environment. `None` for rooms that may do I/O.
    pub(super) pure: Option<&'static [&'static str]>,
}

const CORE: &[&str] = &["model", "detect", "page", "engine", "share"];
const APP_AND_BELOW: &[&str] = &["app", "model", "detect", "page", "engine", "share"];

/// Every room there is or will be, from the ground up.
pub(super) const ROOMS: &[Room] = &[
    Room { name: "model", below: &[], pure: Some(&["idna", "thiserror"]) },
    Room {
        name: "detect",
        below: &["model"],
        pure: Some(&[
            "aho-corasick",
            "hashbrown",
            "idna",
            "memchr",
            "psl",
            "rustc-hash",
            "thiserror",
            "unicode-normalization",
            "unicode-script",
            "unicode-security",
        ]),
    },
    Room { name: "page", below: &["model"], pure: Some(&["thiserror"]) },
    Room { name: "engine", below: &["model", "detect"], pure: Some(&["psl", "thiserror"]) },
    Room { name: "share", below: &["model"], pure: Some(&["serde", "serde_json", "thiserror"]) },
    Room { name: "app", below: CORE, pure: None },
    Room { name: "store", below: APP_AND_BELOW, pure: None },
    Room { name: "messaging", below: APP_AND_BELOW, pure: None },
    Room { name: "watch", below: APP_AND_BELOW, pure: None },
    Room { name: "contain", below: APP_AND_BELOW, pure: None },
    Room { name: "web", below: APP_AND_BELOW, pure: None },
    Room {
        name: "cli",
        below: &[
            "web",
            "messaging",
            "watch",
            "contain",
            "store",
            "app",
            "model",
            "detect",
            "page",
            "engine",
            "share",
        ],
        pure: None,
    },
];

/// The room of this name.
pub(super) fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// The package of a room: `unhook-` and its name; the binary's is plain `unhook`.
pub(super) fn package(room: &str) -> String {
    if room == "cli" { "unhook".to_owned() } else { format!("unhook-{room}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_only_point_down() {
        for (height, here) in ROOMS.iter().enumerate() {
            for below in here.below {
                let place = ROOMS.iter().position(|room| room.name == *below);
                assert!(place.is_some_and(|place| place < height), "{} → {below}", here.name);
            }
        }
    }

    #[test]
    fn pure_rooms_use_only_pure_rooms() {
        for here in ROOMS.iter().filter(|room| room.pure.is_some()) {
            for below in here.below {
                assert!(room(below).is_some_and(|r| r.pure.is_some()), "{} → {below}", here.name);
            }
        }
    }
}
