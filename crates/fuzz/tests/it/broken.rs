//! Planted bugs: a decoder that breaks one promise, and the words of the check that catches it.

use sero_fuzz::check::{canonical, normal, total};
use sero_fuzz::meter;

fn caught(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(work).expect_err("the planted bug must be caught");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into())).unwrap()
}

/// `length 4 | that many bytes`.
fn honest(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or("too short")?;
    if u32::from_be_bytes(*length) as usize != rest.len() {
        return Err("another length".into());
    }
    Ok(rest.to_vec())
}

fn encode(value: &Vec<u8>) -> Vec<u8> {
    [&u32::try_from(value.len()).unwrap().to_be_bytes()[..], value].concat()
}

#[test]
fn an_honest_decoder_passes() {
    for bytes in [&[][..], &[0, 0, 0, 0], &[0, 0, 0, 1, 7], &[0xff; 9]] {
        canonical(bytes, honest, encode);
        normal(bytes, honest, encode);
    }
}

#[test]
fn bytes_after_the_end_are_caught() {
    let sloppy = |bytes: &[u8]| match bytes.split_first_chunk::<4>() {
        Some((length, rest)) => {
            let length = u32::from_be_bytes(*length) as usize;
            rest.get(..length).map(<[u8]>::to_vec).ok_or("too short")
        }
        None => Err("too short"),
    };
    let text = caught(|| _ = canonical(&[0, 0, 0, 0, 1], sloppy, encode));
    assert!(text.contains("not what encoding gives"), "{text}");
}

#[test]
fn a_declared_length_is_caught() {
    let trusting = |bytes: &[u8]| {
        let length = bytes.first_chunk::<4>().map_or(0, |length| u32::from_be_bytes(*length) as usize);
        let room = Vec::<u8>::with_capacity(length);
        let room = std::hint::black_box(room);
        if room.capacity() > bytes.len() { Err("too short") } else { Ok(room) }
    };
    let text = caught(|| _ = total(&[0, 0x10, 0, 0], trusting, |_| {}));
    assert!(text.contains("one allocation of 1048576 bytes for 4 bytes of input"), "{text}");
}

#[test]
fn a_panic_is_caught() {
    let hasty = |bytes: &[u8]| Ok::<_, String>(bytes[4]);
    caught(|| _ = total(&[1, 2], hasty, |_| {}));
}

#[test]
fn a_form_that_is_not_stable_is_caught() {
    let growing = |bytes: &[u8]| Ok::<_, String>(bytes.to_vec());
    let text = caught(|| _ = normal(&[1], growing, |value| [value.as_slice(), &[0]].concat()));
    assert!(text.contains("decodes to another value"), "{text}");
    let picky = |bytes: &[u8]| if bytes.len() == 1 { Ok(bytes.to_vec()) } else { Err("only one byte") };
    let text = caught(|| _ = normal(&[1], picky, |value| [value.as_slice(), &[0]].concat()));
    assert!(text.contains("form is refused: only one byte"), "{text}");
}

#[test]
fn the_meter_sees_the_largest_allocation_and_not_what_is_exempt() {
    let (_, largest) = meter::largest(|| std::hint::black_box(vec![0u8; 70_000]).len());
    assert_eq!(largest, 70_000);
    let ((), largest) = meter::largest(|| {});
    assert_eq!(largest, 0);
    let (_, largest) = meter::unlimited(|| meter::largest(|| std::hint::black_box(vec![0u8; 70_000]).len()));
    assert_eq!(largest, 0);
}
