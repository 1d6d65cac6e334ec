//! The circuits as the harness sees them: run, read back, judged.

use super::honest;
use super::layout::Layout;
use super::planted::{self, Plant};
use super::statement::{Rule, output_broken, spend_broken};
use crate::builder::Builder;
use crate::{
    OUTPUT_INPUTS, OutputWitness, SPEND_INPUTS, SpendWitness, TREE_ARITY, TREE_DEPTH, output, spend,
};
use ark_ff::{AdditiveGroup, BigInteger, Field as _, One, PrimeField};
use ark_std::rand::rngs::StdRng;
use sero_shielded::curve::Point;
use sero_shielded::field::{Field, Scalar};

/// A kind of honest witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// The coin.
    Coin,
    /// A token.
    Token,
    /// A ticket: amount 1.
    Ticket,
    /// Amount 0.
    Dummy,
}

/// All branches.
pub const BRANCHES: [Branch; 4] = [Branch::Coin, Branch::Token, Branch::Ticket, Branch::Dummy];

/// A bad witness for T-DROP: a witness and hints that differ from it.
pub type Bad<W> = (W, Vec<(usize, Field)>);

/// A circuit under test.
pub trait Subject: Copy + Sync {
    /// What it knows.
    type Witness: Sync + Send;
    /// Its public inputs.
    const INPUTS: usize;
    /// Its name on the command line.
    const NAME: &'static str;
    /// Wires that no mutation need violate, with whether that is for the sign only.
    const FREE_WIRES: &'static [(&'static str, bool)];
    /// Constraints that no bad witness violates alone.
    const REDUNDANT: &'static [&'static str];

    /// The circuit.
    fn synthesize(self, b: &mut Builder<'_>, w: &Self::Witness);
    /// Has it a planted bug? Then the exceptions, which are pinned by name, need not fit.
    fn is_planted(self) -> bool;
    /// For the shape.
    fn blank() -> Self::Witness;
    /// The `n`th honest witness of a branch: extremes first.
    fn honest(branch: Branch, n: usize, rng: &mut StdRng) -> Self::Witness;
    /// Reads the statement off the wires and says which rules it breaks.
    fn judge(layout: &Layout, assignment: &[Field]) -> Vec<Rule>;
    /// Wires of declared secrets other than bits, and, for a dummy, the anchor.
    fn declared(layout: &Layout, assignment: &[Field]) -> Vec<usize>;
    /// Makes public inputs that are not computed follow the private wires.
    fn follow(layout: &Layout, assignment: &mut [Field]);
    /// Bad witnesses made by hand, and witnesses to start from.
    fn corpus(self, layout: &Layout, rng: &mut StdRng) -> (Vec<Self::Witness>, Vec<Bad<Self::Witness>>);

    /// The shape.
    fn layout(self) -> Layout {
        let mut b = Builder::new(Self::INPUTS, true);
        self.synthesize(&mut b, &Self::blank());
        Layout::new(&mut b)
    }

    /// The assignment where some hints are replaced and everything later is computed from them.
    fn run(self, w: &Self::Witness, replaced: &[(usize, Field)]) -> Vec<Field> {
        let mut hook = |hint: usize, honest: Field| {
            replaced.iter().find(|(at, _)| *at == hint).map_or(honest, |(_, value)| *value)
        };
        let mut b = Builder::hooked(Self::INPUTS, false, &mut hook);
        self.synthesize(&mut b, w);
        core::mem::take(&mut b.assignment)
    }
}

/// The Spend circuit, or one with a planted bug.
#[derive(Clone, Copy)]
pub struct Spend(pub Option<Plant>);

/// The Output circuit, or one with a planted bug.
#[derive(Clone, Copy)]
pub struct Output(pub Option<Plant>);

/// Hints of one level of the path: 8 children, 6 of the selection, 402 of the hash.
pub const LEVEL: usize = 8 + 6 + 402;

