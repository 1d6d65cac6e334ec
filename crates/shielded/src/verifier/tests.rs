use super::*;
use core::iter::once;

fn keys() -> VerifyingKeys {
    let key = |byte| PreparedKey { key: VerifyingKey::default(), hash: B256::repeat_byte(byte) };
    VerifyingKeys { spend: key(1), output: key(2) }
}

fn claims() -> Vec<ProofClaim> {
    let claim = |(at, circuit): (u8, Circuit)| ProofClaim {
        circuit,
        inputs: (0..circuit.public_inputs() as u64).map(Field::from).collect(),
        proof: core::array::from_fn(|i| at ^ i as u8),
    };
    (0..).zip([Circuit::Spend, Circuit::Output, Circuit::Output]).map(claim).collect()
}

/// Whoever changes anything that the equation is about gets other coefficients, every one of them.
#[test]
fn coefficients_follow_from_everything() {
    let (keys, claims) = (keys(), claims());
    let coefficients = keys.batch_coefficients(&claims);
    let mut changed = Vec::new();
    let mut change = |i: usize, change: &dyn Fn(&mut ProofClaim)| {
        let mut claims = claims.clone();
        change(&mut claims[i]);
        changed.push((format!("claim {i}"), keys.batch_coefficients(&claims)));
    };
    for (i, claim) in claims.iter().enumerate() {
        for byte in 0..PROOF_LEN {
            change(i, &|claim| claim.proof[byte] ^= 1);
        }
        for input in 0..claim.inputs.len() {
            change(i, &|claim| claim.inputs[input] += Field::from(1u8));
        }
        change(i, &|claim| {
            claim.circuit = if claim.circuit == Circuit::Spend { Circuit::Output } else { Circuit::Spend };
        });
    }
    for (spend, output) in [(3, 2), (1, 3)] {
        let mut other = keys.clone();
        (other.spend.hash, other.output.hash) = (B256::repeat_byte(spend), B256::repeat_byte(output));
        changed.push((format!("keys {spend} {output}"), other.batch_coefficients(&claims)));
    }
    for (what, changed) in &changed {
        assert_eq!(changed.len(), coefficients.len());
        assert!(changed.iter().zip(&coefficients).all(|(a, b)| a != b), "{what}");
    }
    // As long as they say, and no two the same.
    let mut all: Vec<u128> =
        changed.into_iter().chain(once((String::new(), coefficients))).flat_map(|c| c.1).collect();
    let count = all.len();
    assert!((0..128).all(|bit| all.iter().any(|c| c >> bit & 1 == 1)));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}
