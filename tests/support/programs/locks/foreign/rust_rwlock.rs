// SPDX-License-Identifier: BSD-2-Clause
//! rust_rwlock SECONDS: two writers leave two readers of one std::sync::RwLock little; tells its address.
use std::sync::RwLock;
use std::time::{Duration, Instant};

#[inline(never)]
fn write_table(table: &RwLock<u64>) {
    *table.write().unwrap() += 1;
    let mut value = table.write().unwrap();
    *value += 1;
    std::thread::sleep(Duration::from_millis(3));
}

#[inline(never)]
fn read_table(table: &RwLock<u64>) -> u64 {
    let value = table.read().unwrap();
    std::thread::sleep(Duration::from_millis(1));
    *value
}

fn main() {
    let seconds: f64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let table: &'static RwLock<u64> = Box::leak(Box::new(RwLock::new(0)));
    let from = Instant::now();
    let threads: Vec<_> = (0..4)
        .map(|i| {
            std::thread::spawn(move || {
                while from.elapsed().as_secs_f64() < seconds {
                    if i < 2 {
                        write_table(table);
                    } else {
                        read_table(table);
                    }
                }
            })
        })
        .collect();
    println!("{{\"program\":\"rust_rwlock\",\"address\":{}}}", table as *const RwLock<u64> as usize);
    for thread in threads {
        thread.join().unwrap();
    }
}
