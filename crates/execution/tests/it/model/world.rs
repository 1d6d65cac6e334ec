//! One chain and its model, side by side.

use super::generate::Generator;
use super::ledger::{Ledger, ModelLog, PoolTerms, Truths, id};
use super::play::{Body, Counts, Player, Step, agree, encode, matches};
use super::stock::{GAS_FACTOR, Played, Stock};
use alloy_consensus::{Header, SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Log, TxKind, U256, b256, keccak256};
use alloy_signer::SignerSync;
use sero_execution::{
    BlockExecutor, BlockInputs, ChainParameters, ExecutionError, TransactionOutcome, check_bundles,
    check_static, genesis_block,
};
use sero_precompiles::layout;
use sero_primitives::gas;
use sero_primitives::genesis::{Genesis, GenesisAccount};
use sero_primitives::pools::Upgrade;
use sero_primitives::precompile::facade_of;
use sero_primitives::shielded_tx::{Attached, PublicOut, ShieldedCall, ShieldedTx};
use sero_primitives::transaction::EthereumTx;
use sero_primitives::{ASSETS, Account, EMPTY_CODE_HASH, PACKAGES, POOL, StateReader, Transaction};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::Direction;
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::tree;
use sero_testkit::rng::Rng;
use sero_testkit::trapdoor::{self, BundlePlan};
use sero_testkit::{CHAIN_ID, MemoryState, SERO, genesis, parameters_with, puppet, signer};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const PROPOSER: Address = Address::repeat_byte(0xfe);
const GAS_LIMIT: u64 = 420_000_000;
const ACCOUNTS: u8 = 3;
const FEE: u128 = 1_000;
/// The code of facades, by docs/spec/09.
const ERC20_CODE: B256 = b256!("f60c9a5bf543ec853007757b6772ae12cf9ae9ef36eafb287bb448bcb9c11b74");
const ERC721_CODE: B256 = b256!("36cc54f2f4740512ed1b20e731a30f2de2bafdd043238cac0e7e61fc96b17606");

pub struct World {
    pub trees: u64,
    rng: Rng,
    state: MemoryState,
    head: Header,
    parameters: ChainParameters,
    ledger: Ledger,
    truths: Truths,
    puppets: Vec<Address>,
    accounts: Vec<Address>,
    /// Code of the accounts that the genesis has.
    codes: BTreeMap<Address, B256>,
    /// Puppets that have registered and given what the others need.
    furnished: usize,
    /// Whether the model can compute the trees' roots: not where leaves were left out.
    whole_trees: bool,
    /// The Solidity models on a stock EVM, where they are compared too.
    stock: Option<Stock>,
}

fn pkrs() -> &'static [[u8; 128]] {
    static PKRS: OnceLock<Vec<[u8; 128]>> = OnceLock::new();
    PKRS.get_or_init(|| {
        let key = SpendingKey::from_seed(&account_seed(&[7; 64], 0)).unwrap();
        let address = key.viewing_key().address(0);
        (0..4u8).map(|i| OneTimeAddress::derive(&address, &[i; 32]).unwrap().to_bytes()).collect()
    })
}

/// Five kinds of chains, in turn. A stock EVM does not see a nonce where a facade will be: there it has code too.
fn genesis_of(kind: u64, visible: bool) -> Genesis {
    let mut genesis = Genesis {
        gas_limit: 1_000_000_000,
        base_fee_per_gas: 7,
        registration_fee: FEE,
        pools: vec![trapdoor::pool(0, 0)],
        ..genesis()
    };
    match kind {
        1 => genesis.pools.push(trapdoor::pool(1, 0)),
        2 => {
            genesis.upgrades.push(Upgrade::Pool { pool: trapdoor::pool(1, 20) });
            genesis.upgrades.push(Upgrade::PauseDeposits { pool: 0, from: 20 });
        }
        3 => genesis.upgrades.push(Upgrade::PauseDeposits { pool: 0, from: 24 }),
        _ => {}
    }
    let account = |balance, code| GenesisAccount { balance, code, ..Default::default() };
    for i in 1..=5u8 {
        let code = puppet::code();
        genesis.alloc.insert(Address::repeat_byte(0xa0 + i), account(U256::from(SERO), code));
    }
    // Where facades will be, as if somebody had found the keys: a nonce, a code, coins.
    let [nonce, code, coins] = occupied();
    let nothing = if visible { vec![0] } else { vec![] };
    genesis.alloc.insert(nonce, GenesisAccount { nonce: 1, code: nothing.into(), ..Default::default() });
    genesis.alloc.insert(code, account(U256::ZERO, vec![0].into()));
    genesis.alloc.insert(coins, account(U256::from(77), Default::default()));
    genesis
}

