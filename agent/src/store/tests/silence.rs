//! Who has not answered for too long.

use super::*;

const THREE_DAYS: Duration = Duration::from_secs(3 * 24 * 3600);

fn silent(store: &Store, days: i64) -> Vec<String> {
    store.write_blocking(move |tx| tx.find_silent(day(days), THREE_DAYS)).unwrap()
}

#[test]
fn silence_is_told_once_and_so_is_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    collect(&store, &answer("a", 0, &["FOC1"]));
    collect(&store, &answer("b", 0, &["FOC2"]));
    collect(&store, &failure("never", 0));
    list(&store, &["a", "b", "never", "not-yet-polled"]);
    assert_eq!(silent(&store, 3), Vec::<String>::new(), "three days are not longer than three days");
    collect(&store, &answer("b", 3, &["FOC2"]));
    clock.set(day(4));
    collect(&store, &failure("a", 4));
    assert_eq!(silent(&store, 4), ["a", "never"]);
    assert_eq!(silent(&store, 5), Vec::<String>::new());
    let since = known(&store).remove(0).silent_since;
    assert_eq!(since, Some(day(4)));
    clock.set(day(6));
    collect(&store, &answer("a", 6, &["FOC1"]));
    collect(&store, &answer("a", 6, &["FOC1"]));
    let told: Vec<_> = events(&store).into_iter().filter(|(kind, _)| kind != "device_seen").collect();
    let tell = |kind: &str, device: &str| (kind.to_owned(), device.to_owned());
    assert_eq!(told, [tell("went_silent", "a"), tell("went_silent", "never"), tell("came_back", "a")]);
    // It may go silent again; a device that was taken off the list may not.
    list(&store, &["a"]);
    assert_eq!(silent(&store, 10), ["a"]);
}

#[test]
fn an_answer_that_is_carried_here_late_ends_a_silence_only_if_it_is_late_enough() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    collect(&store, &answer("a", 0, &["FOC1"]));
    clock.set(day(8));
    assert_eq!(silent(&store, 8), ["a"]);
    let carried = |days| Collected { carried_by: Some("anna".to_owned()), ..answer("a", days, &["FOC1"]) };
    collect(&store, &carried(2));
    assert_eq!(silent(&store, 8), Vec::<String>::new());
    assert!(known(&store).remove(0).silent_since.is_some());
    collect(&store, &carried(6));
    assert_eq!(silent(&store, 8), Vec::<String>::new());
    assert_eq!(events(&store).last().unwrap().0, "came_back");
    assert!(known(&store).remove(0).silent_since.is_none());
}
