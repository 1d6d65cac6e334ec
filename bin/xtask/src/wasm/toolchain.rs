//! A compiler for WebAssembly.
//!
//! The running toolchain, if it has the target's standard library (`rustup target add wasm32-unknown-unknown`). Otherwise Debian's
//! packages of rustc, with which that library is built from source: they are fetched as files and unpacked into the cache
//! directory, and nothing is installed.

use super::TARGET;
use crate::workspace::run;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Debian 12's compiler for browsers, the source of its library, and a linker. What they need comes with them.
const PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-22"];
/// Written when all is unpacked.
const COMPLETE: &str = "complete";
/// Where Debian keeps the sources; of each, only the library is needed.
const SOURCES: &str = "usr/src";
const LIBRARY: &str = "library";

/// How cargo is called.
pub enum Toolchain {
    /// As it is.
    Own,
    /// With Debian's compiler, unpacked here.
    Debian(PathBuf),
}

impl Toolchain {
    /// The running one, or Debian's, which is fetched unless it is there.
    pub fn find() -> Result<Self, String> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let folder = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
        let folder = folder.map_err(|error| format!("cannot start rustc: {error}"))?;
        if Path::new(String::from_utf8_lossy(&folder.stdout).trim()).is_dir() {
            return Ok(Self::Own);
        }
        let root = cache()?.join("wasm-toolchain");
        if !root.join(COMPLETE).is_file() {
            fetch(&root).map_err(|error| {
                format!(
                    "this toolchain has no {TARGET} (rustup target add {TARGET}), and Debian's is not to be had: {error}"
                )
            })?;
        }
        Ok(Self::Debian(root))
    }

    /// `cargo build` or another of its commands, so far.
    pub fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg(command);
        if let Self::Debian(root) = self {
            let llvm = root.join("usr/lib/llvm-22");
            let mut libraries: OsString = root.join("usr/lib/x86_64-linux-gnu").into();
            libraries.push(":");
            libraries.push(llvm.join("lib"));
            cargo
                .args(["-Z", "build-std=std,panic_abort"])
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", root.join("usr/bin/rustc"))
                .env("LD_LIBRARY_PATH", libraries)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", llvm.join("bin/wasm-ld"));
        }
        cargo
    }
}

/// For what can be made again.
fn cache() -> Result<PathBuf, String> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    Ok(base.ok_or("no cache directory: neither XDG_CACHE_HOME nor HOME is set")?.join("sero"))
}

/// Downloads the packages and unpacks them into `root`.
fn fetch(root: &Path) -> Result<(), String> {
    let in_path = |path: &Path| {
        let path = path.display().to_string();
        move |error| format!("{path}: {error}")
    };
    if root.exists() {
        fs::remove_dir_all(root).map_err(in_path(root))?;
    }
    let archives = root.join("archives");
    fs::create_dir_all(archives.join("partial")).map_err(in_path(&archives))?;
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.arg("--quiet=2").stdout(Stdio::null());
        apt
    };
    run(apt().arg("update"))?;
    let mut archive: OsString = "Dir::Cache::archives=".into();
    archive.push(&archives);
    run(apt()
        .args(["install", "--download-only", "--no-install-recommends", "--yes", "--option"])
        .arg(archive)
        .args(PACKAGES))?;
    for entry in fs::read_dir(&archives).map_err(in_path(&archives))? {
        let file = entry.map_err(in_path(&archives))?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("--extract").arg(file).arg(root))?;
        }
    }
    fs::remove_dir_all(&archives).map_err(in_path(&archives))?;
    let sources = root.join(SOURCES);
    for source in fs::read_dir(&sources).map_err(in_path(&sources))? {
        let source = source.map_err(in_path(&sources))?.path();
        for entry in fs::read_dir(&source).map_err(in_path(&source))? {
            let entry = entry.map_err(in_path(&source))?;
            if entry.file_name() != LIBRARY && entry.path().is_dir() {
                fs::remove_dir_all(entry.path()).map_err(in_path(&entry.path()))?;
            }
        }
    }
    fs::write(root.join(COMPLETE), "").map_err(in_path(root))
}
