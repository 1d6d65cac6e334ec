//! The `sero` program from outside: a real node, real proofs, bad input,
//! kills and restarts.
mod bad_input;
mod ceremony;
mod cli;
mod disclosure;
mod import;
mod logs;
mod migration;
mod new;
mod packages;
mod prover;
mod restart;
mod support;
mod wallet_inputs;
