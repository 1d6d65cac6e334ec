use crate::vectors::{self, Case};
use sero_shielded::curve::{PointError, check_subgroup, point_from_bytes, point_to_bytes};

pub fn error(case: &Case) -> PointError {
    match case.text("reason") {
        "not-canonical" => PointError::NotCanonical,
        "off-curve" => PointError::OffCurve,
        "wrong-subgroup" => PointError::WrongSubgroup,
        "identity" => PointError::Identity,
        reason => panic!("{case}: unknown reason {reason}"),
    }
}

/// Encodings that every reader of points must refuse, with the reason.
pub fn hostile() -> Vec<([u8; 32], PointError)> {
    let cases = vectors::cases("point");
    let hostile: Vec<_> =
        cases.iter().filter(|c| !c.flag("valid")).map(|c| (c.array("encoding"), error(c))).collect();
    for reason in
        [PointError::NotCanonical, PointError::OffCurve, PointError::WrongSubgroup, PointError::Identity]
    {
        assert!(hostile.iter().any(|(_, error)| *error == reason), "no case of {reason:?}");
    }
    hostile
}

#[test]
fn vectors() {
    vectors::run("point", |case| {
        let encoding = case.array("encoding");
        let read = point_from_bytes(&encoding);
        if case.flag("valid") {
            let point = read.unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((point.x, point.y), (case.field("x"), case.field("y")), "{case}");
            assert_eq!(point_to_bytes(&point), encoding, "{case}");
            assert_eq!(check_subgroup(&point), Ok(()), "{case}");
        } else {
            assert_eq!(read, Err(error(case)), "{case}");
        }
    });
}
