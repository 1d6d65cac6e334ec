//! Ceremonies over two small circuits, attacked element by element, and over
//! the real ones.

mod blinding;
mod forgery;
mod keys;
mod real;
mod support;
mod tamper;
