//! How each record changes the tables.

use rusqlite::{Connection, params};
use unhook_app::journal::Position;
use unhook_app::people::{Mark, Sealed};
use unhook_app::record::{Judged, Kept, Outgoing, OutgoingState, Recipient, Record, Telling};
use unhook_app::wire;
use unhook_engine::{Event, Indicator, response};
use unhook_model::ReportId;

use super::read;

/// Brings commits in that are not in yet.
pub(super) fn commits(
    connection: &Connection,
    commits: &[(Position, Vec<Record>)],
) -> rusqlite::Result<()> {
    let mut come = read::position(connection)?;
    for (position, records) in commits {
        if come.is_some_and(|come| *position <= come) {
            continue;
        }
        records.iter().try_for_each(|record| project(connection, *position, record))?;
        come = Some(*position);
    }
    let come = come.map(|position| position.to_raw() as i64);
    run(connection, "UPDATE progress SET position = ?", params![come])
}

fn run(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(parameters).map(|_| ())
}

fn project(connection: &Connection, position: Position, record: &Record) -> rusqlite::Result<()> {
    let run = |sql, parameters: &[&dyn rusqlite::ToSql]| run(connection, sql, parameters);
    match record {
        Record::Engine(event) => engine(connection, event),
        Record::Response(event) => response(connection, event),
        Record::Notification(_) => {
            let encoded = wire::encode(record);
            run(
                "INSERT INTO notifications (position, kind, payload) VALUES (?, ?, ?)",
                params![position.to_raw() as i64, encoded.kind.as_str(), encoded.payload],
            )
        }
        Record::Kept(kept) => self::kept(connection, kept),
        Record::Added { report, key, content, .. } => {
            self::key(connection, key.as_ref(), *report)?;
            self::content(connection, *report, content)
        }
        Record::Judged { report, judged, content } => {
            self::judged(connection, *report, judged)?;
            content.as_ref().map_or(Ok(()), |new| self::content(connection, *report, new))
        }
        // Most are told what was judged, which is there already: then the row stays as it is.
        Record::Answered { report, answered } => run(
            "UPDATE reports SET told = ?1, told_ruled = ?2, told_at = ?3 WHERE id = ?4
             AND (told, told_ruled, told_at) IS NOT (?1, ?2, ?3)",
            params![
                answered.verdict as i64,
                answered.is_ruled,
                answered.at.unix_ms(),
                report.to_bytes()
            ],
        ),
        Record::Stated { person, report, at } => run(
            "INSERT INTO statements (person, report, at) VALUES (?, ?, ?)",
            params![person.to_bytes(), report.map(ReportId::to_bytes), at.unix_ms()],
        ),
        Record::Noticed { matter, report, at } => run(
            "INSERT INTO attention VALUES (?1, ?2, ?2, 1, ?3)
             ON CONFLICT (matter) DO UPDATE SET last_at = ?2, count = count + 1",
            params![matter, at.unix_ms(), report.map(ReportId::to_bytes)],
        ),
        Record::Reviewed { matter, .. } => {
            run("DELETE FROM attention WHERE matter = ?", params![matter])
        }
        Record::Stopped { person, is_stopped: true, .. } => {
            run("INSERT OR IGNORE INTO stopped VALUES (?)", params![person.to_bytes()])
        }
        Record::Stopped { person, is_stopped: false, .. } => {
            run("DELETE FROM stopped WHERE person = ?", params![person.to_bytes()])
        }
        Record::NameRuled { name, ruling, at, by } => run(
            "INSERT OR REPLACE INTO rulings VALUES (?, ?, ?, ?)",
            params![name, ruling.name(), at.unix_ms(), by.to_bytes()],
        ),
        Record::Acknowledged { campaign, at, .. } => run(
            "INSERT OR IGNORE INTO acknowledged VALUES (?, ?)",
            params![campaign.to_bytes(), at.unix_ms()],
        ),
        Record::Requested(outgoing) => requested(connection, outgoing),
        Record::Attempted { outgoing, at } => run(
            "UPDATE outgoing SET attempting = 1, last_at = ? WHERE id = ?",
            params![at.unix_ms(), outgoing.to_bytes()],
        ),
        Record::Settled { outgoing, state, note, at } => run(
            "UPDATE outgoing SET state = ?, note = ?, last_at = ?, attempting = 0,
             attempts = attempts + 1 WHERE id = ?",
            params![state.name(), note, at.unix_ms(), outgoing.to_bytes()],
        ),
    }
}

