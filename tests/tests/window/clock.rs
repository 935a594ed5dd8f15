//! The bar that asks for the day while the computer's clock cannot be right.

use crate::driver::ENTER;
use crate::signed_in;
use crate::world::{PASSPHRASE, World};
use jukung_ledger::params;
use jukung_office::Office;
use jukung_office::edge::Edge;

const LOOKED_AT: [&str; 3] = ["masuk", "jam-ragu", "jam-ragu-salah"];

#[tokio::test]
async fn a_clock_that_cannot_be_right_is_asked_about_and_work_goes_on() {
    let world = World::new().await;
    // The Dinas told a time 20 days after what this computer's clock says.
    let office = Office::open(&world.data, "", PASSPHRASE, Edge::system()).unwrap();
    let told = (office.now() + 20 * 86_400_000).to_string();
    let sql = "INSERT INTO meta (k, v) VALUES ('district_time', $1) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
    office.db().write(|tx| tx.execute(sql, params![&told])).unwrap();
    office.close().unwrap();
    drop(office);
    let w = signed_in(&world).await;
    w.until("document.querySelector('[data-testid=ask-day]')").await;
    w.look("jam-ragu").await;
    w.tab_to("#today-day", 60).await;
    w.press(&format!("1 1 2020{ENTER}")).await;
    w.shows("Hari ini tidak mungkin sebelum").await;
    w.look("jam-ragu-salah").await;
    w.tab_to("#today-day", 60).await;
    let known = jukung_domain::calendar::Local::at(told.parse().unwrap(), "WITA").day();
    w.press(&format!("{:02}{:02}{}{ENTER}", known.day(), known.month(), known.year())).await;
    w.until("!document.querySelector('[data-testid=ask-day]')").await;
    w.title("Antrean").await;
    w.saw(&LOOKED_AT);
    w.close().await;
}
