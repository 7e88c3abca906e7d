//! AWS's own words for kinds of things: those that are known, and room for those that AWS adds later.
//!
//! A snapshot that could not be read because AWS has a new endpoint type would be worse than one with an
//! unknown word in it. Only a known word in the wrong case is refused: it can only have been typed.

/// Makes an enum of AWS's words with `as_str`, `From<&str>`, `Display`, `Serialize` and `Deserialize`.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that this version does not know, as AWS wrote it.
            Other(String),
        }

        impl $name {
            /// The words that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($word),+];

            /// AWS's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $word,)+
                    $name::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => $name::$variant,)+
                    other => $name::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;

                impl serde::de::Visitor<'_> for Word {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "one of {}", $name::KNOWN.join(", "))
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        let meant = $name::KNOWN.iter().find(|known| known.eq_ignore_ascii_case(text));
                        match meant {
                            Some(known) if *known != text => {
                                Err(E::custom(format_args!("{text:?} is not AWS's spelling: expected {known:?}")))
                            }
                            _ if text.is_empty() => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                            _ => Ok($name::from(text)),
                        }
                    }
                }

                deserializer.deserialize_str(Word)
            }
        }
    )+};
}

words! {
    /// Where callers enter an API or a custom domain.
    EndpointType {
        /// Through the nearest edge location.
        Edge = "EDGE",
        /// Directly in the region.
        Regional = "REGIONAL",
        /// Through VPC endpoints only.
        Private = "PRIVATE",
    }

    /// Where a REST API reads the API key.
    ApiKeySource {
        /// From the `x-api-key` header.
        Header = "HEADER",
        /// From what the authorizer answers.
        Authorizer = "AUTHORIZER",
    }

    /// What state a stage's cache cluster is in.
    CacheStatus {
        /// Being made.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Serving.
        Available = "AVAILABLE",
        /// Being removed.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// There is none.
        NotAvailable = "NOT_AVAILABLE",
        /// Being emptied.
        FlushInProgress = "FLUSH_IN_PROGRESS",
    }

    /// How a method or route lets callers in.
    AuthorizationType {
        /// Everybody.
        None = "NONE",
        /// By signed requests.
        AwsIam = "AWS_IAM",
        /// By a Lambda authorizer.
        Custom = "CUSTOM",
        /// By a Cognito user pool.
        CognitoUserPools = "COGNITO_USER_POOLS",
        /// By a JSON web token.
        Jwt = "JWT",
    }

    /// What kind of authorizer it is.
    AuthorizerType {
        /// A Lambda function that is given a token.
        Token = "TOKEN",
        /// A Lambda function that is given parts of the request.
        Request = "REQUEST",
        /// A Cognito user pool.
        CognitoUserPools = "COGNITO_USER_POOLS",
        /// A JSON web token, checked by API Gateway itself.
        Jwt = "JWT",
    }

    /// What answers a method or route.
    IntegrationType {
        /// An HTTP endpoint, with mappings.
        Http = "HTTP",
        /// An HTTP endpoint, passed through.
        HttpProxy = "HTTP_PROXY",
        /// An AWS service, Lambda included, with mappings.
        Aws = "AWS",
        /// A Lambda function or, for HTTP APIs, an AWS service, passed through.
        AwsProxy = "AWS_PROXY",
        /// API Gateway itself.
        Mock = "MOCK",
    }

    /// How an integration is reached.
    ConnectionType {
        /// Over the internet, or inside AWS.
        Internet = "INTERNET",
        /// Through a VPC link.
        VpcLink = "VPC_LINK",
    }

    /// How a response is handed on.
    ResponseTransferMode {
        /// Whole.
        Buffered = "BUFFERED",
        /// As it comes.
        Stream = "STREAM",
    }

    /// The time for which a usage plan's quota holds.
    QuotaPeriod {
        /// A day.
        Day = "DAY",
        /// A week.
        Week = "WEEK",
        /// A month.
        Month = "MONTH",
    }

    /// What an API of `apigatewayv2` speaks.
    Protocol {
        /// An HTTP API.
        Http = "HTTP",
        /// A WebSocket API.
        WebSocket = "WEBSOCKET",
    }

    /// How much goes to the execution log.
    LoggingLevel {
        /// Nothing.
        Off = "OFF",
        /// Errors.
        Error = "ERROR",
        /// Everything.
        Info = "INFO",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_words_of_aws_are_kept_and_typing_errors_are_named() {
        let read = |text: &str| serde_json::from_str::<EndpointType>(text).map_err(|error| error.to_string());
        assert_eq!(read("\"EDGE\""), Ok(EndpointType::Edge));
        assert_eq!(read("\"LUNAR\"").unwrap().as_str(), "LUNAR");
        assert_eq!(serde_json::to_string(&EndpointType::from("LUNAR")).unwrap(), "\"LUNAR\"");
        assert!(read("\"regional\"").unwrap_err().contains("expected \"REGIONAL\""));
        assert!(read("7").unwrap_err().contains("EDGE, REGIONAL, PRIVATE"));
        assert!(read("\"\"").is_err());
    }
}
