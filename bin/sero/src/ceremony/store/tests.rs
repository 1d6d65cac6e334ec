use super::*;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn files_are_whole_or_absent() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.transcript");
    assert_eq!(transcript(dir.path()), dir.path().join(TRANSCRIPT));
    assert_eq!(transcript(&file), file);
    create(&file, b"one").unwrap();
    assert!(create(&file, b"two").unwrap_err().to_string().contains("exists"));
    assert_eq!(read(&file).unwrap(), b"one");
    replace(&file, b"one", b"two").unwrap();
    assert_eq!(read(&file).unwrap(), b"two");
    // Somebody else was faster.
    assert!(replace(&file, b"one", b"three").unwrap_err().to_string().contains("changed in the meantime"));
    assert_eq!(read(&file).unwrap(), b"two");
    // The place cannot be written: a directory is in the way, or there is none.
    fs::create_dir(dir.path().join("b")).unwrap();
    assert!(replace(&dir.path().join("b"), b"", b"x").is_err());
    assert!(create(&dir.path().join("b"), b"x").is_err());
    assert!(create(&dir.path().join("none/c"), b"x").is_err());
    assert_eq!(names(dir.path()), ["a.transcript", "b"], "nothing is left behind");
}

#[test]
fn an_interrupted_write_leaves_the_old_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.transcript");
    create(&file, b"old").unwrap();
    // What a crash leaves before the rename: the new bytes, beside.
    let temporary = write_beside(&file, b"new and unfinished").unwrap();
    assert_eq!(read(&file).unwrap(), b"old");
    assert_ne!(temporary, file);
    replace(&file, b"old", b"newer").unwrap();
    assert_eq!(read(&file).unwrap(), b"newer");
    assert_eq!(names(dir.path()), ["a.transcript"]);
}

#[test]
fn one_writer_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.transcript");
    let first = lock(&file).unwrap();
    assert!(lock(&file).err().unwrap().to_string().contains("another command"));
    drop(first);
    assert!(lock(&file).is_ok());
}

#[cfg(unix)]
#[test]
fn a_planted_link_is_not_written_through() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, b"precious").unwrap();
    let planted = dir.path().join(format!(".a.transcript.{}.tmp", std::process::id()));
    std::os::unix::fs::symlink(&victim, &planted).unwrap();
    create(&dir.path().join("a.transcript"), b"new").unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(fs::read(dir.path().join("a.transcript")).unwrap(), b"new");
}
