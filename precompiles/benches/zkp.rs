//! Time of every ZKP function at its worst input, through revm's precompile
//! provider: copying and decoding calldata and writing return data are in it.
//! Before the times, the gas of each; `docs/benchmarks.md` divides the two.
//!
//! `cargo bench -p sero-precompiles --bench zkp`

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, address, hex};
use alloy_sol_types::SolCall;
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use divan::Bencher;
use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};
use revm::database::EmptyDB;
use revm::handler::PrecompileProvider;
use revm::interpreter::{CallInput, CallInputs, CallScheme, CallValue, InterpreterResult};
use revm::primitives::hardfork::SpecId;
use sero_precompiles::{ChainContext, PoolRules, Rules, SeroPrecompiles, zkp};
use sero_primitives::ZKP;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_shielded::asset::AssetId;
use sero_shielded::curve::{Point, g_auth, multiply, point_to_bytes};
use sero_shielded::disclosure::{CHALLENGE_LEN_MAX, Chain, Claim, Disclosure, NoteKind};
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, field_to_bytes, scalar_to_bytes};
use sero_shielded::hash::{hash_to_field, hash_to_scalar};
use sero_shielded::keys::{OneTimeAddress, PaymentAddress, SpendingKey, account_seed};
use sero_shielded::note::{HiddenNote, public_note_commitment};
use sero_shielded::signature::{Domain, sign};
use sero_shielded::tree::Frontier;
use sero_testkit::verifying_keys;
use std::sync::Arc;

const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");
const GAS: u64 = 10_000_000;
/// Commitments on one side of the largest balance.
const CVS: u64 = zkp::COMMITMENTS_MAX as u64;
const FLOWS: u64 = zkp::FLOWS_MAX as u64;

type Evm = Context<BlockEnv, TxEnv, CfgEnv, EmptyDB, Journal<EmptyDB>, ChainContext>;

#[allow(clippy::print_stdout, reason = "gas belongs to the report of the benchmark")]
fn main() {
    println!("{:<32} {:>9}", "function", "gas");
    for (name, input) in CASES {
        println!("{name:<32} {:>9}", call(&mut evm(), ZKP, input()).gas.total_gas_spent());
    }
    divan::main();
}

