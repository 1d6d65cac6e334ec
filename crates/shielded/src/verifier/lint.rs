//! Every problem of a verifying key's bytes, by name.
//!
//! `alpha (G1) | beta | gamma | delta (G2) | count (8, little-endian) | input points (G1)`,
//! arkworks' compressed form.

use super::Circuit;
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_groth16::VerifyingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use core::fmt;

const G1_LEN: usize = 32;
const G2_LEN: usize = 64;
/// More input points than any circuit has; a count above is not followed.
const INPUT_POINTS_MAX: u64 = 1 << 16;

/// A point of a verifying key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPoint {
    /// In G1.
    Alpha,
    /// In G2.
    Beta,
    /// In G2.
    Gamma,
    /// In G2.
    Delta,
    /// Of the constant (0) or of a public input (from 1), in G1.
    Input(usize),
}

impl fmt::Display for KeyPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alpha => f.write_str("alpha"),
            Self::Beta => f.write_str("beta"),
            Self::Gamma => f.write_str("gamma"),
            Self::Delta => f.write_str("delta"),
            Self::Input(index) => write!(f, "input point {index}"),
        }
    }
}

/// One problem of a verifying key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The bytes end too early.
    #[error("the bytes end inside {0}")]
    Truncated(String),
    /// Bytes are left.
    #[error("{0} bytes follow the last point")]
    TrailingBytes(usize),
    /// No point of the curve, or not its one encoding.
    #[error("{0} is not the canonical encoding of a point of the curve")]
    NotCanonical(KeyPoint),
    /// On the curve, outside the group of prime order.
    #[error("{0} is outside the group of prime order")]
    OutsideSubgroup(KeyPoint),
    /// The number of input points does not fit the circuit.
    #[error("{found} input points, expected {expected}")]
    InputCount {
        /// Public inputs + 1.
        expected: u64,
        /// Points found.
        found: u64,
    },
    /// A count that no circuit has.
    #[error("{0} input points: at least 1 and at most 65,536 are allowed")]
    AbsurdCount(u64),
    /// `gamma = delta` or `gamma = -delta`: anybody forges proofs.
    #[error("gamma is delta or its negative: phase 2 of the setup was never done, anybody forges proofs")]
    GammaIsDelta,
    /// `beta` is `+-gamma` or `+-delta`: anybody forges proofs.
    #[error("beta is {0} or its negative: phase 1 of the setup was never done, anybody forges proofs")]
    BetaIs(KeyPoint),
    /// A point is the identity.
    #[error("{0} is the identity")]
    Identity(KeyPoint),
    /// Two public inputs whose points are equal or opposite can be traded for each other.
    #[error("input points {0} and {1} are equal or opposite: a proof would hold for other public inputs too")]
    EqualInputs(usize, usize),
}

/// A key's points, those that could be read.
#[derive(Default)]
struct Points {
    alpha: Option<G1Affine>,
    beta: Option<G2Affine>,
    gamma: Option<G2Affine>,
    delta: Option<G2Affine>,
    inputs: Vec<Option<G1Affine>>,
}

/// Every problem found, in this order: encoding, lengths, gamma and delta, beta,
/// identities, equal input points. Without a circuit any number of inputs is right.
///
/// No two of beta, gamma and delta may be equal or opposite. Whatever the inputs
/// and with `L` their sum, these are proofs for everybody: `(alpha, beta, -L)`
/// if `gamma = delta`, `(alpha + L, gamma + delta, alpha + L)` if `beta = gamma`,
/// `(L, gamma + delta, L - alpha)` if `beta = delta`; with signs changed for opposites.
pub fn lint(circuit: Option<Circuit>, bytes: &[u8]) -> Vec<KeyProblem> {
    let mut problems = Vec::new();
    let points = read(circuit, bytes, &mut problems);
    let equal = |a: Option<G2Affine>, b: Option<G2Affine>| {
        a.zip(b).is_some_and(|(a, b)| a.x == b.x && !a.is_zero() && !b.is_zero())
    };
    if equal(points.gamma, points.delta) {
        problems.push(KeyProblem::GammaIsDelta);
    }
    for (point, name) in [(points.gamma, KeyPoint::Gamma), (points.delta, KeyPoint::Delta)] {
        if equal(points.beta, point) {
            problems.push(KeyProblem::BetaIs(name));
        }
    }
    let mut identity = |point, found: Option<bool>| {
        if found == Some(true) {
            problems.push(KeyProblem::Identity(point));
        }
    };
    identity(KeyPoint::Alpha, points.alpha.map(|p| p.is_zero()));
    identity(KeyPoint::Beta, points.beta.map(|p| p.is_zero()));
    identity(KeyPoint::Gamma, points.gamma.map(|p| p.is_zero()));
    identity(KeyPoint::Delta, points.delta.map(|p| p.is_zero()));
    for (index, input) in points.inputs.iter().enumerate() {
        identity(KeyPoint::Input(index), input.map(|p| p.is_zero()));
    }
    equal_inputs(&points.inputs, &mut problems);
    problems
}

