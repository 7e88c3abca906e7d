//! `gwcost.toml` and the environment: one schema, strict, with flags before environment before the
//! project's file before the user's.

mod account;
mod check;
mod clients;
mod full;
mod routes;
mod terms;

pub use account::AccountConfig;
pub use clients::{ClientsConfig, PlanPrice};
pub use full::{FullConfig, FunctionConfig, LogConfig};
pub use routes::RouteConfig;
pub use terms::{CreditConfig, TermsConfig};

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use gwcost_core::log_format::{Preset, UnknownPreset};
use gwcost_core::model::{ApiKind, ApiPatterns, GateRule, RouteLimits, UnknownApiKind};
use gwcost_core::pricing::{HttpMetering, UnknownHttpMetering};
use gwcost_core::text::did_you_mean;
use serde::Deserialize;

/// The name of the project's and of the user's file.
pub const FILE_NAME: &str = "gwcost.toml";

/// What configuration files say, the project's before the user's.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The lake's folder, or `s3://bucket/lake`.
    pub lake: Option<PathBuf>,
    /// A country database in MMDB format.
    pub geoip: Option<PathBuf>,
    /// Which bytes count for HTTP APIs.
    pub http_metering: Option<HttpMetering>,
    /// How to read which files; the first that matches wins.
    pub sources: Vec<SourceConfig>,
    /// What is said of routes that are made from paths.
    pub routes: Option<RouteConfig>,
    /// The accounts and regions to ask AWS for; none stand for what the environment says.
    pub accounts: Vec<AccountConfig>,
    /// What was agreed with AWS beside list prices.
    pub terms: Option<TermsConfig>,
    /// What neither logs nor settings tell of full costs.
    pub full: FullConfig,
    /// What `gwcost check` holds figures to.
    pub checks: Vec<GateRule>,
    /// How clients are named.
    pub clients: Option<ClientsConfig>,
    /// What the customers of usage plans pay.
    pub plans: Vec<PlanPrice>,
}

/// How to read the files that a pattern names.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    matcher: GlobMatcher,
    /// A preset's name.
    pub preset: Option<Preset>,
    /// A format string, given or read from its file.
    pub format_string: Option<String>,
    /// Twelve digits.
    pub account: Option<String>,
    /// AWS region code.
    pub region: Option<String>,
    /// The API's id.
    pub api: Option<String>,
    /// The stage's name.
    pub stage: Option<String>,
    /// The kind of API.
    pub api_kind: Option<ApiKind>,
    /// Keep client addresses whole.
    pub keep_ip: bool,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// It is no TOML, or a value has the wrong type.
    #[error("{}: {problem}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        problem: String,
    },
    /// A key that does not exist.
    #[error("{}: unknown key {key:?} in {place}: expected {known}{hint}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The table.
        place: String,
        /// The keys that exist.
        known: String,
        /// The nearest one.
        hint: String,
    },
    /// A value that is none of those that exist.
    #[error("{}: {problem}", .path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

const CACHE_BYTES: &str = "GWCOST_CACHE_BYTES";

const TOP_KEYS: [&str; 11] = [
    "account",
    "check",
    "clients",
    "full",
    "geoip",
    "http_metering",
    "lake",
    "plan",
    "routes",
    "source",
    "terms",
];
const SOURCE_KEYS: [&str; 10] = [
    "account",
    "api",
    "api_kind",
    "files",
    "format_file",
    "format_string",
    "keep_ip",
    "preset",
    "region",
    "stage",
];

#[derive(Deserialize)]
struct ConfigFile {
    lake: Option<PathBuf>,
    geoip: Option<PathBuf>,
    http_metering: Option<String>,
    #[serde(default)]
    source: Vec<SourceEntry>,
    #[serde(default)]
    routes: Vec<routes::Entry>,
    #[serde(default)]
    account: Vec<account::Entry>,
    terms: Option<terms::Entry>,
    full: Option<full::Entry>,
    #[serde(default)]
    check: Vec<toml::Table>,
    clients: Option<clients::Entry>,
    #[serde(default)]
    plan: Vec<clients::PlanEntry>,
}

