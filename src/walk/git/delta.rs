//! Objects that a pack holds as changes of others (git's `pack-format`, "Deltified representation").

use super::objects::Fault;
use super::pack::{CORRUPT, MOST_PART_BYTES};

/// Makes an object of another and its changes: parts that are copied, and parts that are new.
pub(super) fn apply(base: &[u8], changes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut rest = changes.iter().copied();
    let from = size_of(&mut rest)?;
    let to = size_of(&mut rest)?;
    if from != base.len() as u64 || to > MOST_PART_BYTES {
        return Err(CORRUPT);
    }
    let size = usize::try_from(to).map_err(|_| CORRUPT)?;
    let mut out = Vec::with_capacity(size);
    while let Some(command) = rest.next() {
        if command & 0x80 != 0 {
            let mut number = |bits: u8, count: u8| {
                let mut value = 0;
                for index in 0..count {
                    if bits & (1 << index) != 0 {
                        value |= usize::from(rest.next()?) << (8 * index);
                    }
                }
                Some(value)
            };
            let start = number(command & 0x0f, 4).ok_or(CORRUPT)?;
            let length = match number((command >> 4) & 7, 3).ok_or(CORRUPT)? {
                0 => 0x10000,
                length => length,
            };
            out.extend_from_slice(start.checked_add(length).and_then(|end| base.get(start..end)).ok_or(CORRUPT)?);
        } else if command != 0 {
            let before = out.len();
            out.extend(rest.by_ref().take(usize::from(command)));
            if out.len() - before != usize::from(command) {
                return Err(CORRUPT);
            }
        } else {
            return Err(CORRUPT);
        }
        if out.len() > size {
            return Err(CORRUPT);
        }
    }
    if out.len() == size { Ok(out) } else { Err(CORRUPT) }
}

/// A number of seven bits a byte, the lowest first.
fn size_of(rest: &mut impl Iterator<Item = u8>) -> Result<u64, Fault> {
    let mut size = 0;
    for shift in (0..57).step_by(7) {
        let byte = rest.next().ok_or(CORRUPT)?;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    Err(CORRUPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_copy_and_add() {
        // from 5 bytes to 7: copy 3 bytes from 1, add `XY`, copy 2 bytes from 0
        let changes = [5, 7, 0x91, 1, 3, 2, b'X', b'Y', 0x90, 2];
        assert_eq!(apply(b"abcde", &changes).unwrap(), b"bcdXYab");
    }

    #[test]
    fn changes_that_lie_are_refused() {
        let cases: [&[u8]; 8] = [
            &[4, 1, 1, b'a'],
            &[5, 2, 1, b'a'],
            &[5, 1, 2, b'a', b'b'],
            &[5, 3, 0x91, 4, 3],
            &[5, 1, 0],
            &[5, 4, 3, b'a'],
            &[5, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[],
        ];
        for changes in cases {
            assert!(apply(b"abcde", changes).is_err(), "{changes:?}");
        }
    }
}
