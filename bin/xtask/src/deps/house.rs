//! The house: which crate is on which row, and what it may use.

/// A place for one package.
pub struct Room {
    pub package: &'static str,
    pub row: Row,
    /// Workspace packages that it may name; always on lower rows.
    pub may_use: &'static [&'static str],
}

/// From the bottom up. Neighbours on a row never import each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Row {
    Arithmetic,
    Points,
    Crypto,
    Words,
    Rules,
    Compute,
    State,
    Services,
    Assembly,
    Edge,
}

/// Never a normal dependency of anything.
pub const TESTKIT: &str = "sero-testkit";

/// Sees the node through JSON-RPC and its command line only, in all its dependency kinds.
pub const HIVE_TESTS: &str = "sero-hive-tests";
/// All that the black-box tests may depend on.
pub const HIVE_TESTS_MAY_USE: &[&str] = &["serde_json"];

const LANES: &str = "sero-lanes";
const BN254: &str = "sero-bn254";
const SHIELDED: &str = "sero-shielded";
const PRIMITIVES: &str = "sero-primitives";
const PRECOMPILES: &str = "sero-precompiles";
const EXECUTION: &str = "sero-execution";
const STORAGE: &str = "sero-storage";
const CIRCUITS: &str = "sero-circuits";
const CHAIN: &str = "sero-chain";
const TXPOOL: &str = "sero-txpool";
const WALLET: &str = "sero-wallet";
const CONSENSUS: &str = "sero-consensus";
const RPC: &str = "sero-rpc";
const NODE: &str = "sero-node";

/// What programs and the test kit may use: every library.
const LIBRARIES: &[&str] = &[
    LANES,
    BN254,
    SHIELDED,
    PRIMITIVES,
    PRECOMPILES,
    EXECUTION,
    STORAGE,
    CIRCUITS,
    CHAIN,
    TXPOOL,
    WALLET,
    CONSENSUS,
    RPC,
    NODE,
];

/// What the node may use: every library but those that prove.
const NODE_LIBRARIES: &[&str] =
    &[SHIELDED, PRIMITIVES, PRECOMPILES, EXECUTION, STORAGE, CHAIN, TXPOOL, CONSENSUS, RPC];

const fn at(package: &'static str, row: Row, may_use: &'static [&'static str]) -> Room {
    Room { package, row, may_use }
}

/// Every package of the workspace. `sero-shielded` and `sero-primitives`, the
/// words, may be named by everything above `sero-primitives`.
pub const HOUSE: &[Room] = &[
    at(LANES, Row::Arithmetic, &[]),
    at(BN254, Row::Points, &[LANES]),
    at(SHIELDED, Row::Crypto, &[BN254, LANES]),
    at(PRIMITIVES, Row::Words, &[SHIELDED]),
    at(PRECOMPILES, Row::Rules, &[PRIMITIVES, SHIELDED]),
    at(CIRCUITS, Row::Compute, &[SHIELDED, BN254, LANES]),
    at(STORAGE, Row::Compute, &[PRIMITIVES, SHIELDED]),
    at(EXECUTION, Row::Compute, &[PRECOMPILES, PRIMITIVES, SHIELDED]),
    at(TXPOOL, Row::State, &[EXECUTION, PRIMITIVES, SHIELDED]),
    at(CHAIN, Row::State, &[EXECUTION, STORAGE, PRIMITIVES, SHIELDED]),
    at(WALLET, Row::State, &[CIRCUITS, PRIMITIVES, SHIELDED]),
    at(CONSENSUS, Row::Services, &[CHAIN, TXPOOL, PRIMITIVES, SHIELDED]),
    at(RPC, Row::Services, &[CHAIN, TXPOOL, EXECUTION, PRIMITIVES, SHIELDED]),
    at(NODE, Row::Assembly, NODE_LIBRARIES),
    at("sero-wasm", Row::Edge, &[CIRCUITS, SHIELDED]),
    at("sero-web", Row::Edge, &[WALLET, PRIMITIVES, SHIELDED]),
    at(TESTKIT, Row::Edge, LIBRARIES),
    at("sero", Row::Edge, LIBRARIES),
    at("sero-loadgen", Row::Edge, &[]),
    at("sero-fuzz", Row::Edge, &[CIRCUITS, WALLET, PRIMITIVES, SHIELDED]),
    at("sero-bench", Row::Edge, LIBRARIES),
    at("xtask", Row::Edge, &[]),
    at(HIVE_TESTS, Row::Edge, &[]),
];

/// The place of a package, if it has one.
pub fn room(package: &str) -> Option<&'static Room> {
    HOUSE.iter().find(|room| room.package == package)
}
