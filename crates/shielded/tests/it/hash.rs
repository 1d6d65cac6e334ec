use crate::vectors::{self, Case};
use alloy_primitives::keccak256;
use sero_shielded::field::{field_to_bytes, scalar_to_bytes};
use sero_shielded::hash::{blake2b, blake2b_32, hash_to_field, hash_to_scalar, keccak_to_field};

#[test]
fn vectors() {
    vectors::run("hash", |case| {
        let parts: Vec<Vec<u8>> = case.list("parts").iter().map(Case::as_bytes).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let name = case.text("personal_or_domain");
        let output = match case.kind() {
            "blake2b" => blake2b(name, &parts).to_vec(),
            "b32" => blake2b_32(name, &parts).to_vec(),
            "h2s" => scalar_to_bytes(&hash_to_scalar(name, &parts)).to_vec(),
            "h2f" => field_to_bytes(&hash_to_field(name, &parts)).to_vec(),
            "k2f" => field_to_bytes(&keccak_to_field(name, &parts)).to_vec(),
            "keccak256" => {
                assert_eq!(parts.len(), 1, "{case}");
                keccak256(parts[0]).to_vec()
            }
            kind => panic!("{case}: unknown kind {kind}"),
        };
        assert_eq!(output, case.bytes("output"), "{case}");
    });
}
