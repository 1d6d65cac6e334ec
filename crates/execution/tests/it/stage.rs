//! A chain for attackers: puppets that do as they are told, a contract that binds its
//! beneficiary, hidden coins and tokens, and proofs by the trapdoor of test keys.

use crate::support::{TestChain, coin_id, pkr};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolCall, SolError};
use sero_execution::{
    BlockExecutor, CallRequest, ExecutionError, InvalidTransaction, TransactionOutcome, check_bundles,
    check_static,
};
use sero_precompiles::layout;
use sero_primitives::genesis::{Genesis, GenesisAccount};
use sero_primitives::precompile::abi::{IAssets, IPool};
use sero_primitives::shielded_tx::{Attached, ShieldedCall, ShieldedTx};
use sero_primitives::{ASSETS, POOL, StateReader, Transaction};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::{Bundle, Carrier, SighashContext};
use sero_shielded::field::{Field, field_from_bytes};
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_testkit::puppet::{self, Scheme};
use sero_testkit::rng::Rng;
use sero_testkit::trapdoor::{self, BundlePlan, Unsigned};
use sero_testkit::{CHAIN_ID, SERO, genesis, signer};

pub const PUPPET: Address = Address::repeat_byte(0xa1);
pub const OTHER_PUPPET: Address = Address::repeat_byte(0xa2);
pub const BINDER: Address = Address::repeat_byte(0xb1);
pub const GAS: u32 = 2_000_000;

pub struct Stage {
    pub chain: TestChain,
    pub rng: Rng,
    pub gold: AssetId,
}

pub fn coin() -> AssetId {
    AssetId::coin()
}

pub fn id(asset: AssetId) -> U256 {
    U256::from_be_bytes(asset.to_bytes())
}

/// A contract that binds the beneficiary as the library does. Calldata: the
/// beneficiary's word, then a call of `transact`, whose context it overwrites
/// with keccak256 of that word. What came out goes to the beneficiary.
fn binder() -> Bytes {
    let mut code = vec![0x60, 32, 0x36, 0x03, 0x60, 32, 0x5f, 0x37]; // calldatacopy
    code.extend([0x5f, 0x35, 0x61, 0x40, 0x00, 0x52]); // the word at 0x4000
    code.extend([0x60, 32, 0x61, 0x40, 0x00, 0x20, 0x60, 36, 0x52]); // context = its hash
    code.extend([0x5f, 0x5f, 0x60, 32, 0x36, 0x03, 0x5f, 0x5f, 0x73]);
    code.extend(POOL);
    code.extend([0x5a, 0xf1, 0x15, 0x60]);
    let jump = code.len();
    code.extend([0, 0x57]);
    code.extend([0x5f, 0x5f, 0x5f, 0x5f, 0x47, 0x5f, 0x35, 0x5a, 0xf1, 0x00]); // all coins
    code[jump] = u8::try_from(code.len()).unwrap();
    code.extend([0x5b, 0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xfd]);
    code.into()
}

pub fn stage_genesis() -> Genesis {
    let mut genesis = Genesis { pools: vec![trapdoor::pool(0, 0)], ..genesis() };
    for (address, code) in [(PUPPET, puppet::code()), (OTHER_PUPPET, puppet::code()), (BINDER, binder())] {
        genesis.alloc.insert(address, GenesisAccount { code, ..Default::default() });
    }
    genesis
}

impl Stage {
    pub fn new() -> Self {
        Self::of(stage_genesis())
    }

