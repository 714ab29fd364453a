//! Which column means what: every booking tool exports its own.

use domain::{BookingStatus, ServiceId, Site};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[sites.NAME.import]`: the headers and words that a site's booking tool writes, besides the usual ones,
/// over which they stand. Upper and lower case, accents, spaces and punctuation do not count.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// A column that is neither mapped nor in `ignore` is a fault: it may be the one that matters.
    pub strict: bool,
    /// The booking's reference. The file must have it.
    pub reference: Vec<String>,
    /// The day, or the day with the time. The file must have it.
    pub date: Vec<String>,
    /// The time, if it has a column of its own.
    pub time: Vec<String>,
    /// What for. The file must have it.
    pub service: Vec<String>,
    /// Family name.
    pub last_name: Vec<String>,
    /// Given name.
    pub first_name: Vec<String>,
    /// Phone number.
    pub phone: Vec<String>,
    /// E-mail address.
    pub email: Vec<String>,
    /// Date of birth.
    pub birth_date: Vec<String>,
    /// How many persons.
    pub party: Vec<String>,
    /// Whether the booking stands.
    pub status: Vec<String>,
    /// Columns to pass over.
    pub ignore: Vec<String>,
    /// The tool's words for services, and the service's code here.
    pub services: BTreeMap<String, ServiceId>,
    /// The tool's words for a booking's status.
    pub statuses: BTreeMap<String, BookingStatus>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            strict: true,
            reference: Vec::new(),
            date: Vec::new(),
            time: Vec::new(),
            service: Vec::new(),
            last_name: Vec::new(),
            first_name: Vec::new(),
            phone: Vec::new(),
            email: Vec::new(),
            birth_date: Vec::new(),
            party: Vec::new(),
            status: Vec::new(),
            ignore: Vec::new(),
            services: BTreeMap::new(),
            statuses: BTreeMap::new(),
        }
    }
}

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Reference,
    Date,
    Time,
    Service,
    LastName,
    FirstName,
    Phone,
    Email,
    BirthDate,
    Party,
    Status,
}

impl Field {
    const ALL: [Self; 11] = [
        Self::Reference,
        Self::Date,
        Self::Time,
        Self::Service,
        Self::LastName,
        Self::FirstName,
        Self::Phone,
        Self::Email,
        Self::BirthDate,
        Self::Party,
        Self::Status,
    ];

    /// What booking tools call it.
    fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Reference => {
                &["N° de rendez-vous", "Numéro de rendez-vous", "Référence", "Code", "reference"]
            }
            Self::Date => &["Date", "Date du rendez-vous", "Date et heure", "Créneau"],
            Self::Time => &["Heure", "Heure du rendez-vous", "time"],
            Self::Service => &["Motif", "Service", "Démarche", "Prestation"],
            Self::LastName => &["Nom", "Nom de famille", "last_name"],
            Self::FirstName => &["Prénom", "Prénoms", "first_name"],
            Self::Phone => &["Téléphone", "Portable", "phone"],
            Self::Email => &["Courriel", "E-mail", "Adresse e-mail"],
            Self::BirthDate => &["Date de naissance", "birth_date"],
            Self::Party => &["Nombre de personnes", "Personnes", "party"],
            Self::Status => &["Statut", "État", "status"],
        }
    }
}

/// What booking tools say of a booking.
const USUAL_STATUSES: [(BookingStatus, &[&str]); 2] = [
    (BookingStatus::Booked, &["Confirmé", "Réservé", "Validé", "À venir", "booked"]),
    (BookingStatus::Cancelled, &["Annulé", "Annulée", "Excusé", "cancelled"]),
];

/// Where each field stands in a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many columns the header has.
    pub width: usize,
    /// The column of each field that is there.
    pub places: BTreeMap<Field, usize>,
}

impl Mapping {
    /// What the operator calls a field.
    fn own(&self, field: Field) -> &[String] {
        match field {
            Field::Reference => &self.reference,
            Field::Date => &self.date,
            Field::Time => &self.time,
            Field::Service => &self.service,
            Field::LastName => &self.last_name,
            Field::FirstName => &self.first_name,
            Field::Phone => &self.phone,
            Field::Email => &self.email,
            Field::BirthDate => &self.birth_date,
            Field::Party => &self.party,
            Field::Status => &self.status,
        }
    }

    /// What a folded title means: the operator's word counts before the usual one, also to pass it over.
    fn meaning(&self, folded: &str) -> Option<Field> {
        let is = |name: &str| fold(name) == folded;
        let own = Field::ALL.into_iter().find(|field| self.own(*field).iter().any(|name| is(name)));
        let usual = || Field::ALL.into_iter().find(|field| field.usual().iter().any(|name| is(name)));
        own.or_else(|| usual().filter(|_| !self.ignores(folded)))
    }

    fn ignores(&self, folded: &str) -> bool {
        self.ignore.iter().any(|name| fold(name) == folded)
    }

    /// Finds the columns of a header, or says everything that is wrong with it.
    pub(super) fn columns(&self, header: &[String]) -> Result<Columns, Vec<String>> {
        let mut places = BTreeMap::new();
        let mut reasons = Vec::new();
        for (place, title) in header.iter().enumerate() {
            let folded = fold(title);
            let meaning = self.meaning(&folded);
            let twice = meaning.is_some_and(|field| places.insert(field, place).is_some());
            let title = title.trim();
            if twice {
                reasons.push(format!(
                    "two columns mean the same: the second is `{title}` (name the one to pass over in import.ignore)"
                ));
            } else if meaning.is_none() && self.strict && !self.ignores(&folded) && !folded.is_empty() {
                reasons.push(format!(
                    "unknown column `{title}`: name it in the site's import section, or in import.ignore"
                ));
            }
        }
        for field in Field::ALL {
            let required = matches!(field, Field::Reference | Field::Date | Field::Service);
            if required && !places.contains_key(&field) {
                let names: Vec<&str> =
                    self.own(field).iter().map(String::as_str).chain(field.usual().iter().copied()).collect();
                let found: Vec<&str> = header.iter().map(|title| title.trim()).collect();
                reasons.push(format!(
                    "there is no column `{}` (the file has: {})",
                    names.join("` or `"),
                    found.join(", ")
                ));
            }
        }
        if reasons.is_empty() { Ok(Columns { width: header.len(), places }) } else { Err(reasons) }
    }

    /// The service of a word: by the mapping, by its code, or by the name that agents use.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn service(&self, word: &str, site: &Site) -> Result<ServiceId, String> {
        let folded = fold(word);
        if let Some((_, code)) = self.services.iter().find(|(name, _)| fold(name) == folded) {
            let known = site.services.contains_key(code);
            let fault =
                || format!("`{word}` is `{code}` in import.services, which is not a service of this site");
            return known.then(|| code.clone()).ok_or_else(fault);
        }
        let mut services = site.services.iter();
        let named = services
            .find(|(code, service)| fold(code.as_str()) == folded || fold(&service.internal_label) == folded);
        named.map(|(code, _)| code.clone()).ok_or_else(|| {
            let known: Vec<&str> = site.services.keys().map(ServiceId::as_str).collect();
            format!(
                "`{word}` is not a service of this site (known: {}; add it to import.services)",
                known.join(", ")
            )
        })
    }

    /// Whether a booking with this status stands.
    pub(super) fn status(&self, word: &str) -> Option<BookingStatus> {
        let folded = fold(word);
        let own = self.statuses.iter().find(|(name, _)| fold(name) == folded).map(|(_, status)| *status);
        let is = |words: &[&str]| words.iter().any(|name| fold(name) == folded);
        own.or_else(|| USUAL_STATUSES.into_iter().find(|(_, words)| is(words)).map(|(status, _)| status))
    }
}

/// A text as it is compared: small letters and digits without accents.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' => folded.push('a'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'î' | 'ï' | 'í' => folded.push('i'),
            'ô' | 'ö' | 'ó' | 'õ' => folded.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => folded.push('u'),
            'ç' => folded.push('c'),
            'ñ' => folded.push('n'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            // « Nº » and « N° » are the same word; the first sign counts as a letter.
            'º' => {}
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}
