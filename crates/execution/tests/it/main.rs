//! Blocks on a state in memory, through the public face of the executor.
mod attachments;
mod hostile;
mod ledger;
mod schemes;
mod support;
mod zkp;
