//! A class list out of a spreadsheet (XLSX or CSV, as Dapodik gives it): line by line, and what cannot be taken says why.
//! The file comes from anywhere: everything about it is bounded before it is believed.

use super::sheet::{self, Cell};
use crate::import::{cell, delimiter, text_of};
use jiff::civil::Date;
use jukung_domain::date::{self, Precision};
use jukung_domain::finding::Strength;
use jukung_domain::nik::Nik;
use jukung_domain::problem::Problem;
use jukung_domain::region::Regions;
use jukung_domain::search_key;
use jukung_domain::texts::say;
use std::collections::BTreeMap;

/// Largest file read: a school of 1,500 pupils with every column of Dapodik has less than one MB.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most pupils of one school.
pub const PUPILS_MAX: usize = 3_000;
/// Lines above the headings: Dapodik writes the school's name and the date there.
const TITLES_MAX: usize = 20;
/// Longest text of a cell that is kept, in signs.
const TEXT_MAX: usize = 100;

/// A pupil as a list says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pupil {
    /// Class.
    pub class: String,
    /// Name.
    pub name: String,
    /// NIK; empty when the list has none.
    pub nik: String,
    /// Day of birth, `YYYY-MM-DD`; empty when the list has none.
    pub birth: String,
    /// `male`, `female` or empty.
    pub sex: String,
    /// Has a card for children already.
    pub card: bool,
}

/// One line of a list.
#[derive(Debug)]
pub struct Line {
    /// Line as the spreadsheet numbers it.
    pub line: usize,
    /// Name that stands there.
    pub name: String,
    /// The pupil, or why it was refused.
    pub pupil: Result<Pupil, Problem>,
}

/// What a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Name,
    Nik,
    Birth,
    Sex,
    Class,
    Card,
}

/// Headings as schools write them, folded.
const HEADINGS: [(Column, &[&str]); 6] = [
    (Column::Name, &["nama", "nama murid", "nama siswa", "nama lengkap", "nama peserta didik", "nama pd"]),
    (Column::Nik, &["nik", "nik murid", "nik siswa", "nik peserta didik", "nomor induk kependudukan"]),
    (Column::Birth, &["tanggal lahir", "tgl lahir", "tgl. lahir", "tanggal kelahiran"]),
    (Column::Sex, &["l/p", "jk", "lp", "jenis kelamin", "kelamin", "j/k"]),
    (Column::Class, &["kelas", "rombel", "rombel saat ini", "rombongan belajar", "tingkat"]),
    (Column::Card, &["kia", "punya kia", "sudah kia", "kepemilikan kia"]),
];

fn heading(text: &str) -> Option<Column> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    HEADINGS.iter().find(|(_, words)| words.contains(&text.as_str())).map(|(column, _)| *column)
}

/// Reads a list.
///
/// # Errors
/// `file_too_large`, `sheet_unreadable`, `sheet_no_names`, `pupils_full`; a line that cannot be taken is refused by itself.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, Problem> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Problem::new("file_too_large").with("mb_max", FILE_BYTES_MAX / 1024 / 1024));
    }
    let table = if sheet::is_one(bytes) { sheet::cells(bytes, PUPILS_MAX + TITLES_MAX)? } else { plain(bytes)? };
    let mut rows = table.into_iter();
    let columns = rows
        .by_ref()
        .take(TITLES_MAX)
        .map(|(_, row)| row.iter().enumerate().filter_map(|(at, cell)| Some((heading(&cell.text())?, at))).collect())
        .find(|columns: &BTreeMap<Column, usize>| columns.contains_key(&Column::Name))
        .ok_or_else(|| Problem::new("sheet_no_names"))?;
    let mut lines: Vec<Line> = rows.filter_map(|(line, row)| one(line, &row, &columns)).collect();
    if lines.len() > PUPILS_MAX {
        return Err(Problem::new("pupils_full").with("max", PUPILS_MAX));
    }
    refuse_twice(&mut lines);
    Ok(lines)
}

