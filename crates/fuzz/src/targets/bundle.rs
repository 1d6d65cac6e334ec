//! Bundles, and the notes of `HiddenNote` logs.

use super::{bad, no_repair};
use crate::check::canonical;
use crate::draw::Draw;
use crate::{Cost, Target, Verdict};
use sero_shielded::bundle::{
    BALANCE_MAX, BalanceEntry, Bundle, Counts, Direction, Output, PACKAGES_MAX, PARTS_MAX, PackageAction,
    PackageCreate, PackageOpen, Spend,
};
use sero_shielded::encryption::EncryptedNote;
use sero_shielded::field::Field;
use sero_shielded::package::{CIPHERTEXT_LENS, PackageId, SealedPackage};
use std::collections::BTreeSet;

pub const BUNDLE: Target = Target {
    name: "bundle",
    cost: Cost::Curve,
    max_len: 24 * 1024,
    check: |bytes| {
        let verdict = canonical(bytes, Bundle::decode, Bundle::encode);
        // The header is priced before the rest is read: it must never be stricter.
        assert!(verdict == Verdict::Refused || Counts::of(bytes).is_ok(), "the header alone is refused");
        verdict
    },
    draw: |draw| bundle(draw).encode(),
    repair: no_repair,
    nasty: || {
        let mut draw = Draw::new(7);
        let mut bundle = Bundle { spends: vec![spend(&mut draw)], ..empty(&mut draw) };
        bundle.anchor = Field::from(5u8);
        let bytes = bundle.encode();
        let mut all = bad::at(&bytes, 6 + 32 + 32);
        let most: [u8; 6] = [1, 7, 16, 16, 8, 16];
        all.push(("most-of-everything-and-nothing-there", most.to_vec()));
        all.push(("255-of-everything", vec![1, 7, 255, 255, 255, 255]));
        let with = |at: usize, byte: u8| {
            let mut changed = bytes.clone();
            changed[at] = byte;
            changed
        };
        all.push(("version-0", with(0, 0)));
        all.push(("version-2", with(0, 2)));
        all.push(("pool-8", with(1, 8)));
        all.push(("one-output-more", with(3, 1)));
        bundle.spends.push(bundle.spends[0].clone());
        all.push(("nullifier-twice", bundle.encode()));
        bundle.anchor = Field::from(0u8);
        bundle.spends.truncate(1);
        all.push(("spend-without-anchor", bundle.encode()));
        let package = PackageAction::Create(create(&mut draw));
        bundle = Bundle { packages: vec![package.clone(), package], ..empty(&mut draw) };
        all.push(("commitment-twice", bundle.encode()));
        bundle.packages.truncate(1);
        let mut length = bundle.encode();
        length[6 + 32 + 1 + 32 + 32 + 20 + 32] = 0xff;
        all.push(("package-of-64-KiB", length));
        let entry = BalanceEntry { asset: draw.other_asset(), direction: Direction::Inward, amount: 1 };
        bundle = Bundle { balance: vec![entry; 2], ..empty(&mut draw) };
        all.push(("asset-twice", bundle.encode()));
        bundle.balance.truncate(1);
        bundle.balance[0].amount = 0;
        all.push(("amount-zero", bundle.encode()));
        all
    },
};

pub const NOTE_LOG: Target = Target {
    name: "note-log",
    cost: Cost::Curve,
    max_len: 1024,
    check: |bytes| canonical(bytes, EncryptedNote::from_log, |(cv, note)| note.to_log(cv)),
    draw: |draw| {
        let cv = draw.point();
        draw.encrypted_note().to_log(&cv)
    },
    repair: no_repair,
    nasty: || bad::at(&(NOTE_LOG.draw)(&mut Draw::new(1)), 32),
};

/// Small as a rule, and one in 32 of up to the most parts.
pub fn bundle(draw: &mut Draw) -> Bundle {
    let large = draw.once_in(32);
    let mut up_to = |small: usize, most: usize| draw.below(if large { most.min(12) } else { small } + 1);
    let (spends, outputs) = (up_to(2, PARTS_MAX), up_to(2, PARTS_MAX));
    let (packages, balance) = (up_to(1, PACKAGES_MAX.min(3)), up_to(2, BALANCE_MAX));
    let mut bundle = empty(draw);
    bundle.spends = (0..spends).map(|_| spend(draw)).collect();
    let mut seen = BTreeSet::new();
    bundle.spends.retain(|spend| seen.insert(spend.nullifier));
    bundle.anchor = if bundle.spends.is_empty() { Field::from(0u8) } else { draw.nonzero_field() };
    bundle.outputs = (0..outputs)
        .map(|_| Output {
            cm: draw.field(),
            cv: draw.point(),
            note: draw.encrypted_note(),
            proof: draw.bytes(),
        })
        .collect();
    bundle.packages = (0..packages).map(|_| package(draw)).collect();
    let mut commitments: BTreeSet<_> = bundle.outputs.iter().map(|output| output.cm).collect();
    let mut ids = BTreeSet::new();
    bundle.packages.retain(|package| match package {
        PackageAction::Create(create) => commitments.insert(create.sealed.commitment),
        PackageAction::Open(open) => {
            commitments.insert(open.commitment);
            ids.insert(open.id)
        }
    });
    let mut assets: BTreeSet<_> = (0..balance).map(|_| draw.other_asset()).collect();
    let coin = sero_shielded::asset::AssetId::coin();
    let first = (draw.once_in(2) && assets.len() < BALANCE_MAX).then_some(coin);
    assets.remove(&coin);
    bundle.balance = (first.into_iter().chain(assets))
        .map(|asset| BalanceEntry {
            asset,
            direction: if draw.once_in(2) { Direction::Inward } else { Direction::Outward },
            amount: draw.amount(),
        })
        .collect();
    bundle
}

fn empty(draw: &mut Draw) -> Bundle {
    Bundle {
        pool: u8::try_from(draw.below(8)).expect("below 8"),
        anchor: Field::from(0u8),
        spends: vec![],
        outputs: vec![],
        packages: vec![],
        balance: vec![],
        binding_sig: draw.signature(),
    }
}

fn spend(draw: &mut Draw) -> Spend {
    Spend {
        nullifier: draw.field(),
        rk: draw.point(),
        cv: draw.point(),
        proof: draw.bytes(),
        auth_sig: draw.signature(),
    }
}

fn create(draw: &mut Draw) -> PackageCreate {
    let len = CIPHERTEXT_LENS[draw.below(2)];
    let sealed =
        SealedPackage { commitment: draw.nonzero_field(), tag: draw.bytes(), ciphertext: draw.vec(len) };
    PackageCreate { cv: draw.point(), owner: draw.bytes(), sealed, proof: draw.bytes() }
}

fn package(draw: &mut Draw) -> PackageAction {
    if draw.once_in(2) {
        return PackageAction::Create(create(draw));
    }
    let id = PackageId::from_nullifier(0, &draw.field(), 0);
    PackageAction::Open(PackageOpen { id, commitment: draw.field(), cv: draw.point(), proof: draw.bytes() })
}
