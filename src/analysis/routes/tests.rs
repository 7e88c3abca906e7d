//! Surveys of made-up paths.

use std::collections::BTreeMap;

use gwcost_core::model::{ApiPatterns, RoutePatterns};

use super::survey::{BOUNDS, Bounds, RouteSurvey};
use super::{RouteOrigin, RouteVariable, SurveyedApi};

fn patterns(patterns: &[&str]) -> ApiPatterns {
    ApiPatterns::new(RoutePatterns::compile(patterns.iter().copied()).unwrap(), BTreeMap::new())
}

fn only(survey: RouteSurvey<'_>, most: usize) -> SurveyedApi {
    let mut found = survey.finish(most);
    assert_eq!((found.apis.len(), found.uncounted), (1, 0));
    found.apis.remove(0)
}

fn shown(api: &SurveyedApi) -> Vec<String> {
    let variable = |variable: &RouteVariable| {
        format!(" {}:{}{}", variable.name, variable.values, if variable.more { "+" } else { "" })
    };
    let variables = |of: &[RouteVariable]| of.iter().map(variable).collect::<String>();
    api.routes
        .iter()
        .map(|route| format!("{} {}{}", route.requests, route.route, variables(&route.variables)))
        .collect()
}

/// A word that nobody would take for an identifier.
fn word(number: usize) -> String {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
    [
        "w".to_owned(),
        letter(number).to_string(),
        letter(number / 26).to_string(),
        letter(number / 676).to_string(),
    ]
    .concat()
}

#[test]
fn routes_are_counted_with_the_values_of_their_variables() {
    let given = patterns(&["/v1/{tenant}/orders/{order}", "/files/{path+}"]);
    let mut survey = RouteSurvey::new(&given);
    for id in 0..1005 {
        survey.add("a1", &format!("/users/{id}?page=2"));
    }
    for path in ["/users/7/orders/1", "/users/7/orders/2", "/v1/acme/orders/x", "/v1/ibis/orders/x"] {
        survey.add("a1", path);
    }
    for path in ["/files/a/b", "/files/c", "/health", "/health"] {
        survey.add("a1", path);
    }
    let found = only(survey, 5);
    assert_eq!((found.requests, found.routes_found), (1013, 5));
    assert_eq!(
        shown(&found),
        [
            "1005 /users/{id} {id}:1000+",
            "2 /files/{path+} {path+}:2",
            "2 /health",
            "2 /users/{id}/orders/{id} {id}:1 {id}:2",
            "2 /v1/{tenant}/orders/{order} {tenant}:2 {order}:1",
        ]
    );
    assert_eq!(found.routes[0].example, "/users/0");
    assert_eq!((found.routes[0].origin, found.routes[1].origin), (RouteOrigin::Path, RouteOrigin::Pattern));
    let kept = ["/files/{path+}", "/users/{id}", "/users/{id}/orders/{id}", "/v1/{tenant}/orders/{order}"];
    assert_eq!(found.patterns, kept);
    assert!(found.suggestions.is_empty());
}

#[test]
fn what_is_not_recognised_is_suggested_and_its_neighbours_stay_words() {
    let none = ApiPatterns::default();
    let mut survey = RouteSurvey::new(&none);
    for number in 0..300 {
        survey.add("a1", &format!("/products/{}", word(number)));
        survey.add("a1", "/products/search");
        survey.add("a1", "/products/search/help");
    }
    let found = only(survey, 10);
    assert_eq!(found.routes_found, 302);
    let suggestion = &found.suggestions[0];
    assert_eq!(
        (suggestion.pattern.as_str(), suggestion.values, suggestion.requests),
        ("/products/{id}", 300, 300)
    );
    // Without the word the pattern would take it; `/products/search/help` is longer than the pattern.
    assert_eq!(found.patterns, ["/products/search", "/products/{id}"]);
    // The patterns say what was found, and leave nothing to suggest.
    let kept = ApiPatterns::new(
        RoutePatterns::compile(found.patterns.iter().map(String::as_str)).unwrap(),
        BTreeMap::new(),
    );
    let mut again = RouteSurvey::new(&kept);
    (0..300).for_each(|number| again.add("a1", &format!("/products/{}", word(number))));
    again.add("a1", "/products/search");
    let again = only(again, 10);
    assert_eq!(shown(&again), ["300 /products/{id} {id}:300", "1 /products/search"]);
    assert_eq!((again.patterns, again.suggestions.len()), (found.patterns, 0));
}

#[test]
fn memory_is_bounded_and_no_request_is_lost() {
    let none = ApiPatterns::default();
    let bounds = Bounds { routes: 200, values: 100, all_values: 150, path_bytes: 40, segments: 5 };
    let mut survey = RouteSurvey::within(&none, bounds);
    for number in 0..1000 {
        survey.add("a1", &format!("/shop/{}/items/{number}", word(number)));
        survey.add("a1", "/shop/search");
    }
    let found = survey.finish(10);
    assert_eq!((found.apis[0].requests, found.uncounted), (2000, 0));
    let routes = &found.apis[0].routes;
    assert_eq!((routes[0].route.as_str(), routes[0].requests), ("/shop/search", 1000));
    assert_eq!((routes[1].route.as_str(), routes[1].requests), ("/shop/{id}/items/{id}", 1000));
    assert_eq!((routes.len(), routes[1].origin), (2, RouteOrigin::Folded));
    assert!(routes[1].variables.iter().all(|variable| variable.more && variable.values <= 100));
    assert!(found.apis[0].suggestions[0].more);

    // Where nothing can be folded, as many as can be remembered are, and the others are counted.
    let mut survey = RouteSurvey::within(&none, bounds);
    for number in 0..1000 {
        survey.add(&word(number), "/");
    }
    survey.add(&word(0), &"/a".repeat(6));
    survey.add(&word(0), &"/long".repeat(9));
    let found = survey.finish(10);
    assert_eq!((found.apis.len(), found.uncounted), (200, 802));
    assert_eq!(BOUNDS.segments, 64, "as many as a pattern can have");
}

#[test]
fn what_cannot_be_a_pattern_is_shown_and_not_kept() {
    let none = ApiPatterns::default();
    let mut survey = RouteSurvey::new(&none);
    for path in ["/a*/17", "/b\u{202e}/17", "/{id}/x{/17", "c/17", "", "*", "/ü/17"] {
        survey.add("", path);
    }
    let found = only(survey, 10);
    assert_eq!((found.routes_found, found.patterns), (7, vec!["/ü/{id}".to_owned()]));
}
