//! Many rows in few statements: at the district a batch of 200 events costs what its statements cost.

use crate::tx::{DbProblem, Tx, Value};

/// Rows of one statement: few texts, so that both engines keep them prepared, and few statements for any count.
const SIZES: [usize; 5] = [64, 16, 4, 2, 1];

/// Inserts rows into `columns` (`"log (device, seq)"`), each as long as that list; `after` ends the statement, as
/// `ON CONFLICT DO NOTHING`.
///
/// # Errors
/// Those of the engine.
pub fn insert(tx: &mut dyn Tx, columns: &str, rows: &[Vec<Value>], after: &str) -> Result<(), DbProblem> {
    let mut rest = rows;
    for size in SIZES {
        while rest.len() >= size {
            let (now, later) = rest.split_at(size);
            let width = now[0].len();
            let row = |n: usize| {
                let places: Vec<String> = (1..=width).map(|column| format!("${}", n * width + column)).collect();
                format!("({})", places.join(", "))
            };
            let all: Vec<String> = (0..size).map(row).collect();
            tx.execute(&format!("INSERT INTO {columns} VALUES {} {after}", all.join(", ")), &now.concat())?;
            rest = later;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Db;

    #[test]
    fn any_number_of_rows_arrives_once_and_in_its_columns() {
        let folder = tempfile::tempdir().expect("folder");
        let db = Db::open_sqlite(&folder.path().join("rows.db"), None).expect("open");
        db.write(|tx| tx.batch("CREATE TABLE two (n BIGINT PRIMARY KEY, t TEXT NOT NULL)")).expect("made");
        for count in [0_i64, 1, 2, 3, 63, 64, 65, 200] {
            let rows: Vec<Vec<Value>> = (0..count).map(|n| vec![n.into(), format!("t{n}").into()]).collect();
            let told = db.write(|tx| {
                tx.execute("DELETE FROM two", &[])?;
                insert(tx, "two (n, t)", &rows, "")?;
                insert(tx, "two (n, t)", &rows, "ON CONFLICT DO NOTHING")?;
                tx.query("SELECT n, t FROM two ORDER BY n", &[])
            });
            let told: Vec<(i64, String)> =
                told.expect("rows").iter().map(|r| (r.int(0).expect("n"), r.text(1).expect("t"))).collect();
            assert_eq!(told, (0..count).map(|n| (n, format!("t{n}"))).collect::<Vec<_>>());
        }
    }
}
