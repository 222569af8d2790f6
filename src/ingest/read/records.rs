//! How do records that were no text become one? What workbooks, Parquet and JSON hold is kept as comma-separated text,
//! so that every file is read in one way.

/// Comma-separated text in the making.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub text: Vec<u8>,
}

impl Records {
    /// One more record; without content it is an empty line, which a spreadsheet counts.
    pub fn push(&mut self, cells: impl Iterator<Item = impl AsRef<str>>) {
        let begin = self.text.len();
        let mut is_blank = true;
        for (at, cell) in cells.enumerate() {
            let cell = cell.as_ref();
            is_blank &= cell.trim().is_empty();
            if at > 0 {
                self.text.push(b',');
            }
            self.cell(cell);
        }
        if is_blank {
            self.text.truncate(begin);
        }
        self.blank();
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.text.push(b'\n');
    }

    fn cell(&mut self, cell: &str) {
        if !cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            self.text.extend_from_slice(cell.as_bytes());
            return;
        }
        self.text.push(b'"');
        for byte in cell.bytes() {
            if byte == b'"' {
                self.text.push(b'"');
            }
            self.text.push(byte);
        }
        self.text.push(b'"');
    }
}
