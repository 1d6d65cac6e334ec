//! What our own methods take and give, said by the types themselves: an answer's JSON and its JSON Schema come from one
//! statement, [`answers!`].

use alloy_primitives::{Address, B256, Bytes, Log, U64, U128, U256};
use serde_json::{Map, Value, json};

/// A type that knows the schema of its JSON.
pub(crate) trait Schema {
    /// In JSON Schema 2019-09, as OpenRPC has it.
    fn schema() -> Value;
}

/// Declares structs and enums that are answers, with their schemas. The last field of a struct, after a semicolon, is an
/// enum or an object whose fields are the struct's own.
macro_rules! answers {
    () => {};
    (
        #[doc = $about:literal]
        struct $name:ident { $(#[doc = $doc:literal] $field:ident: $type:ty,)* $(; $rest:ident: $rest_type:ty)? }
        $($more:tt)*
    ) => {
        #[doc = $about]
        #[derive(Clone, Debug, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name {
            $(#[doc = $doc] pub(crate) $field: $type,)*
            $(#[serde(flatten)] pub(crate) $rest: $rest_type)?
        }

        impl $crate::schema::Schema for $name {
            fn schema() -> serde_json::Value {
                let fields = [$((stringify!($field), $doc, <$type as $crate::schema::Schema>::schema()),)*];
                let own = $crate::schema::object($about, fields.to_vec());
                $(let own = $crate::schema::merged(&own, &<$rest_type as $crate::schema::Schema>::schema());)?
                own
            }
        }

        $crate::schema::answers! { $($more)* }
    };
    (
        #[doc = $about:literal]
        enum $name:ident by $tag:literal {
            $(#[doc = $variant_doc:literal] $variant:ident { $(#[doc = $doc:literal] $field:ident: $type:ty,)* },)+
        }
        $($more:tt)*
    ) => {
        #[doc = $about]
        #[derive(Clone, Debug, serde::Serialize)]
        #[serde(tag = $tag, rename_all = "camelCase", rename_all_fields = "camelCase")]
        pub(crate) enum $name {
            $(#[doc = $variant_doc] $variant { $(#[doc = $doc] $field: $type,)* },)+
        }

        impl $crate::schema::Schema for $name {
            fn schema() -> serde_json::Value {
                let variants = vec![$({
                    let tag = serde_json::json!({ "const": $crate::schema::camel(stringify!($variant)) });
                    let fields = [
                        ($tag, $variant_doc, tag),
                        $((stringify!($field), $doc, <$type as $crate::schema::Schema>::schema()),)*
                    ];
                    $crate::schema::object($variant_doc, fields.to_vec())
                }),+];
                serde_json::json!({ "description": $about.trim(), "oneOf": variants })
            }
        }

        $crate::schema::answers! { $($more)* }
    };
}
pub(crate) use answers;

/// `note_count` as `noteCount`, `Hidden` as `hidden`.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default();
    let change = |word: &str, change: fn(&char) -> char| -> String {
        word.chars().take(1).map(|first| change(&first)).chain(word.chars().skip(1)).collect()
    };
    let rest = words.map(|word| change(word, char::to_ascii_uppercase));
    core::iter::once(change(first, char::to_ascii_lowercase)).chain(rest).collect()
}

/// An object that has all of these fields and no others.
pub(crate) fn object(about: &str, fields: Vec<(&str, &str, Value)>) -> Value {
    let mut properties = Map::new();
    for (name, about, mut schema) in fields {
        schema["description"] = json!(about.trim());
        properties.insert(camel(name), schema);
    }
    let required: Vec<&String> = properties.keys().collect();
    json!({
        "type": "object",
        "description": about.trim(),
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// An object with the fields of both; `rest` may be a choice.
pub(crate) fn merged(own: &Value, rest: &Value) -> Value {
    if let Some(variants) = rest["oneOf"].as_array() {
        let variants: Vec<Value> = variants.iter().map(|variant| merged(own, variant)).collect();
        return json!({ "description": own["description"], "oneOf": variants });
    }
    let mut both = own.clone();
    if let (Some(to), Some(from)) = (both["properties"].as_object_mut(), rest["properties"].as_object()) {
        to.extend(from.clone());
    }
    if let (Some(to), Some(from)) = (both["required"].as_array_mut(), rest["required"].as_array()) {
        to.extend(from.clone());
    }
    both["additionalProperties"] = json!(rest["additionalProperties"] != json!(false));
    both
}

/// Schemas of strings in hex.
macro_rules! hex_strings {
    ($($type:ty: $title:literal $pattern:literal,)+) => {
        $(impl Schema for $type {
            fn schema() -> Value {
                json!({ "type": "string", "title": $title, "pattern": $pattern })
            }
        })+
    };
}

hex_strings! {
    Address: "address" "^0x[0-9a-fA-F]{40}$",
    B256: "32 bytes" "^0x[0-9a-f]{64}$",
    Bytes: "bytes" "^0x([0-9a-f]{2})*$",
    U64: "quantity below 2^64" "^0x(0|[1-9a-f][0-9a-f]{0,15})$",
    U128: "quantity below 2^128" "^0x(0|[1-9a-f][0-9a-f]{0,31})$",
    U256: "quantity below 2^256" "^0x(0|[1-9a-f][0-9a-f]{0,63})$",
}

impl Schema for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl Schema for String {
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl<T: Schema> Schema for Vec<T> {
    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

impl<T: Schema> Schema for Option<T> {
    fn schema() -> Value {
        json!({ "anyOf": [T::schema(), { "type": "null" }] })
    }
}

impl Schema for Log {
    fn schema() -> Value {
        let fields = [
            ("address", "Who logs.", Address::schema()),
            ("topics", "Up to four.", Vec::<B256>::schema()),
            ("data", "The rest.", Bytes::schema()),
        ];
        object("A log.", fields.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    answers! {
        /// One of two.
        enum Choice by "kind" {
            /// The first.
            First { /// A flag.
                is_set: bool, },
            /// The second.
            Second {},
        }

        /// Some of each.
        struct Outer {
            /// A number.
            note_count: U64,
            /// Perhaps a name.
            name: Option<String>,
            ; choice: Choice
        }
    }

    #[test]
    fn json_and_schema_have_the_same_fields() {
        let schema = Outer::schema();
        for (index, choice) in [Choice::First { is_set: true }, Choice::Second {}].into_iter().enumerate() {
            let json = serde_json::to_value(Outer { note_count: U64::from(7), name: None, choice }).unwrap();
            let variant = &schema["oneOf"][index];
            assert_eq!(variant["additionalProperties"], false);
            let mut required: Vec<&str> =
                variant["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            required.sort_unstable();
            let mut names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, required);
            assert_eq!(variant["properties"]["kind"]["const"], json["kind"]);
            assert_eq!(variant["properties"]["noteCount"]["description"], "A number.");
        }
    }
}
