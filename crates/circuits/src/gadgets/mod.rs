//! Gadgets: each states what it proves, its number of constraints, and why
//! its formulas cannot divide zero by zero.

pub mod curve;
pub mod elligator;
pub mod fixed_base;
pub mod merkle;
pub mod poseidon;
pub mod variable_base;
