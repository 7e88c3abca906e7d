//! What a client calls itself, as a family: thousands of versions are a handful of programs.
//!
//! A user agent is a claim, not a proof: anybody can send any text. Families are told by words that the programs
//! document, the first that is found in the order of [`FAMILIES`], so that what names itself a robot is no browser.

use std::fmt;

use AgentClass::{Browser, Crawler, Library, Monitor, Scanner};

/// What kind of program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AgentClass {
    /// Looks for holes; nobody asked it to.
    Scanner,
    /// Reads what it finds: search engines, previews, training of models.
    Crawler,
    /// Asks whether somebody is there: health checks, synthetic tests.
    Monitor,
    /// A library or tool that somebody programmed.
    Library,
    /// A browser, or what passes for one.
    Browser,
    /// None of these.
    Other,
}

impl AgentClass {
    /// The name in figures and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            AgentClass::Scanner => "scanner",
            AgentClass::Crawler => "crawler",
            AgentClass::Monitor => "monitor",
            AgentClass::Library => "library",
            AgentClass::Browser => "browser",
            AgentClass::Other => "other",
        }
    }
}

impl fmt::Display for AgentClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A family of user agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Agent {
    /// Its name.
    pub family: &'static str,
    /// What kind of program it is.
    pub class: AgentClass,
}

/// Everything that matches nothing.
const OTHER: Agent = Agent { family: "other", class: AgentClass::Other };