impl Subject for Spend {
    type Witness = SpendWitness;
    const INPUTS: usize = SPEND_INPUTS;
    const NAME: &'static str = "spend";
    const FREE_WIRES: &'static [(&'static str, bool)] = &[("blinding[0]", false)];
    const REDUNDANT: &'static [&'static str] = &["blinding row 0"];

    fn synthesize(self, b: &mut Builder<'_>, w: &SpendWitness) {
        match self.0 {
            None => spend::synthesize(b, w),
            plant => planted::spend(b, w, plant),
        }
    }

    fn is_planted(self) -> bool {
        self.0.is_some()
    }

    fn blank() -> SpendWitness {
        SpendWitness::blank()
    }

    fn honest(branch: Branch, n: usize, rng: &mut StdRng) -> SpendWitness {
        honest::spend(branch, n, rng)
    }

    fn judge(layout: &Layout, assignment: &[Field]) -> Vec<Rule> {
        match read_spend(layout, assignment) {
            Ok(w) => spend_broken(&w, &assignment[1..=SPEND_INPUTS]),
            Err(rule) => vec![rule],
        }
    }

    fn declared(layout: &Layout, assignment: &[Field]) -> Vec<usize> {
        let mut wires: Vec<usize> =
            [("ak", 0), ("ak", 1), ("owner", 0), ("owner", 1), ("owner", 2), ("V", 0), ("V", 1), ("cm", 0)]
                .map(|(section, index)| layout.wire(section, index))
                .to_vec();
        let position = number(layout, assignment, "position", 3 * TREE_DEPTH).unwrap_or(0);
        for level in 0..TREE_DEPTH {
            let own = (position >> (3 * level)) as usize % TREE_ARITY;
            let children = (0..TREE_ARITY).filter(|child| *child != own);
            wires.extend(children.map(|child| layout.wire("path", LEVEL * level + child)));
        }
        if number(layout, assignment, "v", 128) == Some(0) {
            wires.push(1);
        }
        wires
    }

    fn follow(layout: &Layout, assignment: &mut [Field]) {
        if let Some(row) = layout.first_row("anchor").filter(|row| !layout.holds(*row, assignment)) {
            assignment[1] += super::layout::evaluate(&layout.rows[row][1], assignment);
        }
    }

    fn corpus(self, layout: &Layout, rng: &mut StdRng) -> (Vec<SpendWitness>, Vec<Bad<SpendWitness>>) {
        honest::spend_corpus(self, layout, rng)
    }
}

impl Subject for Output {
    type Witness = OutputWitness;
    const INPUTS: usize = OUTPUT_INPUTS;
    const NAME: &'static str = "output";
    /// `V[60]` is `w` of the sign proof: squared at once.
    const FREE_WIRES: &'static [(&'static str, bool)] = &[("V[60]", true), ("blinding[0]", false)];
    /// `V row 6` is `t != 0`: the doublings refuse it too.
    const REDUNDANT: &'static [&'static str] = &["V row 6", "blinding row 0"];

    fn synthesize(self, b: &mut Builder<'_>, w: &OutputWitness) {
        match self.0 {
            None => output::synthesize(b, w),
            plant => planted::output(b, w, plant),
        }
    }

    fn is_planted(self) -> bool {
        self.0.is_some()
    }

    fn blank() -> OutputWitness {
        OutputWitness::blank()
    }

    fn honest(branch: Branch, n: usize, rng: &mut StdRng) -> OutputWitness {
        honest::output(branch, n, rng)
    }

    fn judge(layout: &Layout, assignment: &[Field]) -> Vec<Rule> {
        match read_output(layout, assignment) {
            Ok(w) => output_broken(&w, &assignment[1..=OUTPUT_INPUTS]),
            Err(rule) => vec![rule],
        }
    }

    fn declared(layout: &Layout, _: &[Field]) -> Vec<usize> {
        [("owner", 0), ("asset", 0), ("cm", 0)].map(|(section, index)| layout.wire(section, index)).to_vec()
    }

    fn follow(_: &Layout, _: &mut [Field]) {}

    fn corpus(self, layout: &Layout, rng: &mut StdRng) -> (Vec<OutputWitness>, Vec<Bad<OutputWitness>>) {
        honest::output_corpus(self, layout, rng)
    }
}

