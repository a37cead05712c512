//! Looks for secrets in whatever was written: as they are, in base64 and in hexadecimal, in what is compressed too.

use std::fs;
use std::io::Read;
use std::path::Path;

use memchr::memmem;

/// No test unpacks more.
const MOST: u64 = 64 << 20;

/// A secret, and the forms in which it would give itself away.
pub(crate) struct Secret {
    name: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Secret {
    pub(crate) fn of(name: &'static str, value: &str) -> Self {
        let bytes = value.as_bytes();
        let mut forms = vec![bytes.to_vec()];
        // What stands around it decides which of three forms it has; each is without its first and last characters.
        for before in 0..3 {
            let mut shifted = vec![0; before];
            shifted.extend_from_slice(bytes);
            let text = base64(&shifted);
            let (from, to) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
            let within: String = text.chars().skip(from).take(to - from).collect();
            forms.push(within.replace('+', "-").replace('/', "_").into_bytes());
            forms.push(within.into_bytes());
        }
        forms.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes());
        forms.push(bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>().into_bytes());
        forms.push(
            bytes.iter().map(|byte| format!("{byte}, ")).collect::<String>().trim_end_matches(", ").into(),
        );
        forms.push(bytes.iter().rev().copied().collect());
        Self { name, forms }
    }

    /// The form in which it stands in these bytes.
    fn found_in(&self, bytes: &[u8]) -> Option<&[u8]> {
        self.forms.iter().find(|form| memmem::find(bytes, form).is_some()).map(Vec::as_slice)
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().chain([0, 0].iter()).take(3).fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for digit in 0..=group.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

/// Something that was written, and where.
pub(crate) type Place = (String, Vec<u8>);

/// Asserts that no secret stands in any of these, however it is packed.
#[track_caller]
pub(crate) fn assert_in_none(secrets: &[Secret], places: &[Place]) {
    for (place, bytes) in places {
        let mut layers = vec![bytes.clone()];
        layers.extend(unpacked(bytes));
        for secret in secrets {
            for bytes in &layers {
                if let Some(form) = secret.found_in(bytes) {
                    let form = String::from_utf8_lossy(form);
                    panic!("the {} stands in {place} as {form:?}", secret.name);
                }
            }
        }
    }
}

/// What is within gzip or zstd.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    let read = match bytes {
        [0x1f, 0x8b, ..] => flate2::read::MultiGzDecoder::new(bytes).take(MOST).read_to_end(&mut found),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            zstd::stream::read::Decoder::new(bytes).ok()?.take(MOST).read_to_end(&mut found)
        }
        _ => return None,
    };
    read.ok().map(|_| found)
}

/// Every file below a folder, byte for byte, but for those with these names; and each value in each store.
pub(crate) fn files(folder: &Path, but: &[&str]) -> Vec<Place> {
    let mut places = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            places.extend(files(&path, but));
        } else if !but.contains(&name.as_str()) {
            // A socket or a file that is gone by now holds nothing.
            let Ok(bytes) = fs::read(&path) else { continue };
            if bytes.starts_with(b"SQLite format 3\0") {
                places.extend(values(&path));
            }
            places.push((path.display().to_string(), bytes));
        }
    }
    places
}

/// Every value of every table: long ones are in pieces in the file, and many are packed.
fn values(file: &Path) -> Vec<Place> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let names = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let mut tables = connection.prepare(names).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut places = Vec::new();
    for table in tables {
        let mut rows = connection.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                if let Ok(bytes) = row.get_ref(column).unwrap().as_bytes() {
                    places
                        .push((format!("{} table {table} column {column}", file.display()), bytes.to_vec()));
                }
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The search finds what it is to find, or it proves nothing.
    #[test]
    fn every_form_of_a_secret_is_found() {
        let secret = [Secret::of("password", "pl4nted-pa55word")];
        let folder = tempfile::tempdir().unwrap();
        let store = rusqlite::Connection::open(folder.path().join("x.sqlite")).unwrap();
        store.execute_batch("CREATE TABLE t (b BLOB)").unwrap();
        let long = format!("{}pl4nted-pa55word{}", "x".repeat(300), "y".repeat(9000));
        store
            .execute("INSERT INTO t VALUES (?)", [zstd::bulk::compress(long.as_bytes(), 3).unwrap()])
            .unwrap();
        let mut hidden = files(folder.path(), &[]);
        assert_eq!(hidden.len(), 2);
        hidden.retain(|(place, _)| place.ends_with("table t column 0"));
        for before in ["", "a", "ab", "abc"] {
            hidden.push((
                "base64".into(),
                base64(format!("{before}pl4nted-pa55word!").as_bytes()).into_bytes(),
            ));
        }
        hidden.push(("hex".into(), b"706c346e7465642d70613535776f7264".to_vec()));
        hidden.push(("debug".into(), format!("{:?}", b"pl4nted-pa55word").into_bytes()));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, long.as_bytes()).unwrap();
        hidden.push(("gzip".into(), gzip.finish().unwrap()));
        for place in hidden {
            let name = place.0.clone();
            let found = std::panic::catch_unwind(|| assert_in_none(&secret, &[place]));
            assert!(found.is_err(), "it is not found in {name}");
        }
        assert_in_none(&secret, &[("elsewhere".into(), b"pl4nted-pa55wor_d".to_vec())]);
    }
}
