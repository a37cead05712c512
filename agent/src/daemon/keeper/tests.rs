use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::clock::SystemClock;
use crate::store::status;

struct Site {
    keeper: Keeper,
    brakes: Brakes,
    store: Store,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::new());
        let store = Store::open(folder.path(), "test-agent", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let brakes = Brakes::default();
        let keeper = Keeper::new(store.clone(), brakes.clone(), clock, None);
        Self { keeper, brakes, store, _folder: folder }
    }

    /// Keeps something that the store answers so, one try after the other; the last word is the same for ever. What
    /// was in force at each try, and what became of it.
    async fn keep(&self, answers: Vec<Option<StoreError>>) -> (Vec<bool>, Result<(), NotKept>) {
        let (tried, seen) = (Arc::new(AtomicU32::new(0)), Arc::new(std::sync::Mutex::new(Vec::new())));
        let change = {
            let (brakes, seen) = (self.brakes.clone(), Arc::clone(&seen));
            move |_: &mut Tx<'_>| {
                let tried = tried.fetch_add(1, Ordering::Relaxed) as usize;
                seen.lock().unwrap().push(brakes.reasons().contains_key(&Brake::Store));
                // Whoever tries for ever is seen, and not waited for.
                if tried == 16 {
                    return Ok(());
                }
                match answers.get(tried).or(answers.last()).unwrap() {
                    None => Ok(()),
                    Some(StoreError::Panicked(what)) => panic!("{what}"),
                    Some(error) => Err(error.clone()),
                }
            }
        };
        let kept = self.keeper.keep(change).await;
        let seen = seen.lock().unwrap().clone();
        (seen, kept)
    }
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_kept_is_given_up_and_stops_nobody() {
    let site = Site::new();
    let unique = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE);
    for error in [
        StoreError::Panicked("an odd record".to_owned()),
        StoreError::Content("an odd record".to_owned()),
        StoreError::Refused("it is another".to_owned()),
        rusqlite::Error::SqliteFailure(unique, None).into(),
        rusqlite::Error::QueryReturnedNoRows.into(),
    ] {
        let (seen, kept) = site.keep(vec![Some(error.clone())]).await;
        assert!(matches!(kept, Err(NotKept::Change(_))), "{error}: {kept:?}");
        assert_eq!(seen, [false; TRIES as usize], "{error}");
        assert!(site.brakes.reasons().is_empty(), "{error}");
        assert!(site.keep(vec![None]).await.1.is_ok());
    }
    // A fault of another change in the same transaction is no fault of this one.
    let (_, kept) = site.keep(vec![Some(StoreError::Panicked("another".to_owned())), None]).await;
    assert!(kept.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_the_store_refuses_for_a_while_is_kept_and_polling_waits_for_it() {
    let site = Site::new();
    let (seen, kept) =
        site.keep(vec![Some(StoreError::Full), Some(StoreError::Busy { seconds: 1 }), None]).await;
    assert!(kept.is_ok());
    assert_eq!(seen, [false, true, true]);
    assert!(site.brakes.reasons().is_empty());
    let kinds = |sql: &rusqlite::Connection| {
        let mut rows = sql.prepare("SELECT kind FROM events ORDER BY seq")?;
        Ok(rows.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?)
    };
    assert_eq!(site.store.read(kinds).await.unwrap(), ["store_refuses", "store_takes"]);
    assert_eq!(site.store.read(status::brakes).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_and_is_then_given_up_holds_nobody_back() {
    let site = Site::new();
    let (seen, kept) =
        site.keep(vec![Some(StoreError::Full), Some(StoreError::Content("odd".to_owned()))]).await;
    assert!(matches!(kept, Err(NotKept::Change(StoreError::Content(_)))), "{kept:?}");
    assert_eq!(seen, [false, true, true, true]);
    assert!(site.brakes.reasons().is_empty());
}

#[tokio::test]
async fn what_is_over_for_all_ends_it() {
    let site = Site::new();
    let damaged = StoreError::Damaged { file: "store".into(), what: "a page".to_owned() };
    for error in [StoreError::Closed, damaged] {
        let (seen, kept) = site.keep(vec![Some(error)]).await;
        assert!(matches!(kept, Err(NotKept::Store(_))), "{kept:?}");
        assert_eq!(seen.len(), 1);
    }
}
