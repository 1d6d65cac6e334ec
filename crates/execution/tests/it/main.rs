//! Blocks on a state in memory, through the public face of the executor.
mod attachments;
mod auction;
mod boxes;
mod facade_attacks;
mod facades;
mod hostile;
mod ledger;
mod matrix;
mod model;
mod openzeppelin;
mod schemes;
mod scripts;
mod seams;
mod supply;
mod support;
mod transact_examples;
mod zkp;
