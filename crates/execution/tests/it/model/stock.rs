//! A stock EVM with the Solidity models of the precompiles (`contracts/src/model`) at their addresses.
//!
//! Beside Ethereum's own precompiles it has one thing: Foundry's cheat code `etch`, by which the model of ASSETS
//! puts code at facades' addresses.

use super::ledger::{Ledger, Truths, id};
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, address, keccak256};
use alloy_sol_types::{SolCall, sol};
use revm::bytecode::Bytecode;
use revm::context::result::{ExecutionResult, Output};
use revm::context::{BlockEnv, CfgEnv, Context, ContextTr, Evm, FrameStack, Journal, TxEnv};
use revm::context_interface::JournalTr;
use revm::database::{CacheDB, EmptyDB};
use revm::handler::instructions::EthInstructions;
use revm::handler::{EthFrame, EthPrecompiles, PrecompileProvider};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult};
use revm::primitives::AddressSet;
use revm::primitives::hardfork::SpecId;
use revm::state::AccountInfo;
use revm::{DatabaseCommit, ExecuteEvm};
use sero_precompiles::layout;
use sero_primitives::shielded_tx::PublicOut;
use sero_primitives::{ASSETS, PACKAGES, POOL};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Bundle, Direction};
use sero_testkit::{CHAIN_ID, MemoryState};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

sol! {
    struct Attached { uint256 asset; uint256 amount; }
    struct Out { bytes pkr; uint256 asset; uint256 amount; bytes memo; }

    interface IAssetsModel {
        function modelGenesis(uint256 registrationFee, uint256 issuedCoin) external;
        function modelSetIssuedCoin(uint256 issued) external;
        function modelAttach(address from, address to, Attached[] calldata attachments) external;
        function modelDetach() external;
    }

    interface IPoolModel {
        function modelGenesis() external;
        function modelSetPools(uint8 count, uint8 open, uint8 deposits) external;
        function modelCloseBlock() external;
        function modelSetVerdictOn(bytes32 bundleHash, string calldata reason) external;
        function modelSign(bytes32 bundleHash, address caller, bytes32 context, uint64 expiry) external;
        function modelBegin(address from, uint64 nonce, bytes calldata refund, bytes calldata bundle) external payable;
        function modelRefund(address from, uint256 asset, uint256 amount, uint8 bundlePool) external payable
            returns (bool hidden);
        function modelTransfer(bytes calldata bundle, Out[] calldata outs, uint256 fee, address proposer) external;
    }

    function etch(address target, bytes calldata code) external;
}

/// What runs in the real chain's place: who says what the chain does.
const HARNESS: Address = Address::repeat_byte(0xee);
/// Where Foundry listens for cheat codes.
const CHEATS: Address = address!("7109709ECfa91a80626fF3989D68f67F5b1DD12D");
/// The models' own gas is far from the precompiles'.
pub const GAS_FACTOR: u32 = 16;
const GAS_LIMIT: u64 = 420_000_000 * GAS_FACTOR as u64;
/// Of a bundle that is not sound.
const UNSOUND: &str = "unsound";

type Db = CacheDB<EmptyDB>;

/// What a transaction gave.
#[derive(Debug)]
pub struct Played {
    pub success: bool,
    pub output: Bytes,
    pub logs: Vec<Log>,
}

/// A model's name, address and runtime code.
#[derive(Clone)]
struct Model {
    address: Address,
    code: Bytecode,
}

/// The committed models.
fn models() -> &'static [Model] {
    static MODELS: OnceLock<Vec<Model>> = OnceLock::new();
    MODELS.get_or_init(|| {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts/models.json");
        let json = std::fs::read_to_string(file).unwrap();
        let list: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        let text = |model: &serde_json::Value, key: &str| model[key].as_str().unwrap().to_owned();
        let read = |model: &serde_json::Value| Model {
            address: text(model, "address").parse().unwrap(),
            code: Bytecode::new_raw(text(model, "code").parse().unwrap()),
        };
        list.iter().map(read).collect()
    })
}

/// Ethereum's precompiles, and `etch`.
struct WithEtch(EthPrecompiles);

