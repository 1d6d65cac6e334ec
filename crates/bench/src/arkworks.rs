//! `ark-groth16` on the same circuits, with everything that does not depend on the randomness ready: key,
//! matrices, assignment. Nothing is verified inside the time.

use crate::line::{Row, measure};
use crate::payer::Payer;
use crate::{store, text};
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::{Groth16, PreparedVerifyingKey, ProvingKey, prepare_verifying_key};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, Matrix, R1CS_PREDICATE_LABEL};
use sero_circuits::rand::{SeedableRng, rngs::StdRng};
use sero_circuits::{OutputCircuit, SpendCircuit};
use std::path::Path;

pub fn spend(folder: &Path) -> Result<Row, String> {
    let witness = Payer::new()?.spend_witness()?;
    Arkworks::new(store::arkworks_key(folder, "spend")?, SpendCircuit(Some(&witness)))?.row()
}

pub fn output(folder: &Path) -> Result<Row, String> {
    let witness = Payer::new()?.output_witness()?;
    Arkworks::new(store::arkworks_key(folder, "output")?, OutputCircuit(Some(&witness)))?.row()
}

struct Arkworks {
    key: ProvingKey<Bn254>,
    verifying: PreparedVerifyingKey<Bn254>,
    matrices: Vec<Matrix<Fr>>,
    /// Public inputs, the constant included.
    inputs: usize,
    assignment: Vec<Fr>,
}

impl Arkworks {
    fn new(key: ProvingKey<Bn254>, circuit: impl ConstraintSynthesizer<Fr>) -> Result<Self, String> {
        let cs = ConstraintSystem::new_ref();
        circuit.generate_constraints(cs.clone()).map_err(text)?;
        cs.finalize();
        let mut matrices = cs.to_matrices().map_err(text)?;
        Ok(Self {
            verifying: prepare_verifying_key(&key.vk),
            key,
            matrices: matrices.remove(R1CS_PREDICATE_LABEL).ok_or("the circuit has no R1CS")?,
            inputs: cs.num_instance_variables(),
            assignment: [cs.instance_assignment().map_err(text)?, cs.witness_assignment().map_err(text)?]
                .concat(),
        })
    }

    fn row(self) -> Result<Row, String> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(text)?;
        let mut rng = StdRng::from_seed(seed);
        Ok(Box::new(move || {
            let (r, s) = (Fr::rand(&mut rng), Fr::rand(&mut rng));
            let (taken, proof) = measure(|| {
                Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
                    &self.key,
                    r,
                    s,
                    &self.matrices,
                    self.inputs,
                    self.matrices[0].len(),
                    &self.assignment,
                )
            });
            let (proof, public) = (proof.map_err(text)?, &self.assignment[1..self.inputs]);
            match Groth16::<Bn254>::verify_proof(&self.verifying, &proof, public) {
                Ok(true) => Ok(taken),
                _ => Err("ark-groth16 made a proof that does not verify".into()),
            }
        }))
    }
}