/// The cells of a file with separators; what is no text at all is no list.
fn plain(bytes: &[u8]) -> Result<Vec<(usize, Vec<Cell>)>, Problem> {
    let text = text_of(bytes);
    if text.contains('\0') {
        return Err(Problem::new("sheet_unreadable"));
    }
    // Titles of one cell stand above the headings: the sign is that of the line with the names.
    let head = text.lines().take(TITLES_MAX).find(|l| l.to_lowercase().contains("nama")).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(head))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().take(PUPILS_MAX + TITLES_MAX + 1).map(|record| {
        let record = record.map_err(|_| Problem::new("sheet_unreadable"))?;
        let line = record.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or(0));
        Ok((line, record.iter().map(|text| Cell::Text(text.trim().to_owned())).collect()))
    });
    rows.collect()
}

/// One line; nothing when it is empty.
fn one(line: usize, row: &[Cell], columns: &BTreeMap<Column, usize>) -> Option<Line> {
    let at = |column: Column| columns.get(&column).and_then(|at| row.get(*at));
    if columns.values().all(|at| row.get(*at).is_none_or(|cell| cell.text().is_empty())) {
        return None;
    }
    let name = at(Column::Name).map(Cell::text).unwrap_or_default();
    let shown = name.chars().take(TEXT_MAX).collect();
    Some(Line { line, name: shown, pupil: pupil(&name, &at) })
}

fn pupil<'a>(name: &str, at: &dyn Fn(Column) -> Option<&'a Cell>) -> Result<Pupil, Problem> {
    let text = |column: Column| -> Result<String, Problem> {
        let said = at(column).map(Cell::text).unwrap_or_default();
        Ok(cell(&said)?.chars().take(TEXT_MAX).collect::<String>().trim().to_owned())
    };
    let name = cell(name)?.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > TEXT_MAX {
        return Err(Problem::new("pupil_name"));
    }
    if matches!(at(Column::Nik), Some(Cell::Number(_))) {
        // Sixteen digits do not fit a spreadsheet's number: the last ones are gone.
        return Err(Problem::new("cell_number"));
    }
    let nik: String = text(Column::Nik)?.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    let birth = born(at(Column::Birth))?;
    let known = (!nik.is_empty()).then(|| nik_of(&nik)).transpose()?;
    if let (Some(nik), Some(birth)) = (&known, birth)
        && !nik.fits_birth(&date::CalendarDate { date: birth, precision: Precision::Exact })
    {
        return Err(Problem::new("pupil_birth_differs"));
    }
    let birth = birth.map(|day| day.to_string()).unwrap_or_default();
    Ok(Pupil {
        class: text(Column::Class)?,
        name,
        nik,
        birth,
        sex: sex(&text(Column::Sex)?)?.to_owned(),
        card: ["ya", "y", "sudah", "ada", "1", "v", "x", "√", "✓"]
            .contains(&text(Column::Card)?.to_lowercase().as_str()),
    })
}

fn nik_of(text: &str) -> Result<Nik, Problem> {
    let wrong = Nik::inspect(text, Regions::current()).into_iter().find(|note| note.0 == Strength::Error);
    if let Some((_, code, values)) = wrong {
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        return Err(Problem::new("pupil_nik").with("why", say(&format!("finding.{code}"), &values)));
    }
    Nik::parse(text).map_err(|_| Problem::new("pupil_nik"))
}

fn born(cell: Option<&Cell>) -> Result<Option<Date>, Problem> {
    match cell {
        None => Ok(None),
        Some(Cell::Day(day)) => Ok(Some(*day)),
        Some(other) => {
            let text = other.text();
            let text = crate::import::cell(&text)?;
            if text.is_empty() {
                return Ok(None);
            }
            let read = date::parse(text).ok().filter(|d| d.precision == Precision::Exact);
            read.map(|d| Some(d.date)).ok_or_else(|| Problem::new("pupil_birth").with("value", text))
        }
    }
}

fn sex(text: &str) -> Result<&'static str, Problem> {
    match text.to_lowercase().as_str() {
        "" => Ok(""),
        "l" | "lk" | "laki-laki" | "laki laki" => Ok("male"),
        "p" | "pr" | "perempuan" => Ok("female"),
        _ => Err(Problem::new("pupil_sex").with("value", text)),
    }
}

