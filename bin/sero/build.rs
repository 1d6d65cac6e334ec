//! Lists the templates' files for `sero new`, which embeds them.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Template, and what goes into it: path under `contracts/`, path in the project.
const PARTS: &[(&str, &[(&str, &str)])] = &[
    (
        "FOUNDRY",
        &[
            ("templates/foundry", ""),
            ("src/Sero.sol", "lib/sero/Sero.sol"),
            ("src/SeroZkp.sol", "lib/sero/SeroZkp.sol"),
            ("src/base", "lib/sero/base"),
            ("src/interfaces", "lib/sero/interfaces"),
            ("src/facades", "lib/sero/facades"),
            ("src/model", "lib/sero/model"),
            ("src/testing", "lib/sero/testing"),
            ("src/examples/zkp", "lib/sero/examples/zkp"),
        ],
    ),
    (
        "HARDHAT",
        &[
            ("templates/hardhat", ""),
            ("src/Sero.sol", "lib/sero/Sero.sol"),
            ("src/SeroZkp.sol", "lib/sero/SeroZkp.sol"),
            ("src/base", "lib/sero/base"),
            ("src/interfaces", "lib/sero/interfaces"),
            ("src/facades", "lib/sero/facades"),
            ("hardhat", "lib/sero/hardhat"),
            ("artifacts/models.json", "lib/sero/artifacts/models.json"),
            ("js/src", "lib/sero/js"),
        ],
    ),
];

/// What tools leave in a template's folder.
const LEFT_BY_TOOLS: &[&str] = &["node_modules", "artifacts", "cache", "out", "broadcast", "lib"];

fn main() -> io::Result<()> {
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts").canonicalize()?;
    let mut code = String::new();
    for (template, parts) in PARTS {
        let mut files = Vec::new();
        for (from, to) in *parts {
            collect(&contracts.join(from), Path::new(to), &mut files)?;
        }
        files.sort();
        writeln!(code, "const {template}: &[(&str, &[u8])] = &[").map_err(io::Error::other)?;
        for (to, from) in files {
            writeln!(code, "    ({to:?}, include_bytes!({from:?})),").map_err(io::Error::other)?;
        }
        writeln!(code, "];").map_err(io::Error::other)?;
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("templates.rs"), code)
}

/// All files at or under `from`, with their places in the project.
fn collect(from: &Path, to: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", from.display());
    if from.is_file() {
        let parts: Vec<_> = to.iter().map(|part| part.to_string_lossy()).collect();
        files.push((parts.join("/"), from.to_owned()));
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        if !LEFT_BY_TOOLS.iter().any(|left| name == *left) {
            collect(&from.join(&name), &to.join(&name), files)?;
        }
    }
    Ok(())
}
