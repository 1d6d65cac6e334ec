//! `evm_`, `hardhat_` and `anvil_`: what Hardhat's network helpers and Foundry ask of a development chain. On any other
//! chain these methods do not exist.

use crate::arguments::{Arguments, parse_slot};
use crate::context::RpcContext;
use crate::error::RpcError;
use crate::methods::Methods;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde::Deserialize;
use serde_json::{Value, json};
use sero_chain::{ChainError, ChainExecutor, Development};
use sero_execution::{AccountOverride, Overrides};
use sero_primitives::StateReader;
use std::sync::Arc;
use std::time::Duration;

/// Most blocks that are made at once.
const BLOCKS_MAX: u64 = 100_000;
/// Longest time between blocks, in milliseconds.
const INTERVAL_MS_MAX: u64 = 24 * 3_600_000;

/// Least gas limit of a block: one transfer.
const GAS_LIMIT_MIN: u64 = 21_000;

/// Does what a method asks for; there is nothing to say about it.
type Command = fn(&RpcContext, &dyn Development, &Arguments) -> Result<(), RpcError>;

/// Registers the methods.
pub(crate) fn register(methods: &mut Methods) {
    const ACCOUNT: &[&str] = &["address"];
    // As Hardhat, which answers `true`, and as anvil, which answers null.
    both(
        methods,
        ["hardhat_setBalance", "anvil_setBalance"],
        &["address", "balance"],
        |context, development, arguments| {
            let balance = Some(arguments.required::<U256>(1)?);
            replace(context, development, arguments, AccountOverride { balance, ..Default::default() })
        },
    );
    both(
        methods,
        ["hardhat_setNonce", "anvil_setNonce"],
        &["address", "nonce"],
        |context, development, arguments| {
            let nonce = Some(arguments.required_u64(1)?);
            replace(context, development, arguments, AccountOverride { nonce, ..Default::default() })
        },
    );
    both(
        methods,
        ["hardhat_setCode", "anvil_setCode"],
        &["address", "code"],
        |context, development, arguments| {
            let code = Some(arguments.required::<Bytes>(1)?);
            replace(context, development, arguments, AccountOverride { code, ..Default::default() })
        },
    );
    both(
        methods,
        ["hardhat_setStorageAt", "anvil_setStorageAt"],
        &["address", "slot", "value"],
        |context, development, arguments| {
            let text: String = arguments.required(2)?;
            let value = parse_slot(&text)
                .map_err(|_| arguments.invalid(2, "a value is 0x and 1 to 64 hex digits"))?;
            let state_diff = [(arguments.required_slot(1)?, value)].into();
            replace(context, development, arguments, AccountOverride { state_diff, ..Default::default() })
        },
    );
    both(methods, ["hardhat_mine", "anvil_mine"], &["blocks", "interval"], |_, development, arguments| {
        mine(development, arguments.optional_u64(0)?.unwrap_or(1), arguments.optional_u64(1)?)
    });
    both(
        methods,
        ["hardhat_setNextBlockBaseFeePerGas", "anvil_setNextBlockBaseFeePerGas"],
        &["baseFeePerGas"],
        |_, development, arguments| {
            development.set_next_base_fee(arguments.required_u64(0)?).map_err(refused)
        },
    );
    both(
        methods,
        ["hardhat_setPrevRandao", "anvil_setPrevRandao"],
        &["value"],
        |_, development, arguments| {
            development.set_next_prevrandao(arguments.required_slot(0)?.into());
            Ok(())
        },
    );
    both(methods, ["hardhat_setCoinbase", "anvil_setCoinbase"], ACCOUNT, |_, development, arguments| {
        development.set_coinbase(arguments.required(0)?);
        Ok(())
    });
    both(
        methods,
        ["hardhat_impersonateAccount", "anvil_impersonateAccount"],
        ACCOUNT,
        |context, _, arguments| {
            context.impersonated.lock().accounts.insert(arguments.required(0)?);
            Ok(())
        },
    );
    both(
        methods,
        ["hardhat_stopImpersonatingAccount", "anvil_stopImpersonatingAccount"],
        ACCOUNT,
        |context, _, arguments| {
            let account: Address = arguments.required(0)?;
            context.impersonated.lock().accounts.remove(&account);
            Ok(())
        },
    );
    both(methods, ["hardhat_reset", "anvil_reset"], &["options"], reset);
    both(
        methods,
        ["hardhat_setLoggingEnabled", "anvil_setLoggingEnabled"],
        &["enabled"],
        |_, _, arguments| arguments.required::<bool>(0).map(|_| ()),
    );
    for name in ["evm_setAutomine", "anvil_setAutomine"] {
        command(methods, name, &["enabled"], |_, development, arguments| {
            development.set_automine(arguments.required(0)?);
            Ok(())
        });
    }
    command(methods, "evm_setIntervalMining", &["milliseconds"], |_, development, arguments| {
        let milliseconds = arguments.required_u64(0)?;
        set_interval(development, arguments, Duration::from_millis(milliseconds))
    });
    command(methods, "anvil_setIntervalMining", &["seconds"], |_, development, arguments| {
        let seconds = arguments.required_u64(0)?;
        set_interval(development, arguments, Duration::from_secs(seconds))
    });
    for name in ["evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp"] {
        command(methods, name, &["timestamp"], |_, development, arguments| {
            development.set_next_timestamp(arguments.required_u64(0)?).map_err(refused)
        });
    }
    command(methods, "anvil_setBlockTimestampInterval", &["seconds"], |_, development, arguments| {
        development.set_timestamp_interval(Some(arguments.required_u64(0)?));
        Ok(())
    });
    for name in ["evm_setBlockGasLimit", "anvil_setBlockGasLimit"] {
        answer(methods, name, &["gas"], |_, development, arguments| {
            let gas = arguments.required_u64(0)?;
            if gas < GAS_LIMIT_MIN {
                return Err(arguments.invalid(0, &format!("at least {GAS_LIMIT_MIN}")));
            }
            development.set_gas_limit(gas).map_err(refused)?;
            Ok(json!(true))
        });
    }
    command(methods, "anvil_autoImpersonateAccount", &["enabled"], |context, _, arguments| {
        context.impersonated.lock().all = arguments.required(0)?;
        Ok(())
    });
    command(methods, "anvil_dropAllTransactions", &[], |context, _, _| {
        context.pool.clear();
        Ok(())
    });
    command(methods, "anvil_removePoolTransactions", ACCOUNT, |context, _, arguments| {
        let sender: Address = arguments.required(0)?;
        let of_sender =
            context.pool.content()?.into_iter().filter(|one| one.checked.sender() == Some(sender));
        context.pool.remove(of_sender.map(|one| one.checked.transaction().hash()));
        Ok(())
    });
    answers(methods);
}

