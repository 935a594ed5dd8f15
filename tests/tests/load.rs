//! Goal: `jukung-district load` drives simulated counters with the real protocol against a running server, on either engine,
//! finds nothing lost or doubled, and refuses a district that has counters of its own.

mod district_world;

use district_world::{Counter, Engine, OFFICE, World, shared};
use jukung_district::load::{Plan, Report, run};
use jukung_domain::problem::Problem;
use std::net::SocketAddr;

fn driven(world: &World) -> Result<Report, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    let district = world.district.clone();
    runtime.block_on(async move {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let url = format!("http://{}", socket.local_addr().expect("address"));
        let router = jukung_district::http::router(district.clone());
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(socket, router).await });
        let plan = Plan { url, counters: 6, pushers: 2, batch: 20, at_once: 3, wake_ms: 200, waking: 2, pids: vec![] };
        let report = run(district, plan).await;
        server.abort();
        report
    })
}

both_engines! {
    fn every_event_of_every_counter_is_there_once(world: &World) {
        let report = driven(world).expect("a run");
        assert!(report.counted.whole(), "{:?}", report.counted);
        // Six keys of people, twice two batches of nineteen behind a key, and two applications each that woke.
        assert_eq!((report.counted.events, report.counted.applications), (6 + 4 * 19 + 6 * 2, 4 * 19 + 6 * 2));
        assert_eq!((report.enrolled.0, report.alone.pushes, report.at_once.pushes), (6, 2, 2));
        assert_eq!((report.alone.events, report.woken.counters, report.woken.applications), (2 * 20, 6, 12));
        assert!(report.woken.slowest_ms >= report.woken.p50_ms && report.at_once.ms > 0);
    }

    fn a_district_with_counters_of_its_own_is_left_alone(world: &World) {
        let _ = Counter::enrol(world, OFFICE, 1);
        assert_eq!(driven(world).map(|_| ()).map_err(|p| p.code), Err("load_real".to_owned()));
    }
}
