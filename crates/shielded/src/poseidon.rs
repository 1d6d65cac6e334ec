//! Poseidon over `F` with circomlib's permutation and constants (x^5, 8 full
//! rounds), the domain tag in the capacity element `state[0]`.
//!
//! Tag 0 equals circomlib's `poseidon(inputs)`; other tags equal its
//! initial-state variant. Source: Grassi et al., "Poseidon", and iden3 circomlib.

mod fast;
mod wide;

use crate::field::Field;
use ark_ff::AdditiveGroup;
use std::sync::OnceLock;

/// Domain tags of the protocol, `P[tag]`. The numbers are consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// circomlib's plain `poseidon`.
    Plain = 0,
    /// `O = P[owner](ak.x, ak.y, nk, d)`.
    Owner = 1,
    /// `O_r = P[pkr](O, s)`.
    Pkr = 2,
    /// `u = P[gen](asset)`.
    Generator = 3,
    /// `cm = P[cm](O_r, V.x, V.y, v, rcm)`.
    Commitment = 4,
    /// `P[node](c0..c7)`.
    Node = 5,
    /// `nf = P[nf](nk, cm, position)`.
    Nullifier = 6,
}

/// Round constants and MDS matrix for one width `t`.
pub struct Parameters {
    /// `(full + partial) * t` constants, round by round.
    pub round_constants: Vec<Field>,
    /// `t x t`, row by row.
    pub mds: Vec<Vec<Field>>,
    /// Always 8.
    pub full_rounds: usize,
    /// 56 to 68, by width.
    pub partial_rounds: usize,
}

/// Widest supported state: 8 inputs (a tree node).
pub const WIDTH_MAX: usize = 9;

/// The circomlib parameters for state width `t`, 2 to [`WIDTH_MAX`].
pub fn parameters(t: usize) -> &'static Parameters {
    static CACHE: [OnceLock<Parameters>; WIDTH_MAX + 1] = [const { OnceLock::new() }; WIDTH_MAX + 1];
    CACHE[t].get_or_init(|| {
        let width = u8::try_from(t).expect("t is at most WIDTH_MAX");
        let p = light_poseidon::parameters::bn254_x5::get_poseidon_parameters::<Field>(width)
            .expect("circomlib has parameters for widths 2 to 13");
        Parameters {
            round_constants: p.ark,
            mds: p.mds,
            full_rounds: p.full_rounds,
            partial_rounds: p.partial_rounds,
        }
    })
}

/// `P[tag](inputs)`, 1 to 8 inputs.
pub fn poseidon(tag: Tag, inputs: &[Field]) -> Field {
    poseidon_with_tag(Field::from(tag as u8), inputs)
}

/// [`poseidon`] with any element of the field as its tag.
pub fn poseidon_with_tag(tag: Field, inputs: &[Field]) -> Field {
    let t = inputs.len() + 1;
    let mut state = [Field::ZERO; WIDTH_MAX];
    state[0] = tag;
    state[1..t].copy_from_slice(inputs);
    fast::permute(&mut state[..t], 1, |_| ());
    state[0]
}

/// [`poseidon`], showing `observe` what goes into each S-box: in a full round that of every element, in a partial round
/// that of the first.
pub fn poseidon_observed(tag: Tag, inputs: &[Field], observe: impl FnMut(&Field)) -> Field {
    let t = inputs.len() + 1;
    let mut state = [Field::ZERO; WIDTH_MAX];
    state[0] = Field::from(tag as u8);
    state[1..t].copy_from_slice(inputs);
    fast::permute(&mut state[..t], 1, observe);
    state[0]
}

/// The permutation in place; `state.len()` is the width `t`. Each round adds its
/// constants, raises every element (in partial rounds `state[0]` alone) to the
/// fifth power and multiplies by the matrix; `fast` computes the same with less.
pub fn permute(state: &mut [Field]) {
    fast::permute(state, state.len(), |_| ());
}
