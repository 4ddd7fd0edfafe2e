//! What a tool that looks at names finds: speed alone says little of it.

use std::fmt;

use anyhow::Result;

use super::input::Input;

/// What it found.
#[derive(Default)]
pub(super) struct Finds {
    /// Look-alikes found, of how many, where there are any to find.
    pub(super) lookalikes: Option<(usize, usize)>,
    /// Alerts on ordinary names, of how many, where it looks at names.
    pub(super) alerts: Option<(usize, usize)>,
}

impl Finds {
    /// Asks a tool, as the function that returns how many of some names it flags, for both.
    pub(super) fn of(input: &Input, flagged: impl Fn(&[String]) -> Result<usize>) -> Result<Self> {
        let count = |names: &[String]| match names.len() {
            0 => Ok(None),
            all => flagged(names).map(|found| Some((found, all))),
        };
        Ok(Self { lookalikes: count(&input.brands.lookalikes)?, alerts: count(&input.sample)? })
    }
}

impl fmt::Display for Finds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |what, counts: Option<(usize, usize)>| {
            counts.map(|(found, all)| format!("{what} {found} of {all}"))
        };
        let parts = [told("look-alikes", self.lookalikes), told("alerts", self.alerts)];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_is_not_told() {
        assert_eq!(Finds::default().to_string(), "");
        let both = Finds { lookalikes: Some((3, 200)), alerts: Some((1, 4000)) };
        assert_eq!(both.to_string(), "look-alikes 3 of 200; alerts 1 of 4000");
    }
}