/// Pairs of neighbours in the order of x, so that the work stays small.
fn equal_inputs(inputs: &[Option<G1Affine>], problems: &mut Vec<KeyProblem>) {
    let known = inputs.iter().enumerate().filter_map(|(i, point)| point.map(|point| (i, point)));
    let mut sorted: Vec<_> = known.filter(|(_, point)| !point.is_zero()).collect();
    sorted.sort_by_key(|(index, point)| (point.x, *index));
    for pair in sorted.windows(2) {
        if pair[0].1.x == pair[1].1.x {
            problems.push(KeyProblem::EqualInputs(pair[0].0, pair[1].0));
        }
    }
}

fn read(circuit: Option<Circuit>, bytes: &[u8], problems: &mut Vec<KeyProblem>) -> Points {
    let mut rest = bytes;
    let mut points = Points {
        alpha: point(&mut rest, G1_LEN, KeyPoint::Alpha, problems),
        beta: point(&mut rest, G2_LEN, KeyPoint::Beta, problems),
        gamma: point(&mut rest, G2_LEN, KeyPoint::Gamma, problems),
        delta: point(&mut rest, G2_LEN, KeyPoint::Delta, problems),
        inputs: Vec::new(),
    };
    let Some((count, left)) = rest.split_first_chunk() else {
        truncated(problems, "the number of input points");
        return points;
    };
    rest = left;
    let count = u64::from_le_bytes(*count);
    if circuit.is_none() && !(1..=INPUT_POINTS_MAX).contains(&count) {
        problems.push(KeyProblem::AbsurdCount(count));
    }
    let fitting = (rest.len() / G1_LEN) as u64;
    for index in 0..count.min(fitting).min(INPUT_POINTS_MAX) as usize {
        points.inputs.push(point(&mut rest, G1_LEN, KeyPoint::Input(index), problems));
    }
    if count > fitting {
        truncated(problems, "the input points");
    } else if !rest.is_empty() {
        problems.push(KeyProblem::TrailingBytes(rest.len()));
    }
    if let Some(circuit) = circuit {
        let expected = circuit.public_inputs() as u64 + 1;
        if expected != count {
            problems.push(KeyProblem::InputCount { expected, found: count });
        }
    }
    points
}

/// Says once where the bytes end.
fn truncated(problems: &mut Vec<KeyProblem>, what: &str) {
    if !problems.iter().any(|problem| matches!(problem, KeyProblem::Truncated(_))) {
        problems.push(KeyProblem::Truncated(what.into()));
    }
}

fn point<P: SWCurveConfig>(
    rest: &mut &[u8],
    length: usize,
    name: KeyPoint,
    problems: &mut Vec<KeyProblem>,
) -> Option<Affine<P>> {
    let Some((head, tail)) = rest.split_at_checked(length) else {
        truncated(problems, &name.to_string());
        *rest = &[];
        return None;
    };
    *rest = tail;
    // Decompression puts the point on the curve; the group is checked below.
    let read = Affine::<P>::deserialize_with_mode(head, Compress::Yes, Validate::No).ok();
    let mut again = Vec::with_capacity(length);
    let canonical = read.filter(|point| point.serialize_compressed(&mut again).is_ok() && again == head);
    let Some(point) = canonical else {
        problems.push(KeyProblem::NotCanonical(name));
        return None;
    };
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        problems.push(KeyProblem::OutsideSubgroup(name));
        return None;
    }
    Some(point)
}

/// The key, if it has no problem.
pub(super) fn read_clean(circuit: Circuit, bytes: &[u8]) -> Result<VerifyingKey<Bn254>, KeyProblem> {
    if let Some(problem) = lint(Some(circuit), bytes).into_iter().next() {
        return Err(problem);
    }
    // The lint has read the same bytes; this cannot fail, and says so if it does.
    VerifyingKey::deserialize_compressed(bytes).map_err(|error| KeyProblem::Truncated(error.to_string()))
}
