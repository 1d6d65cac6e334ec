//! The bytes of a wallet file. Decoding is canonical: the accepted bytes are
//! exactly what [`Envelope::encode`] gives.

use super::{FileError, VERSION};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sero_shielded::Secret;
use sero_shielded::address::Network;
use sero_shielded::hash::blake2b_32;
use std::path::Path;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"SEROWLT\0";
const PREFIX_LEN: usize = 8 + 1 + 1 + 12 + 16 + 12 + 32;

/// Header and ciphertext of a wallet file; its checksum is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The wallet's network.
    pub network: Network,
    /// Argon2id: KiB, passes, lanes. Not yet held against the caps.
    pub costs: [u32; 3],
    /// Argon2id's salt.
    pub salt: [u8; 16],
    nonce: [u8; 12],
    check: [u8; 32],
    body: Vec<u8>,
}

impl Envelope {
    /// Encrypts `plain` under `key`; never twice with one `nonce`.
    pub fn seal(
        network: Network,
        costs: [u32; 3],
        salt: [u8; 16],
        nonce: [u8; 12],
        key: &Secret<[u8; 32]>,
        plain: &[u8],
    ) -> Result<Self, FileError> {
        let mut envelope = Self { network, costs, salt, nonce, check: key_check(key), body: Vec::new() };
        envelope.body = ChaCha20Poly1305::new(&Key::from(*key.expose()))
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &envelope.prefix() })
            .map_err(|_| FileError::Corrupt("state is too large"))?;
        Ok(envelope)
    }

    /// Decrypts.
    pub fn open(&self, key: &Secret<[u8; 32]>) -> Result<Zeroizing<Vec<u8>>, FileError> {
        if self.check != key_check(key) {
            return Err(FileError::WrongPassword);
        }
        ChaCha20Poly1305::new(&Key::from(*key.expose()))
            .decrypt(&Nonce::from(self.nonce), Payload { msg: &self.body, aad: &self.prefix() })
            .map(Zeroizing::new)
            .map_err(|_| FileError::Corrupt("ciphertext"))
    }

    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let prefix = self.prefix();
        let checksum = checksum(&prefix, &self.body);
        [prefix.as_slice(), &checksum, &self.body].concat()
    }

    /// Reads [`Self::encode`]; `path` is for the error.
    pub fn decode(path: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        let Some((MAGIC, rest)) = bytes.split_first_chunk() else {
            return Err(FileError::NotAWallet(path.into()));
        };
        let mut header = Header { rest };
        let [version] = header.take()?;
        if version != VERSION {
            return Err(FileError::Version { found: version });
        }
        let [network] = header.take()?;
        let costs = [header.number()?, header.number()?, header.number()?];
        let (salt, nonce, check, sum) = (header.take()?, header.take()?, header.take()?, header.take()?);
        let body = header.rest;
        if checksum(&bytes[..PREFIX_LEN], body) != sum {
            return Err(FileError::Corrupt("checksum"));
        }
        let network = network_of(network).ok_or(FileError::Corrupt("network"))?;
        Ok(Self { network, costs, salt, nonce, check, body: body.to_vec() })
    }

    /// Everything before the checksum.
    fn prefix(&self) -> Vec<u8> {
        let mut prefix = MAGIC.to_vec();
        prefix.extend([VERSION, network_byte(self.network)]);
        self.costs.iter().for_each(|cost| prefix.extend(cost.to_be_bytes()));
        prefix.extend(self.salt);
        prefix.extend(self.nonce);
        prefix.extend(self.check);
        prefix
    }
}

fn checksum(prefix: &[u8], body: &[u8]) -> [u8; 32] {
    blake2b_32("SERO_wallet_sum", &[prefix, body])
}

fn key_check(key: &Secret<[u8; 32]>) -> [u8; 32] {
    blake2b_32("SERO_wallet_chk", &[key.expose()])
}

fn network_byte(network: Network) -> u8 {
    match network {
        Network::Main => 0,
        Network::Test => 1,
        Network::Dev => 2,
    }
}

fn network_of(byte: u8) -> Option<Network> {
    [Network::Main, Network::Test, Network::Dev].into_iter().find(|network| network_byte(*network) == byte)
}

struct Header<'a> {
    rest: &'a [u8],
}

impl Header<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(FileError::Corrupt("too short"))?;
        self.rest = rest;
        Ok(*head)
    }

    fn number(&mut self) -> Result<u32, FileError> {
        Ok(u32::from_be_bytes(self.take()?))
    }
}
