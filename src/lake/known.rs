//! What was read before, by digest, size and place: whether content is new is found without a look at every unit
//! of the lake, so that a hundred thousand inputs take no longer each than one.

use std::collections::{BTreeSet, HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::commit::Draft;
use super::record::{Reading, Record, UnitRecord};

/// What the lake knows of some content.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    New,
    /// It was read the same way from the same place.
    Same,
    /// It, or its beginning, was read another way.
    Otherwise {
        /// How, and where it came from.
        reading: Box<Reading>,
        /// The place that it was read from.
        source: String,
        /// The units that would have to give way.
        units: Vec<i64>,
    },
    /// The same place held the beginning of this content: the unit that was read then.
    Grown(i64),
}

/// Content that was read, in the lake or on its way into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// Its unit.
    pub number: i64,
    /// Where it came from.
    pub source: &'a str,
    /// Its bytes as stored.
    pub bytes: u64,
    /// Their BLAKE3.
    pub digest: &'a str,
    /// How it was read.
    pub reading: &'a Reading,
}

impl<'a> From<&'a UnitRecord> for Known<'a> {
    fn from(unit: &'a UnitRecord) -> Known<'a> {
        Known {
            number: unit.number,
            source: &unit.source,
            bytes: unit.bytes,
            digest: &unit.digest,
            reading: &unit.reading,
        }
    }
}

impl<'a> From<&'a Draft> for Known<'a> {
    fn from(draft: &'a Draft) -> Known<'a> {
        Known {
            number: draft.number,
            source: &draft.source,
            bytes: draft.bytes,
            digest: &draft.digest,
            reading: &draft.reading,
        }
    }
}

/// Where a unit stands: in a record of the lake, or among the drafts of a transaction. Drafts come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Held { record: usize, unit: usize },
    Draft(usize),
}

/// Finds units by what they are. It holds hashes and places only: who looks something up compares it.
#[derive(Default)]
pub(super) struct KnownIndex {
    digests: BTreeSet<(u64, At)>,
    sources: BTreeSet<(u64, At)>,
    sizes: HashSet<u64>,
}

/// What the lake holds and a transaction brings, with its index. While it lives neither changes.
#[derive(Clone, Copy)]
pub(super) struct AllKnown<'k> {
    pub records: &'k [Record],
    pub drafts: &'k [Draft],
    pub index: &'k KnownIndex,
}

impl KnownIndex {
    /// Of everything that there is.
    pub fn of(records: &[Record], drafts: &[Draft]) -> KnownIndex {
        let mut index = KnownIndex::default();
        for (number, record) in records.iter().enumerate() {
            for (unit, held) in record.units.iter().enumerate() {
                index.insert(At::Held { record: number, unit }, &Known::from(held));
            }
        }
        for (number, draft) in drafts.iter().enumerate() {
            index.insert(At::Draft(number), &Known::from(draft));
        }
        index
    }

    /// Takes in a draft, by its place among them.
    pub fn add(&mut self, number: usize, draft: &Draft) {
        self.insert(At::Draft(number), &Known::from(draft));
    }

    fn insert(&mut self, at: At, known: &Known<'_>) {
        self.digests.insert((xxh3_64(known.digest.as_bytes()), at));
        self.sources.insert((xxh3_64(known.source.as_bytes()), at));
        self.sizes.insert(known.bytes);
    }
}

/// The places under a name, and few others.
fn under<'i>(index: &'i BTreeSet<(u64, At)>, name: &str) -> impl Iterator<Item = At> + use<'i> {
    let (hash, first) = (xxh3_64(name.as_bytes()), At::Held { record: 0, unit: 0 });
    index.range((hash, first)..).take_while(move |(found, _)| *found == hash).map(|(_, at)| *at)
}

impl<'k> AllKnown<'k> {
    fn get(self, at: At) -> Option<Known<'k>> {
        match at {
            At::Held { record, unit } => self.records.get(record)?.units.get(unit).map(Known::from),
            At::Draft(number) => self.drafts.get(number).map(Known::from),
        }
    }

    /// The lengths at which content of this place and size must be compared with what is known: those at which
    /// content of this place, or equal content of any place, was read before. With none it is new, and need not
    /// be read twice.
    pub fn sizes_to_compare(self, source: &str, bytes: u64) -> Vec<u64> {
        let of_place = under(&self.index.sources, source).filter_map(|at| self.get(at));
        let shorter = of_place.filter(|unit| unit.source == source && unit.bytes < bytes);
        let mut sizes: Vec<u64> = shorter.map(|unit| unit.bytes).collect();
        sizes.extend(self.index.sizes.contains(&bytes).then_some(bytes));
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// What is known of content, given the digests of its beginnings by length (its own included).
    pub fn seen(self, source: &str, bytes: u64, digests: &HashMap<u64, String>, reading: &Reading) -> Seen {
        let mut places: Vec<At> =
            digests.values().flat_map(|digest| under(&self.index.digests, digest)).collect();
        // In the order in which they were read.
        places.sort_unstable();
        places.dedup();
        seen(places.into_iter().filter_map(|at| self.get(at)), source, bytes, digests, reading)
    }

    /// The units of the lake with a digest.
    pub fn held(self, digest: &str) -> impl Iterator<Item = &'k UnitRecord> + use<'k> {
        under(&self.index.digests, digest).filter_map(move |at| match at {
            At::Held { record, unit } => self.records.get(record)?.units.get(unit),
            At::Draft(_) => None,
        })
    }
}

