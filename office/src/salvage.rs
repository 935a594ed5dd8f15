//! Reads a broken database as far as it can be read, and never writes to it. A cipher that has met one page it cannot
//! authenticate answers nothing more on that connection, so every miss costs a new one; what lies beyond is found by
//! reaching further and halving back.

use crate::remains::{Remains, TABLES, Table};
use jukung_ledger::{Db, Row, params};
use std::path::Path;

/// Rows asked for at a time.
const PAGE: i64 = 256;
/// Connections spent on one file: some hundred broken places, half a minute on an old computer.
const CONNECTIONS_MAX: u32 = 4_000;
/// Furthest place that is reached for: no table of a counter has so many rows.
const REACH_MAX: i64 = 1 << 32;

struct Broken<'a> {
    path: &'a Path,
    key: &'a [u8; 32],
    open: Option<Db>,
    opened: u32,
    missed: u32,
}

/// Everything that `path` still says; nothing when it does not open at all.
pub(crate) fn read(path: &Path, key: &[u8; 32]) -> Remains {
    let mut broken = Broken { path, key, open: None, opened: 0, missed: 0 };
    let mut remains = Remains::default();
    if broken.connection().is_none() {
        return remains;
    }
    for table in &TABLES {
        broken.missed = 0;
        let rows = broken.table(table);
        let missed = broken.missed;
        remains.add(table, rows, missed);
    }
    remains
}

impl Broken<'_> {
    fn connection(&mut self) -> Option<&Db> {
        if self.open.is_none() && self.opened < CONNECTIONS_MAX {
            self.opened += 1;
            self.open = Db::open_broken(self.path, Some(self.key)).ok();
        }
        self.open.as_ref()
    }

    /// Up to `most` rows from place `from` on; none when something on the way cannot be read.
    fn ask(&mut self, sql: &str, from: i64, most: i64) -> Option<Vec<(i64, Row)>> {
        let asked = self.connection()?.read(|tx| {
            let rows = tx.query(sql, params![from, most])?;
            let placed = |mut row: Row| Ok((row.int(0)?, Row(row.0.split_off(1))));
            rows.into_iter().map(placed).collect::<Result<Vec<_>, jukung_ledger::DbProblem>>()
        });
        if asked.is_err() {
            self.open = None;
        }
        asked.ok()
    }

    /// Every row of a table that can be read.
    fn table(&mut self, table: &Table) -> Vec<Row> {
        let sql =
            format!("SELECT rowid, {} FROM {} WHERE rowid >= $1 ORDER BY rowid LIMIT $2", table.columns, table.name);
        let (mut rows, mut from, mut most) = (Vec::new(), 1, PAGE);
        loop {
            match self.ask(&sql, from, most) {
                Some(page) => {
                    let Some((last, _)) = page.last() else { return rows };
                    from = last + 1;
                    rows.extend(page.into_iter().map(|(_, row)| row));
                    most = (most * 2).min(PAGE);
                }
                None if most > 1 => most = (most / 8).max(1),
                None => {
                    self.missed += 1;
                    let Some(beyond) = self.beyond(&sql, from) else { return rows };
                    from = beyond;
                }
            }
        }
    }

    /// The first place after `bad` from which rows can be read again.
    fn beyond(&mut self, sql: &str, mut bad: i64) -> Option<i64> {
        let mut step = 1;
        let mut good = loop {
            let at = bad + step;
            if step > REACH_MAX || self.opened >= CONNECTIONS_MAX {
                return None;
            }
            if self.ask(sql, at, 1).is_some() {
                break at;
            }
            (bad, step) = (at, step * 2);
        };
        while good - bad > 1 && self.opened < CONNECTIONS_MAX {
            let middle = bad + (good - bad) / 2;
            if self.ask(sql, middle, 1).is_some() { good = middle } else { bad = middle }
        }
        Some(good)
    }
}
