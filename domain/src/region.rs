//! Regions by Kemendagri code `PP.KK.CC.DDDD`, never by name (domain.md 3.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const PROVINCES: &str = include_str!("../data/provinces.csv");
const REGENCIES: &str = include_str!("../data/63/regencies.csv");
const DISTRICTS: &str = include_str!("../data/63/districts.csv");
const VILLAGES: &str = include_str!("../data/63/villages.csv");

/// A table of regions.
#[derive(Debug, Default)]
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

    /// Regions whose name has a word that starts with `text`, of codes `length` symbols long (13 villages, 5 regencies).
    #[must_use]
    pub fn search(&self, text: &str, length: usize, most: usize) -> Vec<Found> {
        let wanted = text.trim().to_lowercase();
        let hit = |name: &str| {
            name.to_lowercase().starts_with(&wanted) || name.to_lowercase().split(' ').any(|w| w.starts_with(&wanted))
        };
        let found = self.names.iter().filter(|(code, name)| code.len() == length && hit(name));
        found
            .take(most)
            .map(|(code, name)| Found { code: code.clone(), name: name.clone(), within: self.around(code) })
            .collect()
    }
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
    fn the_label_follows_the_code() {
        assert_eq!(Regions::village_kind("63.05.04.1004"), "Kelurahan");
        assert_eq!(Regions::village_kind("63.09.03.2008"), "Desa");
    }
}
