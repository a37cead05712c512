//! The rows of an inventory file, with the place of every cell.

use std::ops::Range;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::columns::{COLUMNS, NAME, Stated};
use crate::config::value::device_name;
use crate::config::{Document, Identity, Problem, Problems, Settings, spelling};

/// More rows than this are refused.
const MOST_ROWS: usize = 100_000;

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Its line, from 1.
    pub(crate) line: usize,
    pub(crate) identity: Identity,
    pub(crate) settings: Settings,
    /// The whole row, in bytes of the text.
    span: Range<usize>,
    /// The columns that state something, and where.
    cells: Vec<(&'static str, Range<usize>)>,
}

impl Row {
    /// Whether its cell of a column holds anything.
    pub(crate) fn states(&self, column: &str) -> bool {
        self.cells.iter().any(|(name, _)| *name == column)
    }
}

/// The rows of one file.
#[derive(Debug)]
pub(crate) struct Rows {
    document: Document,
    pub(crate) rows: Vec<Row>,
}

/// What a column of this file is.
#[derive(Clone, Copy)]
enum Column {
    Name,
    Known(usize),
    Unknown,
}

impl Rows {
    /// Reads the bytes of a file. What could not be read stands in the problems.
    pub(crate) fn read(file: &str, bytes: Vec<u8>) -> (Self, Problems) {
        let mut problems = Problems::default();
        let mut rows = match text(file, bytes, "save it as \"CSV UTF-8\"") {
            Ok(text) => Self { document: Document::new(file, text), rows: Vec::new() },
            Err(problem) => {
                return (
                    Self { document: Document::new(file, String::new()), rows: Vec::new() },
                    problem.into(),
                );
            }
        };
        rows.fill(&mut problems);
        (rows, problems)
    }

    /// The file, as the operator named it.
    pub(crate) fn file(&self) -> &str {
        self.document.name()
    }

    /// The cells of a row that state something, as they read.
    pub(crate) fn cells_of(&self, row: &Row) -> std::collections::BTreeMap<&'static str, String> {
        let read = |span: &Range<usize>| {
            let cell = self.document.text().get(span.clone()).unwrap_or_default();
            let Some(quoted) = cell.strip_prefix('"') else { return cell.to_owned() };
            // What stands behind the closing quote is text, too.
            let mut text = String::new();
            let mut rest = quoted;
            while let Some((before, behind)) = rest.split_once('"') {
                text.push_str(before);
                match behind.strip_prefix('"') {
                    Some(behind) => {
                        text.push('"');
                        rest = behind;
                    }
                    None => {
                        rest = "";
                        text.push_str(behind);
                    }
                }
            }
            text.push_str(rest);
            text.trim().to_owned()
        };
        let stated = row.cells.iter().filter(|(column, _)| *column != NAME);
        stated.map(|(column, span)| (*column, read(span))).collect()
    }

    /// A mistake in a cell of a row, or in the row if the cell states nothing.
    pub(crate) fn problem(
        &self,
        row: &Row,
        column: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        let cell = row.cells.iter().find(|(name, _)| *name == column).map(|(_, span)| span);
        self.document.problem(cell.unwrap_or(&row.span).clone(), message, remedy)
    }

    fn fill(&mut self, problems: &mut Problems) {
        let text = self.document.text().to_owned();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut columns: Option<Vec<Column>> = None;
        let mut record = StringRecord::new();
        // The text is UTF-8 and in memory: reading it cannot fail.
        while let Ok(true) = reader.read_record(&mut record) {
            let start = record.position().map_or(0, |position| position.byte());
            let start = beginning(&text, usize::try_from(start).unwrap_or_default());
            let (cells, end) = cells(&text, start);
            match &columns {
                None => columns = Some(self.header(&record, &cells, problems)),
                Some(columns) => self.row(columns, &record, &cells, start..end, problems),
            }
            if self.rows.len() > MOST_ROWS {
                let message = format!("there are more than {MOST_ROWS} devices in one file");
                problems.push(self.document.problem(
                    start..end,
                    message,
                    "split the inventory into several agents'",
                ));
                return;
            }
        }
        if columns.is_none() {
            problems.push(Problem::of_file(
                self.file(),
                "there is no header line",
                "begin the file with the names of its columns: name,address,…",
            ));
        }
    }

    fn header(
        &mut self,
        record: &StringRecord,
        cells: &[Range<usize>],
        problems: &mut Problems,
    ) -> Vec<Column> {
        let known = || std::iter::once(NAME).chain(COLUMNS.iter().map(|(name, _)| *name));
        let mut columns = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (cell, span) in record.iter().zip(cells) {
            let name = cell.to_lowercase().replace([' ', '-'], "_");
            let column = match COLUMNS.iter().position(|(column, _)| *column == name) {
                Some(index) => Column::Known(index),
                None if name == NAME => Column::Name,
                None => Column::Unknown,
            };
            if matches!(column, Column::Unknown) {
                let remedy = if name.contains(';') || name.contains('\t') {
                    "separate columns by commas (CSV), not by semicolons or tabs".into()
                } else if name.is_empty() {
                    "name the column, or remove it".into()
                } else {
                    let near = spelling::did_you_mean(&name, known());
                    format!("{near}The columns are {}", known().collect::<Vec<_>>().join(", "))
                };
                let message = format!("unknown column \"{}\"", cell.escape_debug());
                problems.push(self.document.problem(span.clone(), message, remedy));
            } else if seen.contains(&name) {
                let message = format!("column \"{name}\" is there twice");
                problems.push(self.document.problem(span.clone(), message, "remove one of the two"));
            }
            seen.push(name);
            columns.push(column);
        }
        if !columns.iter().any(|column| matches!(column, Column::Name)) {
            let span = cells.first().map_or(0..0, |first| first.start..first.end);
            let message = "there is no column \"name\"";
            problems.push(self.document.problem(
                span,
                message,
                "add the column name, and a name in every row",
            ));
        }
        columns
    }

    fn row(
        &mut self,
        columns: &[Column],
        record: &StringRecord,
        cells: &[Range<usize>],
        span: Range<usize>,
        problems: &mut Problems,
    ) {
        if record.iter().all(str::is_empty) {
            return;
        }
        // What stands in a column that nobody knows may be a password.
        for (column, cell) in columns.iter().zip(cells) {
            if matches!(column, Column::Unknown) {
                self.document.hide(cell.clone());
            }
        }
        if let Some(cell) = cells.iter().zip(record).find(|(_, cell)| cell.contains(['\n', '\r'])) {
            let message = "a quoted cell goes over several lines";
            problems.push(self.document.problem(
                cell.0.clone(),
                message,
                "close the quote, or remove the line break",
            ));
            return;
        }
        let surplus = record.iter().skip(columns.len()).any(|cell| !cell.is_empty());
        if record.len() < columns.len() || surplus {
            let message =
                format!("this row has {} cells, but there are {} columns", record.len(), columns.len());
            let remedy = "put one comma between cells, and quotes around a cell that holds a comma";
            // Its cells may stand in each other's columns, so none of them can be shown safely.
            self.document.hide(span.clone());
            problems.push(self.document.problem(span, message, remedy));
            return;
        }

        let line = self.document.line(span.start);
        let mut name = None;
        let mut stated = Stated::default();
        let mut row = Row {
            name: String::new(),
            line,
            identity: Identity::default(),
            settings: Settings::default(),
            span: span.clone(),
            cells: Vec::new(),
        };
        for ((column, cell), span) in columns.iter().zip(record).zip(cells) {
            if cell.is_empty() {
                continue;
            }
            let (key, read) = match column {
                Column::Unknown => continue,
                Column::Name => {
                    name = Some(cell);
                    (NAME, device_name(cell))
                }
                Column::Known(index) => {
                    let Some((key, read)) = COLUMNS.get(*index) else { continue };
                    (*key, read(cell, &mut stated))
                }
            };
            row.cells.push((key, span.clone()));
            if let Err(error) = read {
                if cell.split_once('@').is_some_and(|(user, _)| user.contains(':')) {
                    self.document.hide(span.clone());
                }
                let remedy = "correct the cell, or leave it empty";
                problems.push(self.document.problem(span.clone(), format!("`{key}` {error}"), remedy));
            }
        }
        match name {
            Some(name) => {
                row.name = name.to_owned();
                row.identity = stated.identity;
                row.settings = stated.settings;
                self.rows.push(row);
            }
            // Without the column, the header has been complained about.
            None if columns.iter().any(|column| matches!(column, Column::Name)) => {
                let message = "this row has no name";
                problems.push(self.document.problem(
                    span,
                    message,
                    "give the device a name, or remove the row",
                ));
            }
            None => {}
        }
    }
}