#[derive(Deserialize)]
struct SourceEntry {
    files: String,
    preset: Option<String>,
    format_string: Option<String>,
    format_file: Option<PathBuf>,
    account: Option<String>,
    region: Option<String>,
    api: Option<String>,
    stage: Option<String>,
    api_kind: Option<String>,
    #[serde(default)]
    keep_ip: bool,
}

/// The folder of the user's own files: `$GWCOST_HOME`, else `gwcost` in the configuration folder.
pub fn home() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("GWCOST_HOME")
        .or_else(|| set("XDG_CONFIG_HOME").map(|folder| folder.join("gwcost")))
        .or_else(|| set("HOME").map(|folder| folder.join(".config/gwcost")))
}

/// The folder of what can be deleted: `$GWCOST_CACHE`, else `gwcost` in the folder for caches.
pub fn cache() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("GWCOST_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("gwcost")))
        .or_else(|| set("HOME").map(|folder| folder.join(".cache/gwcost")))
}

/// Bytes of data files that are kept of one lake in S3: `$GWCOST_CACHE_BYTES`, else 10 GiB.
///
/// # Errors
/// A sentence, if it is no number.
pub fn cache_bytes() -> Result<u64, String> {
    let Some(typed) = env::var_os(CACHE_BYTES).filter(|value| !value.is_empty()) else {
        return Ok(10 << 30);
    };
    let typed = typed.to_string_lossy();
    typed.parse().map_err(|_| format!("{CACHE_BYTES}: {typed:?} is no number of bytes, as in 10737418240"))
}

/// Whether a place is no path, and so not relative to anything.
fn is_url(place: &Path) -> bool {
    place.to_str().is_some_and(|text| text.starts_with("s3://"))
}

impl Config {
    /// Reads the file that was asked for, or the project's and the user's.
    ///
    /// # Errors
    /// [`ConfigError`] names the file, the key and what would be accepted.
    pub fn load(asked: Option<&Path>, home: Option<&Path>) -> Result<Config, ConfigError> {
        if let Some(path) = asked {
            return Config::read(path);
        }
        let project = Path::new(FILE_NAME);
        let mut config = if project.exists() { Config::read(project)? } else { Config::default() };
        if let Some(user) = home.map(|home| home.join(FILE_NAME)).filter(|path| path.exists()) {
            let user = Config::read(&user)?;
            config.lake = config.lake.or(user.lake);
            config.geoip = config.geoip.or(user.geoip);
            config.http_metering = config.http_metering.or(user.http_metering);
            config.sources.extend(user.sources);
            // Patterns count together, so that those of two files could contradict each other.
            config.routes = config.routes.or(user.routes);
            // Lists of accounts count as a whole: two of one account would be read twice.
            if config.accounts.is_empty() {
                config.accounts = user.accounts;
            }
            // Terms make one contract: half of each would be none.
            config.terms = config.terms.or(user.terms);
            // The project's functions are looked at first, and what it does not say the user's file may.
            config.full.log = config.full.log.or(user.full.log);
            config.full.traced_per_million = config.full.traced_per_million.or(user.full.traced_per_million);
            config.full.functions.extend(user.full.functions);
            // A project says itself what it is held to.
            if config.checks.is_empty() {
                config.checks = user.checks;
            }
            config.clients = config.clients.or(user.clients);
            // A price list counts as a whole: two prices of one plan would contradict each other.
            if config.plans.is_empty() {
                config.plans = user.plans;
            }
        }
        Ok(config)
    }

    /// The source that a file belongs to.
    pub fn source(&self, file: &Path) -> Option<&SourceConfig> {
        self.sources.iter().find(|source| source.matcher.is_match(file))
    }

    /// The patterns for routes that are made from paths.
    pub fn route_patterns(&self) -> Arc<ApiPatterns> {
        self.routes.as_ref().map(|routes| Arc::clone(&routes.patterns)).unwrap_or_default()
    }

    /// How many routes that are made from paths an analysis keeps.
    pub fn route_limits(&self) -> RouteLimits {
        self.routes.as_ref().map(|routes| routes.limits.clone()).unwrap_or_default()
    }

