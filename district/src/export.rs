//! The officers' list as a file: what the page lists, under the same filters, as CSV or XLSX. That an application was taken
//! along is written down as an opening is. Of one that is held back the person's name stays here.

use crate::District;
use crate::cell::{is_formula, plain};
use crate::desk::{Row, rows_of};
use crate::http::{Answer, PROBLEM, Shared, Told, blocking, officer};
use crate::wanted::{self, Cut, Wanted};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jukung_domain::calendar::Local;
use jukung_domain::policy::Action;
use jukung_domain::problem::Problem;
use jukung_domain::texts::say;
use jukung_ledger::params;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Most applications in one file: a district's busiest day, which nobody reads further by hand.
pub const ROWS_MAX: usize = 5_000;
/// What `opened` says of an application that was taken along.
pub(crate) const EXPORTED: &str = "export";
/// Heads, as the page has them.
const HEADS: [&str; 6] = ["number", "service", "subject", "office", "day", "status"];
/// Widths of the columns of a sheet, in letters.
const WIDTHS: [f64; 6] = [14.0, 34.0, 30.0, 26.0, 12.0, 22.0];
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Time zone of days that belong to no single office.
const ZONE: &str = "WITA";

/// The route of the file.
pub fn router() -> OpenApiRouter<Arc<District>> {
    OpenApiRouter::new().routes(routes!(export))
}

/// The list as `list.csv` or `list.xlsx`; that each application in it was taken along is written down.
#[utoipa::path(get, path = "/officer/api/export/{file}", params(("file" = String, Path), ("status" = Option<String>, Query), ("service" = Option<String>, Query), ("office" = Option<String>, Query), ("subdistrict" = Option<String>, Query), ("age" = Option<i64>, Query), ("text" = Option<String>, Query)),
    responses((status = 200, description = "CSV with heads, or XLSX", body = Vec<u8>, content_type = "text/csv"), (status = 400, description = "more than one file holds", body = Told, content_type = PROBLEM), (status = 401, description = "signed out", body = Told, content_type = PROBLEM), (status = 404, description = "no such file", body = Told, content_type = PROBLEM)))]
async fn export(
    State(district): Shared,
    headers: HeaderMap,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer<Response> {
    let (district, name) = officer(district, &headers, Action::CheckRead).await?;
    let (media, file, bytes) = blocking(move || district.export(&name, &file, &wanted)).await?;
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

impl District {
    /// The list under these filters as `list.csv` or `list.xlsx`, oldest first: media type, name of the file and bytes.
    ///
    /// # Errors
    /// `not_found` for another file; `export_many` for more than [`ROWS_MAX`]; those of the database.
    pub fn export(
        &self,
        officer: &str,
        file: &str,
        wanted: &Wanted,
    ) -> Result<(&'static str, String, Vec<u8>), Problem> {
        let now = self.edge.now();
        let (media, end) = match file {
            "list.csv" => ("text/csv; charset=utf-8", "csv"),
            "list.xlsx" => (XLSX, "xlsx"),
            _ => return Err(Problem::new("not_found")),
        };
        let cut = Cut { from: 0, rows: i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX) };
        let listed = self.db.write(|tx| {
            let ids = wanted::find(tx, wanted, &self.area, cut, now)?.ids;
            if ids.len() > ROWS_MAX {
                return Err(Problem::new("export_many").with("most", ROWS_MAX));
            }
            let listed = rows_of(tx, &ids)?;
            let noted: Vec<_> = listed.iter().map(|row| params![now, officer, &row.id, EXPORTED].to_vec()).collect();
            tx.insert("opened (at, officer, app, scan)", &noted, "")?;
            Ok(listed)
        })?;
        tracing::info!("{officer} took a list of {} applications along as {end}", listed.len());
        let bytes = if end == "csv" { csv_of(&listed)? } else { xlsx_of(&listed, now).map_err(failed)? };
        Ok((media, format!("berkas-{}.{end}", Local::at(now, ZONE).day()), bytes))
    }
}

fn heads() -> [String; 6] {
    HEADS.map(|head| say(&format!("desk.{head}"), &[]))
}

fn cells(row: &Row) -> [&str; 6] {
    let subject = if row.held.is_empty() { &row.subject } else { &row.held };
    [&row.number, &row.service, subject, &row.office, &row.day, &row.status_text]
}

fn csv_of(listed: &[Row]) -> Result<Vec<u8>, Problem> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(heads()).map_err(failed)?;
    for row in listed {
        out.write_record(cells(row).map(|cell| plain(cell).into_owned())).map_err(failed)?;
    }
    out.into_inner().map_err(failed)
}

/// Every cell is text: it has no formula, and stays text when somebody edits it there.
fn xlsx_of(listed: &[Row], now: i64) -> Result<Vec<u8>, XlsxError> {
    let text = Format::new().set_num_format("@");
    let (head, quoted) = (text.clone().set_bold(), text.clone().set_quote_prefix());
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_timestamp(now / 1_000)?));
    let sheet = book.add_worksheet();
    sheet.set_freeze_panes(1, 0)?;
    for (column, (name, width)) in (0_u16..).zip(heads().into_iter().zip(WIDTHS)) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, name, &head)?;
    }
    for (line, row) in (1_u32..).zip(listed) {
        for (column, cell) in (0_u16..).zip(cells(row)) {
            sheet.write_string_with_format(line, column, cell, if is_formula(cell) { &quoted } else { &text })?;
        }
    }
    book.save_to_buffer()
}

fn failed(e: impl ToString) -> Problem {
    Problem::new("internal").with("at", e)
}
