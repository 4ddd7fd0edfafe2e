//! A disk that forgets what was not synced: a layer over SQLite's own way to files (its VFS)
//! that also keeps, beside each file, what of it would be there after a power cut.
//!
//! Files are written for real, so everything works as usual until the [`Disk`] is asked what
//! is left. To a file's *durable* state are then added some of the changes since its last sync:
//! each in whole, in part or not at all, which is what a disk may do that has not been told
//! to sync. A file that was synced once is taken to be in its folder for good.
//!
//! The layer is SQLite's default once [`install`] was called, so the journal runs as it
//! is. Folders that no [`Disk`] was made for are left alone.
#![expect(
    unsafe_code,
    reason = "SQLite reaches files through C function pointers; this is a test, and no part of the crate"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::ffi;

/// What a disk may write in part: half of an old sector.
const SECTOR: usize = 512;

/// What goes wrong on a disk from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Writes fail with this code of SQLite's.
    Write(c_int),
    /// Syncs fail with this code, having done nothing.
    Sync(c_int),
    /// Syncs say that they succeeded, having done nothing.
    Lie,
}

/// A folder on a disk that forgets.
pub(crate) struct Disk {
    folder: PathBuf,
}

/// What a disk holds at one moment.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    files: BTreeMap<String, Image>,
    /// What the test was told by then, as it noted it itself.
    pub(crate) notes: Vec<u64>,
}

#[derive(Clone, Default)]
struct Image {
    /// `None` is a file that is not there.
    durable: Option<Vec<u8>>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
    Delete,
}

#[derive(Default)]
struct State {
    now: Contents,
    fault: Option<Fault>,
    /// Writes and syncs so far.
    moments: u64,
    /// The moment to remember, and what there was then.
    cut_at: Option<u64>,
    at_cut: Option<Contents>,
}

fn states() -> MutexGuard<'static, BTreeMap<PathBuf, State>> {
    static STATES: Mutex<BTreeMap<PathBuf, State>> = Mutex::new(BTreeMap::new());
    STATES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// A disk for an empty folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self::holding(folder, Contents::default())
    }

    /// A disk for an empty folder that a process left behind when it was killed: the files are as
    /// the process wrote them, synced or not.
    pub(crate) fn holding(folder: &Path, contents: Contents) -> Self {
        install();
        let folder = folder.canonicalize().expect("folder");
        contents.write(&folder, |_| Luck::Kept);
        states().insert(folder.clone(), State { now: contents, ..State::default() });
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn set_fault(&self, fault: Option<Fault>) {
        self.with(|state| state.fault = fault);
    }

    /// Notes something in the same moment as everything else that happens.
    pub(crate) fn note(&self, note: u64) {
        self.with(|state| state.now.notes.push(note));
    }

    /// Remembers what the disk holds just before a write or a sync, counted from the first.
    pub(crate) fn cut_power_at(&self, moment: u64) {
        self.with(|state| state.cut_at = Some(moment));
    }

    /// Writes and syncs so far.
    pub(crate) fn moments(&self) -> u64 {
        self.with(|state| state.moments)
    }

    /// What it held at the cut, or holds now.
    pub(crate) fn contents(&self) -> Contents {
        self.with(|state| state.at_cut.clone().unwrap_or_else(|| state.now.clone()))
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(states().get_mut(&self.folder).expect("a disk for the folder"))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        states().remove(&self.folder);
    }
}

/// What becomes of a change that was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Luck {
    Kept,
    Lost,
    /// Of each sector of a write, the bit of this number says whether it is kept.
    Torn(u64),
}

