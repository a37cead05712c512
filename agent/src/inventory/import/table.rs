//! Tables: the CSV that spreadsheets, CMDBs and NetBox write, with any header and any of three delimiters.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::Export;
use super::found::{Found, Gathered, Skipped, note_secrets};
use super::mapping::{Field, FieldMap, may_be_secret, plain};
use crate::config::{Problem, spelling};
use crate::inventory::rows::beginning;

/// Wider tables are refused.
const MOST_COLUMNS: usize = 1000;

/// Whose table it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Any,
    /// Has columns of its own that say whether a device is in service, and whose it is.
    Netbox,
}

/// Reads a table into hosts.
pub(super) fn read(
    export: &Export,
    kind: Kind,
    maps: &[FieldMap],
    gathered: &mut Gathered,
) -> Result<(), Problem> {
    let text = export.text();
    // Excel may be told its delimiter by a first line, which is no header then.
    let (body, told) = match text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')) {
        Some((delimiter, body)) => (body, delimiter.trim_end_matches('\r').bytes().next()),
        None => (text, None),
    };
    let delimiter = told.unwrap_or_else(|| delimiter(body));
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(body.as_bytes());
    let mut record = StringRecord::new();
    let mut columns: Option<Columns> = None;
    // The text is UTF-8 and in memory: reading it cannot fail.
    while let Ok(true) = reader.read_record(&mut record) {
        let start =
            record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or_default());
        let line = export.document.line(text.len() - body.len() + beginning(body, start));
        if record.iter().all(str::is_empty) {
            continue;
        }
        match &mut columns {
            None => columns = Some(Columns::of(&record, export, line, kind, maps)?),
            Some(columns) => {
                columns.row(&record, export, line, gathered);
                if gathered.hosts.len() > super::MOST_HOSTS {
                    let message = format!("there are more than {} hosts", super::MOST_HOSTS);
                    return Err(export.problem(line, message, "import fewer at a time"));
                }
            }
        }
    }
    match columns {
        Some(columns) => columns.report(gathered),
        None => {
            return Err(export.problem(
                1,
                "there is no header line",
                "begin the file with the names of its columns",
            ));
        }
    }
    Ok(())
}

/// The delimiter that the header has most of, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let header =
        text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let count = |delimiter: u8| {
        let mut quoted = false;
        header
            .bytes()
            .filter(|byte| {
                quoted ^= *byte == b'"';
                !quoted && *byte == delimiter
            })
            .count()
    };
    // The first of equals is kept by looking from the end.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// What the columns of a table are.
struct Columns {
    columns: Vec<Column>,
}

struct Column {
    source: String,
    field: Option<Field>,
    why: &'static str,
    values: usize,
}

impl Columns {
    fn of(
        header: &StringRecord,
        export: &Export,
        line: usize,
        kind: Kind,
        maps: &[FieldMap],
    ) -> Result<Self, Problem> {
        if header.len() > MOST_COLUMNS {
            let message = format!("there are {} columns, more than {MOST_COLUMNS}", header.len());
            return Err(export.problem(line, message, "see that it is the right file"));
        }
        let mut columns: Vec<Column> = header
            .iter()
            .map(|source| Column { source: source.to_owned(), field: None, why: "not used", values: 0 })
            .collect();
        for column in &mut columns {
            if may_be_secret(&column.source) {
                column.why = "secret, never read";
            }
        }
        let mut decided = Vec::new();
        for map in maps {
            decided.push(map.field);
            if map.column.is_empty() {
                continue;
            }
            let same = |column: &&mut Column| plain(&column.source) == plain(&map.column);
            let Some(column) = columns.iter_mut().find(same) else {
                let near = spelling::did_you_mean(&map.column, header.iter());
                let remedy = format!("{near}The columns are {}", spelling::listed(header.iter()));
                return Err(export.problem(
                    line,
                    format!("--map {map} names a column that is not there"),
                    &remedy,
                ));
            };
            if column.why == "secret, never read" {
                let remedy = "name another column; secrets are never imported";
                return Err(export.problem(line, format!("--map {map} names a column of secrets"), remedy));
            }
            (column.field, column.why) = (Some(map.field), "--map");
        }
        // The best name for a field wins, and of equals the first.
        let mut named: Vec<(usize, usize, Field)> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.why == "not used")
            .filter_map(|(at, column)| {
                let (field, rank) = field_of(&column.source, kind)?;
                Some((rank, at, field))
            })
            .collect();
        named.sort_unstable();
        for (_, at, field) in named {
            let Some(column) = columns.get_mut(at) else { continue };
            if decided.contains(&field) {
                column.why = "not used: another column states it";
            } else {
                decided.push(field);
                (column.field, column.why) = (Some(field), "by name");
            }
        }
        let columns = Self { columns };
        if !columns.columns.iter().any(|it| matches!(it.field, Some(Field::Name | Field::Address))) {
            let remedy = format!(
                "say which with --map name=COLUMN or --map address=COLUMN. The columns are {}",
                spelling::listed(header.iter())
            );
            return Err(export.problem(
                line,
                "no column is known as the name or the address of a device",
                &remedy,
            ));
        }
        Ok(columns)
    }

    fn row(&mut self, record: &StringRecord, export: &Export, line: usize, gathered: &mut Gathered) {
        let mut found = Found::new("", export.at(line));
        let surplus = record.iter().skip(self.columns.len()).any(|cell| !cell.is_empty());
        let fits = record.len() >= self.columns.len() && !surplus;
        for (column, cell) in self.columns.iter_mut().zip(record) {
            if cell.is_empty() || (!fits && column.field != Some(Field::Name)) {
                continue;
            }
            column.values += 1;
            match column.field {
                Some(Field::Name) => found.name = cell.to_owned(),
                Some(Field::Group) => {
                    let names = cell.split([';', ',']).map(str::trim).filter(|name| !name.is_empty());
                    found.groups.extend(names.map(str::to_owned));
                }
                Some(field) => found.state(field, cell),
                None if column.why == "secret, never read" => {
                    note_secrets(&mut found.secrets, [column.source.as_str()]);
                }
                None => {}
            }
        }
        if !fits {
            // Its cells may stand in each other's columns.
            let reason =
                format!("it has {} cells, but there are {} columns", record.len(), self.columns.len());
            gathered.skipped.push(Skipped::new(&found.name, found.at, reason));
            return;
        }
        if found.name.is_empty() && !self.columns.iter().any(|it| it.field == Some(Field::Name)) {
            found.name = found.get(Field::Address).unwrap_or_default().to_owned();
        }
        gathered.hosts.push(found);
    }

    fn report(self, gathered: &mut Gathered) {
        for column in self.columns {
            gathered.met_often(&column.source, column.field, column.why, column.values);
        }
    }
}

fn field_of(source: &str, kind: Kind) -> Option<(Field, usize)> {
    if kind == Kind::Netbox {
        match plain(source).as_str() {
            "status" => return Some((Field::Status, 0)),
            "manufacturer" => return Some((Field::Manufacturer, 0)),
            // NetBox has both: a site, and a location within it.
            "location" => return None,
            _ => {}
        }
    }
    Field::of(source)
}
