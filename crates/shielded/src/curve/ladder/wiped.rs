//! That what is inverted together is wiped, seen from outside: in the memory file of this process.

use super::*;
use crate::curve::hash_to_curve;
use std::fs::File;
use std::os::unix::fs::FileExt;

const PAGE: usize = 4096;

/// Bytes to look for, kept inverted, so that they are not found here.
struct Needle(Vec<u8>);

impl Needle {
    fn new(bytes: impl Iterator<Item = u8>) -> Self {
        Needle(bytes.map(|byte| !byte).collect())
    }

    /// Whether it is in any memory that can be written, the main stack left out.
    fn is_in_memory(&self) -> bool {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a process may read itself");
        let memory = File::open("/proc/self/mem").expect("a process may read itself");
        // A page and the beginning of the next.
        let mut bytes = [0; 2 * PAGE];
        let bytes = &mut bytes[..PAGE + self.0.len() - 1];
        let mut found = false;
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().expect("a range"), words.next().expect("rights"));
            if !rights.starts_with("rw") || line.ends_with("[stack]") {
                continue;
            }
            let (start, end) = range.split_once('-').expect("a range");
            let [start, end] = [start, end].map(|at| usize::from_str_radix(at, 16).expect("an address"));
            for at in (start..end).step_by(PAGE) {
                let length = bytes.len().min(end - at);
                // Another test may have given it back meanwhile.
                let length = memory.read_at(&mut bytes[..length], at as u64).unwrap_or(0);
                let is_here = |some: &[u8]| some.iter().zip(&self.0).all(|(a, b)| *a == !*b);
                found |= bytes[..length].windows(self.0.len()).any(is_here);
                bytes.fill(0);
                std::hint::black_box(&mut *bytes);
            }
        }
        found
    }
}

/// The result of `work`, whose stack is given back: it is larger than those that are kept for others.
fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(work)
        .expect("a thread")
        .join()
        .expect("its result")
}

fn heights() -> Vec<Field> {
    (0..64u8).map(|i| hash_to_curve("SERO.test", &[b'w', i]).y).collect()
}

/// The products that stand between the elements and one inversion.
#[test]
fn products() {
    let (needle, mut kept) = apart(|| {
        let mut elements = heights();
        let product: Field = elements[..9].iter().product();
        invert_all(&mut elements).expect("no zero is there");
        let bytes = product.0.0.into_iter().flat_map(u64::to_le_bytes).take(24);
        (Needle::new(bytes.clone()), bytes.collect::<Box<[u8]>>())
    });
    assert!(needle.is_in_memory(), "what is there is found");
    kept.zeroize();
    assert!(!needle.is_in_memory());
}
