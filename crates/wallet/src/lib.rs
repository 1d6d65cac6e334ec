//! The wallet: scans the chain for its notes, keeps them in one encrypted
//! file, plans, builds, proves and signs transactions.
//!
//! Entry points: [`Wallet`] for everything that a person does; [`plan`] and
//! [`build`] for callers that need the parts; [`ChainSource`] is the only way
//! out to a node.
//!
//! Never: network I/O, threads of its own beyond rayon's, clocks, files other
//! than the wallet file, questions to the node about one of its own notes.
#![forbid(unsafe_code)]

pub mod account;
pub mod amount;
pub mod build;
pub mod calldata;
pub mod client;
pub mod file;
pub mod history;
pub mod merge;
pub mod notes;
pub mod plan;
pub mod random;
pub mod scan;
mod serde_hex;
pub mod signer;
pub mod store;
pub mod wallet;

pub use account::{Account, AccountError};
pub use amount::{AmountError, AssetInfo, AssetKind};
pub use build::{BuildError, Built, Proven, Prover, Unproven};
pub use client::{ChainInfo, ChainSource, Client, ClientError, Receipt, SourceError};
pub use file::FileError;
pub use history::{HistoryEntry, HistoryKind, Transfer};
pub use merge::MergePolicy;
pub use plan::{Plan, PlanError};
pub use scan::{ScanError, SyncProgress, SyncReport};
pub use sero_circuits::ProvingKeys;
pub use sero_shielded::address::Network;
pub use signer::{SignError, Signer};
pub use wallet::{
    Balance, CallRequest, FEE_MAX, GasChoice, MergeOutcome, SendRequest, Submitted, Target, UnshieldRequest,
    Wallet, WalletError,
};
