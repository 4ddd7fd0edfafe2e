//! What is kept between the two halves of a ceremony: in memory, for some minutes, for one use.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ring::rand::{SecureRandom as _, SystemRandom};
use unhook_model::Timestamp;

use super::CEREMONY_MS;
use crate::problem::{Kind, Problem};

/// The most that are kept; a few megabytes. A flood of beginnings drops the oldest, which is
/// begun again with one more touch.
const MOST: usize = 4_096;

/// What is kept, each under a name that nobody can guess.
pub(super) struct Kept<T> {
    all: Mutex<HashMap<String, (Timestamp, T)>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { all: Mutex::default() }
    }
}

impl<T> Kept<T> {
    /// Keeps something, and says under which name.
    pub(super) fn put(&self, value: T, now: Timestamp) -> Result<String, Problem> {
        let name = secret()?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, (at, _)| is_live(*at, now));
        }
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, (at, _))| *at).map(|(name, _)| name.clone());
            oldest.and_then(|name| all.remove(&name));
        }
        all.insert(name.clone(), (now, value));
        Ok(name)
    }

    /// Takes it out, whether it is of any use or not: there is no second try.
    pub(super) fn take(&self, name: &str, now: Timestamp) -> Option<T> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(name).filter(|(at, _)| is_live(*at, now)).map(|(_, value)| value)
    }
}

fn is_live(at: Timestamp, now: Timestamp) -> bool {
    now.unix_ms() - at.unix_ms() < CEREMONY_MS
}

/// 32 random bytes in letters that stand in an address as themselves.
pub(super) fn secret() -> Result<String, Problem> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let mut bytes = [0; 32];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Problem::because(Kind::Unavailable, "the system gives no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(moment: i64) -> Timestamp {
        Timestamp::from_unix_ms(moment)
    }

    #[test]
    fn it_is_good_for_one_use_and_for_some_minutes() {
        let kept = Kept::default();
        let name = kept.put("a", at(0)).unwrap();
        assert_eq!(kept.take("other", at(1)), None);
        assert_eq!(kept.take(&name, at(CEREMONY_MS - 1)), Some("a"));
        assert_eq!(kept.take(&name, at(CEREMONY_MS - 1)), None);
        let name = kept.put("b", at(0)).unwrap();
        assert_eq!(kept.take(&name, at(CEREMONY_MS)), None);
        assert_eq!(kept.take(&name, at(0)), None, "a late try used it up");
    }

    #[test]
    fn a_flood_grows_no_memory_and_drops_the_oldest() {
        let kept = Kept::default();
        let first = kept.put(0, at(0)).unwrap();
        let names: Vec<String> =
            (1..=MOST as i64).map(|number| kept.put(number, at(number)).unwrap()).collect();
        assert_eq!(kept.all.lock().unwrap().len(), MOST);
        assert_eq!(kept.take(&first, at(1)), None);
        assert_eq!(kept.take(&names[MOST - 1], at(1)), Some(MOST as i64));
    }
}
