//! Steps with their time on a terminal; nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A line on stderr that says which step is running.
pub struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    /// A progress line; hidden where stderr is no terminal, or when asked to be quiet.
    pub fn new(quiet: bool) -> Progress {
        let bar = ProgressBar::new_spinner();
        // indicatif hides a bar by itself where stderr is no terminal.
        bar.set_draw_target(if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress { bar, quiet }
    }

    /// Says which step is running.
    pub fn step(&self, what: &str) {
        self.bar.set_message(what.to_string());
    }

    /// Whether neither progress nor a summary is wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Removes the line.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
