//! `sero new`: a project with a token, a shop, tests and a deploy script.

use crate::terminal::{Failure, data};
use clap::{Args, ValueEnum};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

// FOUNDRY and HARDHAT: path in the project, content.
include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Longest name of a project.
const NAME_LEN_MAX: usize = 64;

/// Options of `sero new`.
#[derive(Args)]
pub struct NewArgs {
    /// The project, a new folder here: lower-case letters, digits, `-` and `_`, beginning with a letter.
    name: String,
    /// The tool that it is for.
    #[arg(long, value_enum)]
    template: Template,
}

/// What a project is made for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Template {
    /// Foundry: tests and scripts in Solidity.
    Foundry,
    /// Hardhat 3: tests and scripts in TypeScript with viem.
    Hardhat,
}

impl Template {
    fn files(self) -> &'static [(&'static str, &'static [u8])] {
        match self {
            Self::Foundry => FOUNDRY,
            Self::Hardhat => HARDHAT,
        }
    }

    /// How the template's own package.json calls it.
    fn package(self) -> &'static str {
        match self {
            Self::Foundry => "sero-foundry-template",
            Self::Hardhat => "sero-hardhat-template",
        }
    }
}

/// Makes the project.
pub fn run(args: &NewArgs) -> Result<ExitCode, Failure> {
    let NewArgs { name, template } = args;
    check(name)?;
    let folder = Path::new(name);
    let fault = |place: &Path, error| format!("{}: {error}", place.display());
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(format!("{name} exists already: choose another name, or remove it").into());
        }
        made => made.map_err(|error| fault(folder, error))?,
    }
    for (path, content) in template.files() {
        let place = folder.join(path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(|error| fault(parent, error))?;
        }
        write(&place, &renamed(path, content, *template, name)).map_err(|error| fault(&place, error))?;
    }
    data(format!("made {name}: cd {name}, npm ci, npm test; README.md says more"));
    Ok(ExitCode::SUCCESS)
}

fn check(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let ok = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= NAME_LEN_MAX
        && name.chars().all(allowed);
    if ok {
        return Ok(());
    }
    Err(format!(
        "NAME `{name}`: 1 to {NAME_LEN_MAX} lower-case letters, digits, `-` and `_` are allowed, a letter first"
    ))
}

/// The content with the project's name where npm reads it.
fn renamed(path: &str, content: &[u8], template: Template, name: &str) -> Vec<u8> {
    match core::str::from_utf8(content) {
        Ok(text) if matches!(path, "package.json" | "package-lock.json") => {
            text.replace(&format!("\"{}\"", template.package()), &format!("\"{name}\"")).into_bytes()
        }
        _ => content.to_owned(),
    }
}

/// Scripts can be run.
fn write(place: &Path, content: &[u8]) -> std::io::Result<()> {
    fs::write(place, content)?;
    #[cfg(unix)]
    if content.starts_with(b"#!") {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(place, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{FOUNDRY, HARDHAT, check};

    fn content(files: &[(&str, &'static [u8])], path: &str) -> &'static [u8] {
        files.iter().find(|(place, _)| *place == path).unwrap_or_else(|| panic!("no {path}")).1
    }

    #[test]
    fn both_templates_have_the_same_contracts() {
        for name in ["Token.sol", "TicketShop.sol"] {
            let (foundry, hardhat) = (format!("src/{name}"), format!("contracts/{name}"));
            assert!(content(FOUNDRY, &foundry) == content(HARDHAT, &hardhat), "{name} differs");
        }
        let compiler: &[u8] = include_bytes!("../../../contracts/tools/solc.mjs");
        assert!(content(FOUNDRY, "tools/solc.mjs") == compiler, "tools/solc.mjs differs");
    }

    #[test]
    fn nothing_that_tools_made_is_embedded() {
        for (path, _) in FOUNDRY.iter().chain(HARDHAT) {
            let odd = path.contains("node_modules") || path.starts_with("out/") || path.contains("cache/");
            assert!(!odd, "{path}");
        }
        assert!(FOUNDRY.len() > 40 && HARDHAT.len() > 30);
    }

    #[test]
    fn names_are_those_of_folders_and_packages() {
        for name in ["a", "my-token", "a_1"] {
            check(name).unwrap();
        }
        let long = "a".repeat(65);
        for name in ["", ".", "..", "a/b", "../a", "/tmp/a", "A", "1a", "-a", "a b", "a\n", "é", &long] {
            assert!(check(name).unwrap_err().contains("are allowed"), "{name}");
        }
    }
}
