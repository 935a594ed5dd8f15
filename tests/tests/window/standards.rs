//! The officers' page Janji layanan before anybody has set anything: clean in both themes.

use crate::driver::{ENTER, TAB, Window};
use crate::states::push;
use crate::world::World;
use jukung_tests::served::OFFICER;

#[tokio::test]
async fn the_page_of_standards_is_clean_before_anybody_set_them() {
    let mut world = World::new().await;
    world.cable_in().await;
    let w = Window::browse(&format!("{}/officer/", world.origin()), world.tools()).await;
    w.until("document.activeElement.name === 'name'").await;
    w.press(&format!("Verifikator{TAB}{OFFICER}{ENTER}")).await;
    w.title("Antrean").await;
    push(&w, "a[href='#janji']").await;
    w.title("Janji layanan").await;
    w.shows("Belum pernah diatur").await;
    w.look("dinas-janji").await;
    w.saw(&["dinas-janji"]);
    w.close().await;
}
