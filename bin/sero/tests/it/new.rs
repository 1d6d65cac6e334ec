//! `sero new` makes projects, and never touches what is there.

use std::path::Path;
use std::process::{Command, Output};

fn new(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sero")).arg("new").args(args).current_dir(dir).output().unwrap()
}

#[test]
fn a_project_has_everything_and_the_name() {
    for (template, files) in [
        (
            "foundry",
            &[
                "src/Token.sol",
                "test/TicketShop.t.sol",
                "script/Deploy.s.sol",
                "lib/sero/testing/SeroTest.sol",
            ],
        ),
        ("hardhat", &["contracts/Token.sol", "test/shop.ts", "scripts/deploy.ts", "lib/sero/js/index.ts"]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let output = new(dir.path(), &["my-shop", "--template", template]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("cd my-shop") && said.contains("npm ci"), "{said}");
        let project = dir.path().join("my-shop");
        for file in files.iter().chain(&["README.md", ".gitignore", "lib/sero/Sero.sol"]) {
            assert!(project.join(file).is_file(), "{template}: {file}");
        }
        for file in ["package.json", "package-lock.json"] {
            let text = std::fs::read_to_string(project.join(file)).unwrap();
            assert!(
                text.contains("\"name\": \"my-shop\"") && !text.contains("-template"),
                "{template}: {file}"
            );
        }
        #[cfg(unix)]
        if template == "foundry" {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(project.join("tools/solc.mjs")).unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0o111, "forge runs it");
        }
    }
}

#[test]
fn what_exists_is_refused_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("there")).unwrap();
    std::fs::write(dir.path().join("file"), "mine").unwrap();
    for name in ["there", "file"] {
        let output = new(dir.path(), &[name, "--template", "foundry"]);
        assert!(!output.status.success(), "{name}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("{name} exists already")), "{said}");
    }
    assert_eq!(std::fs::read_dir(dir.path().join("there")).unwrap().count(), 0);
    assert_eq!(std::fs::read_to_string(dir.path().join("file")).unwrap(), "mine");
}

#[test]
fn bad_names_and_templates_make_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["", "../up", "a/b", "A", ".", "1st", "a b"] {
        let output = new(dir.path(), &[name, "--template", "hardhat"]);
        assert!(!output.status.success(), "{name}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("lower-case letters, digits, `-` and `_` are allowed"), "{name}: {said}");
    }
    let output = new(dir.path(), &["fine", "--template", "truffle"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("foundry, hardhat"), "{said}");
    assert!(!new(dir.path(), &["fine"]).status.success(), "a template is asked for");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
