//! Every stateful selector of the ABI x every way of calling x gas from 0 to
//! enough: a call changes all that it changes, or nothing.

use crate::support::{TestChain, pkr};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync;
use alloy_sol_types::{SolCall, SolError};
use rayon::prelude::*;
use sero_execution::{BlockExecutor, check_static};
use sero_precompiles::layout;
use sero_primitives::genesis::{Genesis, GenesisAccount};
use sero_primitives::precompile::abi::{IAssets, IErc20Facade, IErc721Facade, IPackages, IPool};
use sero_primitives::precompile::facade_of;
use sero_primitives::shielded_tx::{Attached, ShieldedCall, ShieldedTx};
use sero_primitives::{ASSETS, Account, PACKAGES, POOL, StateReader, Transaction};
use sero_shielded::asset::{AssetId, AssetName};
use sero_shielded::bundle::{Carrier, Direction, SighashContext};
use sero_shielded::field::{Field, field_from_bytes};
use sero_shielded::package::{PackageContent, PackageId};
use sero_testkit::puppet::{self, Scheme};
use sero_testkit::rng::Rng;
use sero_testkit::trapdoor::{self, BundlePlan, PackagePlan};
use sero_testkit::{CHAIN_ID, SERO, genesis, signer};
use std::collections::BTreeMap;

const PUPPET: Address = Address::repeat_byte(0xa1);
const PROPOSER: Address = Address::repeat_byte(0xfe);
const FEE: u128 = 1_000;
/// More than any selector takes.
const ENOUGH: u32 = 1 << 20;
/// So much that the 64th part withheld at each of 1,024 calls leaves enough.
const GAS_LIMIT: u64 = 1 << 46;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    Static,
    Delegate,
    CallCode,
    Constructor,
    Delegated7702,
    /// The precompile's frame is the deepest that there may be.
    Depth1024,
    /// One deeper: there is no such call.
    TooDeep,
}

const WAYS: [Way; 8] = [
    Way::Plain,
    Way::Static,
    Way::Delegate,
    Way::CallCode,
    Way::Constructor,
    Way::Delegated7702,
    Way::Depth1024,
    Way::TooDeep,
];

/// Names of the functions of an interface that are neither view nor pure.
fn stateful(source: &str) -> Vec<String> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim().starts_with("///")).collect();
    let code = code.join(" ");
    let functions = code.split("function ").skip(1).map(|rest| rest.split(';').next().unwrap());
    let changing = functions.filter(|text| !text.contains(" view") && !text.contains(" pure"));
    changing.map(|text| text.split('(').next().unwrap().to_owned()).collect()
}

/// (precompile, selector's name) of every stateful selector.
fn selectors() -> Vec<(Address, String)> {
    let files = [
        (ASSETS, include_str!("../../../../contracts/src/interfaces/IAssets.sol")),
        (POOL, include_str!("../../../../contracts/src/interfaces/IPool.sol")),
        (PACKAGES, include_str!("../../../../contracts/src/interfaces/IPackages.sol")),
    ];
    let names = |(to, source)| stateful(source).into_iter().map(move |name| (to, name));
    files.into_iter().flat_map(names).collect()
}

struct Theatre {
    chain: TestChain,
    gold: AssetId,
    anchor: Field,
}

fn theatre() -> Theatre {
    let mut genesis = Genesis {
        pools: vec![trapdoor::pool(0, 0)],
        registration_fee: FEE,
        base_fee_per_gas: 7,
        ..genesis()
    };
    let account = |code: Bytes| GenesisAccount { balance: U256::from(SERO), code, ..Default::default() };
    genesis.alloc.insert(PUPPET, account(puppet::code()));
    let delegation = [&[0xef, 0x01, 0x00], PUPPET.as_slice()].concat();
    genesis.alloc.insert(signer(2).address(), account(delegation.into()));
    let mut chain = TestChain::of(&genesis, &trapdoor::key_files());
    let issuer = signer(0).address();
    let gold = AssetId::token(&issuer.0.0, &AssetName::new(b"GOLD").unwrap());
    let asset = U256::from_be_bytes(gold.to_bytes());
    let coin = U256::from_be_bytes(AssetId::coin().to_bytes());
    let register = IAssets::registerTokenCall { name: "GOLD".into(), decimals: 0 }.abi_encode();
    let mint = IAssets::mintCall { asset, to: issuer, amount: U256::from(100) }.abi_encode();
    for (to, value, call) in [(ASSETS, FEE, register), (ASSETS, 0, mint), (POOL, 1_000, shield(coin))] {
        assert!(chain.send(0, to, value, call).receipt.success);
    }
    let word = chain.state.storage(POOL, layout::LAST_ANCHOR.of_pool(0)).unwrap();
    let anchor = field_from_bytes(&word.to_be_bytes()).unwrap();
    Theatre { chain, gold, anchor }
}

