//! PostgreSQL behind [`Tx`], with the same text and numbers as SQLite.

use crate::tx::{DbProblem, Row, Tx, Value};
use postgres::error::Severity;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Transaction};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A connection, and whether the server warned on it since this was last put back.
pub struct Kept {
    pub client: Client,
    pub warned: Arc<AtomicBool>,
}

/// Connects, and refuses a database whose text order is not byte order: the two engines would sort differently.
pub fn open(url: &str) -> Result<Kept, DbProblem> {
    let warned = Arc::new(AtomicBool::new(false));
    let flag = warned.clone();
    let mut config: Config = url.parse().map_err(|e: postgres::Error| DbProblem::Open(e.to_string()))?;
    config.notice_callback(move |notice| {
        if notice.parsed_severity() == Some(Severity::Warning) {
            flag.store(true, Ordering::Relaxed);
        }
    });
    let mut client = config.connect(NoTls).map_err(|e| DbProblem::Open(e.to_string()))?;
    let row = client
        .query_one("SELECT datcollate::text FROM pg_database WHERE datname = current_database()", &[])
        .map_err(problem)?;
    let collation: String = row.get(0);
    if collation != "C" && collation != "POSIX" {
        return Err(DbProblem::Open(format!(
            "collation is {collation}; make the database with: CREATE DATABASE jukung TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )));
    }
    // A statement that runs this long is stuck; the largest page of the feed takes milliseconds.
    client.batch_execute("SET statement_timeout = '60s'; SET lock_timeout = '30s'").map_err(problem)?;
    Ok(Kept { client, warned })
}

pub struct PostgresTx<'a>(pub Transaction<'a>);

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Text(t) => t.to_sql(ty, out),
            Value::Int(n) => n.to_sql(ty, out),
            Value::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT || *ty == Type::INT8 || *ty == Type::VARCHAR
    }

    to_sql_checked!();
}

impl Tx for PostgresTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbProblem> {
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        self.0.execute(sql, &params).map_err(problem)
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbProblem> {
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        let mut rows = Vec::new();
        for row in self.0.query(sql, &params).map_err(problem)? {
            let mut values = Vec::with_capacity(row.len());
            for (i, column) in row.columns().iter().enumerate() {
                let value = if *column.type_() == Type::INT8 {
                    row.try_get::<_, Option<i64>>(i).map_err(problem)?.map_or(Value::Null, Value::Int)
                } else if *column.type_() == Type::INT4 {
                    row.try_get::<_, Option<i32>>(i).map_err(problem)?.map_or(Value::Null, |n| Value::Int(i64::from(n)))
                } else {
                    row.try_get::<_, Option<String>>(i).map_err(problem)?.map_or(Value::Null, Value::Text)
                };
                values.push(value);
            }
            rows.push(Row(values));
        }
        Ok(rows)
    }

    fn batch(&mut self, sql: &str) -> Result<(), DbProblem> {
        // How SQLite lays a table out; PostgreSQL has one way only.
        self.0.batch_execute(&sql.replace(" WITHOUT ROWID", "")).map_err(problem)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shape of map_err")]
pub fn problem(e: postgres::Error) -> DbProblem {
    match e.as_db_error() {
        Some(db) if db.code().code() == "53100" => DbProblem::Full(db.message().to_owned()),
        Some(db) => DbProblem::Engine(format!("{}: {}", db.code().code(), db.message())),
        None => DbProblem::Engine(e.to_string()),
    }
}
