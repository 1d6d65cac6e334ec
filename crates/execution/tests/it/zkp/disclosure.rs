//! A contract checks the disclosure of one payment against the chain it is on.

use super::{answer, refusal};
use crate::support::{TestChain, coin_id};
use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolEvent};
use sero_primitives::POOL;
use sero_primitives::precompile::abi::IZkp as abi;
use sero_primitives::precompile::abi::{IPool, IZkp};
use sero_shielded::asset::AssetId;
use sero_shielded::curve::point_to_bytes;
use sero_shielded::disclosure::{Chain, Claim, Disclosure, NoteKind};
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::keys::{OneTimeAddress, SpendingKey, account_seed};
use sero_shielded::tree::Frontier;

const CHALLENGE: &[u8] = b"door 7, for the caller";

/// A chain on which Bob was paid 5 base units, and his disclosure of it.
fn scene() -> (TestChain, Disclosure, SpendingKey) {
    let mut chain = TestChain::new();
    let bob = SpendingKey::from_seed(&account_seed(&[7; 64], 1)).unwrap();
    let (to, rho) = (bob.viewing_key().address(3), [9; 32]);
    let pkr = OneTimeAddress::derive(&to, &rho).unwrap();
    let shield = IPool::shieldCall {
        pkr: pkr.to_bytes().to_vec().into(),
        asset: coin_id(),
        amount: U256::from(5),
        memo: Default::default(),
    };
    let outcome = chain.send(0, POOL, 5, shield.abi_encode());
    let note = outcome.receipt.logs.iter().find_map(|log| IPool::PublicNote::decode_log(log).ok()).unwrap();
    let commitment: Field = field_from_bytes(&note.commitment.0).unwrap();
    let mut tree = Frontier::default();
    let mut witness = [tree.next_witness()];
    tree.append(commitment, &mut witness).unwrap();
    let disclosure = Disclosure {
        chain: Chain { chain_id: chain.parameters.chain_id, genesis_hash: chain.parameters.genesis_hash },
        pool: note.pool,
        kind: NoteKind::Public,
        position: note.position,
        commitment,
        to,
        asset: AssetId::coin(),
        amount: 5,
        seed: rho,
        anchor: tree.root(),
        siblings: tree.path(&witness[0]),
        claim: Claim::None,
    };
    (chain, disclosure, bob)
}

/// A disclosure that holds on every chain with the parameters of [`TestChain`]: whether its
/// anchor is a root there is the caller's to ask.
pub fn good_call() -> Vec<u8> {
    call(&scene().1, b"").abi_encode()
}

fn call(disclosure: &Disclosure, challenge: &[u8]) -> IZkp::verifyDisclosureCall {
    IZkp::verifyDisclosureCall {
        disclosure: disclosure.encode().into(),
        challenge: challenge.to_vec().into(),
    }
}

#[test]
fn a_contract_learns_what_was_paid_to_whom_and_who_says_so() {
    let (mut chain, plain, bob) = scene();
    let claimed = plain.clone().claim_as_payee(bob.viewing_key().incoming(), CHALLENGE, &[1; 32]).unwrap();
    let payment = answer(&chain, &call(&claimed, CHALLENGE));
    assert_eq!((payment.hidden, payment.claimant, payment.pool, payment.position), (false, 1, 0, 0));
    assert_eq!((payment.asset, payment.amount), (coin_id(), U256::from(5)));
    assert_eq!(payment.owner, field_to_bytes(&plain.to.owner));
    assert_eq!(payment.e, point_to_bytes(&plain.to.e));
    assert_eq!(answer(&chain, &call(&plain, b"")).claimant, 0);
    // The anchor is the caller's to check, and it is the chain's.
    let is_anchor = IPool::isAnchorCall { pool: payment.pool, root: payment.anchor }.abi_encode();
    let known = chain.send(0, POOL, 0, is_anchor).output;
    assert!(IPool::isAnchorCall::abi_decode_returns(&known).unwrap());
}

#[test]
fn what_does_not_hold_is_refused_by_name() {
    let (chain, plain, bob) = scene();
    let claimed = plain.clone().claim_as_payee(bob.viewing_key().incoming(), CHALLENGE, &[1; 32]).unwrap();
    let foreign = Chain { chain_id: 1, ..plain.chain };
    let other_genesis = Chain { genesis_hash: Default::default(), ..plain.chain };
    let cases: Vec<(Disclosure, &[u8], &str)> = vec![
        (Disclosure { chain: foreign, ..plain.clone() }, b"", "chain_id"),
        (Disclosure { chain: other_genesis, ..plain.clone() }, b"", "genesis_hash"),
        (Disclosure { amount: 6, ..plain.clone() }, b"", "commitment"),
        (Disclosure { position: 1, ..plain.clone() }, b"", "anchor"),
        (claimed.clone(), b"another door", "claim"),
        (plain, CHALLENGE, "claim"),
    ];
    for (disclosure, challenge, field) in cases {
        let abi::InvalidDisclosure { reason } = refusal(&chain, &call(&disclosure, challenge));
        assert!(reason.contains(field), "{field}: {reason}");
    }
    let cut = IZkp::verifyDisclosureCall { disclosure: vec![1; 40].into(), challenge: Default::default() };
    assert!(refusal::<abi::InvalidDisclosure>(&chain, &cut).reason.contains("40"));
}