/// Facades of a token and a category "TAKEN", and of a token "FUNDED".
fn occupied() -> [Address; 3] {
    let [taken, funded] = ["TAKEN", "FUNDED"].map(|name| AssetName::new(name.as_bytes()).expect("a name"));
    let [one, two, three] = [0xa1, 0xa2, 0xa3].map(|byte| [byte; 20]);
    let ids =
        [AssetId::token(&one, &taken), AssetId::category(&two, &taken), AssetId::token(&three, &funded)];
    ids.map(|asset| facade_of(id(asset)))
}

impl World {
    pub fn new(seed: u64, number: u64, with_solidity: bool) -> Self {
        let kind = number % 5;
        let genesis = genesis_of(kind, with_solidity);
        let block = genesis_block(&genesis).unwrap();
        static PARAMETERS: [OnceLock<ChainParameters>; 10] = [const { OnceLock::new() }; 10];
        let parameters = PARAMETERS[kind as usize + 5 * usize::from(with_solidity)]
            .get_or_init(|| parameters_with(&genesis, block.header.hash_slow(), &trapdoor::key_files()))
            .clone();
        let mut state = MemoryState::from_diff(&block.diff);
        let terms = genesis.pool_schedule().unwrap();
        let pools: Vec<PoolTerms> =
            terms.iter().map(|s| PoolTerms { opens: s.opens, deposits_end: s.deposits_end }).collect();
        let mut ledger = Ledger {
            fee: FEE,
            base: vec![0; pools.len()],
            leaves: vec![vec![]; pools.len()],
            ..Default::default()
        };
        let empty = B256::from(field_to_bytes(&tree::empty_root(tree::DEPTH)));
        for (pool, terms) in (0u8..).zip(&pools) {
            if terms.opens == 0 {
                ledger.anchors.insert((pool, empty), 0);
                ledger.last_anchor.insert(pool, empty);
            }
        }
        if kind == 4 {
            let left = 12;
            ledger.base[0] = tree::CAPACITY - left;
            state.corrupt_slot(POOL, layout::NOTE_COUNT.of_pool(0), U256::from(tree::CAPACITY - left));
        }
        ledger.pools = pools;
        for (address, account) in state.accounts() {
            ledger.coins.insert(*address, u128::try_from(account.balance).unwrap());
            ledger.nonces.insert(*address, account.nonce);
            if account.code_hash != EMPTY_CODE_HASH {
                ledger.coded.insert(*address);
            }
        }
        let codes = state.accounts().iter().map(|(address, account)| (*address, account.code_hash));
        let codes = codes.collect();
        ledger.issued_coin = ledger.coins.values().sum();
        let stock = with_solidity.then(|| Stock::new(&state, &ledger));
        Self {
            trees: 0,
            stock,
            rng: Rng::new(seed),
            state,
            head: block.header,
            parameters,
            ledger,
            truths: Truths::default(),
            puppets: (1..=5u8).map(|i| Address::repeat_byte(0xa0 + i)).collect(),
            accounts: (0..ACCOUNTS).map(|i| signer(i).address()).collect(),
            codes,
            furnished: 0,
            whole_trees: kind != 4,
        }
    }

