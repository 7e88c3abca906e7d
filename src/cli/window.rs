//! The window of an analysis, as typed.

use clap::Args;

/// One way to name a window; without any it is the last 30 days.
#[derive(Debug, Default, Args)]
pub struct WindowArgs {
    /// The time up to now: 30d, 12h, 4w, 90m
    #[arg(long, value_name = "LENGTH", group = "window")]
    pub since: Option<String>,
    /// First instant of the window (a date, or an RFC 3339 time)
    #[arg(long, value_name = "TIME", conflicts_with = "window")]
    pub from: Option<String>,
    /// First instant after the window [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "window", requires = "from")]
    pub to: Option<String>,
    /// A UTC calendar month, as 2026-10
    #[arg(long, value_name = "YYYY-MM", group = "window")]
    pub month: Option<String>,
    /// The UTC calendar month before this one
    #[arg(long, group = "window")]
    pub last_month: bool,
}

impl WindowArgs {
    /// Whether a window was typed.
    pub fn is_given(&self) -> bool {
        let typed = [&self.since, &self.from, &self.to, &self.month];
        self.last_month || typed.iter().any(|typed| typed.is_some())
    }
}
