//! Packages: what attempts, restored wallets and callers may share.

use crate::chain::FakeChain;
use crate::{SERO, coin, funded};
use alloy_primitives::Address;
use sero_shielded::bundle::{PackageAction, PackageCreate};
use sero_shielded::keys::ViewingKey;
use sero_shielded::package::PackageId;
use sero_wallet::notes::AddressIndex;
use sero_wallet::plan::{NewPackage, Wish};
use sero_wallet::{Client, Plan, Wallet};

/// A new package of one base unit, as it would be sent.
fn attempt(wallet: &Wallet, client: &Client<'_>, data: &[u8]) -> (PackageId, PackageCreate) {
    let terms = wallet.terms(client.head().unwrap(), AddressIndex::CHANGE, 0).unwrap();
    let create = Some(NewPackage { owner: Address::repeat_byte(7), asset: coin(), amount: 1, data });
    let plan = Plan::choose(&terms, &Wish { create, ..Wish::default() }).unwrap();
    let tx = plan.build().unwrap().tx;
    let id = tx.bundle.package_ids(None).next().unwrap().0;
    let PackageAction::Create(create) = &tx.bundle.packages[0] else { panic!("a creation") };
    (id, create.clone())
}

fn reads(key: &ViewingKey, id: &PackageId, create: &PackageCreate) -> Vec<u8> {
    let sealed = &create.sealed;
    sealed
        .open(id, &key.package_key(id, &sealed.commitment))
        .unwrap_or_else(|error| panic!("{error}"))
        .data
        .clone()
}

/// A creation that expired or was refused is public all the same, and the next one, from the
/// same notes, has the same id: with one key stream for both, everybody reads the second.
#[test]
fn a_second_attempt_at_a_package_shares_no_key_stream() {
    let chain = FakeChain::new();
    let alice = funded(&chain, 10 * SERO);
    let client = Client::new(&chain);
    let (known, secret) = (b"nothing", b"my bid is 777");
    let firsts: Vec<_> = (0..40).map(|_| attempt(&alice, &client, known)).collect();
    let mut same = 0;
    for _ in 0..40 {
        let (id, second) = attempt(&alice, &client, secret);
        assert_eq!(reads(alice.viewing_key(), &id, &second), secret);
        for (_, first) in firsts.iter().filter(|(first, _)| *first == id) {
            same += 1;
            let pairs = first.sealed.ciphertext.iter().zip(&second.sealed.ciphertext);
            let equal = pairs.filter(|(a, b)| a == b).count();
            assert!(equal < 20, "{equal} of 128 bytes agree, 1 in 256 would by chance");
            assert_ne!(first.sealed.commitment, second.sealed.commitment);
            assert_eq!(reads(alice.viewing_key(), &id, first), known);
        }
    }
    assert!(same > 0, "no two attempts had the same first spend");
}
