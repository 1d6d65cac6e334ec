//! Amounts, phrases, call data, keys, fee classes.

use crate::PHRASE;
use sero_shielded::address::Network;
use sero_wallet::amount::{AmountError, AssetInfo, AssetKind, format, parse, split};
use sero_wallet::calldata::{CalldataError, encode};
use sero_wallet::plan::fee_class;
use sero_wallet::{Account, AccountError, account};

fn asset(decimals: u8) -> AssetInfo {
    AssetInfo { kind: AssetKind::Token, name: "GOLD".into(), decimals, ..AssetInfo::coin() }
}

#[test]
fn amounts() {
    let max = u128::MAX.to_string();
    let good: [(&str, u8, u128); 12] = [
        ("1", 18, 1_000_000_000_000_000_000),
        ("1.5", 18, 1_500_000_000_000_000_000),
        ("0.000000000000000001", 18, 1),
        ("1.50", 2, 150),
        ("007", 0, 7),
        ("0.10", 2, 10),
        ("3", 0, 3),
        ("12345678901234567890.12", 2, 1234567890123456789012),
        (&max, 0, u128::MAX),
        ("340282366920938463463.374607431768211455", 18, u128::MAX),
        ("1.000", 3, 1000),
        ("100", 36, 100 * 10u128.pow(36)),
    ];
    for (text, decimals, amount) in good {
        assert_eq!(parse(text, &asset(decimals)), Ok(amount), "{text}");
        assert_eq!(parse(&format(amount, decimals), &asset(decimals)), Ok(amount), "{text}");
    }
    type Check = fn(&AmountError) -> bool;
    let character: Check = |error| matches!(error, AmountError::Character { .. });
    let point: Check = |error| matches!(error, AmountError::Point(_));
    let large: Check = |error| matches!(error, AmountError::TooLarge(_));
    let decimals: Check = |error| matches!(error, AmountError::Decimals { .. });
    let zero: Check = |error| matches!(error, AmountError::Zero);
    let over = "340282366920938463463.374607431768211456";
    let bad: [(&str, u8, Check); 24] = [
        ("1,5", 18, character),
        ("1.000,00", 18, character),
        ("1e18", 18, character),
        ("1E3", 18, character),
        ("-1", 18, character),
        ("+1", 18, character),
        ("0x10", 18, character),
        ("1_000", 18, character),
        ("1'000", 18, character),
        ("\u{0661}", 18, character),
        ("NaN", 18, character),
        (" 1", 18, character),
        ("", 18, point),
        (".", 18, point),
        (".5", 18, point),
        ("5.", 18, point),
        ("1.2.3", 18, point),
        ("0.0000000000000000001", 18, decimals),
        ("1.0", 0, decimals),
        ("0", 18, zero),
        ("0.00", 18, zero),
        (over, 18, large),
        ("340282366920938463463374607431768211456", 0, large),
        ("99999999999999999999999999999999999999999999999", 0, large),
    ];
    for (text, places, check) in bad {
        let error = parse(text, &asset(places)).unwrap_err();
        assert!(check(&error), "`{text}`: {error}");
    }
    let category = AssetInfo { kind: AssetKind::Category, ..asset(0) };
    assert!(matches!(parse("1", &category), Err(AmountError::Category(_))));
    assert_eq!(split(" 1.5 SERO "), Ok(("1.5", "SERO")));
    assert_eq!(split("1 Old Gold"), Ok(("1", "Old Gold")));
    for text in ["1.5", "SERO", "", "1.5SERO"] {
        assert!(matches!(split(text), Err(AmountError::Form(_))), "{text}");
    }
    assert_eq!((format(0, 18).as_str(), format(1, 0).as_str(), format(10, 2).as_str()), ("0", "1", "0.1"));
}

#[test]
fn phrases() {
    let key = |phrase: &str| {
        Account::from_phrase(phrase).map(|account| account.viewing_key().to_bytes().expose().to_vec())
    };
    let expected = key(PHRASE).unwrap();
    for same in [PHRASE.to_uppercase(), format!("  {}\n", PHRASE.replace(' ', "  \t"))] {
        assert_eq!(key(&same).unwrap(), expected);
    }
    let last_wrong = PHRASE.replace(" art", " zoo");
    for bad in
        ["", "abandon", &PHRASE[8..], &last_wrong, &PHRASE.replace("art", "qqq"), &format!("{PHRASE} art")]
    {
        assert!(matches!(key(bad), Err(AccountError::Mnemonic(_))), "{bad}");
    }
    let (a, b) = (account::new_phrase().unwrap(), account::new_phrase().unwrap());
    assert_ne!(a, b);
    assert_eq!(a.split(' ').count(), account::WORDS);
    assert_ne!(key(&a).unwrap(), key(&b).unwrap());
}

#[test]
fn viewing_keys_belong_to_one_network() {
    let account = Account::from_phrase(PHRASE).unwrap();
    let text = account.viewing_key().to_text(Network::Dev);
    assert!(Account::watch_text(Network::Dev, text.expose()).is_ok());
    let error = Account::watch_text(Network::Main, text.expose()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("`dserotk`"), "{error}");
    assert_eq!(account.from_key(0).unwrap().address(), account.from_key(0).unwrap().address());
    assert_ne!(account.from_key(0).unwrap().address(), account.from_key(1).unwrap().address());
}

#[test]
fn call_data() {
    let data = encode("buy(uint256)", &["7"]).unwrap();
    assert_eq!(alloy_primitives::hex::encode(&data[..4]), "d96a094a");
    assert_eq!((data.len(), data[35]), (36, 7));
    let data = encode(
        "f(address,(uint8,string)[],bytes)",
        &["0x0000000000000000000000000000000000005301", "[(1,a),(2,b)]", "0x0102"],
    );
    assert!(data.is_ok(), "{data:?}");
    assert_eq!(encode::<&str>("ping()", &[]).unwrap().len(), 4);
    assert!(matches!(
        encode("buy(uint256)", &["7", "8"]),
        Err(CalldataError::Count { expected: 1, found: 2, .. })
    ));
    assert!(matches!(encode("buy(uint8)", &["256"]), Err(CalldataError::Argument { index: 1, .. })));
    assert!(matches!(encode("buy(uint256)", &["x"]), Err(CalldataError::Argument { .. })));
    assert!(matches!(encode("buy(nothing)", &["x"]), Err(CalldataError::Signature { .. })));
    assert!(matches!(encode("buy", &["x"]), Err(CalldataError::Signature { .. })));
}

#[test]
fn fee_classes() {
    let gwei = 1_000_000_000;
    for (base, class) in
        [(0, 1), (7, 1), (gwei / 2, 1), (gwei / 2 + 1, 2), (gwei, 2), (gwei + 1, 4), (5 * gwei, 16)]
    {
        assert_eq!(fee_class(base), Ok(class * gwei), "{base}");
    }
    assert!(fee_class(u128::MAX).is_err());
    assert!(fee_class(u128::MAX / 2).is_err());
}
