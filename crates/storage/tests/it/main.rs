//! The store through its public face.

mod blocks;
mod crash;
mod history;
mod model;
mod opening;
mod proofs;
mod roots;