/// The text of the file, without its byte-order mark.
pub(super) fn text(file: &str, bytes: Vec<u8>, remedy: &str) -> Result<String, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::of_file(file, "this file is UTF-16, not UTF-8", remedy));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count();
            Err(Problem::of_file(file, format!("line {line} is not UTF-8"), remedy))
        }
    }
}

/// Where a record begins: its position counts the empty lines and comments before it.
pub(super) fn beginning(text: &str, from: usize) -> usize {
    let mut bytes = text.bytes().enumerate().skip(from);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {}
            b'#' => {
                bytes.find(|(_, byte)| *byte == b'\n');
            }
            _ => return at,
        }
    }
    text.len()
}

/// How far a cell is quoted. A quote opens one only at its beginning; what stands behind the closing one, quotes
/// too, is text.
#[derive(Clone, Copy)]
enum Quote {
    None,
    Open,
    /// After a quote that ends the cell, unless another follows.
    Closing,
}

/// The cells of the record that begins at `start`, without the spaces around them, and the end of the record.
pub(super) fn cells(text: &str, start: usize) -> (Vec<Range<usize>>, usize) {
    let mut cells = Vec::new();
    let mut quote = Quote::None;
    let mut from = start;
    let trimmed = |from: usize, to: usize| {
        let cell = text.get(from..to).unwrap_or_default();
        let from = from + (cell.len() - cell.trim_start().len());
        from..from + cell.trim().len()
    };
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match (quote, byte) {
            (Quote::None, b'"') if at == from => quote = Quote::Open,
            (Quote::Open, b'"') => quote = Quote::Closing,
            // Two of them stand for one.
            (Quote::Closing, b'"') => quote = Quote::Open,
            (Quote::None | Quote::Closing, b',') => {
                cells.push(trimmed(from, at));
                (from, quote) = (at + 1, Quote::None);
            }
            (Quote::None | Quote::Closing, b'\r' | b'\n') => {
                cells.push(trimmed(from, at));
                return (cells, at);
            }
            (Quote::Closing, _) => quote = Quote::None,
            (Quote::None | Quote::Open, _) => {}
        }
    }
    cells.push(trimmed(from, text.len()));
    (cells, text.len())
}

#[cfg(test)]
mod tests;
