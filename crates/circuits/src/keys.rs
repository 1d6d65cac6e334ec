//! Proving keys: the development ones, whose toxic waste is public.
//!
//! **Development keys are not secure.** They come from a public seed, so
//! anybody can compute the trapdoor and forge proofs. A chain of value takes
//! its verifying keys from a ceremony, pinned by hash in its genesis.

use crate::builder::Builder;
#[cfg(any(test, feature = "assure"))]
use crate::builder::Row;
use crate::cache;
use crate::groth16::{Means, Mode, Prover};
use crate::{
    OUTPUT_INPUTS, OutputCircuit, OutputWitness, SPEND_INPUTS, SpendCircuit, SpendWitness, output, spend,
};
use ark_bn254::Bn254;
use ark_ec::AffineRepr;
use ark_groth16::{Groth16, PreparedVerifyingKey, ProvingKey, VerifyingKey, prepare_verifying_key};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::gr1cs::ConstraintSynthesizer;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::rand::{CryptoRng, Error, RngCore};
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use sero_shielded::field::{Field, field_to_bytes};
use sero_shielded::hash::{Pieces, blake2b_32};
use sero_shielded::verifier::lint;
use std::path::Path;

/// The public seed of the development keys.
pub const DEVELOPMENT_SEED: &str = "SERO DEVELOPMENT KEYS - TOXIC WASTE IS PUBLIC";

