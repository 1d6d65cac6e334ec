//! Python packages for the scripts under `hive-tests/`.

use crate::workspace::run as execute;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder under `cache` that holds what a committed list of versions names, for `PYTHONPATH`. The list says everything: nothing is
/// looked for that others need.
pub fn packages(list: &Path, cache: &Path, name: &str) -> Result<PathBuf, String> {
    let wanted = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let (folder, done) = (cache.join(name), cache.join(format!("{name}.txt")));
    if fs::read_to_string(&done).is_ok_and(|have| have == wanted) {
        return Ok(folder);
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade"]);
    execute(pip.arg("--requirement").arg(list).arg("--target").arg(&folder))?;
    fs::write(&done, wanted).map_err(|error| format!("{}: {error}", done.display()))?;
    Ok(folder)
}
