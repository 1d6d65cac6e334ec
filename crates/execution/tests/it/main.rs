//! Blocks on a state in memory, through the public face of the executor.
mod attachments;
mod boxes;
mod facade_attacks;
mod facades;
mod hostile;
mod ledger;
mod openzeppelin;
mod schemes;
mod scripts;
mod support;
