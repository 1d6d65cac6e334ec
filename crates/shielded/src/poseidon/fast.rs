//! The permutation with the partial rounds as a linear recurrence.
//!
//! Between the full rounds only `state[0]` passes the S-box; the other
//! `d = t - 1` elements are a linear memory. Appendix B of the Poseidon paper
//! (Grassi et al., <https://eprint.iacr.org/2019/458>) uses this to factor
//! `M = M' x M''` with sparse `M''`: `2t - 1` products a round, and as many
//! reductions as elements. Here the memory is eliminated instead: the same
//! `2t - 1` products, but they form one sum with one reduction.
//!
//! # Why this is exact
//!
//! Write `M = [[m, v], [w, A]]` with `v` a row and `w` a column of `d` elements,
//! `N` for the number of partial rounds, `y_n` for the S-box output of partial
//! round `n` and `(x_n, s_n)` for the state before it. Given the `y_n`, all else
//! is affine, so the state is the sum of two sequences:
//!
//! - what the round constants alone give (all `y_n = 0`, start at zero): fixed
//!   numbers `k_n` in `state[0]`, computed once; after the last round also the
//!   whole state `k_N`, which joins the constants of the next full round;
//! - what the start and the `y_n` give without constants: `(e_n, g_n)` with
//!   `(e_0, g_0)` the state that the first full rounds leave and
//!
//!   ```text
//!   e_{n+1} = m y_n + v g_n        g_{n+1} = w y_n + A g_n        y_n = (e_n + k_n)^5
//!   ```
//!
//! Let `O` be the matrix with rows `v, vA, .., vA^{d-1}`, `h_0 = m`,
//! `h_j = v A^{j-1} w`, and `H` lower triangular with `H[j][i] = h_{j-i}`.
//! Unrolling `g` over `d` rounds gives, for every `n`,
//!
//! ```text
//! (e_{n+1}, .., e_{n+d}) = O g_n + H (y_n, .., y_{n+d-1})                                (1)
//! e_{n+d+1} = v A^d g_n + h_d y_n + .. + h_1 y_{n+d-1} + h_0 y_{n+d}                     (2)
//! g_{n+d}   = A^d g_n + A^{d-1} w y_n + .. + A^0 w y_{n+d-1}                             (3)
//! ```
//!
//! `O` is invertible for every width here (checked when the tables are made; a
//! kernel vector would be a difference that never meets an S-box in `d` rounds,
//! which Poseidon's choice of matrix excludes). So (1) gives `g_n` from `d`
//! values of `e` and `y`, and with it
//!
//! - (2) becomes a sum over the last `d` values `e` and `d + 1` values `y`, whose
//!   coefficients do not depend on `n`: the step;
//! - (3) with `n = N - d` becomes the state after the last partial round: the exit;
//! - (1) with `n = 0` starts the recurrence. `O` acts there on what the matrix of
//!   the last full round before gave, so the two are multiplied once: the entry.
//!
//! Each is an identity between elements of `F`, no approximation is involved.

use super::wide::{TERMS_MAX, sum_of_products};
use super::{Parameters, WIDTH_MAX, parameters};
use crate::field::Field;
use ark_ff::{AdditiveGroup, Field as _};
use std::sync::OnceLock;

type Matrix = Vec<Vec<Field>>;

/// More partial rounds than any width has.
const PARTIAL_MAX: usize = 68;
/// Full rounds before the partial ones, and after.
const HALF: usize = 4;

const _: () = assert!(TERMS_MAX == 2 * WIDTH_MAX - 1);

/// What is computed once for a width.
struct Tables {
    mds: &'static Matrix,
    /// Constants of the first full rounds.
    first: &'static [Field],
    /// Row 0 of `M`, then `O` times its other rows.
    entry: Matrix,
    /// `k_n`.
    partial: Vec<Field>,
    /// `h_{d-1}, .., h_0`.
    start: Vec<Field>,
    /// Coefficients of `y_n, e_{n+1}, y_{n+1}, .., e_{n+d}, y_{n+d}` in `e_{n+d+1}`.
    step: Vec<Field>,
    /// Rows of coefficients of `y_{N-d}, e_{N-d+1}, .., y_{N-1}, e_N` in `g_N`.
    exit: Matrix,
    /// Constants of the last full rounds, `k_N` added to the first of them.
    last: Vec<Field>,
}

