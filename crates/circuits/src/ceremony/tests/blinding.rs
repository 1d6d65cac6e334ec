//! The blinding wire of docs/spec/prover.md in the keys of a ceremony.

use super::support::*;
use crate::builder::Builder;
use crate::ceremony::codec::{Reader, Writer};
use crate::ceremony::powers::Powers;
use crate::ceremony::query::Queries;
use crate::ceremony::verified::Keys;
use crate::ceremony::{Error, Shape, verify};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, One};
use ark_groth16::ProvingKey;
use ark_poly::EvaluationDomain;
use sero_shielded::field::Field;

const SQUARES: usize = 1;

#[test]
fn a_blinding_wire_is_the_last_and_alone_in_a() {
    let [cube, squares] = shapes() else { panic!("two circuits") };
    assert_eq!((cube.blinding_wire(), squares.blinding_wire()), (None, Some(squares.wires - 1)));
    for shape in [Shape::spend().unwrap(), Shape::output().unwrap()] {
        assert_eq!(shape.blinding_wire(), Some(shape.wires - 1), "{}", shape.name);
    }
    type Change = fn(&mut Builder<'_>);
    let not_blinding: [(&str, Change); 6] = [
        ("it is not the last", |b| drop(b.hint(Field::ZERO))),
        ("its row has a B", |b| b.rows.last_mut().unwrap()[1].push((Field::one(), 0))),
        ("its row has a C", |b| b.rows.last_mut().unwrap()[2].push((Field::one(), 0))),
        ("it is not alone", |b| b.rows.last_mut().unwrap()[0].push((Field::one(), 1))),
        ("its coefficient is 0", |b| b.rows.last_mut().unwrap()[0][0].0 = Field::ZERO),
        ("it occurs in another row", |b| {
            let last = b.assignment.len() - 1;
            b.rows[0][2].push((Field::one(), last));
        }),
    ];
    for (why, change) in not_blinding {
        let mut b = squares_builder(3);
        change(&mut b);
        assert_eq!(Shape::from_builder("squares", b).unwrap().blinding_wire(), None, "{why}");
    }
}

#[test]
fn a_key_that_cannot_blind_is_refused() {
    let shape = &shapes()[SQUARES];
    let wire = shape.blinding_wire().unwrap();
    let verified = verify(&files()[FINISHED], shapes()).unwrap();
    let honest = &verified.keys[SQUARES].proving_key;
    assert!(!honest.a_query[wire].is_zero());
    assert!(Keys::new(shape, honest.clone()).is_ok());
    let changes: [fn(&mut ProvingKey<Bn254>); 4] = [
        |key| *key.a_query.last_mut().unwrap() = G1Affine::zero(),
        |key| key.a_query.truncate(key.a_query.len() - 1),
        |key| *key.b_g1_query.last_mut().unwrap() = G1Affine::generator(),
        |key| *key.b_g2_query.last_mut().unwrap() = G2Affine::generator(),
    ];
    for change in changes {
        let mut key = honest.clone();
        change(&mut key);
        assert_eq!(Keys::new(shape, key).err(), Some(Error::Blinding { circuit: "squares".into(), wire }));
    }
    // What has no such wire needs none.
    let mut key = verified.keys[0].proving_key.clone();
    *key.a_query.last_mut().unwrap() = G1Affine::zero();
    assert!(Keys::new(&shapes()[0], key).is_ok());
}

/// The one tau that hides the wire is a point of the domain (of another row).
/// Then `tau^n = 1`, and no file has room for the H of such a tau.
#[test]
fn a_tau_inside_the_domain_is_refused() {
    let shape = &shapes()[SQUARES];
    let wire = shape.blinding_wire().unwrap();
    let mut hidden = 0;
    for (row, tau) in shape.domain.elements().enumerate() {
        let mut powers = Powers::start(shape.domain.size());
        powers.apply([&tau, &Field::from(5u8), &Field::from(7u8)]);
        let mut queries = Queries::derive(shape, &powers);
        queries.apply(&Field::from(11u8));
        let own_row = row == shape.constraints - 1;
        assert_eq!(queries.a_g1[wire].is_zero(), !own_row, "row {row}");
        hidden += usize::from(!own_row);
        let blinding = Keys::new(shape, queries.proving_key(&powers)).err();
        let expected = Error::Blinding { circuit: "squares".into(), wire };
        assert_eq!(blinding == Some(expected), !own_row);
        let mut writer = Writer::default();
        queries.write(&mut writer);
        assert!(matches!(Queries::read(&mut Reader(&writer.0), shape), Err(Error::Identity(_))));
    }
    assert_eq!(hidden, shape.domain.size() - 1);
}