impl<CTX: ContextTr<Cfg = CfgEnv>> PrecompileProvider<CTX> for WithEtch {
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: SpecId) -> bool {
        PrecompileProvider::<CTX>::set_spec(&mut self.0, spec)
    }

    fn run(&mut self, context: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        if inputs.bytecode_address != CHEATS {
            return self.0.run(context, inputs);
        }
        let input = inputs.input.as_bytes(context).to_vec();
        let call = etchCall::abi_decode_validate(&input).map_err(|error| error.to_string())?;
        let journal = context.journal_mut();
        journal.load_account(call.target).map_err(|error| format!("{error:?}"))?;
        journal.set_code(call.target, Bytecode::new_raw(call.code));
        let gas = Gas::new(inputs.gas_limit);
        Ok(Some(InterpreterResult::new(InstructionResult::Return, Bytes::new(), gas)))
    }

    fn warm_addresses(&self) -> &AddressSet {
        PrecompileProvider::<CTX>::warm_addresses(&self.0)
    }
}

/// The chain beside the chain.
pub struct Stock {
    db: Db,
    block: u64,
    pools: (u8, u8, u8),
    /// Bundles whose verdict the model was told.
    told: BTreeSet<B256>,
    /// Slots of POOL that the chain has not: what the model was told.
    own: BTreeSet<U256>,
}

impl Stock {
    /// A chain that begins like `state`.
    pub fn new(state: &MemoryState, ledger: &Ledger) -> Self {
        use sero_primitives::StateReader;
        let mut db = Db::default();
        for (address, account) in state.accounts() {
            let code = state.code(account.code_hash).unwrap_or_default();
            let info = AccountInfo {
                balance: account.balance,
                nonce: account.nonce,
                ..AccountInfo::from_bytecode(Bytecode::new_raw(code))
            };
            db.insert_account_info(*address, info);
        }
        for model in models() {
            let balance = db.load_account(model.address).unwrap().info.balance;
            let info = AccountInfo { balance, nonce: 1, ..AccountInfo::from_bytecode(model.code.clone()) };
            db.insert_account_info(model.address, info);
        }
        db.insert_account_info(CHEATS, AccountInfo::from_bytecode(Bytecode::new_raw(vec![0].into())));
        let mut stock = Self { db, block: 0, pools: (1, 1, 1), told: BTreeSet::new(), own: BTreeSet::new() };
        let (fee, issued) = (U256::from(ledger.fee), U256::from(ledger.issued_coin));
        stock.must(ASSETS, &IAssetsModel::modelGenesisCall { registrationFee: fee, issuedCoin: issued });
        stock.must(POOL, &IPoolModel::modelGenesisCall {});
        stock.set_pools(ledger);
        stock.must(POOL, &IPoolModel::modelCloseBlockCall {});
        if ledger.base[0] > 0 {
            // Leaves that nobody appended: the root that they make is the next block's anchor.
            let slots = [(layout::NOTE_COUNT.of_pool(0), ledger.base[0]), (open_block(0), 2)];
            for (slot, value) in slots {
                stock.db.insert_account_storage(POOL, slot, U256::from(value)).unwrap();
            }
        }
        stock
    }

    /// A block begins.
    pub fn begin_block(&mut self, ledger: &Ledger) {
        self.block = ledger.block;
        self.set_pools(ledger);
    }

    fn set_pools(&mut self, ledger: &Ledger) {
        let count = ledger.pools.len() as u8;
        let bits = |holds: &dyn Fn(u8) -> bool| (0..count).map(|pool| u8::from(holds(pool)) << pool).sum();
        let open = bits(&|pool| ledger.open(pool));
        let deposits = bits(&|pool| ledger.takes_deposits(pool));
        if self.pools != (count, open, deposits) {
            self.pools = (count, open, deposits);
            self.must(POOL, &IPoolModel::modelSetPoolsCall { count, open, deposits });
        }
    }

    /// A block ends: its roots are anchors. What it destroyed is not the models' to count.
    pub fn end_block(&mut self, issued_coin: u128) {
        self.must(POOL, &IPoolModel::modelCloseBlockCall {});
        let issued = U256::from(issued_coin);
        self.must(ASSETS, &IAssetsModel::modelSetIssuedCoinCall { issued });
    }

    /// Says of every bundle whom it was signed for, and whether it is sound.
    pub fn tell(&mut self, truths: &Truths) {
        for (hash, (caller, context, expiry, sound)) in &truths.bundles {
            if !self.told.insert(*hash) {
                continue;
            }
            let (caller, context, expiry) = (*caller, *context, *expiry);
            let before: BTreeSet<U256> = self.slots(POOL).into_keys().collect();
            self.must(POOL, &IPoolModel::modelSignCall { bundleHash: *hash, caller, context, expiry });
            if !sound {
                let reason = UNSOUND.into();
                self.must(POOL, &IPoolModel::modelSetVerdictOnCall { bundleHash: *hash, reason });
            }
            let added = self.slots(POOL).into_keys().filter(|slot| !before.contains(slot));
            self.own.extend(added);
        }
    }

