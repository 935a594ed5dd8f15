//! Made-up residents of a village, as many as are asked for, and their applications.

use jukung_domain::application::{Application, Consent, ReadBack};
use jukung_office::Office;

const FIRST: [&str; 12] = [
    "Halimah",
    "Muhammad",
    "Siti",
    "Nurhayati",
    "Rusmini",
    "Abdul",
    "Rizal",
    "Galuh",
    "Aminah",
    "Hamdi",
    "Noorjannah",
    "Syarifah",
];
const SECOND: [&str; 10] =
    ["Rahmah", "Hidayat", "Fatimah", "Rahman", "Aisyah", "Kurnia", "Maulana", "Zainab", "Saputra", "Lestari"];

/// Name of made-up resident `n`: 120 usual pairs and a rare last word, as village lists have them.
pub fn name(n: usize) -> String {
    let rare: String = (0..4).map(|place| char::from(b'a' + ((n / 26_usize.pow(place)) % 26) as u8)).collect();
    format!("{} {} Contoh{rare}", FIRST[n % FIRST.len()], SECOND[n / FIRST.len() % SECOND.len()])
}

pub fn nik(n: usize) -> String {
    format!("63050441{:08}", 7_480_001 + n)
}

/// A whole application of resident `n`, of usual size, ready to be handed in.
pub fn application(office: &Office, n: usize) -> Application {
    let fields = [
        ("applicant.name", name(n)),
        ("applicant.nik", nik(n)),
        ("applicant.kk", format!("63050412030{:05}", n % 90_000 + 1)),
        ("applicant.birthDate", "1948".into()),
        ("applicant.birthPlace", "Rantau".into()),
        ("applicant.address", format!("Jalan Contoh Titian Nomor {}", n % 90)),
        ("applicant.rt", format!("{:03}", n % 20 + 1)),
        ("applicant.rw", "001".into()),
        ("appliedBy", "self".into()),
        ("delivery.method", "village".into()),
        ("helper.kind", "grandchild".into()),
        ("helper.mayCollect", "yes".into()),
        ("helper.mayReceiveNews", "yes".into()),
        ("helper.name", "Rizal Contoh".into()),
        ("helper.phone", format!("+62812{:07}", n % 10_000_000)),
    ];
    let mut application = Application {
        service: "KTP_DAMAGED".into(),
        reported: Some(office.today().to_string()),
        fields: fields.into_iter().map(|(path, value): (&str, String)| (path.to_owned(), value)).collect(),
        read_back: Some(ReadBack { mode: "spoken".into(), corrected: Vec::new() }),
        consent: Some(Consent {
            text_version: "2026-11".into(),
            agreed: true,
            news: true,
            given_by: "self".into(),
            mark: "paper".into(),
            evidence: None,
            witnesses: Vec::new(),
        }),
        ..Application::default()
    };
    application.missing.insert("ktp_damaged".into(), "Blangko belum ada".into());
    let service = office.service("KTP_DAMAGED").unwrap();
    jukung_office::drafts::put_defaults(service, &office.identity().office, &mut application, &mut Vec::new());
    application
}