    /// 10,000 GOLD of account 0, 1,000 of them hidden; 1,000,000 coins hidden.
    pub fn of(genesis: Genesis) -> Self {
        let chain = TestChain::of(&genesis, &trapdoor::key_files());
        let issuer = signer(0).address();
        let gold = AssetId::token(&issuer.0.0, &AssetName::new(b"GOLD").unwrap());
        let mut stage = Self { chain, rng: Rng::new(5), gold };
        let register = IAssets::registerTokenCall { name: "GOLD".into(), decimals: 0 };
        stage.ok(0, ASSETS, SERO, register.abi_encode());
        let mint = IAssets::mintCall { asset: id(gold), to: issuer, amount: U256::from(10_000) };
        stage.ok(0, ASSETS, 0, mint.abi_encode());
        stage.ok(0, POOL, 0, shield(id(gold), 1_000));
        stage.ok(0, POOL, 1_000_000, shield(coin_id(), 1_000_000));
        stage
    }

    pub fn ok(&mut self, from: u8, to: Address, value: u128, input: Vec<u8>) -> TransactionOutcome {
        let outcome = self.chain.send(from, to, value, input);
        assert!(outcome.receipt.success, "{} {:?}", outcome.output, outcome.halt);
        outcome
    }

    pub fn slot(&self, account: Address, slot: U256) -> U256 {
        self.chain.state.storage(account, slot).unwrap()
    }

    pub fn anchor(&self, pool: u8) -> Field {
        let word = self.slot(POOL, layout::LAST_ANCHOR.of_pool(pool));
        field_from_bytes(&word.to_be_bytes()).unwrap()
    }

    pub fn hidden(&self, pool: u8, asset: AssetId) -> U256 {
        self.slot(POOL, layout::HIDDEN.in_pool(pool, id(asset)))
    }

    pub fn gold_of(&self, holder: Address) -> U256 {
        self.slot(ASSETS, layout::BALANCE.at(&[layout::key(holder), id(self.gold)]))
    }

    pub fn coins_of(&self, holder: Address) -> U256 {
        self.chain.state.account(holder).unwrap().unwrap_or_default().balance
    }

    pub fn next_block(&self) -> u64 {
        self.chain.head.number + 1
    }

    /// A plan that spends one note of this value.
    pub fn spend(&mut self, asset: AssetId, amount: u128) -> BundlePlan {
        let nullifier = trapdoor::field(&mut self.rng);
        let anchor = self.anchor(0);
        BundlePlan { anchor, spends: vec![(nullifier, asset, amount)], ..BundlePlan::empty() }
    }

    /// Signed for `caller`.
    pub fn carried(&mut self, plan: &BundlePlan, caller: Address, context: B256, expiry: u64) -> Bundle {
        let unsigned = plan.prove(&mut self.rng);
        self.sign_carried(unsigned, caller, context, expiry)
    }

    pub fn sign_carried(
        &mut self,
        unsigned: Unsigned,
        caller: Address,
        context: B256,
        expiry: u64,
    ) -> Bundle {
        let context = SighashContext {
            chain_id: CHAIN_ID,
            genesis_hash: self.chain.parameters.genesis_hash,
            carrier: Carrier::Contract { caller: caller.into_array(), context, expiry },
        };
        let sighash = unsigned.bundle.sighash(&context);
        unsigned.sign(&sighash, &mut self.rng)
    }

    /// A shielded call of account `from`, in order in every way.
    pub fn call(
        &mut self,
        from: u8,
        plan: &BundlePlan,
        to: Address,
        value: u128,
        input: Vec<u8>,
        attached: Vec<Attached>,
    ) -> ShieldedTx {
        let account = signer(from);
        let unsigned = plan.prove(&mut self.rng);
        let mut tx = ShieldedTx {
            chain_id: CHAIN_ID,
            expiry: self.next_block() + 5,
            max_fee_per_gas: 10_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            gas_limit: 6_000_000,
            bundle: unsigned.bundle.clone(),
            call: Some(ShieldedCall {
                from: account.address(),
                nonce: self.chain.nonce(&account),
                to: TxKind::Call(to),
                value: U256::from(value),
                input: input.into(),
                access_list: Default::default(),
                attached,
                refund: refund_of(from),
                from_signature: alloy_primitives::Signature::new(U256::ONE, U256::ONE, false),
            }),
            outs: vec![],
        };
        let sighash = tx.sighash(self.chain.parameters.genesis_hash);
        tx.bundle = unsigned.sign(&sighash, &mut self.rng);
        resign(&mut tx, from);
        tx
    }

