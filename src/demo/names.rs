//! Invented names: what people, their logins, threads and branches are called.
//!
//! Only words and how they are put together; who gets which is decided in
//! [`population`](super::population) and [`activity`](super::activity).

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Where a name comes from, with the offset from UTC its bearers mostly work at.
#[derive(Clone, Copy)]
pub(super) struct Culture {
    pub offset_hours: i64,
    given: &'static str,
    family: &'static str,
}

const CULTURES: [Culture; 15] = [
    Culture {
        offset_hours: 1,
        given: "Łukasz Agnieszka Bartosz Zofia Marek Kinga Szymon Hanna Tadeusz",
        family: "Wrzos Kaliński Brzoza Domagalska Sowiński Pawlik Jurczyk Mazurek Gawron",
    },
    Culture {
        offset_hours: -3,
        given: "Thaís Rafael Luiza Caio Beatriz Otávio Iara Renan Júlia",
        family: "Figueira Moreno Tavares Queirós Bastos Parente Siqueira Valadão Peixoto",
    },
    Culture {
        offset_hours: 5,
        given: "Ananya Rohan Kavya Vikram Meera Arjun Divya Sanjay Ishita",
        family: "Raghunath Bhosale Menon Chatterjee Kulkarni Sethuraman Dhillon Nair Barua",
    },
    Culture {
        offset_hours: 9,
        given: "Haruka Takumi Sayaka Ren Mio Kenta Yui Daichi Aoi",
        family: "Morisaki Tanabe Okazawa Hirano Kitamura Shiraishi Nagano Uemura Fujii",
    },
    Culture {
        offset_hours: 8,
        given: "Wenjing Haoran Xiaoyu Zihan Yifei Jianming Lihua Chenxi Ruolan",
        family: "Shen Gao Luo Xie Tang Fang Qiu Dai Jiang",
    },
    Culture {
        offset_hours: 1,
        given: "Chidi Ngozi Tunde Amara Folake Emeka Ifeoma Segun Adaeze",
        family: "Okonkwo Adeyemi Balogun Nwosu Eze Olatunji Afolabi Uche Ogunleye",
    },
    Culture {
        offset_hours: 3,
        given: "Wanjiru Kamau Achieng Barasa Njeri Otieno Makena Kiprop Zawadi",
        family: "Mwangi Odhiambo Kariuki Wekesa Cheruiyot Mutua Njoroge Auma Kimani",
    },
    Culture {
        offset_hours: -5,
        given: "Hazel Wyatt Imogen Dexter Maribel Quentin Rosalind Theo Winifred",
        family: "Ashdown Fairweather Lockridge Pemberly Hollis Marchbank Thornbury Oakes Winslow",
    },
    Culture {
        offset_hours: -8,
        given: "Noelani Jasper Marisol Reuben Delia Amos Lorena Silas Xochitl",
        family: "Kealoha Brannigan Villaseñor Hartwell Ocampo Stroud Arredondo Prewitt Zamudio",
    },
    Culture {
        offset_hours: 1,
        given: "Anneliese Jürgen Friederike Matthis Ulrike Henning Svenja Torben Greta",
        family: "Haberland Kießling Vogelsang Brandau Lüders Petzold Wiesner Tiedemann Rößler",
    },
    Culture {
        offset_hours: 1,
        given: "Solène Bastien Maëlle Corentin Aurélie Tristan Clémence Yannick Noémie",
        family: "Delacour Fontenoy Marchetti Peyrache Villedieu Garnaud Lavergne Roussel Thévenot",
    },
    Culture {
        offset_hours: 3,
        given: "Elif Kerem Defne Baran Zeynep Emre Leyla Cihan Nermin",
        family: "Karaoğlu Yıldırım Toprak Akıncı Demirel Sönmez Kaplanlı Bozdağ Tuncer",
    },
    Culture {
        offset_hours: 2,
        given: "Yael Omar Noor Tamar Karim Salma Eitan Rania Layla",
        family: "Barzilai Haddad Mansour Avraham Shalev Khoury Azoulay Nasser Sabbagh",
    },
    Culture {
        offset_hours: 7,
        given: "Linh Minh Trang Quang Putri Bayu Siti Dimas Thảo",
        family: "Nguyễn Phạm Santoso Wijaya Đặng Lestari Hartono Trần Kusuma",
    },
    Culture {
        offset_hours: 10,
        given: "Matilda Lachlan Aroha Tane Bronte Callum Moana Freya Hamish",
        family: "Wetherill Ngata Drummond Parata Ellsworth Tamihana Corrigan Harwood Rangi",
    },
];

