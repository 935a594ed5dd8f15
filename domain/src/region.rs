//! Regions by Kemendagri code `PP.KK.CC.DDDD`, never by name (domain.md 3.3).

use crate::problem::Problem;
use crate::search_key;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const PROVINCES: &str = include_str!("../data/provinces.csv");
const REGENCIES: &str = include_str!("../data/63/regencies.csv");
const DISTRICTS: &str = include_str!("../data/63/districts.csv");
const VILLAGES: &str = include_str!("../data/63/villages.csv");

/// Largest table read from a folder, in bytes: all 83,000 villages of the country are under 3 MB.
const TABLE_BYTES_MAX: u64 = 8 * 1024 * 1024;

static CURRENT: OnceLock<Regions> = OnceLock::new();

/// A table of regions.
#[derive(Debug, Default, Clone)]
pub struct Regions {
    names: BTreeMap<String, String>,
    districts: BTreeSet<String>,
}

/// A region that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Dotted code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The regions around it, smallest first.
    pub within: String,
}

impl Regions {
    /// The regions inside this build: every province, and Kalimantan Selatan in full.
    #[must_use]
    pub fn embedded() -> &'static Regions {
        static REGIONS: OnceLock<Regions> = OnceLock::new();
        REGIONS.get_or_init(|| {
            let mut regions = Regions::default();
            for table in [PROVINCES, REGENCIES, DISTRICTS, VILLAGES] {
                // The embedded tables are checked by the test below; a bad row would be left out, never invented.
                let _ = regions.load(table);
            }
            regions
        })
    }

    /// The regions this program works with: those chosen with [`Regions::choose`], else the embedded ones.
    #[must_use]
    pub fn current() -> &'static Regions {
        CURRENT.get().unwrap_or_else(|| Regions::embedded())
    }

    /// Makes `regions` those of this program, once, before anything asks; a second choice changes nothing.
    pub fn choose(regions: Regions) {
        let _ = CURRENT.set(regions);
    }

    /// The embedded regions and those of `folder`: every `.csv` in it, and in the folders right under it (one for each
    /// province, as `tools/regions/extract.mjs` writes them). A folder that is not there adds nothing.
    ///
    /// # Errors
    /// `regions_unreadable` with the file and why: half a table would doubt people who live there.
    pub fn with_folder(folder: &Path) -> Result<Regions, Problem> {
        let mut regions = Regions::embedded().clone();
        for file in tables(folder, true).map_err(|e| unreadable(folder, &e))? {
            let size = fs::metadata(&file).map_err(|e| unreadable(&file, &e))?.len();
            if size > TABLE_BYTES_MAX {
                return Err(unreadable(&file, &format!("> {} MB", TABLE_BYTES_MAX / 1024 / 1024)));
            }
            let text = fs::read_to_string(&file).map_err(|e| unreadable(&file, &e))?;
            regions.load(text.trim_start_matches('\u{feff}')).map_err(|e| unreadable(&file, &e))?;
            if let Some(code) = regions.names.keys().find(|code| !is_code(code)) {
                return Err(unreadable(&file, code));
            }
        }
        Ok(regions)
    }

    /// Adds a table with the columns `code,name`, e.g. of another province.
    ///
    /// # Errors
    /// The line that cannot be read.
    pub fn load(&mut self, csv_text: &str) -> Result<usize, csv::Error> {
        let mut count = 0;
        for row in csv::Reader::from_reader(csv_text.as_bytes()).deserialize::<(String, String)>() {
            let (code, name) = row?;
            if code.len() == 8 {
                self.districts.insert(code.replace('.', ""));
            }
            self.names.insert(code, name);
            count += 1;
        }
        Ok(count)
    }

    /// Whether `code` (two digits) is one of the 38 provinces.
    #[must_use]
    pub fn is_province(code: &str) -> bool {
        Regions::embedded().names.contains_key(code)
    }

    /// Whether the six digits are a district of the tables loaded. Provinces that are not loaded are not doubted.
    #[must_use]
    pub fn has_district(&self, six: &str) -> bool {
        let province_loaded =
            self.districts.range(six[..2].to_owned()..).next().is_some_and(|d| d.starts_with(&six[..2]));
        !province_loaded || self.districts.contains(six)
    }

    /// Name of a region.
    #[must_use]
    pub fn name(&self, code: &str) -> Option<&str> {
        self.names.get(code).map(String::as_str)
    }

    /// Whether the code names a village of these tables.
    #[must_use]
    pub fn is_village(&self, code: &str) -> bool {
        code.len() == 13 && self.names.contains_key(code)
    }

    /// Codes of the villages of these tables.
    pub fn villages(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str).filter(|code| code.len() == 13)
    }

    /// Time zone of a region by its province (Keppres 41/1987): `WIB`, `WITA` or `WIT`.
    #[must_use]
    pub fn zone(code: &str) -> &'static str {
        match code.get(..2).unwrap_or_default() {
            "51" | "52" | "53" | "63" | "64" | "65" | "71" | "72" | "73" | "74" | "75" | "76" => "WITA",
            "81" | "82" | "91" | "92" | "93" | "94" | "95" | "96" | "97" => "WIT",
            _ => "WIB",
        }
    }

    /// `Kelurahan` or `Desa`, by the first digit of the last block.
    #[must_use]
    pub fn village_kind(code: &str) -> &'static str {
        if code.as_bytes().get(9) == Some(&b'1') { "Kelurahan" } else { "Desa" }
    }

    /// `Kelurahan Rantau Kiwa, Tapin Utara, Kabupaten Tapin`.
    #[must_use]
    pub fn full_name(&self, code: &str) -> Option<String> {
        let name = self.name(code)?;
        let own = if code.len() == 13 { format!("{} {name}", Regions::village_kind(code)) } else { name.to_owned() };
        let around = self.around(code);
        Some(if around.is_empty() { own } else { format!("{own}, {around}") })
    }

    fn around(&self, code: &str) -> String {
        let cuts: &[usize] = match code.len() {
            13 => &[8, 5],
            8 => &[5],
            _ => &[],
        };
        cuts.iter().filter_map(|cut| self.name(&code[..*cut])).collect::<Vec<_>>().join(", ")
    }

    /// Regions of a `level` that fit what was typed: a code or its beginning, else words of which the first begins a word
    /// of the name and every other one begins a word of the name or of a region around it. Folded as names are, so that
    /// `pulau kuu` finds `Pulau Ku"u`. Those around `near` (an office's code) come first, then names that begin so.
    #[must_use]
    pub fn search(&self, text: &str, level: Level, near: &str, most: usize) -> Vec<Found> {
        let code = text.trim();
        if code.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            let plain = code.replace('.', "");
            let fits = |c: &&String| !plain.is_empty() && c.replace('.', "").starts_with(&plain);
            return self.of_level(level).filter(fits).take(most).filter_map(|c| self.found(c)).collect();
        }
        let words: Vec<String> = search_key::fold(text).split(' ').map(str::to_owned).collect();
        let Some(first) = words.first().filter(|w| !w.is_empty()) else { return Vec::new() };
        let mut hits: Vec<(bool, bool, &String)> = Vec::new();
        for code in self.of_level(level) {
            let own = search_key::fold(self.name(code).unwrap_or_default());
            if !begins(&own, first) {
                continue;
            }
            let all = format!("{own} {}", search_key::fold(&self.around(code)));
            if words.iter().all(|w| begins(&all, w)) {
                let near = near.get(..Level::District.symbols()).is_some_and(|d| code.starts_with(d));
                hits.push((!near, !own.starts_with(&words.join(" ")), code));
            }
        }
        hits.sort();
        hits.into_iter().take(most).filter_map(|(_, _, code)| self.found(code)).collect()
    }

    fn of_level(&self, level: Level) -> impl Iterator<Item = &String> {
        self.names.keys().filter(move |code| code.len() == level.symbols())
    }

    fn found(&self, code: &str) -> Option<Found> {
        Some(Found { code: code.to_owned(), name: self.name(code)?.to_owned(), within: self.around(code) })
    }
}

