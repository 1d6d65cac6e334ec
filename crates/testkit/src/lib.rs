//! Fixtures for tests: a state in memory, a development genesis, signed
//! Ethereum transactions, contract artifacts, a client of JSON-RPC. A dev-dependency only.
#![forbid(unsafe_code)]

pub mod json_rpc;
pub mod puppet;
pub mod rng;
pub mod trapdoor;

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use sero_execution::{ChainParameters, KeyFiles};
use sero_primitives::genesis::{Genesis, GenesisAccount, NetworkKind};
use sero_primitives::pools::PoolSpec;
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{Account, StateDiff, StateError, StateReader, Transaction};
use sero_shielded::verifier::VerifyingKeys;
use std::collections::{BTreeMap, BTreeSet};

const SPEND_KEY: &[u8] = include_bytes!("../../../genesis/dev-spend.vk");
const OUTPUT_KEY: &[u8] = include_bytes!("../../../genesis/dev-output.vk");

/// One SERO in base units.
pub const SERO: u128 = 1_000_000_000_000_000_000;
/// Chain id of [`genesis`].
pub const CHAIN_ID: u64 = 1337;

/// A state in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryState {
    accounts: BTreeMap<Address, Account>,
    storage: BTreeMap<(Address, U256), U256>,
    code: BTreeMap<B256, Bytes>,
    fail_after: Option<std::sync::Arc<std::sync::atomic::AtomicI64>>,
}

impl MemoryState {
    /// The empty state with `diff` applied.
    pub fn from_diff(diff: &StateDiff) -> Self {
        let mut state = Self::default();
        state.apply(diff);
        state
    }

    /// Applies a block's changes.
    pub fn apply(&mut self, diff: &StateDiff) {
        for (address, account) in &diff.accounts {
            match account {
                Some(account) => {
                    self.accounts.insert(*address, account.clone());
                }
                None => {
                    self.accounts.remove(address);
                    self.storage.retain(|(owner, _), _| owner != address);
                }
            }
        }
        self.storage.retain(|(owner, _), _| !diff.wiped.contains(owner));
        for (address, slots) in &diff.storage {
            for (slot, value) in slots {
                self.storage.insert((*address, *slot), *value);
            }
        }
        self.code.extend(diff.code.clone());
    }

    /// The same state, of which only the next `reads` reads succeed.
    pub fn failing_after(&self, reads: i64) -> Self {
        let counter = std::sync::atomic::AtomicI64::new(reads);
        Self { fail_after: Some(std::sync::Arc::new(counter)), ..self.clone() }
    }

    /// Sum of all balances.
    pub fn coins(&self) -> U256 {
        self.accounts.values().fold(U256::ZERO, |sum, account| sum + account.balance)
    }

    /// All accounts.
    pub fn accounts(&self) -> &BTreeMap<Address, Account> {
        &self.accounts
    }

    /// The slots of an account that are not zero.
    pub fn slots(&self, address: Address) -> impl Iterator<Item = (U256, U256)> {
        let range = self.storage.range((address, U256::ZERO)..=(address, U256::MAX));
        range.map(|((_, slot), value)| (*slot, *value)).filter(|(_, value)| !value.is_zero())
    }

    /// Writes a slot past all rules.
    pub fn corrupt_slot(&mut self, address: Address, slot: U256, value: U256) {
        self.storage.insert((address, slot), value);
    }

    /// Writes a balance past all rules.
    pub fn corrupt_balance(&mut self, address: Address, balance: U256) {
        self.accounts.entry(address).or_default().balance = balance;
    }

    fn read(&self) -> Result<(), StateError> {
        let Some(counter) = &self.fail_after else { return Ok(()) };
        if counter.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) > 0 {
            return Ok(());
        }
        Err(StateError("planted fault".into()))
    }
}

impl StateReader for MemoryState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        self.read()?;
        Ok(self.accounts.get(&address).cloned())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.read()?;
        Ok(self.storage.get(&(address, slot)).copied().unwrap_or_default())
    }

    fn has_slot_but(&self, address: Address, others: &BTreeSet<U256>) -> Result<bool, StateError> {
        self.read()?;
        Ok(self.slots(address).any(|(slot, _)| !others.contains(&slot)))
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        self.read()?;
        self.code.get(&code_hash).cloned().ok_or_else(|| StateError(format!("no code {code_hash}")))
    }

    fn block_hash(&self, _number: u64) -> Result<Option<B256>, StateError> {
        self.read()?;
        Ok(None)
    }
}

