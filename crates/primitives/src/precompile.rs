//! Addresses and ABI of the precompiles. The Solidity interfaces are the one
//! source of the ABI.

use alloy_primitives::{Address, address};

/// Registry and public ledger.
pub const ASSETS: Address = address!("0000000000000000000000000000000000005301");
/// The shielded note pools.
pub const POOL: Address = address!("0000000000000000000000000000000000005302");
/// Encrypted boxes.
pub const PACKAGES: Address = address!("0000000000000000000000000000000000005303");
/// Stateless cryptography.
pub const ZKP: Address = address!("0000000000000000000000000000000000005304");

/// The accounts that belong to the chain itself: no genesis, ledger or package names them as a holder.
pub const PRECOMPILES: [Address; 4] = [ASSETS, POOL, PACKAGES, ZKP];

/// Code of every precompile account: one invalid opcode. It keeps the account
/// from being empty, passes Solidity's code-size check, and fails closed where
/// the precompiles are missing.
pub const STUB_CODE: [u8; 1] = [0xfe];

/// `contracts/src/interfaces/*.sol`.
#[allow(missing_docs, clippy::too_many_arguments)]
pub mod abi {
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../contracts/src/interfaces/IAssets.sol"
    }
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../contracts/src/interfaces/IPool.sol"
    }
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../contracts/src/interfaces/IPackages.sol"
    }
}