impl Contents {
    /// Writes what is left after a power cut into an empty folder.
    pub(crate) fn write(&self, folder: &Path, mut luck: impl FnMut(usize) -> Luck) {
        let mut number = 0;
        for (name, image) in &self.files {
            let mut content = image.durable.clone();
            for change in &image.pending {
                change.apply(&mut content, luck(number));
                number += 1;
            }
            if let Some(content) = content {
                fs::write(folder.join(name), content).expect("write");
            }
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Option<Vec<u8>>, luck: Luck) {
        if luck == Luck::Lost {
            return;
        }
        match self {
            Self::Write(begin, bytes) => {
                let content = content.get_or_insert_default();
                let end = begin + bytes.len();
                let missing = end.saturating_sub(content.len());
                content.extend_from_slice(&vec![0; missing]);
                for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                    if luck == Luck::Kept
                        || matches!(luck, Luck::Torn(kept) if kept >> (number % 64) & 1 == 1)
                    {
                        let begin = begin + number * SECTOR;
                        content[begin..begin + sector.len()].copy_from_slice(sector);
                    }
                }
            }
            Self::Truncate(length) => content.get_or_insert_default().resize(*length, 0),
            Self::Delete => *content = None,
        }
    }
}

impl State {
    /// Counts a write or sync, and remembers what there is if this is the moment to.
    fn pass(&mut self) {
        self.moments += 1;
        if self.cut_at == Some(self.moments) {
            self.at_cut = Some(self.now.clone());
        }
    }

    fn change(&mut self, name: &str, change: Change) {
        self.now.files.entry(name.to_owned()).or_default().pending.push(change);
    }

    fn sync(&mut self, name: &str) {
        let image = self.now.files.entry(name.to_owned()).or_default();
        for change in std::mem::take(&mut image.pending) {
            change.apply(&mut image.durable, Luck::Kept);
        }
    }
}

/// Looks at the state of the disk a file lies on, if it is one of ours.
fn on_disk_of<T>(path: &Path, look: impl FnOnce(&mut State, &str) -> T) -> Option<T> {
    let mut states = states();
    let state = states.get_mut(path.parent()?)?;
    Some(look(state, path.file_name()?.to_str()?))
}

/// An open file: this, and behind it in memory the file as SQLite's own VFS opens it.
#[repr(C)]
struct Open {
    base: ffi::sqlite3_file,
    path: *mut PathBuf,
}

/// SQLite's own VFS.
fn own() -> *mut ffi::sqlite3_vfs {
    struct Own(*mut ffi::sqlite3_vfs);
    // SAFETY: SQLite guards its list of VFSs itself, and this one is never unregistered.
    unsafe impl Send for Own {}
    // SAFETY: as above; nobody writes to it.
    unsafe impl Sync for Own {}
    static OWN: OnceLock<Own> = OnceLock::new();
    // SAFETY: asking for the default VFS by no name is always allowed.
    OWN.get_or_init(|| Own(unsafe { ffi::sqlite3_vfs_find(ptr::null()) })).0
}

/// Makes the layer SQLite's default, once.
fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let own = own();
        // SAFETY: `own` is a VFS that lives for ever, and so does the copy, being leaked. All
        // functions that are not replaced work on names only and do not look at the VFS
        // they were asked by, except for its longest name and its private data, both copied.
        let code = unsafe {
            let mut layer = *own;
            layer.szOsFile += size_of::<Open>() as c_int;
            layer.pNext = ptr::null_mut();
            layer.zName = c"forgetful".as_ptr();
            layer.xOpen = Some(open);
            layer.xDelete = Some(delete);
            ffi::sqlite3_vfs_register(Box::leak(Box::new(layer)), 1)
        };
        assert_eq!(code, ffi::SQLITE_OK);
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // The second version: with shared memory, which the log needs, without mapped files,
    // which would be written to behind our back.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The file behind an open one.
