use crate::vectors::{self, Case};
use alloy_primitives::{U256, U512};
use sero_shielded::address::{Network, TextError};
use sero_shielded::field::{field_to_bytes, scalar_to_bytes};
use sero_shielded::hash::{blake2b_32, hash_to_field};
use sero_shielded::keys::{
    IncomingKey, OneTimeAddress, PaymentAddress, SpendingKey, ViewingKey, account_seed,
};

const SECP256K1_ORDER: &str =
    "115792089237316195423570985008687907852837564279074904382605163141518161494337";

pub fn spending_key(case: &Case) -> SpendingKey {
    SpendingKey::from_seed(&account_seed(&case.bytes("bip39_seed"), case.number("index"))).expect("a key")
}

pub fn network(case: &Case) -> Network {
    match case.text("network") {
        "main" => Network::Main,
        "test" => Network::Test,
        "development" => Network::Dev,
        name => panic!("{case}: unknown network {name}"),
    }
}

/// The payload of `text`, read as a `kind`.
pub fn read(network: Network, kind: &str, text: &str) -> Result<Vec<u8>, TextError> {
    Ok(match kind {
        "payment-address" => PaymentAddress::from_text(network, text)?.to_bytes().to_vec(),
        "one-time-address" => OneTimeAddress::from_text(network, text)?.to_bytes().to_vec(),
        "tracing-key" => ViewingKey::from_text(network, text)?.to_bytes().expose().to_vec(),
        "incoming-key" => IncomingKey::from_text(network, text)?.to_bytes().expose().to_vec(),
        "spending-key" => SpendingKey::from_text(network, text)?.to_bytes().expose().to_vec(),
        _ => panic!("unknown kind {kind}"),
    })
}

/// The text of a payload.
fn write(network: Network, kind: &str, payload: &[u8]) -> String {
    let half = || payload.try_into().expect("64 bytes");
    match kind {
        "payment-address" => PaymentAddress::from_bytes(half()).expect("PK").to_text(network),
        "one-time-address" => {
            OneTimeAddress::from_bytes(payload.try_into().expect("128 bytes")).expect("PKr").to_text(network)
        }
        "tracing-key" => ViewingKey::from_bytes(half()).expect("TK").to_text(network).expose().clone(),
        "incoming-key" => {
            let key = IncomingKey::from_bytes(payload.try_into().expect("32 bytes")).expect("ivk");
            key.to_text(network).expose().clone()
        }
        "spending-key" => SpendingKey::from_bytes(half()).expect("SK").to_text(network).expose().clone(),
        _ => panic!("unknown kind {kind}"),
    }
}

pub fn prefix(network: Network, kind: &str) -> String {
    let suffix = match kind {
        "payment-address" => "",
        "one-time-address" => "pkr",
        "tracing-key" => "tk",
        "incoming-key" => "ivk",
        "spending-key" => "sk",
        _ => panic!("unknown kind {kind}"),
    };
    format!("{}{suffix}", network.prefix())
}

#[test]
fn vectors() {
    vectors::run("keys", |case| match case.kind() {
        "keys" => keys(case),
        "text" if case.flag("valid") => {
            let (network, kind) = (network(case), case.text("type"));
            let (payload, text) = (case.bytes("payload"), case.text("text"));
            assert_eq!(write(network, kind, &payload), text, "{case}");
            assert_eq!(read(network, kind, text).as_ref(), Ok(&payload), "{case}");
            assert_eq!(read(network, kind, case.text("upper")).as_ref(), Ok(&payload), "{case}: upper case");
            assert!(text.starts_with(&format!("{}1", prefix(network, kind))), "{case}");
        }
        "text" => {
            let (network, kind, text) = (network(case), case.text("type"), case.text("text"));
            let error = read(network, kind, text).expect_err(case.text("name"));
            let (expected, found) =
                (prefix(network, kind), text.rsplit_once('1').unwrap_or_default().0.to_owned());
            match case.text("reason") {
                "bech32m" => assert!(matches!(error, TextError::Encoding(_)), "{case}: {error}"),
                "network" | "kind" | "prefix" => {
                    assert_eq!(error, TextError::Prefix { expected, found }, "{case}")
                }
                "version" => assert!(matches!(error, TextError::Version(0 | 2)), "{case}: {error}"),
                "length" => assert!(matches!(error, TextError::Length { .. }), "{case}: {error}"),
                reason => panic!("{case}: unknown reason {reason}"),
            }
        }
        kind => panic!("{case}: unknown kind {kind}"),
    });
}

fn keys(case: &Case) {
    assert_eq!(
        account_seed(&case.bytes("bip39_seed"), case.number("index")).expose(),
        &case.array("seed"),
        "{case}"
    );
    let sk = spending_key(case);
    assert_eq!(scalar_to_bytes(sk.ask()), case.array("ask"), "{case}");
    assert_eq!(sk.to_bytes().expose(), &case.array("sk"), "{case}");
    let again = SpendingKey::from_bytes(&case.array("sk")).expect("SK");
    assert_eq!(again.to_bytes().expose(), sk.to_bytes().expose(), "{case}");

    let tk = sk.viewing_key();
    assert_eq!(tk.ak(), case.point("ak"), "{case}");
    assert_eq!(field_to_bytes(tk.nk()), case.array("nk"), "{case}");
    assert_eq!(tk.to_bytes().expose(), &case.array("tk"), "{case}");
    assert_eq!(tk.ovk(), &case.array("ovk"), "{case}");
    assert_eq!(tk.incoming().to_bytes().expose(), &case.array("ivk"), "{case}");
    assert_eq!(tk.internal().to_bytes().expose(), &case.array("ivk_internal"), "{case}");
    let dk: [u8; 32] = case.array("dk");
    assert_eq!(blake2b_32("SERO_dk", &[&case.bytes("ak"), &case.bytes("nk")]), dk, "{case}");
    let watching = ViewingKey::from_bytes(&case.array("tk")).expect("TK");

    let addresses = case.list("addresses");
    assert!(!addresses.is_empty(), "{case}");
    for row in addresses {
        let i: u64 = row.number("i");
        assert_eq!(tk.diversifier(i), row.field("d"), "{row}");
        assert_eq!(hash_to_field("SERO_div", &[&dk, &i.to_be_bytes()]), row.field("d"), "{row}");
        assert_eq!(tk.owner_tag(i), row.field("O"), "{row}");
        let address = tk.address(i);
        assert_eq!((address.owner, address.e), (row.field("O"), row.point("E")), "{row}");
        assert_eq!(address.to_bytes(), row.array("PK"), "{row}");
        assert_eq!(PaymentAddress::from_bytes(&row.array("PK")), Ok(address), "{row}");
        assert_eq!(watching.address(i), address, "{row}");
    }
    let from_keys = case.list("from_keys");
    assert!(!from_keys.is_empty(), "{case}");
    for row in from_keys {
        let wide = U512::from_be_bytes(*sk.from_key_material(row.number("i")).expose());
        let order: U512 = SECP256K1_ORDER.parse().expect("a number");
        let scalar = wide % (order - U512::ONE) + U512::ONE;
        assert_eq!(U256::from(scalar).to_be_bytes(), row.array::<32>("scalar"), "{row}");
    }
}