/// The committed development verifying keys.
pub fn verifying_keys() -> VerifyingKeys {
    VerifyingKeys::from_bytes(SPEND_KEY, OUTPUT_KEY).expect("the committed keys pass the lint")
}

/// The bytes of [`verifying_keys`], Spend's and Output's.
pub fn keys() -> [&'static [u8]; 2] {
    [SPEND_KEY, OUTPUT_KEY]
}

/// The files of [`verifying_keys`].
pub fn key_files() -> KeyFiles {
    KeyFiles::new([SPEND_KEY, OUTPUT_KEY])
}

/// Parameters of the chain of `genesis`, whose block 0 has this hash.
pub fn parameters(genesis: &Genesis, genesis_hash: B256) -> ChainParameters {
    parameters_with(genesis, genesis_hash, &key_files())
}

/// The same with other key files than the committed ones.
pub fn parameters_with(genesis: &Genesis, genesis_hash: B256, files: &KeyFiles) -> ChainParameters {
    ChainParameters::new(genesis, genesis_hash, files).expect("the key files are those of the genesis")
}

/// The `index`-th funded account.
pub fn signer(index: u8) -> PrivateKeySigner {
    let key = keccak256([b"testkit account".as_slice(), &[index]].concat());
    PrivateKeySigner::from_bytes(&key).expect("a hash is a valid key")
}

/// A development genesis with four funded accounts, 1,000 SERO each.
pub fn genesis() -> Genesis {
    let account = GenesisAccount { balance: U256::from(1_000 * SERO), ..Default::default() };
    Genesis {
        network: NetworkKind::Dev,
        chain_id: CHAIN_ID,
        timestamp: 1_735_689_600,
        gas_limit: 30_000_000,
        base_fee_per_gas: 1_000_000_000,
        registration_fee: SERO,
        anchor_lag: 0,
        pools: vec![PoolSpec::new(0, 0, keccak256(SPEND_KEY), keccak256(OUTPUT_KEY))],
        upgrades: vec![],
        alloc: (0..4).map(|index| (signer(index).address(), account.clone())).collect(),
    }
}

/// A signed EIP-1559 transaction.
pub fn ethereum_tx(
    from: &PrivateKeySigner,
    nonce: u64,
    to: TxKind,
    value: U256,
    input: Bytes,
) -> Transaction {
    let tx = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 3_000_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to,
        value,
        input,
        ..Default::default()
    };
    let signature = from.sign_hash_sync(&tx.signature_hash()).expect("local keys sign");
    Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)))
}

/// Creation code of a committed artifact, followed by encoded constructor arguments.
pub fn creation_code(artifact: &str, arguments: &[u8]) -> Bytes {
    let json = match artifact {
        "OwnedToken" => include_str!("../../../contracts/artifacts/OwnedToken.json"),
        "NaiveBox" => include_str!("../../../contracts/artifacts/NaiveBox.json"),
        "Relay" => include_str!("../../../contracts/artifacts/Relay.json"),
        "SealedBidAuction" => include_str!("../../../contracts/artifacts/SealedBidAuction.json"),
        "TicketBox" => include_str!("../../../contracts/artifacts/TicketBox.json"),
        "TicketShop" => include_str!("../../../contracts/artifacts/TicketShop.json"),
        "Escrow" => include_str!("../../../contracts/artifacts/Escrow.json"),
        "Vault" => include_str!("../../../contracts/artifacts/Vault.json"),
        "Vesting" => include_str!("../../../contracts/artifacts/Vesting.json"),
        other => panic!("no artifact {other}"),
    };
    let json: serde_json::Value = serde_json::from_str(json).expect("artifacts are JSON");
    let code = json["bytecode"].as_str().expect("artifacts have bytecode");
    let mut code = alloy_primitives::hex::decode(code).expect("bytecode is hex");
    code.extend_from_slice(arguments);
    code.into()
}
