//! Intrinsic gas of shielded transactions. Each price covers the measured cost
//! of the work at 100 gas per microsecond (ECRECOVER's ratio) plus the state it
//! writes; see `docs/benchmarks.md`.

use crate::shielded_tx::ShieldedTx;
use sero_shielded::bundle::{Bundle, PackageAction};

/// Every transaction.
pub const BASE: u64 = 21_000;
/// A spend: proof, two points, a signature, a new nullifier slot.
pub const SPEND: u64 = 125_000;
/// An output: proof, two points, a leaf and its share of tree nodes, a log.
pub const OUTPUT: u64 = 85_000;
/// A note to a `PKr`: one point, a generator, a leaf, a log.
pub const PUBLIC_NOTE: u64 = 55_000;
/// A balance entry or attachment: a generator, a ledger slot, two counters (one
/// perhaps new), two events.
pub const FLOW: u64 = 40_000;
/// A package made: proof, two points, five new slots, an event.
pub const PACKAGE_CREATE: u64 = 180_000;
/// 32 bytes of a package's ciphertext: a new slot and their share of the event.
pub const CIPHERTEXT_WORD: u64 = 22_400;
/// A package opened in private: proof, two points, a slot changed, reads, an event.
pub const PACKAGE_OPEN: u64 = 80_000;
/// Keeping the refund `PKr` of a `from`: four slots.
pub const REFUND_ADDRESS: u64 = 88_400;
/// A byte of the bundle or of an out, as EIP-2028 prices a non-zero byte.
pub const BYTE: u64 = 16;

/// Gas that the shielded part of `tx` costs, without [`BASE`] and without what
/// Ethereum charges for the call's data, access list or creation. One refund
/// note per asset that can flow back is prepaid.
pub fn shielded_part(tx: &ShieldedTx) -> u64 {
    let bundle = &tx.bundle;
    let count = |n: usize| u64::try_from(n).expect("decoding bounds every count");
    let mut gas = count(bundle.encode().len()) * BYTE
        + count(bundle.spends.len()) * SPEND
        + count(bundle.outputs.len()) * OUTPUT
        + count(bundle.balance.len()) * FLOW
        + count(tx.outs.len()) * PUBLIC_NOTE;
    gas += packages(bundle);
    gas += tx.outs.iter().map(|out| count(160 + out.memo.as_bytes().len()) * BYTE).sum::<u64>();
    if let Some(call) = &tx.call {
        gas += REFUND_ADDRESS + count(call.attached.len()) * FLOW;
        gas += count(refundable_assets(tx).len()) * (PUBLIC_NOTE + FLOW);
    }
    gas
}

/// Gas of a bundle's packages.
pub fn packages(bundle: &Bundle) -> u64 {
    let price = |package: &PackageAction| match package {
        PackageAction::Create(_) => PACKAGE_CREATE,
        PackageAction::Open(_) => PACKAGE_OPEN,
    };
    bundle.packages.iter().map(price).sum::<u64>() + ciphertexts(bundle)
}

/// Gas of the ciphertexts of a bundle's packages.
pub fn ciphertexts(bundle: &Bundle) -> u64 {
    let words = |package: &PackageAction| match package {
        PackageAction::Create(create) => create.sealed.ciphertext.len() as u64 / 32,
        PackageAction::Open(_) => 0,
    };
    bundle.packages.iter().map(words).sum::<u64>() * CIPHERTEXT_WORD
}

/// Exact gas limit of a pure transfer.
pub fn pure_transfer(tx: &ShieldedTx) -> u64 {
    BASE + shielded_part(tx)
}

/// The assets whose remainder may return as a note: those in the bundle's
/// outflow and the attachments, each once, in order of id.
pub fn refundable_assets(tx: &ShieldedTx) -> Vec<sero_shielded::asset::AssetId> {
    use sero_shielded::bundle::Direction;
    let outflow = tx.bundle.balance.iter().filter(|e| e.direction == Direction::Outward).map(|e| e.asset);
    let attached = tx.call.iter().flat_map(|call| call.attached.iter().map(|a| a.asset));
    let mut assets: Vec<_> = outflow.chain(attached).collect();
    assets.sort_unstable();
    assets.dedup();
    assets
}
