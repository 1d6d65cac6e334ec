//! Phase 2: the queries of one circuit's proving key, and their delta.

use super::check::{equal_pairings, g1, g2, multiples, sum};
use super::codec::{Identity, Reader, Writer};
use super::error::{Error, Place};
use super::hash::Coefficients;
use super::powers::Powers;
use super::shape::{Matrix, Shape};
use super::transform::lagrange;
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field as _, Zero};
use ark_groth16::{ProvingKey, VerifyingKey};
use ark_poly::EvaluationDomain;
use sero_shielded::field::Field;
use zeroize::Zeroizing;

/// A circuit's arrays for a domain of `n` points, with `gamma = 1`. These are
/// the elements of Groth16's reference string and one more, `h[n-1]`:
/// `tau^(n-1) (tau^n - 1) / delta`, for provers with fewer Fourier
/// transforms (ours does without: docs/spec/prover.md). It adds a multiple of the vanishing polynomial to what C
/// may contain, of which soundness has no bound on the degree.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Queries {
    pub delta_g1: G1Affine,
    pub delta_g2: G2Affine,
    /// `(beta A_i + alpha B_i + C_i) G1` for the constant and the public inputs.
    pub inputs: Vec<G1Affine>,
    /// `A_i(tau) G1` for every wire.
    pub a_g1: Vec<G1Affine>,
    /// `B_i(tau) G1` for every wire.
    pub b_g1: Vec<G1Affine>,
    /// `B_i(tau) G2` for every wire.
    pub b_g2: Vec<G2Affine>,
    /// `(beta A_i + alpha B_i + C_i) / delta G1` for the private wires.
    pub l: Vec<G1Affine>,
    /// `tau^i (tau^n - 1) / delta G1`, `i < n`.
    pub h: Vec<G1Affine>,
}

impl Queries {
    /// The start of phase 2, `delta = 1`: a function of phase 1 and the circuit.
    pub fn derive(shape: &Shape, powers: &Powers) -> Self {
        let n = shape.domain.size();
        let tau_g1 = lagrange(&shape.domain, &powers.tau_g1[..n]);
        let tau_g2 = lagrange(&shape.domain, &powers.tau_g2[..n]);
        let alpha = lagrange(&shape.domain, &powers.alpha_g1[..n]);
        let beta = lagrange(&shape.domain, &powers.beta_g1[..n]);

        let a_g1 = columns(shape, Matrix::A, &tau_g1);
        let b_g1 = columns(shape, Matrix::B, &tau_g1);
        let mut k = columns(shape, Matrix::C, &tau_g1);
        add(&mut k, &columns(shape, Matrix::A, &beta));
        add(&mut k, &columns(shape, Matrix::B, &alpha));
        let mut inputs = G1Projective::normalize_batch(&k);
        let l = inputs.split_off(shape.public_inputs + 1);
        let h: Vec<_> = (0..n).map(|i| powers.tau_g1[i + n] - powers.tau_g1[i]).collect();
        Queries {
            delta_g1: g1(),
            delta_g2: g2(),
            inputs,
            a_g1: G1Projective::normalize_batch(&a_g1),
            b_g1: G1Projective::normalize_batch(&b_g1),
            b_g2: G2Projective::normalize_batch(&columns(shape, Matrix::B, &tau_g2)),
            l,
            h: G1Projective::normalize_batch(&h),
        }
    }

    /// Multiplies delta.
    pub fn apply(&mut self, delta: &Field) {
        let inverse = Zeroizing::new(delta.inverse().expect("factors are not zero"));
        self.delta_g1 = (self.delta_g1 * delta).into_affine();
        self.delta_g2 = (self.delta_g2 * delta).into_affine();
        for query in [&mut self.l, &mut self.h] {
            let scaled: Vec<_> = query.iter().map(|point| *point * *inverse).collect();
            *query = G1Projective::normalize_batch(&scaled);
        }
    }

    /// Every element is what phase 1, the circuit and the delta of `head` say.
    pub fn check(
        &self,
        shape: &Shape,
        powers: &Powers,
        head: &G1Affine,
        coefficients: &Coefficients,
    ) -> Result<(), Error> {
        let circuit = || shape.name.to_owned();
        if self.delta_g1 != *head {
            return Err(Error::Delta { circuit: circuit(), group: "G1" });
        }
        if !equal_pairings(self.delta_g1.into(), g2(), g1().into(), self.delta_g2) {
            return Err(Error::Delta { circuit: circuit(), group: "G2" });
        }
        self.check_identities(shape)?;

        let n = shape.domain.size();
        let tau_g1 = &powers.tau_g1[..n];
        let take = |query: &str, count| coefficients.take(&format!("{}: {query}", shape.name), count);
        let require = |holds, query| {
            if holds { Ok(()) } else { Err(Error::Query { circuit: circuit(), query }) }
        };
        // A sum over wires equals a sum over powers, with coefficients of the summed polynomial.
        let weights = take("A in G1", shape.wires);
        let polynomial = shape.combine(Matrix::A, &weights);
        require(sum(&self.a_g1, &weights) == sum(tau_g1, &polynomial), "A in G1")?;
        let weights = take("B", shape.wires);
        let polynomial = shape.combine(Matrix::B, &weights);
        require(sum(&self.b_g1, &weights) == sum(tau_g1, &polynomial), "B in G1")?;
        require(sum(&self.b_g2, &weights) == sum(&powers.tau_g2[..n], &polynomial), "B in G2")?;

        let public = shape.public_inputs + 1;
        let mut weights = take("inputs", public);
        let summed = sum(&self.inputs, &weights);
        weights.resize(shape.wires, Field::ZERO);
        require(summed == key_sum(shape, powers, &weights), "inputs")?;
        let mut weights = vec![Field::ZERO; public];
        weights.extend(take("L", shape.wires - public));
        let summed = sum(&self.l, &weights[public..]);
        let expected = key_sum(shape, powers, &weights);
        require(equal_pairings(summed, self.delta_g2, expected, g2()), "L")?;

        let weights = take("H", n);
        let expected = sum(&powers.tau_g1[n..2 * n], &weights) - sum(tau_g1, &weights);
        require(equal_pairings(sum(&self.h, &weights), self.delta_g2, expected, g2()), "H")
    }

