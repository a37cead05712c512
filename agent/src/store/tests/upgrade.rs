//! From every older schema to this one.

use super::*;

/// The schema of so many steps, with rows in every table.
fn older(folder: &Path, steps: &[&str]) {
    fs::OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join(FILE)).unwrap();
    let connection = connect(&folder.join(FILE), OpenFlags::default(), BUSY).unwrap();
    for step in steps {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "application_id", 0x6c69_6377).unwrap();
    connection.pragma_update(None, "user_version", steps.len()).unwrap();
    let line = packed::pack(b"{}").unwrap();
    let mut digest = [0_u8; 32];
    digest[0] = 7;
    // The order in which rows can refer to each other.
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for table in tables(&connection) {
        if table == "journal" {
            let key = crate::journal::JournalKey::make(folder).unwrap();
            let begun = Entry::new(Actor::Daemon, Kind::Begun).with("public_key", key.public().to_string());
            let entry = begun.line(1, day(0), "test-agent");
            let hash = seal(GENESIS, &entry);
            let insert = "INSERT INTO journal (seq, entry, prev, hash) VALUES (1, ?, ?, ?)";
            connection.execute(insert, (entry, GENESIS, hash)).unwrap();
            continue;
        }
        let columns = columns(&connection, &table);
        let values: Vec<String> = columns
            .iter()
            .map(|(column, of_type)| match (column.as_str(), of_type.as_str()) {
                ("outcome", _) => "'complete'".to_owned(),
                ("wants", _) => "'records'".to_owned(),
                ("line", _) => format!("x'{}'", crate::hex::digits(&line)),
                ("sha256" | "line_sha256", _) => format!("x'{}'", crate::hex::digits(&digest)),
                (_, "INTEGER") => "1".to_owned(),
                (_, "BLOB") => "x'00'".to_owned(),
                (_, "REAL") => "1.5".to_owned(),
                (column, _) => format!("'{table} {column}'"),
            })
            .collect();
        let names: Vec<_> = columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
        let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        connection
            .execute(&insert, [])
            .unwrap_or_else(|error| panic!("{insert}: {error}; say what fits above"));
    }
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut query = connection.prepare(sql).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn columns(connection: &Connection, table: &str) -> Vec<(String, String)> {
    let mut query = connection.prepare("SELECT name, type FROM pragma_table_info(?)").unwrap();
    query.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// The columns of every table, as they are now, and their rows.
type Content = Vec<(String, Vec<String>, Vec<String>)>;

fn content(connection: &Connection) -> Content {
    let rows_of = |table: &str, columns: &[String]| {
        let list: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let mut query =
            connection.prepare(&format!("SELECT {} FROM {table}", list.join(" || ',' || "))).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect::<Vec<String>>()
    };
    tables(connection)
        .into_iter()
        .map(|table| {
            let columns: Vec<_> = columns(connection, &table).into_iter().map(|(name, _)| name).collect();
            let rows = rows_of(&table, &columns);
            (table, columns, rows)
        })
        .collect()
}

/// Reads what was there by the names that it had then.
fn still_there(connection: &Connection, before: &Content) -> Result<(), StoreError> {
    for (table, columns, rows) in before {
        let list: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let mut query =
            connection.prepare(&format!("SELECT {} FROM {table}", list.join(" || ',' || "))).unwrap();
        let now: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(now.starts_with(rows), "{table}: {rows:?} became {now:?}");
    }
    Ok(())
}

fn upgrades(from: usize, steps: &'static [&'static str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    older(folder.path(), &steps[..from]);
    let before = content(&Connection::open(&file).unwrap());
    assert!(before.iter().all(|(_, _, rows)| rows.len() == 1), "{before:?}");

    let terms = Terms { steps, ..TERMS };
    let opened = || Store::open_on(folder.path(), "test-agent", Standing::new(), terms);
    let store = opened().unwrap();
    store.read_blocking(|sql| still_there(sql, &before)).unwrap();
    assert_eq!(number(&store, "PRAGMA user_version"), steps.len() as i64);
    let told =
        "SELECT json_extract(CAST(entry AS TEXT), '$.kind'), json_extract(CAST(entry AS TEXT), '$.backup')
                FROM journal WHERE entry LIKE '%\"upgraded\"%'";
    let told = texts(&store, told);
    assert_eq!(told.len(), 1);
    assert!(store.read_blocking(entries).unwrap() >= 2);

    // The copy holds what was there, and can be opened by who wrote it.
    let copies: Vec<_> =
        fs::read_dir(folder.path().join("backups")).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(copies, [folder.path().join(&told[0].1)]);
    assert!(integrity::open_to_others(folder.path()).unwrap().iter().all(|it| it.path == folder.path()));
    assert_eq!(content(&Connection::open(&copies[0]).unwrap()), before);
    let restored = tempfile::tempdir().unwrap();
    fs::copy(&copies[0], restored.path().join(FILE)).unwrap();
    let key = crate::journal::KEY_FILE;
    fs::copy(folder.path().join(key), restored.path().join(key)).unwrap();
    let terms = Terms { steps: &steps[..from], ..TERMS };
    let store = Store::open_on(restored.path(), "test-agent", Standing::new(), terms).unwrap();
    store.read_blocking(|sql| still_there(sql, &before)).unwrap();

    // A second opening does nothing more, and who knows fewer steps does not open it.
    drop(opened().unwrap());
    assert_eq!(fs::read_dir(folder.path().join("backups")).unwrap().count(), 1);
    let refused = Store::open_on(folder.path(), "test-agent", Standing::new(), terms);
    let found = steps.len() as u32;
    assert!(
        matches!(refused, Err(StoreError::Newer { found: it, known, .. }) if it == found && known == from as u32)
    );
}

#[test]
fn every_older_schema_is_brought_up_to_date() {
    for from in 1..schema::STEPS.len() {
        upgrades(from, schema::STEPS);
    }
}

#[test]
fn who_opens_a_store_beside_the_daemon_leaves_an_older_schema_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    older(folder.path(), &schema::STEPS[..schema::STEPS.len() - 1]);
    let before = content(&Connection::open(&file).unwrap());
    let beside = || Store::open_existing(folder.path(), "test-agent", Standing::new());
    let refused = beside().unwrap_err();
    assert!(matches!(refused, StoreError::Older { needed: schema::NEWEST, .. }), "{refused}");
    assert!(refused.to_string().contains("`licwatch run` brings it up to date"), "{refused}");
    assert_eq!(content(&Connection::open(&file).unwrap()), before);
    assert!(!folder.path().join("backups").exists());
    drop(open(folder.path()));
    beside().unwrap();
    // A file that was made and not yet begun is no store.
    let empty = tempfile::tempdir().unwrap();
    fs::write(empty.path().join(FILE), "").unwrap();
    let refused = Store::open_existing(empty.path(), "test-agent", Standing::new());
    assert!(matches!(refused, Err(StoreError::Absent { .. })));
}

const NEXT: &str =
    "ALTER TABLE devices ADD COLUMN rack TEXT; CREATE TABLE racks (name TEXT PRIMARY KEY) STRICT;";
const FIRST: &str = schema::STEPS[0];

#[test]
fn the_first_schema_is_brought_over_two_steps() {
    upgrades(1, &[FIRST, NEXT, "INSERT INTO racks VALUES ('r1'); CREATE INDEX by_rack ON devices(rack);"]);
    upgrades(2, &[FIRST, NEXT, "CREATE INDEX by_rack ON devices(rack);"]);
}

#[test]
fn a_step_that_fails_leaves_all_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    older(folder.path(), &[FIRST]);
    let before = content(&Connection::open(folder.path().join(FILE)).unwrap());
    let terms = Terms { steps: &[FIRST, NEXT, "INSERT INTO nowhere VALUES (1);"], ..TERMS };
    let refused = Store::open_on(folder.path(), "test-agent", Standing::new(), terms);
    assert!(matches!(refused, Err(StoreError::Sqlite(_))));
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    assert_eq!(content(&connection), before);
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
}