///
/// # Safety
/// `file` must have been opened by [`open`].
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` leaves room for the inner file right behind `Open`, whose size keeps it
    // aligned to a pointer.
    unsafe { file.cast::<Open>().add(1).cast() }
}

/// The path of an open file.
///
/// # Safety
/// `file` must have been opened by [`open`] and not been closed.
unsafe fn path<'a>(file: *mut ffi::sqlite3_file) -> &'a Path {
    // SAFETY: `open` made the path, and `close` alone frees it.
    unsafe { &*(*file.cast::<Open>()).path }
}

/// Hands a call on to the file behind.
macro_rules! hand_on {
    ($name:ident, $method:ident, ($($argument:ident: $type:ty),*)) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($argument: $type),*) -> c_int {
            // SAFETY: SQLite calls this with a file that `open` opened, whose inner file
            // has all methods of the second version.
            unsafe {
                let inner = inner(file);
                let method = (*(*inner).pMethods).$method.expect(stringify!($method));
                method(inner, $($argument),*)
            }
        }
    };
}

hand_on!(read, xRead, (buffer: *mut c_void, count: c_int, offset: i64));
hand_on!(write_on, xWrite, (buffer: *const c_void, count: c_int, offset: i64));
hand_on!(truncate_on, xTruncate, (length: i64));
hand_on!(file_size, xFileSize, (length: *mut i64));
hand_on!(lock, xLock, (level: c_int));
hand_on!(unlock, xUnlock, (level: c_int));
hand_on!(check_reserved_lock, xCheckReservedLock, (is_locked: *mut c_int));
hand_on!(file_control, xFileControl, (operation: c_int, argument: *mut c_void));
hand_on!(sector_size, xSectorSize, ());
hand_on!(device_characteristics, xDeviceCharacteristics, ());
hand_on!(shm_map, xShmMap, (page: c_int, size: c_int, extend: c_int, memory: *mut *mut c_void));
hand_on!(shm_lock, xShmLock, (offset: c_int, count: c_int, flags: c_int));
hand_on!(shm_unmap, xShmUnmap, (is_last: c_int));
hand_on!(close_on, xClose, ());

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as for the calls handed on above.
    unsafe {
        let inner = inner(file);
        (*(*inner).pMethods).xShmBarrier.expect("xShmBarrier")(inner);
    }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands a file of `szOsFile` bytes and a name that lives as long as it.
    unsafe {
        (*file).pMethods = ptr::null();
        let code = (*own()).xOpen.expect("xOpen")(own(), name, inner(file), flags, flags_out);
        if code == ffi::SQLITE_OK {
            (*file.cast::<Open>()).path = Box::into_raw(Box::new(path_of(name)));
            (*file).pMethods = &raw const METHODS;
        }
        code
    }
}

/// A name as a path; a file without one is temporary.
///
/// # Safety
/// `name` must be null or a C string.
unsafe fn path_of(name: *const c_char) -> PathBuf {
    if name.is_null() {
        return PathBuf::new();
    }
    // SAFETY: as this function asks.
    OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()).into()
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the file was opened by `open` and is closed once.
    unsafe {
        drop(Box::from_raw((*file.cast::<Open>()).path));
        close_on(file)
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: SQLite hands an open file and a buffer of `count` bytes.
    let (path, bytes) =
        unsafe { (path(file), std::slice::from_raw_parts(buffer.cast::<u8>(), count as usize)) };
    let refused = on_disk_of(path, |state, name| {
        state.pass();
        if let Some(Fault::Write(code)) = state.fault {
            return Some(code);
        }
        state.change(name, Change::Write(offset as usize, bytes.to_vec()));
        None
    });
    // SAFETY: the call is handed on as it came.
    refused.flatten().unwrap_or_else(|| unsafe { write_on(file, buffer, count, offset) })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    // SAFETY: SQLite hands an open file.
    let path = unsafe { path(file) };
    on_disk_of(path, |state, name| state.change(name, Change::Truncate(length as usize)));
    // SAFETY: the call is handed on as it came.
    unsafe { truncate_on(file, length) }
}

/// The real file is never synced: nobody cuts the real power.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite hands an open file.
    let path = unsafe { path(file) };
    let code = on_disk_of(path, |state, name| {
        state.pass();
        match state.fault {
            Some(Fault::Sync(code)) => return code,
            Some(Fault::Lie) => {}
            _ => state.sync(name),
        }
        ffi::SQLITE_OK
    });
    code.unwrap_or(ffi::SQLITE_OK)
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite hands a C string, and the call is handed on as it came.
    let (path, code) =
        unsafe { (path_of(name), (*own()).xDelete.expect("xDelete")(own(), name, sync_folder)) };
    if code == ffi::SQLITE_OK {
        on_disk_of(&path, |state, name| {
            state.change(name, Change::Delete);
            if sync_folder != 0 && state.fault != Some(Fault::Lie) {
                state.sync(name);
            }
        });
    }
    code
}
