//! The report in every form: it stands alone, and nothing in it is executed.

use crate::support::{Line, Place};

#[test]
fn every_form_is_written_and_the_page_stands_alone() {
    let place = Place::new();
    place.run(&["demo", "--requests", "5k"]).ok();
    let forms = ["r.html", "r.md", "r.json", "r.csv", "r.txt"];
    let mut arguments = vec!["report", "--lake", "gwcost-demo/lake", "--month", "2026-10"];
    arguments.extend(forms.iter().flat_map(|form| ["--output", form]));
    place.run(&arguments).ok();
    let page = std::fs::read_to_string(place.path("r.html")).unwrap();
    for outside in ["http://", "https://", "src=", "<script", "@import"] {
        let found = page.replace("http://www.w3.org/2000/svg", "").contains(outside);
        assert!(!found, "the page names {outside}");
    }
    assert!(page.contains("<svg") && page.contains("Content-Security-Policy"));
    assert!(page.contains("gwcost report --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z"));
    for form in forms {
        assert!(std::fs::metadata(place.path(form)).unwrap().len() > 500, "{form}");
    }
    place.run(&["report", "--output", "r.pdf"]).fails(2, ".html, .md, .json, .csv or .txt");
}

#[test]
fn hostile_routes_are_inert() {
    let place = Place::new();
    let routes =
        ["/<script>alert(1)</script>", "/</title><b>x", "/a|b`c", "/\\u202egpj.exe", "/${7*7}{{7*7}}"];
    let log: String = routes
        .into_iter()
        .enumerate()
        .map(|(id, route)| Line { id, second: id as i64, route, ..Line::default() }.text())
        .collect();
    place.write("a.log", log);
    place.ingest("a.log");
    let forms = ["r.html", "r.md", "r.txt"];
    let mut arguments = vec!["report", "--month", "2026-10"];
    arguments.extend(forms.iter().flat_map(|form| ["--output", form]));
    place.run(&arguments).ok();
    let page = std::fs::read_to_string(place.path("r.html")).unwrap();
    assert!(!page.contains("<script>") && !page.contains("</title><b>"));
    assert!(page.contains("&lt;script&gt;") && !page.contains("49"), "templates do not run what they show");
    for form in forms {
        assert!(!std::fs::read_to_string(place.path(form)).unwrap().contains('\u{202e}'), "{form}");
    }
}
