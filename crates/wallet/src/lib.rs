//! The wallet: scans the chain for its notes, keeps them in one encrypted
//! file, plans, builds, proves and signs transactions.
//!
//! Entry points: [`Wallet`] for everything that a person does; [`plan`] and
//! [`build`] for callers that need the parts; [`ChainSource`] is the only way
//! out to a node, [`ProvingSource`] to a proving service.
//!
//! Never: network I/O, threads of its own beyond rayon's, clocks, files other
//! than the wallet file, questions to the node about one of its own notes.
#![forbid(unsafe_code)]

pub mod account;
pub mod amount;
pub mod build;
pub mod calldata;
pub mod client;
pub mod disclosure;
pub mod file;
pub mod history;
pub mod incoming;
pub mod merge;
pub mod notes;
pub mod packages;
pub mod plan;
mod prover;
pub mod random;
mod remote;
pub mod scan;
mod serde_hex;
pub mod signer;
pub mod store;
mod stream;
pub mod wallet;

pub use account::{Account, AccountError};
pub use amount::{AmountError, AssetInfo, AssetKind};
pub use build::{BuildError, Built, Proven, Unproven};
pub use client::{ChainInfo, ChainSource, Client, ClientError, Receipt, SourceError};
pub use disclosure::{DiscloseError, DiscloseRequest, Role};
pub use file::FileError;
pub use history::{HistoryEntry, HistoryKind, Transfer};
pub use incoming::{IncomingWallet, Opened};
pub use merge::MergePolicy;
pub use packages::{OwnContent, OwnPackage};
pub use plan::{Plan, PlanError};
pub use prover::{Cancellable, Prover, ProverError};
pub use remote::{ProvingSource, RemoteProver, ServiceError};
pub use scan::{ScanError, SyncProgress, SyncReport};
pub use sero_circuits::ProvingKeys;
pub use sero_shielded::address::Network;
pub use signer::{SignError, Signer};
pub use wallet::{
    Balance, CallRequest, FEE_MAX, GasChoice, MadePackage, MergeOutcome, PackageError, SendRequest,
    Submitted, Target, UnshieldRequest, Wallet, WalletError,
};
