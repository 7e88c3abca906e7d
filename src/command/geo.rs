//! `gwcost geo`: a country database is put in place, or looked at.
//!
//! DB-IP publishes its country lite once a month under CC BY 4.0. It is not shipped with gwcost: it is data of
//! somebody else's that ages. What comes over the network is read once before it replaces anything.

use std::fs;
use std::path::{Path, PathBuf};

use gwcost_core::model::Month;
use gwcost_core::text::grouped;

use super::CommandError;
use super::context::Context;
use super::output::{to_file, to_stdout};
use crate::cli::{GeoArgs, GeoCommand, GeoInstallArgs};
use crate::exit::Exit;
use crate::geo::Countries;
use crate::report::inert;
use crate::source::{DownloadError, Downloader, unpacked};

/// Where DB-IP publishes the file of a month.
const PUBLISHER: &str = "https://download.db-ip.com/free";

/// The file of country lite has some eight megabytes; MaxMind's by city has some sixty.
const MOST_BYTES: usize = 256 << 20;

/// The installed file, in the user's folder.
const FILE: &str = "geo/country.mmdb";

/// Runs `gwcost geo`.
pub fn run(context: &Context, arguments: &GeoArgs) -> Result<Exit, CommandError> {
    match &arguments.command {
        GeoCommand::Install(arguments) => install(context, arguments),
        GeoCommand::Show { geoip } => show(context, geoip.as_deref()),
    }
}

/// The country database that an analysis uses: what was asked for, else what the configuration names, else what
/// is installed. `None` without any.
pub(super) fn countries(context: &Context, asked: Option<&Path>) -> Result<Option<Countries>, CommandError> {
    let named = asked.map(Path::to_owned).or_else(|| context.config.geoip.clone());
    let path = match named {
        Some(path) => path,
        None => match installed(context).filter(|path| path.exists()) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    Ok(Some(Countries::open(&path)?))
}

/// What to say where a question needs countries and there is no database.
pub(super) fn missing(what: &str) -> CommandError {
    CommandError::Usage(format!(
        "{what} needs a country database: `gwcost geo install` loads DB-IP's country lite, --geoip FILE names \
         another in MMDB format"
    ))
}

fn installed(context: &Context) -> Option<PathBuf> {
    context.home.as_ref().map(|home| home.join(FILE))
}

fn install(context: &Context, arguments: &GeoInstallArgs) -> Result<Exit, CommandError> {
    let path = installed(context).ok_or_else(|| {
        CommandError::Usage("there is no folder for a country database: set GWCOST_HOME".to_owned())
    })?;
    let (origin, bytes) = match &arguments.from {
        Some(file) => (file.display().to_string(), fs::read(file).map_err(CommandError::file(file))?),
        None => published(context, arguments.url.as_deref())?,
    };
    let wrong = |source| CommandError::File { path: PathBuf::from(&origin), source };
    let bytes = unpacked(&bytes, MOST_BYTES).map_err(wrong)?;
    let countries = Countries::from_bytes(&origin, bytes.clone())?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CommandError::file(folder))?;
    }
    to_file(&path, |out| out.write_all(&bytes))?;
    let text = format!(
        "installed: {}\nfrom: {}, {} bytes\n{}",
        path.display(),
        inert(&origin),
        grouped(bytes.len() as u64),
        described(&countries)
    );
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}

/// This month's file, else that of the month before: the publisher's day is not ours.
fn published(context: &Context, base: Option<&str>) -> Result<(String, Vec<u8>), CommandError> {
    let base = base.unwrap_or(PUBLISHER).trim_end_matches('/');
    let downloader = Downloader::new()?;
    let address = |month: Month| format!("{base}/dbip-country-lite-{month}.mmdb.gz");
    let month = Month::of_ms(context.now_ms);
    let url = address(month);
    match downloader.get(&url, MOST_BYTES) {
        Ok(bytes) => Ok((url, bytes)),
        Err(DownloadError::Status { status: 404, .. }) => {
            let url = address(month.previous());
            let bytes = downloader.get(&url, MOST_BYTES)?;
            Ok((url, bytes))
        }
        Err(error) => Err(error.into()),
    }
}

fn show(context: &Context, asked: Option<&Path>) -> Result<Exit, CommandError> {
    let countries = countries(context, asked)?;
    let text = match &countries {
        Some(countries) => format!("database: {}\n{}", inert(countries.name()), described(countries)),
        None => "there is no country database: `gwcost geo install` loads DB-IP's country lite\n".to_owned(),
    };
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}

fn described(countries: &Countries) -> String {
    let made = countries.made_on().unwrap_or_else(|| "on a day that it does not say".to_owned());
    let kinds = if countries.has_ipv6() { "IPv4 and IPv6" } else { "IPv4 only" };
    let credit = countries.credit().map(|credit| format!("credit: {credit}\n")).unwrap_or_default();
    format!("type: {}, made {made}, {kinds}\n{credit}", inert(countries.kind()))
}
