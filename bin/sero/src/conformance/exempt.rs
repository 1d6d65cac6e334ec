//! Cases that say nothing about this node. docs/conformance.md argues each.

use std::path::Path;

/// Files by name.
const EXEMPT: [&str; 9] = [
    // Tries with keys of any length, of which one may begin with another.
    "trieanyorder.json",
    "trietest.json",
    "trietestnextprev.json",
    // Parts of a peer-to-peer protocol and of a chain from before Frontier.
    "crypto.json",
    "blockgenesistest.json",
    "hexencodetest.json",
    // Prices of 2^128 wei and more for a unit of gas.
    "TransactionWithHighGasPrice.json",
    "V_equals38.json",
    "GasLimitPriceProductOverflowtMinusOne.json",
];

/// Whether a file's cases are among them.
pub fn is_exempt(file: &Path) -> bool {
    file.file_name().is_some_and(|name| EXEMPT.iter().any(|exempt| name == *exempt))
}