/// What is known of content, given the digests of its beginnings by length (its own included).
fn seen<'a>(
    known: impl Iterator<Item = Known<'a>>,
    source: &str,
    bytes: u64,
    digests: &HashMap<u64, String>,
    reading: &Reading,
) -> Seen {
    let equal = |unit: &Known<'_>| {
        let whole_or_grown = unit.bytes == bytes || (unit.source == source && unit.bytes < bytes);
        whole_or_grown && unit.bytes > 0 && digests.get(&unit.bytes).is_some_and(|own| own == unit.digest)
    };
    let (mut same, mut grown, mut otherwise) = (false, None, None);
    for unit in known.filter(equal) {
        if unit.reading != reading {
            let (_, units) = otherwise.get_or_insert((unit, Vec::new()));
            units.push(unit.number);
        } else if unit.source == source {
            same |= unit.bytes == bytes;
            grown = if unit.bytes < bytes { Some(unit.number) } else { grown };
        }
    }
    match (otherwise, same, grown) {
        (Some((unit, units)), ..) => {
            Seen::Otherwise { reading: Box::new(unit.reading.clone()), source: unit.source.to_owned(), units }
        }
        (None, true, _) => Seen::Same,
        (None, false, Some(unit)) => Seen::Grown(unit),
        (None, false, None) => Seen::New,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lake::State;

    fn reading(format: &str) -> Reading {
        Reading {
            format: format.to_owned(),
            api_kind: "rest".to_owned(),
            account: None,
            region: None,
            api: None,
            stage: None,
            keep_ip: false,
            framing: None,
            route_patterns: None,
            others: Vec::new(),
        }
    }

    fn draft(number: i64, source: &str, digest: &str, bytes: u64, format: &str) -> Draft {
        Draft {
            number,
            source: source.to_owned(),
            digest: digest.to_owned(),
            bytes,
            reading: reading(format),
            replaces: Vec::new(),
            etag: None,
            look: None,
        }
    }

    /// A draft as it is in the lake later.
    fn held(draft: &Draft) -> Record {
        let unit = serde_json::json!({
            "number": draft.number, "source": draft.source, "digest": draft.digest, "bytes": draft.bytes,
            "reading": draft.reading, "lines": 1, "rows": 1, "rejects": 0, "duplicates": 0,
            "possible_duplicates": 0, "tolerant": 0, "line_bytes": 1, "first_ms": 0, "last_ms": 0
        });
        Record {
            schema_version: 1,
            id: draft.number.to_string(),
            state: State::Committed,
            written_by: String::new(),
            written_at: String::new(),
            units: vec![serde_json::from_value(unit).unwrap()],
            files: Vec::new(),
            supersedes: Vec::new(),
            retires: crate::lake::Retired::default(),
            session: None,
        }
    }

    #[test]
    fn each_of_many_inputs_is_compared_with_few_units() {
        const MANY: i64 = 100_000;
        let of = |number: i64| {
            let (source, digest) = (format!("s3://logs/{number}"), format!("digest of {number}"));
            draft(number, &source, &digest, 4096, "rest-json")
        };
        let records: Vec<Record> = (0..MANY).map(|number| held(&of(number))).collect();
        let mut drafts = Vec::new();
        let mut index = KnownIndex::of(&records, &drafts);
        for number in 0..4096 {
            drafts.push(of(MANY + number));
            index.add(drafts.len() - 1, &drafts[drafts.len() - 1]);
        }
        let all = AllKnown { records: &records, drafts: &drafts, index: &index };
        let mut compared = 0;
        for number in 0..MANY + 8192 {
            let input = of(number);
            compared += under(&index.digests, &input.digest).count();
            compared += under(&index.sources, &input.source).count();
            let digests = HashMap::from([(4096, input.digest.clone())]);
            let seen = all.seen(&input.source, 4096, &digests, &input.reading);
            assert_eq!(seen, if number < MANY + 4096 { Seen::Same } else { Seen::New });
        }
        // Once by its digest and once by its place, and not with a hundred thousand others.
        assert_eq!(compared, 2 * (100_000 + 4096));
    }

    proptest! {
        #[test]
        fn an_index_answers_as_a_look_at_everything_does(
            known in prop::collection::vec((0..3_u8, 0..4_u8, 0..4_u64, 0..2_u8), 0..12),
            cut in 0..12_usize,
            source in 0..3_u8,
            bytes in 0..4_u64,
            format in 0..2_u8,
            own in prop::collection::vec(0..4_u8, 4),
        ) {
            let all: Vec<Draft> = known
                .iter()
                .zip(1..)
                .map(|((source, digest, bytes, format), number)| {
                    draft(number, &source.to_string(), &digest.to_string(), *bytes, &format.to_string())
                })
                .collect();
            let cut = cut.min(all.len());
            let records: Vec<Record> = all[..cut].iter().map(held).collect();
            let drafts = &all[cut..];
            let index = KnownIndex::of(&records, drafts);
            let indexed = AllKnown { records: &records, drafts, index: &index };
            let digests: HashMap<u64, String> =
                (0..=bytes).zip(own).map(|(length, digest)| (length, digest.to_string())).collect();
            let (source, reading) = (source.to_string(), reading(&format.to_string()));
            let everything = || all.iter().map(Known::from);
            prop_assert_eq!(
                indexed.seen(&source, bytes, &digests, &reading),
                seen(everything(), &source, bytes, &digests, &reading)
            );
            prop_assert_eq!(
                indexed.sizes_to_compare(&source, bytes),
                sizes_to_compare(everything(), &source, bytes)
            );
        }
    }

    /// The same without an index.
    fn sizes_to_compare<'a>(known: impl Iterator<Item = Known<'a>>, source: &str, bytes: u64) -> Vec<u64> {
        let sizes = known
            .filter(|unit| unit.bytes == bytes || (unit.source == source && unit.bytes < bytes))
            .map(|unit| unit.bytes);
        sizes.collect::<BTreeSet<u64>>().into_iter().collect()
    }
}
