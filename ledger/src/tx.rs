//! The three things shared SQL needs of an engine.

/// A value that goes in or comes out: the schema knows only text and whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Text.
    Text(String),
    /// Whole number.
    Int(i64),
    /// Nothing.
    Null,
}

impl From<&str> for Value {
    fn from(v: &str) -> Value {
        Value::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Value {
        Value::Text(v)
    }
}
impl From<&String> for Value {
    fn from(v: &String) -> Value {
        Value::Text(v.clone())
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Value {
        Value::Int(v)
    }
}

/// Parameters for a statement: `params!["a", 1_i64]`.
#[macro_export]
macro_rules! params {
    ($($v:expr),* $(,)?) => { &[$($crate::Value::from($v)),*] };
}

/// One row of an answer.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// Text in column `i`.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn text(&self, i: usize) -> Result<String, DbProblem> {
        match self.0.get(i) {
            Some(Value::Text(t)) => Ok(t.clone()),
            other => Err(DbProblem::Shape(format!("column {i}: text expected, found {other:?}"))),
        }
    }

    /// Number in column `i`.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn int(&self, i: usize) -> Result<i64, DbProblem> {
        match self.0.get(i) {
            Some(Value::Int(n)) => Ok(*n),
            other => Err(DbProblem::Shape(format!("column {i}: number expected, found {other:?}"))),
        }
    }
}

/// A transaction. Statements use `$1`, `$2` … numbered in order of first appearance.
pub trait Tx {
    /// Runs a statement and says how many rows changed.
    ///
    /// # Errors
    /// When the engine refuses it.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbProblem>;

    /// Runs a query.
    ///
    /// # Errors
    /// When the engine refuses it.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbProblem>;

    /// Inserts rows into `columns` (`"log (device, seq)"`), each as long as that list and each column of one type; `after`
    /// ends the statement, as `ON CONFLICT DO NOTHING`. At the district a batch of 200 events costs what this costs.
    ///
    /// # Errors
    /// When the engine refuses one of them.
    fn insert(&mut self, columns: &str, rows: &[Vec<Value>], after: &str) -> Result<(), DbProblem>;

    /// Those of `keys` for which `there` holds, a condition on `asked.key`, in no order. It is a scalar question with an
    /// order of its own (`"(SELECT 1 FROM event WHERE app = asked.key ORDER BY turn LIMIT 1) IS NOT NULL"`): PostgreSQL then
    /// looks each key up in the index, where it would read a young table whole for anything it may join.
    ///
    /// # Errors
    /// When the engine refuses it.
    fn among(&mut self, keys: &[Value], there: &str) -> Result<Vec<String>, DbProblem>;

    /// Runs several statements without parameters.
    ///
    /// # Errors
    /// When the engine refuses one.
    fn batch(&mut self, sql: &str) -> Result<(), DbProblem>;
}

/// `($1, $2, $3)` for a row that is `width` wide.
#[must_use]
pub(crate) fn places(width: usize) -> String {
    let all: Vec<String> = (1..=width).map(|n| format!("${n}")).collect();
    format!("({})", all.join(", "))
}

/// First row of a query, if there is one.
///
/// # Errors
/// When the engine refuses the query.
pub fn first(tx: &mut dyn Tx, sql: &str, params: &[Value]) -> Result<Option<Row>, DbProblem> {
    Ok(tx.query(sql, params)?.into_iter().next())
}

/// What an engine said.
#[derive(Debug, thiserror::Error)]
pub enum DbProblem {
    /// The database file cannot be opened: wrong key or not a database.
    #[error("the database cannot be opened: {0}")]
    Open(String),
    /// No room on the disk; nothing was written.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The folder or file may not be written.
    #[error("the database may not be written: {0}")]
    ReadOnly(String),
    /// Something stored is not what was written: a page, an identity or a chain.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A statement failed.
    #[error("the database refused: {0}")]
    Engine(String),
    /// A row is not of the expected shape.
    #[error("unexpected row: {0}")]
    Shape(String),
    /// A stored text is not the JSON it should be.
    #[error("unreadable record: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<DbProblem> for jukung_domain::problem::Problem {
    /// The code a user can act on; the engine's own words belong in the log.
    fn from(problem: DbProblem) -> Self {
        Self::new(match problem {
            DbProblem::Full(_) => "disk_full",
            DbProblem::ReadOnly(_) => "read_only",
            DbProblem::Open(_) => "cannot_open",
            DbProblem::Damaged(_) => "damaged",
            DbProblem::Engine(_) | DbProblem::Shape(_) | DbProblem::Json(_) => "internal",
        })
    }
}
