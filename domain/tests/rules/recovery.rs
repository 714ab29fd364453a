//! After a restore: who is in doubt, who is called, and what devices bring back.

use crate::hall::{Hall, INFORMATION, ONE, THREE, TITLES, TWO, finish, lane};
use domain::{
    Actor, Command, CounterId, DeviceId, Doubt, Ending, Event, Flag, Recorded, Refusal, TicketNumber, Time,
    VisitId, VisitState,
    recovery::{Awaited, Taking},
};
use std::collections::BTreeMap;
use uuid::Uuid;

const FIRST: DeviceId = DeviceId(Uuid::from_u128(1));
const SECOND: DeviceId = DeviceId(Uuid::from_u128(2));
const SCREEN: DeviceId = DeviceId(Uuid::from_u128(3));

fn awaited() -> BTreeMap<DeviceId, Awaited> {
    let device = |name: &str, gives_numbers| Awaited { name: name.into(), gives_numbers };
    [(FIRST, device("hall", true)), (SECOND, device("étage", true)), (SCREEN, device("écran", false))].into()
}

/// The hall as it goes on from a backup, and what was in the log since.
fn restored(backup: &Hall, lost: &Hall) -> (Hall, Vec<Recorded>) {
    let mut hall = backup.cut_off(2);
    hall.now = lost.now;
    hall.operator(Command::BeginRecovery { awaited: awaited() });
    (hall, lost.log[backup.log.len()..].to_vec())
}

/// Hands events back, and gives what became of each.
fn hand_back(hall: &mut Hall, events: &[Recorded]) -> Vec<Taking> {
    let take = |event: &Recorded| {
        let taking = hall.branch.taking(event);
        if taking == Taking::Take {
            hall.branch.apply(event);
        }
        taking
    };
    events.iter().map(take).collect()
}

fn number(hall: &Hall, visit: VisitId) -> TicketNumber {
    hall.visit(visit).numbers[0].clone()
}

fn back(device: DeviceId) -> Command {
    Command::DeviceBack(device)
}

fn nobody(hall: &mut Hall) -> bool {
    hall.agent(Command::CallNext(THREE), THREE) == Err(Refusal::NobodyWaiting)
}

#[test]
fn whoever_was_here_at_the_time_of_the_backup_is_not_called_in_turn() {
    let mut hall = Hall::staffed();
    let visit = hall.came_for_information(false);
    let (mut hall, _) = restored(&hall, &hall.clone());
    assert!(nobody(&mut hall));
    assert_eq!(hall.branch.in_doubt().len(), 1);
    assert_eq!(hall.visit(visit).doubt, Some(Doubt::Restored));
}

#[test]
fn a_supervisor_calls_somebody_in_doubt_by_hand_and_so_says_that_they_are_here() {
    let mut hall = Hall::staffed();
    let visit = hall.came_for_information(false);
    let (mut hall, _) = restored(&hall, &hall.clone());
    let number = number(&hall, visit);
    let events = hall.supervisor(Command::Call { counter: THREE, number }, THREE).unwrap();
    assert!(
        matches!(events.as_slice(), [Event::VisitConfirmed { back: false, .. }, Event::Called { .. }]),
        "{events:?}"
    );
    assert_eq!(hall.visit(visit).doubt, None);
}

#[test]
fn somebody_whom_staff_confirm_is_called_in_turn() {
    let mut hall = Hall::staffed();
    let visit = hall.came_for_information(false);
    let (mut hall, _) = restored(&hall, &hall.clone());
    let number = number(&hall, visit);
    hall.agent(Command::Confirm { number: number.clone() }, ONE).unwrap();
    assert_eq!(
        hall.agent(Command::Confirm { number: number.clone() }, ONE),
        Ok(Vec::new()),
        "once is enough"
    );
    assert_eq!(hall.call(THREE), visit);
    assert_eq!(hall.ask(&Command::Confirm { number }, Actor::Device(FIRST)), Err(Refusal::NeedsStaff));
}

#[test]
fn a_ticket_that_comes_to_light_while_the_log_recovers_is_in_doubt() {
    let backup = Hall::staffed();
    let mut lost = backup.clone();
    lost.came_for_information(false);
    let (mut hall, tail) = restored(&backup, &lost);
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Take]);
    assert!(nobody(&mut hall));
    assert_eq!(hall.branch.in_doubt().len(), 1);
}

