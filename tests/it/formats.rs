//! Files as people have them: each is read as the table that it is, or refused with a sentence.
//!
//! The awkward files are other people's and not in the repository: `LEADGAUGE_DATA` names the folder that holds
//! `messy/`; without it those tests say that they are skipped, except in CI, where that is a failure.

use leadgauge::config::plan::Header;
use leadgauge::ingest::read::{FirstRow, RawFile, ReadError, tables};
use std::fs;
use std::path::{Path, PathBuf};

/// What a file is expected to be.
enum Expected {
    /// Sheet ("" for none), columns, rows, rows left out before and after.
    Tables(&'static [(&'static str, usize, usize, u64)]),
    /// Refused, with these words.
    Refused(&'static [&'static str]),
}
use Expected::{Refused, Tables};

include!("formats_table.rs");

fn folder() -> Option<PathBuf> {
    match std::env::var_os("LEADGAUGE_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join("messy")),
        None if std::env::var_os("CI").is_some() => {
            panic!("LEADGAUGE_DATA must name the folder of the real data in CI")
        }
        None => {
            eprintln!("skipped: LEADGAUGE_DATA does not name the folder of the real data");
            None
        }
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("the data are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("inside").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn cells(file: &RawFile) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    file.for_each(|_, record| rows.push(record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()))
        .expect("readable");
    rows
}

/// The tables of a file in the terms of the list, or what is said instead.
fn shape(path: &Path, root: &Path) -> Result<Vec<(String, usize, usize, u64)>, ReadError> {
    let mut shapes = Vec::new();
    for file in tables(path, root, Header::Present)? {
        let mut rows = 0;
        file.for_each(|_, _| rows += 1)?;
        shapes.push((file.sheet.clone().unwrap_or_default(), file.header.len(), rows, file.edge_rows()));
    }
    Ok(shapes)
}

#[test]
fn every_awkward_file_is_the_table_that_it_is() {
    let Some(folder) = folder() else { return };
    let files = files(&folder);
    let mut faults = Vec::new();
    for (name, _) in FILES {
        if !files.iter().any(|file| file == name) {
            faults.push(format!("{name} is no file"));
        }
    }
    for name in &files {
        let found = shape(&folder.join(name), &folder);
        let fits = match FILES.iter().find(|(file, _)| file == name).map(|(_, expected)| expected) {
            None => false,
            Some(Tables(expected)) => found.as_ref().is_ok_and(|found| {
                found.iter().map(|(a, b, c, d)| (a.as_str(), *b, *c, *d)).eq(expected.iter().copied())
            }),
            Some(Refused(words)) => found.as_ref().is_err_and(|e| {
                let said = e.to_string();
                words.iter().all(|word| said.contains(word)) && said.contains("\n  help: ")
            }),
        };
        if !fits {
            let found = match found {
                Ok(found) => format!("{found:?}"),
                Err(e) => format!("refused: {e}").replace('\n', " "),
            };
            faults.push(format!("{name}: {found}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} files:\n{}", faults.len(), files.len(), faults.join("\n"));
}