    /// Admission, proofs, execution: why it is refused.
    pub fn attempt(&self, tx: &ShieldedTx) -> Result<(), InvalidTransaction> {
        let header = crate::support::header(&self.chain, Address::repeat_byte(0xfe));
        let base_fee = header.base_fee_per_gas.unwrap();
        let (parameters, transaction) = (&self.chain.parameters, Transaction::shielded(tx.clone()));
        let checked = check_static(transaction, parameters, header.number, base_fee, header.gas_limit)?;
        check_bundles(&[&checked], parameters, header.number).map_err(|(_, error)| error)?;
        match BlockExecutor::new(&self.chain.state, header, parameters).execute(&checked) {
            Ok(_) => Ok(()),
            Err(ExecutionError::Invalid(error)) => Err(error),
            Err(other) => panic!("{other}"),
        }
    }

    pub fn include(&mut self, tx: &ShieldedTx) -> TransactionOutcome {
        self.chain.block(vec![Transaction::shielded(tx.clone())]).remove(0)
    }

    /// What a view function answers.
    #[track_caller]
    pub fn read<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        let request = CallRequest { to: Some(to), input: call.abi_encode().into(), ..Default::default() };
        let outcome = self.chain.simulator().call(&request).unwrap();
        assert!(outcome.success, "{} {}", C::SIGNATURE, outcome.output);
        C::abi_decode_returns(&outcome.output).unwrap()
    }

    /// A call that fails with this error and changes nothing.
    #[track_caller]
    pub fn fails<E: SolError>(&mut self, from: u8, to: Address, value: u128, input: Vec<u8>) -> E {
        let outcome = self.chain.send(from, to, value, input);
        assert!(!outcome.receipt.success && outcome.receipt.logs.is_empty(), "must fail");
        E::abi_decode(&outcome.output).unwrap_or_else(|error| panic!("{error}: {}", outcome.output))
    }

    /// A puppet's script as a transaction of account 1, with its results.
    pub fn script(&mut self, script: Vec<u8>) -> Vec<puppet::StepResult> {
        let outcome = self.chain.send(1, PUPPET, 0, script);
        puppet::results(&outcome.output).unwrap_or_default()
    }
}

/// Where account `from`'s own shielded calls send what is left.
pub fn refund_of(from: u8) -> OneTimeAddress {
    let key = SpendingKey::from_seed(&account_seed(&[from; 64], 0)).unwrap();
    OneTimeAddress::derive(&key.viewing_key().address(0), &[9; 32]).unwrap()
}

/// `from` signs what is there.
pub fn resign(tx: &mut ShieldedTx, from: u8) {
    let signature = signer(from).sign_hash_sync(&tx.from_signature_hash()).unwrap();
    tx.call.as_mut().unwrap().from_signature = signature;
}

pub fn shield(asset: U256, amount: u64) -> Vec<u8> {
    let pkr = pkr().to_bytes().to_vec().into();
    IPool::shieldCall { pkr, asset, amount: U256::from(amount), memo: Bytes::new() }.abi_encode()
}

pub fn transact(bundle: &Bundle, context: B256, expiry: u64) -> Vec<u8> {
    IPool::transactCall { bundle: bundle.encode().into(), context, expiry }.abi_encode()
}

pub fn step(to: Address, value: u128, data: &[u8]) -> Vec<u8> {
    let mut script = Vec::new();
    puppet::call(&mut script, Scheme::Call, false, to, value, GAS, data);
    script
}

#[track_caller]
pub fn is<E: SolError>(data: &[u8]) {
    assert_eq!(data.get(..4), Some(E::SELECTOR.as_slice()), "{}", alloy_primitives::hex::encode(data));
}
