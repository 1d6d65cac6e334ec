use crate::vectors;
use sero_shielded::curve::{multiply, point_to_bytes};
use sero_shielded::field::field_to_bytes;
use sero_shielded::hash::{blake2b, hash_to_field, hash_to_scalar};
use sero_shielded::keys::{IncomingKey, OneTimeAddress, PaymentAddress, diversified_base};

#[test]
fn vectors() {
    vectors::run("pkr", |case| match case.kind() {
        "derive" => {
            let to = PaymentAddress::from_bytes(&case.array("PK")).expect("PK");
            assert_eq!((to.owner, to.e), (case.field("O"), case.point("E")), "{case}");
            let rho: [u8; 32] = case.array("rho");
            let (o, e) = (field_to_bytes(&to.owner), point_to_bytes(&to.e));
            let esk = hash_to_scalar("SERO_pkr_esk", &[&rho, &o, &e]);
            assert_eq!(esk, case.scalar("esk"), "{case}");
            assert_eq!(hash_to_field("SERO_pkr_s", &[&rho, &o, &e]), case.field("s"), "{case}");
            assert_eq!(multiply(&diversified_base(&to.owner), &esk), case.point("epk"), "{case}");
            assert_eq!(multiply(&to.e, &esk), case.point("S"), "{case}");
            let mask = blake2b("SERO_pkr_mask", &[&case.bytes("S"), &case.bytes("epk")]);
            let masked: Vec<u8> = mask.iter().zip(o.iter().chain(&rho)).map(|(a, b)| a ^ b).collect();
            assert_eq!(masked, case.bytes("c"), "{case}");

            let derived = OneTimeAddress::derive(&to, &rho).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((derived.owner, derived.epk), (case.field("O_r"), case.point("epk")), "{case}");
            assert_eq!(derived.masked, case.array("c"), "{case}");
            assert_eq!(derived.to_bytes(), case.array("pkr"), "{case}");
            assert_eq!(OneTimeAddress::from_bytes(&case.array("pkr")), Ok(derived), "{case}");
        }
        "open" => {
            let ivk = IncomingKey::from_bytes(&case.array("ivk")).expect("ivk");
            let bytes: Result<[u8; OneTimeAddress::LEN], _> = case.bytes("pkr").try_into();
            let read = bytes.ok().and_then(|bytes| OneTimeAddress::from_bytes(&bytes).ok());
            let opened = read.and_then(|address| address.open(&ivk));
            if case.is_null("mine") {
                assert_eq!(opened, None, "{case}: {}", case.text("name"));
                return;
            }
            let (opened, mine) =
                (opened.unwrap_or_else(|| panic!("{case} does not open")), case.object("mine"));
            assert_eq!(opened.owner, mine.field("O"), "{case}");
            let to = ivk.address_of(opened.owner);
            assert_eq!(to.to_bytes(), mine.array("PK"), "{case}");
            assert_eq!(to.e, mine.point("E"), "{case}");
            let parts = [mine.bytes("rho"), mine.bytes("O"), mine.bytes("E")];
            let s = hash_to_field("SERO_pkr_s", &[&parts[0], &parts[1], &parts[2]]);
            assert_eq!(opened.s, s, "{case}");
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
}
