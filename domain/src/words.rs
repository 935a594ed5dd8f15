//! Dates in Indonesian words.

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
const DAYS: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];

fn month(date: Date) -> &'static str {
    MONTHS.get(usize::from(date.month().unsigned_abs()).wrapping_sub(1)).copied().unwrap_or("")
}

/// `5 Agustus 2026`.
#[must_use]
pub fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `5 Agu`.
#[must_use]
pub fn short_day(date: Date) -> String {
    format!("{} {}", date.day(), month(date).chars().take(3).collect::<String>())
}

/// `Rabu, 5 Agustus 2026`.
#[must_use]
pub fn long_day(date: Date) -> String {
    let weekday = DAYS.get(usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())).copied().unwrap_or("");
    format!("{weekday}, {}", day(date))
}

/// `0812-3456-7890` from `+6281234567890`.
#[must_use]
pub fn local_phone(value: &str) -> String {
    let Some(rest) = value.strip_prefix("+62") else { return value.to_owned() };
    let digits = format!("0{rest}");
    let groups: Vec<String> = digits.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    groups.join("-")
}
