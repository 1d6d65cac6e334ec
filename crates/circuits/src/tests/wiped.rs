//! That what is wiped is gone, seen from outside: in the memory file of this process.

use crate::builder::{Builder, Lc};
use crate::groth16::Wiped;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Of a secret: in no other test.
const LIMB: u64 = 0x5ec2_e7a1_90b3_4dd7;

/// Counts [`LIMB`] in memory.
struct Looker {
    memory: File,
    bytes: Vec<u8>,
    start: u64,
}

impl Looker {
    /// Looks at the items of `vector`, which is full. Does not allocate later, so that what is given back stays as it was.
    fn of<T>(vector: &[T]) -> Self {
        let memory = File::open("/proc/self/mem").expect("a process may read itself");
        Looker { memory, bytes: vec![0; size_of_val(vector)], start: vector.as_ptr() as u64 }
    }

    fn count(&mut self) -> usize {
        // What the process has given back is gone.
        if self.memory.read_exact_at(&mut self.bytes, self.start).is_err() {
            return 0;
        }
        self.bytes.chunks_exact(8).filter(|bytes| **bytes == LIMB.to_le_bytes()).count()
    }
}

/// Also behind the end, where items were once.
#[test]
fn wiped_vectors() {
    for kept in [0, 1, 40] {
        let mut vector = Wiped::new(64);
        (0..64).for_each(|_| vector.push(LIMB));
        let mut looker = Looker::of(&vector);
        vector.clear();
        (0..kept).for_each(|_| vector.push(LIMB));
        assert_eq!(looker.count(), 64, "they can be seen");
        drop(vector);
        assert_eq!(looker.count(), 0, "{kept} kept");
    }
    let mut vector = Wiped::filled(64, 0);
    vector.fill(LIMB);
    let mut looker = Looker::of(&vector);
    assert_eq!(looker.count(), 64);
    drop(vector);
    assert_eq!(looker.count(), 0);
}

/// Bits and points of gadgets.
#[test]
fn linear_combinations() {
    let secret = ark_ff::Fp::new_unchecked(ark_ff::BigInt([LIMB, LIMB, LIMB, LIMB >> 4]));
    let b = Builder::new(0, false);
    let vector: Vec<Lc> = (0..64).map(|_| b.constant(secret)).collect();
    let mut looker = Looker::of(&vector);
    assert_eq!(looker.count(), 3 * 64, "they can be seen");
    drop(vector);
    assert_eq!(looker.count(), 0);
}
