use crate::vectors::{self, Case};
use sero_shielded::asset::AssetId;
use sero_shielded::curve::multiply;
use sero_shielded::keys::{OneTimeAddress, PaymentAddress, ViewingKey};
use sero_shielded::note::{HiddenNote, public_note_commitment, value_commitment};
use sero_shielded::poseidon::{Tag, poseidon};
use sero_shielded::tree::CAPACITY;

pub fn asset(case: &Case) -> AssetId {
    AssetId::from_bytes(case.array("asset")).unwrap_or_else(|error| panic!("{case}.asset: {error}"))
}

pub fn hidden(case: &Case) -> HiddenNote {
    let to =
        PaymentAddress::from_bytes(&case.array("PK")).unwrap_or_else(|error| panic!("{case}.PK: {error}"));
    assert_eq!((to.owner, to.e), (case.field("O"), case.point("E")), "{case}");
    HiddenNote { to, asset: asset(case), amount: case.number("v"), rseed: case.array("rseed") }
}

#[test]
fn vectors() {
    let mut last_position = 0;
    vectors::run("note", |case| match case.kind() {
        "hidden" => {
            let note = hidden(case);
            let secrets = note.secrets().unwrap_or_else(|| panic!("{case} has no secrets"));
            assert_eq!(secrets.rcm, case.field("rcm"), "{case}");
            assert_eq!(secrets.s, case.field("s"), "{case}");
            assert_eq!(secrets.esk, case.scalar("esk"), "{case}");
            assert_eq!(note.epk(&secrets), case.point("epk"), "{case}");
            assert_eq!(note.owner(&secrets), case.field("O_r"), "{case}");
            assert_eq!(multiply(&note.to.e, &secrets.esk), case.point("S"), "{case}");
            assert_eq!(note.commitment(&secrets), Ok(case.field("cm")), "{case}");
        }
        "public" => {
            let to = OneTimeAddress::from_bytes(&case.array("pkr")).expect("pkr");
            let cm = public_note_commitment(&to, asset(case), case.number("v"));
            assert_eq!(cm, Ok(case.field("cm")), "{case}");
        }
        "value" => {
            let generator = asset(case).generator().expect("generator");
            let cv = value_commitment(&generator, case.number("v"), &case.scalar("rcv"));
            assert_eq!(cv, case.point("cv"), "{case}");
        }
        "nullifier" => {
            let (nk, cm, position) = (case.field("nk"), case.field("cm"), case.number::<u64>("position"));
            assert_eq!(poseidon(Tag::Nullifier, &[nk, cm, position.into()]), case.field("nf"), "{case}");
            let mut tk = [0; 64];
            tk[..32].copy_from_slice(&sero_shielded::curve::point_to_bytes(&sero_shielded::curve::g_auth()));
            tk[32..].copy_from_slice(&case.bytes("nk"));
            let key = ViewingKey::from_bytes(&tk).expect("a key with this nk");
            assert_eq!(key.nullifier(&cm, position), case.field("nf"), "{case}");
            last_position = position.max(last_position);
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
    assert_eq!(last_position, CAPACITY - 1, "the last position is tried");
}
