//! Bundles.

use super::super::ledger::{BoxTruth, coin, id};
use super::{Generator, asset_id};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use sero_primitives::precompile::abi::IPool;
use sero_shielded::asset::AssetId;
use sero_shielded::bundle::{Carrier, Direction, PackageAction, SighashContext};
use sero_shielded::curve::point_from_bytes;
use sero_shielded::field::{Field, field_from_bytes, field_to_bytes};
use sero_shielded::package::{PackageContent, PackageId};
use sero_testkit::trapdoor::{self, BundlePlan, PackagePlan};

impl Generator<'_> {
    pub(super) fn transact(&mut self, by: Address) -> (Vec<u8>, u128) {
        if self.rng.one_in(12) && !self.truths.replays.is_empty() {
            return self.rng.pick(&self.truths.replays).clone();
        }
        let mut plan = self.plan(by, true);
        let expiry = match self.rng.below(24) {
            0 => self.state.block.saturating_sub(1),
            1 => self.state.block + 43_201,
            _ => self.state.block + self.rng.below(10) as u64,
        };
        if self.rng.one_in(24) {
            plan.spends.clear();
            plan.anchor = Field::from(0u8);
        }
        let context = B256::from(self.rng.bytes32());
        let caller = if self.rng.one_in(16) { *self.rng.pick(self.puppets) } else { by };
        let signed_context = if self.rng.one_in(24) { B256::ZERO } else { context };
        let unsigned = plan.prove(self.rng);
        let carrier = Carrier::Contract { caller: caller.into_array(), context: signed_context, expiry };
        let sighash = unsigned.bundle.sighash(&SighashContext {
            chain_id: self.chain.0,
            genesis_hash: self.chain.1,
            carrier,
        });
        let mut bundle = unsigned.sign(&sighash, self.rng);
        let mut sound = balanced(&plan);
        match self.rng.below(24) {
            0 => {
                bundle.binding_sig.0[40] ^= 1;
                sound = false;
            }
            1 if !bundle.spends.is_empty() => {
                bundle.spends[0].proof = [0; 128];
                sound = false;
            }
            _ => {}
        }
        if self.rng.one_in(3)
            && let Some(PackageAction::Open(open)) = bundle.packages.first_mut()
            && let Some(package) = self.state.packages.get(&B256::from(open.id.to_bytes()))
        {
            open.cv = point_from_bytes(&package.cv).expect("stored from a point");
            sound = false;
        }
        let encoded = bundle.encode();
        let key = keccak256(&encoded);
        self.truths.bundles.insert(key, (caller, signed_context, expiry, sound));
        let inward =
            bundle.balance.iter().find(|e| id(e.asset) == coin() && e.direction == Direction::Inward);
        let mut value = inward.map_or(0, |entry| entry.amount);
        if self.rng.one_in(24) {
            value += 1;
        }
        let call = IPool::transactCall { bundle: Bytes::from(encoded), context, expiry };
        self.truths.replays.push((call.abi_encode(), value));
        (call.abi_encode(), value)
    }

    /// A bundle's value side. It balances unless something is forged.
    pub fn plan(&mut self, owner: Address, spend: bool) -> BundlePlan {
        let open: Vec<u8> = (0..self.state.pools.len() as u8).filter(|p| self.state.open(*p)).collect();
        let pool = if self.rng.one_in(16) { self.some_pool() } else { *self.rng.pick(&open) };
        let mut plan = BundlePlan { pool, ..BundlePlan::empty() };
        let anchors = self.state.anchors.keys().filter(|(p, _)| *p == pool).map(|(_, root)| *root);
        let anchors: Vec<B256> = anchors.collect();
        let anchor = if anchors.is_empty() || self.rng.one_in(40) {
            trapdoor::field(self.rng)
        } else {
            field_from_bytes(&self.rng.pick(&anchors).0).expect("roots are field elements")
        };
        let mut values: Vec<(U256, u128)> = Vec::new();
        if spend {
            plan.anchor = anchor;
            let (nullifier, asset, amount) = self.note(pool);
            plan.spends.push((nullifier, asset_id(asset), amount));
            values.push((asset, amount));
        }
        if self.rng.one_in(3) {
            let open = self.some_box(owner);
            let mine = self.state.packages.get(&open).is_some_and(|package| package.owner == owner);
            if !mine && !self.rng.one_in(4) {
                // Somebody else's is refused.
            } else if let Some(truth) = self.box_truth(open) {
                let package = self.state.packages.get(&open);
                let commitment = package.map_or(B256::ZERO, |package| package.commitment);
                let commitment = if self.rng.one_in(6) { B256::ZERO } else { commitment };
                plan.packages.push(PackagePlan::Open {
                    value: (asset_id(truth.asset), truth.amount),
                    id: PackageId::from_bytes(open.0).expect("an id"),
                    commitment: field_from_bytes(&commitment.0).expect("a commitment"),
                });
                values.push((truth.asset, truth.amount));
            } else if self.rng.one_in(3) {
                plan.packages.push(PackagePlan::Open {
                    value: (AssetId::coin(), 0),
                    id: PackageId::from_bytes([0; 32]).expect("zero is an element"),
                    commitment: Field::from(1u8),
                });
            }
        }
        if self.rng.one_in(4) {
            let asset = self.held(owner).filter(|_| self.rng.one_in(2)).map_or(coin(), |(asset, _)| asset);
            if !values.iter().any(|(a, _)| *a == asset) {
                let amount = self.part(1000);
                plan = plan.flow(asset_id(asset), Direction::Inward, amount);
                values.push((asset, amount));
            }
        }
        let mut merged: std::collections::BTreeMap<U256, u128> = Default::default();
        for (asset, amount) in values {
            let sum = merged.entry(asset).or_default();
            *sum = sum.saturating_add(amount);
        }
        for (asset, mut left) in merged {
            let flows = plan.balance.iter().any(|entry| id(entry.asset) == asset);
            if left > 0 && !flows && self.rng.one_in(2) {
                let amount = self.part(left).min(left);
                plan = plan.flow(asset_id(asset), Direction::Outward, amount);
                left -= amount;
            }
            if self.rng.one_in(2) {
                let amount = if left == 0 { 0 } else { self.part(left).min(left) };
                if self.box_plan(&mut plan, owner, asset, amount) {
                    left -= amount;
                }
            }
            if left > 0 || self.rng.one_in(3) {
                let cm = if self.rng.one_in(40) && !self.state.commitments.is_empty() {
                    let used: Vec<B256> = self.state.commitments.keys().copied().collect();
                    field_from_bytes(&self.rng.pick(&used).0).expect("a commitment")
                } else {
                    trapdoor::field(self.rng)
                };
                self.truths.notes.insert(field_to_bytes(&cm).into(), (asset, left));
                plan.outputs.push((cm, asset_id(asset), left));
            }
        }
        if plan.spends.is_empty() && plan.outputs.is_empty() && plan.packages.is_empty() {
            // Without any value commitment there is no balance key.
            plan.outputs.push((trapdoor::field(self.rng), AssetId::coin(), 0));
        }
        plan
    }

    /// A note of a pool: mostly real and unspent, sometimes spent, forged or a dummy.
    pub(super) fn note(&mut self, pool: u8) -> (Field, U256, u128) {
        let leaves = self.state.leaves.get(usize::from(pool)).cloned().unwrap_or_default();
        let spent_too = self.rng.one_in(12);
        let mut real = Vec::new();
        for (position, cm) in leaves.iter().enumerate() {
            let nullifier = nullifier(pool, position);
            let spent = self.state.nullifiers.contains_key(&(pool, field_to_bytes(&nullifier).into()));
            let taken = self.taken.contains(&B256::from(field_to_bytes(&nullifier)));
            if let Some(value) = self.truths.notes.get(cm)
                && ((!spent && !taken) || spent_too)
            {
                real.push((nullifier, value.0, value.1));
            }
        }
        if !real.is_empty() && !self.rng.one_in(10) {
            let note = *self.rng.pick(&real);
            self.taken.push(field_to_bytes(&note.0).into());
            return note;
        }
        let nullifier = trapdoor::field(self.rng);
        match self.rng.below(6) {
            // Forged, as with broken proofs: any asset, any amount.
            0 => (nullifier, self.some_asset_with_generator(), self.part(1 << 40)),
            1 => (nullifier, coin(), self.part(100)),
            _ => (nullifier, coin(), 0),
        }
    }

    pub(super) fn some_asset_with_generator(&mut self) -> U256 {
        let asset = self.some_asset();
        let fits = AssetId::from_bytes(asset.to_be_bytes()).is_ok_and(|asset| asset.generator().is_ok());
        if fits { asset } else { coin() }
    }

    /// Adds a creation; `false` where the bundle has no id for it.
    pub(super) fn box_plan(&mut self, plan: &mut BundlePlan, by: Address, asset: U256, amount: u128) -> bool {
        let index = plan.packages.len() as u8;
        let Some((nullifier, _, _)) = plan.spends.first() else { return false };
        let id = PackageId::from_nullifier(plan.pool, nullifier, index);
        let k = B256::from(self.rng.bytes32());
        let data = vec![9; self.rng.below(60)];
        let content = PackageContent {
            asset: asset_id(asset),
            amount,
            rcm: trapdoor::field(self.rng),
            data: data.clone(),
        };
        let mut sealed = content.seal(&id, &k.0).expect("short data, an asset with a generator");
        let honest = !self.rng.one_in(5);
        if !honest {
            sealed.commitment = trapdoor::field(self.rng);
        }
        if self.rng.one_in(30)
            && let Some(used) = self.state.commitments.keys().next()
        {
            sealed.commitment = field_from_bytes(&used.0).expect("a commitment");
        }
        let honest = honest && content.commitment(&id).is_ok_and(|cm| cm == sealed.commitment);
        let owner = if self.rng.one_in(2) { by } else { self.somebody() };
        let truth = BoxTruth { k, asset, amount, data, honest };
        self.truths.boxes.insert(B256::from(sealed.tag), truth);
        plan.packages.push(PackagePlan::Create {
            value: (asset_id(asset), amount),
            owner: owner.into_array(),
            sealed,
        });
        true
    }
}

