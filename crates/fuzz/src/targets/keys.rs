//! Keys and addresses, as bytes and as text.

use super::{bad, no_repair, nothing_nasty};
use crate::check::{canonical, total};
use crate::draw::Draw;
use crate::{Cost, Target};
use sero_shielded::address::{Network, TextError};
use sero_shielded::field::{field_to_bytes, scalar_to_bytes};
use sero_shielded::keys::{IncomingKey, KeyError, OneTimeAddress, PaymentAddress, SpendingKey, ViewingKey};

const NETWORKS: [Network; 3] = [Network::Main, Network::Test, Network::Dev];

const fn bytes_of(name: &'static str, target: Target) -> Target {
    Target { name, cost: Cost::Curve, max_len: 256, repair: no_repair, ..target }
}

pub const PAYMENT_ADDRESS: Target = bytes_of(
    "payment-address",
    Target {
        check: |bytes| {
            canonical(bytes, |b| PaymentAddress::from_bytes(sized(b)?).map_err(text), |a| a.to_bytes().into())
        },
        draw: |draw| draw.address().to_bytes().into(),
        nasty: || bad::at(&(PAYMENT_ADDRESS.draw)(&mut Draw::new(1)), 32),
        ..TEXT
    },
);

pub const ONE_TIME_ADDRESS: Target = bytes_of(
    "one-time-address",
    Target {
        check: |bytes| {
            canonical(bytes, |b| OneTimeAddress::from_bytes(sized(b)?).map_err(text), |a| a.to_bytes().into())
        },
        draw: |draw| draw.one_time_address().to_bytes().into(),
        nasty: || bad::at(&(ONE_TIME_ADDRESS.draw)(&mut Draw::new(1)), 32),
        ..TEXT
    },
);

pub const SPENDING_KEY: Target = bytes_of(
    "spending-key",
    Target {
        check: |bytes| {
            let encode = |key: &SpendingKey| key.to_bytes().expose().to_vec();
            canonical(bytes, |b| SpendingKey::from_bytes(sized(b)?).map_err(text), encode)
        },
        draw: |draw| [scalar_to_bytes(&draw.scalar()), field_to_bytes(&draw.field())].concat(),
        nasty: || bad::at(&(SPENDING_KEY.draw)(&mut Draw::new(1)), 0),
        ..TEXT
    },
);

pub const VIEWING_KEY: Target = bytes_of(
    "viewing-key",
    Target {
        check: |bytes| {
            let encode = |key: &ViewingKey| key.to_bytes().expose().to_vec();
            canonical(bytes, |b| ViewingKey::from_bytes(sized(b)?).map_err(text), encode)
        },
        draw: |draw| PaymentAddress { e: draw.point(), owner: draw.field() }.to_swapped(),
        nasty: || bad::at(&(VIEWING_KEY.draw)(&mut Draw::new(1)), 0),
        ..TEXT
    },
);

pub const INCOMING_KEY: Target = Target {
    cost: Cost::Cheap,
    ..bytes_of(
        "incoming-key",
        Target {
            check: |bytes| {
                let encode = |key: &IncomingKey| key.to_bytes().expose().to_vec();
                canonical(bytes, |b| IncomingKey::from_bytes(sized(b)?).map_err(text), encode)
            },
            draw: |draw| scalar_to_bytes(&draw.scalar()).into(),
            nasty: || bad::at(&(INCOMING_KEY.draw)(&mut Draw::new(1)), 0),
            ..TEXT
        },
    )
};

/// Every text form of every network. At most one of them accepts a text, and
/// then the text is its own, in lower or upper case.
pub const TEXT: Target = Target {
    name: "key-text",
    cost: Cost::Curve,
    max_len: 512,
    check: |bytes| {
        total(
            bytes,
            |bytes| {
                let input = core::str::from_utf8(bytes).map_err(|error| error.to_string())?;
                let accepted: Vec<String> = NETWORKS.iter().flat_map(|n| read_all(*n, input)).collect();
                assert!(accepted.len() <= 1, "read as two kinds: {accepted:?}");
                accepted.into_iter().next().ok_or_else(|| "no text form".to_string())
            },
            |again| assert!(again.as_bytes().eq_ignore_ascii_case(bytes), "not the value's own text"),
        )
    },
    draw: |draw| {
        let network = NETWORKS[draw.below(3)];
        let text = match draw.below(5) {
            0 => draw.address().to_text(network),
            1 => draw.one_time_address().to_text(network),
            2 => {
                let key = [scalar_to_bytes(&draw.scalar()), field_to_bytes(&draw.field())].concat();
                let key = SpendingKey::from_bytes(sized(&key).expect("64 bytes")).expect("in range");
                key.to_text(network).expose().clone()
            }
            3 => {
                let key = PaymentAddress { e: draw.point(), owner: draw.field() }.to_swapped();
                let key = ViewingKey::from_bytes(sized(&key).expect("64 bytes")).expect("in range");
                key.to_text(network).expose().clone()
            }
            _ => {
                let key = IncomingKey::from_bytes(&scalar_to_bytes(&draw.scalar())).expect("not zero");
                key.to_text(network).expose().clone()
            }
        };
        if draw.once_in(8) { text.to_uppercase().into() } else { text.into() }
    },
    repair: no_repair,
    nasty: || {
        let text = Draw::new(1).address().to_text(Network::Main);
        let (head, tail) = text.split_at(text.len() / 2);
        let mut all = nothing_nasty();
        all.push(("mixed-case", format!("{head}{}", tail.to_uppercase()).into()));
        all.push(("space-before", format!(" {text}").into()));
        all.push(("newline-behind", format!("{text}\n").into()));
        all.push(("other-prefix", text.replacen("sero", "zero", 1).into()));
        all.push(("no-separator", text.replacen('1', "", 1).into()));
        all.push((
            "q-before-the-checksum",
            format!("{}q{}", &text[..text.len() - 6], &text[text.len() - 6..]).into(),
        ));
        all.push(("not-utf8", vec![0xff, 0xfe, 0x31]));
        all.push(("wide-letters", "ｓｅｒｏ1qqqq".into()));
        all
    },
};

fn read_all(network: Network, input: &str) -> Vec<String> {
    let told = |error: TextError| assert!(!error.to_string().is_empty(), "an error without a text");
    let mut all = Vec::new();
    all.extend(PaymentAddress::from_text(network, input).map_err(told).map(|a| a.to_text(network)));
    all.extend(OneTimeAddress::from_text(network, input).map_err(told).map(|a| a.to_text(network)));
    let secret = |text: sero_shielded::Secret<String>| text.expose().clone();
    all.extend(SpendingKey::from_text(network, input).map_err(told).map(|key| secret(key.to_text(network))));
    all.extend(ViewingKey::from_text(network, input).map_err(told).map(|key| secret(key.to_text(network))));
    all.extend(IncomingKey::from_text(network, input).map_err(told).map(|key| secret(key.to_text(network))));
    all
}

fn sized<const N: usize>(bytes: &[u8]) -> Result<&[u8; N], String> {
    bytes.try_into().map_err(|_| format!("{} bytes, expected {N}", bytes.len()))
}

fn text(error: KeyError) -> String {
    error.to_string()
}

/// A viewing key has the parts of an address in the other order.
trait Swapped {
    fn to_swapped(&self) -> Vec<u8>;
}

impl Swapped for PaymentAddress {
    fn to_swapped(&self) -> Vec<u8> {
        let bytes = self.to_bytes();
        [&bytes[32..], &bytes[..32]].concat()
    }
}
