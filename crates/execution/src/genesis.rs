//! Block 0.

use alloy_consensus::Header;
use alloy_primitives::{Address, Bytes, U256};
use sero_precompiles::{assets, pool};
use sero_primitives::block::header_template;
use sero_primitives::genesis::{Genesis, GenesisError};
use sero_primitives::pools::PoolSpec;
use sero_primitives::precompile::STUB_CODE;
use sero_primitives::{ASSETS, Account, EMPTY_CODE_HASH, POOL, PRECOMPILES, StateDiff};

/// Block 0 before its state root is known.
pub struct GenesisBlock {
    /// The header; `state_root` is zero until storage has computed it.
    pub header: Header,
    /// The first state.
    pub diff: StateDiff,
}

/// Builds block 0 from a genesis file.
pub fn genesis_block(genesis: &Genesis) -> Result<GenesisBlock, GenesisError> {
    genesis.check()?;
    let mut diff = StateDiff::default();
    for (address, account) in &genesis.alloc {
        let code_hash =
            if account.code.is_empty() { EMPTY_CODE_HASH } else { diff.insert_code(account.code.clone()) };
        let value = Account { nonce: account.nonce, balance: account.balance, code_hash };
        if !value.is_empty() {
            diff.accounts.insert(*address, Some(value));
            put_storage(&mut diff, *address, account.storage.iter().map(|(slot, value)| (*slot, *value)));
        }
    }
    let stub = diff.insert_code(Bytes::from_static(&STUB_CODE));
    for address in PRECOMPILES {
        diff.accounts.insert(address, Some(Account { nonce: 1, balance: U256::ZERO, code_hash: stub }));
    }
    put_storage(&mut diff, ASSETS, assets::genesis_storage(genesis.issued_coin()?).into_iter());
    let open = |pool: &PoolSpec| pool.is_open(0).then_some(pool.id);
    let open_pools = genesis.pool_schedule()?.iter().filter_map(open).collect::<Vec<_>>().into_iter();
    put_storage(&mut diff, POOL, pool::genesis_storage(open_pools).into_iter());
    let header = Header {
        timestamp: genesis.timestamp,
        gas_limit: genesis.gas_limit,
        base_fee_per_gas: Some(genesis.base_fee_per_gas),
        extra_data: Bytes::copy_from_slice(genesis.parameters_hash().as_slice()),
        ..header_template()
    };
    Ok(GenesisBlock { header, diff })
}

fn put_storage(diff: &mut StateDiff, address: Address, slots: impl Iterator<Item = (U256, U256)>) {
    let slots: std::collections::BTreeMap<_, _> = slots.filter(|(_, value)| !value.is_zero()).collect();
    if !slots.is_empty() {
        diff.storage.insert(address, slots);
    }
}
