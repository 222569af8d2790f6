//! What is wrong with a project file, where, and what is the way out?
//!
//! All problems of a file are reported at once, in the order of the file. `Display` is plain text with line and column;
//! [`ConfigError::render`] shows the lines themselves, in the manner of rustc.

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// A project file that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Name of the file, as given.
    pub name: String,
    /// Its text, for showing the lines; empty when it could not be read.
    pub text: String,
    /// The problems, in the order of the file; at least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the text; `None` when it concerns the file as a whole.
    pub span: Option<Range<usize>>,
    /// What was expected and what was found, lower case, without a full stop.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

/// How [`ConfigError::render`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Text only.
    Plain,
    /// With the colours of a terminal (ANSI escapes).
    Coloured,
}

impl Problem {
    /// A problem at a place.
    pub fn at(span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem { span: Some(span), message: message.into(), help: None }
    }

    /// The same problem with a way out.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

impl ConfigError {
    /// An error with its problems in the order of the file; those without a place come first.
    pub fn new(name: &str, text: &str, mut problems: Vec<Problem>) -> ConfigError {
        problems.sort_by_key(|problem| problem.span.as_ref().map(|span| (span.start, span.end)));
        ConfigError { name: name.to_string(), text: text.to_string(), problems }
    }

    /// Line and column of a place, both from 1, the column in characters.
    pub fn position(&self, at: usize) -> (usize, usize) {
        // A byte order mark is no column.
        let before = self.text[..self.boundary(at)].trim_start_matches('\u{feff}');
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// Every problem with its lines of the file, in the manner of rustc; ends without a line break.
    pub fn render(&self, look: Look) -> String {
        let renderer = match look {
            Look::Plain => Renderer::plain(),
            Look::Coloured => Renderer::styled(),
        };
        let shown: Vec<String> = self.problems.iter().map(|problem| self.render_one(problem, &renderer)).collect();
        shown.join("\n\n")
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let place: Element<'_> = match &problem.span {
            Some(span) => {
                let start = self.boundary(span.start);
                let span = start..self.boundary(span.end).max(start);
                Snippet::source(&self.text).path(&self.name).annotation(AnnotationKind::Primary.span(span)).into()
            }
            None => Origin::path(self.name.as_str()).into(),
        };
        let mut group = Level::ERROR.primary_title(&problem.message).element(place);
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help));
        }
        renderer.render(&[group]).to_string()
    }

    /// The nearest place at or before `at` that does not cut a character.
    fn boundary(&self, at: usize) -> usize {
        self.text.floor_char_boundary(at)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            match &problem.span {
                Some(span) => {
                    let (line, column) = self.position(span.start);
                    write!(f, "{}:{line}:{column}: {}", self.name, problem.message)?;
                }
                None => write!(f, "{}: {}", self.name, problem.message)?,
            }
            if let Some(help) = &problem.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
