//! The crate against the vectors of `docs/spec/vectors`, which an independent
//! model in Python made from the specification, one module for each file; and
//! against hostile input.

mod asset;
mod bundle;
mod disclosure;
mod encryption;
mod field;
mod hash;
mod hostile;
mod keys;
mod malleability;
mod map;
mod note;
mod package;
mod pkr;
mod point;
mod poseidon;
mod rng;
mod signature;
mod tree;
mod vectors;
mod verifier;

/// Every file of vectors has a module here, and at least as many cases of every
/// kind as when the module was written.
#[test]
fn no_file_is_left_out_or_emptied() {
    const LEAST: [(&str, &[(&str, usize)]); 16] = [
        ("asset", &[("any", 3), ("category", 12), ("coin", 1), ("name", 52), ("ticket", 4), ("token", 12)]),
        ("bundle", &[("bundle", 6), ("invalid", 63), ("packages", 8), ("refused-bvk", 3)]),
        ("disclosure", &[("payer", 2), ("refused", 41), ("valid", 7)]),
        ("encryption", &[("decrypt", 9), ("encrypt", 4)]),
        ("field", &[("field", 16), ("scalar", 16)]),
        ("hash", &[("b32", 14), ("blake2b", 14), ("h2f", 14), ("h2s", 14), ("k2f", 14), ("keccak256", 5)]),
        ("keys", &[("keys", 4), ("text", 34)]),
        ("map", &[("generator", 2), ("hash_to_curve", 11), ("map", 22), ("two_adic_log", 16)]),
        ("note", &[("hidden", 6), ("nullifier", 6), ("public", 5), ("value", 12)]),
        ("package", &[("box", 18), ("id", 8), ("id-call", 6), ("refused", 46), ("refused-seal", 1)]),
        ("pkr", &[("derive", 4), ("open", 18)]),
        ("point", &[("", 47)]),
        ("poseidon", &[("", 88)]),
        ("signature", &[("", 50)]),
        // Its module is in `sero-primitives`.
        ("transaction", &[("invalid", 59), ("transaction", 5)]),
        ("tree", &[("empty", 12), ("leaves", 1), ("path", 6), ("root", 9)]),
    ];
    assert_eq!(vectors::files(), LEAST.map(|(file, _)| file));
    for (file, kinds) in LEAST {
        let found = vectors::counts(file);
        vectors::report(file, &found);
        let names: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), names, "{file}: kinds");
        for (kind, least) in kinds {
            assert!(
                found[*kind] >= *least,
                "{file}: {} cases of kind `{kind}`, at least {least}",
                found[*kind]
            );
        }
    }
}
