//! The bytes of a pickle that are not read yet.

use super::read::ReadError;

pub(super) struct Input<'p>(&'p [u8]);

impl<'p> Input<'p> {
    pub(super) fn new(pickle: &'p [u8]) -> Self {
        Self(pickle)
    }

    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'p [u8], ReadError> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(ReadError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn unsigned(&mut self, width: usize) -> Result<u64, ReadError> {
        let bytes = self.take(width)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    pub(super) fn length(&mut self, width: usize) -> Result<usize, ReadError> {
        usize::try_from(self.unsigned(width)?).map_err(|_| ReadError::Truncated)
    }

    pub(super) fn line(&mut self) -> Result<&'p str, ReadError> {
        let end = self
            .0
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or(ReadError::Truncated)?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end]).map_err(|_| ReadError::Number)
    }
}
