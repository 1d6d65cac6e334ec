use crate::vectors;
use sero_shielded::curve::{
    MONTGOMERY_A, MONTGOMERY_B, elligator2, g_auth, hash_to_curve, map_to_subgroup, montgomery_to_edwards,
    point_to_bytes, two_adic_log, value_randomness_base,
};
use sero_shielded::field::field_to_bytes;
use sero_shielded::hash::hash_to_field;

#[test]
fn vectors() {
    vectors::run("map", |case| match case.kind() {
        "map" => {
            let u = case.field("u");
            let expected = (!case.is_null("s")).then(|| (case.field("s"), case.field("t")));
            assert_eq!(elligator2(&u), expected, "{case}");
            if let Some((s, t)) = expected {
                assert_eq!(
                    MONTGOMERY_B * t * t,
                    s * s * s + MONTGOMERY_A * s * s + s,
                    "{case}: on the curve"
                );
                assert!(montgomery_to_edwards(&s, &t).is_some_and(|point| point.is_on_curve()), "{case}");
            }
            let point = (!case.is_null("point")).then(|| case.array("point"));
            assert_eq!(map_to_subgroup(&u).map(|point| point_to_bytes(&point)), point, "{case}");
        }
        "two_adic_log" => assert_eq!(two_adic_log(&case.field("y")), case.number::<u32>("log"), "{case}"),
        "hash_to_curve" => {
            let (domain, message) = (case.text("domain"), case.bytes("message"));
            assert_eq!(hash_to_curve(domain, &message), case.point("point"), "{case}");
            let counter: u8 = case.number("counter");
            let u = |c: u8| hash_to_field("SERO_h2c", &[domain.as_bytes(), &message, &[c]]);
            assert_eq!(map_to_subgroup(&u(counter)), Some(case.point("point")), "{case}");
            assert!((0..counter).all(|c| map_to_subgroup(&u(c)).is_none()), "{case}");
        }
        "generator" => {
            let point = match case.text("name") {
                "G_auth" => g_auth(),
                "R" => value_randomness_base(),
                name => panic!("{case}: unknown generator {name}"),
            };
            assert_eq!(point, case.point("point"), "{case}");
            assert_eq!(field_to_bytes(&point.x), case.array("x"), "{case}");
            assert_eq!(field_to_bytes(&point.y), case.array("y"), "{case}");
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
}