fn shield(asset: U256) -> Vec<u8> {
    let pkr = pkr().to_bytes().to_vec().into();
    IPool::shieldCall { pkr, asset, amount: U256::from(1_000), memo: Bytes::new() }.abi_encode()
}

/// What an actor calls: first what prepares the ground, then by name.
struct Part {
    prelude: Vec<(Address, u128, Vec<u8>)>,
    calls: BTreeMap<(Address, &'static str), Act>,
}

/// One call. What only a facade may call is called through the facade.
struct Act {
    to: Address,
    value: u128,
    input: Vec<u8>,
}

impl Act {
    /// Frames between the actor and the precompile.
    fn between(&self) -> usize {
        usize::from(![ASSETS, POOL, PACKAGES].contains(&self.to))
    }
}

fn part(theatre: &Theatre, actor: Address) -> Part {
    let mut rng = Rng::new(9);
    let id = |asset: AssetId| U256::from_be_bytes(asset.to_bytes());
    let name = |text: &str| AssetName::new(text.as_bytes()).unwrap();
    let token = id(AssetId::token(&actor.0.0, &name("PRE")));
    let category = id(AssetId::category(&actor.0.0, &name("PREC")));
    let expiry = theatre.chain.head.number + 9;
    let mut carried = |plan: &BundlePlan| {
        let unsigned = plan.prove(&mut rng);
        let carrier = Carrier::Contract { caller: actor.into_array(), context: B256::ZERO, expiry };
        let genesis_hash = theatre.chain.parameters.genesis_hash;
        let sighash = unsigned.bundle.sighash(&SighashContext { chain_id: CHAIN_ID, genesis_hash, carrier });
        let bundle = unsigned.sign(&sighash, &mut rng).encode().into();
        IPool::transactCall { bundle, context: B256::ZERO, expiry }.abi_encode()
    };
    let coin = AssetId::coin();
    let spend = |nullifier: u64, amount| BundlePlan {
        anchor: theatre.anchor,
        spends: vec![(Field::from(nullifier), coin, amount)],
        ..BundlePlan::empty()
    };
    let mut boxing = spend(77, 40);
    let box_id = PackageId::from_nullifier(0, &Field::from(77u64), 0);
    let content = PackageContent { asset: coin, amount: 40, rcm: Field::from(5u64), data: vec![1] };
    let sealed = content.seal(&box_id, &[3; 32]).unwrap();
    boxing.packages.push(PackagePlan::Create { value: (coin, 40), owner: actor.into_array(), sealed });
    let mut moving = spend(78, 60).flow(coin, Direction::Outward, 50);
    moving.outputs.push((Field::from(123u64), coin, 10));
    let (one, to) = (U256::ONE, Address::repeat_byte(0x31));
    let registered = |name: &str| IAssets::registerTokenCall { name: name.into(), decimals: 1 }.abi_encode();
    let categorised = |name: &str| IAssets::registerCategoryCall { name: name.into() }.abi_encode();
    let mint = IAssets::mintCall { asset: token, to: actor, amount: U256::from(9) }.abi_encode();
    let prelude = vec![
        (ASSETS, FEE, registered("PRE")),
        (ASSETS, FEE, categorised("PREC")),
        (ASSETS, 0, mint.clone()),
        (ASSETS, 0, IAssets::issueTicketCall { category, number: U256::from(7), to: actor }.abi_encode()),
        (POOL, 0, carried(&boxing)),
    ];
    let box_id = B256::from(box_id.to_bytes());
    let transfer = IAssets::transferCall { receiver: to, id: token, amount: one };
    let transfer_from = IAssets::transferFromCall { sender: actor, receiver: to, id: token, amount: one };
    let calls = [
        (ASSETS, "registerToken", FEE, registered("X")),
        (ASSETS, "registerCategory", FEE, categorised("Y")),
        (ASSETS, "mint", 0, mint),
        (ASSETS, "issueTicket", 0, IAssets::issueTicketCall { category, number: one, to }.abi_encode()),
        (ASSETS, "burn", 0, IAssets::burnCall { asset: token, amount: one }.abi_encode()),
        (ASSETS, "receiveAttached", 0, IAssets::receiveAttachedCall {}.abi_encode()),
        (ASSETS, "transfer", 0, transfer.abi_encode()),
        (ASSETS, "transferFrom", 0, transfer_from.abi_encode()),
        (ASSETS, "approve", 0, IAssets::approveCall { spender: to, id: token, amount: one }.abi_encode()),
        (ASSETS, "setOperator", 0, IAssets::setOperatorCall { spender: to, approved: true }.abi_encode()),
        (POOL, "shield", 1_000, shield(id(coin))),
        (POOL, "pay", 7, IPool::payCall { payee: to, asset: id(coin), amount: U256::from(7) }.abi_encode()),
        (POOL, "transact", 0, carried(&moving)),
        (PACKAGES, "transfer", 0, IPackages::transferCall { id: box_id, to }.abi_encode()),
        (PACKAGES, "open", 0, IPackages::openCall { id: box_id, k: B256::repeat_byte(3) }.abi_encode()),
    ];
    let calls = calls.map(|(to, name, value, input)| ((to, name), Act { to, value, input }));
    let (coins, tickets, seven) = (facade_of(token), facade_of(category), U256::from(7));
    let through = [
        ("facadeTransfer", coins, IErc20Facade::transferCall { to, value: one }.abi_encode()),
        ("facadeApprove", coins, IErc20Facade::approveCall { spender: to, value: one }.abi_encode()),
        (
            "facadeTransferTicket",
            tickets,
            IErc721Facade::transferFromCall { from: actor, to, tokenId: seven }.abi_encode(),
        ),
        ("facadeApproveTicket", tickets, IErc721Facade::approveCall { to, tokenId: seven }.abi_encode()),
        (
            "facadeSetOperator",
            tickets,
            IErc721Facade::setApprovalForAllCall { operator: to, approved: true }.abi_encode(),
        ),
    ];
    let through = through.map(|(name, to, input)| ((ASSETS, name), Act { to, value: 0, input }));
    let calls = calls.into_iter().chain(through).collect();
    Part { prelude, calls }
}

/// The state after a run, but for what gas itself changes: slots, accounts.
type After = (BTreeMap<(Address, U256), U256>, BTreeMap<Address, Account>);

/// One transaction: the prelude, then the call with this gas.
fn play(theatre: &Theatre, way: Way, part: &Part, act: &Act, gas: u32) -> (bool, Vec<u8>, After) {
    let scheme = match way {
        Way::Static => Scheme::StaticCall,
        Way::Delegate => Scheme::DelegateCall,
        Way::CallCode => Scheme::CallCode,
        _ => Scheme::Call,
    };
    let mut script = Vec::new();
    for (to, value, call) in &part.prelude {
        puppet::call(&mut script, Scheme::Call, true, *to, *value, 2 * ENOUGH, call);
    }
    let mut last = Vec::new();
    puppet::call(&mut last, scheme, false, act.to, act.value, gas, &act.input);
    let levels = match way {
        Way::Depth1024 => 1_023 - act.between(),
        Way::TooDeep => 1_024 - act.between(),
        _ => 0,
    };
    for _ in 0..levels {
        let mut outer = Vec::new();
        puppet::call(&mut outer, Scheme::DelegateCall, false, PUPPET, 0, u32::MAX, &last);
        last = outer;
    }
    script.extend(last);
    let (kind, input) = match way {
        Way::Constructor => (TxKind::Create, puppet::init_code(&script)),
        Way::Delegated7702 => (TxKind::Call(signer(2).address()), script),
        _ => (TxKind::Call(PUPPET), script),
    };
    let mut header = crate::support::header(&theatre.chain, PROPOSER);
    header.gas_limit = 2 * GAS_LIMIT;
    let from = signer(0);
    let dummy = BundlePlan { outputs: vec![(Field::from(1u64), AssetId::coin(), 0)], ..BundlePlan::empty() };
    let mut tx = ShieldedTx {
        chain_id: CHAIN_ID,
        expiry: header.number,
        max_fee_per_gas: 20,
        max_priority_fee_per_gas: 1,
        gas_limit: GAS_LIMIT,
        bundle: dummy.prove(&mut Rng::new(1)).bundle,
        call: Some(ShieldedCall {
            from: from.address(),
            nonce: theatre.chain.nonce(&from),
            to: kind,
            value: U256::from(10_000),
            input: input.into(),
            access_list: Default::default(),
            attached: vec![Attached { asset: theatre.gold, amount: 30 }],
            refund: pkr(),
            from_signature: alloy_primitives::Signature::new(U256::ONE, U256::ONE, false),
        }),
        outs: vec![],
    };
    tx.call.as_mut().unwrap().from_signature = from.sign_hash_sync(&tx.from_signature_hash()).unwrap();
    let base_fee = header.base_fee_per_gas.unwrap();
    let parameters = &theatre.chain.parameters;
    let (number, limit) = (header.number, header.gas_limit);
    let checked = check_static(Transaction::shielded(tx), parameters, number, base_fee, limit).unwrap();
    let mut executor = BlockExecutor::new(&theatre.chain.state, header, parameters);
    let outcome = executor.execute(&checked).unwrap();
    assert!(outcome.receipt.success, "{way:?}: {:?} {}", outcome.halt, outcome.output);
    let output = match way {
        Way::Constructor => {
            let logs = outcome.receipt.logs.iter().filter(|log| log.topics().is_empty());
            logs.last().unwrap().data.data.clone()
        }
        _ => outcome.output.clone(),
    };
    let mut result = puppet::results(&output).unwrap().pop().unwrap();
    for _ in 0..levels {
        assert!(result.success);
        result = puppet::results(&result.data).unwrap().pop().unwrap();
    }
    let mut state = theatre.chain.state.clone();
    state.apply(&executor.finish().unwrap().diff);
    let issued = layout::ISSUED.at(&[U256::from_be_bytes(AssetId::coin().to_bytes())]);
    let slots = state
        .accounts()
        .keys()
        .flat_map(|address| state.slots(*address).map(move |(slot, value)| ((*address, slot), value)));
    let slots = slots.filter(|(key, _)| *key != (ASSETS, issued)).collect();
    let paid_gas = [from.address(), PROPOSER];
    let accounts = state.accounts().iter().filter(|(address, _)| !paid_gas.contains(address));
    let accounts = accounts.map(|(address, account)| (*address, account.clone())).collect();
    (result.success, result.data, (slots, accounts))
}

#[test]
fn a_call_changes_everything_or_nothing_whatever_its_gas() {
    let theatre = theatre();
    let selectors = selectors();
    assert_eq!(selectors.len(), 20, "{selectors:?}");
    let runs: usize = WAYS.into_par_iter().map(|way| sweep_all(&theatre, way, &selectors)).sum();
    assert!(runs > 2_000, "{runs} runs");
}

fn sweep_all(theatre: &Theatre, way: Way, selectors: &[(Address, String)]) -> usize {
    let from = signer(0);
    let actor = match way {
        Way::Constructor => from.address().create(theatre.chain.nonce(&from)),
        Way::Delegated7702 => signer(2).address(),
        _ => PUPPET,
    };
    let part = part(theatre, actor);
    let sweep = |(to, name): &(Address, String)| {
        let call = part.calls.get(&(*to, name.as_str()));
        let call = call.unwrap_or_else(|| panic!("the matrix has no call of {name}: add one"));
        sweep(theatre, way, &part, name, call)
    };
    selectors.into_par_iter().map(sweep).sum()
}

/// One cell of the matrix; how many runs it took.
fn sweep(theatre: &Theatre, way: Way, part: &Part, name: &str, call: &Act) -> usize {
    let at = |gas: u32| play(theatre, way, part, call, gas);
    let (success, _, nothing) = at(0);
    assert!(!success, "{name} {way:?} without gas");
    let (passes, data, everything) = at(ENOUGH);
    let mut runs = 2;
    let mut check = |gas: u32| {
        let (success, _, after) = at(gas);
        let expected = if success { &everything } else { &nothing };
        assert!(after == *expected, "{name} {way:?} with {gas} gas, success {success}");
        runs += 1;
        success
    };
    let grid: &[u32] = if matches!(way, Way::Depth1024 | Way::TooDeep) {
        &[199, 20_000]
    } else {
        &[1, 199, 200, 2_300, 12_000, 25_000, 50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 700_000]
    };
    let grid: Vec<(u32, bool)> = grid.iter().map(|gas| (*gas, check(*gas))).collect();
    if matches!(way, Way::Static | Way::Delegate | Way::CallCode | Way::TooDeep) {
        assert!(!passes && grid.iter().all(|(_, success)| !success), "{name} {way:?} must not pass");
        assert!(everything == nothing, "{name} {way:?} changed something");
        if way != Way::TooDeep {
            let error = match way {
                // The borrowed code of a facade refuses the value that the actor's frame came with,
                Way::Delegate if call.between() > 0 => None,
                // or calls plainly, but not from the facade.
                Way::CallCode if call.between() > 0 => Some(IAssets::NotFacade::SELECTOR),
                _ => Some(IAssets::OnlyPlainCall::SELECTOR),
            };
            let error = error.as_ref().map(<[u8; 4]>::as_slice);
            assert_eq!(data.get(..4), error, "{name} {way:?}");
        }
        return runs;
    }
    assert!(passes, "{name} {way:?}: {}", alloy_primitives::hex::encode(data));
    assert!(everything != nothing, "{name} {way:?} changes nothing");
    // The least gas that passes, by halving; below it nothing passes, from it on everything.
    let (mut fails, mut enough) = (0, ENOUGH);
    if way == Way::Depth1024 {
        return runs;
    }
    while enough - fails > 1 {
        let middle = fails + (enough - fails) / 2;
        if check(middle) { enough = middle } else { fails = middle }
    }
    for (gas, success) in grid {
        assert_eq!(success, gas >= enough, "{name} {way:?}: {gas} gas, {enough} are enough");
    }
    runs
}