/// The same pupil twice in one list: the second line says where the first stands.
fn refuse_twice(lines: &mut [Line]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        let Ok(pupil) = &line.pupil else { continue };
        let key = same(pupil);
        if let Some(first) = seen.get(&key) {
            line.pupil = Err(Problem::new("pupil_twice").with("line", first));
        } else {
            seen.insert(key, line.line);
        }
    }
}

/// What makes a pupil the same one: the NIK, and where there is none, the name and the day of birth.
#[must_use]
pub fn same(pupil: &Pupil) -> String {
    if pupil.nik.is_empty() { format!("{} {}", search_key::fold(&pupil.name), pupil.birth) } else { pupil.nik.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "DAFTAR PESERTA DIDIK;;;;\nSDN Binuang 2;;;;\nNo;Nama;NIK;Tanggal Lahir;L/P;Rombel Saat Ini;KIA\n\
        1;Ahmad Contoh;6305041207199901;12/07/2019;L;Kelas 1A;ya\n\
        2;Budi Contoh;;3 Mei 2019;L;Kelas 1A;\n\
        ;;;;;;\n\
        3;;6305041207199902;12/07/2019;L;Kelas 1A;\n\
        4;Citra Contoh;63050412071999;12/07/2019;P;Kelas 1A;\n\
        5;Dewi Contoh;6,30504E+15;12/07/2019;P;Kelas 1A;\n\
        6;Ahmad C.;6305041207199901;12/07/2019;L;Kelas 1B;\n\
        7;Eka Contoh;6305045207199903;13/07/2019;P;Kelas 1B;\n\
        8;Fitri Contoh;;kemarin;P;Kelas 1B;\n\
        9;Gani Contoh;;;x;Kelas 1B;\n\
        10;=1+1;;;L;Kelas 1B;\n";

    #[test]
    fn a_list_is_read_below_its_titles_and_each_refused_line_says_why() {
        let lines = read(LIST.as_bytes()).expect("a list");
        let told = |l: &Line| (l.line, l.pupil.as_ref().map_or_else(|p| p.code.clone(), |p| p.name.clone()));
        let found: Vec<(usize, String)> = lines.iter().map(told).collect();
        let wanted = [
            (4, "Ahmad Contoh"),
            (5, "Budi Contoh"),
            (7, "pupil_name"),
            (8, "pupil_nik"),
            (9, "cell_rounded"),
            (10, "pupil_twice"),
            (11, "pupil_birth_differs"),
            (12, "pupil_birth"),
            (13, "pupil_sex"),
            (14, "cell_formula"),
        ];
        assert_eq!(found, wanted.map(|(n, text)| (n, text.to_owned())));
        let first = lines[0].pupil.as_ref().expect("a pupil");
        let (birth, sex) = (first.birth.as_str(), first.sex.as_str());
        assert_eq!((birth, sex, first.class.as_str(), first.card), ("2019-07-12", "male", "Kelas 1A", true));
        for line in lines {
            if let Err(problem) = line.pupil {
                assert!(!jukung_domain::texts::of_problem(&problem).contains('{'), "{problem}");
            }
        }
    }

    #[test]
    fn a_sheet_is_read_like_a_list_and_a_number_is_never_taken_for_a_nik() {
        let lines = read(include_bytes!("../../../tests/sample/class-list.xlsx")).expect("a list");
        let told = |l: &Line| (l.line, l.pupil.as_ref().map_or_else(|p| p.code.clone(), |p| p.birth.clone()));
        let found: Vec<(usize, String)> = lines.iter().map(told).collect();
        let wanted = [(4, "2009-07-12"), (5, "2012-05-03"), (6, "cell_number"), (7, "pupil_nik"), (8, "2015-02-01")];
        assert_eq!(found, wanted.map(|(n, text)| (n, text.to_owned())));
    }

    #[test]
    fn what_is_no_list_is_refused_whole() {
        let code = |bytes: &[u8]| read(bytes).expect_err("refused").code;
        assert_eq!(code(b"%PDF-1.7\n1 0 obj"), "sheet_no_names");
        assert_eq!(code(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0"), "sheet_unreadable");
        assert_eq!(code(b"PK\x03\x04nothing that a sheet has"), "sheet_unreadable");
        assert_eq!(code(&vec![b'a'; FILE_BYTES_MAX + 1]), "file_too_large");
        assert_eq!(code(b""), "sheet_no_names");
    }
}
