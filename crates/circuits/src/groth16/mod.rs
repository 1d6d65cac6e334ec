//! The prover: Groth16 with a fixed reference string, `r = 0` and a blinding
//! wire (docs/spec/prover.md).
//!
//! [`Prover`] is made once for a key and a circuit and gives the same proofs,
//! bit for bit, as arkworks' prover with `r = 0`. Nothing here is constant-time:
//! what it does and reads depends on the witness, as everywhere on the user's own machine.
//!
//! From below: [`sero_bn254::coordinate`] and [`point`] add affine points in bulk on a path of [`sero_lanes`], [`buckets`]
//! sums them by bucket, [`digits`] sorts scalars into buckets, [`table`] multiplies, [`store`] keeps tables in a
//! file; [`transform`] gives the quotient.
//!
//! Never: the self-check (the caller's), randomness (an argument).

mod bases;
mod buckets;
mod digits;
mod point;
mod steady;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod transform;
mod wiped;

use ark_bn254::{Bn254, G1Affine, G1Projective, g1, g2};
use ark_ec::{AffineRepr, CurveGroup};
use ark_groth16::{Proof, ProvingKey};
use bases::Bases;
use digits::Windows;
use sero_lanes::Path;
use sero_shielded::field::Field;
use std::fs::File;
use std::io;
use store::{Made, MadeSteady, Source, Stored, Writer};
use transform::{Transforms, bit_reversed};
pub(crate) use wiped::Wiped;

/// What the prover spends, and for what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Tables of all multiples of every point: about 60 MB for both circuits.
    #[default]
    Fast,
    /// Every fifth: about 15 MB, and proofs take about 1.7 times as long.
    LowMemory,
    /// Sums that tell nothing of the witness by their time or by the memory they read, for a machine that is shared with
    /// others. What that covers is in docs/spec/prover.md.
    SharedMachine,
}

impl Mode {
    fn stride(self) -> usize {
        match self {
            Mode::Fast | Mode::SharedMachine => 1,
            Mode::LowMemory => 5,
        }
    }
}

/// On which path a prover computes, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Means {
    pub path: Path,
    pub mode: Mode,
}

impl Means {
    /// On the best path.
    pub fn with(mode: Mode) -> Self {
        Means { path: Path::best(), mode }
    }
}

/// A circuit's key, made ready.
pub struct Prover {
    /// Wires, with the constant one and the public inputs.
    wires: usize,
    /// With the constant one.
    public: usize,
    /// Constraints.
    rows: usize,
    transforms: Transforms,
    /// The next three are for each wire and for `s`, whose element is `delta` in `B`.
    ///
    /// `A_i`; `alpha` is with the constant one.
    a: Bases<g1::Config>,
    /// `B_i`; `beta` is with the constant one.
    b: Bases<g2::Config>,
    /// `(beta A_i + alpha B_i + C_i) / delta`, the identity for public wires.
    l: Bases<g1::Config>,
    /// `tau^i Z(tau) / delta` in bit-reversed order, the identity for `i = n - 1`.
    h: Bases<g1::Config>,
}

impl Prover {
    /// `None` if the key is not of a circuit with so many constraints, or cannot blind: `rho` is the
    /// last wire, and must be in `A` and not in `B`. `None` also if a point is of order two, so of no group of the key.
    pub fn new(key: &ProvingKey<Bn254>, rows: usize, means: Means) -> Option<Self> {
        let path = means.path;
        match means.mode {
            Mode::Fast | Mode::LowMemory => Self::assemble(key, rows, means, &mut Made { path }),
            Mode::SharedMachine => Self::assemble(key, rows, means, &mut MadeSteady { path }),
        }
    }

    /// As [`Self::new`], with the tables that [`Self::write`] put into `file`; `None` also
    /// if they are damaged or of another key than `binding` names.
    pub fn read(
        key: &ProvingKey<Bn254>,
        rows: usize,
        means: Means,
        file: &std::path::Path,
        binding: &[u8; 32],
    ) -> Option<Self> {
        let mut stored = Stored::open(file, binding, means.path)?;
        let prover = Self::assemble(key, rows, means, &mut stored)?;
        stored.is_at_end().then_some(prover)
    }

