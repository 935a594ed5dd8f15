//! A database of either engine, and its transactions.

use crate::point::point;
use crate::sqlite::{self, SqliteTx};
use crate::tx::{DbProblem, Tx};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
#[cfg(feature = "postgres")]
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An open database. Calls block; servers run them off their async threads.
pub struct Db(Engine);

enum Engine {
    Sqlite(Mutex<Connection>),
    #[cfg(feature = "postgres")]
    Postgres {
        url: String,
        idle: Mutex<Vec<crate::postgres::Kept>>,
    },
}

/// Connections kept open: twice the cores of a small server; more would only queue inside PostgreSQL.
#[cfg(feature = "postgres")]
const IDLE_MAX: usize = 4;

impl Db {
    /// Opens or makes an SQLite file, encrypted when `key` is given.
    ///
    /// # Errors
    /// Wrong key, not a database, no permission.
    pub fn open_sqlite(path: &Path, key: Option<&[u8; 32]>) -> Result<Db, DbProblem> {
        Ok(Db(Engine::Sqlite(Mutex::new(sqlite::open(path, key)?))))
    }

    /// Opens an SQLite file to look at: nothing in it or beside it changes, whatever is found.
    ///
    /// # Errors
    /// Wrong key, not a database, no file.
    pub fn open_untouched(path: &Path, key: Option<&[u8; 32]>) -> Result<Db, DbProblem> {
        Ok(Db(Engine::Sqlite(Mutex::new(sqlite::open_untouched(path, key)?))))
    }

    /// [`Db::open_untouched`] for a file that is known to be broken: what is not there is read as missing.
    ///
    /// # Errors
    /// Wrong key, or nothing in it can be read.
    pub fn open_broken(path: &Path, key: Option<&[u8; 32]>) -> Result<Db, DbProblem> {
        Ok(Db(Engine::Sqlite(Mutex::new(sqlite::open_broken(path, key)?))))
    }

    /// Connects to PostgreSQL.
    ///
    /// # Errors
    /// No connection, or a database with another text order than C (the message has the command that mends it).
    #[cfg(feature = "postgres")]
    pub fn open_postgres(url: &str) -> Result<Db, DbProblem> {
        let client = crate::postgres::open(url)?;
        Ok(Db(Engine::Postgres { url: url.to_owned(), idle: Mutex::new(vec![client]) }))
    }

    /// Runs `work` in one transaction. `Err` rolls back; `Ok` is returned only after the commit is durable.
    ///
    /// # Errors
    /// Those of `work` and of the engine.
    pub fn write<T, E: From<DbProblem>>(&self, work: impl FnOnce(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        let done = self.run(TransactionBehavior::Immediate, |tx| {
            let done = work(tx)?;
            point("commit");
            Ok::<T, E>(done)
        })?;
        point("committed");
        Ok(done)
    }

    /// Runs `work` on one consistent view.
    ///
    /// # Errors
    /// Those of `work` and of the engine.
    pub fn read<T, E: From<DbProblem>>(&self, work: impl FnOnce(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        self.run(TransactionBehavior::Deferred, work)
    }

    fn run<T, E: From<DbProblem>>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.0 {
            Engine::Sqlite(connection) => {
                let mut connection = lock(connection);
                let tx = connection.transaction_with_behavior(behavior).map_err(sqlite::problem)?;
                let mut tx = SqliteTx(tx);
                let done = work(&mut tx)?;
                tx.0.commit().map_err(sqlite::problem)?;
                Ok(done)
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres { url, idle } => {
                let kept = lock(idle).pop().filter(|k| !k.client.is_closed());
                let mut kept = match kept {
                    Some(kept) => kept,
                    None => crate::postgres::open(url)?,
                };
                let done = {
                    let tx = kept.client.transaction().map_err(crate::postgres::problem)?;
                    let mut tx = crate::postgres::PostgresTx(tx, &mut kept.prepared);
                    let done = work(&mut tx)?;
                    kept.warned.store(false, Ordering::Relaxed);
                    tx.0.commit().map_err(crate::postgres::problem)?;
                    done
                };
                // PostgreSQL calls a commit done, with a warning, when somebody cancelled its wait for the standby: it may be
                // lost with this server, so nobody is told that it is safe (protocol 2.5, R8).
                if kept.warned.load(Ordering::Relaxed) {
                    return Err(DbProblem::Engine("a commit was not awaited to its end".into()).into());
                }
                let mut idle = lock(idle);
                if idle.len() < IDLE_MAX {
                    idle.push(kept);
                }
                Ok(done)
            }
        }
    }

    /// Writes a verified copy of an SQLite database to `path` (with the same key).
    ///
    /// # Errors
    /// No room, or another engine.
    pub fn copy_to(&self, path: &Path) -> Result<(), DbProblem> {
        match &self.0 {
            Engine::Sqlite(connection) => {
                let connection = lock(connection);
                // The copy is written over the same connection, also over one that changes nothing else.
                connection.execute_batch("PRAGMA query_only = OFF").map_err(sqlite::problem)?;
                connection.execute("VACUUM INTO ?1", [path.to_string_lossy()]).map(|_| ()).map_err(sqlite::problem)
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres { .. } => Err(DbProblem::Engine("copies of PostgreSQL are made with pg_dump".into())),
        }
    }

    /// Encrypts an SQLite database with another key, whole or not at all: the engine does it in one transaction.
    ///
    /// # Errors
    /// No room, somebody else has the database open, or another engine.
    pub fn rekey(&self, key: &[u8; 32]) -> Result<(), DbProblem> {
        match &self.0 {
            Engine::Sqlite(connection) => sqlite::rekey(&lock(connection), key),
            #[cfg(feature = "postgres")]
            Engine::Postgres { .. } => Err(DbProblem::Engine("only files of SQLite have a key".into())),
        }
    }

    /// Pages of an encrypted SQLite file that are not what was written, by the cipher's own signature over each: empty when
    /// all are well. It looks at the file alone, without what the write-ahead log holds beside it.
    ///
    /// # Errors
    /// When the check itself cannot run.
    pub fn pages_changed(&self) -> Result<Vec<String>, DbProblem> {
        match &self.0 {
            Engine::Sqlite(connection) => sqlite::lines(&lock(connection), "PRAGMA cipher_integrity_check"),
            #[cfg(feature = "postgres")]
            Engine::Postgres { .. } => Ok(Vec::new()),
        }
    }

    /// What the engine's own check says: empty when all is well.
    ///
    /// # Errors
    /// When the check itself cannot run.
    pub fn quick_check(&self) -> Result<Vec<String>, DbProblem> {
        match &self.0 {
            Engine::Sqlite(connection) => {
                let lines = sqlite::lines(&lock(connection), "PRAGMA quick_check")?;
                Ok(lines.into_iter().filter(|l| l != "ok").collect())
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres { .. } => Ok(Vec::new()),
        }
    }
}

/// The PostgreSQL client ends its own little loop when it is dropped, which an async thread does not allow.
#[cfg(feature = "postgres")]
impl Drop for Db {
    fn drop(&mut self) {
        if let Engine::Postgres { idle, .. } = &self.0 {
            let clients = std::mem::take(&mut *lock(idle));
            let _ = std::thread::spawn(move || drop(clients)).join();
        }
    }
}

/// A poisoned lock means a panic elsewhere; the transaction it held was rolled back, so the connection is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