/// How large a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Kabupaten or kota.
    Regency,
    /// Kecamatan.
    District,
    /// Desa or kelurahan.
    Village,
}

impl Level {
    /// Symbols of a dotted code of this level.
    fn symbols(self) -> usize {
        match self {
            Level::Regency => 5,
            Level::District => 8,
            Level::Village => 13,
        }
    }
}

/// Whether a word of the folded `name` begins with `word`.
fn begins(name: &str, word: &str) -> bool {
    name.split(' ').any(|part| part.starts_with(word))
}

/// `62`, `62.01`, `62.01.02` or `62.01.02.1001`.
fn is_code(code: &str) -> bool {
    let lengths: Vec<usize> = code.split('.').map(str::len).collect();
    code.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !lengths.is_empty() && [2, 2, 2, 4].starts_with(&lengths)
}

fn unreadable(file: &Path, why: &dyn std::fmt::Display) -> Problem {
    Problem::new("regions_unreadable").with("file", file.display()).with("why", why)
}

fn tables(folder: &Path, deeper: bool) -> Result<Vec<PathBuf>, std::io::Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() && deeper {
            found.extend(tables(&path, false)?);
        } else if path.extension().is_some_and(|e| e == "csv") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kalimantan_selatan_is_whole() {
        let count = |table: &str| Regions::default().load(table).expect("readable");
        assert_eq!((count(PROVINCES), count(REGENCIES), count(DISTRICTS), count(VILLAGES)), (38, 13, 156, 2016));
    }

    #[test]
    fn a_name_with_a_quote_survives() {
        assert_eq!(Regions::embedded().name("63.09.03.2008"), Some("Pulau Ku\"u"));
    }

    #[test]
    fn a_village_is_found_by_its_name_with_those_of_the_office_s_district_first() {
        let regions = Regions::embedded();
        let found = |text: &str| regions.search(text, Level::Village, "63.05.04.1004", 8);
        assert_eq!(found("rantau kiwa")[0].code, "63.05.04.1004");
        assert_eq!(found("rantau kiwa")[0].within, "Tapin Utara, Kabupaten Tapin");
        assert_eq!(found("pulau ku\"u")[0].code, "63.09.03.2008");
        assert_eq!(found("Pulau Kuu")[0].name, "Pulau Ku\"u");
        assert_eq!(found("kiwa tapin").iter().filter(|f| f.code == "63.05.04.1004").count(), 1);
        assert!(found("banua")[0].code.starts_with("63.05.04"), "{:?}", found("banua"));
        for code in ["63.05.04.1004", "6305041004", "63.05.04.100"] {
            assert!(found(code).iter().any(|f| f.name == "Rantau Kiwa"), "{code}");
        }
        assert_eq!((found("").len(), found("zzzz").len(), found("a").len()), (0, 0, 8));
        assert_eq!(regions.search("tapin", Level::Regency, "", 8)[0].code, "63.05");
    }

    #[test]
    fn another_province_is_read_from_a_folder() {
        let folder = std::env::temp_dir().join(format!("jukung-regions-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("62")).expect("made");
        let table =
            "\u{feff}code,name\n62.99,Kabupaten Contoh\n62.99.01,Contoh Hulu\n62.99.01.2001,\"Pulau Ku\"\"u\"\n";
        std::fs::write(folder.join("62/all.csv"), table).expect("written");
        let regions = Regions::with_folder(&folder).expect("readable");
        assert_eq!(
            regions.full_name("62.99.01.2001").as_deref(),
            Some("Desa Pulau Ku\"u, Contoh Hulu, Kabupaten Contoh")
        );
        assert!(regions.is_village("63.09.03.2008") && !Regions::embedded().is_village("62.99.01.2001"));
        assert!(!regions.has_district("629902") && Regions::embedded().has_district("629902"));
        std::fs::write(folder.join("62/all.csv"), "code,name\nsixty,two\n").expect("written");
        assert_eq!(Regions::with_folder(&folder).map_err(|p| p.code).err().as_deref(), Some("regions_unreadable"));
        std::fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(Regions::with_folder(&folder).map(|r| r.names.len()).ok(), Some(Regions::embedded().names.len()));
    }

    #[test]
    fn the_zone_follows_the_province() {
        assert_eq!(["61", "63.05.04.1004", "94.01"].map(Regions::zone), ["WIB", "WITA", "WIT"]);
    }

    #[test]
    fn the_label_follows_the_code() {
        assert_eq!(Regions::village_kind("63.05.04.1004"), "Kelurahan");
        assert_eq!(Regions::village_kind("63.09.03.2008"), "Desa");
    }
}
