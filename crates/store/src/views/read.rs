//! What readers ask the tables.

use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use unhook_app::journal::{EncodedEvent, EventKind, Position};
use unhook_app::people::{Language, Mark, Sealed};
use unhook_app::record::{Answered, Judged, OutgoingState, Record};
use unhook_app::submission::Way;
use unhook_app::telling::OutgoingId;
use unhook_app::views::{
    Attention, CalledRow, NameRow, NameRuling, OutgoingRow, Passed, ReportFilter, ReportRow,
    StatementRow,
};
use unhook_app::wire;
use unhook_engine::{notification, response};
use unhook_model::{CampaignId, Channel, Hostname, PersonId, ReportId, Timestamp, Verdict};

const REPORT: &str = "SELECT id, at, way, channel, owner, reporter, language, verdict, score, kind,
    signals, judge, told, told_ruled, told_at, content FROM reports";

const OUTGOING: &str = "SELECT what, state, attempting, attempts, last_at, note FROM outgoing";

fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(parameters, read)?.collect()
}

fn row<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(parameters, read).optional()
}

/// A column whose value is not what it must be.
fn damaged(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnName(format!("the views hold a {what} that cannot be read"))
}

fn id<T>(row: &Row<'_>, column: usize, make: impl Fn([u8; 16]) -> T) -> rusqlite::Result<T> {
    row.get(column).map(make)
}

fn optional_id<T>(
    row: &Row<'_>,
    column: usize,
    make: impl Fn([u8; 16]) -> T,
) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<[u8; 16]>>(column).map(|bytes| bytes.map(make))
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_unix_ms)
}

fn named<T>(
    row: &Row<'_>,
    column: usize,
    what: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    read(&name).ok_or_else(|| damaged(what))
}

fn verdict(row: &Row<'_>, column: usize) -> rusqlite::Result<Verdict> {
    match row.get::<_, i64>(column)? {
        0 => Ok(Verdict::Benign),
        1 => Ok(Verdict::Suspicious),
        2 => Ok(Verdict::Malicious),
        _ => Err(damaged("verdict")),
    }
}

fn value<T: FromSql>(row: &Row<'_>) -> rusqlite::Result<T> {
    row.get(0)
}

fn report_row(row: &Row<'_>) -> rusqlite::Result<ReportRow> {
    let signals: String = row.get(10)?;
    Ok(ReportRow {
        report: id(row, 0, ReportId::from_bytes)?,
        at: time(row, 1)?,
        way: named(row, 2, "way", Way::from_name)?,
        channel: named(row, 3, "channel", Channel::from_name)?,
        owner: id(row, 4, PersonId::from_bytes)?,
        reporter: optional_id(row, 5, PersonId::from_bytes)?,
        language: named(row, 6, "language", Language::parse)?,
        judged: Judged {
            verdict: verdict(row, 7)?,
            score: row.get(8)?,
            kind: row.get(9)?,
            signals: signals.split_whitespace().map(str::to_owned).collect(),
            by: row.get(11)?,
        },
        answered: Answered {
            verdict: verdict(row, 12)?,
            is_ruled: row.get(13)?,
            at: time(row, 14)?,
        },
        content: Sealed(row.get(15)?),
    })
}

fn outgoing_row(row: &Row<'_>) -> rusqlite::Result<OutgoingRow> {
    let kind = EventKind::parse("requested").expect("it is a short name");
    let encoded = EncodedEvent { kind, version: 1, payload: row.get(0)? };
    let Ok(Record::Requested(outgoing)) = wire::decode(&encoded) else {
        return Err(damaged("thing to be told"));
    };
    let state = named(row, 1, "state", |name| match name {
        "waiting" => Some(OutgoingState::Waiting),
        "delivered" => Some(OutgoingState::Delivered),
        "failed" => Some(OutgoingState::Failed),
        "unknown" => Some(OutgoingState::Unknown),
        _ => None,
    })?;
    Ok(OutgoingRow {
        outgoing,
        state,
        is_attempting: row.get(2)?,
        attempts: row.get(3)?,
        last_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_unix_ms),
        note: row.get(5)?,
    })
}

pub(super) fn position(connection: &Connection) -> rusqlite::Result<Option<Position>> {
    let position: Option<i64> =
        row(connection, "SELECT position FROM progress", &[], value)?.flatten();
    Ok(position.map(|position| Position::from_raw(position as u64)))
}

pub(super) fn report(connection: &Connection, id: ReportId) -> rusqlite::Result<Option<ReportRow>> {
    row(connection, &format!("{REPORT} WHERE id = ?"), params![id.to_bytes()], report_row)
}