#[test]
fn whoever_was_served_before_the_backup_and_brought_back_since_is_here_again() {
    let mut backup = Hall::staffed();
    let visit = backup.came_for_information(false);
    backup.call(THREE);
    backup.finish(THREE).unwrap();
    let mut lost = backup.clone();
    let number = number(&lost, visit);
    lost.agent(Command::BringBack { number: number.clone() }, ONE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    assert!(hall.branch.in_doubt().is_empty(), "who was served stands in no list");
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Take]);
    assert!(nobody(&mut hall), "they may have been served since");
    assert_eq!(hall.branch.in_doubt().len(), 1);
    hall.agent(Command::Confirm { number }, ONE).unwrap();
    hall.now += chrono::Duration::minutes(1);
    assert_eq!(hall.call(THREE), visit);
}

#[test]
fn whoever_staff_recorded_as_served_since_the_backup_is_not_called_again() {
    let mut backup = Hall::staffed();
    let visit = backup.came_for_information(false);
    let mut lost = backup.clone();
    let numbers = vec![number(&lost, visit)];
    lost.agent(Command::RecordServed { numbers, at: Some(lost.now) }, THREE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Take]);
    assert!(!hall.visit(visit).state.is_live());
}

#[test]
fn whoever_was_brought_back_waits_for_what_took_them_away() {
    let mut backup = Hall::staffed();
    let visit = backup.came_for_information(false);
    let mut lost = backup.clone();
    lost.call(THREE);
    lost.agent(Command::NoShow(THREE), THREE).unwrap();
    lost.agent(Command::BringBack { number: number(&lost, visit) }, ONE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    let (back, before) = tail.split_last().unwrap();
    assert_eq!(hand_back(&mut hall, std::slice::from_ref(back)), [Taking::Wait]);
    assert!(hand_back(&mut hall, before).iter().all(|taking| *taking == Taking::Take));
    assert_eq!(hand_back(&mut hall, std::slice::from_ref(back)), [Taking::Take]);
    assert_eq!(hall.visit(visit).state, VisitState::Waiting);
}

#[test]
fn whoever_was_served_since_the_backup_is_not_called_again() {
    let backup = Hall::staffed();
    let mut lost = backup.clone();
    let visit = lost.came_for_information(false);
    lost.call(THREE);
    lost.finish(THREE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    hand_back(&mut hall, &tail);
    assert!(!hall.visit(visit).state.is_live());
    assert!(hall.branch.in_doubt().is_empty());
    hall.ask(&Command::EndRecovery, Actor::Operator).unwrap();
    assert!(nobody(&mut hall));
}

#[test]
fn events_that_come_in_another_order_wait_for_those_before_them() {
    let backup = Hall::staffed();
    let mut lost = backup.clone();
    let visit = lost.came_for_information(false);
    lost.call(THREE);
    lost.finish(THREE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    assert_eq!(hand_back(&mut hall, &tail[1..]), [Taking::Wait, Taking::Wait]);
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Take; 3]);
    assert!(!hall.visit(visit).state.is_live());
}

#[test]
fn what_staff_decided_since_the_restore_counts_more_than_what_comes_back() {
    let mut backup = Hall::staffed();
    let visit = backup.came_for_information(false);
    let mut lost = backup.clone();
    lost.call(THREE);
    lost.finish(THREE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    let number = number(&hall, visit);
    hall.agent(Command::Confirm { number }, ONE).unwrap();
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Drop; 2]);
    assert_eq!(hall.call(THREE), visit);
}

/// Somebody was called to counter 3 before the restore, which receives somebody else when that comes back.
fn stranded() -> (Hall, VisitId, VisitId) {
    let mut backup = Hall::staffed();
    let old = backup.came_for_information(false);
    let mut lost = backup.clone();
    lost.call(THREE);
    let (mut hall, tail) = restored(&backup, &lost);
    let new = hall.came_for_information(false);
    let new_number = number(&hall, new);
    hall.agent(Command::Confirm { number: new_number }, THREE).unwrap();
    assert_eq!(hall.call(THREE), new);
    hand_back(&mut hall, &tail);
    (hall, old, new)
}

#[test]
fn what_comes_back_leaves_a_counter_alone_that_receives_somebody_new() {
    let (mut hall, old, new) = stranded();
    assert_eq!(hall.branch.at_counter(THREE).map(|visit| visit.id), Some(new));
    // The one who was called before the restore is asked about, and waits again once somebody says so.
    hall.ask(&Command::EndRecovery, Actor::Operator).unwrap();
    let number = number(&hall, old);
    assert_eq!(hall.branch.in_doubt().len(), 1);
    let events = hall.agent(Command::Confirm { number }, THREE).unwrap();
    assert_eq!(events, [Event::VisitConfirmed { visit: old, back: true }]);
    assert_eq!(hall.visit(old).state, VisitState::Waiting);
    hall.at("10:01").finish(THREE).unwrap();
    assert_eq!(hall.call(THREE), old);
    assert_eq!(hall.branch.at_counter(THREE).map(|visit| visit.id), Some(old));
}

