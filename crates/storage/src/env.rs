//! Opening the database: one process, one known format, durable commits.

use crate::{
    StorageError,
    tables::{Head, Table, Tables, meta},
};
use alloy_primitives::hex;
use signet_libmdbx::{
    Environment, EnvironmentFlags, Geometry, MdbxError, Mode, SyncMode,
    sys::PageSize,
    tx::aliases::{RoTxSync, RoTxUnsync, RwTxUnsync},
};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Version of the byte layout in `docs/formats.md`.
pub const FORMAT_VERSION: u32 = 2;

/// First bytes of the format row.
const MAGIC: &[u8; 8] = b"SERO-DB\0";
/// The engine's data file.
const DATA_FILE: &str = "mdbx.dat";
/// The engine's reader table.
const READERS_FILE: &str = "mdbx.lck";
/// Held with an exclusive lock while the database is open.
const LOCK_FILE: &str = "sero-db.lock";
/// Exists only until a new database has its format row: a crash before that
/// leaves a half-made file, which the next open may throw away.
const CREATING_FILE: &str = "sero-db.creating";

const PAGE_BYTES: usize = 4096;
/// Three meta pages: no complete database is smaller.
const DATA_BYTES_MIN: u64 = 3 * PAGE_BYTES as u64;
const GROWTH_STEP_BYTES: isize = 16 << 20;

/// How to open a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageOptions {
    /// Largest size that the data file may ever reach, in bytes. It reserves
    /// address space, not disk.
    pub map_bytes_max: usize,
    /// Most read transactions (snapshots included) open at once.
    pub readers_max: u32,
    /// Whether a commit waits for the disk. If not, a crash of the machine can take the database with it: for databases
    /// that are thrown away.
    pub durable: bool,
    /// How many blocks before the head have a state that can be read; `None` is all. What is forgotten is gone for good.
    pub states: Option<u64>,
}

impl Default for StorageOptions {
    fn default() -> Self {
        Self { map_bytes_max: 1 << 40, readers_max: 4096, durable: true, states: None }
    }
}

/// A handle to the open database. Clones share it; it closes when the last
/// clone and the last [`Snapshot`](crate::Snapshot) are gone.
///
/// Rows are checked when they are read, and trie nodes against their hashes.
/// The engine's own page structure carries no checksums: damage there is
/// mostly, but not always, reported as an error, and may end the process with
/// a memory fault.
#[derive(Clone, Debug)]
pub struct Storage {
    pub(crate) inner: Arc<Inner>,
}

/// Fields drop in order: the lock file must outlive the environment.
#[derive(Debug)]
pub(crate) struct Inner {
    env: Environment,
    pub tables: Tables,
    /// See [`StorageOptions::states`].
    pub states: Option<u64>,
    /// Held while a block is written.
    pub writer: Mutex<()>,
    _lock: ProcessLock,
}

/// The locked lock file.
#[derive(Debug)]
struct ProcessLock(File);

impl Drop for ProcessLock {
    /// Closing alone is not enough: while this process forks, the child holds
    /// the same open file until it executes its own program.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(target: "sero_storage", %error, "storage.unlock");
        }
    }
}

