//! `cargo xtask wasm`: the prover as WebAssembly modules, tested and measured in Node.
//!
//! Everything it makes is in `target/wasm`: a build folder for each module, and in `out` the modules with the keys and the
//! payment that scripts load.

mod toolchain;

use crate::{Failure, unknown_options, workspace::Workspace, workspace::run as execute};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use toolchain::Toolchain;

const TARGET: &str = "wasm32-unknown-unknown";
/// Switches relaxed SIMD on in versions of Node that do not have it by themselves; the others do not know it.
const NODE_FLAG: &str = "--experimental-wasm-relaxed-simd";

/// One of the modules.
#[derive(Clone, Copy)]
pub struct Module {
    /// Names its file and its build folder.
    name: &'static str,
    /// For the compiler, as cargo's environment variable takes them.
    flags: &'static str,
}

/// Runs in every engine.
const PLAIN: Module = Module { name: "plain", flags: "" };
/// For engines with relaxed SIMD.
const RELAXED: Module = Module { name: "relaxed", flags: "-C\u{1f}target-feature=+simd128,+relaxed-simd" };

pub fn run(options: &[&str]) -> Result<(), Failure> {
    let script = match options {
        [] => "test.mjs",
        ["--bench"] => "bench.mjs",
        _ => return Err(unknown_options("wasm", options)),
    };
    let workspace = Workspace::load()?;
    let toolchain = Toolchain::find()?;
    if options.is_empty() {
        execute(cargo(&toolchain, "check", &workspace, PLAIN).args(["--package", "sero-wallet"]))?;
    }
    let failed: Vec<_> = [PLAIN, RELAXED]
        .into_iter()
        .map(|module| prepare(&toolchain, &workspace, module, script).and_then(|mut node| execute(&mut node)))
        .filter_map(Result::err)
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::Failed(failed.join("\n"))) }
}

/// Builds a module and what a script loads, and gives the command that runs it.
fn prepare(
    toolchain: &Toolchain,
    workspace: &Workspace,
    module: Module,
    script: &str,
) -> Result<Command, String> {
    let (root, out) = (&workspace.workspace_root, workspace.target_directory.join("wasm/out"));
    execute(cargo(toolchain, "build", workspace, module).args(["--package", "sero-wasm"]))?;
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let made = build_folder(workspace, module).join(TARGET).join("wasm/sero_wasm.wasm");
    let file = out.join(format!("sero-{}.wasm", module.name));
    fs::copy(&made, &file).map_err(|error| format!("{}: {error}", made.display()))?;
    let mut bench = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    execute(
        bench.args(["build", "--release", "--quiet", "--workspace", "--bin", "sero-bench"]).current_dir(root),
    )?;
    let bench = workspace.target_directory.join("release/sero-bench");
    execute(Command::new(&bench).args(["prepare", "wasm"]).arg(&out))?;
    let mut node = Command::new("node");
    if Command::new("node")
        .args([NODE_FLAG, "--eval", "0"])
        .output()
        .is_ok_and(|probe| probe.status.success())
    {
        node.arg(NODE_FLAG);
    }
    node.args(["--test-reporter", "tap"])
        .arg(root.join("crates/wasm/js").join(script))
        .env("SERO_WASM_MODULE", file)
        .env("SERO_WASM_STORE", out)
        .env("SERO_BENCH", bench);
    Ok(node)
}

fn build_folder(workspace: &Workspace, module: Module) -> PathBuf {
    workspace.target_directory.join("wasm").join(module.name)
}

/// A command of cargo that compiles for the module.
fn cargo(toolchain: &Toolchain, command: &str, workspace: &Workspace, module: Module) -> Command {
    let mut cargo = toolchain.cargo(command);
    cargo
        .args(["--quiet", "--locked", "--profile", "wasm", "--target", TARGET, "--target-dir"])
        .arg(build_folder(workspace, module))
        .env("CARGO_ENCODED_RUSTFLAGS", module.flags)
        .current_dir(&workspace.workspace_root);
    cargo
}