#[test]
fn whoever_was_called_to_a_counter_that_knows_nothing_of_it_can_be_said_to_have_left() {
    let (mut hall, old, new) = stranded();
    let number = number(&hall, old);
    hall.agent(Command::End { number, how: Ending::Left }, THREE).unwrap();
    assert!(!hall.visit(old).state.is_live());
    assert_eq!(hall.branch.at_counter(THREE).map(|visit| visit.id), Some(new));
}

#[test]
fn whoever_was_at_a_counter_is_there_when_somebody_sits_down_at_it_again() {
    let mut backup = Hall::open();
    let visit = backup.came_for_information(false);
    let mut lost = backup.clone();
    lost.sit(THREE);
    lost.call(THREE);
    lost.agent(Command::Start(THREE), THREE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Drop, Taking::Take, Taking::Take]);
    hall.sit(THREE);
    assert_eq!(hall.branch.at_counter(THREE).map(|visit| visit.id), Some(visit));
    hall.finish(THREE).unwrap();
    assert!(!hall.visit(visit).state.is_live());
}

#[test]
fn when_every_device_has_come_back_whoever_is_still_there_is_called_and_flagged() {
    let mut hall = Hall::staffed();
    let visit = hall.came_for_information(false);
    let (mut hall, _) = restored(&hall, &hall.clone());
    hall.ask(&back(FIRST), Actor::System).unwrap();
    hall.ask(&back(SCREEN), Actor::System).unwrap();
    assert!(nobody(&mut hall));
    let events = hall.ask(&back(SECOND), Actor::System).unwrap();
    assert_eq!(events, [Event::DeviceReturned { device: SECOND }, Event::RecoveryEnded]);
    assert_eq!(hall.branch.recovery, None);
    assert_eq!(hall.call(THREE), visit);
    assert!(hall.visit(visit).flags.contains(&Flag::Restored));
    assert_eq!(hall.ask(&back(SECOND), Actor::System), Ok(Vec::new()), "once");
}

#[test]
fn only_the_operator_or_a_supervisor_gives_up_waiting_for_devices() {
    let hall = Hall::staffed();
    let (mut hall, _) = restored(&hall, &hall.clone());
    assert_eq!(hall.agent(Command::EndRecovery, ONE), Err(Refusal::MayNotChoose));
    assert_eq!(hall.supervisor(Command::EndRecovery, ONE), Ok(vec![Event::RecoveryEnded]));
    assert_eq!(hall.ask(&Command::EndRecovery, Actor::Operator), Ok(Vec::new()));
}

#[test]
fn no_series_of_numbers_is_given_before_every_kiosk_has_come_back() {
    let hall = Hall::staffed();
    let (mut hall, _) = restored(&hall, &hall.clone());
    let grant =
        |device| Command::GrantLane { device: DeviceId(Uuid::from_u128(device)), incarnation: Uuid::nil() };
    assert_eq!(hall.ask(&grant(9), Actor::Operator), Err(Refusal::KiosksAwaited));
    let known = Command::GrantLane { device: FIRST, incarnation: Uuid::from_u128(1) };
    assert_eq!(hall.ask(&known, Actor::Operator), Ok(Vec::new()), "it keeps its own");
    for device in [FIRST, SECOND] {
        hall.ask(&back(device), Actor::System).unwrap();
    }
    assert!(hall.ask(&grant(9), Actor::Operator).is_ok(), "a board gives no numbers");
}

#[test]
fn a_series_that_was_given_since_the_backup_is_not_given_again() {
    let backup = Hall::staffed();
    let mut lost = backup.clone();
    let (device, incarnation) = (DeviceId(Uuid::from_u128(8)), Uuid::from_u128(8));
    lost.operator(Command::GrantLane { device, incarnation });
    let (mut hall, tail) = restored(&backup, &lost);
    hand_back(&mut hall, &tail);
    hall.ask(&Command::EndRecovery, Actor::Operator).unwrap();
    hall.operator(Command::GrantLane { device: DeviceId(Uuid::from_u128(9)), incarnation: Uuid::nil() });
    let holders = hall.branch.lanes.values().map(|lane| lane.device.0.as_u128());
    assert_eq!(holders.collect::<Vec<_>>(), [1, 2, 8, 9]);
}

