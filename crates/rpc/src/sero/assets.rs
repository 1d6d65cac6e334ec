//! The registry of assets.

use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, BloomInput, Log, U64, U256};
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};
use sero_primitives::precompile::abi::IAssets;
use sero_primitives::{ASSETS, StateReader};
use sero_shielded::asset::{AssetId, NAME_LEN_MAX};

/// Assets of one answer.
const ASSETS_MAX: u64 = 1_000;
/// Blocks that one request looks at.
const SCANNED_BLOCKS_MAX: u64 = 10_000;
/// Longest decimal number below 2^256.
const DECIMAL_LEN_MAX: usize = 78;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    methods.light("sero_getAsset", &["asset"], get);
    methods.heavy("sero_listAssets", &["fromBlock", "limit"], list);
}

fn get(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let (state, head) = context.state_at(None)?;
    let id = find(context, &state, &head, arguments)?;
    asset_json(context, &state, &head, id.unwrap_or_default())
}

/// The asset that the first parameter names: by id in hex or decimal, or by
/// its name. `None` for a name that nobody registered.
pub(crate) fn find(
    context: &RpcContext,
    state: &dyn StateReader,
    head: &BlockAt,
    arguments: &Arguments,
) -> Result<Option<U256>, RpcError> {
    let text: String = arguments.required(0)?;
    let id = parse_id(&text);
    if let Some(id) = id
        && info(context, state, head, id)?.is_some_and(|info| info.kind != 0)
    {
        return Ok(Some(id));
    }
    if text.len() <= NAME_LEN_MAX {
        let by_name = IAssets::assetByNameCall { name: text.clone() };
        // A text that cannot be a name names nothing.
        let found = context.try_view(state, &head.header, ASSETS, &by_name)?.unwrap_or_default();
        if !found.is_zero() {
            return Ok(Some(found));
        }
    } else if id.is_none() {
        return Err(arguments.invalid(0, "an id in hex or decimal, or a name of at most 32 bytes"));
    }
    Ok(id)
}

fn parse_id(text: &str) -> Option<U256> {
    if let Some(digits) = text.strip_prefix("0x") {
        let hex =
            !digits.is_empty() && digits.len() <= 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return if hex { U256::from_str_radix(digits, 16).ok() } else { None };
    }
    let decimal =
        !text.is_empty() && text.len() <= DECIMAL_LEN_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    if decimal { U256::from_str_radix(text, 10).ok() } else { None }
}

fn info(
    context: &RpcContext,
    state: &dyn StateReader,
    head: &BlockAt,
    id: U256,
) -> Result<Option<IAssets::AssetInfo>, RpcError> {
    // The registry refuses what cannot be an id.
    Ok(context.try_view(state, &head.header, ASSETS, &IAssets::assetInfoCall { asset: id })?.ok())
}

/// What the registry knows about an id.
pub(crate) fn asset_json(
    context: &RpcContext,
    state: &dyn StateReader,
    head: &BlockAt,
    id: U256,
) -> Result<Value, RpcError> {
    let Some(info) = info(context, state, head, id)?.filter(|info| info.kind != 0) else {
        return Ok(json!({
            "id": B256::from(id), "kind": "unknown", "name": null, "decimals": null,
            "issuer": null, "category": null, "number": null,
        }));
    };
    let kind = match info.kind {
        1 => "coin",
        2 => "token",
        3 => "category",
        4 => "ticket",
        other => return Err(RpcError::internal(format!("asset {id} is of kind {other}"))),
    };
    let ticket = info.kind == 4;
    Ok(json!({
        "id": B256::from(id),
        "kind": kind,
        "name": info.name,
        "decimals": info.decimals,
        "issuer": (info.issuer != Address::ZERO).then_some(info.issuer),
        "category": ticket.then(|| B256::from(info.category)),
        "number": ticket.then_some(info.number),
    }))
}

fn list(context: &RpcContext, arguments: &Arguments) -> Result<Value, RpcError> {
    let from = arguments.optional_u64(0)?.unwrap_or_default();
    let limit = arguments.optional_u64(1)?.unwrap_or(ASSETS_MAX).min(ASSETS_MAX);
    let limit = usize::try_from(limit).map_err(RpcError::internal)?;
    let (state, head) = context.state_at(None)?;
    let mut assets = Vec::new();
    if from == 0 && limit > 0 {
        let coin = U256::from_be_bytes(AssetId::coin().to_bytes());
        assets.push(asset_json(context, &state, &head, coin)?);
    }
    let (mut next, head_number) = (from, head.number);
    while next <= head_number && next - from < SCANNED_BLOCKS_MAX && assets.len() < limit {
        let block = context.block_at(Some(BlockId::number(next)))?;
        next += 1;
        if !block.header.logs_bloom.contains_input(BloomInput::Raw(ASSETS.as_slice())) {
            continue;
        }
        for log in context.chain.receipts(block.number)?.iter().flat_map(|receipt| &receipt.logs) {
            if let Some(id) = registered(log) {
                assets.push(asset_json(context, &state, &head, id)?);
            }
        }
    }
    Ok(json!({ "assets": assets, "nextBlock": U64::from(next), "head": U64::from(head_number) }))
}

/// The id that a log of the registry announces.
fn registered(log: &Log) -> Option<U256> {
    if log.address != ASSETS {
        return None;
    }
    let token = IAssets::TokenRegistered::decode_log(log).map(|event| event.asset);
    let category = || IAssets::CategoryRegistered::decode_log(log).map(|event| event.category);
    let ticket = || IAssets::TicketIssued::decode_log(log).map(|event| event.asset);
    token.or_else(|_| category()).or_else(|_| ticket()).ok()
}