const ADJECTIVES: &str = "quiet rusty amber hollow brisk velvet lunar mossy salty copper dizzy frosty humble nimble";
const THINGS: &str = "heron otter lichen kettle badger comet walnut puffin ferry anvil marmot thistle gecko harbor";
const HABITS: &str = "codes builds writes ships tinkers patches hacks knits";

/// Picks a culture and a full name of it; now and then the family name comes from elsewhere.
pub(super) fn person(rng: &mut ChaCha8Rng) -> (Culture, String) {
    let culture = pick(rng, &CULTURES);
    let other = if rng.random_bool(0.07) { pick(rng, &CULTURES) } else { culture };
    let name = format!("{} {}", word(rng, culture.given), word(rng, other.family));
    (culture, name)
}

/// Proposes a login in one of the ways people choose them; most do not show the name.
pub(super) fn login(rng: &mut ChaCha8Rng, name: &str) -> String {
    let name = ascii(name);
    let (given, family) = name.split_once(' ').unwrap_or((&name, "x"));
    let number = rng.random_range(2..100);
    match rng.random_range(0..8) {
        0 | 1 => format!("{}{}", word(rng, ADJECTIVES), word(rng, THINGS)),
        2 => format!("{}-{}", word(rng, ADJECTIVES), word(rng, THINGS)),
        3 => format!("{}{number}", word(rng, THINGS)),
        4 => format!("{}{family}", &given[..1]),
        5 => format!("{given}-{}", word(rng, HABITS)),
        6 => format!("{family}{}{number}", &given[..1]),
        _ => format!("{}{}", word(rng, THINGS), &family[..2]),
    }
}

/// Spells a name in lower-case ASCII, keeping its spaces.
pub(super) fn ascii(name: &str) -> String {
    name.to_lowercase().chars().filter_map(fold).collect()
}

/// Folds one lower-case letter; what is no letter of ours (a combining dot, say) disappears.
fn fold(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='z' | ' ' => letter,
        'á' | 'à' | 'ã' | 'ä' | 'ạ' | 'ả' | 'ầ' | 'ặ' => 'a',
        'ç' => 'c',
        'đ' => 'd',
        'é' | 'è' | 'ë' | 'ê' | 'ễ' => 'e',
        'ğ' => 'g',
        'í' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' => 'n',
        'ó' | 'ö' => 'o',
        'ß' => 's',
        'ú' | 'ü' => 'u',
        _ => return None,
    })
}

/// What the threads of each group are about, in the order of
/// [`GROUPS`](super::community::GROUPS).
const SUBJECTS: [&[&str]; 6] = [
    &[
        "lease renewal",
        "node drain",
        "admission cache",
        "leader election",
        "watch bookmarks",
        "priority queue",
        "API pagination",
    ],
    &[
        "DNS failover",
        "IPv6 routes",
        "mTLS rotation",
        "ingress timeouts",
        "policy ordering",
        "connection draining",
        "MTU discovery",
    ],
    &[
        "snapshot pruning",
        "volume resize",
        "backup encryption",
        "orphaned mounts",
        "quota accounting",
        "restore order",
        "checksum mismatch",
    ],
    &["install guide", "glossary", "upgrade notes", "search index", "dark theme", "tutorial links", "API reference"],
    &[
        "flaky e2e job",
        "release notes script",
        "shell completion",
        "chart defaults",
        "log colours",
        "cache key",
        "lint baseline",
    ],
    &[
        "meeting notes",
        "mentoring round",
        "contributor ladder",
        "election guide",
        "onboarding checklist",
        "event calendar",
        "code of conduct contact",
    ],
];

