//! SQLite behind [`Tx`]: WAL, one durable commit per transaction, encrypted when a key is given.

use crate::tx::{DbProblem, Row, Tx, Value, places};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction};
use std::path::Path;

/// How each page is signed: SHA-256, which most processors since 2017 compute by themselves, is four times as fast there
/// as SQLCipher's own choice, and a commit signs every page it touches.
const SIGNED_BY: &str = "HMAC_SHA256";
/// How pages of databases of builds before are signed; they keep it.
const SIGNED_BY_BEFORE: &str = "HMAC_SHA512";

/// Opens a database file, encrypted when `key` is given (SQLCipher raw key).
///
/// FULL, not NORMAL: a receipt that was handed over must survive a power cut (protocol 2.17).
pub fn open(path: &Path, key: Option<&[u8; 32]>) -> Result<Connection, DbProblem> {
    crate::private::existing_file(path).map_err(|e| DbProblem::Open(e.to_string()))?;
    let db = opened(key, || Connection::open(path).map_err(|e| DbProblem::Open(e.to_string())))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 16777216;
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
    )
    .map_err(problem)?;
    db.set_prepared_statement_cache_capacity(64);
    // Otherwise a kept statement is planned anew whenever another value is bound to it: 25 µs of every save.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(problem)?;
    Ok(db)
}

/// Opens a database file to be looked at only: nothing in it or beside it changes, also when it is closed.
pub fn open_untouched(path: &Path, key: Option<&[u8; 32]>) -> Result<Connection, DbProblem> {
    open_looking(path, key, "PRAGMA cell_size_check = ON")
}

fn open_looking(path: &Path, key: Option<&[u8; 32]>, first: &str) -> Result<Connection, DbProblem> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = opened(key, || {
        let db = Connection::open_with_flags(path, flags).map_err(problem)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(problem)?;
        db.execute_batch(first).map_err(problem)?;
        Ok(db)
    })?;
    db.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;").map_err(problem)?;
    Ok(db)
}

/// [`open_untouched`] for a file that may be shorter than it says, or whose schema names what is not there.
pub fn open_broken(path: &Path, key: Option<&[u8; 32]>) -> Result<Connection, DbProblem> {
    open_looking(path, key, "PRAGMA writable_schema = ON")
}

/// A connection that could read the first page: with `key`, and its pages signed as now or as builds before did.
fn opened(
    key: Option<&[u8; 32]>,
    connect: impl Fn() -> Result<Connection, DbProblem>,
) -> Result<Connection, DbProblem> {
    let Some(key) = key else { return readable(connect()?) };
    let unlocked = |signed_by| {
        let db = connect()?;
        // The default, not this connection's own: a copy of the database (`VACUUM INTO`) then has pages of the same kind.
        db.execute_batch(&format!(
            "PRAGMA cipher_log_level = NONE; PRAGMA cipher_default_hmac_algorithm = {signed_by}"
        ))
        .map_err(problem)?;
        db.pragma_update(None, "key", format!("x'{}'", hex::encode(key))).map_err(problem)?;
        db.execute_batch("PRAGMA cipher_memory_security = OFF").map_err(problem)?;
        readable(db)
    };
    match unlocked(SIGNED_BY) {
        // Pages signed otherwise look like a wrong key.
        Err(DbProblem::Open(_)) => unlocked(SIGNED_BY_BEFORE),
        other => other,
    }
}

fn readable(db: Connection) -> Result<Connection, DbProblem> {
    let read = db.query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get::<_, i64>(0));
    match read {
        Ok(_) => Ok(db),
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(DbProblem::Open(e.to_string())),
        Err(e) => Err(problem(e)),
    }
}

/// Encrypts the open database with another key, in one transaction of the engine's own; the log is emptied afterwards, so
/// that no page of before stays beside the database.
pub fn rekey(db: &Connection, key: &[u8; 32]) -> Result<(), DbProblem> {
    db.pragma_update(None, "rekey", format!("x'{}'", hex::encode(key))).map_err(problem)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(problem)
}

/// The lines a check answers with.
pub fn lines(db: &Connection, check: &str) -> Result<Vec<String>, DbProblem> {
    let mut statement = db.prepare(check).map_err(problem)?;
    let lines = statement.query_map([], |r| r.get::<_, String>(0)).map_err(problem)?;
    lines.collect::<Result<Vec<String>, rusqlite::Error>>().map_err(problem)
}

