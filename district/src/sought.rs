//! What an officer typed into the search: a name, a number or a part of it, a NIK or its beginning; and which applications have
//! it. A text that few have is looked up; one that many have (a name such as Muhammad) is asked of each application in turn,
//! in the order of the queue, until the page is full.

use crate::wanted::Sql;
use jukung_domain::{number, search_key};
use jukung_ledger::{DbProblem, Tx};

/// So many applications are few: each is looked up, at some ten microseconds. What more have is soon met in the queue's order.
pub(crate) const FEW: i64 = 2_000;
/// Words of a name that are looked for: a fifth one finds nobody else.
const WORDS_MAX: usize = 4;
/// Digits from which the beginning of a NIK or KK number is looked for: a district's six are still everybody.
const DIGITS_MIN: usize = 6;
/// After every letter and digit of an index.
const END: &str = "~";
/// Digits of a registration number's count: four, or five from 10,000 on.
const COUNT_DIGITS: std::ops::RangeInclusive<usize> = 4..=5;

/// What was typed, as what it may be.
#[derive(Debug)]
pub(crate) struct Sought {
    /// A whole number in its one form, or the text without spaces and dots; empty where nothing in it is a digit.
    key: String,
    /// The key may be the beginning of a NIK or KK number.
    digits: bool,
    /// Symbols of a part of a registration number.
    part: Option<String>,
    /// Folded words of a name, of which each begins a word.
    words: Vec<String>,
}

/// Where a text is looked up, each written into a statement as a list of applications.
#[derive(Debug)]
enum Source {
    Key(String),
    Digits(String),
    /// The first word is the rarest.
    Words(Vec<String>),
    /// A number's code ends with the first, and what follows begins with one of the second.
    Code(String, Vec<String>),
    /// A number's count has this behind its first digits.
    Count(String),
}

/// Lists that are short, or may be.
#[derive(Debug)]
pub(crate) struct Lists(Vec<Source>);

impl Sought {
    pub fn of(text: &str) -> Sought {
        let whole = number::Number::parse(text);
        let key = whole.map_or_else(|_| text.replace([' ', '.'], ""), |n| n.to_string());
        let key = if key.bytes().any(|b| b.is_ascii_digit()) { key } else { String::new() };
        let digits = key.len() >= DIGITS_MIN && key.bytes().all(|b| b.is_ascii_digit());
        let folded = search_key::fold(text);
        let words = folded.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect();
        Sought { key, digits, part: number::part(text), words }
    }

    /// The lists of those who have it; `None` when one of them is known to be long.
    pub fn lists(&self, tx: &mut dyn Tx) -> Result<Option<Lists>, DbProblem> {
        let mut all = Vec::new();
        if !self.key.is_empty() {
            all.push(if self.digits { Source::Digits(self.key.clone()) } else { Source::Key(self.key.clone()) });
        }
        all.extend(self.part.iter().flat_map(|part| of_number(part)));
        if !self.words.is_empty() {
            let mut words = Vec::new();
            for word in &self.words {
                words.push((Source::Words(vec![word.clone()]).count(tx)?, word.clone()));
            }
            words.sort();
            all.push(Source::Words(words.into_iter().map(|(_, word)| word).collect()));
        }
        let mut few = Vec::new();
        for source in all {
            match source.count(tx)? {
                0 => {}
                n if n > FEW => return Ok(None),
                _ => few.push(source),
            }
        }
        Ok(Some(Lists(few)))
    }

    /// The same as a condition on `app a`.
    pub fn holds(&self, sql: &mut Sql) {
        sql.add(" AND (1 = 0");
        if !self.key.is_empty() {
            sql.add(" OR (SELECT 1 FROM lookup l WHERE l.app = a.id AND ");
            if self.digits {
                between(sql, "l.key", &self.key);
            } else {
                sql.add("l.key = ").bind(&self.key);
            }
            sql.add(" LIMIT 1) IS NOT NULL");
        }
        if let Some(part) = &self.part {
            sql.add(" OR replace(a.number, '-', '') LIKE ").bind(format!("%{part}%"));
        }
        if !self.words.is_empty() {
            sql.add(" OR (");
            has_words(sql, "a.id", &self.words);
            sql.add(")");
        }
        sql.add(")");
    }
}

fn between(sql: &mut Sql, column: &str, begins: &str) {
    sql.add(column).add(" >= ").bind(begins).add(&format!(" AND {column} < ")).bind(format!("{begins}{END}"));
}

/// Each of the words begins a word of the application in `column`.
fn has_words(sql: &mut Sql, column: &str, words: &[String]) {
    for (n, word) in words.iter().enumerate() {
        sql.add(if n == 0 { "" } else { " AND " });
        sql.add(&format!("(SELECT 1 FROM name_word w WHERE w.app = {column} AND "));
        between(sql, "w.word", word);
        sql.add(" LIMIT 1) IS NOT NULL");
    }
}

