//! PostgreSQL behind [`Tx`], with the same text and numbers as SQLite.

use crate::tx::{DbProblem, Row, Tx, Value, places};
use postgres::error::Severity;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement, Transaction};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Statements a connection keeps prepared: all that the district has, several times over. Beyond it they begin anew.
const PREPARED_MAX: usize = 512;

/// A connection, whether the server warned on it since this was last put back, and what it has prepared.
pub struct Kept {
    pub client: Client,
    pub warned: Arc<AtomicBool>,
    pub prepared: Prepared,
}

/// Statements by their text: planning one takes the server longer than most of them run.
pub type Prepared = HashMap<String, Statement>;

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
    Ok(Kept { client, warned, prepared: Prepared::new() })
}

pub struct PostgresTx<'a>(pub Transaction<'a>, pub &'a mut Prepared);

impl PostgresTx<'_> {
    fn prepared(&mut self, sql: &str) -> Result<Statement, DbProblem> {
        if let Some(statement) = self.1.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.0.prepare(sql).map_err(problem)?;
        if self.1.len() >= PREPARED_MAX {
            self.1.clear();
        }
        self.1.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

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

/// A column of rows that are inserted together.
enum Column<'a> {
    Text(Vec<Option<&'a str>>),
    Int(Vec<Option<i64>>),
}

impl<'a> Column<'a> {
    fn of(rows: &'a [Vec<Value>], n: usize) -> Result<Column<'a>, DbProblem> {
        let mixed = || DbProblem::Shape(format!("column {n} of rows to insert: text and numbers, or too short"));
        let values = || rows.iter().map(|row| row.get(n));
        if values().any(|v| matches!(v, Some(Value::Int(_)))) {
            let number = |v: Option<&Value>| match v {
                Some(Value::Int(n)) => Ok(Some(*n)),
                Some(Value::Null) => Ok(None),
                Some(Value::Text(_)) | None => Err(mixed()),
            };
            return Ok(Column::Int(values().map(number).collect::<Result<_, _>>()?));
        }
        let text = |v: Option<&'a Value>| match v {
            Some(Value::Text(t)) => Ok(Some(t.as_str())),
            Some(Value::Null) => Ok(None),
            Some(Value::Int(_)) | None => Err(mixed()),
        };
        Ok(Column::Text(values().map(text).collect::<Result<_, _>>()?))
    }

    fn kind(&self) -> &'static str {
        match self {
            Column::Text(_) => "text",
            Column::Int(_) => "bigint",
        }
    }

    fn param(&self) -> &(dyn ToSql + Sync) {
        match self {
            Column::Text(values) => values,
            Column::Int(values) => values,
        }
    }
}

impl Tx for PostgresTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbProblem> {
        let statement = self.prepared(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        self.0.execute(&statement, &params).map_err(problem)
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbProblem> {
        let statement = self.prepared(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        let mut rows = Vec::new();
        for row in self.0.query(&statement, &params).map_err(problem)? {
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

    /// One statement whose parameters are whole columns: a journey for all of them, and one plan for any count.
    fn insert(&mut self, columns: &str, rows: &[Vec<Value>], after: &str) -> Result<(), DbProblem> {
        let Some(one) = rows.first() else { return Ok(()) };
        if rows.len() == 1 {
            let sql = format!("INSERT INTO {columns} VALUES {} {after}", places(one.len()));
            return self.execute(&sql, one).map(|_| ());
        }
        let whole: Vec<Column<'_>> = (0..one.len()).map(|n| Column::of(rows, n)).collect::<Result<_, _>>()?;
        let types: Vec<String> = (1..).zip(&whole).map(|(n, column)| format!("${n}::{}[]", column.kind())).collect();
        let sql = format!("INSERT INTO {columns} SELECT * FROM unnest({}) {after}", types.join(", "));
        let statement = self.prepared(&sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = whole.iter().map(Column::param).collect();
        self.0.execute(&statement, &params).map_err(problem).map(|_| ())
    }

    fn among(&mut self, keys: &[Value], there: &str) -> Result<Vec<String>, DbProblem> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<_> = keys.iter().map(|key| vec![key.clone()]).collect();
        let sql = format!("SELECT asked.key FROM unnest($1::text[]) AS asked (key) WHERE {there}");
        let statement = self.prepared(&sql)?;
        let found = self.0.query(&statement, &[Column::of(&rows, 0)?.param()]).map_err(problem)?;
        found.iter().map(|row| row.try_get(0).map_err(problem)).collect()
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
