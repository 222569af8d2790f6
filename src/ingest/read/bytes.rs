//! What kind of file is it, and what is its text in UTF-8?
//!
//! A file is read in chunks, hashed on the way. Text that is UTF-8 already stays where it was read; any other encoding
//! is decoded chunk by chunk, so that the bytes and the decoded text are never in memory together.

use super::ReadError;
use crate::finding::masked;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, Write};
use std::path::Path;
use zip::ZipArchive;

/// Bytes taken in at a time.
const CHUNK: u64 = 1 << 20;
/// What the encoding is judged by.
const SAMPLE: usize = 1 << 16;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// What a compressed file may grow to: so many times its size, …
const GROWTH: u64 = 500;
/// … or this, whatever its size, …
const HARMLESS: u64 = 256 * MIB;
/// … and never more than this.
const LARGEST: u64 = 4 * GIB;

/// Something to read from and to move about in.
pub(super) trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// What a file holds.
pub(super) enum Content {
    /// A text.
    Text(Text),
    /// A workbook of any kind.
    Workbook(Box<dyn Source>),
    /// A Parquet file.
    Parquet(File),
}

/// A text, in UTF-8 as far as can be.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// The text; a byte order mark may stand before `begin`.
    pub bytes: Vec<u8>,
    /// Where it begins.
    pub begin: usize,
}

/// A file as it was opened.
pub(super) struct Opened {
    pub content: Content,
    pub sha256: String,
    pub notes: Vec<String>,
    /// The name that counts for what is in it: of the file in the archive, or its own.
    pub name: String,
}

/// The kinds of file that are told apart by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Magic {
    Gzip,
    Zip,
    /// The container of XLS, and of encrypted XLSX.
    Compound,
    Parquet,
    Other(&'static str, &'static str),
    Unknown,
}

fn magic(head: &[u8]) -> Magic {
    const UNPACK: &str = "unpack it and name the file inside, or pack it as .gz or .zip";
    const EXPORT: &str = "export the table as CSV, XLSX or Parquet";
    const OTHERS: [(&[u8], &str, &str); 10] = [
        (b"BZh", "packed with bzip2", UNPACK),
        (b"\xFD7zXZ\0", "packed with xz", UNPACK),
        (b"\x28\xB5\x2F\xFD", "packed with zstd", UNPACK),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
        (b"Rar!\x1A\x07", "a RAR archive", UNPACK),
        (b"%PDF-", "a PDF document", EXPORT),
        (b"\x89PNG", "a picture", EXPORT),
        (b"\xFF\xD8\xFF", "a picture", EXPORT),
        (b"GIF8", "a picture", EXPORT),
        (b"SQLite format 3\0", "a database", EXPORT),
    ];
    const OWN: [(&[u8], Magic); 5] = [
        (b"\x1F\x8B", Magic::Gzip),
        (b"PK\x03\x04", Magic::Zip),
        (b"PK\x05\x06", Magic::Zip),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Magic::Compound),
        (b"PAR1", Magic::Parquet),
    ];
    if let Some((_, magic)) = OWN.iter().find(|(start, _)| head.starts_with(start)) {
        return *magic;
    }
    if let Some((_, kind, help)) = OTHERS.iter().find(|(start, ..)| head.starts_with(start)) {
        return Magic::Other(kind, help);
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start().to_ascii_lowercase();
    if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") {
        return Magic::Other("a web page", EXPORT);
    }
    if text.starts_with(b"<?xml") {
        return Magic::Other("an XML document", EXPORT);
    }
    Magic::Unknown
}

/// What is done with the bytes of a file, unpacked if it is packed.
type Visit<'a> = &'a mut dyn FnMut(&mut dyn Read) -> io::Result<()>;

/// A file that can be read from its beginning as often as needed.
struct Packed<'a> {
    shown: &'a str,
    size: u64,
    /// What it may hold when unpacked.
    limit: u64,
    visit: &'a dyn Fn(Visit) -> io::Result<()>,
}

