//! Zcash Sapling: rows `sapling spend`, `sapling output`, `sapling 1-in-2-out`.

use ff::{Field, PrimeField};
use jubjub::Fr;
use rand::{SeedableRng, rngs::StdRng};
use sapling_crypto::builder::{Builder, BundleType};
use sapling_crypto::bundle::{Authorized, Bundle};
use sapling_crypto::note_encryption::Zip212Enforcement;
use sapling_crypto::prover::{OutputProver, SpendProver};
use sapling_crypto::value::{NoteValue, ValueCommitTrapdoor};
use sapling_crypto::zip32::ExtendedSpendingKey;
use sapling_crypto::{Anchor, BatchValidator, MerklePath, Node, Note, PaymentAddress, Rseed};
use sero_peers::line::{Row, Taken, measure, serve};
use sero_peers::rng;
use std::rc::Rc;
use zcash_proofs::prover::LocalTxProver;

/// Of the note that is spent, and of the two that it becomes.
const VALUE: u64 = 1_000_000;
const PAID: u64 = 400_000;
const SIGHASH: [u8; 32] = [7; 32];

fn main() -> std::io::Result<()> {
    let mut payer: Option<Rc<Payer>> = None;
    serve(|name| {
        let payer = match &payer {
            Some(payer) => payer.clone(),
            None => payer.insert(Rc::new(Payer::new()?)).clone(),
        };
        let row: Row = match name {
            "sapling spend" => Box::new(move || payer.spend()),
            "sapling output" => Box::new(move || Ok(payer.output())),
            "sapling 1-in-2-out" => Box::new(move || payer.pay()),
            _ => return Err(format!("sapling has no row {name}")),
        };
        Ok(row)
    })
}

/// A note in a tree, its key, and the bundled parameters.
struct Payer {
    prover: LocalTxProver,
    key: ExtendedSpendingKey,
    address: PaymentAddress,
    note: Note,
    path: MerklePath,
    anchor: Node,
}

impl Payer {
    fn new() -> Result<Self, String> {
        let key = ExtendedSpendingKey::master(&[7; 32]).ok_or("no key of this seed")?;
        let (_, address) = key.default_address();
        let note = Note::from_parts(address, NoteValue::from_raw(VALUE), Rseed::AfterZip212([9; 32]));
        let leaf = Node::from_cmu(&note.cmu());
        // Leaves of other people: commitments are field elements.
        let other = |i| Node::from_scalar(Field::random(&mut StdRng::seed_from_u64(i)));
        let path = sero_peers::path(leaf, other)?;
        let anchor = path.root(leaf);
        Ok(Self { prover: LocalTxProver::bundled(), key, address, note, path, anchor })
    }

    fn spend(&self) -> Result<Taken, String> {
        let anchor = Option::from(PrimeField::from_repr(self.anchor.to_bytes())).ok_or("no anchor")?;
        let circuit = <LocalTxProver as SpendProver>::prepare_circuit(
            self.key.expsk().proof_generation_key(),
            *self.address.diversifier(),
            *self.note.rseed(),
            self.note.value(),
            Fr::random(&mut rng()),
            ValueCommitTrapdoor::random(rng()),
            anchor,
            self.path.clone(),
        );
        let circuit = circuit.ok_or("no circuit: bad diversifier")?;
        Ok(measure(|| SpendProver::create_proof(&self.prover, circuit, &mut rng())).0)
    }

    fn output(&self) -> Taken {
        let circuit = <LocalTxProver as OutputProver>::prepare_circuit(
            &self.note.generate_or_derive_esk(&mut rng()),
            self.address,
            Fr::random(&mut rng()),
            self.note.value(),
            ValueCommitTrapdoor::random(rng()),
        );
        measure(|| OutputProver::create_proof(&self.prover, circuit, &mut rng())).0
    }

    /// From the chosen note to a signed bundle, which is verified outside the time.
    fn pay(&self) -> Result<Taken, String> {
        let text = |error: sapling_crypto::builder::Error| error.to_string();
        let anchor = Option::from(Anchor::from_bytes(self.anchor.to_bytes())).ok_or("no anchor")?;
        let mut builder = Builder::new(Zip212Enforcement::On, BundleType::DEFAULT, anchor);
        let key = self.key.to_diversifiable_full_viewing_key();
        builder.add_spend(key.fvk().clone(), self.note.clone(), self.path.clone()).map_err(text)?;
        for value in [PAID, VALUE - PAID] {
            let value = NoteValue::from_raw(value);
            builder.add_output(Some(key.fvk().ovk), self.address, value, [0; 512]).map_err(text)?;
        }
        let (taken, bundle) = measure(|| -> Result<Bundle<Authorized, i64>, String> {
            let keys = std::slice::from_ref(&self.key);
            let built = builder.build::<LocalTxProver, LocalTxProver, _, i64>(keys, rng()).map_err(text)?;
            let (bundle, _) = built.ok_or("nothing was built")?;
            let proven = bundle.create_proofs(&self.prover, &self.prover, rng(), ());
            proven.apply_signatures(rng(), SIGHASH, &[self.key.expsk().ask().clone()]).map_err(text)
        });
        let bundle = bundle?;
        let shape = (bundle.shielded_spends().len(), bundle.shielded_outputs().len());
        let mut validator = BatchValidator::new();
        let (spend, output) = self.prover.verifying_keys();
        let good = validator.check_bundle(bundle, SIGHASH) && validator.validate(&spend, &output, rng());
        if good && shape == (1, 2) { Ok(taken) } else { Err(format!("a bad bundle of shape {shape:?}")) }
    }
}
