//! The wallet file: one encrypted, authenticated blob, replaced as a whole.
//!
//! ```text
//! "SEROWLT\0" | version 2 | network 1 | argon2id: KiB 4, passes 4, lanes 4 | salt 16 | nonce 12
//! | key check 32 | checksum 32 | ChaCha20-Poly1305 ciphertext
//! ```
//! Key = Argon2id(password, salt). Everything before the checksum is associated
//! data of the cipher. The key check is a hash of the key, by which a wrong
//! password is told from damage; the checksum is a plain hash of header and
//! ciphertext, by which damage is told from a wrong password.

mod envelope;

use crate::random::{self, RandomError};
use argon2::{Algorithm, Argon2, Params, Version};
pub use envelope::Envelope;
use sero_shielded::Secret;
use sero_shielded::address::Network;
use sero_shielded::hash::blake2b_32;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Changes with what is inside, too.
const VERSION: u8 = 3;
/// Argon2id parameters of new files: 64 MiB, 3 passes, 1 lane.
const KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// Caps on what a file may ask for: 1 GiB, 16 passes, 8 lanes.
const KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 8;
/// Largest file that is read.
const FILE_LEN_MAX: u64 = 1 << 30;

/// Why a wallet file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Another process has the wallet open.
    #[error("wallet {0} is in use by another process")]
    Locked(PathBuf),
    /// Nothing there.
    #[error("wallet {0} does not exist")]
    Missing(PathBuf),
    /// Something is there already.
    #[error("wallet {0} exists already, and is not overwritten")]
    Exists(PathBuf),
    /// Not a wallet file.
    #[error("{0} is not a SERO wallet file")]
    NotAWallet(PathBuf),
    /// Made by another version of this software.
    #[error(
        "wallet file has version {found}, this software reads version {VERSION}; \
         make it again from its words (restore) or its viewing key (watch)"
    )]
    Version {
        /// Version found.
        found: u8,
    },
    /// Of another network.
    #[error("wallet file is of network `{found}`, `{expected}` is required")]
    Network {
        /// Prefix required.
        expected: &'static str,
        /// Prefix found.
        found: &'static str,
    },
    /// The file asks for more work than allowed.
    #[error(
        "wallet file asks for Argon2id with {kib} KiB, {passes} passes, {lanes} lanes; at most {KIB_MAX}, {PASSES_MAX}, {LANES_MAX} are allowed"
    )]
    KdfLimits {
        /// Memory.
        kib: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// Damaged.
    #[error("wallet file is damaged: {0}")]
    Corrupt(&'static str),
    /// Wrong password.
    #[error("wrong password")]
    WrongPassword,
    /// The operating system refused.
    #[error("wallet file {path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
}

/// An open, locked wallet file.
pub(crate) struct WalletFile {
    path: PathBuf,
    network: Network,
    salt: [u8; 16],
    costs: [u32; 3],
    key: Secret<[u8; 32]>,
    /// Digest of what the file holds: the same state is not written twice.
    saved: Mutex<Option<[u8; 32]>>,
    /// Held for its lock, which the operating system releases at exit.
    _lock: File,
}

impl WalletFile {
    /// Prepares a new file; nothing is written before [`Self::save`].
    pub fn create(path: &Path, password: &str, network: Network) -> Result<Self, FileError> {
        let path = &real(path)?;
        let lock = lock(path)?;
        if path.exists() {
            return Err(FileError::Exists(path.into()));
        }
        let (salt, costs) = (random::bytes()?, [KIB, PASSES, LANES]);
        let key = derive(password, &salt, costs)?;
        Ok(Self { path: path.into(), network, salt, costs, key, saved: Mutex::new(None), _lock: lock })
    }

    /// Opens and decrypts.
    pub fn open(path: &Path, password: &str) -> Result<(Self, Zeroizing<Vec<u8>>), FileError> {
        if !path.exists() {
            return Err(FileError::Missing(path.into()));
        }
        if !path.is_file() {
            return Err(FileError::NotAWallet(path.into()));
        }
        let path = &real(path)?;
        let lock = lock(path)?;
        let envelope = Envelope::decode(path, &read(path)?)?;
        let key = derive(password, &envelope.salt, envelope.costs)?;
        let plain = envelope.open(&key)?;
        let Envelope { network, salt, costs, .. } = envelope;
        let saved = Mutex::new(Some(digest(&plain)));
        Ok((Self { path: path.into(), network, salt, costs, key, saved, _lock: lock }, plain))
    }

    /// Refuses a file of another network.
    pub fn check_network(&self, expected: Network) -> Result<(), FileError> {
        if self.network == expected {
            return Ok(());
        }
        Err(FileError::Network { expected: expected.prefix(), found: self.network.prefix() })
    }

    /// Replaces the file: whatever happens, the old or the new one is there.
    pub fn save(&self, plain: &[u8]) -> Result<(), FileError> {
        let now = Some(digest(plain));
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if *saved == now {
            return Ok(());
        }
        let bytes = self.seal(plain)?;
        let temporary = beside(&self.path, ".tmp");
        let io = |error| FileError::Io { path: self.path.clone(), error };
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        let write = || -> io::Result<()> {
            let mut file = private_file().create_new(true).write(true).open(&temporary)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &self.path)?;
            let directory = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(io)?;
        *saved = now;
        Ok(())
    }

    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, FileError> {
        let nonce = random::bytes()?;
        Ok(Envelope::seal(self.network, self.costs, self.salt, nonce, &self.key, plain)?.encode())
    }
}

/// The key of a file: Argon2id over password and salt, within the caps.
fn derive(password: &str, salt: &[u8; 16], costs: [u32; 3]) -> Result<Secret<[u8; 32]>, FileError> {
    let [kib, passes, lanes] = costs;
    if kib > KIB_MAX || passes > PASSES_MAX || lanes > LANES_MAX {
        return Err(FileError::KdfLimits { kib, passes, lanes });
    }
    let corrupt = |_| FileError::Corrupt("Argon2id parameters");
    let params = Params::new(kib, passes, lanes, Some(32)).map_err(corrupt)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, key.as_mut_slice())
        .map_err(corrupt)?;
    Ok(Secret::new(*key))
}

fn digest(plain: &[u8]) -> [u8; 32] {
    blake2b_32("SERO_wallet_now", &[plain])
}

/// The file itself, whatever links lead to it: the lock and the rename must
/// mean the same file for everybody.
fn real(path: &Path) -> Result<PathBuf, FileError> {
    let io = |error| FileError::Io { path: path.into(), error };
    if path.exists() {
        return path.canonicalize().map_err(io);
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = parent.canonicalize().map_err(io)?;
    Ok(path.file_name().map_or(parent.clone(), |name| parent.join(name)))
}

fn lock(path: &Path) -> Result<File, FileError> {
    let name = beside(path, ".lock");
    let io = |error| FileError::Io { path: name.clone(), error };
    let file = private_file().create(true).truncate(false).write(true).open(&name).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FileError::Locked(path.into())),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let io = |error| FileError::Io { path: path.into(), error };
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(FILE_LEN_MAX).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// Readable by the owner only.
fn private_file() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are Unix's"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
