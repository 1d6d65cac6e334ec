//! Files that are whole or absent: written beside, synced, then put in place.

use crate::terminal::Failure;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Name of the transcript in a ceremony's directory.
pub const TRANSCRIPT: &str = "ceremony.transcript";
/// Larger than any ceremony of two circuits by far.
const TRANSCRIPT_MAX: u64 = 1 << 28;

/// The transcript that `path` names: a file, or a directory that holds one.
pub fn transcript(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(TRANSCRIPT) } else { path.to_owned() }
}

/// A transcript's bytes.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let named = |error: std::io::Error| format!("{}: {error}", file.display());
    if fs::metadata(file).map_err(named)?.len() > TRANSCRIPT_MAX {
        return Err(format!("{}: larger than any ceremony", file.display()).into());
    }
    Ok(fs::read(file).map_err(named)?)
}

/// Makes a file that must not exist yet.
pub fn create(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let named = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{} exists; nothing was written", file.display()),
        _ => format!("{}: {error}", file.display()),
    };
    let temporary = write_beside(file, bytes).map_err(named)?;
    // A link, unlike a rename, does not replace what is there. Memory sticks know no links: there
    // the file is written in place, where a crash can leave a part of it, which no command accepts.
    let linked = match fs::hard_link(&temporary, file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => write_new(file, bytes),
        linked => linked,
    };
    let linked = linked.and_then(|()| sync_directory(file));
    // The name in place is the file; this one is only litter.
    let _ = fs::remove_file(&temporary);
    Ok(linked.map_err(named)?)
}

/// Puts `new` in place of a file that still holds `old`.
pub fn replace(file: &Path, old: &[u8], new: &[u8]) -> Result<(), Failure> {
    let named = |error: std::io::Error| format!("{}: {error}", file.display());
    let temporary = write_beside(file, new).map_err(named)?;
    let put = || -> Result<(), Failure> {
        if fs::read(file).map_err(named)? != old {
            return Err(format!("{} changed in the meantime; nothing was written", file.display()).into());
        }
        fs::rename(&temporary, file).and_then(|()| sync_directory(file)).map_err(named)?;
        Ok(())
    };
    put().inspect_err(|_| {
        // The step failed already; a file left behind is only litter.
        let _ = fs::remove_file(&temporary);
    })
}

/// Held while a transcript is read, extended and replaced.
pub struct Lock(#[allow(dead_code, reason = "the lock goes with the file")] File);

/// One writer at a time.
pub fn lock(transcript: &Path) -> Result<Lock, Failure> {
    let path = transcript.with_extension("lock");
    let named = |error: std::io::Error| format!("{}: {error}", path.display());
    let file = File::options().create(true).append(true).open(&path).map_err(named)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(fs::TryLockError::WouldBlock) => {
            Err(format!("{} is locked: another command works on this ceremony", path.display()).into())
        }
        Err(fs::TryLockError::Error(error)) => Err(named(error).into()),
    }
}

fn write_beside(file: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let temporary = file.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    // Of an earlier command with this process's number; one that somebody planted is not followed.
    let _ = fs::remove_file(&temporary);
    write_new(&temporary, bytes)?;
    Ok(temporary)
}

/// A file that nothing stood in the way of, nor a link.
fn write_new(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut out = File::options().write(true).create_new(true).open(file)?;
    let written = out.write_all(bytes).and_then(|()| out.sync_all());
    written.inspect_err(|_| {
        let _ = fs::remove_file(file);
    })
}

/// Makes the new name itself durable.
fn sync_directory(file: &Path) -> std::io::Result<()> {
    let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests;