/// Opens a file and says what it holds.
pub(super) fn open(path: &Path, shown: &str) -> Result<Opened, ReadError> {
    let unreadable = |e: io::Error| ReadError::Unreadable { path: shown.to_string(), why: e.to_string() };
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let magic = magic(&head(&mut file).map_err(unreadable)?);
    file.rewind().map_err(unreadable)?;
    let mut name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut notes = Vec::new();
    if magic == Magic::Unknown {
        let mut hash = Sha256::new();
        let visit = |visit: Visit| visit(&mut File::open(path)?);
        let text = Packed { shown, size, limit: u64::MAX, visit: &visit }.text(Some(&mut hash), &mut notes)?;
        return Ok(Opened { content: Content::Text(text), sha256: super::hex(&hash.finalize()), notes, name });
    }
    if let Magic::Other(kind, help) = magic {
        return Err(ReadError::Kind { path: shown.to_string(), kind, help });
    }
    let sha256 = hash_of(&mut file).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let limit = growth(size);
    let content = match magic {
        Magic::Parquet => Content::Parquet(file),
        Magic::Compound => Content::Workbook(Box::new(BufReader::new(file))),
        Magic::Gzip => {
            notes.push("unpacked (gzip)".into());
            name = name.strip_suffix(".gz").unwrap_or(&name).to_string();
            let visit = |visit: Visit| visit(&mut MultiGzDecoder::new(BufReader::new(File::open(path)?)));
            Packed { shown, size, limit, visit: &visit }.member(&mut notes)?
        }
        _ => match only_member(file, shown)? {
            None => Content::Workbook(Box::new(BufReader::new(File::open(path).map_err(unreadable)?))),
            Some((index, member)) => {
                notes.push(format!("unpacked (zip): {}", masked(&member)));
                name = member;
                let visit = |visit: Visit| {
                    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?)).map_err(io::Error::from)?;
                    visit(&mut archive.by_index(index).map_err(io::Error::from)?)
                };
                Packed { shown, size, limit, visit: &visit }.member(&mut notes)?
            }
        },
    };
    Ok(Opened { content, sha256, notes, name })
}

/// What a compressed file of a size may grow to.
fn growth(size: u64) -> u64 {
    size.saturating_mul(GROWTH).clamp(HARMLESS, LARGEST)
}

fn head(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    Read::take(reader, 512).read_to_end(&mut head)?;
    Ok(head)
}

fn hash_of(file: &mut File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut chunk = Vec::new();
    while Read::take(&mut *file, CHUNK).read_to_end(&mut chunk)? > 0 {
        hash.update(&chunk);
        chunk.clear();
    }
    Ok(super::hex(&hash.finalize()))
}

/// Files of which a workbook that is a zip archive has one at least.
const WORKBOOK_PARTS: [&str; 4] = ["[Content_Types].xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin"];

/// The one file in an archive, by index and name; `None` when the archive is a workbook.
fn only_member(file: File, shown: &str) -> Result<Option<(usize, String)>, ReadError> {
    let broken = |why: String| ReadError::Broken { path: shown.to_string(), kind: "a zip archive", why };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| broken(e.to_string()))?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|e| broken(e.to_string()))?;
        let name = member.name().map_err(|e| broken(e.to_string()))?.into_owned();
        if WORKBOOK_PARTS.contains(&name.as_str()) {
            return Ok(None);
        }
        let own = name.rsplit('/').next().unwrap_or_default();
        if member.is_dir() || name.starts_with("__MACOSX/") || own.starts_with('.') {
            continue;
        }
        if member.encrypted() {
            return Err(ReadError::Encrypted { path: shown.to_string() });
        }
        members.push((index, name));
    }
    if members.len() == 1 {
        return Ok(members.pop());
    }
    let mut names: Vec<String> = members.iter().take(5).map(|(_, name)| masked(name)).collect();
    if members.len() > names.len() {
        names.push("…".into());
    }
    Err(ReadError::Members { path: shown.to_string(), count: members.len(), members: names.join(", ") })
}

/// Whether the bytes are a zip archive of files, not a workbook.
fn holds_files(bytes: &[u8]) -> bool {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    !WORKBOOK_PARTS.iter().any(|part| archive.index_for_name(part).is_some())
}

