//! Genesis files.

use super::no_repair;
use crate::check::normal;
use crate::draw::Draw;
use crate::{Cost, Target};
use alloy_primitives::{Address, B256, U256};
use serde_json::Value;
use sero_primitives::genesis::{Genesis, GenesisAccount, NetworkKind};
use sero_primitives::pools::{PoolSpec, Upgrade};

pub const GENESIS: Target = Target {
    name: "genesis",
    cost: Cost::Cheap,
    max_len: 8192,
    check: |bytes| {
        let decode = |bytes: &[u8]| {
            let text = core::str::from_utf8(bytes).map_err(|error| error.to_string())?;
            Genesis::from_json(text).map_err(|error| error.to_string())
        };
        normal(bytes, decode, |genesis| serde_json::to_vec(genesis).expect("a genesis is JSON"))
    },
    draw: |draw| serde_json::to_vec(&genesis(draw)).expect("a genesis is JSON"),
    repair: no_repair,
    nasty: || {
        // `Value` holds no number above 2^64.
        let small = Genesis { registration_fee: 1, ..genesis(&mut Draw::new(3)) };
        let json = serde_json::to_value(small).expect("a genesis is JSON");
        let with = |name: &str, value: Value| {
            let mut changed = json.clone();
            changed[name] = value;
            changed.to_string().into_bytes()
        };
        let text = json.to_string();
        vec![
            ("open-lists", vec![b'['; 600]),
            ("extra-field", with("extra", Value::Null)),
            ("field-twice", format!("{{\"chainId\":1,{}", &text[1..]).into()),
            ("chain-id-0", with("chainId", 0.into())),
            ("chain-id-negative", with("chainId", (-1).into())),
            ("chain-id-float", with("chainId", 1.5.into())),
            ("chain-id-text", with("chainId", "1".into())),
            ("chain-id-production", with("chainId", 53_530.into())),
            ("gas-limit-0", with("gasLimit", 0.into())),
            ("base-fee-6", with("baseFeePerGas", 6.into())),
            (
                "fee-2^128",
                text.replacen(
                    "\"registrationFee\":",
                    "\"registrationFee\":340282366920938463463374607431768211456",
                    1,
                )
                .into(),
            ),
            ("no-pools", with("pools", Value::Array(vec![]))),
            ("alloc-list", with("alloc", Value::Array(vec![]))),
            ("alloc-bad-address", with("alloc", serde_json::json!({ "0x00": {} }))),
        ]
    },
};

fn genesis(draw: &mut Draw) -> Genesis {
    let network = [NetworkKind::Main, NetworkKind::Test, NetworkKind::Dev][draw.below(3)];
    let mut pools: Vec<PoolSpec> = Vec::new();
    for id in 0..=u8::try_from(draw.below(2)).expect("below 2") {
        let opens = if id == 0 { 0 } else { draw.number() };
        let mut pool = PoolSpec::new(id, opens, hash(draw), hash(draw));
        if network != NetworkKind::Dev || draw.once_in(2) {
            pool.circuits.iter_mut().for_each(|circuit| circuit.transcript = Some(hash(draw)));
        }
        pools.push(pool);
    }
    let upgrades =
        if draw.once_in(3) { vec![Upgrade::PauseDeposits { pool: 0, from: draw.number() }] } else { vec![] };
    let accounts = draw.below(4);
    let account = |draw: &mut Draw| {
        let (code, slots) = (draw.below(5), draw.below(3));
        let account = GenesisAccount {
            balance: U256::from(draw.number()),
            nonce: draw.number(),
            code: draw.vec(code).into(),
            storage: (0..slots).map(|_| (U256::from(draw.number()), U256::from(draw.number()))).collect(),
        };
        // Not the address of a precompile.
        (Address::from([&[1], draw.bytes::<19>().as_slice()].concat().try_into().unwrap_or([1; 20])), account)
    };
    Genesis {
        network,
        chain_id: draw.number() % 50_000 + 1,
        timestamp: draw.number(),
        gas_limit: 1_000_000 + draw.number() % 900_000_000,
        base_fee_per_gas: draw.number().max(7),
        registration_fee: draw.amount(),
        anchor_lag: draw.number(),
        pools,
        upgrades,
        alloc: (0..accounts).map(|_| account(draw)).collect(),
    }
}

fn hash(draw: &mut Draw) -> B256 {
    draw.bytes::<32>().into()
}
