//! Where countries, regions and edge locations are: the tables beside this file, read once.

use std::sync::OnceLock;

use super::country::CountryCode;

/// Countries with their places.
const COUNTRIES: &str = include_str!("countries.csv");
/// AWS's regions.
const REGIONS: &str = include_str!("regions.csv");
/// Cities with edge locations.
const EDGES: &str = include_str!("edges.csv");

/// The mean radius of the earth.
const EARTH_KM: f64 = 6371.0;

/// CloudFront's price geographies by the code of their rate card, each with what it covers.
pub const GEOGRAPHIES: [(&str, &str); 8] = [
    ("cloudfront-us", "United States, Mexico, Canada"),
    ("cloudfront-eu", "Europe, Israel, Türkiye"),
    ("cloudfront-za-me", "South Africa, Kenya, Nigeria, Middle East"),
    ("cloudfront-sa", "South America"),
    ("cloudfront-jp", "Japan"),
    ("cloudfront-au", "Australia, New Zealand"),
    (
        "cloudfront-ap",
        "Hong Kong, Indonesia, Philippines, Singapore, South Korea, Taiwan, Thailand, Malaysia, Vietnam",
    ),
    ("cloudfront-in", "India"),
];

/// A place on the earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

impl Point {
    /// Kilometres along the earth's surface.
    pub fn km_to(self, other: Point) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let turn = (other.longitude - self.longitude).to_radians();
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(to - from) + from.cos() * to.cos() * half(turn);
        2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()
    }
}

/// A country.
#[derive(Clone, Debug)]
pub struct Country {
    /// Its code.
    pub code: CountryCode,
    /// Its name in English.
    pub name: &'static str,
    /// The rate card of CloudFront that its viewers are priced with.
    pub geography: &'static str,
    /// CloudFront's pricing page names it or its continent; else the nearest edges decided.
    pub stated: bool,
    /// Where its people are, each place with its weight.
    pub places: Vec<(Point, f64)>,
}

/// A region of AWS.
#[derive(Clone, Debug)]
pub struct Region {
    /// `us-east-1`.
    pub code: &'static str,
    /// The place that AWS names it after.
    pub name: &'static str,
    /// Where that is.
    pub point: Point,
}

/// A city with edge locations.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The country that it is in.
    pub country: &'static str,
    /// Its name.
    pub city: &'static str,
    /// Where it is.
    pub point: Point,
}

/// The tables.
#[derive(Debug)]
pub struct Atlas {
    /// Sorted by code.
    pub countries: Vec<Country>,
    /// In the order of the file.
    pub regions: Vec<Region>,
    /// In the order of the file.
    pub edges: Vec<Edge>,
}

/// The tables, read on the first call.
pub fn atlas() -> &'static Atlas {
    static READ: OnceLock<Atlas> = OnceLock::new();
    READ.get_or_init(|| Atlas {
        countries: rows(COUNTRIES).filter_map(country).collect(),
        regions: rows(REGIONS).filter_map(region).collect(),
        edges: rows(EDGES).filter_map(edge).collect(),
    })
}

impl Atlas {
    /// A country by its code; `None` for codes that stand for no country, as `EU` does.
    pub fn country(&self, code: CountryCode) -> Option<&Country> {
        let at = self.countries.binary_search_by_key(&code, |country| country.code).ok()?;
        self.countries.get(at)
    }

    /// A region by its code.
    pub fn region(&self, code: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.code == code)
    }

    /// The edge location nearest to a place, and how far it is.
    pub fn nearest_edge(&self, from: Point) -> Option<(&Edge, f64)> {
        let distances = self.edges.iter().map(|edge| (edge, edge.point.km_to(from)));
        distances.min_by(|one, other| one.1.total_cmp(&other.1))
    }
}

/// The rows below the comments and the header.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).skip(1).map(|line| line.split(',').collect())
}

fn point(latitude: &str, longitude: &str) -> Option<Point> {
    Some(Point { latitude: latitude.parse().ok()?, longitude: longitude.parse().ok()? })
}

fn country(fields: Vec<&'static str>) -> Option<Country> {
    let [code, name, geography, basis, places]: [&'static str; 5] = fields.try_into().ok()?;
    let place = |text: &str| {
        let mut parts = text.split('/');
        let point = point(parts.next()?, parts.next()?)?;
        Some((point, parts.next()?.parse().ok()?))
    };
    Some(Country {
        code: CountryCode::read(code)?,
        name,
        geography,
        stated: basis == "stated",
        places: places.split(' ').map(place).collect::<Option<_>>()?,
    })
}

fn region(fields: Vec<&'static str>) -> Option<Region> {
    let [code, name, latitude, longitude]: [&'static str; 4] = fields.try_into().ok()?;
    Some(Region { code, name, point: point(latitude, longitude)? })
}

fn edge(fields: Vec<&'static str>) -> Option<Edge> {
    let [country, city, latitude, longitude]: [&'static str; 4] = fields.try_into().ok()?;
    Some(Edge { country, city, point: point(latitude, longitude)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let atlas = atlas();
        assert_eq!(atlas.countries.len(), rows(COUNTRIES).count());
        assert_eq!(atlas.regions.len(), rows(REGIONS).count());
        assert_eq!(atlas.edges.len(), rows(EDGES).count());
        assert!(atlas.countries.is_sorted_by_key(|country| country.code));
        assert!(atlas.countries.len() > 240 && atlas.regions.len() > 30 && atlas.edges.len() > 90);
        for country in &atlas.countries {
            assert!(GEOGRAPHIES.iter().any(|(code, _)| *code == country.geography), "{}", country.name);
            assert!(!country.places.is_empty() && country.places.iter().all(|(_, weight)| *weight > 0.0));
        }
        let of = |code: &str| atlas.country(CountryCode::read(code).unwrap()).unwrap().geography;
        assert_eq!(
            ["US", "DE", "TR", "ZA", "BR", "JP", "NZ", "SG", "IN"].map(of),
            [
                "cloudfront-us",
                "cloudfront-eu",
                "cloudfront-eu",
                "cloudfront-za-me",
                "cloudfront-sa",
                "cloudfront-jp",
                "cloudfront-au",
                "cloudfront-ap",
                "cloudfront-in"
            ]
        );
    }

    #[test]
    fn distances_are_those_of_the_earth() {
        let london = Point { latitude: 51.5, longitude: -0.1 };
        let new_york = Point { latitude: 40.7, longitude: -74.0 };
        let sydney = Point { latitude: -33.9, longitude: 151.2 };
        assert!((london.km_to(new_york) - 5570.0).abs() < 20.0, "{}", london.km_to(new_york));
        assert!((london.km_to(sydney) - 16_990.0).abs() < 30.0, "{}", london.km_to(sydney));
        assert!(london.km_to(london) < 0.001);
        let (edge, km) = atlas().nearest_edge(Point { latitude: 52.5, longitude: 13.3 }).unwrap();
        assert!(edge.city == "Berlin" && km < 20.0, "{edge:?} {km}");
    }
}
