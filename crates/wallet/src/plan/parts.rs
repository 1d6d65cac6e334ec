//! Spends, outputs and packages in the clear.

use super::{Authority, PackageStep, PlanError, PlannedOutput, PlannedPackage, PlannedSpend, Terms, Wish};
use crate::notes::OwnNote;
use crate::random;
use sero_shielded::Secret;
use sero_shielded::asset::{AssetError, AssetId};
use sero_shielded::curve::{g_auth, multiply};
use sero_shielded::encryption::Memo;
use sero_shielded::field::Field;
use sero_shielded::keys::PaymentAddress;
use sero_shielded::note::{HiddenNote, note_commitment, value_commitment};
use sero_shielded::package::{PackageContent, PackageId};
use sero_shielded::payer::PayerKey;
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::tree::{ARITY, DEPTH};

pub(super) fn own_spend(terms: &Terms<'_>, note: &OwnNote) -> Result<PlannedSpend, PlanError> {
    Ok(PlannedSpend {
        authority: Authority::Own,
        ak: terms.key.ak(),
        nk: *terms.key.nk(),
        d: terms.key.diversifier(note.address.0),
        s: note.s,
        asset: note.asset,
        amount: note.amount,
        rcm: note.rcm,
        position: note.position,
        siblings: (terms.tree.and_then(|tree| tree.path(note.position)))
            .ok_or(PlanError::NoPath(note.position))?,
        alpha: random::scalar()?,
        rcv: random::scalar()?,
    })
}

/// The packages that are wished for. A new one's id follows from the first spend,
/// which a later attempt may repeat; its blinding is fresh, and its key follows from
/// id and commitment, so that no two attempts share a key.
pub(super) fn packages(
    terms: &Terms<'_>,
    wish: &Wish<'_>,
    spends: &[PlannedSpend],
) -> Result<Vec<PlannedPackage>, PlanError> {
    let mut packages = Vec::new();
    if let Some((id, content)) = wish.open {
        let (action, content) = (PackageStep::Open { id }, content.clone());
        packages.push(PlannedPackage { action, content, rcv: random::scalar()? });
    }
    if let (Some(new), Some(first)) = (wish.create, spends.first()) {
        let (asset, amount) = (new.asset, new.amount);
        let nullifier = first.nullifier().map_err(|error| PlanError::Asset { asset: first.asset, error })?;
        let index = u8::try_from(packages.len()).map_err(|_| PlanError::Overflow)?;
        let id = PackageId::from_nullifier(terms.pool, &nullifier, index);
        let rcm = terms.key.package_rcm(&id, &random::bytes()?, (asset, amount), new.data);
        let content = PackageContent { asset, amount, rcm, data: new.data.to_vec() };
        let commitment = content.commitment(&id).map_err(|error| PlanError::Asset { asset, error })?;
        let key = Secret::new(terms.key.package_key(&id, &commitment));
        let action = PackageStep::Create { owner: new.owner, key };
        packages.push(PlannedPackage { action, content, rcv: random::scalar()? });
    }
    Ok(packages)
}

impl PlannedSpend {
    /// What spending it publishes.
    pub fn nullifier(&self) -> Result<Field, AssetError> {
        let owner = poseidon(Tag::Owner, &[self.ak.x, self.ak.y, self.nk, self.d]);
        let one_time = poseidon(Tag::Pkr, &[owner, self.s]);
        let cm = note_commitment(&one_time, &self.asset.generator()?, self.amount, &self.rcm);
        Ok(poseidon(Tag::Nullifier, &[self.nk, cm, Field::from(self.position)]))
    }
}

/// A spend of nothing: random keys, no value, no path.
pub(super) fn dummy_spend() -> Result<PlannedSpend, PlanError> {
    let ask = random::scalar()?;
    Ok(PlannedSpend {
        ak: multiply(&g_auth(), &ask),
        authority: Authority::Dummy(Secret::new(ask)),
        nk: random::field()?,
        d: random::field()?,
        s: random::field()?,
        asset: AssetId::coin(),
        amount: 0,
        rcm: random::field()?,
        position: 0,
        siblings: [[Field::from(0u8); ARITY - 1]; DEPTH],
        alpha: random::scalar()?,
        rcv: random::scalar()?,
    })
}

pub(super) fn output(
    to: PaymentAddress,
    asset: AssetId,
    amount: u128,
    memo: &Memo,
    ovk: [u8; 32],
) -> Result<PlannedOutput, PlanError> {
    let note = HiddenNote { to, asset, amount, rseed: random::bytes()? };
    Ok(PlannedOutput { note, memo: memo.clone(), ovk, rcv: random::scalar()? })
}

/// Puts the payer's one-time key into the seed of an output.
pub(super) fn claimable(payer: &PayerKey, output: &mut PlannedOutput) -> Result<(), PlanError> {
    let HiddenNote { to, asset, amount, .. } = output.note;
    let generator = asset.generator().map_err(|error| PlanError::Asset { asset, error })?;
    let cv = value_commitment(&generator, amount, &output.rcv);
    if let Some(key) = payer.output(&to, asset, amount, &output.memo, &cv) {
        output.note.rseed = key.rseed();
    }
    Ok(())
}

/// Nothing to nobody, which nobody can read.
pub(super) fn dummy_output() -> Result<PlannedOutput, PlanError> {
    let owner =
        poseidon(Tag::Owner, &[random::field()?, random::field()?, random::field()?, random::field()?]);
    let to = PaymentAddress { owner, e: multiply(&g_auth(), &random::scalar()?) };
    output(to, AssetId::coin(), 0, &Memo::default(), random::bytes()?)
}