/// Why keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The Groth16 setup failed; never for these circuits.
    #[error("setup failed: {0}")]
    Setup(#[from] ark_relations::gr1cs::SynthesisError),
    /// The cache directory could not be made or written.
    #[error("cannot write the key cache: {0}")]
    Cache(#[from] std::io::Error),
    /// A key could not be encoded; never for a key just made.
    #[error("cannot encode the key: {0}")]
    Encoding(#[from] ark_serialize::SerializationError),
    /// A proving key file is not one of this circuit.
    #[error("proving key of {circuit}: {problem}")]
    File {
        /// `spend` or `output`.
        circuit: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// What proving one circuit needs besides a witness.
pub(crate) struct CircuitKeys {
    /// The prover does not need it.
    #[cfg(any(test, feature = "assure"))]
    pub key: ProvingKey<Bn254>,
    /// Made of the key.
    pub prover: Prover,
    /// For the prover's self-check.
    pub prepared: PreparedVerifyingKey<Bn254>,
    /// The matrices A, B, C, row by row; the prover does not need them.
    #[cfg(any(test, feature = "assure"))]
    pub matrices: [Vec<Row>; 3],
    /// Of the matrices, see [`matrix_digest`].
    pub digest: [u8; 32],
}

/// What keys need to know of a circuit's matrices.
pub(crate) struct Matrices {
    /// Constraints.
    pub rows: usize,
    /// See [`matrix_digest`].
    pub digest: [u8; 32],
    /// A, B, C, row by row.
    #[cfg(any(test, feature = "assure"))]
    pub all: [Vec<Row>; 3],
}

impl Matrices {
    /// Of a builder with the shape.
    pub fn of(shape: Builder<'_>) -> Self {
        Matrices {
            rows: shape.rows.len(),
            digest: matrix_digest(&shape),
            #[cfg(any(test, feature = "assure"))]
            all: shape.into_matrices(),
        }
    }
}

/// The keys and matrices of both circuits. Holds no secret; share it by reference.
pub struct ProvingKeys {
    pub(crate) spend: CircuitKeys,
    pub(crate) output: CircuitKeys,
}

impl ProvingKeys {
    /// The development keys: read from `cache_dir` if it has them for these
    /// very circuits, else made (seconds) and written there.
    pub fn development(cache_dir: Option<&Path>) -> Result<Self, KeyError> {
        Self::named("spend", cache_dir, Mode::Fast)
    }

    /// The same, for a prover that works as `mode` says.
    pub fn development_for(mode: Mode, cache_dir: Option<&Path>) -> Result<Self, KeyError> {
        Self::named("spend", cache_dir, mode)
    }

    /// The development keys of a second Spend version, for rehearsing an
    /// upgrade: another setup, as toxic as the first; the Output keys stay.
    pub fn development_upgrade(cache_dir: Option<&Path>) -> Result<Self, KeyError> {
        Self::named("spend-2", cache_dir, Mode::Fast)
    }

    fn named(spend_name: &'static str, cache_dir: Option<&Path>, mode: Mode) -> Result<Self, KeyError> {
        let mut b = Builder::new(SPEND_INPUTS, true);
        spend::synthesize(&mut b, &SpendWitness::blank());
        let spend = CircuitKeys::development(spend_name, b, || SpendCircuit(None), cache_dir, mode)?;
        let mut b = Builder::new(OUTPUT_INPUTS, true);
        output::synthesize(&mut b, &OutputWitness::blank());
        let output = CircuitKeys::development("output", b, || OutputCircuit(None), cache_dir, mode)?;
        Ok(ProvingKeys { spend, output })
    }

    /// Keys from a ceremony's files (arkworks' compressed form), every point
    /// checked. That they are the ceremony's, only their hash can say.
    pub fn from_bytes(spend_file: &[u8], output_file: &[u8]) -> Result<Self, KeyError> {
        Self::from_bytes_for(Mode::Fast, spend_file, output_file)
    }

    /// The same, for a prover that works as `mode` says.
    pub fn from_bytes_for(mode: Mode, spend_file: &[u8], output_file: &[u8]) -> Result<Self, KeyError> {
        let mut b = Builder::new(SPEND_INPUTS, true);
        spend::synthesize(&mut b, &SpendWitness::blank());
        let spend = CircuitKeys::from_bytes("spend", b, spend_file, mode)?;
        let mut b = Builder::new(OUTPUT_INPUTS, true);
        output::synthesize(&mut b, &OutputWitness::blank());
        let output = CircuitKeys::from_bytes("output", b, output_file, mode)?;
        Ok(ProvingKeys { spend, output })
    }

    /// The files of the development keys, Spend and Output, for [`Self::from_bytes`]. Seconds.
    pub fn development_files() -> Result<[Vec<u8>; 2], KeyError> {
        let keys = [setup("spend", SpendCircuit(None))?, setup("output", OutputCircuit(None))?];
        let mut files = [Vec::new(), Vec::new()];
        for (key, file) in keys.iter().zip(&mut files) {
            key.serialize_compressed(file)?;
        }
        Ok(files)
    }

    /// Verifies Spend proofs against `anchor, nf, rk.x, rk.y, cv.x, cv.y`.
    pub fn spend_verifying_key(&self) -> &VerifyingKey<Bn254> {
        &self.spend.prepared.vk
    }

    /// Verifies Output proofs against `cm, cv.x, cv.y`.
    pub fn output_verifying_key(&self) -> &VerifyingKey<Bn254> {
        &self.output.prepared.vk
    }

    /// Digest of the Spend matrices.
    pub fn spend_matrix_digest(&self) -> [u8; 32] {
        self.spend.digest
    }

    /// Digest of the Output matrices.
    pub fn output_matrix_digest(&self) -> [u8; 32] {
        self.output.digest
    }
}

impl CircuitKeys {
    fn development<C: ConstraintSynthesizer<Field>>(
        name: &'static str,
        shape: Builder<'_>,
        circuit: impl FnOnce() -> C,
        cache_dir: Option<&Path>,
        mode: Mode,
    ) -> Result<Self, KeyError> {
        let matrices = Matrices::of(shape);
        let digest = matrices.digest;
        let Some(dir) = cache_dir else {
            return Self::new(name, setup(name, circuit())?, matrices, mode);
        };
        let file = cache::path(dir, name, &digest);
        let (key, sum) = match cache::load(&file, name, &digest) {
            Some(cached) => cached,
            None => {
                let key = setup(name, circuit())?;
                let sum = cache::store(&file, name, &digest, &key)?;
                (key, sum)
            }
        };
        let Some(tables) = cache::tables_path(&file, mode) else {
            return Self::new(name, key, matrices, mode);
        };
        if let Some(prover) = Prover::read(&key, matrices.rows, Means::with(mode), &tables, &sum) {
            return Ok(Self::with(prover, key, matrices));
        }
        let keys = Self::new(name, key, matrices, mode)?;
        cache::write(&tables, |out| keys.prover.write(out, &sum))?;
        Ok(keys)
    }

    /// What follows from a key and the matrices it was made for. A key with
    /// which the blinding wire does not blind is refused (docs/spec/prover.md).
    pub fn new(
        circuit: &'static str,
        key: ProvingKey<Bn254>,
        matrices: Matrices,
        mode: Mode,
    ) -> Result<Self, KeyError> {
        let prover = Prover::new(&key, matrices.rows, Means::with(mode)).ok_or_else(|| KeyError::File {
            circuit,
            problem: "its blinding wire does not blind, a point is of order two, or it is of another circuit"
                .into(),
        })?;
        Ok(Self::with(prover, key, matrices))
    }

    fn with(prover: Prover, key: ProvingKey<Bn254>, matrices: Matrices) -> Self {
        CircuitKeys {
            prepared: prepare_verifying_key(&key.vk),
            #[cfg(any(test, feature = "assure"))]
            key,
            prover,
            #[cfg(any(test, feature = "assure"))]
            matrices: matrices.all,
            digest: matrices.digest,
        }
    }

    fn from_bytes(
        circuit: &'static str,
        shape: Builder<'_>,
        file: &[u8],
        mode: Mode,
    ) -> Result<Self, KeyError> {
        let refuse = |problem: String| KeyError::File { circuit, problem };
        let mut rest = file;
        let key =
            ProvingKey::<Bn254>::deserialize_compressed(&mut rest).map_err(|e| refuse(e.to_string()))?;
        let mut again = Vec::with_capacity(file.len());
        key.serialize_compressed(&mut again)?;
        if !rest.is_empty() || again != file {
            return Err(refuse("not canonical, or trailing bytes".into()));
        }
        let (public, wires) = (shape.public_inputs + 1, shape.assignment.len());
        let domain = GeneralEvaluationDomain::<Field>::new(shape.rows.len() + public);
        let domain = domain.ok_or_else(|| refuse("no evaluation domain".into()))?.size();
        let found = [
            key.vk.gamma_abc_g1.len(),
            key.a_query.len(),
            key.b_g1_query.len(),
            key.b_g2_query.len(),
            key.l_query.len(),
            key.h_query.len(),
        ];
        let expected = [public, wires, wires, wires, wires - public, domain - 1];
        if found != expected {
            return Err(refuse(format!(
                "its queries have {found:?} elements, the circuit needs {expected:?}"
            )));
        }
        // No proof of ours needs them; a prover with `r` would not blind by it.
        if key.delta_g1.is_zero() || key.beta_g1.is_zero() {
            return Err(refuse("delta or beta in G1 is the identity: r would not blind".into()));
        }
        let mut verifying = Vec::new();
        key.vk.serialize_compressed(&mut verifying)?;
        if let Some(problem) = lint(None, &verifying).first() {
            return Err(refuse(problem.to_string()));
        }
        Self::new(circuit, key, Matrices::of(shape), mode)
    }
}

/// The Groth16 setup with the development seed.
pub(crate) fn setup<C: ConstraintSynthesizer<Field>>(
    name: &str,
    circuit: C,
) -> Result<ProvingKey<Bn254>, KeyError> {
    let seed = blake2b_32("SERO_dev_setup", &[DEVELOPMENT_SEED.as_bytes(), name.as_bytes()]);
    let mut rng = SetupRng(rand_chacha::ChaCha20Rng::from_seed(seed));
    Ok(Groth16::<Bn254>::generate_random_parameters_with_reduction(circuit, &mut rng)?)
}

/// BLAKE2b-256 over the number of public inputs and of wires, and every row of
/// A, B, C in order: term count, then (wire, coefficient) by ascending wire.
pub(crate) fn matrix_digest(shape: &Builder<'_>) -> [u8; 32] {
    const NUMBER: usize = 8;
    const TERM: usize = NUMBER + 32;
    let terms: usize = shape.rows.iter().flatten().map(Vec::len).sum();
    let length = (3 + 3 * shape.rows.len()) * NUMBER + terms * TERM;
    let mut hash = Pieces::new("SERO_matrices", length);
    let number = |hash: &mut Pieces, n: usize| hash.update(&(n as u64).to_be_bytes());
    number(&mut hash, shape.public_inputs);
    number(&mut hash, shape.assignment.len());
    number(&mut hash, shape.rows.len());
    for row in shape.rows.iter().flatten() {
        number(&mut hash, row.len());
        for (coefficient, wire) in row {
            number(&mut hash, *wire);
            hash.update(&field_to_bytes(coefficient));
        }
    }
    hash.finish()
}

/// ChaCha20 behind the trait that arkworks asks for; the same stream on every
/// machine and in every version.
struct SetupRng(rand_chacha::ChaCha20Rng);

impl RngCore for SetupRng {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for SetupRng {}