const ISSUE_TITLES: [&str; 9] = [
    "{} breaks after upgrading",
    "Panic around {}",
    "Document {}",
    "{}: confusing error message",
    "Proposal: simplify {}",
    "{} is slow on large installations",
    "Question about {}",
    "{} not working on arm64",
    "Tracking: {} to beta",
];

const PULL_TITLES: [&str; 10] = [
    "Fix {} on restart",
    "Add tests for {}",
    "Refactor {}",
    "{}: handle the empty case",
    "Speed up {}",
    "Improve wording of {}",
    "Remove deprecated {} path",
    "Retry {} with backoff",
    "{}: clearer errors",
    "Support {} behind a flag",
];

const DEPENDENCIES: &str = "rustls tokio-util serde-yaml helm-lib node-sass go-genproto actions-checkout hyper-tls";

const COMMENTS: [&str; 16] = [
    "Thanks for the report, I can reproduce this.",
    "/lgtm",
    "/approve",
    "/retest",
    "Could you add a test for the empty case?",
    "Same here, on two clusters.",
    "I would rather keep this behind a flag for one release.",
    "/assign",
    "Rebased, please take another look.",
    "/hold until the release branch is cut",
    "Good catch!",
    "Discussed in the weekly meeting: we go with the second option.",
    "Nit: the comment no longer matches the code.",
    "/kind bug",
    "Does this need a note in the changelog?",
    "Works for me now, thank you.",
];

pub(super) const WIKI_PAGES: [&str; 8] = [
    "Home",
    "Meeting notes",
    "Style guide",
    "Glossary",
    "Release checklist",
    "Mentoring",
    "How we decide",
    "Translations",
];

/// The title of an issue in a group.
pub(super) fn issue_title(rng: &mut ChaCha8Rng, group: usize) -> String {
    title(pick(rng, &ISSUE_TITLES), pick(rng, SUBJECTS[group]))
}

/// The title of a person's pull request in a group.
pub(super) fn pull_title(rng: &mut ChaCha8Rng, group: usize) -> String {
    title(pick(rng, &PULL_TITLES), pick(rng, SUBJECTS[group]))
}

/// The title of a pull request by a dependency bot.
pub(super) fn bump_title(rng: &mut ChaCha8Rng) -> String {
    let (minor, patch) = (rng.random_range(0..30), rng.random_range(1..9));
    format!("Bump {} from 1.{minor}.0 to 1.{minor}.{patch}", word(rng, DEPENDENCIES))
}

/// A comment's text; the same `id` always says the same.
pub(super) fn comment(id: i64) -> &'static str {
    COMMENTS[usize::try_from(id).unwrap_or_default() % COMMENTS.len()]
}

/// A commit's subject; the same `id` always says the same.
pub(super) fn subject(id: i64) -> String {
    let nth = usize::try_from(id).unwrap_or_default();
    let subjects = SUBJECTS[nth % SUBJECTS.len()];
    title(PULL_TITLES[nth % PULL_TITLES.len()], subjects[nth / 7 % subjects.len()])
}

/// A branch name made from a title: `fix-dns-failover-on`.
pub(super) fn branch(title: &str) -> String {
    let plain = ascii(title);
    plain.split_whitespace().take(4).collect::<Vec<_>>().join("-")
}

fn title(template: &str, subject: &str) -> String {
    let title = template.replace("{}", subject);
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn word(rng: &mut ChaCha8Rng, words: &'static str) -> &'static str {
    let words: Vec<_> = words.split_whitespace().collect();
    pick(rng, &words)
}

/// One of a list that is never empty.
pub(super) fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    *from.choose(rng).expect("every list picked from is a non-empty constant or checked by its caller")
}