    /// Gas is paid elsewhere: whoever pays or gets it has what the ledger says.
    pub fn set_accounts(&mut self, ledger: &Ledger, accounts: &[Address]) {
        for account in accounts {
            let nonce = ledger.nonces.get(account).copied().unwrap_or(0);
            self.set_account(*account, ledger.coins_of(*account), nonce);
        }
    }

    /// What the account has before it pays for gas.
    pub fn set_account(&mut self, address: Address, balance: u128, nonce: u64) {
        let mut info = self.db.load_account(address).unwrap().info.clone();
        (info.balance, info.nonce) = (U256::from(balance), nonce);
        self.db.insert_account_info(address, info);
    }

    pub fn balance(&mut self, address: Address) -> U256 {
        self.db.load_account(address).unwrap().info.balance
    }

    /// A transaction of `from` whose gas is paid already.
    pub fn call(&mut self, from: Address, to: TxKind, value: u128, data: Vec<u8>) -> Played {
        let nonce = self.db.load_account(from).unwrap().info.nonce;
        let mut context: Context<BlockEnv, TxEnv, CfgEnv, &mut Db, Journal<&mut Db>, ()> =
            Context::new(&mut self.db, SpecId::PRAGUE);
        context.block.number = U256::from(self.block);
        context.block.gas_limit = GAS_LIMIT;
        context.cfg.chain_id = CHAIN_ID;
        context.cfg.disable_eip3607 = true;
        let mut evm = Evm {
            ctx: context,
            inspector: (),
            instruction: EthInstructions::<EthInterpreter, _>::new_mainnet_with_spec(SpecId::PRAGUE),
            precompiles: WithEtch(EthPrecompiles::new(SpecId::PRAGUE)),
            frame_stack: FrameStack::<EthFrame<EthInterpreter>>::new_prealloc(8),
        };
        let (value, data, chain_id) = (U256::from(value), data.into(), Some(CHAIN_ID));
        let tx = TxEnv {
            caller: from,
            gas_limit: GAS_LIMIT,
            kind: to,
            value,
            data,
            nonce,
            chain_id,
            ..Default::default()
        };
        let done = evm.transact(tx).unwrap();
        self.db.commit(done.state);
        let success = done.result.is_success();
        let logs = done.result.logs().to_vec();
        let output = match done.result {
            ExecutionResult::Success { output: Output::Call(output), .. }
            | ExecutionResult::Revert { output, .. } => output,
            _ => Bytes::new(),
        };
        Played { success, output, logs: if success { logs } else { vec![] } }
    }

    /// What the chain does, said to a model.
    fn say(&mut self, to: Address, value: u128, call: &impl SolCall) -> Played {
        self.set_account(HARNESS, value, 0);
        self.call(HARNESS, TxKind::Call(to), value, call.abi_encode())
    }

    fn must(&mut self, to: Address, call: &impl SolCall) -> Vec<Log> {
        let played = self.say(to, 0, call);
        assert!(played.success, "{to}: {}", played.output);
        played.logs
    }

    /// What a shielded call does before its contract runs; `None` if that cannot be.
    pub fn begin_shielded(
        &mut self,
        from: Address,
        nonce: u64,
        to: Address,
        refund: &[u8; 128],
        bundle: &Bundle,
        attached: &[(U256, u128)],
    ) -> Option<Vec<Log>> {
        let before = self.db.clone();
        let coins = bundle.balance.iter().find(|entry| entry.asset == AssetId::coin());
        let coins =
            coins.filter(|entry| entry.direction == Direction::Inward).map_or(0, |entry| entry.amount);
        let rest = self.balance(from).checked_sub(U256::from(coins))?;
        self.set_account(from, rest.to(), nonce);
        let (refund, bundle) = (refund.to_vec().into(), bundle.encode().into());
        let begin = self.say(POOL, coins, &IPoolModel::modelBeginCall { from, nonce, refund, bundle });
        let list =
            attached.iter().map(|(asset, amount)| Attached { asset: *asset, amount: U256::from(*amount) });
        let attachments = list.collect();
        let attach = self.say(ASSETS, 0, &IAssetsModel::modelAttachCall { from, to, attachments });
        if !begin.success || !attach.success {
            self.db = before;
            return None;
        }
        Some([begin.logs, attach.logs].concat())
    }

