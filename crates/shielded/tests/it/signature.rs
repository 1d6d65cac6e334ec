use crate::rng::Rng;
use crate::vectors::{self, Case};
use sero_shielded::curve::{g_auth, multiply, point_from_bytes, value_randomness_base};
use sero_shielded::signature::{Domain, Signature, SignatureError, sign, verify};

fn domain(case: &Case) -> Domain {
    match case.text("domain") {
        "auth" => Domain::Authorisation,
        "binding" => Domain::Binding,
        "payer" => Domain::Payer,
        name => panic!("{case}: unknown domain {name}"),
    }
}

fn base(domain: Domain) -> sero_shielded::curve::Point {
    match domain {
        Domain::Authorisation | Domain::Payer => g_auth(),
        Domain::Binding => value_randomness_base(),
        Domain::Payee(base) => base,
    }
}

/// The step that refuses, in the words of the vectors.
fn check(domain: Domain, vk: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), &'static str> {
    let signature = Signature(signature.try_into().map_err(|_| "length")?);
    let vk = point_from_bytes(vk).map_err(|_| "verifying-key")?;
    verify(domain, &vk, message, &signature).map_err(|error| match error {
        SignatureError::Nonce(_) => "nonce-point",
        SignatureError::Scalar => "sigma",
        SignatureError::Mismatch => "equation",
    })
}

#[test]
fn vectors() {
    vectors::run("signature", |case| {
        let (domain, message, signature) = (domain(case), case.bytes("message"), case.bytes("signature"));
        let result = check(domain, &case.array("vk"), &message, &signature);
        if case.flag("valid") {
            let secret = case.scalar("secret");
            assert_eq!(multiply(&base(domain), &secret), case.point("vk"), "{case}");
            assert_eq!(
                sign(domain, &secret, &message, &case.array("fresh")).0.as_slice(),
                signature,
                "{case}"
            );
            assert_eq!(result, Ok(()), "{case}");
        } else {
            assert_eq!(result, Err(case.text("reason")), "{case}");
        }
    });
}

#[test]
fn a_stuck_generator_repeats_no_nonce() {
    let mut rng = Rng::new("nonce");
    for domain in [Domain::Authorisation, Domain::Binding] {
        let (one, other) = (rng.scalar(), rng.scalar());
        let nonce =
            |secret, message: &[u8], fresh: u8| sign(domain, secret, message, &[fresh; 32]).0[..32].to_vec();
        let mut nonces = vec![nonce(&one, b"", 0), nonce(&one, b"\0", 0), nonce(&one, b"\0\0", 0)];
        nonces.extend([nonce(&one, b"a", 0), nonce(&one, b"a", 1), nonce(&other, b"a", 0)]);
        for (i, a) in nonces.iter().enumerate() {
            assert!(!nonces[..i].contains(a), "nonce {i} repeats in {domain:?}");
        }
        assert_eq!(nonce(&one, b"a", 0), nonces[3]);
    }
    // The personalisation is hashed too, so that one secret in both domains has two nonces.
    let secret = rng.scalar();
    let [a, b] =
        [Domain::Authorisation, Domain::Binding].map(|domain| sign(domain, &secret, b"m", &[0; 32]).0);
    assert_ne!(a[..32], b[..32]);
}

#[test]
fn every_flipped_bit_is_refused() {
    let mut rng = Rng::new("flips");
    for domain in [Domain::Authorisation, Domain::Binding] {
        let (secret, message) = (rng.scalar(), rng.bytes());
        let vk = multiply(&base(domain), &secret);
        let signature = sign(domain, &secret, &message, &rng.bytes());
        assert_eq!(verify(domain, &vk, &message, &signature), Ok(()));
        for bit in 0..512 {
            let mut flipped = signature;
            flipped.0[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(domain, &vk, &message, &flipped).is_err(), "bit {bit} in {domain:?}");
        }
        for bit in 0..256 {
            let mut flipped = message;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                verify(domain, &vk, &flipped, &signature),
                Err(SignatureError::Mismatch),
                "message bit {bit}"
            );
        }
    }
}
