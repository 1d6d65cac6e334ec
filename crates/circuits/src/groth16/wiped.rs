//! Vectors that hold what comes from secrets.

use std::hint::black_box;
use std::ops::{Deref, DerefMut};

/// A vector with a fixed capacity, overwritten as a whole when it is dropped. It never grows, so that no copy is
/// left behind.
pub struct Wiped<T: Copy> {
    items: Vec<T>,
    blank: T,
}

impl<T: Copy> Wiped<T> {
    /// Empty, for at most `capacity` items; `blank` is what overwrites them.
    pub fn with_blank(capacity: usize, blank: T) -> Self {
        Wiped { items: Vec::with_capacity(capacity), blank }
    }

    /// `count` times `item`, which also overwrites them.
    pub fn filled(count: usize, item: T) -> Self {
        Wiped { items: vec![item; count], blank: item }
    }

    /// Appends an item, for which there must be room.
    #[inline(always)]
    pub fn push(&mut self, item: T) {
        assert!(self.items.len() < self.items.capacity(), "a wiped vector does not grow");
        self.items.push(item);
    }

    pub fn clear(&mut self) {
        self.items.clear();
    }
}

impl<T: Copy + Default> Wiped<T> {
    /// As [`Self::with_blank`].
    pub fn new(capacity: usize) -> Self {
        Self::with_blank(capacity, T::default())
    }
}

impl<T: Copy> Deref for Wiped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T: Copy> DerefMut for Wiped<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<T: Copy> Drop for Wiped<T> {
    fn drop(&mut self) {
        self.items.clear();
        self.items.resize(self.items.capacity(), self.blank);
        // The compiler must assume that somebody looks.
        black_box(self.items.as_slice());
    }
}