    fn read(path: &Path) -> Result<Config, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_owned(), source })?;
        Config::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        };
        let table: toml::Table = toml::from_str(text).map_err(syntax)?;
        check_keys(path, table.keys(), "the file", &TOP_KEYS)?;
        let value = |problem: String| ConfigError::Value { path: path.to_owned(), problem };
        let check_keys_known = check::keys();
        let lists = [
            ("source", &SOURCE_KEYS[..]),
            ("routes", &routes::KEYS[..]),
            ("account", &account::KEYS[..]),
            ("check", &check_keys_known[..]),
            ("plan", &clients::PLAN_KEYS[..]),
        ];
        for (name, known) in lists {
            if table.get(name).is_some_and(toml::Value::is_table) {
                return Err(value(format!(
                    "[{name}] is one table, and there can be several: expected [[{name}]]"
                )));
            }
            for entry in table.get(name).and_then(toml::Value::as_array).into_iter().flatten() {
                if let Some(entry) = entry.as_table() {
                    check_keys(path, entry.keys(), &format!("[[{name}]]"), known)?;
                }
            }
        }
        if let Some(entry) = table.get("clients").and_then(toml::Value::as_table) {
            check_keys(path, entry.keys(), "[clients]", &clients::KEYS)?;
        }
        if let Some(entry) = table.get("terms") {
            terms::check_terms_keys(path, entry)?;
        }
        if let Some(entry) = table.get("full") {
            full::check_full_keys(path, entry)?;
        }
        let file: ConfigFile = toml::from_str(text).map_err(syntax)?;
        // Paths in a file are relative to the file.
        let base = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let http_metering = file
            .http_metering
            .map(|text| text.parse().map_err(|error: UnknownHttpMetering| value(error.to_string())))
            .transpose()?;
        let sources =
            file.source.into_iter().map(|entry| entry.check(path, base)).collect::<Result<Vec<_>, _>>()?;
        let routes = RouteConfig::check(file.routes).map_err(value)?;
        let accounts = AccountConfig::check(file.account).map_err(value)?;
        let terms = file.terms.map(TermsConfig::check).transpose().map_err(value)?;
        let full = file.full.map(FullConfig::check).transpose().map_err(value)?.unwrap_or_default();
        let clients = file.clients.map(ClientsConfig::check).transpose().map_err(value)?;
        let plans = PlanPrice::check(file.plan).map_err(value)?;
        let lake = file.lake.map(|lake| if is_url(&lake) { lake } else { base.join(lake) });
        let geoip = file.geoip.map(|geoip| base.join(geoip));
        let checks = check::check(file.check).map_err(value)?;
        Ok(Config {
            lake,
            geoip,
            http_metering,
            sources,
            routes,
            accounts,
            terms,
            full,
            checks,
            clients,
            plans,
        })
    }
}

impl SourceEntry {
    fn check(self, path: &Path, base: &Path) -> Result<SourceConfig, ConfigError> {
        let value = |problem: String| ConfigError::Value { path: path.to_owned(), problem };
        let folder = base.canonicalize().unwrap_or_else(|_| base.to_owned());
        // Standard input and AWS have no folder, and the folder's own name is no pattern.
        let pattern = match self.files.as_str() {
            "-" => "-".to_owned(),
            files if files.starts_with("s3://") || files.starts_with("logs:") => files.to_owned(),
            files if Path::new(files).is_absolute() => files.to_owned(),
            files => format!("{}/{files}", globset::escape(&folder.to_string_lossy())),
        };
        let matcher = GlobBuilder::new(&pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| {
                value(format!("files = {:?} is not a glob pattern: {}", self.files, error.kind()))
            })?
            .compile_matcher();
        let ways = [self.preset.is_some(), self.format_string.is_some(), self.format_file.is_some()];
        if ways.into_iter().filter(|given| *given).count() > 1 {
            let problem = format!(
                "the source with files = {:?} has more than one of preset, format_string and format_file",
                self.files
            );
            return Err(value(problem));
        }
        let format_string = match (self.format_string, self.format_file) {
            (Some(format), _) => Some(format),
            (None, Some(file)) => {
                let file = base.join(file);
                let text = fs::read_to_string(&file)
                    .map_err(|source| ConfigError::Io { path: file.clone(), source })?;
                Some(text)
            }
            (None, None) => None,
        };
        if let Some(account) = self.account.as_deref().filter(|account| !is_account(account)) {
            return Err(value(format!("account = {account:?} is no account id: {ACCOUNT_SHAPE}")));
        }
        Ok(SourceConfig {
            matcher,
            preset: self
                .preset
                .map(|text| text.parse().map_err(|error: UnknownPreset| value(error.to_string())))
                .transpose()?,
            format_string,
            account: self.account,
            region: self.region,
            api: self.api,
            stage: self.stage,
            api_kind: self
                .api_kind
                .map(|text| text.parse().map_err(|error: UnknownApiKind| value(error.to_string())))
                .transpose()?,
            keep_ip: self.keep_ip,
        })
    }
}

