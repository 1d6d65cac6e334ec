use crate::vectors;
use alloy_primitives::U256;
use sero_shielded::field::{field_from_bytes, field_to_bytes, scalar_from_bytes, scalar_to_bytes};

#[test]
fn vectors() {
    vectors::run("field", |case| {
        let bytes = case.array("bytes");
        let again = match case.kind() {
            "field" => field_from_bytes(&bytes).map(|value| field_to_bytes(&value)),
            "scalar" => scalar_from_bytes(&bytes).map(|value| scalar_to_bytes(&value)),
            kind => panic!("{case}: unknown kind {kind}"),
        };
        if case.flag("valid") {
            assert_eq!(again, Ok(bytes), "{case}");
            assert_eq!(U256::from_be_bytes(bytes), case.number::<U256>("value"), "{case}");
        } else {
            assert_eq!(case.text("reason"), "not-canonical", "{case}");
            assert!(again.is_err(), "{case}");
        }
    });
}
