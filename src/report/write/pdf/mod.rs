//! How does a report read on paper? The page, the charts and our fonts, set by typst in a world that has nothing else.
//!
//! The furniture is `reports/templates/page.typ`; a file of the same name in the project's own `reports/templates/` wins.
//! What the page says comes in as data (`json("data.json")`), never as markup, so that no name can be a command. The
//! world has no network, no packages, no clock and no system fonts: the same report gives the same bytes.

mod sheet;

use crate::report::Report;
use crate::report::board;
use crate::report::chart::{self, Height, Options};
use crate::report::fonts;
use crate::report::page::{Block, Edition, Page};
use crate::report::write::RenderError;
use crate::report::write::templates::read_page;
use chrono::Datelike;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

const TEMPLATE: &str = "page.typ";
const DATA: &str = "data.json";
/// A picture of the project's own is read up to this size.
const LARGEST_FILE: u64 = 20_000_000;
/// What is said of a template that asks for a package.
const NO_PACKAGES: &str = "packages such as @preview/… are not available, since a report loads nothing: put the files that you need beside page.typ, and import those";
/// What is said of a wrong template is one sentence.
const LONGEST_MESSAGE: usize = 300;

/// What does not change from report to report: typst's own library and our fonts.
struct Tools {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    let files = fonts::INTER.iter().chain(&fonts::BEYOND);
    let fonts: Vec<Font> = files.flat_map(|bytes| Font::iter(Bytes::new(*bytes))).collect();
    Tools {
        library: LazyHash::new(Library::builder().build()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// Reads the fonts and sets up typst, for a program that has something else to do meanwhile.
pub fn prepare() {
    LazyLock::force(&TOOLS);
}

/// The report as a PDF. `overrides` is the folder of the project's own templates, if it has one.
pub fn pdf(report: &Report, overrides: Option<&Path>) -> Result<Vec<u8>, RenderError> {
    // Nothing of the report before serves this one. What this one leaves behind, the program's end takes with it.
    typst::comemo::evict(0);
    let own = read_page(overrides, TEMPLATE)?;
    let template = own.as_deref().unwrap_or(include_str!("../../../../reports/templates/page.typ"));
    let set = |page: &Page| {
        let room = Room::of(report, page, template, overrides)?;
        let document = typst::compile::<PagedDocument>(&room).output.map_err(|errors| room.sentence(&errors))?;
        Ok((room, document))
    };
    let (mut room, mut document) = set(&report.page)?;
    // A template of the project's own has as many pages as it likes.
    if report.page.brand.edition == Edition::TwoPages && own.is_none() {
        // Names and remarks of any length come from the data: where they ask for a third page, they are told in fewer words.
        for step in 1..=board::TIGHTEST {
            if document.pages().len() <= 2 {
                break;
            }
            (room, document) = set(&board::tighter(&report.page, step))?;
        }
    }
    exported(&document, report, &room)
}

/// The finished pages as bytes: to PDF/UA-1, which typst checks before it claims it, and tagged in any case. The claim
/// is left out where a template of the project's own does without (a picture that no words describe), and where a chart
/// has names in joined letters such as Arabic ones, which typst cannot spell out inside a drawing.
fn exported(document: &PagedDocument, report: &Report, room: &Room) -> Result<Vec<u8>, RenderError> {
    let options = |standards: PdfStandards| PdfOptions {
        ident: Smart::Custom(format!("{} {} {}", report.project, report.month, report.as_of)),
        creator: Smart::Custom(Some(format!("{} {}", report.tool.name, report.tool.version))),
        standards,
        ..PdfOptions::default()
    };
    let accessible = PdfStandards::new(&[PdfStandard::Ua_1]).unwrap_or_default();
    typst_pdf::pdf(document, &options(accessible))
        .or_else(|_| typst_pdf::pdf(document, &options(PdfStandards::default())))
        .map_err(|errors| room.sentence(&errors))
}

/// The closed world of one report.
struct Room {
    main: Source,
    files: HashMap<FileId, Bytes>,
    /// The project's own templates: what `page.typ` names there may be read.
    overrides: Option<PathBuf>,
    today: Option<Datetime>,
}

impl Room {
    fn of(report: &Report, page: &Page, template: &str, overrides: Option<&Path>) -> Result<Room, RenderError> {
        let mut files = HashMap::new();
        let data = sheet::of(report, page);
        files.insert(file_id(DATA)?, Bytes::from_string(data));
        let blocks = page.sections.iter().flat_map(|section| &section.blocks);
        let charts = blocks.filter_map(|block| if let Block::Chart(chart) = block { Some(chart) } else { None });
        for (n, chart) in charts.enumerate() {
            let mut drawings = vec![(sheet::chart_file(n), Height::Full)];
            if page.brand.edition == Edition::TwoPages {
                drawings.extend(sheet::lower_chart_files(n));
            }
            for (name, height) in drawings {
                let svg = chart::draw(chart, &Options::paper(height)).svg;
                files.insert(file_id(&name)?, Bytes::from_string(fonts::shown(&svg).into_owned()));
            }
        }
        if let Some(logo) = &page.brand.logo {
            files.insert(file_id(sheet::logo_file(logo))?, Bytes::new(logo.bytes.clone()));
        }
        let day = report.as_of.date();
        Ok(Room {
            main: Source::new(file_id(TEMPLATE)?, template.to_owned()),
            files,
            overrides: overrides.map(Path::to_path_buf),
            today: Datetime::from_ymd(day.year(), day.month() as u8, day.day() as u8),
        })
    }

    /// A file that stands in the project's own templates. Paths of typst never lead out of their root.
    fn own_file(&self, id: FileId) -> FileResult<Bytes> {
        if matches!(id.get().root(), VirtualRoot::Package(_)) {
            return Err(FileError::Other(Some(NO_PACKAGES.into())));
        }
        let wanted = id.get().vpath();
        let missing = || FileError::NotFound(wanted.get_without_slash().into());
        let folder =
            self.overrides.as_deref().filter(|_| *id.get().root() == VirtualRoot::Project).ok_or_else(missing)?;
        let path = wanted.realize(folder).map_err(|_| missing())?;
        let about = fs::metadata(&path).map_err(|error| FileError::from_io(error, &path))?;
        if !about.is_file() || about.len() > LARGEST_FILE {
            return Err(FileError::from_io(io::Error::other("no file, or too large"), &path));
        }
        fs::read(&path).map(Bytes::new).map_err(|error| FileError::from_io(error, &path))
    }

    /// The first error, with the place in the template where it is known.
    fn sentence(&self, errors: &[SourceDiagnostic]) -> RenderError {
        let first = errors.first();
        let place = first.and_then(|error| self.place(error));
        let (file, line) = place.map_or((TEMPLATE.to_owned(), None), |(file, line)| (file, Some(line)));
        let says = first.map_or("", |error| error.message.as_str());
        let says = if says.contains(NO_PACKAGES) { NO_PACKAGES } else { says };
        let says: String =
            says.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_MESSAGE).collect();
        RenderError::Template { file, line, says }
    }

    /// Where an error is: its own place, or that of the innermost call in a file that can be read.
    fn place(&self, error: &SourceDiagnostic) -> Option<(String, usize)> {
        let calls = error.trace.iter().map(|call| call.span.into());
        std::iter::once(error.span).chain(calls).find_map(|span| {
            let id = span.id()?;
            let range = self.range(span)?;
            let line = self.source(id).ok()?.lines().byte_to_line(range.start)?;
            Some((id.get().vpath().get_without_slash().to_owned(), line + 1))
        })
    }
}

fn file_id(name: &str) -> Result<FileId, RenderError> {
    let path = VirtualPath::new(name).map_err(|_| RenderError::Template {
        file: name.to_owned(),
        line: None,
        says: "its name is no path".to_owned(),
    })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Room {
    fn library(&self) -> &LazyHash<Library> {
        &TOOLS.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &TOOLS.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let bytes = self.file(id)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text.to_owned()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).map_or_else(|| self.own_file(id), |bytes| Ok(bytes.clone()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        TOOLS.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}
