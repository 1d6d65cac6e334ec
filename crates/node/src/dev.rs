//! The development chain: its genesis, its keys, its accounts.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_signer_local::coins_bip39::English;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner};
use sero_execution::KeyFiles;
use sero_primitives::genesis::{Genesis, GenesisAccount, NetworkKind};
use sero_primitives::pools::PoolSpec;

/// The mnemonic that Ethereum's development tools share. Everybody knows it.
pub const MNEMONIC: &str = "test test test test test test test test test test test junk";
/// Funded accounts.
pub const ACCOUNTS: u32 = 10;
/// Chain id unless another is asked for.
pub const CHAIN_ID: u64 = 1337;
/// SERO on each account.
pub const ACCOUNT_BALANCE_SERO: u64 = 10_000;

const SPEND_KEY: &[u8] = include_bytes!("../../../genesis/dev-spend.vk");
const OUTPUT_KEY: &[u8] = include_bytes!("../../../genesis/dev-output.vk");
const WEI_PER_SERO: u128 = 1_000_000_000_000_000_000;

/// The development verifying keys, Spend and Output. Their toxic waste is public, so
/// they belong to chains whose genesis says `dev` and to no other.
pub fn verifying_keys() -> [&'static [u8]; 2] {
    [SPEND_KEY, OUTPUT_KEY]
}

/// [`verifying_keys`] for a node.
pub fn key_files() -> KeyFiles {
    KeyFiles::new(verifying_keys())
}

/// keccak256 of each of [`verifying_keys`].
pub fn key_hashes() -> [B256; 2] {
    verifying_keys().map(keccak256)
}

/// The accounts of [`MNEMONIC`], in order.
pub fn accounts() -> Vec<PrivateKeySigner> {
    (0..ACCOUNTS)
        .map(|index| {
            let builder = MnemonicBuilder::<English>::default().phrase(MNEMONIC);
            let builder = builder.index(index).expect("every small index has a derivation path");
            builder.build().expect("the phrase is valid")
        })
        .collect()
}

/// Genesis of a development chain.
pub fn genesis(chain_id: u64) -> Genesis {
    let account = GenesisAccount {
        balance: U256::from(ACCOUNT_BALANCE_SERO) * U256::from(WEI_PER_SERO),
        ..Default::default()
    };
    let alloc = accounts().iter().map(|signer| (signer.address(), account.clone())).collect();
    let [spend_key_hash, output_key_hash] = key_hashes();
    Genesis {
        network: NetworkKind::Dev,
        chain_id,
        timestamp: 1_735_689_600,
        gas_limit: 30_000_000,
        base_fee_per_gas: 1_000_000_000,
        registration_fee: WEI_PER_SERO,
        anchor_lag: 0,
        pools: vec![PoolSpec::new(0, 0, spend_key_hash, output_key_hash)],
        upgrades: vec![],
        alloc,
    }
}

/// Who gets the fees of development blocks.
pub const BENEFICIARY: Address = alloy_primitives::address!("0x5e400000000000000000000000000000000000fe");
