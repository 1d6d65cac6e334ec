//! Names that test files have for rules.

use alloy_genesis::ChainConfig;
use alloy_primitives::U256;
use serde_json::Value;

/// Time at which the second fork of a transition begins.
const TRANSITION_TIME: u64 = 15_000;

/// One fork's field of a configuration.
type Set = fn(&mut ChainConfig, u64);

/// Forks in order: names and what each sets. A fork comes with all before it.
const FORKS: [(&[&str], Set); 20] = [
    (&["Frontier"], |_, _| ()),
    (&["Homestead"], |config, at| config.homestead_block = Some(at)),
    (&["EIP150", "TangerineWhistle"], |config, at| config.eip150_block = Some(at)),
    (&["EIP158", "SpuriousDragon"], |config, at| {
        config.eip155_block = Some(at);
        config.eip158_block = Some(at);
    }),
    (&["Byzantium"], |config, at| config.byzantium_block = Some(at)),
    (&["Constantinople"], |config, at| config.constantinople_block = Some(at)),
    (&["ConstantinopleFix", "Petersburg"], |config, at| config.petersburg_block = Some(at)),
    (&["Istanbul"], |config, at| config.istanbul_block = Some(at)),
    (&["MuirGlacier"], |config, at| config.muir_glacier_block = Some(at)),
    (&["Berlin"], |config, at| config.berlin_block = Some(at)),
    (&["London"], |config, at| config.london_block = Some(at)),
    (&["ArrowGlacier"], |config, at| config.arrow_glacier_block = Some(at)),
    (&["GrayGlacier"], |config, at| config.gray_glacier_block = Some(at)),
    (&["Paris", "Merge"], |config, at| {
        config.terminal_total_difficulty = Some(U256::ZERO);
        config.merge_netsplit_block = Some(at);
    }),
    (&["Shanghai"], |config, at| config.shanghai_time = Some(at)),
    (&["Cancun"], |config, at| config.cancun_time = Some(at)),
    (&["Prague"], |config, at| config.prague_time = Some(at)),
    (&["Osaka"], |config, at| config.osaka_time = Some(at)),
    (&["BPO1"], |config, at| config.bpo1_time = Some(at)),
    (&["BPO2"], |config, at| config.bpo2_time = Some(at)),
];

fn index(name: &str) -> Result<usize, String> {
    let found = FORKS.iter().position(|(names, _)| names.contains(&name));
    found.ok_or_else(|| format!("unknown fork {name}"))
}

/// The configuration of a network that a test names, `A` or `AToBAtTime15k`.
pub fn config(network: &str, case: &Value) -> Result<ChainConfig, String> {
    let (first, then) = match network.strip_suffix("AtTime15k").map(|pair| pair.split_once("To")) {
        None => (network, None),
        Some(Some((first, then))) => (first, Some(then)),
        Some(None) => return Err(format!("unknown fork {network}")),
    };
    let mut config = ChainConfig { chain_id: 1, ..Default::default() };
    let first = index(first)?;
    FORKS[..=first].iter().for_each(|(_, set)| set(&mut config, 0));
    if let Some(then) = then {
        FORKS[first + 1..=index(then)?].iter().for_each(|(_, set)| set(&mut config, TRANSITION_TIME));
    }
    if let Some(given) = case.get("config") {
        config.chain_id = super::number(given, "chainid")?;
        if let Some(schedule) = given.get("blobSchedule").and_then(Value::as_object) {
            for (fork, blobs) in schedule {
                let plain = |name| super::number(blobs, name);
                let blobs = serde_json::json!({
                    "target": plain("target")?,
                    "max": plain("max")?,
                    "baseFeeUpdateFraction": plain("baseFeeUpdateFraction")?,
                });
                let blobs = serde_json::from_value(blobs).map_err(|error| error.to_string())?;
                config.blob_schedule.insert(fork.to_lowercase(), blobs);
            }
        }
    }
    Ok(config)
}