fn tables(t: usize) -> &'static Tables {
    static CACHE: [OnceLock<Tables>; WIDTH_MAX + 1] = [const { OnceLock::new() }; WIDTH_MAX + 1];
    CACHE[t].get_or_init(|| Tables::new(parameters(t)))
}

/// The permutation of `state`, of which only the first `outputs` elements are
/// computed in the end; the others are left in no particular state. Every S-box
/// shows `observe` what goes in, round by round and element by element.
pub fn permute(state: &mut [Field], outputs: usize, mut observe: impl FnMut(&Field)) {
    let t = state.len();
    let d = t - 1;
    let tables = tables(t);

    for (round, constants) in tables.first.chunks_exact(t).enumerate() {
        let rows = if round + 1 < HALF { tables.mds } else { &tables.entry };
        full_round(state, constants, rows, &mut observe);
    }

    let rounds = tables.partial.len();
    // y_0, e_1, y_1, .., y_{N-1}, e_N.
    let mut history = [Field::ZERO; 2 * PARTIAL_MAX];
    let mut first = [Field::ZERO; WIDTH_MAX];
    let mut e = state[0];
    for (n, k) in tables.partial.iter().enumerate() {
        let x = e + k;
        observe(&x);
        let y = fifth_power(x);
        history[2 * n] = y;
        e = if n < d {
            first[n] = y;
            state[n + 1] + sum_of_products(&first[..=n], &tables.start[d - 1 - n..])
        } else {
            sum_of_products(&history[2 * (n - d)..=2 * n], &tables.step)
        };
        history[2 * n + 1] = e;
    }
    state[0] = e;
    for (out, row) in state[1..].iter_mut().zip(&tables.exit) {
        *out = sum_of_products(&history[2 * (rounds - d)..2 * rounds], row);
    }

    for (round, constants) in tables.last.chunks_exact(t).enumerate() {
        let rows = if round + 1 < HALF { tables.mds } else { &tables.mds[..outputs] };
        full_round(state, constants, rows, &mut observe);
    }
}

#[inline(always)]
fn fifth_power(x: Field) -> Field {
    x.square().square() * x
}

fn full_round(
    state: &mut [Field],
    constants: &[Field],
    rows: &[Vec<Field>],
    observe: &mut impl FnMut(&Field),
) {
    let mut powers = [Field::ZERO; WIDTH_MAX];
    for ((power, x), c) in powers.iter_mut().zip(&*state).zip(constants) {
        let x = *x + c;
        observe(&x);
        *power = fifth_power(x);
    }
    let powers = &powers[..state.len()];
    for (out, row) in state.iter_mut().zip(rows) {
        *out = sum_of_products(powers, row);
    }
}

impl Tables {
    fn new(p: &'static Parameters) -> Self {
        let t = p.mds.len();
        let d = t - 1;
        assert_eq!(p.full_rounds, 2 * HALF);
        assert!((d..=PARTIAL_MAX).contains(&p.partial_rounds));
        let (first, rest) = p.round_constants.split_at(HALF * t);
        let (middle, last) = rest.split_at(p.partial_rounds * t);

        let mut constants = vec![Field::ZERO; t];
        let mut partial = Vec::with_capacity(p.partial_rounds);
        for round in middle.chunks_exact(t) {
            add(&mut constants, round);
            partial.push(constants[0]);
            constants[0] = Field::ZERO;
            constants = p.mds.iter().map(|row| dot(row, &constants)).collect();
        }
        let mut last = last.to_vec();
        add(&mut last[..t], &constants);

        let v = p.mds[0][1..].to_vec();
        let w: Vec<Field> = p.mds[1..].iter().map(|row| row[0]).collect();
        let a: Matrix = p.mds[1..].iter().map(|row| row[1..].to_vec()).collect();
        // v, vA, .., vA^d
        let mut observed = vec![v];
        // w, Aw, .., A^{d-1} w
        let mut driven = vec![w.clone()];
        let mut a_power = identity(d);
        for _ in 0..d {
            observed.push((0..d).map(|j| dot(&observed[observed.len() - 1], &column(&a, j))).collect());
            driven.push(a.iter().map(|row| dot(row, &driven[driven.len() - 1])).collect());
            a_power = multiply(&a_power, &a);
        }
        let v_a_d = observed.pop().expect("d + 1 rows");
        // h_0, .., h_d
        let mut h = vec![p.mds[0][0]];
        h.extend(observed.iter().map(|row| dot(row, &w)));
        let triangle: Matrix =
            (0..d).map(|j| (0..d).map(|i| if i <= j { h[j - i] } else { Field::ZERO }).collect()).collect();
        let inverse = invert(&observed).expect("the matrix meets Poseidon's condition on subspaces");

        let of_e = multiply(&vec![v_a_d], &inverse);
        let of_y = multiply(&of_e, &triangle);
        let mut step: Vec<Field> = (0..d).flat_map(|i| [h[d - i] - of_y[0][i], of_e[0][i]]).collect();
        step.push(h[0]);

        let of_e = multiply(&a_power, &inverse);
        let of_y = multiply(&of_e, &triangle);
        let exit = (0..d)
            .map(|row| (0..d).flat_map(|i| [driven[d - 1 - i][row] - of_y[row][i], of_e[row][i]]).collect())
            .collect();

        let mut entry = vec![p.mds[0].clone()];
        entry.extend(multiply(&observed, &p.mds[1..].to_vec()));
        let start = h[..d].iter().rev().copied().collect();
        Self { mds: &p.mds, first, entry, partial, start, step, exit, last }
    }
}

