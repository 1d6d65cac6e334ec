//! Addresses and ABI of the precompiles. The Solidity interfaces are the one
//! source of the ABI.

use alloy_primitives::{Address, B256, U256, address, b256};

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

/// keccak256("SERO.facade"), in the place of an init code's hash in [`facade_of`].
const FACADE: B256 = b256!("5a5a05b7ef24e9d63a5784b1b35a442d50240d8fe36d45d2f9d4d7e1fbab2fd8");

/// Where a token answers as ERC-20 and a ticket category as ERC-721: where
/// ASSETS would create a contract by CREATE2, which it never does.
pub fn facade_of(id: U256) -> Address {
    ASSETS.create2(id.to_be_bytes(), FACADE)
}

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
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../contracts/src/interfaces/IErc20Facade.sol"
    }
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../contracts/src/interfaces/IErc721Facade.sol"
    }
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../contracts/src/interfaces/IZkp.sol"
    }
}
