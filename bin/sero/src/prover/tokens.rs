//! Who may ask.

use crate::terminal::Failure;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use sero_shielded::hash::blake2b_32;
use std::path::Path;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

const LEN_MIN: usize = 16;
const LEN_MAX: usize = 256;
const TOKENS_MAX: usize = 256;

/// The tokens' hashes: a comparison takes the same time whatever was sent.
pub struct Tokens(Vec<[u8; 32]>);

/// A client: 0 where there are no tokens, else the number of its token, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub usize);

impl Tokens {
    /// Everybody is client 0.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// One token a line; empty lines are skipped.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let at = |what: &str| format!("--token-file {}: {what}", path.display());
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| at(&error.to_string()))?);
        let mut hashes = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let token = line.trim();
            if token.is_empty() {
                continue;
            }
            let line = |what: &str| at(&format!("line {}: {what}", number + 1));
            if !(LEN_MIN..=LEN_MAX).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(line("a token has 16 to 256 visible ASCII characters").into());
            }
            let hash = hash(token.as_bytes());
            if hashes.contains(&hash) {
                return Err(line("this token is there already").into());
            }
            hashes.push(hash);
        }
        match hashes.len() {
            0 => Err(at("holds no token").into()),
            1..=TOKENS_MAX => Ok(Self(hashes)),
            found => Err(at(&format!("holds {found} tokens, at most {TOKENS_MAX} are allowed")).into()),
        }
    }

    /// Whether there are any.
    pub fn are_needed(&self) -> bool {
        !self.0.is_empty()
    }

    /// How many clients there are.
    pub fn clients(&self) -> usize {
        self.0.len().max(1)
    }

    /// Who sends these headers; an error says why nobody.
    pub fn client(&self, headers: &HeaderMap) -> Result<Client, &'static str> {
        if self.0.is_empty() {
            return Ok(Client(0));
        }
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Err("a token is needed (Authorization: Bearer ...)"),
            (Some(value), None) => value.as_bytes(),
            (Some(_), Some(_)) => return Err("two Authorization headers"),
        };
        let (scheme, token) = value.split_at(value.len().min(7));
        if !scheme.eq_ignore_ascii_case(b"bearer ") {
            return Err("the Authorization header is no bearer token");
        }
        let found = hash(token);
        let number = (1u64..).zip(&self.0).fold(0u64, |mut known, (number, hash)| {
            known.conditional_assign(&number, hash.ct_eq(&found));
            known
        });
        match usize::try_from(number) {
            Ok(0) | Err(_) => Err("the token is not one of this service's"),
            Ok(number) => Ok(Client(number)),
        }
    }
}

impl Client {
    /// Its place in lists.
    pub fn index(self) -> usize {
        self.0.saturating_sub(1)
    }
}

fn hash(token: &[u8]) -> [u8; 32] {
    blake2b_32("SERO_prv_token", &[token])
}
