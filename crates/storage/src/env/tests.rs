use super::*;

/// Rule 7 of the architecture: consensus is acknowledged only after a commit
/// that survives a power loss.
#[test]
fn commits_are_durable() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
        let mode = storage.inner.env.info().unwrap().mode();
        assert!(matches!(mode, Mode::ReadWrite { sync_mode: SyncMode::Durable }), "{mode:?}");
        assert!(!storage.inner.env.is_write_map());
    }
}

#[test]
fn a_half_made_database_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    mark_creating(dir.path()).unwrap();
    fs::write(dir.path().join(DATA_FILE), b"").unwrap();
    drop(Storage::open(dir.path(), StorageOptions::default()).unwrap());
    assert!(!dir.path().join(CREATING_FILE).exists());
    Storage::open(dir.path(), StorageOptions::default()).unwrap();
}

#[test]
fn geometry_is_as_asked() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), StorageOptions::default()).unwrap();
    assert_eq!(storage.inner.env.stat().unwrap().page_size() as usize, PAGE_BYTES);
    let bytes = fs::metadata(dir.path().join(DATA_FILE)).unwrap().len();
    assert!(bytes <= 32 << 20, "a new database takes {bytes} bytes of disk");
}
