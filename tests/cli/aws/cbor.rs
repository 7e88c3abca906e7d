//! CBOR to and from JSON values, for CloudWatch's protocol. An instant is `{"$time": seconds}`.

use serde_json::{Map, Number, Value, json};

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const OTHER: u8 = 7;

/// The bytes of a value.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put(value, &mut out);
    out
}

fn put(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(yes) => out.push(if *yes { 0xf5 } else { 0xf4 }),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => head(UNSIGNED, number, out),
            (_, Some(number)) => head(NEGATIVE, number.unsigned_abs() - 1, out),
            _ => {
                out.push(0xfb);
                out.extend_from_slice(&number.as_f64().unwrap().to_be_bytes());
            }
        },
        Value::String(text) => {
            head(TEXT, text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(values) => {
            head(LIST, values.len() as u64, out);
            values.iter().for_each(|value| put(value, out));
        }
        Value::Object(pairs) if pairs.len() == 1 && pairs.contains_key("$time") => {
            head(TAG, 1, out);
            put(&pairs["$time"], out);
        }
        Value::Object(pairs) => {
            head(MAP, pairs.len() as u64, out);
            for (key, value) in pairs {
                put(&Value::String(key.clone()), out);
                put(value, out);
            }
        }
    }
}

fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    out.push(major << 5 | if number < 24 { u8::try_from(number).unwrap() } else { 27 });
    if number >= 24 {
        out.extend_from_slice(&number.to_be_bytes());
    }
}

/// The value of some bytes.
pub fn decode(bytes: &[u8]) -> Value {
    let mut rest = bytes;
    let value = take(&mut rest).unwrap();
    assert!(rest.is_empty(), "{} bytes after the value", rest.len());
    value
}

/// `None` is the mark that ends a list of unknown length.
fn take(rest: &mut &[u8]) -> Option<Value> {
    let (major, detail) = (rest[0] >> 5, rest[0] & 31);
    *rest = &rest[1..];
    let size = match detail {
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => 0,
    };
    let (number, after) = rest.split_at(size);
    *rest = after;
    let number = match size {
        0 => u64::from(detail),
        _ => number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    };
    let endless = detail == 31;
    let goes_on = |count: u64| endless || count < number;
    Some(match major {
        UNSIGNED => number.into(),
        NEGATIVE => (-1 - i64::try_from(number).unwrap()).into(),
        TEXT => {
            let (text, after) = rest.split_at(usize::try_from(number).unwrap());
            *rest = after;
            String::from_utf8(text.to_vec()).unwrap().into()
        }
        LIST => {
            let mut values = Vec::new();
            while goes_on(values.len() as u64) {
                let Some(value) = take(rest) else { break };
                values.push(value);
            }
            values.into()
        }
        MAP => {
            let mut pairs = Map::new();
            while goes_on(pairs.len() as u64) {
                let Some(key) = take(rest) else { break };
                pairs.insert(key.as_str().unwrap().to_owned(), take(rest).unwrap());
            }
            pairs.into()
        }
        TAG => json!({"$time": take(rest).unwrap()}),
        OTHER => match detail {
            20 => false.into(),
            21 => true.into(),
            26 => Number::from_f64(f32::from_bits(u32::try_from(number).unwrap()).into()).into(),
            27 => Number::from_f64(f64::from_bits(number)).into(),
            31 => return None,
            _ => Value::Null,
        },
        _ => panic!("no bytes are sent in CBOR"),
    })
}

#[test]
fn values_survive() {
    let value =
        json!({"a": [1, -500, 2.5, true, null], "at": {"$time": 1_792_195_200}, "text": "ä".repeat(40)});
    assert_eq!(decode(&encode(&value)), value);
    assert_eq!(decode(b"\xbf\x61a\x9f\x01\x18\x20\xff\xff"), json!({"a": [1, 32]}));
}