fn engine(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    let (report, indicators) = match event {
        Event::Received(received) => (received.report, &received.indicators),
        Event::Observed { report, indicators } => (*report, indicators),
        _ => return Ok(()),
    };
    for indicator in indicators {
        if let Indicator::Domain(domain) = indicator {
            let sql = "INSERT OR IGNORE INTO named VALUES (?, ?)";
            run(connection, sql, params![domain.as_str(), report.to_bytes()])?;
        }
    }
    Ok(())
}

fn response(connection: &Connection, event: &response::Event) -> rusqlite::Result<()> {
    let encoded = wire::encode(&Record::Response(event.without_names()));
    let sql = "INSERT INTO responses (kind, payload) VALUES (?, ?)";
    run(connection, sql, params![encoded.kind.as_str(), encoded.payload])?;
    let response::Event::Listed(listing) = event else { return Ok(()) };
    for name in &listing.removed {
        let sql = "DELETE FROM listed WHERE list = ? AND name = ?";
        run(connection, sql, params![listing.list, name.as_str()])?;
    }
    for name in &listing.added {
        let sql = "INSERT OR IGNORE INTO listed VALUES (?, ?)";
        run(connection, sql, params![listing.list, name.as_str()])?;
    }
    Ok(())
}

fn kept(connection: &Connection, kept: &Kept) -> rusqlite::Result<()> {
    // Told what was judged, until an answer says otherwise.
    let sql = "INSERT OR IGNORE INTO reports (id, at, way, channel, owner, reporter, language,
        verdict, score, kind, signals, judge, told, told_ruled, told_at, took, content)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?8, 0, ?2, ?13, ?14)";
    run(
        connection,
        sql,
        params![
            kept.report.to_bytes(),
            kept.at.unix_ms(),
            kept.way.name(),
            kept.channel.name(),
            kept.owner.to_bytes(),
            kept.reporter.map(unhook_model::PersonId::to_bytes),
            kept.language.as_str(),
            kept.judged.verdict as i64,
            kept.judged.score,
            kept.judged.kind,
            kept.judged.signals.join(" "),
            kept.judged.by,
            kept.took.map(|took| took.as_millis() as i64),
            kept.content.0,
        ],
    )?;
    key(connection, kept.key.as_ref(), kept.report)
}

fn key(connection: &Connection, key: Option<&Mark>, report: ReportId) -> rusqlite::Result<()> {
    let Some(key) = key else { return Ok(()) };
    let sql = "INSERT OR IGNORE INTO keys VALUES (?, ?)";
    run(connection, sql, params![key.0, report.to_bytes()])
}

fn judged(connection: &Connection, report: ReportId, judged: &Judged) -> rusqlite::Result<()> {
    let sql = "UPDATE reports SET verdict = ?, score = ?, kind = ?, signals = ?, judge = ?
        WHERE id = ?";
    run(
        connection,
        sql,
        params![
            judged.verdict as i64,
            judged.score,
            judged.kind,
            judged.signals.join(" "),
            judged.by,
            report.to_bytes()
        ],
    )
}

fn content(connection: &Connection, report: ReportId, sealed: &Sealed) -> rusqlite::Result<()> {
    let sql = "UPDATE reports SET content = ? WHERE id = ?";
    run(connection, sql, params![sealed.0, report.to_bytes()])
}

fn requested(connection: &Connection, outgoing: &Outgoing) -> rusqlite::Result<()> {
    let (campaign, alert) = match &outgoing.what {
        Telling::Alert { kind, campaign, .. } => (*campaign, Some(kind)),
        _ => (None, None),
    };
    let sql = "INSERT OR IGNORE INTO outgoing (id, what, is_text, campaign, alert, at, state)
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    run(
        connection,
        sql,
        params![
            outgoing.id.to_bytes(),
            wire::encode(&Record::Requested(outgoing.clone())).payload,
            matches!(outgoing.to, Recipient::Person(_)),
            campaign.map(unhook_model::CampaignId::to_bytes),
            alert,
            outgoing.at.unix_ms(),
            OutgoingState::Waiting.name(),
        ],
    )
}