/// The witness that the wires of a Spend hold; the rule that a wire breaks which is no bit.
fn read_spend(layout: &Layout, assignment: &[Field]) -> Result<SpendWitness, Rule> {
    let at = |section: &str, index: usize| assignment[layout.wire(section, index)];
    let point = |section: &str| Point::new_unchecked(at(section, 0), at(section, 1));
    let position = number(layout, assignment, "position", 3 * TREE_DEPTH).ok_or(Rule::Position)?;
    let siblings = core::array::from_fn(|level| {
        let own = (position >> (3 * level)) as usize % TREE_ARITY;
        core::array::from_fn(|i| at("path", LEVEL * level + i + usize::from(i >= own)))
    });
    Ok(SpendWitness {
        ak: point("ak"),
        nk: at("owner", 0),
        d: at("owner", 1),
        s: at("owner", 2),
        asset_base: point("V"),
        amount: number(layout, assignment, "v", 128).ok_or(Rule::Range)?,
        rcm: at("cm", 0),
        position: position as u64,
        siblings,
        anchor: assignment[1],
        alpha: read_scalar(layout, assignment, "alpha").ok_or(Rule::RandomisedKey)?,
        rcv: read_scalar(layout, assignment, "rcv").ok_or(Rule::ValueCommitment)?,
    })
}

fn read_output(layout: &Layout, assignment: &[Field]) -> Result<OutputWitness, Rule> {
    let at = |section: &str, index: usize| assignment[layout.wire(section, index)];
    Ok(OutputWitness {
        owner: at("owner", 0),
        asset: at("asset", 0),
        amount: number(layout, assignment, "v", 128).ok_or(Rule::Range)?,
        rcm: at("cm", 0),
        rcv: read_scalar(layout, assignment, "rcv").ok_or(Rule::ValueCommitment)?,
    })
}

fn bit(value: Field) -> Option<bool> {
    if value == Field::ZERO { Some(false) } else { (value == Field::one()).then_some(true) }
}

/// `count` bits from the start of a section; `None` if one is no bit.
fn number(layout: &Layout, assignment: &[Field], section: &str, count: usize) -> Option<u128> {
    (0..count).rev().try_fold(0, |n, i| Some(2 * n + u128::from(bit(assignment[layout.wire(section, i)])?)))
}

/// Windows of a fixed-base multiplication before the top digit.
const WINDOWS: usize = 83;
/// The 251 bits of the recoded scalar.
type Recoded = <Scalar as PrimeField>::BigInt;

/// Where a digit's wires are in the section: three bits, their product, the signed
/// coordinate, then the addition (not for the first).
fn window(j: usize) -> usize {
    if j == 0 { 0 } else { 5 + 8 * (j - 1) }
}

/// The top digit's two bits come after the conversion to Edwards form.
const TOP: usize = 5 + 8 * (WINDOWS - 1) + 2;

/// The hints of the bits of a fixed-base scalar, with the values that stand for `u`: the scalar
/// is `u - (2^251 - 1)/2`.
pub fn scalar_hints(layout: &Layout, section: &str, u: &Recoded) -> Vec<(usize, Field)> {
    let mut hints = Vec::new();
    let mut set = |index: usize, value: bool| {
        hints.push((layout.hint(section, index), Field::from(value)));
    };
    for j in 0..WINDOWS {
        let negative = !u.get_bit(3 * j + 2);
        set(window(j), u.get_bit(3 * j) != negative);
        set(window(j) + 1, u.get_bit(3 * j + 1) != negative);
        set(window(j) + 2, negative);
    }
    let top = 3 * WINDOWS;
    set(TOP, u.get_bit(top) == u.get_bit(top + 1));
    set(TOP + 1, !u.get_bit(top + 1));
    hints
}

/// The recoded scalar of a section; `None` if a wire is no bit.
pub fn read_recoded(layout: &Layout, assignment: &[Field], section: &str) -> Option<Recoded> {
    let at = |index: usize| bit(assignment[layout.wire(section, index)]);
    let mut bits = Vec::with_capacity(3 * WINDOWS + 2);
    for j in 0..WINDOWS {
        let negative = at(window(j) + 2)?;
        bits.extend([at(window(j))? != negative, at(window(j) + 1)? != negative, !negative]);
    }
    let positive = !at(TOP + 1)?;
    bits.extend([positive == at(TOP)?, positive]);
    Some(Recoded::from_bits_le(&bits))
}

fn read_scalar(layout: &Layout, assignment: &[Field], section: &str) -> Option<Scalar> {
    let u = read_recoded(layout, assignment, section)?;
    // 2^251 - 1 is odd; half of it exists modulo l.
    let offset = (Scalar::from(2u8).pow([251]) - Scalar::one()) * Scalar::from(2u8).inverse()?;
    // u may exceed l; the product with the point is the same modulo l.
    let value = u.to_bits_be().iter().fold(Scalar::from(0u8), |sum, bit| sum.double() + Scalar::from(*bit));
    Some(value - offset)
}
