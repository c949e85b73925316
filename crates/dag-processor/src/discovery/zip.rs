//! Just enough of the zip format for packaged DAGs: the list of members and their bytes.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const END_LENGTH: u64 = 22;
const LONGEST_COMMENT: u64 = 0xffff;
const ENTRY_SIGNATURE: &[u8] = b"PK\x01\x02";
const ENTRY_LENGTH: usize = 46;
const LOCAL_LENGTH: u64 = 30;
/// A member larger than this is no DAG file; the bound keeps a bad archive from filling memory.
const LONGEST_MEMBER: u64 = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ZipError {
    #[error("cannot read the archive")]
    Io(#[from] io::Error),
    #[error("not a zip archive, or a damaged one")]
    Damaged,
    #[error("compression method {0} is not supported")]
    Method(u16),
}

impl ZipError {
    /// Whether the archive could not be read at all, whatever is in it.
    pub(crate) fn into_unreadable(self) -> Result<io::Error, Self> {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match self {
            Self::Io(error)
                if !matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof) =>
            {
                Ok(error)
            }
            error => Err(error),
        }
    }
}

/// One entry of the archive's directory.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    method: u16,
    compressed: u64,
    local_header: u64,
}

/// Whether the file ends as a zip archive does.
pub(crate) fn is_zip(path: &Path) -> io::Result<bool> {
    match end_record(&mut File::open(path)?).map_err(ZipError::into_unreadable) {
        Ok(end) => Ok(end.is_some()),
        Err(Ok(unreadable)) => Err(unreadable),
        Err(Err(_)) => Ok(false),
    }
}

/// Entries of the archive, in its own order.
pub(crate) fn members(path: &Path) -> Result<Vec<Member>, ZipError> {
    let mut file = File::open(path)?;
    let end = end_record(&mut file)?.ok_or(ZipError::Damaged)?;
    let count = u16_at(&end, 10)?;
    file.seek(SeekFrom::Start(u64::from(u32_at(&end, 16)?)))?;
    let mut directory = Vec::new();
    file.take(u64::from(u32_at(&end, 12)?))
        .read_to_end(&mut directory)?;
    let mut members = Vec::with_capacity(usize::from(count));
    let mut rest = directory.as_slice();
    for _ in 0..count {
        if !rest.starts_with(ENTRY_SIGNATURE) {
            return Err(ZipError::Damaged);
        }
        let name_length = usize::from(u16_at(rest, 28)?);
        let tail = usize::from(u16_at(rest, 30)?) + usize::from(u16_at(rest, 32)?);
        let name = rest
            .get(ENTRY_LENGTH..ENTRY_LENGTH + name_length)
            .ok_or(ZipError::Damaged)?;
        members.push(Member {
            name: String::from_utf8_lossy(name).into_owned(),
            method: u16_at(rest, 10)?,
            compressed: u64::from(u32_at(rest, 20)?),
            local_header: u64::from(u32_at(rest, 42)?),
        });
        rest = rest
            .get(ENTRY_LENGTH + name_length + tail..)
            .ok_or(ZipError::Damaged)?;
    }
    Ok(members)
}

/// The bytes of `member`.
pub(crate) fn read_member(path: &Path, member: &Member) -> Result<Vec<u8>, ZipError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(member.local_header))?;
    let mut header = Vec::new();
    (&mut file).take(LOCAL_LENGTH).read_to_end(&mut header)?;
    let skipped = u64::from(u16_at(&header, 26)?) + u64::from(u16_at(&header, 28)?);
    file.seek(SeekFrom::Start(
        member.local_header + LOCAL_LENGTH + skipped,
    ))?;
    let raw = file.take(member.compressed);
    let mut content = Vec::new();
    match member.method {
        0 => raw.take(LONGEST_MEMBER).read_to_end(&mut content)?,
        8 => flate2::read::DeflateDecoder::new(raw)
            .take(LONGEST_MEMBER)
            .read_to_end(&mut content)?,
        other => return Err(ZipError::Method(other)),
    };
    Ok(content)
}

/// The record at the end of the archive, in front of its comment.
fn end_record(file: &mut File) -> Result<Option<Vec<u8>>, ZipError> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(END_LENGTH + LONGEST_COMMENT);
    if length >= END_LENGTH {
        file.seek(SeekFrom::Start(length - END_LENGTH))?;
        let mut end = Vec::new();
        (&mut *file).take(END_LENGTH).read_to_end(&mut end)?;
        if end.starts_with(END_SIGNATURE) && end.ends_with(&[0, 0]) {
            return Ok(Some(end));
        }
    }
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(END_LENGTH + LONGEST_COMMENT)
        .read_to_end(&mut tail)?;
    let end_length = usize::try_from(END_LENGTH).unwrap_or(usize::MAX);
    let found = tail
        .windows(END_SIGNATURE.len())
        .rposition(|window| window == END_SIGNATURE)
        .and_then(|position| tail.get(position..position + end_length));
    Ok(found.map(<[u8]>::to_vec))
}

fn u16_at(bytes: &[u8], offset: usize) -> Result<u16, ZipError> {
    let field = bytes.get(offset..offset + 2).ok_or(ZipError::Damaged)?;
    Ok(u16::from_le_bytes([field[0], field[1]]))
}

fn u32_at(bytes: &[u8], offset: usize) -> Result<u32, ZipError> {
    let field = bytes.get(offset..offset + 4).ok_or(ZipError::Damaged)?;
    Ok(u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
}