fn add(to: &mut [Field], other: &[Field]) {
    to.iter_mut().zip(other).for_each(|(x, y)| *x += y);
}

fn dot(a: &[Field], b: &[Field]) -> Field {
    a.iter().zip(b).map(|(x, y)| *x * y).sum()
}

fn column(m: &Matrix, j: usize) -> Vec<Field> {
    m.iter().map(|row| row[j]).collect()
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let columns: Matrix = (0..b[0].len()).map(|j| column(b, j)).collect();
    a.iter().map(|row| columns.iter().map(|column| dot(row, column)).collect()).collect()
}

fn identity(n: usize) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| Field::from(u8::from(i == j))).collect()).collect()
}

/// Gauss-Jordan elimination; `None` for a singular matrix.
fn invert(m: &Matrix) -> Option<Matrix> {
    let n = m.len();
    let mut rows: Matrix = m.iter().zip(identity(n)).map(|(a, b)| [a.as_slice(), &b].concat()).collect();
    for i in 0..n {
        let pivot = (i..n).find(|row| rows[*row][i] != Field::ZERO)?;
        rows.swap(i, pivot);
        let scale = rows[i][i].inverse()?;
        rows[i].iter_mut().for_each(|x| *x *= scale);
        let pivot = rows[i].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = row[i];
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
        }
    }
    Some(rows.into_iter().map(|row| row[n..].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hash_to_field;

    /// The definition of the permutation.
    fn plain(state: &mut [Field]) {
        let t = state.len();
        let p = parameters(t);
        let half = p.full_rounds / 2;
        for (round, constants) in p.round_constants.chunks_exact(t).enumerate() {
            add(state, constants);
            let full = round < half || round >= half + p.partial_rounds;
            for x in state.iter_mut().take(if full { t } else { 1 }) {
                *x *= x.square().square();
            }
            let next: Vec<_> = p.mds.iter().map(|row| dot(row, state)).collect();
            state.copy_from_slice(&next);
        }
    }

    fn check(state: Vec<Field>) {
        let (mut expected, mut all, mut one) = (state.clone(), state.clone(), state);
        plain(&mut expected);
        super::super::permute(&mut all);
        assert_eq!(all, expected);
        permute(&mut one, 1, |_| ());
        assert_eq!(one[0], expected[0]);
    }

    #[test]
    fn equals_the_definition_on_random_states() {
        for t in 2..=WIDTH_MAX {
            for n in 0..300u32 {
                let at = |i: usize| hash_to_field("state", &[&n.to_be_bytes(), &i.to_be_bytes()]);
                check((0..t).map(at).collect());
            }
        }
    }

    #[test]
    fn equals_the_definition_on_edge_states() {
        let edges = [Field::ZERO, Field::ONE, -Field::ONE, Field::from(6), -Field::from(2)];
        for t in 2..=WIDTH_MAX {
            for edge in edges {
                check(vec![edge; t]);
                for other in edges {
                    for i in 0..t {
                        let mut state = vec![other; t];
                        state[i] = edge;
                        check(state);
                    }
                }
            }
            // States for which the first S-boxes see zero.
            check(parameters(t).round_constants[..t].iter().map(|c| -*c).collect());
        }
    }

    #[test]
    fn matrix_inverse() {
        let m = &parameters(5).mds;
        assert_eq!(multiply(m, &invert(m).unwrap()), identity(5));
        assert!(invert(&vec![vec![Field::ONE; 2]; 2]).is_none());
    }
}