/// The family of a user agent; `None` where none was sent.
pub fn agent(user_agent: &str) -> Option<Agent> {
    let text = user_agent.trim();
    if text.is_empty() || text == "-" {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let found = FAMILIES.iter().find(|(word, ..)| text.contains(word));
    Some(found.map_or(OTHER, |(_, family, class)| Agent { family, class: *class }))
}

/// The class of a family that [`agent`] named.
pub fn class_of_family(family: &str) -> AgentClass {
    FAMILIES.iter().find(|(_, name, _)| *name == family).map_or(AgentClass::Other, |(.., class)| *class)
}

/// A word in lower case, the family that it tells, and its class. One family has one class.
const FAMILIES: &[(&str, &str, AgentClass)] = &[
    ("zgrab", "zgrab", Scanner),
    ("masscan", "masscan", Scanner),
    ("nmap", "Nmap", Scanner),
    ("nikto", "Nikto", Scanner),
    ("sqlmap", "sqlmap", Scanner),
    ("nuclei", "Nuclei", Scanner),
    ("projectdiscovery", "Nuclei", Scanner),
    ("censysinspect", "Censys", Scanner),
    ("paloaltonetworks", "Palo Alto Expanse", Scanner),
    ("palo alto networks", "Palo Alto Expanse", Scanner),
    ("expanse", "Palo Alto Expanse", Scanner),
    ("shodan", "Shodan", Scanner),
    ("wpscan", "WPScan", Scanner),
    ("dirbuster", "DirBuster", Scanner),
    ("gobuster", "Gobuster", Scanner),
    ("fuzz faster", "ffuf", Scanner),
    ("acunetix", "Acunetix", Scanner),
    ("nessus", "Nessus", Scanner),
    ("openvas", "OpenVAS", Scanner),
    ("internetmeasurement", "InternetMeasurement", Scanner),
    ("internet-measurement", "InternetMeasurement", Scanner),
    ("leakix", "LeakIX", Scanner),
    ("l9explore", "LeakIX", Scanner),
    ("l9tcpid", "LeakIX", Scanner),
    ("zmeu", "ZmEu", Scanner),
    ("jorgee", "Jorgee", Scanner),
    ("netsystemsresearch", "NetSystemsResearch", Scanner),
    ("uptimerobot", "UptimeRobot", Monitor),
    ("pingdom", "Pingdom", Monitor),
    ("statuscake", "StatusCake", Monitor),
    ("datadogsynthetics", "Datadog Synthetics", Monitor),
    ("datadog/synthetics", "Datadog Synthetics", Monitor),
    ("newrelicpinger", "New Relic", Monitor),
    ("site24x7", "Site24x7", Monitor),
    ("route53-health-check", "Route 53 health check", Monitor),
    ("elb-healthchecker", "ELB health check", Monitor),
    ("cloudwatchsynthetics", "CloudWatch Synthetics", Monitor),
    ("googlestackdrivermonitoring", "Google uptime check", Monitor),
    ("kube-probe", "kube-probe", Monitor),
    ("prometheus", "Prometheus", Monitor),
    ("blackbox", "Prometheus", Monitor),
    ("checkly", "Checkly", Monitor),
    ("better uptime", "Better Uptime", Monitor),
    ("check_http", "Nagios", Monitor),
    ("googlebot", "Googlebot", Crawler),
    ("google-extended", "Googlebot", Crawler),
    ("bingbot", "Bingbot", Crawler),
    ("bingpreview", "Bingbot", Crawler),
    ("yandex", "YandexBot", Crawler),
    ("baiduspider", "Baiduspider", Crawler),
    ("duckduckbot", "DuckDuckBot", Crawler),
    ("applebot", "Applebot", Crawler),
    ("facebookexternalhit", "Meta", Crawler),
    ("meta-externalagent", "Meta", Crawler),
    ("twitterbot", "Twitterbot", Crawler),
    ("linkedinbot", "LinkedInBot", Crawler),
    ("slackbot", "Slackbot", Crawler),
    ("discordbot", "Discordbot", Crawler),
    ("telegrambot", "TelegramBot", Crawler),
    ("ahrefsbot", "AhrefsBot", Crawler),
    ("semrushbot", "SemrushBot", Crawler),
    ("mj12bot", "MJ12bot", Crawler),
    ("dotbot", "DotBot", Crawler),
    ("petalbot", "PetalBot", Crawler),
    ("bytespider", "Bytespider", Crawler),
    ("gptbot", "GPTBot", Crawler),
    ("oai-searchbot", "GPTBot", Crawler),
    ("chatgpt-user", "ChatGPT-User", Crawler),
    ("claudebot", "ClaudeBot", Crawler),
    ("claude-web", "ClaudeBot", Crawler),
    ("perplexitybot", "PerplexityBot", Crawler),
    ("ccbot", "CCBot", Crawler),
    ("amazonbot", "Amazonbot", Crawler),
    ("archive.org_bot", "Internet Archive", Crawler),
    ("sogou", "Sogou", Crawler),
    ("seznambot", "SeznamBot", Crawler),
    ("headlesschrome", "headless Chrome", Crawler),
    ("phantomjs", "PhantomJS", Crawler),
    ("crawler", "other robots", Crawler),
    ("spider", "other robots", Crawler),
    ("bot/", "other robots", Crawler),
    ("bot;", "other robots", Crawler),
    ("bot)", "other robots", Crawler),
    ("feedparser", "feed readers", Library),
    ("feedfetcher", "feed readers", Library),
    ("feedburner", "feed readers", Library),
    ("tiny tiny rss", "feed readers", Library),
    ("aws-cli", "AWS CLI", Library),
    ("aws-sdk", "AWS SDK", Library),
    ("boto3", "AWS SDK", Library),
    ("amazon cloudfront", "CloudFront", Library),
    ("amazonapigateway", "API Gateway", Library),
    ("postmanruntime", "Postman", Library),
    ("insomnia", "Insomnia", Library),
    ("httpie", "HTTPie", Library),
    ("curl/", "curl", Library),
    ("wget/", "Wget", Library),
    ("python-requests", "Python Requests", Library),
    ("python-urllib", "Python urllib", Library),
    ("python-httpx", "Python HTTPX", Library),
    ("aiohttp", "Python aiohttp", Library),
    ("go-http-client", "Go", Library),
    ("okhttp", "OkHttp", Library),
    ("apache-httpclient", "Apache HttpClient", Library),
    ("java-http-client", "Java", Library),
    ("java/", "Java", Library),
    ("axios", "axios", Library),
    ("node-fetch", "node-fetch", Library),
    ("undici", "undici", Library),
    ("got (", "got", Library),
    ("guzzlehttp", "Guzzle", Library),
    ("faraday", "Faraday", Library),
    ("ruby", "Ruby", Library),
    ("dart/", "Dart", Library),
    ("cfnetwork", "iOS app", Library),
    ("dalvik", "Android app", Library),
    ("restsharp", "RestSharp", Library),
    ("dotnet", ".NET", Library),
    ("k6/", "k6", Library),
    ("apachebench", "ApacheBench", Library),
    ("locust", "Locust", Library),
    ("jmeter", "JMeter", Library),
    ("vegeta", "Vegeta", Library),
    ("edg/", "Edge", Browser),
    ("edge/", "Edge", Browser),
    ("opr/", "Opera", Browser),
    ("samsungbrowser", "Samsung Internet", Browser),
    ("firefox/", "Firefox", Browser),
    ("fxios/", "Firefox", Browser),
    ("chrome/", "Chrome", Browser),
    ("crios/", "Chrome", Browser),
    ("safari/", "Safari", Browser),
    ("trident/", "Internet Explorer", Browser),
    ("msie ", "Internet Explorer", Browser),
    ("mozilla/", "other browsers", Browser),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_what_they_call_themselves() {
        for (text, family, class) in [
            ("Mozilla/5.0 zgrab/0.x", "zgrab", Scanner),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Googlebot",
                Crawler,
            ),
            ("Mozilla/5.0 (compatible; SomethingBot/1.0)", "other robots", Crawler),
            ("curl/8.5.0", "curl", Library),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
                "Chrome",
                Browser,
            ),
            ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15", "Safari", Browser),
            ("something of ours 1.0", "other", AgentClass::Other),
        ] {
            assert_eq!(agent(text), Some(Agent { family, class }), "{text}");
            assert_eq!(class_of_family(family), class);
        }
        assert_eq!([agent(""), agent("-"), agent("  ")], [None; 3]);
    }

    #[test]
    fn a_family_has_one_class_and_words_are_in_lower_case() {
        for (word, family, class) in FAMILIES {
            assert_eq!(*word, word.to_ascii_lowercase());
            assert_eq!(class_of_family(family), *class, "{family}");
        }
    }
}