impl Storage {
    /// Opens the database in `dir`, or creates it there.
    ///
    /// # Errors
    /// [`StorageError::InUse`] if it is open elsewhere; `Foreign`, `Damaged`
    /// or `Format` if the data file is not a complete database of this
    /// program's format; `Io` or `Engine` if the machine refuses.
    pub fn open(dir: &Path, options: StorageOptions) -> Result<Self, StorageError> {
        fs::create_dir_all(dir).map_err(io_error("create directory", dir))?;
        let lock = lock(dir)?;
        let data_file = dir.join(DATA_FILE);
        discard_half_made(dir)?;
        let bytes_before = data_bytes(&data_file)?;
        let create = bytes_before.is_none();
        if create && options.durable {
            mark_creating(dir)?;
        }

        let env = open_environment(dir, &data_file, &options)?;
        let tables = match bytes_before {
            None => create_tables(&env)?,
            Some(bytes) => {
                check_length(&env, &data_file, bytes)?;
                open_tables(&env, &data_file)?
            }
        };
        if create && options.durable {
            unmark_creating(dir)?;
        }

        let inner = Inner { env, tables, states: options.states, writer: Mutex::new(()), _lock: lock };
        let head = Head::read(&inner.begin_read()?, &inner.tables)?.map(|head| head.number);
        tracing::info!(target: "sero_storage", dir = %dir.display(), ?head, "storage.open");
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Inner {
    /// Bytes of the data file in use.
    pub fn used_bytes(&self) -> Result<u64, StorageError> {
        used_bytes(&self.env)
    }

    /// A read transaction for one call.
    pub fn begin_read(&self) -> Result<RoTxUnsync, StorageError> {
        self.env.begin_ro_unsync().map_err(StorageError::engine("begin a read transaction"))
    }

    /// A read transaction that threads may share.
    pub fn begin_shared_read(&self) -> Result<RoTxSync, StorageError> {
        self.env.begin_ro_sync().map_err(StorageError::engine("begin a read transaction"))
    }

    /// The write transaction.
    pub fn begin_write(&self) -> Result<RwTxUnsync, StorageError> {
        self.env.begin_rw_unsync().map_err(StorageError::engine("begin a write transaction"))
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StorageError {
    let path = path.to_owned();
    move |source| StorageError::Io { action, path, source }
}

/// Takes the process lock; it is released when the file closes, also when the
/// process is killed.
fn lock(dir: &Path) -> Result<ProcessLock, StorageError> {
    let path = dir.join(LOCK_FILE);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The holder's note is only for the message.
            let _ = file.take(64).read_to_string(&mut holder);
            return Err(StorageError::InUse { dir: dir.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
    }
    let mut lock = ProcessLock(file);
    lock.0.set_len(0).map_err(io_error("truncate", &path))?;
    write!(lock.0, "process {}", std::process::id()).map_err(io_error("write", &path))?;
    Ok(lock)
}

/// Length of the data file, if there is one.
fn data_bytes(data_file: &Path) -> Result<Option<u64>, StorageError> {
    let bytes = match fs::metadata(data_file) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", data_file)(error)),
    };
    if bytes < DATA_BYTES_MIN {
        return Err(StorageError::Damaged {
            file: data_file.to_owned(),
            found: format!("{bytes} bytes"),
            expected: format!("at least {DATA_BYTES_MIN} bytes"),
        });
    }
    Ok(Some(bytes))
}

fn discard_half_made(dir: &Path) -> Result<(), StorageError> {
    if !dir.join(CREATING_FILE).exists() {
        return Ok(());
    }
    tracing::warn!(target: "sero_storage", dir = %dir.display(), "storage.discard_half_made");
    for name in [DATA_FILE, READERS_FILE] {
        remove(&dir.join(name))?;
    }
    Ok(())
}

fn mark_creating(dir: &Path) -> Result<(), StorageError> {
    let path = dir.join(CREATING_FILE);
    File::create(&path).and_then(|file| file.sync_all()).map_err(io_error("create", &path))?;
    sync_dir(dir)
}

fn unmark_creating(dir: &Path) -> Result<(), StorageError> {
    remove(&dir.join(CREATING_FILE))?;
    sync_dir(dir)
}

fn remove(path: &Path) -> Result<(), StorageError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Makes created and removed names durable.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> Result<(), StorageError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(io_error("sync", dir))
}

/// Elsewhere directories cannot be synced, and need not be.
#[cfg(not(unix))]
fn sync_dir(_dir: &Path) -> Result<(), StorageError> {
    Ok(())
}

fn open_environment(
    dir: &Path,
    data_file: &Path,
    options: &StorageOptions,
) -> Result<Environment, StorageError> {
    let mut builder = Environment::builder();
    builder
        .set_flags(EnvironmentFlags {
            mode: Mode::ReadWrite {
                sync_mode: if options.durable { SyncMode::Durable } else { SyncMode::UtterlyNoSync },
            },
            no_rdahead: true,
            ..Default::default()
        })
        .set_max_dbs(Tables::COUNT + 3)
        .set_max_readers(u64::from(options.readers_max))
        .set_geometry(Geometry {
            size: Some(0..=options.map_bytes_max),
            growth_step: Some(GROWTH_STEP_BYTES),
            shrink_threshold: Some(0),
            page_size: Some(PageSize::Set(PAGE_BYTES)),
        });
    builder.open(dir).map_err(|error| open_error(data_file, error))
}

/// Says in words what the engine's code means for the data file.
fn open_error(data_file: &Path, error: MdbxError) -> StorageError {
    let file = data_file.to_owned();
    match error {
        MdbxError::Invalid | MdbxError::VersionMismatch => StorageError::Foreign {
            file,
            found: describe_start(data_file),
            expected: "an MDBX data file".into(),
        },
        MdbxError::Corrupted | MdbxError::PageNotFound | MdbxError::WannaRecovery => StorageError::Damaged {
            file,
            found: format!("{} ({error})", describe_start(data_file)),
            expected: "an intact MDBX data file".into(),
        },
        MdbxError::Busy => StorageError::InUse {
            dir: data_file.parent().unwrap_or(data_file).to_owned(),
            holder: "by the engine's own lock".into(),
        },
        source => StorageError::Engine { action: "open the database", source },
    }
}

/// Length and first bytes of a file, for messages.
fn describe_start(path: &Path) -> String {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut start));
    match (read, fs::metadata(path)) {
        (Ok(_), Ok(metadata)) => {
            format!("{} bytes starting with 0x{}", metadata.len(), hex::encode(start))
        }
        _ => "an unreadable file".into(),
    }
}

/// The engine grows a short file again; only its length before opening tells
/// that pages are gone.
fn check_length(env: &Environment, data_file: &Path, bytes: u64) -> Result<(), StorageError> {
    let used = used_bytes(env)?;
    if bytes < used {
        return Err(StorageError::Damaged {
            file: data_file.to_owned(),
            found: format!("{bytes} bytes"),
            expected: format!("at least {used} bytes"),
        });
    }
    Ok(())
}

fn used_bytes(env: &Environment) -> Result<u64, StorageError> {
    let info = env.info().map_err(StorageError::engine("read its own state"))?;
    Ok((info.last_pgno() as u64 + 1) * PAGE_BYTES as u64) // CAST: usize is at most 64 bits
}

fn create_tables(env: &Environment) -> Result<Tables, StorageError> {
    let tx = env.begin_rw_unsync().map_err(StorageError::engine("begin a write transaction"))?;
    let tables = Tables::create(&tx).map_err(StorageError::engine("create tables"))?;
    let row = [&MAGIC[..], &FORMAT_VERSION.to_be_bytes()].concat();
    tables.meta.put(&tx, meta::FORMAT, &row)?;
    tx.commit().map_err(StorageError::engine("commit the format row"))?;
    Ok(tables)
}

/// Checks the format before it touches any other table.
fn open_tables(env: &Environment, data_file: &Path) -> Result<Tables, StorageError> {
    let tx = env.begin_rw_unsync().map_err(StorageError::engine("begin a write transaction"))?;
    let version = read_format(&tx, data_file)?;
    if version != FORMAT_VERSION {
        let file = data_file.to_owned();
        return Err(StorageError::Format { file, found: version, expected: FORMAT_VERSION });
    }
    let tables = Tables::open(&tx).map_err(|(table, error)| StorageError::Damaged {
        file: data_file.to_owned(),
        found: format!("table {table} cannot be opened ({error})"),
        expected: format!("{} tables", Tables::COUNT),
    })?;
    tx.commit().map_err(StorageError::engine("keep table handles"))?;
    Ok(tables)
}

fn read_format(tx: &RwTxUnsync, data_file: &Path) -> Result<u32, StorageError> {
    let foreign = |found: String| StorageError::Foreign {
        file: PathBuf::from(data_file),
        found,
        expected: format!("a format row that starts with 0x{}", hex::encode(MAGIC)),
    };
    let table = match Table::open(tx, "meta") {
        Ok(table) => table,
        Err(MdbxError::NotFound) => return Err(foreign("an MDBX file without table meta".into())),
        Err(error) => return Err(open_error(data_file, error)),
    };
    let row = table.get(tx, meta::FORMAT)?;
    let Some(row) = row else {
        return Err(foreign("table meta without a format row".into()));
    };
    let version = row.strip_prefix(MAGIC).and_then(|rest| rest.try_into().ok());
    let version = version.ok_or_else(|| foreign(format!("0x{}", hex::encode(&row))))?;
    Ok(u32::from_be_bytes(version))
}

#[cfg(test)]
mod tests;
