//! Each bad input, built past the wallet's own checks and sent to the node,
//! gets a named error and changes nothing.

use crate::support::{Http, NodeProcess, SERO_UNIT, funded, keys};
use alloy_primitives::{Address, Bytes, U256};
use sero_primitives::gas;
use sero_primitives::shielded_tx::{Attached, PublicOut, ShieldedTx};
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{BalanceEntry, Direction};
use sero_shielded::encryption::Memo;
use sero_shielded::field::{Field, field_to_bytes};
use sero_wallet::{Built, CallRequest, Client, GasChoice, Plan, ProvingKeys, SendRequest, Wallet};

struct Scene<'a> {
    source: &'a Http,
    wallet: Wallet,
    good: Built,
}

impl Scene<'_> {
    /// Alters the good transaction, signs it again with the right keys, sends
    /// it, and expects these words in the refusal.
    #[track_caller]
    fn altered(&self, expected: &str, alter: impl FnOnce(&mut ShieldedTx)) {
        self.altered_of(&self.good, expected, alter);
    }

    #[track_caller]
    fn altered_of(&self, good: &Built, expected: &str, alter: impl FnOnce(&mut ShieldedTx)) {
        let mut tx = good.tx.clone();
        alter(&mut tx);
        self.wallet.signer().unwrap().sign_without_checks(&good.plan, &mut tx).unwrap();
        self.refused(expected, &tx.encode_2718());
    }

    #[track_caller]
    fn refused(&self, expected: &str, raw: &[u8]) {
        let error = self.source.refused(raw);
        assert!(error.contains(expected), "expected `{expected}`, the node says `{error}`");
    }

    /// Builds and proves a changed plan; every proof is good.
    #[track_caller]
    fn replanned(&self, keys: &ProvingKeys, expected: &str, change: impl FnOnce(&mut Plan)) {
        let mut plan = self.good.plan.clone();
        change(&mut plan);
        let proven = plan.build_without_checks().unwrap().prove(keys, &|_, _| ()).unwrap();
        let mut tx = proven.tx.clone();
        self.wallet.signer().unwrap().sign_without_checks(&proven.plan, &mut tx).unwrap();
        self.refused(expected, &tx.encode_2718());
    }
}