impl Packed<'_> {
    fn failed(&self, e: &io::Error) -> ReadError {
        if e.kind() == io::ErrorKind::FileTooLarge {
            let limit = match self.limit {
                GIB.. => format!("{:.1} GiB", self.limit as f64 / GIB as f64),
                _ => format!("{} MiB", self.limit / MIB),
            };
            return ReadError::TooLarge { path: self.shown.to_string(), limit };
        }
        ReadError::Unreadable { path: self.shown.to_string(), why: e.to_string() }
    }

    /// What a packed file holds: text, or a workbook or Parquet file, which are taken into memory.
    fn member(&self, notes: &mut Vec<String>) -> Result<Content, ReadError> {
        let mut start = Vec::new();
        (self.visit)(&mut |reader| {
            start = head(reader)?;
            Ok(())
        })
        .map_err(|e| self.failed(&e))?;
        match magic(&start) {
            Magic::Unknown => Ok(Content::Text(self.text(None, notes)?)),
            Magic::Other(kind, help) => Err(ReadError::Kind { path: self.shown.to_string(), kind, help }),
            Magic::Gzip => Err(ReadError::Kind {
                path: self.shown.to_string(),
                kind: "packed twice",
                help: "unpack it, and pack the file itself if at all",
            }),
            Magic::Parquet => {
                // The library for Parquet wants a file, or its own kind of bytes: an unnamed temporary file is both
                // small in memory and gone at the end.
                let mut file = tempfile::tempfile().map_err(|e| self.failed(&e))?;
                (self.visit)(&mut |reader| self.limited(reader, &mut |chunk| file.write_all(chunk)))
                    .map_err(|e| self.failed(&e))?;
                file.rewind().map_err(|e| self.failed(&e))?;
                Ok(Content::Parquet(file))
            }
            Magic::Zip | Magic::Compound => {
                let mut bytes = Vec::new();
                (self.visit)(&mut |reader| {
                    self.limited(reader, &mut |chunk| {
                        bytes.extend_from_slice(chunk);
                        Ok(())
                    })
                })
                .map_err(|e| self.failed(&e))?;
                if holds_files(&bytes) {
                    return Err(ReadError::Kind {
                        path: self.shown.to_string(),
                        kind: "packed twice, a zip archive in an archive",
                        help: "unpack it and name the file inside, or pack the file itself",
                    });
                }
                Ok(Content::Workbook(Box::new(Cursor::new(bytes))))
            }
        }
    }

    /// Reads to the end, chunk by chunk, unless the limit comes first.
    fn limited(&self, reader: &mut dyn Read, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut chunk = Vec::new();
        let mut total = 0u64;
        while Read::take(&mut *reader, CHUNK).read_to_end(&mut chunk)? > 0 {
            total += chunk.len() as u64;
            if total > self.limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            take(&chunk)?;
            chunk.clear();
        }
        Ok(())
    }

    /// The whole as text.
    fn text(&self, mut hash: Option<&mut Sha256>, notes: &mut Vec<String>) -> Result<Text, ReadError> {
        let mut text = Taken { expected: self.size, ..Taken::default() };
        (self.visit)(&mut |reader| {
            let mut total = 0u64;
            loop {
                let from = text.bytes.len();
                // Straight into the buffer: text that is UTF-8 already is never copied.
                let n = match &mut text.decoder {
                    None => Read::take(&mut *reader, CHUNK).read_to_end(&mut text.bytes)?,
                    Some(_) => Read::take(&mut *reader, CHUNK).read_to_end(&mut text.raw)?,
                };
                total += n as u64;
                if total > self.limit {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                let new = if text.decoder.is_some() { &text.raw[..] } else { &text.bytes[from..] };
                if let Some(hash) = &mut hash {
                    hash.update(new);
                }
                if n == 0 {
                    text.end();
                    return Ok(());
                }
                text.took(from);
            }
        })
        .map_err(|e| self.failed(&e))?;
        if let Some(encoding) = text.legacy() {
            // Once more from the beginning, now that the encoding is known; what was read is let go first.
            text.bytes = Vec::new();
            text.decoder = Some(encoding.new_decoder_without_bom_handling());
            text.encoding = encoding;
            (self.visit)(&mut |reader| {
                while Read::take(&mut *reader, CHUNK).read_to_end(&mut text.raw)? > 0 {
                    text.decode(Ending::Open);
                }
                text.end();
                Ok(())
            })
            .map_err(|e| self.failed(&e))?;
        }
        if text.is_binary() {
            let (kind, help) = ("no text", "export the table as CSV, XLSX or Parquet");
            return Err(ReadError::Kind { path: self.shown.to_string(), kind, help });
        }
        let begin = if text.bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        if text.bytes.iter().skip(begin).all(u8::is_ascii_whitespace) {
            return Err(ReadError::Empty { path: self.shown.to_string() });
        }
        if text.encoding != UTF_8 {
            notes.push(format!("read as {}", text.encoding.name()));
        }
        if text.nul {
            notes.push("there are NUL characters in it".into());
        }
        Ok(Text { bytes: text.bytes, begin })
    }
}

