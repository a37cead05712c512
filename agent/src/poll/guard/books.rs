//! Where the guard's state lies: in the store, or in tables of the process alone. The rules over it are the same.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::clock::Clock;
use crate::journal::Actor;
use crate::store::guard::{self, Admission, Moment, Refusal, Stop, Terms};
use crate::store::{Store, StoreError};
use crate::transport::ssh::LoginIdentity;

/// Keeps the state.
#[derive(Debug)]
pub(super) enum Books {
    /// In a store; what becomes of logins is told there in this one's name.
    Store(Store, Actor),
    /// Here, from the first question on. The tables are small and lie in memory: nobody waits for them.
    Memory(Mutex<Option<Connection>>),
}

impl Books {
    pub(super) fn in_memory() -> Self {
        Self::Memory(Mutex::default())
    }

    pub(super) async fn standing(&self, login: LoginIdentity) -> Result<Option<Stop>, StoreError> {
        match self {
            Self::Store(store, _) => store.read(move |sql| guard::standing(sql, &login)).await,
            Self::Memory(tables) => in_one(tables, |sql| guard::standing(sql, &login)),
        }
    }

    /// Takes a turn as of when its transaction runs: who waited long for the store must not hold a turn of then.
    pub(super) async fn admit(
        &self,
        login: LoginIdentity,
        held: Option<i64>,
        terms: Terms,
        clock: Arc<dyn Clock>,
    ) -> Result<Admission, StoreError> {
        self.change(move |sql| guard::admit(sql, &login, held, &terms, &moment(&*clock))).await
    }

    pub(super) async fn answered(&self, place: i64, at: Moment) -> Result<(), StoreError> {
        self.change(move |sql| guard::answered(sql, place, &at)).await
    }

    pub(super) async fn accept(&self, credential: String, place: i64, at: Moment) -> Result<(), StoreError> {
        self.change(move |sql| guard::accept(sql, &credential, place, &at)).await
    }

    pub(super) async fn refuse(&self, refusal: Refusal, refusals: u32) -> Result<(), StoreError> {
        match self {
            Self::Store(store, actor) => {
                let actor = actor.clone();
                store.write(move |tx| tx.login_refused(&refusal, refusals, &actor)).await
            }
            Self::Memory(tables) => in_one(tables, |sql| {
                // Nobody is told but who reads the failure, and nothing outlives the process: its time is not kept.
                guard::refuse(sql, &refusal, refusals, Timestamp::UNIX_EPOCH).map(|_| ())
            }),
        }
    }

    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self {
            Self::Store(store, _) => store.write(move |tx| change(tx.sql())).await,
            Self::Memory(tables) => in_one(tables, change),
        }
    }
}

/// Now, by this clock.
pub(super) fn moment(clock: &dyn Clock) -> Moment {
    Moment { boot: clock.boot().to_owned(), since_boot: clock.since_boot() }
}

/// In one transaction, or not at all.
fn in_one<T>(
    tables: &Mutex<Option<Connection>>,
    change: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
    let tables = match &mut *tables {
        Some(open) => open,
        none => none.insert(guard::in_memory()?),
    };
    let transaction = Transaction::new_unchecked(tables, TransactionBehavior::Immediate)?;
    let made = change(&transaction)?;
    transaction.commit()?;
    Ok(made)
}