/// The nullifier of the note at a position: the model needs no `nk`.
pub fn nullifier(pool: u8, position: usize) -> Field {
    let hash = keccak256(format!("model nullifier {pool} {position}"));
    let mut bytes = hash.0;
    bytes[0] = 0;
    field_from_bytes(&bytes).expect("below 2^248")
}

/// Sums of the plan, asset by asset.
fn balanced(plan: &BundlePlan) -> bool {
    let mut sums: std::collections::BTreeMap<AssetId, i128> = Default::default();
    let mut add = |asset: AssetId, amount: u128, sign: i128| {
        let sum = sums.entry(asset).or_default();
        *sum = sum.wrapping_add(sign.wrapping_mul(amount as i128));
    };
    plan.spends.iter().for_each(|(_, asset, amount)| add(*asset, *amount, 1));
    plan.outputs.iter().for_each(|(_, asset, amount)| add(*asset, *amount, -1));
    for package in &plan.packages {
        match package {
            PackagePlan::Create { value, .. } => add(value.0, value.1, -1),
            PackagePlan::Open { value, .. } => add(value.0, value.1, 1),
        }
    }
    for entry in &plan.balance {
        add(entry.asset, entry.amount, if entry.direction == Direction::Inward { 1 } else { -1 });
    }
    sums.values().all(|sum| *sum == 0)
}
