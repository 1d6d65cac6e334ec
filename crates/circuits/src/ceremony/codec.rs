//! Reading and writing ceremony bytes: big-endian numbers, short texts, points
//! in arkworks' compressed form. One encoding for each value.

use super::error::{Error, Place};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};

/// Bytes of a compressed point of G1.
const G1_LEN: usize = 32;
/// Bytes of a compressed point of G2.
const G2_LEN: usize = 64;

/// May the identity stand here?
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    Refused,
    Allowed,
}

/// Appends; a vector takes everything.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn u8(&mut self, n: u8) {
        self.0.push(n);
    }

    pub fn u32(&mut self, n: u32) {
        self.0.extend_from_slice(&n.to_be_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// At most 255 bytes, which is what the constructors admit.
    pub fn short(&mut self, bytes: &[u8]) {
        self.u8(u8::try_from(bytes.len()).expect("short fields are checked when they are made"));
        self.bytes(bytes);
    }

    pub fn points<P: SWCurveConfig>(&mut self, points: &[Affine<P>]) {
        for point in points {
            point.serialize_compressed(&mut self.0).expect("a vector takes everything");
        }
    }

    pub fn g1(&mut self, point: &G1Affine) {
        self.points(core::slice::from_ref(point));
    }

    pub fn g2(&mut self, point: &G2Affine) {
        self.points(core::slice::from_ref(point));
    }
}

/// The compressed form, for hashing.
pub fn point_bytes<P: SWCurveConfig>(point: &Affine<P>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.points(core::slice::from_ref(point));
    writer.0
}

/// What is left to read.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize, what: impl Fn() -> String) -> Result<&'a [u8], Error> {
        let (head, rest) = self.0.split_at_checked(count).ok_or_else(|| Error::Truncated(what()))?;
        self.0 = rest;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Error> {
        Ok(self.take(N, || what.to_owned())?.try_into().expect("N bytes were taken"))
    }

    pub fn u8(&mut self, what: &str) -> Result<u8, Error> {
        Ok(u8::from_be_bytes(self.array(what)?))
    }

    pub fn u32(&mut self, what: &str) -> Result<u32, Error> {
        Ok(u32::from_be_bytes(self.array(what)?))
    }

    pub fn short(&mut self, what: &str) -> Result<&'a [u8], Error> {
        let count = self.u8(what)?;
        self.take(count.into(), || what.to_owned())
    }

    /// 1 to 64 bytes of UTF-8 without control characters.
    pub fn text(&mut self, what: &str) -> Result<String, Error> {
        let text = String::from_utf8(self.short(what)?.to_vec()).unwrap_or_default();
        check_text(what, &text)?;
        Ok(text)
    }

    pub fn g1(&mut self, array: &str) -> Result<G1Affine, Error> {
        self.point(G1_LEN, array, 0, Identity::Refused)
    }

    pub fn g2(&mut self, array: &str) -> Result<G2Affine, Error> {
        self.point(G2_LEN, array, 0, Identity::Refused)
    }

    pub fn g1s(&mut self, array: &str, count: usize, identity: Identity) -> Result<Vec<G1Affine>, Error> {
        (0..count).map(|index| self.point(G1_LEN, array, index, identity)).collect()
    }

    pub fn g2s(&mut self, array: &str, count: usize, identity: Identity) -> Result<Vec<G2Affine>, Error> {
        (0..count).map(|index| self.point(G2_LEN, array, index, identity)).collect()
    }

    fn point<P: SWCurveConfig>(
        &mut self,
        length: usize,
        array: &str,
        index: usize,
        identity: Identity,
    ) -> Result<Affine<P>, Error> {
        let place = || Place { array: array.to_owned(), index };
        let bytes = self.take(length, || place().to_string())?;
        // Decompression puts the point on the curve; the group is checked below.
        let point = Affine::<P>::deserialize_with_mode(bytes, Compress::Yes, Validate::No)
            .map_err(|_| Error::NotCanonical(place()))?;
        if point_bytes(&point) != bytes {
            return Err(Error::NotCanonical(place()));
        }
        if point.is_zero() {
            return if identity == Identity::Allowed { Ok(point) } else { Err(Error::Identity(place())) };
        }
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return Err(Error::OutsideSubgroup(place()));
        }
        Ok(point)
    }
}

/// Titles and names: 1 to 64 bytes without control characters.
pub fn check_text(field: &str, text: &str) -> Result<(), Error> {
    if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
        let rule = "must be 1 to 64 bytes of UTF-8 without control characters";
        return Err(Error::Field { field: field.to_owned(), rule });
    }
    Ok(())
}
