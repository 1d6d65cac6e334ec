//! The cache file of a development key: `"SEROKEY" | version | circuit digest
//! | checksum | key`, the key in arkworks' uncompressed form.
//!
//! Reading skips the curve and subgroup checks of each point, which would take
//! longer than the setup. That is right only here: the checksum shows that
//! these are the bytes this program wrote, and a damaged key could at worst
//! give proofs that fail the prover's self-check. A file with any defect is
//! ignored and written anew. The checksum is no signature: whoever can write the
//! cache directory can plant another key, so it must not be shared with others.

use crate::groth16::Memory;
use crate::keys::DEVELOPMENT_SEED;
use ark_bn254::Bn254;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use sero_shielded::hash::blake2b_32;
use std::fs::File;
use std::io::{self, Write};
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

fn checksum(name: &str, digest: &[u8; 32], key: &[u8]) -> [u8; 32] {
    blake2b_32("SERO_key_file", &[&[VERSION], DEVELOPMENT_SEED.as_bytes(), name.as_bytes(), digest, key])
}

/// Where the prover's tables lie, beside the key.
pub fn tables_path(key: &Path, memory: Memory) -> PathBuf {
    key.with_extension(match memory {
        Memory::Ample => "tables",
        Memory::Scarce => "scarce.tables",
    })
}

/// The key in `file` and its checksum, if it is whole and belongs to these matrices.
pub fn load(file: &Path, name: &str, digest: &[u8; 32]) -> Option<(ProvingKey<Bn254>, [u8; 32])> {
    let bytes = std::fs::read(file).ok()?;
    let (header, key) = bytes.split_at_checked(HEADER)?;
    let mut expected = Vec::with_capacity(HEADER);
    expected.extend_from_slice(MAGIC);
    expected.push(VERSION);
    expected.extend_from_slice(digest);
    let sum = checksum(name, digest, key);
    expected.extend_from_slice(&sum);
    if header != expected {
        return None;
    }
    let mut rest = key;
    let key = ProvingKey::deserialize_with_mode(&mut rest, Compress::No, Validate::No).ok()?;
    rest.is_empty().then_some((key, sum))
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
    let sum = checksum(name, digest, &body);
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
