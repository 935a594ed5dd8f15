//! Wall and CPU time of a piece of work, and the order statistics of many.

/// What one piece of work took, in microseconds.
#[derive(Clone, Copy)]
pub struct Took {
    pub wall_us: f64,
    pub cpu_us: f64,
}

/// CPU time of this thread in nanoseconds, as Linux counts it (first field of schedstat).
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is an edge: it asks the clock what it measures")]
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (cpu, wall) = (cpu_ns(), std::time::Instant::now());
    let done = work();
    let took =
        Took { wall_us: wall.elapsed().as_secs_f64() * 1e6, cpu_us: (cpu_ns().saturating_sub(cpu)) as f64 / 1e3 };
    (done, took)
}

/// The value below which `share` of the sorted values lie.
pub fn at(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

pub fn walls(all: &[Took]) -> Vec<f64> {
    all.iter().map(|t| t.wall_us).collect()
}

/// CPU time of one of them on average: Linux adds it up in ticks of some milliseconds, so that a median would say 0.
pub fn cpu_mean_us(all: &[Took]) -> f64 {
    all.iter().map(|t| t.cpu_us).sum::<f64>() / all.len().max(1) as f64
}

/// Prints a figure beside its target and says whether it holds.
pub fn target(what: &str, value: f64, unit: &str, most: f64) -> bool {
    let holds = value <= most;
    println!("{} {what}: {value:.2} {unit} (at most {most} {unit})", if holds { "ok  " } else { "MISS" });
    holds
}
