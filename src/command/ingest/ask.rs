//! What an input asks for, by its scheme: each kind of it has a file of its own beside this one.

/// One argument of `gwcost ingest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A file, a folder, a glob, `-` or `s3://bucket/prefix`, as typed.
    Files(String),
    /// `logs:...`: a log group.
    LogGroup(String),
    /// `settings:`: what API Gateway is set to.
    Settings(String),
    /// `metrics:`: what CloudWatch counted.
    Metrics(String),
}

impl Ask {
    /// What an argument asks for.
    pub fn of(typed: &str) -> Ask {
        match typed.split_once(':').map(|(scheme, _)| scheme) {
            Some("logs") => Ask::LogGroup(typed.to_owned()),
            Some("settings") => Ask::Settings(typed.to_owned()),
            Some("metrics") => Ask::Metrics(typed.to_owned()),
            _ => Ask::Files(typed.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_says_what_is_asked_for() {
        assert_eq!(Ask::of("logs:/aws/x"), Ask::LogGroup("logs:/aws/x".to_owned()));
        assert_eq!(Ask::of("settings:"), Ask::Settings("settings:".to_owned()));
        assert_eq!(Ask::of("metrics:"), Ask::Metrics("metrics:".to_owned()));
        for typed in ["-", "a.log", "s3://bucket/logs:x", "http://x", "./logs:x"] {
            assert_eq!(Ask::of(typed), Ask::Files(typed.to_owned()));
        }
    }
}
