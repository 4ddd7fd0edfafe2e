//! The words that stand for values in requests and answers, and how the description of the
//! API lists them: from the tables that the code itself reads, so that they are the same.

use unhook_app::service::Audience;
use unhook_app::views::NameRuling;
use unhook_app::{Scope, Standing, Way};
use unhook_engine::{Ruling, Stage};
use unhook_model::{Channel, ScamKind, Verdict};
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};

pub(crate) const CHANNELS: [(Channel, &str); 6] = [
    (Channel::Sms, "sms"),
    (Channel::Mms, "mms"),
    (Channel::Rcs, "rcs"),
    (Channel::Whatsapp, "whatsapp"),
    (Channel::Voice, "voice"),
    (Channel::Email, "email"),
];

pub(crate) const VERDICTS: [Verdict; 3] =
    [Verdict::Benign, Verdict::Suspicious, Verdict::Malicious];

pub(crate) const STAGES: [Stage; 4] =
    [Stage::Emerging, Stage::Active, Stage::Contained, Stage::Closed];

pub(crate) const RULINGS: [(Ruling, &str); 2] =
    [(Ruling::Malicious, "malicious"), (Ruling::Benign, "benign")];

pub(crate) const AUDIENCES: [(Audience, &str); 2] =
    [(Audience::Reporters, "reporters"), (Audience::Everyone, "everyone")];

pub(crate) fn audience_named(name: &str) -> Option<Audience> {
    AUDIENCES.iter().find(|(_, known)| *known == name).map(|(audience, _)| *audience)
}

pub(crate) const NAME_RULINGS: [NameRuling; 3] =
    [NameRuling::Malicious, NameRuling::Benign, NameRuling::Allow];

/// What a channel is called.
pub(crate) fn channel_name(channel: Channel) -> &'static str {
    CHANNELS.iter().find(|(known, _)| *known == channel).map_or("other", |(_, name)| name)
}

/// The channel of a name.
pub(crate) fn channel_named(name: &str) -> Option<Channel> {
    CHANNELS.iter().find(|(_, known)| *known == name).map(|(channel, _)| *channel)
}

/// The verdict of a name.
pub(crate) fn verdict_named(name: &str) -> Option<Verdict> {
    VERDICTS.into_iter().find(|verdict| verdict.name() == name)
}

/// The stage of a name.
pub(crate) fn stage_named(name: &str) -> Option<Stage> {
    STAGES.into_iter().find(|stage| stage.name() == name)
}

/// Words of a list, for a sentence.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn one_of(words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

fn one_of_or_null(words: impl IntoIterator<Item = &'static str>) -> Object {
    let words = words.into_iter().map(serde_json::Value::from);
    let values = words.chain([serde_json::Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(values))
        .build()
}

pub(crate) fn verdict() -> Object {
    one_of(VERDICTS.map(Verdict::name))
}

pub(crate) fn optional_verdict() -> Object {
    one_of_or_null(VERDICTS.map(Verdict::name))
}

pub(crate) fn kind() -> Object {
    one_of_or_null(ScamKind::ALL.map(|(_, name)| name))
}

pub(crate) fn channel() -> Object {
    one_of(CHANNELS.map(|(_, name)| name))
}

pub(crate) fn optional_channel() -> Object {
    one_of_or_null(CHANNELS.map(|(_, name)| name))
}

pub(crate) fn way() -> Object {
    one_of(Way::ALL.map(|(_, name)| name))
}

pub(crate) fn stage() -> Object {
    one_of(STAGES.map(Stage::name))
}

pub(crate) fn standing() -> Object {
    one_of(Standing::ALL.map(|(_, name)| name))
}

pub(crate) fn optional_ruling() -> Object {
    one_of_or_null(RULINGS.map(|(_, name)| name))
}

pub(crate) fn audience() -> Object {
    one_of_or_null(AUDIENCES.map(|(_, name)| name))
}

pub(crate) fn scopes() -> Array {
    let scopes = one_of(Scope::ALL.map(|(_, name)| name));
    ArrayBuilder::new()
        .items(scopes)
        .min_items(Some(1))
        .max_items(Some(Scope::ALL.len()))
        .unique_items(true)
        .build()
}

fn offset() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build()
}

pub(crate) fn span() -> Array {
    ArrayBuilder::new().items(offset()).min_items(Some(2)).max_items(Some(2)).build()
}

pub(crate) fn optional_span() -> Array {
    let array_or_null = SchemaType::from_iter([Type::Array, Type::Null]);
    let two = ArrayBuilder::new().schema_type(array_or_null);
    two.items(offset()).min_items(Some(2)).max_items(Some(2)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for (channel, name) in CHANNELS {
            assert_eq!(channel_name(channel), name);
            assert_eq!(channel_named(name), Channel::from_name(name));
        }
        for verdict in VERDICTS {
            assert_eq!(verdict_named(verdict.name()), Some(verdict));
        }
        for stage in STAGES {
            assert_eq!(stage_named(stage.name()), Some(stage));
        }
        assert_eq!(stage_named("Emerging"), None);
    }
}