pub struct SqliteTx<'a>(pub Transaction<'a>);

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbProblem> {
        let mut statement = self.0.prepare_cached(sql).map_err(problem)?;
        let n = statement.execute(rusqlite::params_from_iter(params.iter().map(to_sql))).map_err(problem)?;
        Ok(n as u64)
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbProblem> {
        let mut statement = self.0.prepare_cached(sql).map_err(problem)?;
        let columns = statement.column_count();
        let mut found = statement.query(rusqlite::params_from_iter(params.iter().map(to_sql))).map_err(problem)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(problem)? {
            let mut values = Vec::with_capacity(columns);
            for i in 0..columns {
                values.push(match row.get_ref(i).map_err(problem)? {
                    ValueRef::Integer(n) => Value::Int(n),
                    ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                    ValueRef::Null => Value::Null,
                    ValueRef::Real(_) | ValueRef::Blob(_) => {
                        return Err(DbProblem::Shape(format!("column {i} is neither text nor a whole number")));
                    }
                });
            }
            rows.push(Row(values));
        }
        Ok(rows)
    }

    /// One statement for all of them, run for each: many rows in one statement would copy each page they change first.
    fn insert(&mut self, columns: &str, rows: &[Vec<Value>], after: &str) -> Result<(), DbProblem> {
        let Some(one) = rows.first() else { return Ok(()) };
        let sql = format!("INSERT INTO {columns} VALUES {} {after}", places(one.len()));
        let mut statement = self.0.prepare_cached(&sql).map_err(problem)?;
        for row in rows {
            statement.execute(rusqlite::params_from_iter(row.iter().map(to_sql))).map_err(problem)?;
        }
        Ok(())
    }

    fn among(&mut self, keys: &[Value], there: &str) -> Result<Vec<String>, DbProblem> {
        let sql = format!("WITH asked (key) AS (VALUES ($1)) SELECT key FROM asked WHERE {there}");
        let mut found = Vec::new();
        for key in keys {
            for row in self.query(&sql, std::slice::from_ref(key))? {
                found.push(row.text(0)?);
            }
        }
        Ok(found)
    }

    fn batch(&mut self, sql: &str) -> Result<(), DbProblem> {
        self.0.execute_batch(sql).map_err(problem)
    }
}

fn to_sql(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Text(t) => ValueRef::Text(t.as_bytes()),
        Value::Int(n) => ValueRef::Integer(*n),
        Value::Null => ValueRef::Null,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "shape of map_err")]
pub fn problem(e: rusqlite::Error) -> DbProblem {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => DbProblem::Full(e.to_string()),
        // The index of the write-ahead log could not grow: a database opened on a full disk says it this way.
        Some(_) if e.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
            DbProblem::Full(e.to_string())
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            DbProblem::ReadOnly(e.to_string())
        }
        // A cipher that met a page it cannot authenticate says "not a database" from then on.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => DbProblem::Damaged(e.to_string()),
        Some(_) | None => DbProblem::Engine(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Db;

    #[test]
    fn any_number_of_rows_arrives_once_and_in_its_columns_and_is_found_by_its_keys() {
        let folder = tempfile::tempdir().expect("folder");
        let db = Db::open_sqlite(&folder.path().join("rows.db"), None).expect("open");
        db.write(|tx| tx.batch("CREATE TABLE two (n BIGINT PRIMARY KEY, t TEXT NOT NULL)")).expect("made");
        for count in [0_i64, 1, 2, 65, 200] {
            let rows: Vec<Vec<Value>> = (0..count).map(|n| vec![n.into(), format!("t{n}").into()]).collect();
            let told = db.write(|tx| {
                tx.execute("DELETE FROM two", &[])?;
                tx.insert("two (n, t)", &rows, "")?;
                tx.insert("two (n, t)", &rows, "ON CONFLICT DO NOTHING")?;
                tx.query("SELECT n, t FROM two ORDER BY n", &[])
            });
            let told: Vec<(i64, String)> =
                told.expect("rows").iter().map(|r| (r.int(0).expect("n"), r.text(1).expect("t"))).collect();
            assert_eq!(told, (0..count).map(|n| (n, format!("t{n}"))).collect::<Vec<_>>());
            let asked: Vec<Value> = (0..count * 2).step_by(2).map(|n| format!("t{n}").into()).collect();
            let there = "(SELECT 1 FROM two WHERE t = asked.key ORDER BY n LIMIT 1) IS NOT NULL";
            let found = db.read(|tx| tx.among(&asked, there)).expect("among");
            assert_eq!(found, (0..count).step_by(2).map(|n| format!("t{n}")).collect::<Vec<_>>());
        }
    }
}