    /// A wire that a matrix does not mention has the identity there, and only such a wire.
    fn check_identities(&self, shape: &Shape) -> Result<(), Error> {
        fn check<P: SWCurveConfig>(
            shape: &Shape,
            query: &'static str,
            points: &[Affine<P>],
            empty: &[bool],
        ) -> Result<(), Error> {
            for (index, (point, empty)) in points.iter().zip(empty).enumerate() {
                if point.is_zero() && !empty {
                    let array = format!("{}: {query}", shape.name);
                    return Err(Error::Identity(Place { array, index }));
                }
                if *empty && !point.is_zero() {
                    return Err(Error::Query { circuit: shape.name.to_owned(), query });
                }
            }
            Ok(())
        }
        check(shape, "A in G1", &self.a_g1, &shape.empty_columns(Matrix::A))?;
        let empty = shape.empty_columns(Matrix::B);
        check(shape, "B in G1", &self.b_g1, &empty)?;
        check(shape, "B in G2", &self.b_g2, &empty)
    }

    /// The key as arkworks' prover takes it: `n - 1` elements of H.
    pub fn proving_key(&self, powers: &Powers) -> ProvingKey<Bn254> {
        ProvingKey {
            vk: VerifyingKey {
                alpha_g1: powers.alpha_g1[0],
                beta_g2: powers.beta_g2,
                gamma_g2: g2(),
                delta_g2: self.delta_g2,
                gamma_abc_g1: self.inputs.clone(),
            },
            beta_g1: powers.beta_g1[0],
            delta_g1: self.delta_g1,
            a_query: self.a_g1.clone(),
            b_g1_query: self.b_g1.clone(),
            b_g2_query: self.b_g2.clone(),
            h_query: self.h[..self.h.len() - 1].to_vec(),
            l_query: self.l.clone(),
        }
    }

    pub fn write(&self, writer: &mut Writer) {
        writer.g1(&self.delta_g1);
        writer.g2(&self.delta_g2);
        for query in [&self.inputs, &self.a_g1, &self.b_g1] {
            writer.points(query);
        }
        writer.points(&self.b_g2);
        writer.points(&self.l);
        writer.points(&self.h);
    }

    pub fn read(reader: &mut Reader<'_>, shape: &Shape) -> Result<Self, Error> {
        use Identity::{Allowed, Refused};
        let array = |query: &str| format!("{}: {query}", shape.name);
        let (public, wires) = (shape.public_inputs + 1, shape.wires);
        Ok(Queries {
            delta_g1: reader.g1(&array("delta in G1"))?,
            delta_g2: reader.g2(&array("delta in G2"))?,
            inputs: reader.g1s(&array("inputs"), public, Refused)?,
            a_g1: reader.g1s(&array("A in G1"), wires, Allowed)?,
            b_g1: reader.g1s(&array("B in G1"), wires, Allowed)?,
            b_g2: reader.g2s(&array("B in G2"), wires, Allowed)?,
            l: reader.g1s(&array("L"), wires - public, Refused)?,
            h: reader.g1s(&array("H"), shape.domain.size(), Refused)?,
        })
    }
}

/// For every wire, its polynomial of `matrix` in the given Lagrange basis.
fn columns<P>(shape: &Shape, matrix: Matrix, basis: &[Projective<P>]) -> Vec<Projective<P>>
where
    P: SWCurveConfig<ScalarField = Field>,
{
    let mut wires = vec![Projective::<P>::zero(); shape.wires];
    for (point, terms) in basis.iter().zip(shape.rows(matrix)) {
        let scalars: Vec<Field> = terms.iter().map(|(coefficient, _)| *coefficient).collect();
        for ((_, wire), multiple) in terms.iter().zip(multiples(*point, &scalars)) {
            wires[*wire] += multiple;
        }
    }
    if matches!(matrix, Matrix::A) {
        add(&mut wires, &basis[shape.constraints..=shape.constraints + shape.public_inputs]);
    }
    wires
}

/// Adds to the first elements.
fn add<P: SWCurveConfig>(points: &mut [Projective<P>], others: &[Projective<P>]) {
    points.iter_mut().zip(others).for_each(|(point, other)| *point += other);
}

/// `sum_i weight(i) (beta A_i + alpha B_i + C_i)(tau) G1`, from phase 1.
fn key_sum(shape: &Shape, powers: &Powers, weights: &[Field]) -> G1Projective {
    let n = shape.domain.size();
    sum(&powers.beta_g1[..n], &shape.combine(Matrix::A, weights))
        + sum(&powers.alpha_g1[..n], &shape.combine(Matrix::B, weights))
        + sum(&powers.tau_g1[..n], &shape.combine(Matrix::C, weights))
}