pub(super) fn report_of_key(
    connection: &Connection,
    key: &Mark,
) -> rusqlite::Result<Option<ReportId>> {
    let sql = "SELECT report FROM keys WHERE key = ?";
    row(connection, sql, params![key.0], |row| id(row, 0, ReportId::from_bytes))
}

pub(super) fn reports(
    connection: &Connection,
    filter: &ReportFilter,
) -> rusqlite::Result<Vec<ReportRow>> {
    // Ids are ordered by time, so the cursor is an id.
    let before = filter.before.map_or([0xff; 16], ReportId::to_bytes);
    let verdict = filter.verdict.map(|verdict| verdict as i64);
    let sql = format!(
        "{REPORT} WHERE id < ?1 AND (?2 IS NULL OR verdict = ?2) ORDER BY id DESC LIMIT ?3"
    );
    rows(connection, &sql, params![before, verdict, limit(filter.limit)], report_row)
}

pub(super) fn reports_of(
    connection: &Connection,
    owner: PersonId,
) -> rusqlite::Result<Vec<ReportRow>> {
    let sql = format!("{REPORT} WHERE owner = ? ORDER BY number");
    rows(connection, &sql, params![owner.to_bytes()], report_row)
}

pub(super) fn domains_of(
    connection: &Connection,
    reports: &[ReportId],
) -> rusqlite::Result<Vec<String>> {
    let mut domains = Vec::new();
    for report in reports {
        let sql = "SELECT domain FROM named WHERE report = ?";
        domains.extend(rows(connection, sql, params![report.to_bytes()], value::<String>)?);
    }
    domains.sort_unstable();
    domains.dedup();
    Ok(domains)
}

pub(super) fn reports_naming(
    connection: &Connection,
    domain: &str,
    most: usize,
) -> rusqlite::Result<Vec<ReportId>> {
    let sql = "SELECT report FROM named WHERE domain = ? ORDER BY report DESC LIMIT ?";
    rows(connection, sql, params![domain, limit(most)], |row| id(row, 0, ReportId::from_bytes))
}

/// Answered from an index alone: a busy organization has a hundred thousand in these days.
pub(super) fn passed(
    connection: &Connection,
    since: Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<Passed>> {
    let sql = "SELECT at, way, verdict, took FROM reports WHERE at >= ?
        ORDER BY at DESC, id DESC LIMIT ?";
    rows(connection, sql, params![since.unix_ms(), limit(most)], |row| {
        let took: Option<i64> = row.get(3)?;
        Ok(Passed {
            at: time(row, 0)?,
            way: named(row, 1, "way", Way::from_name)?,
            verdict: verdict(row, 2)?,
            took: took.map(|ms| Duration::from_millis(ms.unsigned_abs())),
        })
    })
}

pub(super) fn called(
    connection: &Connection,
    since: Timestamp,
) -> rusqlite::Result<Vec<CalledRow>> {
    let sql = "SELECT campaign, alert, min(at) FROM outgoing
        WHERE campaign IS NOT NULL AND alert IS NOT NULL AND at >= ?
        GROUP BY campaign, alert ORDER BY campaign, alert";
    rows(connection, sql, params![since.unix_ms()], |row| {
        Ok(CalledRow {
            campaign: id(row, 0, CampaignId::from_bytes)?,
            kind: row.get(1)?,
            at: time(row, 2)?,
        })
    })
}

pub(super) fn waiting(
    connection: &Connection,
    after: Option<OutgoingId>,
    most: usize,
) -> rusqlite::Result<Vec<OutgoingRow>> {
    // Nothing is before the empty id.
    let after = after.map_or(Vec::new(), |id| id.to_bytes().to_vec());
    let sql = format!("{OUTGOING} WHERE state = 'waiting' AND id > ? ORDER BY id LIMIT ?");
    rows(connection, &sql, params![after, limit(most)], outgoing_row)
}

pub(super) fn outgoing(
    connection: &Connection,
    id: OutgoingId,
) -> rusqlite::Result<Option<OutgoingRow>> {
    let sql = format!("{OUTGOING} WHERE id = ?");
    row(connection, &sql, params![id.to_bytes()], outgoing_row)
}

pub(super) fn deliveries(
    connection: &Connection,
    before: Option<OutgoingId>,
    most: usize,
) -> rusqlite::Result<Vec<OutgoingRow>> {
    let before = before.map_or([0xff; 16], OutgoingId::to_bytes);
    let sql = format!("{OUTGOING} WHERE id < ? ORDER BY id DESC LIMIT ?");
    rows(connection, &sql, params![before, limit(most)], outgoing_row)
}

/// Texts that went out, or may have.
pub(super) fn texts_since(connection: &Connection, since: Timestamp) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM outgoing WHERE is_text = 1 AND last_at >= ?
        AND (attempting = 1 OR state IN ('delivered', 'unknown'))";
    let count: Option<i64> = row(connection, sql, params![since.unix_ms()], value)?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
}

