//! The registry of assets.

use crate::arguments::Arguments;
use crate::context::{BlockAt, RpcContext};
use crate::discover::Parameter;
use crate::error::RpcError;
use crate::methods::Methods;
use crate::schema::{Schema, answers};
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, BloomInput, Log, U64, U256};
use alloy_sol_types::SolEvent;
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
    methods.light("sero_getAsset", &["asset"], get).documented(
        "What the registry knows about an asset; an unknown one is of kind `unknown`.",
        &[asset_parameter()],
    );
    methods.heavy("sero_listAssets", &["fromBlock", "limit"], list).documented(
        "Assets in the order in which they were registered, SERO first.",
        &[
            Parameter::optional::<U64>("The first block to look at: 0, or `nextBlock` of the last answer."),
            Parameter::optional::<U64>("About so many assets at most; 1,000 if absent or more."),
        ],
    );
}

answers! {
    /// What the registry knows about an id.
    struct Asset {
        /// The id.
        id: B256,
        /// `coin`, `token`, `category`, `ticket` or `unknown`.
        kind: String,
        /// Its name; empty for what has none, null for what is unknown.
        name: Option<String>,
        /// How many decimals a unit has.
        decimals: Option<Decimals>,
        /// The contract that issues it, if there is one.
        issuer: Option<Address>,
        /// Id of a ticket's category.
        category: Option<B256>,
        /// A ticket's number in its category.
        number: Option<U256>,
    }

    /// Part of the registry.
    struct AssetList {
        /// Assets.
        assets: Vec<Asset>,
        /// The first block that was not looked at.
        next_block: U64,
        /// Number of the last block.
        head: U64,
    }
}

/// Decimals of a unit, as a JSON number.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Decimals(u8);

impl Schema for Decimals {
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "integer", "minimum": 0, "maximum": 255 })
    }
}

/// What is said about a parameter that names an asset.
pub(crate) fn asset_parameter() -> Parameter {
    Parameter::required::<String>("An id in hex or decimal, or a registered name.")
}

fn get(context: &RpcContext, arguments: &Arguments) -> Result<Asset, RpcError> {
    let (state, head) = context.state_at(None)?;
    let id = find(context, &state, &head, arguments)?;
    asset_info(context, &state, &head, id.unwrap_or_default())
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
pub(crate) fn asset_info(
    context: &RpcContext,
    state: &dyn StateReader,
    head: &BlockAt,
    id: U256,
) -> Result<Asset, RpcError> {
    let Some(info) = info(context, state, head, id)?.filter(|info| info.kind != 0) else {
        return Ok(Asset {
            id: B256::from(id),
            kind: "unknown".into(),
            name: None,
            decimals: None,
            issuer: None,
            category: None,
            number: None,
        });
    };
    let kind = match info.kind {
        1 => "coin",
        2 => "token",
        3 => "category",
        4 => "ticket",
        other => return Err(RpcError::internal(format!("asset {id} is of kind {other}"))),
    };
    let ticket = info.kind == 4;
    Ok(Asset {
        id: B256::from(id),
        kind: kind.into(),
        name: Some(info.name),
        decimals: Some(Decimals(info.decimals)),
        issuer: (info.issuer != Address::ZERO).then_some(info.issuer),
        category: ticket.then(|| B256::from(info.category)),
        number: ticket.then_some(info.number),
    })
}

fn list(context: &RpcContext, arguments: &Arguments) -> Result<AssetList, RpcError> {
    let from = arguments.optional_u64(0)?.unwrap_or_default();
    let limit = arguments.optional_u64(1)?.unwrap_or(ASSETS_MAX).min(ASSETS_MAX);
    let limit = usize::try_from(limit).map_err(RpcError::internal)?;
    let (state, head) = context.state_at(None)?;
    let mut assets = Vec::new();
    if from == 0 && limit > 0 {
        let coin = U256::from_be_bytes(AssetId::coin().to_bytes());
        assets.push(asset_info(context, &state, &head, coin)?);
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
                assets.push(asset_info(context, &state, &head, id)?);
            }
        }
    }
    Ok(AssetList { assets, next_block: U64::from(next), head: U64::from(head_number) })
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
