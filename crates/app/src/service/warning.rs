//! What people do at the page that warns: that they came goes into the ledger, what they say there is
//! also brought up for the team, whether a campaign is known or not.

use super::{Service, ServiceError};
use crate::ledger::{By, Observed, Touch, Via};
use crate::people::Pending;
use crate::record::Record;
use crate::resolving::Client;
use crate::warning::{Said, Visit, Warnings};

/// What comes up for the team, before a colon and the name.
const TYPED: &str = "warning-typed";
const MISTAKE: &str = "warning-mistake";

/// The longest name in what comes up for the team, in bytes: longer ones are cut at their beginning,
/// and say still whose they are.
const LONGEST_NAME: usize = 100;

impl Warnings for Service {
    fn stopped(&self, host: &str) -> Option<Box<str>> {
        match self.blocklist().find(host) {
            Some(hit) => Some(host[hit.start..].into()),
            None => self.gate.held_at(host),
        }
    }

    fn visited(&self, visit: Visit) {
        self.gate.tell(vec![touched(visit, Via::WarningPage)]);
    }

    fn said(&self, visit: Visit, said: Said) -> Pending<'_, Result<(), ServiceError>> {
        Box::pin(async move {
            let matter = match said {
                Said::Typed => TYPED,
                Said::Mistake => MISTAKE,
            };
            let (matter, at) = (format!("{matter}:{}", short(&visit.stopped)), visit.at);
            // First of all somebody is to know: the ledger keeps only what a campaign explains.
            let noticed = self.decide(move |draft| {
                draft.record(Record::Noticed { matter: matter.clone(), report: None, at });
            });
            noticed.await?;
            let via = match said {
                Said::Typed => Via::Statement,
                Said::Mistake => Via::WarningPage,
            };
            self.take_logs(vec![touched(visit, via)]).await.map(|_| ())
        })
    }
}

fn touched(visit: Visit, via: Via) -> Observed {
    let by = By::Client(Client::Address(visit.address));
    Observed::Touched(Touch { name: visit.host, by, at: visit.at, via })
}

/// The end of a name, from where a part of it begins.
fn short(name: &str) -> String {
    let from = name.len().saturating_sub(LONGEST_NAME);
    let mut end = name.get(from..).unwrap_or(name);
    if from > 0 {
        end = end.split_once('.').map_or(end, |(_, rest)| rest);
    }
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    end.chars().map(|c| if is_known(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_says_still_whose_it_is() {
        assert_eq!(short("acme-okta.example"), "acme-okta.example");
        assert_eq!(short("a_b.example"), "a-b.example");
        let part = "b".repeat(60);
        let long = format!("{}.{part}.acme-okta.example", "a".repeat(60));
        assert_eq!(short(&long), format!("{part}.acme-okta.example"));
    }
}