/// Where in a number a part may stand.
fn of_number(part: &str) -> Vec<Source> {
    // Its first symbols end the code of a computer, or all of it belongs to the count and the check symbol.
    let code = (1..=number::CODE_LEN).filter(|n| *n <= part.len()).map(|n| part.split_at(n));
    let code = code.map(|(code, rest)| Source::Code(code.to_owned(), counts(rest))).filter(|source| match source {
        Source::Code(_, rests) => !rests.is_empty(),
        Source::Key(_) | Source::Digits(_) | Source::Words(_) | Source::Count(_) => true,
    });
    code.chain(std::iter::once(Source::Count(part.to_owned()))).collect()
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// How what follows a code may be written: as the beginning of the count, and as all of it with the check symbol.
fn counts(rest: &str) -> Vec<String> {
    let mut all = Vec::new();
    if all_digits(rest) && rest.len() <= *COUNT_DIGITS.end() {
        all.push(rest.to_owned());
    }
    all.extend(checked(rest).filter(|(count, _)| COUNT_DIGITS.contains(&count.len())).map(|(c, s)| format!("{c}-{s}")));
    all
}

/// Digits, and a check symbol after them.
fn checked(text: &str) -> Option<(&str, &str)> {
    let (count, symbol) = text.split_at_checked(text.len().checked_sub(1)?)?;
    all_digits(count).then_some((count, symbol))
}

impl Source {
    fn count(&self, tx: &mut dyn Tx) -> Result<i64, DbProblem> {
        let mut sql = Sql::default();
        sql.add("SELECT count(*) FROM (");
        self.list(&mut sql);
        sql.add(&format!(" LIMIT {}) counted", FEW + 1));
        sql.ask(tx)?.first().map_or(Ok(0), |row| row.int(0))
    }

    fn list(&self, sql: &mut Sql) {
        match self {
            Source::Key(key) => {
                sql.add("SELECT app FROM lookup WHERE key = ").bind(key);
            }
            Source::Digits(key) => {
                sql.add("SELECT app FROM lookup WHERE ");
                between(sql, "key", key);
            }
            Source::Words(words) => {
                sql.add("SELECT d.app FROM name_word d WHERE ");
                between(sql, "d.word", words.first().map_or("", String::as_str));
                if words.len() > 1 {
                    sql.add(" AND ");
                    has_words(sql, "d.app", &words[1..]);
                }
            }
            Source::Code(code, rests) => list_codes(sql, code, rests),
            Source::Count(part) => list_counts(sql, part),
        }
    }
}

/// Numbers under a code of which the end is known, or all.
fn list_codes(sql: &mut Sql, code: &str, rests: &[String]) {
    for (n, rest) in rests.iter().enumerate() {
        sql.add(if n == 0 { "" } else { " UNION ALL " });
        if code.len() == number::CODE_LEN {
            sql.add("SELECT app FROM lookup WHERE ");
            between(sql, "key", &format!("{code}-{rest}"));
            continue;
        }
        let at = number::CODE_LEN + 1 - code.len();
        sql.add(&format!("SELECT l.app FROM code c CROSS JOIN lookup l WHERE substr(c.code, {at}) = ")).bind(code);
        sql.add(" AND l.key >= c.code || ").bind(format!("-{rest}"));
        sql.add(" AND l.key < c.code || ").bind(format!("-{rest}{END}"));
    }
}

/// Numbers whose count has the part behind so many digits as there may be before it; each is a beginning in the index
/// `app_count`.
fn list_counts(sql: &mut Sql, part: &str) {
    let mut forms = Vec::new();
    if all_digits(part) && part.len() <= *COUNT_DIGITS.end() {
        forms.push((part.to_owned(), 0, COUNT_DIGITS.end() - part.len()));
    }
    if let Some((count, symbol)) = checked(part).filter(|(count, _)| count.len() <= *COUNT_DIGITS.end()) {
        let before = |all: usize| all.saturating_sub(count.len());
        forms.push((format!("{count}-{symbol}"), before(*COUNT_DIGITS.start()), before(*COUNT_DIGITS.end())));
    }
    if forms.is_empty() {
        sql.add("SELECT id AS app FROM app WHERE 1 = 0");
    }
    for (n, (form, from, upto)) in forms.iter().enumerate() {
        sql.add(if n == 0 { "" } else { " UNION ALL " });
        sql.add(
            "SELECT a.id AS app FROM (WITH RECURSIVE before (x, n) AS (SELECT CAST('' AS TEXT), CAST(0 AS BIGINT)
             UNION ALL SELECT b.x || d.column1, b.n + 1 FROM before b CROSS JOIN
             (VALUES ('0'), ('1'), ('2'), ('3'), ('4'), ('5'), ('6'), ('7'), ('8'), ('9')) d WHERE b.n < ",
        );
        sql.add(&format!("{upto}) SELECT x FROM before WHERE n >= {from}) b CROSS JOIN app a WHERE "));
        sql.add("substr(a.number, 5) >= b.x || ").bind(form);
        sql.add(" AND substr(a.number, 5) < b.x || ").bind(format!("{form}{END}"));
    }
}

impl Lists {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, some twice; more than [`FEW`] when a list is longer.
    pub fn list(&self, sql: &mut Sql) {
        for (n, source) in self.0.iter().enumerate() {
            sql.add(if n == 0 { "SELECT app FROM (" } else { " UNION ALL SELECT app FROM (" });
            source.list(sql);
            sql.add(&format!(" LIMIT {}) source{n}", FEW + 1));
        }
    }
}
