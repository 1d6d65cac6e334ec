//! `debug_storageRangeAt`.

use super::{changes_before, transaction_index};
use crate::arguments::Arguments;
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, keccak256};
use serde::Serialize;
use sero_primitives::{ChangedState, StateReader};
use std::collections::BTreeMap;

/// Most slots of one answer.
const SLOTS_MAX: usize = 1_024;

/// Registers the method.
pub(crate) fn register(methods: &mut Methods) {
    methods.tracing("debug_storageRangeAt", &["block", "index", "address", "start", "limit"], storage_range);
}

/// A slot of an account and its value.
#[derive(Clone, Serialize)]
struct SlotEntry {
    key: B256,
    value: B256,
}

/// Part of an account's storage, by the keccak256 hashes of the slots' numbers.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct StorageRange {
    storage: BTreeMap<B256, SlotEntry>,
    /// Hash of the first slot that is not in `storage`, if there is one.
    next_key: Option<B256>,
}

/// The storage of an account before a transaction of a block.
fn storage_range(context: &RpcContext, arguments: &Arguments) -> Result<StorageRange, RpcError> {
    let at = context.block_at(Some(arguments.required::<BlockId>(0)?))?;
    let index = transaction_index(context, &at, arguments.required(1)?);
    let index = index.map_err(|why| arguments.invalid(1, &why))?;
    let address: Address = arguments.required(2)?;
    let start = B256::from(arguments.required_slot(3)?);
    let limit = usize::try_from(arguments.required_u64(4)?).map_or(SLOTS_MAX, |limit| limit.min(SLOTS_MAX));
    let (state, diff) = changes_before(context, &at, index)?;
    let mut slots = state.known_slots(address)?;
    slots.extend(diff.storage.get(&address).into_iter().flat_map(BTreeMap::keys));
    let hashed: BTreeMap<B256, B256> = slots
        .into_iter()
        .map(B256::from)
        .map(|slot| (keccak256(slot), slot))
        .filter(|(hash, _)| *hash >= start)
        .collect();
    let state = ChangedState { base: &state, diff };
    let mut range = StorageRange { storage: BTreeMap::new(), next_key: None };
    for (hash, key) in hashed {
        let value = B256::from(state.storage(address, key.into())?);
        if value.is_zero() {
            continue;
        }
        if range.storage.len() == limit {
            range.next_key = Some(hash);
            break;
        }
        range.storage.insert(hash, SlotEntry { key, value });
    }
    Ok(range)
}
