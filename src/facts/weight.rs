//! What facts take in memory, counted.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize, Serializer};

use super::FileFacts;

/// A pointer to text or items of their own, with their number and what the allocator keeps of them.
const HELD_APART: u64 = 40;
/// Whatever may be one of several things has the size of the largest of them.
const ONE_OF_SEVERAL: u64 = 48;

/// About how many bytes the facts of a file take in memory. It is counted from what they say, so that it is the same on every machine, and
/// a fact that is added counts by itself.
#[must_use]
pub fn weight(facts: &FileFacts) -> u64 {
    let mut scales = Scales(0);
    // Scales refuse nothing.
    let _ = facts.serialize(&mut scales);
    scales.0
}

/// A serializer that only adds up.
struct Scales(u64);

impl Scales {
    fn put(&mut self, bytes: u64) -> Result<(), Never> {
        self.0 = self.0.saturating_add(bytes);
        Ok(())
    }

    fn text(&mut self, bytes: usize) -> Result<(), Never> {
        self.put(HELD_APART.saturating_add(bytes as u64))
    }
}

/// Nothing is refused, but a serializer has to name an error.
#[derive(Debug)]
struct Never;

impl Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not weighed")
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

macro_rules! plain {
    ($($method:ident: $kind:ty, $bytes:literal;)*) => {
        $(fn $method(self, _: $kind) -> Result<(), Never> {
            self.put($bytes)
        })*
    };
}

impl Serializer for &mut Scales {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    plain! {
        serialize_bool: bool, 1;
        serialize_i8: i8, 1;
        serialize_i16: i16, 2;
        serialize_i32: i32, 4;
        serialize_i64: i64, 8;
        serialize_u8: u8, 1;
        serialize_u16: u16, 2;
        serialize_u32: u32, 4;
        serialize_u64: u64, 8;
        serialize_f32: f32, 4;
        serialize_f64: f64, 8;
        serialize_char: char, 4;
        serialize_unit_struct: &'static str, 0;
    }

    fn serialize_str(self, text: &str) -> Result<(), Never> {
        self.text(text.len())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Never> {
        self.text(bytes.len())
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.put(16)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Never> {
        self.put(1)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        self.put(ONE_OF_SEVERAL)?;
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Never> {
        self.put(HELD_APART)?;
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Never> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Never> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Never> {
        self.put(ONE_OF_SEVERAL)?;
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Never> {
        self.put(HELD_APART)?;
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Never> {
        Ok(self)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Never> {
        self.put(ONE_OF_SEVERAL)?;
        Ok(self)
    }

    fn collect_str<T: ?Sized + Display>(self, value: &T) -> Result<(), Never> {
        self.text(value.to_string().len())
    }
}

macro_rules! adds_up {
    ($($kind:ident, $method:ident;)*) => {
        $(impl ser::$kind for &mut Scales {
            type Ok = ();
            type Error = Never;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Never> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Never> {
                Ok(())
            }
        })*
    };
}

adds_up! {
    SerializeSeq, serialize_element;
    SerializeTuple, serialize_element;
    SerializeTupleStruct, serialize_field;
    SerializeTupleVariant, serialize_field;
}

macro_rules! adds_up_fields {
    ($($kind:ident)*) => {
        $(impl ser::$kind for &mut Scales {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Result<(), Never> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Never> {
                Ok(())
            }
        })*
    };
}

adds_up_fields!(SerializeStruct SerializeStructVariant);

impl ser::SerializeMap for &mut Scales {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Never> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Never> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Never> {
        Ok(())
    }
}