    /// Writes the tables, bound to the key that `binding` names.
    pub fn write(&self, out: &mut File, binding: &[u8; 32]) -> io::Result<()> {
        let mut writer = Writer::new(out, binding)?;
        writer.table(&self.a)?;
        writer.table(&self.b)?;
        writer.table(&self.l)?;
        writer.table(&self.h)
    }

    fn assemble(
        key: &ProvingKey<Bn254>,
        rows: usize,
        means: Means,
        tables: &mut impl Source,
    ) -> Option<Self> {
        let public = key.vk.gamma_abc_g1.len();
        let wires = key.a_query.len();
        let transforms = Transforms::new(means.path, rows + public)?;
        let fits = key.b_g2_query.len() == wires
            && key.l_query.len() + public == wires
            && key.h_query.len() + 1 == transforms.size();
        let blinds = !key.a_query.last()?.is_zero()
            && key.b_g1_query.last()?.is_zero()
            && key.b_g2_query.last()?.is_zero();
        if !fits || !blinds {
            return None;
        }
        // One list of points at a time: they are large.
        let a = || {
            let mut a = key.a_query.clone();
            a[0] = (a[0] + key.vk.alpha_g1).into_affine();
            a.push(G1Affine::identity());
            a
        };
        let b = || {
            let mut b = key.b_g2_query.clone();
            b[0] = (b[0] + key.vk.beta_g2).into_affine();
            b.push(key.vk.delta_g2);
            b
        };
        let l = || {
            let mut l = vec![G1Affine::identity(); public];
            l.extend_from_slice(&key.l_query);
            l.push(G1Affine::identity());
            l
        };
        let h = || {
            let mut h = key.h_query.clone();
            h.push(G1Affine::identity());
            bit_reversed(&h)
        };
        let stride = means.mode.stride();
        // B is the dearest of the three.
        let of_wires = Windows::for_scalars(b().iter().filter(|point| !point.is_zero()).count(), stride);
        let of_h = Windows::for_scalars(transforms.size(), stride);
        Some(Prover {
            wires,
            public,
            rows,
            a: tables.bases(of_wires, &a())?,
            b: tables.bases(of_wires, &b())?,
            l: tables.bases(of_wires, &l())?,
            h: tables.bases(of_h, &h())?,
            transforms,
        })
    }

    /// The proof for `assignment` (all wires), with `r = 0`; `rows` is what it makes of the rows of A and of B. It
    /// verifies if and only if the assignment satisfies the circuit (up to chance of about `1 / r`).
    ///
    /// Runs in the current thread pool; the number of threads does not change the proof.
    pub fn prove(&self, assignment: &[Field], rows: [&[Field]; 2], s: &Field) -> Proof<Bn254> {
        assert_eq!(assignment.len(), self.wires, "the assignment has every wire");
        assert_eq!(rows.map(<[Field]>::len), [self.rows; 2], "both have every row");
        let mut scalars = Wiped::new(self.wires + 1);
        assignment.iter().chain([s]).for_each(|scalar| scalars.push(*scalar));
        let (h, ((a, s_a), (b, l))) = rayon::join(
            || self.quotient(&assignment[..self.public], rows),
            || {
                let wires = self.a.cut(&scalars);
                let a = || {
                    let a = self.a.multiply(&wires);
                    (a, self.a.times(&a, s))
                };
                let (b, (a, l)) =
                    rayon::join(|| self.b.multiply(&wires), || rayon::join(a, || self.l.multiply(&wires)));
                (a, (b, l))
            },
        );
        Proof { a: a.into_affine(), b: b.into_affine(), c: (l + h + s_a).into_affine() }
    }

    /// `h(tau) Z(tau) / delta`, where `h` is the upper half of the product of `A` and `B`.
    fn quotient(&self, public: &[Field], [a_rows, b_rows]: [&[Field]; 2]) -> G1Projective {
        let mut a = Wiped::new(self.rows + self.public);
        a_rows.iter().chain(public).for_each(|value| a.push(*value));
        let h = self.transforms.upper_half(&a, b_rows);
        self.h.multiply(&self.h.cut(&h))
    }

    /// Bytes of the tables.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.a.size() + self.b.size() + self.l.size() + self.h.size()
    }
}
