//! One claim about a district and its counters, shown on both database engines.

/// Runs each claim on SQLite and on PostgreSQL. `alone;` in front keeps the program's clock still for each of them:
/// they let days pass (see [`ALONE`](super::ALONE)).
#[macro_export]
macro_rules! both_engines {
    (@ ($held:expr) $($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {$(
        mod $name {
            use super::*;
            #[allow(unused_mut, reason = "not every claim restores the district or restarts the programs")]
            async fn claim(mut $world: World) $body
            #[tokio::test]
            async fn sqlite() {
                let _held = $held;
                claim(office_world::world(None).await).await;
            }
            #[tokio::test]
            async fn postgresql() {
                let _held = $held;
                match tokio::task::spawn_blocking(office_world::postgres).await.expect("asked") {
                    Some(url) => claim(office_world::world(Some(url)).await).await,
                    None => eprintln!("PostgreSQL is not here"),
                }
            }
        }
    )*};
    (alone; $($claims:tt)*) => { $crate::both_engines!(@ (office_world::ALONE.lock().await) $($claims)*); };
    ($($claims:tt)*) => { $crate::both_engines!(@ (None::<()>) $($claims)*); };
}
