//! The vault's tables.

use std::time::Duration;

use crate::schema::Schema;

/// How long to wait for a lock that another process holds: whoever waits here has a person's
/// text in hand, and an import holds the lock for some seconds. During the first import of a very
/// large directory that is not enough, and strangers are told to come again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The vault's database; the mark is "unhv".
///
/// `state` has one row: whose master key wraps the keys, and a number that grows with every
/// change after which something remembered may be wrong. Meeting somebody is no such change.
///
/// A person's row has the wrapped key; what a directory says of them (`entry`) and each
/// contact are sealed under it. `mark` and `directory_mark` are keyed hashes: a byte that says
/// which key, then the hash. Ids are ordered by time, so new rows go to the same few pages.
///
/// A contact that joined by a code stays when the directory does not know it. Of codes there are
/// keyed hashes alone, in the order in which they were made; `used_by` is that of the contact.
///
/// The audit trail can only grow, whoever writes.
///
/// Accounts of the console have a wrapped key too, under which their names, passkeys, browsers and
/// searches are sealed. Of codes and sessions there are hashes.
///
/// Bookmarks say up to when the sign-ins of a provider were read.
///
/// Records have a wrapped key each; what they hold lies in files.
pub(crate) const VAULT: Schema = Schema {
    what: "vault",
    application: 0x756e_6876,
    steps: &[
        "
    CREATE TABLE state (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        master TEXT,
        generation INTEGER NOT NULL
    ) STRICT;
    INSERT INTO state VALUES (1, NULL, 0);
    CREATE TABLE index_keys (
        version INTEGER PRIMARY KEY,
        wrapped BLOB NOT NULL
    ) STRICT;
    CREATE TABLE people (
        id BLOB PRIMARY KEY,
        wrapped BLOB NOT NULL,
        standing TEXT NOT NULL,
        language TEXT,
        met_at INTEGER NOT NULL,
        directory_mark BLOB,
        entry BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX people_by_directory ON people (directory_mark)
        WHERE directory_mark IS NOT NULL;
    CREATE TABLE contacts (
        number INTEGER PRIMARY KEY,
        mark BLOB NOT NULL,
        person BLOB NOT NULL,
        from_at INTEGER NOT NULL,
        until_at INTEGER,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX contacts_by_mark ON contacts (mark, from_at);
    CREATE INDEX contacts_of_person ON contacts (person);
    CREATE TABLE months (
        month INTEGER PRIMARY KEY,
        person BLOB NOT NULL
    ) STRICT;
    CREATE INDEX months_of_person ON months (person);
    CREATE TABLE erased (
        id BLOB PRIMARY KEY,
        at INTEGER NOT NULL,
        is_settled INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tokens (
        id BLOB PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        scopes TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE trail (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        by BLOB,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        reason TEXT
    ) STRICT;
    CREATE TRIGGER trail_keeps BEFORE UPDATE ON trail
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
    CREATE TRIGGER trail_stays BEFORE DELETE ON trail
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
",
        "
    ALTER TABLE contacts ADD COLUMN is_joined INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE invitations (
        number INTEGER PRIMARY KEY,
        mark BLOB NOT NULL UNIQUE,
        person BLOB NOT NULL,
        expires_at INTEGER NOT NULL,
        used_by BLOB
    ) STRICT;
    CREATE INDEX invitations_of_person ON invitations (person);
",
        "
    CREATE TABLE accounts (
        id BLOB NOT NULL UNIQUE,
        wrapped BLOB NOT NULL,
        role TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        disabled_at INTEGER,
        subject_mark BLOB UNIQUE,
        name BLOB NOT NULL
    ) STRICT;
    CREATE TABLE codes (
        hash BLOB PRIMARY KEY,
        account BLOB NOT NULL,
        purpose TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX codes_of_account ON codes (account);
    CREATE TABLE passkeys (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        account BLOB NOT NULL,
        handle_hash BLOB NOT NULL UNIQUE,
        made_at INTEGER NOT NULL,
        used_at INTEGER,
        label BLOB NOT NULL,
        credential BLOB NOT NULL
    ) STRICT;
    CREATE INDEX passkeys_of_account ON passkeys (account);
    CREATE TABLE sessions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        hash BLOB NOT NULL UNIQUE,
        account BLOB NOT NULL,
        proof TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        shown_at INTEGER,
        browser BLOB NOT NULL
    ) STRICT;
    CREATE INDEX sessions_of_account ON sessions (account);
    CREATE TABLE searches (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        account BLOB NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX searches_of_account ON searches (account);
",
        "
    CREATE INDEX trail_by_action ON trail (action);
",
        "
    CREATE TABLE bookmarks (
        source TEXT PRIMARY KEY,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
        "
    CREATE TABLE records (
        item TEXT PRIMARY KEY,
        wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    ],
    patience: PATIENCE,
    is_exclusive: false,
};
