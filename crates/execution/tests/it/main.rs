//! Blocks on a state in memory, through the public face of the executor.
mod attachments;
mod hostile;
mod ledger;
mod matrix;
mod model;
mod schemes;
mod seams;
mod supply;
mod support;
