//! What the signals' own tests share.

use std::sync::LazyLock;

use unhook_model::{Brand, Facts, Message, Organization, Sender};

use super::{Scene, Sight, Signal};
use crate::Knowledge;

/// An organization made up for tests: Acme, with its own domains and a vendor's tenant.
pub(crate) static ACME: LazyLock<Knowledge> = LazyLock::new(|| {
    let text = str::to_owned;
    Knowledge::for_organization(&Organization {
        name: text("Acme"),
        brands: vec![Brand {
            name: text("Acme"),
            domains: vec![text("acme.example")],
            senders: vec![text("ACME-IT")],
            countries: vec![text("US")],
            ..Brand::default()
        }],
        owned_domains: vec![text("acme-internal.example")],
        vendor_tenants: vec![text("acme.myworkday.com")],
        identity_providers: vec![text("okta.com")],
        allow: vec![text("friend.example")],
        ..Organization::default()
    })
});

/// What a signal sees in a text from nobody in particular.
pub(crate) fn look(signal: &Signal, body: &str) -> Sight {
    look_with(signal, "", body, &Facts::default())
}

/// What a signal sees in a text from this sender, with these facts.
pub(crate) fn look_with(signal: &Signal, sender: &str, body: &str, facts: &Facts) -> Sight {
    let message = Message { sender: Sender::parse(sender), ..Message::from_body(body) };
    (signal.look)(&Scene::read(&message, facts, &ACME))
}

/// That a signal fires and marks this part of the text (nothing when empty).
#[track_caller]
pub(crate) fn fires(signal: &Signal, body: &str, marked: &str) {
    match look(signal, body) {
        Sight::Seen { span, .. } => {
            let found = span.map_or("", |span| &body[span.range()]);
            assert_eq!(found, marked, "{body}");
        }
        other => panic!("{} saw {other:?} in {body:?}", signal.id.as_str()),
    }
}

/// That a signal stays silent.
#[track_caller]
pub(crate) fn silent(signal: &Signal, body: &str) {
    assert_eq!(look(signal, body), Sight::Nothing, "{} fired on {body:?}", signal.id.as_str());
}
