//! The console's words, in each of its languages. A word that one language lacks does not compile.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{Language, Refusal, ServiceDay, Site, forecast::WaitRange, order::Class};
use presentation::{
    format,
    words::{refusal_for_agent, wait_in_short},
};

/// A language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lang {
    /// French.
    Fr,
    /// English.
    En,
}

impl Lang {
    /// By its BCP 47 code.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        match code {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The one to switch to.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// Its BCP 47 code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

macro_rules! words {
    ($($name:ident: $fr:literal, $en:literal;)*) => {
        /// Every fixed text. `{…}` is filled in where it is used.
        #[derive(Debug)]
        pub(super) struct Words {
            /// Whose words these are.
            pub lang: Lang,
            $(#[doc = $en] pub $name: &'static str,)*
        }
        static FR: Words = Words { lang: Lang::Fr, $($name: $fr,)* };
        static EN: Words = Words { lang: Lang::En, $($name: $en,)* };
    };
}

words! {
    console: "Console d’accueil", "Reception console";
    other_language: "English", "Français";
    sign_in: "Se connecter", "Sign in";
    sign_out: "Se déconnecter", "Sign out";
    name: "Nom d’utilisateur", "User name";
    password: "Mot de passe", "Password";
    wrong_password: "Ce nom et ce mot de passe ne vont pas ensemble. Vérifiez-les et réessayez.",
        "This name and this password do not go together. Check them and try again.";
    too_many_attempts: "Trop d’essais. Attendez {seconds} secondes, puis réessayez.",
        "Too many attempts. Wait {seconds} seconds, then try again.";
    other_origin: "Cette demande vient d’un autre site. Rien n’a été fait.",
        "This request comes from another site. Nothing was done.";
    choose_counter: "Choisissez votre guichet", "Choose your counter";
    counter: "Guichet", "Counter";
    free: "libre", "free";
    yours: "le vôtre", "yours";
    taken_by: "occupé par {name}", "taken by {name}";
    somebody: "un autre agent", "another agent";
    sits_at: "Vous êtes au guichet {counter} : en ouvrir un autre le ferme.",
        "You are at counter {counter}: opening another one closes it.";
    waiting: "en attente", "waiting";
    open_counter: "Ouvrir", "Open";
    take_over: "Reprendre", "Take over";
    go_on: "Continuer", "Go on";
    not_open: "Ce guichet n’est pas ouvert.", "This counter is not open.";
    not_open_help: "Il a été fermé, ou une nouvelle journée a commencé.",
        "It was closed, or a new day has begun.";
    taken: "Un autre agent est à ce guichet.", "Another agent is at this counter.";
    taken_help: "Choisissez un guichet libre.", "Choose one that is free.";
    all_counters: "Tous les guichets", "All counters";
    present: "À ce guichet", "At this counter";
    nobody_here: "Personne à ce guichet", "Nobody at this counter";
    called: "Appelé", "Called";
    called_at: "à {time}", "at {time}";
    serving: "En cours", "Being served";
    serving_since: "depuis {time}", "since {time}";
    service: "Service", "Service";
    language: "Langue", "Language";
    arrived: "Arrivée", "Arrived";
    slot: "Rendez-vous", "Appointment";
    no_slot: "Sans rendez-vous", "No appointment";
    on_time: "à l’heure", "on time";
    late: "en retard", "late";
    party: "Personnes", "People";
    priority: "Carte de priorité déclarée", "Priority card declared";
    priority_help: "Demandez la carte.", "Ask to see the card.";
    paper_in_doubt: "ticket peut-être pas sorti", "ticket perhaps not printed";
    second_holder: "second porteur du même rendez-vous", "second holder of the same appointment";
    two_holders: "numéro sur deux tickets : demandez le rendez-vous", "number on two tickets: ask for the appointment";
    cancelled_meanwhile: "rendez-vous annulé entre-temps", "appointment cancelled meanwhile";
    clock_uncertain: "heure de la borne incertaine : horaire non vérifié",
        "kiosk’s clock uncertain: time not checked";
    belated: "Ticket {number} du {day} à {time} : connu seulement aujourd’hui, dans aucune file.",
        "Ticket {number} of {day} at {time}: known only today, in no queue.";
    adopted: "ticket ajouté à la main : la borne ne l’a pas encore transmis",
        "ticket added by hand: its kiosk has not told of it yet";
    details_missing: "détails manquants : demandez le motif", "details missing: ask what it is about";
    kiosks: "Bornes", "Kiosks";
    kiosk_gone: "aucun signe depuis {time} : est-elle allumée et reliée ?",
        "no sign of life since {time}: is it on and connected?";
    paper_low: "bientôt plus de papier", "paper nearly used up";
    paper_out: "plus de papier depuis {time}", "out of paper since {time}";
    cover_open: "imprimante ouverte depuis {time}", "printer cover open since {time}";
    cutter_stuck: "papier coincé dans la coupe depuis {time}", "paper jammed in the cutter since {time}";
    printer_recovering: "imprimante en pause depuis {time}, elle repart seule",
        "printer resting since {time}, it goes on by itself";
    printer_broken: "imprimante en panne depuis {time}", "printer out of order since {time}";
    printer_offline: "imprimante hors ligne depuis {time}", "printer offline since {time}";
    printer_silent: "imprimante sans réponse depuis {time}", "printer does not answer since {time}";
    printer_absent: "imprimante éteinte ou débranchée depuis {time}", "printer off or unplugged since {time}";
    scanner_absent: "lecteur de codes débranché depuis {time}", "code reader unplugged since {time}";
    rejected_one: "1 information n’a pas pu être lue : prévenez l’informatique",
        "1 piece of information could not be read: tell the IT team";
    rejected: "{count} informations n’ont pas pu être lues : prévenez l’informatique",
        "{count} pieces of information could not be read: tell the IT team";
    next: "Ensuite", "Next";
    queue: "File d’attente", "Queue";
    nobody_waits: "Personne n’attend.", "Nobody is waiting.";
    number: "Numéro", "Number";
    reason: "Pourquoi à cette place", "Why at this place";
    waiting_for: "attend depuis", "waiting";
    wait: "Attente", "Wait";
    overdue: "délai dépassé", "overdue";
    call_in: "Appel dans", "Call in";
    without: "sans RDV : {range}", "without appointment: {range}";
    stops_soon: "{service} : tickets sans rendez-vous jusque vers {time}, d’après l’attente.",
        "{service}: tickets without an appointment until about {time}, by the present wait.";
    stopped: "{service} : plus de ticket sans rendez-vous, l’attente irait au-delà de la fermeture.",
        "{service}: no more tickets without an appointment, the wait would go beyond closing time.";
    restored: "Le serveur a été restauré à {time} depuis une sauvegarde : qui était là avant n’est appelé qu’après confirmation.",
        "The server was restored at {time} from a backup: whoever was here before is called only once confirmed.";
    awaited: "Pas encore de retour : {names}.", "Not back yet: {names}.";
    end_recovery: "Ne plus les attendre", "Wait for them no longer";
    to_confirm: "À confirmer", "To confirm";
    perhaps_received: "peut-être déjà reçu", "may have been received already";
    seen_called: "appelé au guichet {counter} à {time}, suite inconnue",
        "called to counter {counter} at {time}, the rest is not known";
    here_before_restore: "Là avant la restauration du serveur : peut-être déjà reçu",
        "Here before the server was restored: may have been received already";
    arrived_at: "arrivé à {time}", "arrived at {time}";
    is_here: "Est là", "Is here";
    is_gone: "N’est plus là", "Is gone";
    said_confirmed: "{number} attend et sera appelé à son tour.", "{number} waits and will be called in turn.";
    said_gone: "{number} n’est plus attendu.", "{number} is expected no more.";
    and_more: "et {count} de plus", "and {count} more";
    call_next: "Appeler le suivant", "Call next";
    recall: "Rappeler", "Call again";
    start: "Recevoir", "Receive";
    finish: "Terminer", "Finish";
    no_show: "Absent", "No-show";
    close_counter: "Fermer le guichet", "Close the counter";
    calls: "appel {times} sur {max}", "call {times} of {max}";
    start_hint: "la personne est là", "the person is here";
    finish_hint: "la visite est finie", "the visit is over";
    no_show_hint: "la personne n’est pas venue", "the person did not come";
    in_seconds: "possible dans {seconds} s", "possible in {seconds} s";
    connecting: "Connexion…", "Connecting…";
    live: "En direct", "Live";
    lost: "Liaison perdue à {time}. Reconnexion…", "Connection lost at {time}. Reconnecting…";
    polling: "Mis à jour toutes les 5 s : trop d’onglets ouverts",
        "Updated every 5 s: too many tabs open";
    no_answer: "Le serveur n’a pas répondu. Réessayez : rien ne sera fait deux fois.",
        "The server did not answer. Try again: nothing will be done twice.";
    lost_press: "La liaison est perdue. Attendez qu’elle revienne.",
        "The connection is lost. Wait until it is back.";
    shortcuts: "Raccourcis clavier", "Keyboard shortcuts";
    no_script: "Sans JavaScript, rechargez la page pour voir ce qui change.",
        "Without JavaScript, load the page again to see what changes.";
    not_found: "Cette page n’existe pas.", "There is no such page.";
    not_allowed: "Vous n’avez pas accès à cela.", "You may not do this.";
    busy: "Le serveur est très occupé. Réessayez dans un instant : rien ne sera fait deux fois.",
        "The server is very busy. Try again in a moment: nothing will be done twice.";
    disk_full: "Le disque du serveur est plein. Rien n’est perdu. Prévenez l’administrateur.",
        "The server’s disk is full. Nothing is lost. Tell the administrator.";
    failed: "Le serveur a un problème. Rien n’a été fait. Prévenez l’administrateur.",
        "The server has a problem. Nothing was done. Tell the administrator.";
    old_page: "Cette page est ancienne : rechargez-la. Rien n’a été fait.",
        "This page is old: load it again. Nothing was done.";
    not_understood: "La demande est incomplète. Rien n’a été fait.",
        "The request is incomplete. Nothing was done.";
    back: "Retour à la console", "Back to the console";
    already_here: "Déjà au guichet.", "Already at the counter.";
    said_called: "{number} est appelé au guichet {counter}.", "{number} is called to counter {counter}.";
    said_recalled: "{number} est appelé encore une fois.", "{number} is called again.";
    said_started: "{number} est au guichet.", "{number} is at the counter.";
    said_finished: "La visite de {number} est terminée.", "The visit of {number} is finished.";
    said_done: "C’est fait.", "Done.";
    meanwhile: "Pendant la panne", "During the outage";
    meanwhile_help: "Vous avez reçu des personnes sans le serveur, avec la liste de la borne ? Cochez-les : elles ne seront plus appelées.",
        "Did you receive people without the server, with the kiosk’s list? Tick them: they will not be called any more.";
    who_was_served: "Qui a été reçu ?", "Who was served?";
    served_at: "Vers quelle heure ?", "At about what time?";
    record_served: "Noter comme reçus", "Record as served";
    nobody_waits_now: "Personne n’attend : il n’y a rien à noter.", "Nobody is waiting: there is nothing to record.";
    recorded_served: "Notés comme reçus", "Recorded as served";
    recorded_at: "reçu vers {time}, noté à {recorded}", "served about {time}, recorded at {recorded}";
    take_back: "Remettre en attente", "Back to the queue";
    unknown_ticket: "Ticket papier inconnu", "Unknown paper ticket";
    unknown_ticket_help: "La personne a un ticket que le serveur ne connaît pas ? Ajoutez-le : elle attend comme les autres, avec le numéro de son ticket.",
        "Does somebody hold a ticket that the server does not know? Add it: they wait like everybody else, under the number on it.";
    number_on_ticket: "Numéro du ticket", "Number on the ticket";
    time_on_ticket: "Heure imprimée sur le ticket", "Time printed on the ticket";
    card_seen: "Carte de priorité", "Priority card";
    choose_service: "Choisissez", "Choose";
    add_ticket: "Ajouter à la file", "Add to the queue";
    away_until: "parti jusqu’à {time}", "away until {time}";
    missed_call: "appelé en vain à {time}", "called in vain at {time}";
    nobody_ticked: "Cochez au moins une personne. Rien n’a été noté.",
        "Tick at least one person. Nothing was recorded.";
    no_number: "« {number} » n’est pas un numéro de ticket, comme H047. Rien n’a été ajouté.",
        "“{number}” is no ticket number, such as H047. Nothing was added.";
    no_time: "« {time} » n’est pas une heure, comme 09:40. Rien n’a été fait.",
        "“{time}” is no time of day, such as 09:40. Nothing was done.";
    said_served: "Notés comme reçus : {numbers}.", "Recorded as served: {numbers}.";
    said_not_served: "Pas noté, {number} : {reason}", "Not recorded, {number}: {reason}";
    said_back: "{number} attend de nouveau.", "{number} is waiting again.";
    said_adopted: "{number} est dans la file.", "{number} is in the queue.";
    said_missed: "{number} est noté absent et pourra revenir.", "{number} is marked as a no-show and can come back.";
}

/// The words of a language.
pub(super) fn of(lang: Lang) -> &'static Words {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

/// Fills one gap of a text.
pub(super) fn fill(text: &str, gap: &str, value: impl std::fmt::Display) -> String {
    text.replace(&format!("{{{gap}}}"), &value.to_string())
}

impl Words {
    /// Why an agent's press was refused.
    pub(super) fn refusal(&self, refusal: &Refusal, zone: Tz) -> String {
        refusal_for_agent(refusal, &Language::new(self.lang.code()), zone)
    }

    /// What a place in the queue rests on, without the wait, which goes on while it is read.
    pub(super) fn class(&self, class: &Class, site: &Site) -> String {
        let booked = |slot, how| match self.lang {
            Lang::Fr => format!("RDV {}, {how}", clock(slot, site)),
            Lang::En => format!("Booked {}, {how}", clock(slot, site)),
        };
        match (class, self.lang) {
            (Class::Priority, Lang::Fr) => "Priorité légale".into(),
            (Class::Priority, Lang::En) => "Legal priority".into(),
            (Class::BookedOnTime { slot }, _) => booked(*slot, self.on_time),
            (Class::BookedLate { slot }, _) => booked(*slot, self.late),
            (Class::WalkIn, _) => self.no_slot.into(),
            (Class::Returned { since }, Lang::Fr) => format!("De retour à {}", clock(*since, site)),
            (Class::Returned { since }, Lang::En) => format!("Back at {}", clock(*since, site)),
            (Class::PutLast { since }, Lang::Fr) => format!("Mis en dernier à {}", clock(*since, site)),
            (Class::PutLast { since }, Lang::En) => format!("Put last at {}", clock(*since, site)),
            (Class::NextService { since }, Lang::Fr) => {
                format!("Service suivant depuis {}", clock(*since, site))
            }
            (Class::NextService { since }, Lang::En) => format!("Next service since {}", clock(*since, site)),
            (Class::First { since }, Lang::Fr) => format!("Mis en premier à {}", clock(*since, site)),
            (Class::First { since }, Lang::En) => format!("Put first at {}", clock(*since, site)),
            (Class::ByHand, Lang::Fr) => "Choisi à la main".into(),
            (Class::ByHand, Lang::En) => "Chosen by hand".into(),
        }
    }

    /// A day of the calendar.
    pub(super) fn day(&self, day: ServiceDay) -> String {
        format::date(day.0, &Language::new(self.lang.code()))
    }

    /// How soon somebody will probably be called.
    pub(super) fn range(&self, range: WaitRange) -> String {
        wait_in_short(range, &Language::new(self.lang.code()))
    }

    /// The name of a visitor's language, or else its code.
    pub(super) fn language_name(&self, language: &Language) -> String {
        let (fr, en) = match language.as_str() {
            "fr" => ("français", "French"),
            "en" => ("anglais", "English"),
            "ar" => ("arabe", "Arabic"),
            "de" => ("allemand", "German"),
            "es" => ("espagnol", "Spanish"),
            "it" => ("italien", "Italian"),
            "pt" => ("portugais", "Portuguese"),
            "ro" => ("roumain", "Romanian"),
            "ru" => ("russe", "Russian"),
            "ta" => ("tamoul", "Tamil"),
            "tr" => ("turc", "Turkish"),
            "uk" => ("ukrainien", "Ukrainian"),
            "zh" => ("chinois", "Chinese"),
            other => (other, other),
        };
        match self.lang {
            Lang::Fr => fr.into(),
            Lang::En => en.into(),
        }
    }
}

/// A time on the site's walls, in figures that line up.
pub(super) fn clock(time: DateTime<Utc>, site: &Site) -> String {
    site.local(time).format("%H:%M").to_string()
}