#[test]
fn a_series_of_which_only_a_number_is_known_is_not_given() {
    let mut hall = Hall::staffed();
    hall.came_for_information(false);
    hall.branch.lanes.remove(&lane(1));
    hall.operator(Command::GrantLane { device: DeviceId(Uuid::from_u128(9)), incarnation: Uuid::nil() });
    assert!(!hall.branch.lanes.contains_key(&lane(1)));
}

fn saw(number: &TicketNumber, counter: CounterId, at: Time) -> Command {
    Command::SeeCall { number: number.clone(), counter, at }
}

#[test]
fn whoever_a_board_saw_called_and_nobody_knows_more_of_stays_to_be_confirmed() {
    let mut hall = Hall::staffed();
    let (seen, other) = (hall.came_for_information(false), hall.came_for_information(false));
    let (mut hall, _) = restored(&hall, &hall.clone());
    let (number, at) = (number(&hall, seen), hall.now);
    hall.ask(&saw(&number, THREE, at), Actor::Device(SCREEN)).unwrap();
    hall.ask(&Command::EndRecovery, Actor::Operator).unwrap();
    assert_eq!(hall.call(THREE), other, "the other has the later place");
    assert_eq!(hall.visit(seen).doubt, Some(Doubt::Called { counter: THREE, at }));
    hall.finish(THREE).unwrap();
    assert!(nobody(&mut hall));
    hall.agent(Command::End { number, how: Ending::Left }, THREE).unwrap();
    assert!(hall.branch.in_doubt().is_empty());
}

#[test]
fn a_call_that_a_kiosk_hands_back_says_more_than_the_board_that_saw_it() {
    let mut backup = Hall::staffed();
    let visit = backup.came_for_information(false);
    let mut lost = backup.clone();
    lost.call(THREE);
    let called_at = lost.now;
    lost.agent(Command::ReturnToQueue(THREE), THREE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    let number = number(&hall, visit);
    hall.ask(&saw(&number, THREE, called_at), Actor::Device(SCREEN)).unwrap();
    hand_back(&mut hall, &tail);
    assert_eq!(hall.ask(&saw(&number, THREE, called_at), Actor::Device(SCREEN)), Ok(Vec::new()));
    hall.ask(&Command::EndRecovery, Actor::Operator).unwrap();
    assert_eq!(hall.at("10:01").call(THREE), visit);
}

#[test]
fn what_is_of_another_day_or_of_no_visit_says_nothing() {
    let mut backup = Hall::staffed();
    backup.came_for_information(false);
    let mut lost = backup.clone();
    lost.configured(|site| site.recall.calls_max = 5);
    lost.agent(Command::Pause(ONE), ONE).unwrap();
    lost.call(THREE);
    let (mut hall, tail) = restored(&backup, &lost);
    hall.on("2026-11-24").at("09:00").operator(Command::Tick);
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Drop; 3]);
    assert!(hall.branch.recovery.is_some(), "the devices are still waited for");
}

#[test]
fn a_visit_that_was_split_since_the_backup_comes_back_as_two() {
    let mut backup = Hall::staffed();
    backup.booked(7, "10:10");
    backup.check_in(1, 7).unwrap();
    let mut other = backup.cut_off(2);
    other.branch.visits.clear();
    other.branch.numbers.clear();
    other.check_in(2, 7).unwrap();
    backup.branch.apply(&other.log[0]);
    let numbers = backup.numbers(7).to_vec();
    let mut lost = backup.clone();
    lost.agent(Command::Split { number: numbers[1].clone() }, ONE).unwrap();
    let (mut hall, tail) = restored(&backup, &lost);
    assert_eq!(hand_back(&mut hall, &tail), [Taking::Take]);
    assert_eq!(hall.branch.in_doubt().len(), 2);
    assert_eq!(hall.agent(Command::CallNext(TWO), TWO), Err(Refusal::NobodyWaiting));
}

#[test]
fn finishing_with_somebody_in_doubt_who_is_at_the_counter_is_possible() {
    let mut hall = Hall::staffed();
    let visit = hall.came_for_information(false);
    hall.call(THREE);
    let (mut hall, _) = restored(&hall, &hall.clone());
    assert!(hall.agent(finish(THREE), THREE).is_ok());
    assert!(!hall.visit(visit).state.is_live());
    assert!(hall.walk_in(1, INFORMATION, false).is_ok());
    assert!(hall.walk_in(1, TITLES, false).is_err());
}
