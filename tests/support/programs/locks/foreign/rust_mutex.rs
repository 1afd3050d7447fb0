// SPDX-License-Identifier: BSD-2-Clause
//! rust_mutex SECONDS: four threads and one std::sync::Mutex, held for 3 ms at a time.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;
use std::time::{Duration, Instant};

static WAIT_NS: AtomicU64 = AtomicU64::new(0);

#[inline(never)]
fn take(counter: &Mutex<u64>) {
    if let Ok(mut value) = counter.try_lock() {
        *value += 1;
        std::thread::sleep(Duration::from_millis(3));
        return;
    }
    let from = Instant::now();
    let mut value = counter.lock().unwrap();
    WAIT_NS.fetch_add(from.elapsed().as_nanos() as u64, Ordering::Relaxed);
    *value += 1;
    std::thread::sleep(Duration::from_millis(3));
}

fn main() {
    let seconds: f64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let counter: &'static Mutex<u64> = Box::leak(Box::new(Mutex::new(0)));
    let from = Instant::now();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                while from.elapsed().as_secs_f64() < seconds {
                    take(counter);
                    std::thread::sleep(Duration::from_millis(1));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("{{\"program\":\"rust_mutex\",\"wait_ns\":{}}}", WAIT_NS.load(Ordering::Relaxed));
}
