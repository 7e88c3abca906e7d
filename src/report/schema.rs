//! The JSON Schema of what templates see, made from the structs themselves and their comments.
//!
//! A derive macro of a library would bring another set of features of `syn`, and with it a second build of everything
//! that derives, the query engine too. Views are strings, flags, lists and structs of these, so a few lines do.

use serde_json::{Map, Value, json};

/// A type of a view.
pub trait Described {
    /// Its schema; structs go into `all` by name and are referred to.
    fn schema(all: &mut Map<String, Value>) -> Value;
}

impl Described for String {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({ "type": "string" })
    }
}

impl Described for &'static str {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({ "type": "string" })
    }
}

impl Described for bool {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({ "type": "boolean" })
    }
}

impl<T: Described> Described for Option<T> {
    fn schema(all: &mut Map<String, Value>) -> Value {
        json!({ "anyOf": [T::schema(all), { "type": "null" }] })
    }
}

impl<T: Described> Described for Vec<T> {
    fn schema(all: &mut Map<String, Value>) -> Value {
        json!({ "type": "array", "items": T::schema(all) })
    }
}

/// The schema of a view as a document of its own.
pub fn schema_of<T: Described>() -> Value {
    let mut all = Map::new();
    let root = T::schema(&mut all);
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [root], "$defs": all })
}

/// Defines structs that are serialized for templates and can be described.
macro_rules! described {
    ($(
        $(#[doc = $about:literal])*
        $(#[derive($also:ident)])?
        pub struct $name:ident {
            $( $(#[doc = $said:literal])* pub $field:ident: $of:ty, )*
        }
    )+) => { $(
        $(#[doc = $about])*
        #[derive(Clone, Debug, serde::Serialize $(, $also)?)]
        pub struct $name {
            $( $(#[doc = $said])* pub $field: $of, )*
        }

        impl $crate::report::schema::Described for $name {
            fn schema(all: &mut serde_json::Map<String, serde_json::Value>) -> serde_json::Value {
                let name = stringify!($name);
                if !all.contains_key(name) {
                    let mut properties = serde_json::Map::new();
                    $(
                        let mut of = <$of as $crate::report::schema::Described>::schema(all);
                        of["description"] = concat!($($said),*).trim().into();
                        properties.insert(stringify!($field).to_owned(), of);
                    )*
                    let required = [$(stringify!($field)),*];
                    let whole = serde_json::json!({
                        "type": "object",
                        "description": concat!($($about),*).trim(),
                        "properties": properties,
                        "required": required,
                    });
                    all.insert(name.to_owned(), whole);
                }
                serde_json::json!({ "$ref": format!("#/$defs/{name}") })
            }
        }
    )+ };
}

pub(crate) use described;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{View, fixture};

    #[test]
    fn the_schema_names_exactly_what_a_view_has() {
        let schema = schema_of::<View>();
        let view = serde_json::to_value(View::new(&fixture::analysis(), "gwcost report")).unwrap();
        let described: Vec<&String> =
            schema["$defs"]["View"]["properties"].as_object().unwrap().keys().collect();
        let held: Vec<&String> = view.as_object().unwrap().keys().collect();
        assert_eq!(described, held);
        assert_eq!(schema["$defs"]["Bar"]["properties"]["known"]["type"], "boolean");
        let cost = &schema["$defs"]["View"]["properties"]["total"]["description"];
        assert!(cost.as_str().is_some_and(|text| text.contains("cost unknown")), "{cost}");
    }
}
