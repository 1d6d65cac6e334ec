//! The cache file of a development key: `"SEROKEY" | version | circuit digest
//! | checksum | key`, the key in arkworks' uncompressed form.
//!
//! Reading skips the curve and subgroup checks of each point, which would take
//! longer than the setup. That is right only here: the checksum shows that
//! these are the bytes this program wrote, and a damaged key could at worst
//! give proofs that fail the prover's self-check. A file with any defect is
//! ignored and written anew. The checksum is no signature: whoever can write the
//! cache directory can plant another key, so it must not be shared with others.

use crate::groth16::Mode;
use crate::keys::DEVELOPMENT_SEED;
use ark_bn254::Bn254;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use sero_shielded::hash::Pieces;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Changes with the format of the file or of the setup.
const VERSION: u8 = 2;
const MAGIC: &[u8; 7] = b"SEROKEY";
const HEADER: usize = MAGIC.len() + 1 + 32 + 32;

/// `dev-<circuit>-<first 8 bytes of the matrix digest>.key`
pub fn path(dir: &Path, name: &str, digest: &[u8; 32]) -> PathBuf {
    let short: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    dir.join(format!("dev-{name}-{short}.key"))
}

/// Of a key of so many bytes.
fn checksum(name: &str, digest: &[u8; 32], length: usize) -> Pieces {
    let parts: [&[u8]; 4] = [&[VERSION], DEVELOPMENT_SEED.as_bytes(), name.as_bytes(), digest];
    Pieces::after("SERO_key_file", &parts, length)
}

/// What is read, with its checksum.
struct Summed<R> {
    inner: R,
    left: usize,
    sum: Pieces,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.left);
        let length = self.inner.read(&mut buffer[..most])?;
        self.sum.update(&buffer[..length]);
        self.left -= length;
        Ok(length)
    }
}

/// Where the prover's tables lie, beside the key, if it keeps any.
pub fn tables_path(key: &Path, mode: Mode) -> Option<PathBuf> {
    match mode {
        Mode::Fast => Some(key.with_extension("tables")),
        Mode::LowMemory => Some(key.with_extension("scarce.tables")),
        Mode::SharedMachine => None,
    }
}

/// The key in `file` and its checksum, if it is whole and belongs to these matrices.
pub fn load(file: &Path, name: &str, digest: &[u8; 32]) -> Option<(ProvingKey<Bn254>, [u8; 32])> {
    let file = File::open(file).ok()?;
    let length = usize::try_from(file.metadata().ok()?.len()).ok()?.checked_sub(HEADER)?;
    let mut reader = BufReader::new(file);
    let mut header = [0; HEADER];
    reader.read_exact(&mut header).ok()?;
    let (head, sum) = header.split_at(HEADER - 32);
    if head != [MAGIC.as_slice(), &[VERSION], digest].concat() {
        return None;
    }
    // Read from the file as it goes, so that it is not in memory twice.
    let mut key = Summed { inner: reader, left: length, sum: checksum(name, digest, length) };
    let read = ProvingKey::deserialize_with_mode(&mut key, Compress::No, Validate::No).ok()?;
    if key.left > 0 {
        return None;
    }
    let found = key.sum.finish();
    (sum == found).then_some((read, found))
}

/// Writes the key and gives its checksum.
pub fn store(
    file: &Path,
    name: &str,
    digest: &[u8; 32],
    key: &ProvingKey<Bn254>,
) -> Result<[u8; 32], crate::KeyError> {
    let mut body = Vec::with_capacity(key.serialized_size(Compress::No));
    key.serialize_with_mode(&mut body, Compress::No)?;
    let mut sum = checksum(name, digest, body.len());
    sum.update(&body);
    let sum = sum.finish();
    write(file, |out| {
        [MAGIC.as_slice(), &[VERSION], digest, &sum, &body].iter().try_for_each(|part| out.write_all(part))
    })?;
    Ok(sum)
}

/// Writes next to `file` and renames, so that a reader sees all or nothing.
pub fn write(file: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let temporary = file.with_extension(format!("{}.tmp", unique()));
    let write = || -> io::Result<()> {
        let mut out = File::create_new(&temporary)?;
        content(&mut out)?;
        out.sync_all()?;
        std::fs::rename(&temporary, file)
    };
    write().inspect_err(|_| {
        // The write failed already; a file left behind is only litter.
        let _ = std::fs::remove_file(&temporary);
    })
}

/// A name that no other writer uses at the same time.
fn unique() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}