#[test]
fn every_bad_shielded_transaction_gets_a_named_error() {
    let node = NodeProcess::start(None);
    let source = node.source();
    let client = Client::new(&source);
    let keys = keys();
    let mut wallet = funded(&source, 100 * SERO_UNIT);
    let to = wallet.address();
    let request = SendRequest::new(to, AssetId::coin(), SERO_UNIT, Memo::default());
    let good = wallet.build_send(&client, &keys, &request, &|_, _| ()).unwrap();
    let call = CallRequest {
        value: 5,
        gas: GasChoice::Limit(1_500_000),
        ..CallRequest::new(Address::repeat_byte(0x99), Bytes::new())
    };
    let good_call = wallet.build_call(&client, &keys, &call, &|_, _| ()).unwrap();
    let pkr = wallet.one_time_address(None).unwrap();
    let mut scene = Scene { source: &source, wallet, good };

    // Bytes.
    let raw = scene.good.raw();
    for end in (0..raw.len()).step_by(7) {
        scene.refused("", &raw[..end]);
    }
    scene.refused("", &[raw.as_slice(), &[0]].concat());
    let bundle = scene.good.tx.bundle.encode();
    for end in 0..bundle.len() {
        let error = sero_shielded::bundle::Bundle::decode(&bundle[..end]).unwrap_err().to_string();
        assert!(error.contains("ends inside"), "{error}");
    }
    let at = raw.windows(bundle.len()).position(|window| window == bundle).unwrap();
    let nullifier_at = at + 38;
    let mut bytes = raw.clone();
    bytes[nullifier_at..nullifier_at + 32].fill(0xff);
    scene.refused("spends[0].nullifier is not below", &bytes);
    let rk_at = nullifier_at + 32;
    // (0, -1), a point of order 2.
    let mut bytes = raw.clone();
    bytes[rk_at..rk_at + 32].copy_from_slice(&field_to_bytes(&-Field::from(1u8)));
    scene.refused("spends[0].rk: point is not in the prime-order subgroup", &bytes);
    let mut bytes = raw;
    bytes[rk_at + 31] ^= 1;
    scene.refused("spends[0].rk: point is not", &bytes);

    // Terms.
    scene.altered("chain id is Some(7)", |tx| tx.chain_id = 7);
    scene.altered("expired at block 0", |tx| tx.expiry = 0);
    scene.altered("expiry is block", |tx| tx.expiry = u64::MAX);
    scene.altered("below the base fee", |tx| tx.max_fee_per_gas = 1);
    scene.altered("costs exactly", |tx| tx.gas_limit += 1);
    scene.altered("max_priority_fee_per_gas: 0 without a call", |tx| tx.max_priority_fee_per_gas = 1);

    // Notes.
    scene.altered("never the root", |tx| tx.bundle.anchor += Field::from(1u8));
    scene.altered("no nullifier twice", |tx| {
        tx.bundle.spends[1].nullifier = tx.bundle.spends[0].nullifier;
    });
    scene.altered("needs at least one spend", |tx| {
        tx.bundle.spends.clear();
        tx.bundle.anchor = Field::from(0u8);
    });

    // Proofs.
    scene.altered("spends[0].proof: proof does not verify", |tx| {
        tx.bundle.spends[0].proof = tx.bundle.outputs[0].proof;
    });
    scene.altered("outputs[1].proof: proof does not verify", |tx| {
        tx.bundle.outputs[1].proof = tx.bundle.outputs[0].proof;
    });
    scene.altered("spends[0].proof: proof encoding", |tx| tx.bundle.spends[0].proof = [0xff; 128]);
    scene
        .altered("outputs[0].proof: proof does not verify", |tx| tx.bundle.outputs[0].cm += Field::from(1u8));

    // Signatures: of somebody else, of another chain, of nobody.
    let mut unsigned = scene.good.tx.clone();
    unsigned.bundle.spends[0].auth_sig.0[40] ^= 1;
    scene.refused("spends[0].auth_sig", &unsigned.encode_2718());
    let mut changed = scene.good.tx.clone();
    changed.expiry -= 1;
    scene.refused("spends[0].auth_sig", &changed.encode_2718());
    let mut other_chain = scene.good.plan.clone();
    other_chain.genesis_hash.0[0] ^= 1;
    let mut tx = scene.good.tx.clone();
    scene.wallet.signer().unwrap().sign_without_checks(&other_chain, &mut tx).unwrap();
    scene.refused("spends[0].auth_sig", &tx.encode_2718());

    // Value.
    scene.replanned(&keys, "do not add up", |plan| {
        let output = plan.outputs.iter_mut().find(|output| output.note.amount > 0).unwrap();
        output.note.amount += 1;
    });
    scene.replanned(&keys, "do not add up", |plan| {
        // A good proof for another asset of the same amount: no change of kind.
        let output = plan.outputs.iter_mut().find(|output| output.note.amount > 0).unwrap();
        output.note.asset = AssetId::ticket(&AssetId::coin(), &[1; 32]);
    });
    scene.altered("outs and fee take", |tx| tx.bundle.balance[0].amount += 1);
    let unknown = AssetId::ticket(&AssetId::coin(), &[7; 32]);
    scene.altered("is not known on this chain", |tx| {
        let entry = BalanceEntry { asset: unknown, direction: Direction::Outward, amount: 5 };
        tx.bundle.balance.push(entry);
        tx.outs.push(PublicOut { to: pkr, asset: unknown, amount: 5, memo: Memo::default() });
        tx.gas_limit = gas::pure_transfer(tx);
        tx.bundle.balance[0].amount = u128::from(tx.gas_limit) * tx.max_fee_per_gas;
    });
    scene.altered("nothing can flow inward without a call", |tx| {
        let entry = BalanceEntry { asset: unknown, direction: Direction::Inward, amount: 5 };
        tx.bundle.balance.push(entry);
        tx.gas_limit = gas::pure_transfer(tx);
        tx.bundle.balance[0].amount = u128::from(tx.gas_limit) * tx.max_fee_per_gas;
    });

    // Calls.
    let stranger =
        sero_wallet::Wallet::create(sero_wallet::Target::Memory, &client.chain_info().unwrap()).unwrap().0;
    let mut stolen = good_call.tx.clone();
    // Somebody signs a pending bundle with a key of their own.
    stranger.signer().unwrap().sign_without_checks(&good_call.plan, &mut stolen).unwrap();
    stolen.bundle = good_call.tx.bundle.clone();
    scene.refused("from_signature: signed by", &stolen.encode_2718());
    let mut redirected = good_call.tx.clone();
    redirected.call.as_mut().unwrap().from = stranger.from_key(0).unwrap().address();
    let hash = redirected.from_signature_hash();
    let signature = alloy_signer::SignerSync::sign_hash_sync(&stranger.from_key(0).unwrap(), &hash).unwrap();
    redirected.call.as_mut().unwrap().from_signature = signature;
    scene.refused("spends[0].auth_sig", &redirected.encode_2718());
    scene.altered_of(&good_call, "too far ahead", |tx| tx.call.as_mut().unwrap().nonce = 1_000);
    scene.altered_of(&good_call, "insufficient funds", |tx| {
        tx.call.as_mut().unwrap().value = U256::from(1_000_000 * SERO_UNIT);
    });
    scene.altered_of(&good_call, "is not known on this chain", |tx| {
        tx.call.as_mut().unwrap().attached = vec![Attached { asset: unknown, amount: 1 }];
    });
    scene.altered_of(&good_call, "the coin travels as value", |tx| {
        tx.call.as_mut().unwrap().attached = vec![Attached { asset: AssetId::coin(), amount: 1 }];
    });
    scene.altered_of(&good_call, "amount is 1 to 2^128 - 1", |tx| {
        tx.call.as_mut().unwrap().attached = vec![Attached { asset: unknown, amount: 0 }];
    });

    // The untouched transaction still goes through, once.
    let submitted = scene.wallet.submit(&client, &scene.good).unwrap();
    assert_eq!(source.wait(submitted.transaction)["status"], "0x1");
    scene.refused("already spent", &scene.good.raw());
    // The call's bundle spends the same note, so it is dead now.
    scene.refused("already spent", &good_call.raw());
}