    /// An ordinary transaction has a callee too.
    pub fn begin_plain(&mut self, from: Address, to: Address) {
        self.must(ASSETS, &IAssetsModel::modelAttachCall { from, to, attachments: vec![] });
    }

    /// What nobody took returns.
    pub fn detach(&mut self) -> Vec<Log> {
        self.must(ASSETS, &IAssetsModel::modelDetachCall {})
    }

    /// What came back leaves `from` as a note, if it can.
    pub fn refund(&mut self, from: Address, asset: U256, amount: u128, bundle_pool: u8) -> Vec<Log> {
        let coins = if asset == id(AssetId::coin()) { amount } else { 0 };
        let (balance, nonce) = (self.balance(from), self.db.load_account(from).unwrap().info.nonce);
        self.set_account(from, (balance - U256::from(coins)).to(), nonce);
        let call =
            IPoolModel::modelRefundCall { from, asset, amount: U256::from(amount), bundlePool: bundle_pool };
        let played = self.say(POOL, coins, &call);
        if !played.success {
            self.set_account(from, balance.to(), nonce);
        }
        played.logs
    }

    /// A pure transfer; `None` if it cannot be.
    pub fn transfer(
        &mut self,
        bundle: &Bundle,
        outs: &[PublicOut],
        fee: u128,
        proposer: Address,
    ) -> Option<Vec<Log>> {
        let outs = outs.iter().map(|out| Out {
            pkr: out.to.to_bytes().into(),
            asset: id(out.asset),
            amount: U256::from(out.amount),
            memo: Bytes::copy_from_slice(out.memo.as_bytes()),
        });
        let call = IPoolModel::modelTransferCall {
            bundle: bundle.encode().into(),
            outs: outs.collect(),
            fee: U256::from(fee),
            proposer,
        };
        let played = self.say(POOL, 0, &call);
        played.success.then_some(played.logs)
    }

    /// The slots of an account that are not zero.
    fn slots(&self, address: Address) -> BTreeMap<U256, U256> {
        let account = self.db.cache.accounts.get(&address);
        let slots = account.into_iter().flat_map(|account| &account.storage);
        slots.filter(|(_, value)| !value.is_zero()).map(|(slot, value)| (*slot, *value)).collect()
    }

    /// Compares every slot of the three accounts and of the facades, and all balances but `paying`'s.
    pub fn compare(&mut self, state: &MemoryState, paying: &[Address]) -> Result<(), String> {
        let facades = state.accounts().keys().copied().filter(|address| {
            ![ASSETS, POOL, PACKAGES].contains(address) && state.slots(*address).next().is_some()
        });
        let accounts: Vec<Address> = [ASSETS, POOL, PACKAGES].into_iter().chain(facades).collect();
        for address in accounts {
            let expected: BTreeMap<U256, U256> = state.slots(address).collect();
            let mut found = self.slots(address);
            self.own.iter().copied().chain(own_slots()).for_each(|slot| {
                found.remove(&slot);
            });
            if found != expected {
                let wrong = found.iter().find(|(slot, value)| expected.get(*slot) != Some(*value));
                let absent = expected.iter().find(|(slot, value)| found.get(*slot) != Some(*value));
                return Err(format!("model, slots of {address}: found {wrong:?}, expected {absent:?}"));
            }
        }
        for (address, account) in state.accounts() {
            let found = self.balance(*address);
            if !paying.contains(address) && found != account.balance {
                return Err(format!("model, balance of {address}: {found}, expected {}", account.balance));
            }
        }
        Ok(())
    }
}

fn name(text: &str) -> U256 {
    U256::from_be_bytes(keccak256(format!("SERO.model.{text}")).0)
}

fn pair(a: U256, b: U256) -> U256 {
    U256::from_be_bytes(keccak256([a.to_be_bytes::<32>(), b.to_be_bytes::<32>()].concat()).0)
}

/// Where the model notes in which block a pool's tree changed.
fn open_block(pool: u64) -> U256 {
    pair(U256::from(pool), name("pool.block"))
}

/// Slots in which models keep what the chain has elsewhere.
fn own_slots() -> impl Iterator<Item = U256> {
    let single = ["probed", "assets.fee", "assets.from", "assets.to", "assets.attached", "pool.pools"];
    let attached = (0..32u64).map(|place| pair(name("assets.attached"), U256::from(place)));
    single.into_iter().map(name).chain(attached).chain((0..8).map(open_block))
}