    fn generator(&mut self) -> Generator<'_> {
        Generator {
            rng: &mut self.rng,
            truths: &mut self.truths,
            state: &self.ledger,
            puppets: &self.puppets,
            accounts: &self.accounts,
            pkrs: pkrs(),
            chain: (CHAIN_ID, self.parameters.genesis_hash),
            budget: 10,
            taken: vec![],
            visible: self.stock.is_some(),
            callee: Address::ZERO,
            direct: true,
        }
    }

    /// A block of one to three trees.
    pub fn block(&mut self, counts: &mut Counts, kinds: &mut BTreeMap<String, u64>) -> Result<(), String> {
        let inputs = BlockInputs {
            timestamp: self.head.timestamp + 1,
            beneficiary: PROPOSER,
            prevrandao: self.head.hash_slow(),
        };
        let header = inputs.header(&self.head);
        self.ledger.block = header.number;
        if let Some(stock) = &mut self.stock {
            stock.begin_block(&self.ledger);
        }
        let (state, parameters) = (self.state.clone(), self.parameters.clone());
        let mut executor = BlockExecutor::new(&state, header.clone(), &parameters);
        for _ in 0..=self.rng.below(3) {
            if executor.gas_left() < GAS_LIMIT {
                break;
            }
            self.trees += 1;
            let kind = match self.rng.below(12) {
                _ if self.furnished < self.puppets.len() => self.ethereum(&mut executor, &header, counts),
                0 => self.pure(&mut executor, &header),
                1..5 => self.shielded(&mut executor, &header, counts),
                _ => self.ethereum(&mut executor, &header, counts),
            }?;
            *kinds.entry(kind).or_default() += 1;
        }
        let executed = executor.finish().map_err(|error| format!("the block is refused: {error}"))?;
        self.state.apply(&executed.diff);
        self.head = executed.header;
        self.close()?;
        self.compare()?;
        let Some(stock) = &mut self.stock else { return Ok(()) };
        stock.end_block(self.ledger.issued_coin);
        stock.compare(&self.state, &[self.accounts.as_slice(), &[PROPOSER]].concat())
    }

    fn close(&mut self) -> Result<(), String> {
        let ledger = &mut self.ledger;
        for pool in 0..ledger.pools.len() as u8 {
            if !ledger.open(pool) {
                continue;
            }
            let root = if self.whole_trees {
                root(&ledger.leaves[usize::from(pool)])
            } else {
                let slot = layout::LAST_ANCHOR.of_pool(pool);
                self.state.storage(POOL, slot).map_err(|error| error.to_string())?.into()
            };
            if !ledger.anchors.contains_key(&(pool, root)) {
                ledger.anchors.insert((pool, root), ledger.block);
                ledger.last_anchor.insert(pool, root);
            }
        }
        ledger.issued_coin = ledger.coins.values().sum();
        Ok(())
    }

    fn compare(&self) -> Result<(), String> {
        self.ledger.check_conservation()?;
        let mut frontier = std::collections::BTreeSet::new();
        for pool in 0..self.ledger.pools.len() {
            for level in 0..tree::DEPTH {
                for index in 0..tree::ARITY {
                    let keys = [pool, level, index].map(U256::from);
                    frontier.insert(layout::FRONTIER.at(&keys));
                }
            }
        }
        let expected = self.ledger.slots();
        for (address, expected) in [ASSETS, POOL, PACKAGES].into_iter().zip(&expected) {
            let found: BTreeMap<U256, U256> =
                self.state.slots(address).filter(|(slot, _)| !frontier.contains(slot)).collect();
            if found != *expected {
                let wrong = found.iter().find(|(slot, value)| expected.get(*slot) != Some(*value));
                let absent = expected.iter().find(|(slot, value)| found.get(*slot) != Some(*value));
                return Err(format!("slots of {address}: found {wrong:?}, expected {absent:?}"));
            }
        }
        let accounts = self.state.accounts();
        let facades = self.ledger.facades.keys();
        for address in accounts.keys().chain(self.ledger.coins.keys()).chain(facades) {
            let found = accounts.get(address).cloned().unwrap_or_default();
            let facade = self.ledger.facades.get(address);
            let code = facade.map(|(kind, _)| if *kind == 2 { ERC20_CODE } else { ERC721_CODE });
            let code_hash = code.or(self.codes.get(address).copied()).unwrap_or(EMPTY_CODE_HASH);
            let expected = Account {
                balance: U256::from(self.ledger.coins_of(*address)),
                nonce: self.ledger.nonces.get(address).copied().unwrap_or(0),
                code_hash,
            };
            if found != expected {
                return Err(format!("account {address}: found {found:?}, expected {expected:?}"));
            }
            if [ASSETS, POOL, PACKAGES].contains(address) {
                continue;
            }
            let slots: Vec<_> = self.state.slots(*address).collect();
            let expected: Vec<_> = facade.map(|(_, id)| (U256::ZERO, *id)).into_iter().collect();
            if slots != expected {
                return Err(format!("slots of {address}: found {slots:?}, expected {expected:?}"));
            }
        }
        for hash in [ERC20_CODE, ERC721_CODE] {
            match self.state.code(hash) {
                Ok(code) if keccak256(&code) == hash => {}
                _ if self.ledger.facades.is_empty() => {}
                found => return Err(format!("code {hash}: found {found:?}")),
            }
        }
        Ok(())
    }

    /// Callee, input and the model's reading of a transaction's call.
    fn call(&mut self, from: Address, nonce: u64) -> (TxKind, Address, Body, u128) {
        if let Some(puppet) = self.puppets.get(self.furnished).copied() {
            self.furnished += 1;
            let script = self.generator().furniture(puppet);
            return (TxKind::Call(puppet), puppet, Body::Script(script), 0);
        }
        let value = self.rng.below(2_000) as u128 * u128::from(self.rng.one_in(3));
        match self.rng.below(12) {
            0 => {
                let child = from.create(nonce);
                let script = Generator { callee: child, ..self.generator() }.script(child, 1);
                (TxKind::Create, child, Body::Script(script), value)
            }
            1 | 2 => {
                let mut generator = self.generator();
                loop {
                    let step = generator.precompile_call(from, false);
                    if let Step::Call { to, value, body, .. } = step {
                        return (TxKind::Call(to), to, body, value);
                    }
                }
            }
            _ => {
                let to = *self.rng.pick(&self.puppets);
                let script = Generator { callee: to, ..self.generator() }.script(to, 0);
                (TxKind::Call(to), to, Body::Script(script), value)
            }
        }
    }

    fn ethereum(
        &mut self,
        executor: &mut BlockExecutor<'_>,
        header: &Header,
        counts: &mut Counts,
    ) -> Result<String, String> {
        let index = self.rng.below(usize::from(ACCOUNTS)) as u8;
        let account = signer(index);
        let from = account.address();
        let nonce = self.ledger.nonces.get(&from).copied().unwrap_or(0);
        let (to, callee, body, value) = self.call(from, nonce);
        let tx = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: GAS_LIMIT,
            max_fee_per_gas: 100,
            max_priority_fee_per_gas: 3,
            to,
            value: U256::from(value),
            input: input(to, &body, 1).into(),
            ..Default::default()
        };
        let signature = account.sign_hash_sync(&tx.signature_hash()).unwrap();
        let tx = Transaction::ethereum(EthereumTx::from(tx.into_signed(signature)));
        let outcome = self.execute(executor, header, tx)?.map_err(|error| error.to_string())?;
        if let Some(stock) = &mut self.stock {
            stock.set_accounts(&self.ledger, &self.accounts);
            stock.begin_plain(from, callee);
        }
        let mut solidity = self.play_solidity(from, to, value, &body, header);
        let success = self.enact(from, to, callee, value, &body, &outcome, &solidity, header, counts)?;
        if let (Some(played), Some(stock)) = (&mut solidity, &mut self.stock) {
            played.logs.extend(stock.detach());
        }
        self.end_transaction(&outcome, solidity)?;
        Ok(format!("ethereum, {}", if success { "success" } else { "failure" }))
    }

    fn execute(
        &mut self,
        executor: &mut BlockExecutor<'_>,
        header: &Header,
        tx: Transaction,
    ) -> Result<Result<TransactionOutcome, ExecutionError>, String> {
        let base_fee = header.base_fee_per_gas.unwrap();
        let checked = check_static(tx, &self.parameters, header.number, base_fee, header.gas_limit)
            .map_err(|error| format!("check_static: {error}"))?;
        Ok(executor.execute(&checked))
    }

    /// The same call on the Solidity models, of `from` who has paid for gas already.
    fn play_solidity(
        &mut self,
        from: Address,
        to: TxKind,
        value: u128,
        body: &Body,
        header: &Header,
    ) -> Option<Played> {
        let stock = self.stock.as_mut()?;
        stock.tell(&self.truths);
        let price = u128::from(header.base_fee_per_gas.unwrap()) + 3;
        let nonce = self.ledger.nonces.get(&from).copied().unwrap_or(0);
        stock.set_account(from, self.ledger.coins_of(from) - u128::from(GAS_LIMIT) * price, nonce);
        Some(stock.call(from, to, value, input(to, body, GAS_FACTOR)))
    }

    /// The call of a transaction in the model, from gas purchase to the reward.
    #[allow(clippy::too_many_arguments, reason = "what a transaction consists of")]
    fn enact(
        &mut self,
        from: Address,
        to: TxKind,
        callee: Address,
        value: u128,
        body: &Body,
        outcome: &TransactionOutcome,
        solidity: &Option<Played>,
        header: &Header,
        counts: &mut Counts,
    ) -> Result<bool, String> {
        let base_fee = u128::from(header.base_fee_per_gas.unwrap());
        let price = base_fee + 3;
        let prepaid = u128::from(GAS_LIMIT) * price;
        *self.ledger.coins.get_mut(&from).ok_or("an unfunded sender")? -= prepaid;
        *self.ledger.nonces.entry(from).or_default() += 1;
        let mut player =
            Player { truths: &self.truths, puppets: &self.puppets, from, callee, counts, calls: 0 };
        let played = match (to, body) {
            (TxKind::Create, Body::Script(script)) => player.root_create(&mut self.ledger, value, script),
            _ => player.root(&mut self.ledger, value, body),
        };
        if played.success != outcome.receipt.success {
            return Err(format!(
                "expected success {}, found {} ({:?}, {})\n{body:?}",
                played.success, outcome.receipt.success, outcome.halt, outcome.output
            ));
        }
        matches(&played.data, &outcome.output).map_err(|error| format!("{error}\n{body:?}"))?;
        if let Some(found) = solidity {
            if found.success != played.success {
                return Err(format!("the model's success is {}: {}\n{body:?}", found.success, found.output));
            }
            agree(&played.data, &outcome.output, &found.output)
                .map_err(|error| format!("{error}\n{body:?}"))?;
        }
        let used = u128::from(outcome.gas_used);
        *self.ledger.coins.entry(from).or_default() += prepaid - used * price;
        *self.ledger.coins.entry(PROPOSER).or_default() += used * (price - base_fee);
        Ok(played.success)
    }

    /// Compares the logs, and buries what destroyed itself.
    fn end_transaction(
        &mut self,
        outcome: &TransactionOutcome,
        solidity: Option<Played>,
    ) -> Result<(), String> {
        let logs = std::mem::take(&mut self.ledger.logs);
        compare_logs(&logs, outcome)?;
        if let Some(found) = solidity {
            compare_solidity_logs(&logs, outcome, &found.logs)?;
        }
        self.ledger.created.clear();
        for address in std::mem::take(&mut self.ledger.destroyed) {
            self.ledger.coins.remove(&address);
            self.ledger.nonces.remove(&address);
        }
        Ok(())
    }

    fn shielded(
        &mut self,
        executor: &mut BlockExecutor<'_>,
        header: &Header,
        counts: &mut Counts,
    ) -> Result<String, String> {
        let account = signer(self.rng.below(usize::from(ACCOUNTS)) as u8);
        let from = account.address();
        let nonce = self.ledger.nonces.get(&from).copied().unwrap_or(0);
        let (to, callee, body, value) = self.call(from, nonce);
        let with_spend = !self.rng.one_in(3);
        let plan = self.generator().plan(from, with_spend);
        let mut attached: Vec<(U256, u128)> = Vec::new();
        for (holder, asset, balance) in self.ledger.holdings() {
            if holder == from && attached.len() < 3 && self.rng.one_in(4) {
                attached.push((asset, 1 + balance / 3));
            }
        }
        attached.sort_unstable();
        let refund = *self.rng.pick(pkrs());
        let unsigned = plan.prove(&mut self.rng);
        let mut tx = ShieldedTx {
            chain_id: CHAIN_ID,
            expiry: header.number + self.rng.below(5) as u64,
            max_fee_per_gas: 100,
            max_priority_fee_per_gas: 3,
            gas_limit: GAS_LIMIT,
            bundle: unsigned.bundle.clone(),
            call: Some(ShieldedCall {
                from,
                nonce,
                to,
                value: U256::from(value),
                input: input(to, &body, 1).into(),
                access_list: Default::default(),
                attached: attached
                    .iter()
                    .map(|(asset, amount)| Attached {
                        asset: AssetId::from_bytes(asset.to_be_bytes()).unwrap(),
                        amount: *amount,
                    })
                    .collect(),
                refund: OneTimeAddress::from_bytes(&refund).unwrap(),
                from_signature: alloy_primitives::Signature::new(U256::ONE, U256::ONE, false),
            }),
            outs: vec![],
        };
        let sighash = tx.sighash(self.parameters.genesis_hash);
        tx.bundle = unsigned.sign(&sighash, &mut self.rng);
        let signature = account.sign_hash_sync(&tx.from_signature_hash()).unwrap();
        tx.call.as_mut().unwrap().from_signature = signature;
        let refundable: Vec<U256> = gas::refundable_assets(&tx).into_iter().map(id).collect();
        let before: Vec<u128> = refundable.iter().map(|asset| self.ledger.balance(from, *asset)).collect();
        let snapshot = self.ledger.clone();
        let mut solidity = None;
        if let Some(stock) = &mut self.stock {
            stock.tell(&self.truths);
            stock.set_accounts(&self.ledger, &self.accounts);
            solidity = Some(stock.begin_shielded(from, nonce, callee, &refund, &tx.bundle, &attached));
        }
        self.ledger.refunds.insert(from, refund);
        let applied = self.ledger.notes(&tx.bundle, Some(from), Some(nonce));
        let applied = applied.and_then(|()| self.ledger.flows(&tx.bundle, from, false));
        let applied = applied.and_then(|()| self.ledger.hold(from, &attached));
        self.check_proofs(&tx, header)?;
        let bundle_pool = tx.bundle.pool;
        let outcome = self.execute(executor, header, Transaction::shielded(tx))?;
        if solidity.as_ref().is_some_and(|begun| begun.is_some() != applied.is_ok()) {
            return Err(format!("shielded call: expected {applied:?}, the model says {solidity:?}"));
        }
        let outcome = match (applied, outcome) {
            (Ok(()), Ok(outcome)) => outcome,
            (Err(_), Err(ExecutionError::Invalid(_))) => {
                self.ledger = snapshot;
                return Ok("shielded call, invalid".into());
            }
            (applied, outcome) => {
                return Err(format!("shielded call: expected {applied:?}, found {outcome:?}"));
            }
        };
        let mut played = self.play_solidity(from, to, value, &body, header);
        let success = self.enact(from, to, callee, value, &body, &outcome, &played, header, counts)?;
        self.ledger.release_attached(from);
        if let (Some(played), Some(stock)) = (&mut played, &mut self.stock) {
            played.logs.splice(0..0, solidity.flatten().unwrap_or_default());
            played.logs.extend(stock.detach());
            stock.set_account(from, self.ledger.coins_of(from), nonce + 1);
        }
        for (asset, before) in refundable.into_iter().zip(before) {
            let surplus = self.ledger.balance(from, asset).saturating_sub(before);
            if surplus > 0 {
                self.ledger.refund(bundle_pool, from, asset, surplus, &refund);
                if let (Some(played), Some(stock)) = (&mut played, &mut self.stock) {
                    played.logs.extend(stock.refund(from, asset, surplus, bundle_pool));
                }
            }
        }
        self.end_transaction(&outcome, played)?;
        Ok(format!("shielded call, {}", if success { "success" } else { "failure" }))
    }

    /// Now and then what a verifier of the block does first.
    fn check_proofs(&mut self, tx: &ShieldedTx, header: &Header) -> Result<(), String> {
        if !self.rng.one_in(16) {
            return Ok(());
        }
        let paused = !self.ledger.takes_deposits(tx.bundle.pool)
            && tx.bundle.balance.iter().any(|entry| entry.direction == Direction::Inward);
        let expected = self.ledger.open(tx.bundle.pool) && !paused;
        let base_fee = header.base_fee_per_gas.unwrap();
        let transaction = Transaction::shielded(tx.clone());
        let checked = check_static(transaction, &self.parameters, header.number, base_fee, header.gas_limit)
            .map_err(|error| error.to_string())?;
        let found = check_bundles(&[&checked], &self.parameters, header.number);
        if found.is_ok() == expected { Ok(()) } else { Err(format!("check_bundles: {found:?}")) }
    }

    fn pure(&mut self, executor: &mut BlockExecutor<'_>, header: &Header) -> Result<String, String> {
        let base_fee = u128::from(header.base_fee_per_gas.unwrap());
        let max_fee = base_fee + self.rng.below(3) as u128;
        let mut generator = self.generator();
        let mut plan = generator.plan(Address::ZERO, true);
        plan.balance.clear();
        plan.outputs.clear();
        plan.packages.clear();
        let note = plan.spends.remove(0);
        let mut outs = Vec::new();
        let mut flows: BTreeMap<AssetId, u128> = BTreeMap::new();
        let keep = note.1 != AssetId::coin() && note.2 > 0;
        if keep {
            outs.push((note.1, note.2));
            flows.insert(note.1, note.2);
        }
        if self.rng.one_in(2) {
            let amount = 1 + self.rng.below(1000) as u128;
            outs.push((AssetId::coin(), amount));
            flows.insert(AssetId::coin(), amount);
        }
        let pkr = *self.rng.pick(pkrs());
        let outs: Vec<PublicOut> = outs
            .into_iter()
            .map(|(asset, amount)| PublicOut {
                to: OneTimeAddress::from_bytes(&pkr).unwrap(),
                asset,
                amount,
                memo: Memo::new(b"out").unwrap(),
            })
            .collect();
        // The gas of this shape, whatever the values are.
        let shape = |plan: &BundlePlan, rng: &mut Rng| ShieldedTx {
            chain_id: CHAIN_ID,
            expiry: header.number + 2,
            max_fee_per_gas: max_fee,
            max_priority_fee_per_gas: 0,
            gas_limit: 0,
            bundle: plan.prove(rng).bundle,
            call: None,
            outs: outs.clone(),
        };
        *flows.entry(AssetId::coin()).or_default() += 1;
        let with_flows = |plan: &BundlePlan, flows: &BTreeMap<AssetId, u128>| {
            flows
                .iter()
                .fold(plan.clone(), |plan, (asset, amount)| plan.flow(*asset, Direction::Outward, *amount))
        };
        let mut sample = with_flows(&plan, &flows);
        sample.spends.push((trapdoor::field(&mut self.rng), AssetId::coin(), 0));
        if keep {
            sample.spends.push(note);
        }
        let gas_limit = gas::pure_transfer(&shape(&sample, &mut self.rng));
        let fee = u128::from(gas_limit) * max_fee;
        *flows.entry(AssetId::coin()).or_default() += fee - 1;
        let mut plan = with_flows(&plan, &flows);
        let coins = flows[&AssetId::coin()];
        let payer = if keep { trapdoor::field(&mut self.rng) } else { note.0 };
        plan.spends.push((payer, AssetId::coin(), coins));
        if keep {
            plan.spends.push(note);
        }
        let unsigned = plan.prove(&mut self.rng);
        let mut tx =
            ShieldedTx { gas_limit, bundle: unsigned.bundle.clone(), ..shape(&sample, &mut self.rng) };
        let sighash = tx.sighash(self.parameters.genesis_hash);
        tx.bundle = unsigned.sign(&sighash, &mut self.rng);
        let snapshot = self.ledger.clone();
        let pool = tx.bundle.pool;
        let mut applied = self.ledger.notes(&tx.bundle, None, None);
        for out in &tx.outs {
            applied = applied
                .and_then(|()| self.ledger.out(pool, &pkr, id(out.asset), out.amount, out.memo.as_bytes()));
        }
        let burned = u128::from(gas_limit) * base_fee;
        let applied = applied.and_then(|()| self.ledger.fee(pool, burned, fee - burned, PROPOSER));
        self.check_proofs(&tx, header)?;
        let mut solidity = None;
        if let Some(stock) = &mut self.stock {
            let logs = stock.transfer(&tx.bundle, &tx.outs, fee, PROPOSER);
            if logs.is_some() != applied.is_ok() {
                return Err(format!("pure transfer: expected {applied:?}, the model says {logs:?}"));
            }
            let output = Default::default();
            solidity = logs.map(|logs| Played { success: true, output, logs });
        }
        match (applied, self.execute(executor, header, Transaction::shielded(tx))?) {
            (Ok(()), Ok(outcome)) => {
                self.end_transaction(&outcome, solidity)?;
                Ok("pure transfer, success".into())
            }
            (Err(_), Err(ExecutionError::Invalid(_))) => {
                self.ledger = snapshot;
                Ok("pure transfer, invalid".into())
            }
            (applied, outcome) => Err(format!("pure transfer: expected {applied:?}, found {outcome:?}")),
        }
    }
}