/// A name and the calldata.
type Case = (&'static str, fn() -> Bytes);

const CASES: [Case; 26] = [
    ("verify_spend", verify_spend),
    ("verify_output", verify_output),
    ("verify_groth16 0", || verify_groth16(0)),
    ("verify_groth16 1", || verify_groth16(1)),
    ("verify_groth16 64", || verify_groth16(zkp::GROTH16_INPUTS_MAX)),
    ("poseidon 1", || poseidon(1)),
    ("poseidon 2", || poseidon(2)),
    ("poseidon 4", || poseidon(4)),
    ("poseidon 8", || poseidon(8)),
    ("add_points", add_points),
    ("multiply_point", multiply_point),
    ("compress_point", compress_point),
    ("has_prime_order", has_prime_order),
    ("decompress_point", decompress_point),
    ("hash_to_curve", hash_to_curve),
    ("asset_generator", asset_generator),
    ("commit", commit),
    ("check_balance 1", || check_balance(1, 0, 0)),
    ("check_balance cvs", || check_balance(CVS, CVS, 0)),
    ("check_balance flows", || check_balance(1, 0, FLOWS)),
    ("check_balance all", || check_balance(CVS, CVS, FLOWS)),
    ("verify_disclosure hidden, payer", hidden_disclosure),
    ("verify_disclosure public, payee", public_disclosure),
    ("chacha20 0", || chacha20(0)),
    ("chacha20 64", || chacha20(64)),
    ("chacha20 16384", || chacha20(zkp::DATA_LEN_MAX)),
];

fn evm() -> Evm {
    let pools = vec![PoolRules { keys: Some(verifying_keys()), takes_deposits: true }];
    let rules = Rules { pools, ..Rules::default() };
    let chain = ChainContext { rules: Arc::new(rules), calling_frame: None };
    Context::<BlockEnv, TxEnv, CfgEnv, EmptyDB, Journal<EmptyDB>, ()>::new(EmptyDB::new(), SpecId::PRAGUE)
        .with_chain(chain)
}

fn call(evm: &mut Evm, to: Address, input: Bytes) -> InterpreterResult {
    let inputs = CallInputs {
        input: CallInput::Bytes(input),
        return_memory_offset: 0..0,
        gas_limit: GAS,
        reservoir: 0,
        bytecode_address: to,
        known_bytecode: Default::default(),
        target_address: to,
        caller: Address::ZERO,
        value: CallValue::Transfer(U256::ZERO),
        scheme: CallScheme::StaticCall,
        is_static: true,
        charged_new_account_state_gas: false,
    };
    let mut precompiles = SeroPrecompiles::new(SpecId::PRAGUE);
    precompiles.run(evm, &inputs).expect("no fatal error").expect("a precompile")
}

/// The whole call. Every case returns; none is refused.
#[divan::bench(args = CASES.map(|(name, _)| name))]
fn zkp_call(bencher: Bencher<'_, '_>, name: &str) {
    let input = CASES.iter().find(|(other, _)| *other == name).expect("a case").1();
    let mut evm = evm();
    let first = call(&mut evm, ZKP, input.clone());
    assert!(first.result.is_ok(), "{name}: {:?} {}", first.result, hex::encode(first.output));
    bencher.bench_local(|| call(&mut evm, ZKP, input.clone()));
}

/// The reference for gas per microsecond.
#[divan::bench]
fn ecrecover(bencher: Bencher<'_, '_>) {
    let input = hex!(
        "456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3"
        "000000000000000000000000000000000000000000000000000000000000001c"
        "9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"
        "4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada"
    );
    let mut evm = evm();
    assert_eq!(call(&mut evm, ECRECOVER, input.into()).output.len(), 32);
    bencher.bench_local(|| call(&mut evm, ECRECOVER, input.into()));
}

fn word(i: u64) -> U256 {
    U256::from_be_bytes(field_to_bytes(&hash_to_field("bench", &[&i.to_be_bytes()])))
}

fn point(i: u64) -> Point {
    multiply(&g_auth(), &hash_to_scalar("bench", &[&i.to_be_bytes()]))
}

fn coordinates(point: &Point) -> abi::Point {
    let [x, y] = [point.x, point.y].map(|c| U256::from_be_bytes(field_to_bytes(&c)));
    abi::Point { x, y }
}

/// The largest scalar: most bits set among those that are allowed.
fn scalar() -> U256 {
    let l = <sero_shielded::field::Scalar as PrimeField>::MODULUS;
    let heavy = sero_shielded::field::Scalar::from_bigint({
        let mut bits = l;
        bits.0 = [u64::MAX, u64::MAX, u64::MAX, (1 << 58) - 1];
        bits
    });
    U256::from_be_bytes(scalar_to_bytes(&heavy.expect("250 ones are below l")))
}

fn words<const N: usize>() -> [B256; N] {
    core::array::from_fn(|i| word(i as u64).into())
}

/// Right points, wrong proof: nothing is refused before the pairing.
fn proof() -> Bytes {
    use ark_serialize::CanonicalSerialize;
    let (g1, g2) = (g1(1), g2(2));
    let mut bytes = Vec::new();
    g1.serialize_compressed(&mut bytes).expect("memory");
    g2.serialize_compressed(&mut bytes).expect("memory");
    g1.serialize_compressed(&mut bytes).expect("memory");
    bytes.into()
}

fn verify_spend() -> Bytes {
    abi::verifySpendCall { pool: 0, inputs: words::<6>(), proof: proof() }.abi_encode().into()
}

fn hidden_disclosure() -> Bytes {
    let to = account(0).viewing_key().address(0);
    let (asset, amount) = (AssetId::coin(), 5);
    let key = account(1).payer_key().output(&to, asset, amount, &Memo::default(), &g_auth()).expect("a key");
    let note = HiddenNote { to, asset, amount, rseed: key.rseed() };
    let commitment = note.commitment(&note.secrets().expect("secrets")).expect("a generator");
    let disclosure = disclosure(NoteKind::Hidden, to, key.rseed(), commitment);
    verify_disclosure(disclosure.claim_as_payer(&key, &CHALLENGE, &[1; 32]).expect("the payer"))
}

/// The dearest form: the verifier makes the one-time address again, and maps `O` twice.
fn public_disclosure() -> Bytes {
    let keys = account(0).viewing_key();
    let (to, rho) = (keys.address(0), [3; 32]);
    let pkr = OneTimeAddress::derive(&to, &rho).expect("an address");
    let commitment = public_note_commitment(&pkr, AssetId::coin(), 5).expect("a generator");
    let disclosure = disclosure(NoteKind::Public, to, rho, commitment);
    verify_disclosure(disclosure.claim_as_payee(keys.incoming(), &CHALLENGE, &[1; 32]).expect("the payee"))
}

const CHALLENGE: [u8; CHALLENGE_LEN_MAX] = [7; CHALLENGE_LEN_MAX];

fn account(index: u32) -> SpendingKey {
    SpendingKey::from_seed(&account_seed(&[7; 64], index)).expect("a key")
}

/// Of 5 base units of the coin.
fn disclosure(kind: NoteKind, to: PaymentAddress, seed: [u8; 32], commitment: Field) -> Disclosure {
    let mut tree = Frontier::default();
    let mut witness = [tree.next_witness()];
    tree.append(commitment, &mut witness).expect("room");
    Disclosure {
        chain: Chain { chain_id: 0, genesis_hash: B256::ZERO },
        pool: 0,
        kind,
        position: 0,
        commitment,
        to,
        asset: AssetId::coin(),
        amount: 5,
        seed,
        anchor: tree.root(),
        siblings: tree.path(&witness[0]),
        claim: Claim::None,
    }
}

fn verify_disclosure(disclosure: Disclosure) -> Bytes {
    let (disclosure, challenge) = (disclosure.encode().into(), CHALLENGE.to_vec().into());
    abi::verifyDisclosureCall { disclosure, challenge }.abi_encode().into()
}

fn verify_output() -> Bytes {
    abi::verifyOutputCall { pool: 0, inputs: words::<3>(), proof: proof() }.abi_encode().into()
}

fn g1(i: u64) -> G1Affine {
    (G1Affine::generator() * hash_to_field("bench g1", &[&i.to_be_bytes()])).into()
}

fn g2(i: u64) -> G2Affine {
    (G2Affine::generator() * hash_to_field("bench g2", &[&i.to_be_bytes()])).into()
}

fn put(out: &mut Vec<u8>, coordinates: &[Fq]) {
    coordinates.iter().for_each(|c| out.extend(c.into_bigint().to_bytes_be()));
}

fn put_g1(out: &mut Vec<u8>, point: &G1Affine) {
    put(out, &[point.x, point.y]);
}

fn put_g2(out: &mut Vec<u8>, point: &G2Affine) {
    let Fq2 { c0: x0, c1: x1, .. } = point.x;
    put(out, &[x1, x0, point.y.c1, point.y.c0]);
}

fn verify_groth16(inputs: usize) -> Bytes {
    let (mut key, mut proof) = (Vec::new(), Vec::new());
    put_g1(&mut key, &g1(0));
    (1..4).for_each(|i| put_g2(&mut key, &g2(i)));
    (0..=inputs as u64).for_each(|i| put_g1(&mut key, &g1(10 + i)));
    put_g1(&mut proof, &g1(5));
    put_g2(&mut proof, &g2(6));
    put_g1(&mut proof, &g1(7));
    let largest = U256::from_be_bytes(field_to_bytes(&-Field::from(1u8)));
    let inputs = (0..inputs as u64).map(|i| if i % 2 == 0 { largest } else { word(i) }).collect();
    abi::verifyGroth16Call { key: key.into(), inputs, proof: proof.into() }.abi_encode().into()
}

fn poseidon(inputs: u64) -> Bytes {
    abi::poseidonTaggedCall { tag: word(99), inputs: (0..inputs).map(word).collect() }.abi_encode().into()
}

fn add_points() -> Bytes {
    abi::addPointsCall { a: coordinates(&point(0)), b: coordinates(&point(1)) }.abi_encode().into()
}

fn multiply_point() -> Bytes {
    abi::multiplyPointCall { point: coordinates(&point(0)), scalar: scalar() }.abi_encode().into()
}

fn compress_point() -> Bytes {
    abi::compressPointCall { point: coordinates(&point(0)) }.abi_encode().into()
}

fn has_prime_order() -> Bytes {
    abi::hasPrimeOrderCall { point: coordinates(&point(0)) }.abi_encode().into()
}

fn decompress_point() -> Bytes {
    abi::decompressPointCall { encoding: point_to_bytes(&point(0)).into() }.abi_encode().into()
}

fn hash_to_curve() -> Bytes {
    let domain = vec![1; zkp::DOMAIN_LEN_MAX].into();
    let message = vec![2; zkp::MESSAGE_LEN_MAX].into();
    abi::hashToCurveCall { domain, message }.abi_encode().into()
}

fn asset_generator() -> Bytes {
    abi::assetGeneratorCall { asset: word(0) }.abi_encode().into()
}

fn commit() -> Bytes {
    abi::commitCall { asset: word(0), amount: u128::MAX, rcv: scalar() }.abi_encode().into()
}

/// Good points and a good nonce, a signature that does not verify.
fn check_balance(inward: u64, outward: u64, flows: u64) -> Bytes {
    let cv = |i: u64| B256::from(point_to_bytes(&point(i)));
    let flow = |i: u64| abi::Flow { asset: word(i), amount: u128::MAX, inward: i.is_multiple_of(2) };
    let signature = sign(Domain::Binding, &hash_to_scalar("bench", &[b"key"]), b"", &[3; 32]).0;
    abi::checkBalanceCall {
        cvIn: (0..inward).map(cv).collect(),
        cvOut: (100..100 + outward).map(cv).collect(),
        flows: (0..flows).map(flow).collect(),
        message: B256::ZERO,
        signature: signature.to_vec().into(),
    }
    .abi_encode()
    .into()
}

fn chacha20(length: usize) -> Bytes {
    let (key, nonce, data) = (B256::repeat_byte(1), FixedBytes::repeat_byte(2), vec![3; length].into());
    abi::chacha20Call { key, nonce, counter: 1, data }.abi_encode().into()
}