/// Methods with something to say.
fn answers(methods: &mut Methods) {
    for name in ["evm_snapshot", "anvil_snapshot"] {
        answer(methods, name, &[], |_, development, _| {
            Ok(json!(U64::from(development.save().map_err(refused)?)))
        });
    }
    for name in ["evm_revert", "anvil_revert"] {
        answer(methods, name, &["snapshot"], |context, development, arguments| {
            let restored = development.restore(arguments.required_u64(0)?).map_err(refused)?;
            context.filters.rewind(context.chain.head().header.number);
            Ok(json!(restored))
        });
    }
    answer(methods, "evm_mine", &["options"], |_, development, arguments| {
        mine_as_asked(development, arguments)?;
        Ok(json!("0x0"))
    });
    for name in ["evm_increaseTime", "anvil_increaseTime"] {
        answer(methods, name, &["seconds"], |_, development, arguments| {
            Ok(json!(development.increase_time(arguments.required_u64(0)?)))
        });
    }
    for name in ["evm_setTime", "anvil_setTime"] {
        answer(methods, name, &["timestamp"], |context, development, arguments| {
            development.set_time(arguments.required_u64(0)?);
            Ok(json!(context.chain.head().header.timestamp))
        });
    }
    answer(methods, "anvil_removeBlockTimestampInterval", &[], |_, development, _| {
        development.set_timestamp_interval(None);
        Ok(json!(true))
    });
    for name in ["hardhat_getAutomine", "anvil_getAutomine"] {
        answer(methods, name, &[], |_, development, _| Ok(json!(development.automine())));
    }
    answer(methods, "anvil_getIntervalMining", &[], |_, development, _| {
        Ok(json!(development.interval().map(|every| every.as_secs())))
    });
    answer(methods, "hardhat_dropTransaction", &["hash"], |context, _, arguments| {
        drop_transaction(context, arguments).map(|dropped| json!(dropped.is_some()))
    });
    answer(methods, "anvil_dropTransaction", &["hash"], |context, _, arguments| {
        drop_transaction(context, arguments).map(|dropped| json!(dropped))
    });
    for name in ["hardhat_metadata", "anvil_metadata"] {
        answer(methods, name, &[], metadata);
    }
    answer(methods, "anvil_nodeInfo", &[], node_info);
    answer(methods, "anvil_dumpState", &[], |_, development, _| {
        Ok(json!(Bytes::from(development.dump().map_err(refused)?)))
    });
    answer(methods, "anvil_loadState", &["state"], |context, development, arguments| {
        let state: Bytes = arguments.required(0)?;
        development.load(&state).map_err(refused)?;
        context.filters.rewind(context.chain.head().header.number);
        Ok(json!(true))
    });
}