fn input(to: TxKind, body: &Body, gas_factor: u32) -> Vec<u8> {
    match (to, body) {
        (TxKind::Create, Body::Script(script)) => puppet::init_code(&encode(script, gas_factor)),
        _ => body.bytes_with(gas_factor),
    }
}

/// Compares the models' logs with the chain's, which are what is expected.
fn compare_solidity_logs(
    expected: &[ModelLog],
    outcome: &TransactionOutcome,
    found: &[Log],
) -> Result<(), String> {
    let chain = &outcome.receipt.logs;
    if chain.len() != found.len() {
        return Err(format!(
            "the model has {} logs, expected {}\n{found:?}\n{chain:?}",
            found.len(),
            chain.len()
        ));
    }
    for (i, ((expected, chain), found)) in expected.iter().zip(chain).zip(found).enumerate() {
        if chain.address != found.address || chain.topics() != found.topics() {
            return Err(format!("log {i}: expected {chain:?}, the model has {found:?}"));
        }
        agree(&expected.data, &chain.data.data, &found.data.data)
            .map_err(|error| format!("log {i}: {error}"))?;
    }
    Ok(())
}

fn compare_logs(expected: &[ModelLog], outcome: &TransactionOutcome) -> Result<(), String> {
    let found = &outcome.receipt.logs;
    if expected.len() != found.len() {
        return Err(format!("expected {} logs, found {}", expected.len(), found.len()));
    }
    for (i, (expected, found)) in expected.iter().zip(found).enumerate() {
        if expected.address != found.address || expected.topics != found.topics() {
            return Err(format!("log {i}: expected {expected:?}, found {found:?}"));
        }
        matches(&expected.data, &found.data.data).map_err(|error| format!("log {i}: {error}"))?;
    }
    Ok(())
}

/// Root of a tree with these leaves, level by level.
fn root(leaves: &[B256]) -> B256 {
    let mut nodes: Vec<Field> = leaves.iter().map(|leaf| field_from_bytes(&leaf.0).unwrap()).collect();
    for level in 0..tree::DEPTH {
        let empty = tree::empty_root(level);
        nodes = nodes
            .chunks(tree::ARITY)
            .map(|chunk| {
                let mut children = [empty; tree::ARITY];
                children[..chunk.len()].copy_from_slice(chunk);
                poseidon(Tag::Node, &children)
            })
            .collect();
    }
    field_to_bytes(&nodes.first().copied().unwrap_or_else(|| tree::empty_root(tree::DEPTH))).into()
}