/// Whether more is to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    End,
}

/// A text on its way in.
struct Taken {
    /// As far as it is in UTF-8 (or nobody knows better yet).
    bytes: Vec<u8>,
    /// Size of the file.
    expected: u64,
    encoding: &'static Encoding,
    /// What turns other bytes into UTF-8, once they are known to be in another encoding.
    decoder: Option<Decoder>,
    /// A chunk before it is decoded.
    raw: Vec<u8>,
    /// As far as the bytes are known to be UTF-8 or not.
    checked: usize,
    /// Whether all that was checked is UTF-8.
    sound: bool,
    nul: bool,
}

impl Default for Taken {
    fn default() -> Taken {
        Taken {
            bytes: Vec::new(),
            expected: 0,
            encoding: UTF_8,
            decoder: None,
            raw: Vec::new(),
            checked: 0,
            sound: true,
            nul: false,
        }
    }
}

impl Taken {
    /// A chunk came in; what is new in the buffer begins at `from`.
    fn took(&mut self, from: usize) {
        if self.decoder.is_some() {
            self.decode(Ending::Open);
            return;
        }
        if from == 0 {
            if let Some(encoding) = utf16(&self.bytes) {
                self.encoding = encoding;
                self.decoder = Some(encoding.new_decoder_with_bom_removal());
                self.raw = std::mem::take(&mut self.bytes);
                self.bytes.reserve(usize::try_from(self.expected / 2).unwrap_or(0));
                self.decode(Ending::Open);
                return;
            }
            // The rest in one piece: pages that are not written to take no memory.
            self.bytes.reserve(usize::try_from(self.expected).unwrap_or(0).saturating_sub(self.bytes.len()) + 1);
        }
        self.nul |= self.bytes.get(from..).is_some_and(|new| new.contains(&0));
        if self.sound {
            match std::str::from_utf8(self.bytes.get(self.checked..).unwrap_or_default()) {
                Ok(_) => self.checked = self.bytes.len(),
                Err(e) => {
                    self.checked += e.valid_up_to();
                    self.sound = e.error_len().is_none();
                }
            }
        }
    }

    fn decode(&mut self, ending: Ending) {
        let Some(decoder) = &mut self.decoder else { return };
        let mut rest = &self.raw[..];
        loop {
            let old = self.bytes.len();
            // Half as much again is enough for most; where it is not, the loop goes round.
            let room = rest.len() + rest.len() / 2 + 64;
            self.bytes.resize(old + room, 0);
            let into = self.bytes.get_mut(old..).unwrap_or_default();
            let (result, read, written, _) = decoder.decode_to_utf8(rest, into, ending == Ending::End);
            self.bytes.truncate(old + written);
            rest = rest.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.raw.clear();
    }

    fn end(&mut self) {
        self.decode(Ending::End);
        self.decoder = None;
        // A character that the end of the file cuts off.
        self.sound &= self.encoding != UTF_8 || self.checked == self.bytes.len();
    }

    /// The encoding that the text must be in, when it is not UTF-8. A text with more characters that are right in
    /// UTF-8 than bytes that are wrong is damaged UTF-8 and stays so.
    fn legacy(&self) -> Option<&'static Encoding> {
        if self.sound || self.encoding != UTF_8 {
            return None;
        }
        let (mut right, mut wrong) = (0usize, 0usize);
        for chunk in self.bytes.utf8_chunks() {
            right += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
            wrong += usize::from(!chunk.invalid().is_empty());
        }
        if right > wrong {
            return None;
        }
        // Where it gets interesting, with some of what stands before.
        let from = self.bytes.iter().position(|byte| *byte >= 0x80).unwrap_or(0).saturating_sub(1024);
        let to = self.bytes.len().min(from + 4 * SAMPLE);
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(self.bytes.get(from..to).unwrap_or_default(), true);
        Some(detector.guess(None, Utf8Detection::Deny))
    }

