//! The crate against `docs/spec/vectors`, which an independent model in Python
//! made from the specification.

mod transaction;