/// What an account id is.
pub const ACCOUNT_SHAPE: &str = "expected twelve digits, as in 111122223333";

/// Whether a text is an account id.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_keys<'k>(
    path: &Path,
    keys: impl Iterator<Item = &'k String>,
    place: &str,
    known: &[&str],
) -> Result<(), ConfigError> {
    for key in keys {
        if !known.contains(&key.as_str()) {
            return Err(ConfigError::Key {
                path: path.to_owned(),
                key: key.clone(),
                place: place.to_owned(),
                known: known.join(", "),
                hint: did_you_mean(key, known.iter().copied()),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("gwcost.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn unknown_keys_are_errors_with_the_nearest_name() {
        assert!(parse("lkae = \"x\"").unwrap_err().contains("did you mean \"lake\"?"));
        let error = parse("[[source]]\nfiles = \"*.log\"\nacount = \"1\"").unwrap_err();
        assert!(error.contains("[[source]]") && error.contains("did you mean \"account\"?"), "{error}");
        assert!(parse("http_metering = \"mox\"").unwrap_err().contains("did you mean \"max\"?"));
        assert!(parse("lake = 7").unwrap_err().contains("line 1"));
    }

    #[test]
    fn what_is_in_aws_is_not_below_the_files_folder() {
        let text = "lake = \"s3://own/lake\"\n[[source]]\nfiles = \"s3://logs/orders/**\"\nstage = \"prod\"\n\
                    [[source]]\nfiles = \"logs:*/orders\"\nstage = \"test\"\n\
                    [[source]]\nfiles = \"*.log\"\nstage = \"dev\"";
        let config = Config::parse(Path::new("team/gwcost.toml"), text).unwrap();
        assert_eq!(config.lake.as_deref(), Some(Path::new("s3://own/lake")));
        let stage = |name: &str| config.source(Path::new(name)).and_then(|source| source.stage.as_deref());
        assert_eq!(stage("s3://logs/orders/2026/10/01/a.gz"), Some("prod"));
        assert_eq!((stage("s3://logs/chat/a.gz"), stage("logs:a/orders")), (None, Some("test")));
        assert_eq!((stage("team/a.log"), stage("s3://logs/a.log")), (Some("dev"), None));
    }

    #[test]
    fn a_file_finds_its_source() {
        let config =
            parse("[[source]]\nfiles = \"logs/orders-*.log\"\npreset = \"rest-json\"\nstage = \"prod\"")
                .unwrap();
        let here = std::env::current_dir().unwrap();
        assert_eq!(config.source(&here.join("logs/orders-1.log")).unwrap().stage.as_deref(), Some("prod"));
        assert!(config.source(&here.join("logs/chat-1.log")).is_none());
        let config = parse("[[source]]\nfiles = \"-\"\naccount = \"111122223333\"").unwrap();
        assert!(config.source(Path::new("-")).is_some());
        assert!(parse("[[source]]\nfiles = \"-\"\naccount = \"12\"").unwrap_err().contains("twelve digits"));
    }
}
