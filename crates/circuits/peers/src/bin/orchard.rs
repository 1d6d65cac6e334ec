//! Zcash Orchard: row `orchard 2 actions`, which is what one note paid to two receivers takes.

use incrementalmerkletree::Hashable;
use orchard::builder::{Builder, BundleType};
use orchard::bundle::{Authorized, BatchValidator, BundleVersion};
use orchard::circuit::{OrchardCircuitVersion, ProvingKey};
use orchard::keys::{FullViewingKey, Scope, SpendAuthorizingKey, SpendingKey};
use orchard::note::{ExtractedNoteCommitment, RandomSeed, Rho};
use orchard::tree::{MerkleHashOrchard, MerklePath};
use orchard::value::NoteValue;
use orchard::{Anchor, Bundle, Note};
use sero_peers::line::{Row, Taken, measure, serve};
use sero_peers::rng;
use std::fmt::Display;

/// Of the note that is spent, and of the two that it becomes.
const VALUE: u64 = 1_000_000;
const PAID: u64 = 400_000;
const SIGHASH: [u8; 32] = [7; 32];

fn main() -> std::io::Result<()> {
    serve(|name| match name {
        "orchard 2 actions" => {
            let payer = Payer::new()?;
            Ok(Box::new(move || payer.pay()) as Row)
        }
        _ => Err(format!("orchard has no row {name}")),
    })
}

fn text(error: impl Display) -> String {
    error.to_string()
}

/// A note in a tree, its key, and the proving key.
struct Payer {
    proving: ProvingKey,
    key: SpendingKey,
    note: Note,
    path: MerklePath,
    anchor: Anchor,
}

impl Payer {
    fn new() -> Result<Self, String> {
        let key = Option::from(SpendingKey::from_bytes([7; 32])).ok_or("no key of this seed")?;
        let address = FullViewingKey::from(&key).address_at(0u32, Scope::External);
        // A small number is a field element.
        let rho = |i: u64| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&i.to_le_bytes());
            bytes
        };
        let found = Option::from(Rho::from_bytes(&rho(1))).ok_or("no rho")?;
        let seed = Option::from(RandomSeed::from_bytes([9; 32], &found)).ok_or("no seed")?;
        let version = BundleVersion::orchard_v2().note_version();
        let value = NoteValue::from_raw(VALUE);
        let note: Note =
            Option::from(Note::from_parts(address, value, found, seed, version)).ok_or("no note")?;
        let leaf = MerkleHashOrchard::from_cmx(&ExtractedNoteCommitment::from(note.commitment()));
        // Leaves of other people: commitments are field elements, here hashes of numbers.
        let numbers: Vec<MerkleHashOrchard> = (0..2)
            .map(|i| Option::from(MerkleHashOrchard::from_bytes(&rho(i))).ok_or("no leaf"))
            .collect::<Result<_, _>>()?;
        let other = |i: u64| {
            (0..10).fold(numbers[0], |hash, bit| {
                MerkleHashOrchard::combine(0.into(), &hash, &numbers[(i >> bit & 1) as usize])
            })
        };
        let path = sero_peers::path(leaf, other)?;
        let anchor = Anchor::from(path.root(leaf));
        let proving = ProvingKey::build(OrchardCircuitVersion::FixedPostNu6_2);
        Ok(Self { proving, key, note, path: path.into(), anchor })
    }

    /// From the chosen note to a signed bundle, which is verified outside the time.
    fn pay(&self) -> Result<Taken, String> {
        let version = BundleVersion::orchard_v2();
        let mut builder =
            Builder::new(BundleType::DEFAULT, version, version.default_flags(), self.anchor).map_err(text)?;
        let view = FullViewingKey::from(&self.key);
        builder.add_spend(view.clone(), self.note, self.path.clone()).map_err(text)?;
        let (ovk, to) = (view.to_ovk(Scope::External), view.address_at(0u32, Scope::External));
        for value in [PAID, VALUE - PAID] {
            let value = NoteValue::from_raw(value);
            builder.add_output(Some(ovk.clone()), to, value, [0; 512]).map_err(text)?;
        }
        let (taken, bundle) = measure(|| -> Result<Bundle<Authorized, i64>, String> {
            let (bundle, _) = builder.build(rng()).map_err(text)?.ok_or("nothing was built")?;
            let proven = bundle.create_proof(&self.proving, rng()).map_err(text)?;
            proven.apply_signatures(rng(), SIGHASH, &[SpendAuthorizingKey::from(&self.key)]).map_err(text)
        });
        let (bundle, key) = (bundle?, self.proving.verifying_key());
        let mut validator = BatchValidator::new(&key);
        validator.add_bundle(&bundle, SIGHASH).map_err(|error| format!("{error:?}"))?;
        let (good, actions) = (validator.validate(rng()), bundle.actions().len());
        if good && actions == 2 { Ok(taken) } else { Err(format!("a bad bundle of {actions} actions")) }
    }
}
