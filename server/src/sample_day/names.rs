//! Names of people who do not exist, of many origins.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

const FIRST: [&str; 40] = [
    "Ada", "Amina", "Andriy", "Aïcha", "Bao", "Chiara", "Dmitri", "Élodie", "Fatou", "François", "Giorgi", "Hélène",
    "Ibrahim", "Inès", "João", "Karim", "Leïla", "Liang", "Lucía", "Mariam", "Mehmet", "Moussa", "Nadia", "Ngozi",
    "Olga", "Oumar", "Priya", "Rachid", "Ravi", "Salomé", "Samir", "Sofía", "Tamar", "Thúy", "Uma", "Viktor",
    "Yasmine", "Yuki", "Zoé", "Zoran",
];

const LAST: [&str; 48] = [
    "Abdallah", "Aliyev", "Barry", "Ben Youssef", "Benali", "Camara", "Chen", "Cœurdoux", "Da Silva", "Demir",
    "Diallo", "Dupont", "El Idrissi", "Fernandes", "Garcia", "Gelashvili", "Haddad", "Hoxha", "Ivanov", "Kaya",
    "Keita", "Kovalenko", "Le Goff", "Lefèvre", "Li", "Mbaye", "Mensah", "Moreau", "N’Guessan", "Nguyen", "Okafor",
    "Özdemir", "Pereira", "Petrov", "Popescu", "Rahman", "Rossi", "Sánchez", "Selvarajah", "Shevchenko", "Singh",
    "Sow", "Tan", "Touré", "Traoré", "Vasquez", "Wang", "Zidane",
];

/// A first and a last name.
pub(super) fn pick(rng: &mut ChaCha8Rng) -> (&'static str, &'static str) {
    (FIRST[rng.random_range(0..FIRST.len())], LAST[rng.random_range(0..LAST.len())])
}
