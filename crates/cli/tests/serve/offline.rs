//! Commands that look at a folder of the service, or make part of it again, while it is ended.

use crate::house::{Place, until};
use crate::reports::LURE;

#[test]
fn a_folder_with_reports_is_examined_made_again_and_looked_back_on() {
    let place = Place::new();
    let serving = place.serve();
    serving.report(LURE, "+12015550123");
    serving.report("Lunch at twelve?", "+12015550124");
    until("both are shown", || serving.list("/api/v1/reports").len() == 2);
    let before = (serving.list("/api/v1/reports"), serving.list("/api/v1/campaigns"));
    let beside = place.run(&["doctor", "--org", "unhook.toml"]);
    assert!(!beside.out.contains("WRONG"), "{}{}", beside.out, beside.err);
    for command in [&["rebuild"][..], &["whatif", "--org", "unhook.toml"]] {
        let refused = place.run(command);
        assert_eq!(refused.status, Some(75), "{command:?}: {}", refused.err);
    }
    assert!(serving.stop().status.success());

    let doctor = place.run(&["doctor", "--org", "unhook.toml"]);
    assert!(doctor.out.contains("ok     data folder: "), "{}", doctor.out);
    assert!(!doctor.out.contains("WRONG"), "{}", doctor.out);
    assert!(doctor.out.contains("look   notify: no [[notify]]"), "{}", doctor.out);
    let console =
        "look   console: http://localhost:8081, where passkeys work; nobody can sign in yet";
    assert!(doctor.out.contains(console), "{}", doctor.out);
    assert_eq!(doctor.status, Some(1));
    let rebuilt = place.out(&["rebuild"]);
    assert!(rebuilt.starts_with("made again from "), "{rebuilt}");
    let looked = place.out(&["whatif", "--org", "unhook.toml", "--json"]);
    let looked: serde_json::Value = serde_json::from_str(&looked).expect("JSON");
    assert_eq!((&looked["reports"], &looked["erased"]), (&2.into(), &0.into()), "{looked}");
    assert_eq!(looked["changes"], serde_json::json!([]));
    assert_eq!((&looked["campaigns"], &looked["campaigns_today"]), (&1.into(), &1.into()));

    let serving = place.serve();
    let after = (serving.list("/api/v1/reports"), serving.list("/api/v1/campaigns"));
    assert_eq!(after, before);
}

#[test]
fn doctor_says_what_is_wrong_and_changes_nothing() {
    let place = Place::new();
    let doctor = place.run(&["doctor", "--org", "unhook.toml"]);
    assert_eq!(doctor.status, Some(1), "{}", doctor.err);
    assert!(doctor.out.contains("look   data folder: "), "{}", doctor.out);
    assert!(!place.path("data").exists());
    let file = place.path("unhook.toml");
    let mut text = std::fs::read_to_string(&file).expect("it is there");
    text += "\n[console]\npublic_url = \"https://192.0.2.7\"\n";
    std::fs::write(&file, text).expect("it is ours");
    let doctor = place.run(&["doctor", "--org", "unhook.toml"]);
    let console = "look   console: https://192.0.2.7: no passkey works there; browsers take";
    assert!(doctor.out.contains(console), "{}", doctor.out);
    std::fs::remove_file(place.path("auth-token")).expect("it was there");
    let doctor = place.run(&["doctor", "--org", "unhook.toml"]);
    assert!(doctor.out.contains("WRONG  twilio: cannot read the auth token"), "{}", doctor.out);
    assert_eq!(doctor.status, Some(1));
}

#[test]
fn a_backup_made_while_the_service_runs_is_the_service_again() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let serving = place.serve();
    let taken = serving.report(LURE, "+12015550123");
    let report = format!("/api/v1/reports/{}", taken["id"].as_str().expect("a report"));
    until("it is shown", || serving.list("/api/v1/reports").len() == 1);
    let (shown, campaigns) = (serving.show(&report), serving.list("/api/v1/campaigns"));
    let backup = elsewhere.path("backup");
    let backup = backup.to_str().expect("temporary paths are UTF-8");
    place.out(&["backup", "--to", backup, "--with-key"]);
    serving.report("This came after the backup", "+12015550123");
    assert!(serving.stop().status.success());

    let restored = elsewhere.run(&["restore", "--from", backup]);
    assert_eq!(restored.status, Some(0), "{}", restored.err);
    let serving = elsewhere.serve();
    assert_eq!(serving.show(&report), shown);
    assert_eq!(serving.list("/api/v1/campaigns"), campaigns);
    assert_eq!(serving.list("/api/v1/reports").len(), 1);
    serving.report(LURE, "+12015550124");
}