    /// Whether the head is full of characters that no text has.
    fn is_binary(&self) -> bool {
        let head = self.bytes.get(..self.bytes.len().min(SAMPLE)).unwrap_or_default();
        let odd = |byte: &&u8| matches!(byte, 0..=8 | 14..=27 | 127);
        let odd = head.iter().filter(odd).count();
        odd * 10 > head.len()
    }
}

/// UTF-16, by its byte order mark or because every second byte is zero.
fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    if head.starts_with(b"\xFF\xFE") {
        return Some(UTF_16LE);
    }
    if head.starts_with(b"\xFE\xFF") {
        return Some(UTF_16BE);
    }
    let head = head.get(..head.len().min(SAMPLE)).unwrap_or_default();
    let mut zeros = [0usize; 2];
    for pair in head.chunks_exact(2) {
        for (count, byte) in zeros.iter_mut().zip(pair) {
            *count += usize::from(*byte == 0);
        }
    }
    let half = head.len() / 2;
    // Of Latin text nearly all of one half is zero, and of the other nothing is.
    let mostly = |n: usize| half >= 2 && n * 2 > half;
    match zeros {
        [first, second] if mostly(first) && second * 20 <= first => Some(UTF_16BE),
        [first, second] if mostly(second) && first * 20 <= second => Some(UTF_16LE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn text_of(bytes: &[u8], limit: u64) -> Result<Text, ReadError> {
        let visit = |visit: Visit| visit(&mut &*bytes);
        Packed { shown: "a.gz", size: bytes.len() as u64, limit, visit: &visit }.text(None, &mut Vec::new())
    }

    #[test]
    fn a_packed_file_that_never_ends_is_refused() {
        let bytes = vec![b'x'; 3 << 20];
        assert_eq!(text_of(&bytes, 3 << 20).expect("as large as it may be").bytes, bytes);
        let visit = |visit: Visit| visit(&mut io::repeat(b'x'));
        for limit in [0, 1, 5 << 20] {
            let endless = Packed { shown: "a.gz", size: 9, limit, visit: &visit };
            for said in [endless.text(None, &mut Vec::new()).map(|_| ()), endless.member(&mut Vec::new()).map(|_| ())] {
                let said = said.expect_err("endless").to_string();
                assert!(said.contains("iB when unpacked") && said.contains("\n  help: "), "{said}");
            }
        }
    }

    #[test]
    fn a_packed_file_may_grow_by_its_size() {
        assert_eq!([growth(0), growth(1 << 10)], [256 * MIB; 2]);
        assert_eq!(growth(2 * MIB), 1000 * MIB);
        assert_eq!([growth(GIB), growth(u64::MAX)], [4 * GIB; 2]);
    }

    #[test]
    fn utf16_is_known_by_its_mark_or_its_zeros() {
        for (bytes, expected) in [
            (&b"\xFF\xFEa\0"[..], Some(UTF_16LE)),
            (b"\xFE\xFF\0a", Some(UTF_16BE)),
            (b"a\0,\0b\0", Some(UTF_16LE)),
            (b"\0a\0,\0b", Some(UTF_16BE)),
            (b"a,b\0\nc,d\n", None),
            (b"\0\0\0\0\0\0", None),
            (b"", None),
        ] {
            assert_eq!(utf16(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        let text = text_of("Zürich,Café,\u{e9}\n".as_bytes(), 99).expect("text");
        assert_eq!(text.bytes, "Zürich,Café,é\n".as_bytes());
        let damaged = text_of(b"Z\xC3\xBCrich,Caf\xC3\xA9,\xE9\n", 99).expect("text");
        assert_eq!(damaged.bytes, b"Z\xC3\xBCrich,Caf\xC3\xA9,\xE9\n");
        let latin = text_of(b"Z\xFCrich,Caf\xE9\n", 99).expect("text");
        assert_eq!(latin.bytes, "Zürich,Café\n".as_bytes());
    }
}