pub(super) fn attention(connection: &Connection) -> rusqlite::Result<Vec<Attention>> {
    let sql = "SELECT matter, since, last_at, count, report FROM attention ORDER BY since, matter";
    rows(connection, sql, &[], |row| {
        Ok(Attention {
            matter: row.get(0)?,
            since: time(row, 1)?,
            last_at: time(row, 2)?,
            count: row.get::<_, i64>(3)?.unsigned_abs(),
            report: optional_id(row, 4, ReportId::from_bytes)?,
        })
    })
}

pub(super) fn statements(
    connection: &Connection,
    most: usize,
) -> rusqlite::Result<Vec<StatementRow>> {
    let sql = "SELECT person, report, at FROM statements ORDER BY number DESC LIMIT ?";
    rows(connection, sql, params![limit(most)], |row| {
        Ok(StatementRow {
            person: id(row, 0, PersonId::from_bytes)?,
            report: optional_id(row, 1, ReportId::from_bytes)?,
            at: time(row, 2)?,
        })
    })
}

pub(super) fn names(connection: &Connection) -> rusqlite::Result<Vec<NameRow>> {
    rows(connection, "SELECT name, ruling, at, by FROM rulings ORDER BY name", &[], |row| {
        let ruling = named(row, 1, "ruling", |name| match name {
            "malicious" => Some(NameRuling::Malicious),
            "benign" => Some(NameRuling::Benign),
            "allow" => Some(NameRuling::Allow),
            _ => None,
        })?;
        Ok(NameRow {
            name: row.get(0)?,
            ruling,
            at: time(row, 2)?,
            by: id(row, 3, PersonId::from_bytes)?,
        })
    })
}

/// Everything that was done about campaigns, in order.
pub(super) fn responses(connection: &Connection) -> rusqlite::Result<Vec<response::Event>> {
    rows(connection, "SELECT kind, payload FROM responses ORDER BY number", &[], |row| {
        let kind: String = row.get(0)?;
        let kind = EventKind::parse(&kind).map_err(|_| damaged("kind of event"))?;
        let encoded = EncodedEvent { kind, version: 1, payload: row.get(1)? };
        match wire::decode(&encoded) {
            Ok(Record::Response(event)) => Ok(event),
            _ => Err(damaged("thing that was done")),
        }
    })
}

/// Everything about who must be told, in order.
pub(super) fn notifications(
    connection: &Connection,
) -> rusqlite::Result<Vec<(Position, notification::Event)>> {
    let sql = "SELECT position, kind, payload FROM notifications ORDER BY number";
    rows(connection, sql, &[], |row| {
        let position = Position::from_raw(row.get::<_, i64>(0)? as u64);
        let kind: String = row.get(1)?;
        let kind = EventKind::parse(&kind).map_err(|_| damaged("kind of event"))?;
        match wire::decode(&EncodedEvent { kind, version: 1, payload: row.get(2)? }) {
            Ok(Record::Notification(event)) => Ok((position, event)),
            _ => Err(damaged("thing about who must be told")),
        }
    })
}

/// Gives out every name of a list, in order.
pub(super) fn listed(
    connection: &Connection,
    list: &str,
    each: &mut dyn FnMut(Hostname),
) -> rusqlite::Result<()> {
    let sql = "SELECT name FROM listed WHERE list = ? ORDER BY name";
    let mut statement = connection.prepare_cached(sql)?;
    let mut names = statement.query(params![list])?;
    while let Some(row) = names.next()? {
        let name: String = row.get(0)?;
        each(Hostname::parse(&name).map_err(|_| damaged("name"))?);
    }
    Ok(())
}

pub(super) fn is_stopped(connection: &Connection, person: PersonId) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM stopped WHERE person = ?";
    row(connection, sql, params![person.to_bytes()], |_| Ok(())).map(|found| found.is_some())
}

pub(super) fn acknowledged(
    connection: &Connection,
    campaign: CampaignId,
) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT at FROM acknowledged WHERE campaign = ?";
    row(connection, sql, params![campaign.to_bytes()], |row| time(row, 0))
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