fn answer(
    methods: &mut Methods,
    name: &'static str,
    parameters: &'static [&'static str],
    handler: fn(&RpcContext, &dyn Development, &Arguments) -> Result<Value, RpcError>,
) {
    methods.development(name, parameters, move |context, arguments| {
        handler(context, driver(context)?.as_ref(), arguments)
    });
}

fn command(methods: &mut Methods, name: &'static str, parameters: &'static [&'static str], command: Command) {
    methods.development(name, parameters, move |context, arguments| {
        command(context, driver(context)?.as_ref(), arguments).map(|()| Value::Null)
    });
}

fn both(methods: &mut Methods, names: [&'static str; 2], parameters: &'static [&'static str], run: Command) {
    let [hardhat, anvil] = names;
    methods.development(hardhat, parameters, move |context, arguments| {
        run(context, driver(context)?.as_ref(), arguments).map(|()| Value::Bool(true))
    });
    command(methods, anvil, parameters, run);
}

/// Takes a transaction out of the pool; its hash, if it was there.
fn drop_transaction(context: &RpcContext, arguments: &Arguments) -> Result<Option<B256>, RpcError> {
    let hash = arguments.required_hash(0)?;
    let known = context.pool.get(hash).is_some();
    context.pool.remove([hash]);
    Ok(known.then_some(hash))
}

fn driver(context: &RpcContext) -> Result<&Arc<dyn Development>, RpcError> {
    context.development.as_ref().ok_or_else(|| refused(ChainError::NotDevelopment))
}

/// What the caller asked for may be impossible; the rest is this node's fault.
fn refused(error: ChainError) -> RpcError {
    match error {
        ChainError::NotDevelopment
        | ChainError::Override(_)
        | ChainError::Timestamp { .. }
        | ChainError::TooManySaved(_)
        | ChainError::Dump(_) => RpcError::Refused(error.to_string()),
        error => error.into(),
    }
}

/// Replaces parts of the account that the first parameter names.
fn replace(
    context: &RpcContext,
    development: &dyn Development,
    arguments: &Arguments,
    change: AccountOverride,
) -> Result<(), RpcError> {
    let address: Address = arguments.required(0)?;
    if let Some(nonce) = change.nonce {
        let account = context.chain.snapshot()?.account(address)?.unwrap_or_default();
        if nonce < account.nonce {
            return Err(
                arguments.invalid(1, &format!("nonce {nonce} is below the account's, {}", account.nonce))
            );
        }
    }
    development.replace_accounts(&Overrides::from([(address, change)])).map_err(refused)?;
    // What waits may have become invalid.
    Ok(context.pool.on_block([])?)
}

fn mine(development: &dyn Development, blocks: u64, seconds: Option<u64>) -> Result<(), RpcError> {
    if blocks > BLOCKS_MAX {
        return Err(RpcError::Limit(format!("at most {BLOCKS_MAX} blocks are made at once")));
    }
    development.mine(blocks, seconds).map_err(refused)
}

/// Nothing, a time, or anvil's `{ "timestamp", "blocks" }`.
fn mine_as_asked(development: &dyn Development, arguments: &Arguments) -> Result<(), RpcError> {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Options {
        timestamp: Option<U64>,
        blocks: Option<U64>,
    }
    let options = match arguments.optional::<Value>(0)? {
        None => Options::default(),
        Some(Value::Object(_)) => arguments.required(0)?,
        Some(_) => Options { timestamp: Some(arguments.required(0)?), blocks: None },
    };
    if let Some(timestamp) = options.timestamp {
        development.set_next_timestamp(timestamp.to()).map_err(refused)?;
    }
    mine(development, options.blocks.map_or(1, |blocks| blocks.to()), None)
}

fn set_interval(
    development: &dyn Development,
    arguments: &Arguments,
    every: Duration,
) -> Result<(), RpcError> {
    if every > Duration::from_millis(INTERVAL_MS_MAX) {
        return Err(arguments.invalid(0, "at most a day"));
    }
    development.set_interval((!every.is_zero()).then_some(every));
    Ok(())
}

fn reset(context: &RpcContext, development: &dyn Development, arguments: &Arguments) -> Result<(), RpcError> {
    let options: Option<Value> = arguments.optional(0)?;
    if options.is_some_and(|options| options.get("forking").is_some_and(|forking| !forking.is_null())) {
        return Err(arguments.invalid(0, "other chains are not forked here"));
    }
    *context.impersonated.lock() = Default::default();
    development.reset().map_err(refused)?;
    context.filters.rewind(0);
    Ok(())
}

fn metadata(context: &RpcContext, _: &dyn Development, _: &Arguments) -> Result<Value, RpcError> {
    let head = context.chain.head();
    Ok(json!({
        "clientVersion": crate::web3::client_version(context),
        "chainId": context.chain.parameters().chain_id,
        // One node, one chain: it is known by its genesis.
        "instanceId": context.chain.parameters().genesis_hash,
        "latestBlockNumber": head.header.number,
        "latestBlockHash": head.hash,
        "forkedNetwork": null,
        "snapshots": {},
    }))
}

fn node_info(context: &RpcContext, development: &dyn Development, _: &Arguments) -> Result<Value, RpcError> {
    let head = context.chain.head();
    let next = context.next_header(&head.header);
    let mode = if development.automine() { "auto" } else { "interval" };
    Ok(json!({
        "currentBlockNumber": head.header.number,
        "currentBlockTimestamp": head.header.timestamp,
        "currentBlockHash": head.hash,
        "hardFork": "prague",
        "transactionOrder": "fees",
        "environment": {
            "baseFee": U256::from(next.base_fee_per_gas.unwrap_or_default()),
            "chainId": context.chain.parameters().chain_id,
            "gasLimit": U64::from(next.gas_limit),
            "gasPrice": U256::from(crate::eth::fees::suggested_tip(context)?),
        },
        "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
        "network": context.chain.parameters().chain_id,
        "mining": mode,
    }))
}
